"""What a site offers to take away can be used, and is the same each time."""

import io
import re
import zipfile
from pathlib import Path

import atopic
from atopic.paths import bundled
from atopic.reporting.plan.table_files import TableFiles, read_tables
from atopic.reporting.site.downloads import ARCHIVE, BIBTEX, RIS, downloads


def test_the_archive_is_a_data_folder_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    tables = read_tables(bundled("data"))
    made = downloads(tables, "report\n", "Cite me.")
    assert made == downloads(tables, "report\n", "Cite me.")
    with zipfile.ZipFile(io.BytesIO(made[ARCHIVE])) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    own, theirs = atopic.load(), atopic.load(tmp_path / "data")
    for name in own:
        assert getattr(own, name).equals(getattr(theirs, name))
    assert (tmp_path / "estimates.csv").read_text() == "report\n"


def test_every_source_can_be_cited_in_its_own_words() -> None:
    sources = atopic.load().sources
    made = downloads(read_tables(bundled("data")), "", "Cite me.")
    bibtex, ris = made[BIBTEX].decode(), made[RIS].decode()
    keys = re.findall(r"^@misc\{([^,]+),$", bibtex, re.MULTILINE)
    assert keys == ["atopic", *sources["source_id"]]
    assert re.findall(r"^ID  - (.+?)\r$", ris, re.MULTILINE) == keys
    assert ris.count("ER  - \r\n") == len(keys)
    for row in sources.itertuples():
        assert f"TI  - {' '.join(row.citation.split())}\r\n" in ris
    # Braces pair, so that no entry swallows the next.
    plain = re.sub(r"\\[{}]", "", bibtex)
    assert plain.count("{") == plain.count("}")


def test_hostile_citations_stay_in_their_field() -> None:
    header = "source_id,citation,doi\n"
    rows = 's,"}\n@misc{x, \\ %","10.1/x"\n'
    files = {"datapackage.json": b"{}", "sources.csv": (header + rows).encode()}
    made = downloads(TableFiles(files), "")
    assert made[BIBTEX].decode().splitlines()[1] == r"  title = {\} @misc\{x, \textbackslash{} \%},"
    assert made[RIS].decode().count("\r\n") == 5


def test_tables_without_sources_cite_nothing() -> None:
    made = downloads(TableFiles({"datapackage.json": b"{}"}), "")
    assert (made[BIBTEX], made[RIS]) == (b"", b"")
