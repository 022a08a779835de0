"""Nothing is written outside the output folder, and what is has the user's permissions."""

import os
import string
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from atopic.display.file_names import is_name, is_path
from atopic.errors import EvidenceError, ReportError
from atopic.reporting.plan.table_files import TableFiles
from atopic.reporting.site.output_folder import remove, write

LEADING_OUT = [
    "../pwned", "../../../pwned", "a/../../pwned", "/pwned", "//host/pwned", "C:pwned",
    "C:\\pwned", "..\\pwned", "a\\..\\..\\pwned", "a/../b", "..", ".", "", "a/", "/", "a//b",
    "a/b/c", "a\0b", "\0", "~/pwned", "nul", "NUL.csv", "con/a.csv", "a/aux.html", "com1.txt",
    "lpt9", "a.", "a ", " a", "a /b", "...", ".hidden", "a\nb", "é.csv", "e\u0301.csv", "a:b",
    "\ud800", "a" * 121, "a/" + "b" * 300, "%2e%2e/pwned", "a?b", "a*b", "\u202epwned", "-\x1b[2J",
]  # fmt: skip


@pytest.mark.parametrize("name", LEADING_OUT)
def test_names_that_lead_out_or_mean_something_elsewhere_are_refused(
    tmp_path: Path, name: str
) -> None:
    out = tmp_path / "project" / "site"
    out.mkdir(parents=True)
    with pytest.raises(ReportError, match="is no name for a file of the site"):
        write(out, {"good.html": b"", name: b"pwned"})
    assert [path.name for path in tmp_path.rglob("*")] == ["project", "site"]
    assert not is_name(name)


@given(
    st.text(string.ascii_letters + "./\\:~ \0-_%é\u202e", max_size=14)
    | st.text()
    | st.lists(st.sampled_from(["..", ".", "a", "nul", "C:", "", "data"])).map("/".join)
)
@example("data/arms.csv")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_name_whatever_leads_outside(tmp_path: Path, name: str) -> None:
    out = tmp_path / "site"
    out.mkdir(exist_ok=True)
    try:
        write(out, {name: b"x"})
    except ReportError:
        assert not is_path(name) or (out / name).is_dir() or (out / name).parent.is_file()
    else:
        assert (out / name).read_bytes() == b"x"
        assert (out / name).resolve().is_relative_to(out.resolve())
        for kind in (PurePosixPath, PureWindowsPath):
            path = kind("C:/site") / kind(name)
            assert path.parts[:-2] in ((*kind("C:/site").parts[:-1],), kind("C:/site").parts)
    assert {path.name for path in tmp_path.iterdir()} == {"site"}


def test_two_names_that_are_one_elsewhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="but for the case of letters"):
        write(tmp_path, {"data/Arms.csv": b"", "data/arms.csv": b""})


def test_a_folder_that_is_a_link_is_not_followed_and_a_file_that_is_one_is_replaced(
    tmp_path: Path,
) -> None:
    out, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    for folder in (out, elsewhere):
        folder.mkdir()
    (elsewhere / "x.csv").write_text("mine")
    (out / "data").symlink_to(elsewhere)
    (out / "x.html").symlink_to(elsewhere / "x.csv")
    with pytest.raises(ReportError, match="a link stands where files are to be written"):
        write(out, {"data/x.csv": b"new"})
    write(out, {"x.html": b"new"})
    remove(out, "data", ["data/x.csv", "../elsewhere/x.csv"])
    assert (elsewhere / "x.csv").read_text() == "mine"
    assert (out / "x.html").read_text() == "new"


@pytest.mark.parametrize("name", ["../x.csv", "/x.csv", "a/../../x.csv"])
def test_tables_are_unpacked_only_where_they_are_to_be(tmp_path: Path, name: str) -> None:
    name = name if name != "/x.csv" else f"{tmp_path}/x.csv"
    with pytest.raises(EvidenceError, match="leads out of the data folder"):
        TableFiles({name: b""}).unpack(tmp_path / "data")
    assert not list(tmp_path.rglob("x.csv"))


@pytest.mark.parametrize("mask", [0o077, 0o022, 0o002, 0o027])
def test_the_umask_of_the_user_is_obeyed(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write(tmp_path, {"index.html": b"", "data/arms.csv": b""})
    finally:
        os.umask(before)
    for path in tmp_path.rglob("*"):
        full = 0o777 if path.is_dir() else 0o666
        assert path.stat().st_mode & 0o777 == full & ~mask, path


def test_names_of_reports_and_figures_are_names_in_any_system() -> None:
    for name in ("con", "nul", "aux", "prn", "com1", "lpt9"):
        assert not is_name(name)
    assert all(is_name(name) for name in ("console", "com10", "easi-50", "a"))
