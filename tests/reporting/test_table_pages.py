"""The pages of the tables hold each cell of the files under its own heading, in its own row."""

import csv
import io
import json
import random
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atopic.errors import EvidenceError
from atopic.evidence.checks import check
from atopic.evidence.folder import load
from atopic.paths import bundled
from atopic.reporting.pages.table_pages import evidence_files

FIELDS = [{"name": name, "type": "string"} for name in ("visit", "notes", "web address", "Größe")]
FIELDS.append({"name": "week", "type": "integer"})
SCHEMA = {"fields": FIELDS, "missingValues": ["", "NA"]}
COLUMNS = [str(field["name"]) for field in FIELDS]


class Page(HTMLParser):
    """The columns of the table of a page, and the cells that are not blank by row and column."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.beside: list[str] = []
        self.rows: dict[int, dict[str, str]] = {}
        self.addresses: dict[tuple[int, str], str] = {}
        self.columns: list[str] = []  # as the list of their meanings has them
        self._into: list[str] = []
        self._column = ""
        self._row = self._place = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "tbody":
            self._row = int((values["id"] or "").removeprefix("row-"))
            self.rows[self._row] = {}
        if tag == "tr":
            self._place = 0
        if tag in ("th", "td", "dt", "dd"):
            self._into = []
        if tag == "a" and self._row:
            column = self._column if self._place > len(self.beside) else self._heading()
            self.addresses[self._row, column] = values["href"] or ""

    def _heading(self) -> str:
        return self.beside[self._place] if self._place < len(self.beside) else ""

    def handle_endtag(self, tag: str) -> None:
        text = "".join(self._into)
        if tag == "th" and not self._row:
            self.beside.append(text)
        if tag == "dt":
            self._column = text
            if not self._row:
                self.columns.append(text)
            self._place = len(self.beside) + 1
        if tag == "dd" and self._row:
            self.rows[self._row][self._column] = text
        if tag == "td" and self._place < len(self.beside):
            self.rows[self._row][self._heading()] = text
        if tag in ("th", "td"):
            self._place += 1

    def handle_data(self, data: str) -> None:
        self._into.append(data)

    def cells(self) -> set[tuple[int, str, str]]:
        """Return every cell with its row and heading; those that are not shown are blank."""
        assert self.beside[0] == "row"
        return {
            (number, name, row.get(name, ""))
            for number, row in self.rows.items()
            for name in self.columns
        }


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
hard = st.sampled_from(
    ["", "NA", " ", "a\x0bb", "a\u2028b", "a\u2029", "a\x85b", "a\nb", "a\r\nb", "a\rb", "\x1c",
     "x ", '"', '""', ",", ";", "\ufeff", "\0", "<td>", "&amp;", "{{ 1 }}", "=1+1", "https://x.org/a"]
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, set[tuple[int, str, str]]]:
    """Draw a file with its columns in any order, and what must stand in its page if it is fine."""
    order = draw(st.permutations(COLUMNS))
    if draw(st.integers(0, 9)) == 0:
        order = draw(st.permutations([*COLUMNS, "more"]) | st.permutations(COLUMNS[1:]))
    stream = io.StringIO(newline="")
    quote = csv.QUOTE_ALL if draw(st.booleans()) else csv.QUOTE_MINIMAL
    mark = draw(st.sampled_from([",", ",", ",", ",", ";", "\t"]))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    writer = csv.writer(stream, delimiter=mark, lineterminator=ending, quoting=quote)
    before = draw(st.integers(0, 2))
    number = 1 + before
    writer.writerows([[]] * before)
    writer.writerow(order)
    expected: set[tuple[int, str, str]] = set()
    for _ in range(draw(st.integers(0, 4))):
        number += 1
        kind = draw(st.integers(0, 9))
        week = draw(st.sampled_from(["12", "", "NA", "-3", "+4"]))
        row = [week if name == "week" else draw(words | hard) for name in order]
        if kind == 0:
            row = draw(st.sampled_from([[], [" "], ["", ""], row[1:], [*row, ""]]))
        writer.writerow(row)
        if any(cell.strip() for cell in row):
            expected |= {(number, name, cell) for name, cell in zip(order, row, strict=False)}
    code = draw(st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16"]))
    return stream.getvalue().encode(code), expected


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files())
def test_what_check_accepts_is_shown_cell_for_cell(
    tmp_path: Path, file: tuple[bytes, set[tuple[int, str, str]]]
) -> None:
    raw, expected = file
    resource = {"name": "visits", "path": "visits.csv", "schema": SCHEMA}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    (tmp_path / "visits.csv").write_bytes(raw)
    if check(tmp_path):
        with pytest.raises(EvidenceError):
            load(tmp_path)
        return
    site = evidence_files(tmp_path, "0")
    assert site["data/visits.csv"].encode() == raw
    assert Page(site["data/visits.html"]).cells() == expected
    frame = load(tmp_path).visits
    assert {
        (number, name, "" if cell in ("", "NA") else cell)
        for number, name, cell in expected
        if name != "week"
    } == {
        (number, name, value)
        for name in COLUMNS[:-1]
        for number, value in frame[name].fillna("").items()
    }


def shuffled(folder: Path, seed: int) -> dict[str, set[tuple[int, str, str]]]:
    """Write every table with its columns in another order, as a spreadsheet on Windows would."""
    dice = random.Random(seed)
    cells = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        order = dice.sample(range(len(header)), len(header))
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            stream.write("\r\n")
            csv.writer(stream).writerows([row[i] for i in order] for row in [header, *rows])
        cells[path.stem] = {
            (number, name, cell)
            for number, row in enumerate(rows, start=3)
            for name, cell in zip(header, row, strict=True)
        }
    return cells


def test_the_real_tables_in_any_order_are_the_same_evidence(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(bundled("data"), folder)
    cells = shuffled(folder, 1)
    assert [problem for problem in check(folder) if not problem.known] == []
    site = evidence_files(folder, "0")
    for name, expected in cells.items():
        page = Page(site[f"data/{name}.html"])
        assert page.cells() == expected
        assert site[f"data/{name}.csv"].encode() == (folder / f"{name}.csv").read_bytes()
        here, there = load(folder).table(name), load(bundled("data")).table(name)
        assert here.equals(there.set_axis(there.index + 1))
    studies = {cell: number for number, name, cell in cells["studies"] if name == "study_id"}
    page = Page(site["data/arms.html"])
    for number, row in page.rows.items():
        assert page.addresses[number, "study_id"] == f"studies.html#row-{studies[row['study_id']]}"
