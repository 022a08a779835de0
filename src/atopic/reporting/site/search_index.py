"""What can be found on a site: its reports, what its tables name, and the words it spells out."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import NamedTuple

from atopic.display.file_names import TABLES_FOLDER
from atopic.display.p_values import with_p_values
from atopic.evidence.core import read_package
from atopic.evidence.csv_rows import read_rows
from atopic.evidence.schema import Table
from atopic.reporting.pages.report_files import FINDING
from atopic.reporting.pages.search_page import Group, Item
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.places import FRONT, Place


class _Kind(NamedTuple):
    """Rows of a table that can be found."""

    heading: str
    table: str
    names: tuple[str, ...]  # columns of which the first that is filled names a row
    said: tuple[str, ...]  # columns that say more of it; a study there is called by its name
    also: tuple[str, ...] = ()  # columns that it is found by, too, which nobody need see


#: Tables and columns that another folder need not have: what is not there is not found.
_KINDS = (
    _Kind("Studies", "studies", ("short_name", "short_citation", "study_id"),
          ("short_citation", "product_words"), ("title", "registry_id", "doi", "pmid")),
    _Kind("Claims", "claims", ("claim", "claim_id"), ("study_id",), ("outcome", "claim_id")),
    _Kind("Studies left out", "excluded_studies", ("short_citation", "study_id"),
          ("reason",), ("title", "intervention", "registry_id", "doi", "pmid")),
    _Kind("Sources", "sources", ("citation", "source_id"), (),
          ("doi", "pmid", "pmcid", "registry_id", "url")),
)  # fmt: skip


def searched(out: Path, site: Iterable[Report], place: Place, data: Path | None) -> list[Group]:
    """Return what can be found on a site, by kind.

    Reports are read from their pages in `out`, so that one that is built alone or fails leaves the
    others as they stand there; `data` is the folder of the tables.
    """
    described = read_package(data).tables if data else {}
    tables = {
        kind: _cells(described[kind.table], data)
        for kind in _KINDS
        if data and kind.table in described
    }
    studies = {
        cells.get("study_id", ""): _name(kind, cells)
        for kind, rows in tables.items()
        if kind.table == "studies"
        for cells in rows.values()
    }
    found = [
        Group(kind.heading, list(_items(kind, rows, studies, dict(place.studies))))
        for kind, rows in tables.items()
    ]
    words = [Item(term, line=meaning) for term, meaning in place.site.glossary]
    return [Group("Reports", [_report(out, one) for one in site]), *found, Group("Words", words)]


def _report(out: Path, report: Report) -> Item:
    """Return a report with its finding, its sections and its captions, as far as it is built."""
    page, finding = out / f"{report.id}.html", out / report.id / FINDING
    if not page.is_file():
        return Item(report.name, line=report.summary)
    address = FRONT if report.id == report.place.site.front else page.name
    text = page.read_text("utf-8")
    found = json.loads(finding.read_text("utf-8"))["words"] if finding.is_file() else ""
    sections = re.findall(r'<h2 id="(section[a-z0-9-]*)">(.*?)</h2>', text)
    captions = re.findall(r"<figcaption>(.*?)(?= <a |</figcaption>)", text)
    captions += re.findall(r'role="region" aria-label="Table: ([^"]+)"', text)
    return Item(
        report.name,
        address,
        found or report.summary,
        tuple((_plain(words), f"{address}#{name}") for name, words in sections),
        " ".join(_sentence(words) for words in dict.fromkeys(map(_plain, captions)) if words),
    )


def _cells(table: Table, data: Path) -> dict[int, dict[str, str]]:
    """Return the cells of a table by the number of the row and the column."""
    rows, _ = read_rows(data / table.path, table.path)
    if rows is None:
        return {}
    return {
        number: dict(zip(rows.header, row, strict=True))
        for number, row in zip(rows.numbers, rows.cells, strict=True)
    }


def _name(kind: _Kind, cells: Mapping[str, str]) -> str:
    return next((cells[one] for one in kind.names if cells.get(one)), "")


def _items(
    kind: _Kind,
    rows: Mapping[int, Mapping[str, str]],
    studies: Mapping[str, str],
    pages: Mapping[str, str],
) -> Iterator[Item]:
    """Yield the rows that have a name; a study leads to its page, if there is one."""
    for number, cells in rows.items():
        name, study = _name(kind, cells), cells.get("study_id", "")
        said = [cells.get(one, "") for one in kind.said if one != "study_id"]
        if "study_id" in kind.said:
            said.insert(0, studies.get(study, study))
        row = f"{TABLES_FOLDER}/{kind.table}.html#row-{number}"
        address = pages.get(study, row) if kind.table == "studies" else row
        line = "; ".join(one for one in dict.fromkeys(said) if one and one != name)
        also = " ".join(cells[one] for one in kind.also if cells.get(one))
        if name:
            yield Item(with_p_values(name), address, with_p_values(line), more=also)


def _plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def _sentence(words: str) -> str:
    """Return a caption with a mark at its end, since others follow.

    >>> _sentence("Rates by arm"), _sentence("Which?")
    ('Rates by arm.', 'Which?')
    """
    return words if words.endswith((".", "?", "!")) else f"{words}."
