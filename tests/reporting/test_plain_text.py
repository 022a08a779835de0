import tempfile
from pathlib import Path

import pytest

from atopic.reporting.run import plain_text
from atopic.reporting.run.plain_text import plainer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a space in its name that holds atopic, its notebooks and the temporary files."""
    folder = tmp_path / "a b"
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    monkeypatch.setattr(
        plain_text.atopic, "__file__", str(folder / "src" / "atopic" / "__init__.py")
    )
    return folder


@pytest.mark.parametrize("prefix", ["{home}", "~"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "{}/src/atopic/questions/response_rates/estimates.py:3: x",
            "atopic/questions/response_rates/estimates.py:3: x",
        ),
        ("File {}/tmp/ipykernel_12/345.py:1", "File <cell>:1"),
        ("'{}/tmp/x/data/arms.csv'", "'data/arms.csv'"),
        ("in {}/tmp/x/data.", "in data."),
        ("{}/tmp/x/database", "<temporary>/x/database"),
        ("{}/tmp/tmpa_b1c2d3/x", "<temporary>/x"),
        ("{}/tmpx", "~/tmpx"),
        ("{}/notebooks/help.py", "notebooks/help.py"),
        ("x={}/else", "x=~/else"),
    ],
)
def test_folders_get_the_name_that_they_have_everywhere(
    home: Path, prefix: str, text: str, words: str
) -> None:
    plain = plainer({home / "tmp" / "x" / "data": "data", home / "notebooks": "notebooks"})
    assert plain(text.format(prefix.format(home=home))) == words


@pytest.mark.parametrize("text", ["https://x.org{}/src/atopic/a", "{}less/x", "a / b"])
def test_what_only_looks_like_a_folder_stays(home: Path, text: str) -> None:
    text = text.format(home)
    assert plainer({Path("/"): ""})(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\x1b[0;31mred\x1b[0m", "red"),
        ("\x1b]8;;https://x.org\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x07\x1b[?25lx\x1b[K", "x"),
        ("\x1b]never ended", "never ended"),
    ],
)
def test_terminal_escapes_go(text: str, words: str) -> None:
    assert plainer({})(text) == words
