"""Output to object storage, against a local server that speaks S3."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atopic.errors import ReportError, UsageError
from atopic.reporting.record import RECORD
from atopic.reporting.storage import mirrored
from tests.test_cli import run

pytest.importorskip("s3fs", reason="needs the extra s3")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import s3fs

    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.mkdir("bucket")
    yield files
    files.rm("bucket", recursive=True)


def record(*names: str) -> str:
    reports = {"a": {"outputs": dict.fromkeys(names, "")}}
    return json.dumps({"outputs": {"index.html": ""}, "reports": reports})


def put(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_a_build_lands_there_and_the_next_one_finds_it(bucket: Any) -> None:
    with mirrored("s3://bucket/site") as folder:
        assert list(folder.iterdir()) == []
        put(folder, a_html="one", a__t_csv="two", index_html="three")
        (folder / RECORD).write_text(record("a.html", "a/t.csv"))
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/a/t.csv") == b"two"
    assert bucket.cat_file("bucket/site/index.html") == b"three"
    with mirrored("s3://bucket/site") as folder:
        assert (folder / "a.html").read_text() == "one"
        assert (folder / "a" / "t.csv").read_text() == "two"
        (folder / "a" / "t.csv").unlink()
        (folder / "a.html").write_text("new")
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/a.html") == b"new"
    assert not bucket.exists("bucket/site/a/t.csv")


def test_what_the_build_did_not_write_stays(bucket: Any) -> None:
    bucket.pipe_file("bucket/site/notes.txt", b"mine")
    with mirrored("s3://bucket/site") as folder:
        assert not (folder / "notes.txt").exists()
        put(folder, a_html="one")
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/notes.txt") == b"mine"


def test_a_record_that_points_elsewhere_is_not_followed(bucket: Any) -> None:
    bucket.pipe_file(f"bucket/site/{RECORD}", record("../../outside.html", "/etc/passwd").encode())
    with mirrored("s3://bucket/site") as folder:
        assert [path.name for path in folder.iterdir()] == [RECORD]


def test_what_was_built_before_a_failure_is_put_there(bucket: Any) -> None:
    def interrupted() -> None:
        with mirrored("s3://bucket/site") as folder:
            put(folder, a_html="one")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/a.html") == b"one"


def test_a_bucket_that_is_not_there_is_named(bucket: Any) -> None:
    with (
        pytest.raises(ReportError, match=r"s3://nowhere/site: cannot be written: "),
        mirrored("s3://nowhere/site") as folder,
    ):
        put(folder, a_html="one")


def test_an_address_that_nothing_can_write_to_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="nonsense"), mirrored("nonsense://x"):
        pass


@pytest.mark.slow
def test_atopic_build_writes_to_s3_and_reuses_what_is_there(bucket: Any) -> None:
    arguments = ["build", "controlled-easi-75", "--out", "s3://bucket/site"]
    first = run(*arguments)
    assert (first.returncode, first.stderr.count("failed")) == (0, 0)
    bucket.invalidate_cache()
    page = bucket.cat_file("bucket/site/controlled-easi-75.html").decode()
    assert "14/59" in page
    assert bucket.exists("bucket/site/controlled-easi-75/differences.csv")
    assert bucket.exists("bucket/site/data/responses.html")
    again = run(*arguments)
    assert "0 built, 1 reused, 0 failed" in again.stdout
    assert again.stdout.endswith("s3://bucket/site/index.html\n")
    assert run(*arguments, "--verify").returncode == 0
    refused = run(*arguments, "--watch")
    assert refused.returncode == 2
    assert refused.stderr == "atopic: --watch writes to a folder; s3://bucket/site is none\n"
