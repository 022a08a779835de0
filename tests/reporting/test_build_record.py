from pathlib import Path

import pytest

from atopic.reporting.plan.build_record import RECORD, read_record


def test_the_entries_of_an_earlier_build_are_read(tmp_path: Path) -> None:
    assert read_record(tmp_path).entries == {}
    (tmp_path / RECORD).write_text('{"reports": {"a": {"outputs": {"a.html": "0"}}}}')
    assert read_record(tmp_path).entries == {"a": {"outputs": {"a.html": "0"}}}


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"\xff", b"[]", b"3", b"{}", b'{"reports": [{"id": "a"}]}', b"[" * 100_000,
        b'{"reports": {"a": 3, "b": {}, "c": {"outputs": []}, "../d": {"outputs": {}}}}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_ignored(tmp_path: Path, text: bytes) -> None:
    (tmp_path / RECORD).write_bytes(text)
    assert read_record(tmp_path).entries == {}
