"""The page that says what changed since an earlier state: the answer first, the rows last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atopic.display.file_names import TABLES_FOLDER
from atopic.display.numbers import as_read, listed
from atopic.display.p_values import with_p_values
from atopic.reporting.compare import (
    NO_ROW,
    PAGES,
    Change,
    Difference,
    Part,
    RowChange,
    by_table,
    counts,
    first_sentences,
    headline,
    moved_words,
    row_words,
)
from atopic.reporting.pages.page_template import DOWNLOADS, render_page
from atopic.reporting.plan.places import CHANGES, Link, Place, Release
from atopic.reporting.plan.table_files import day_in_words

#: More changes than this under one heading are folded; more rows behind one are counted.
_OPEN, _ROWS = 8, 3
#: As many rows of a table are named; the others are counted.
_NAMED = 40
_HEADINGS = {
    Part.ANSWERS: "How sure is each answer?",
    Part.CLAIMS: "Which verdicts on claims changed?",
    Part.POOLED: "What do trials say together?",
    Part.STUDIES: "What changed, trial by trial?",
    Part.SCALE: "What changed in the trials that are there for scale?",
    Part.OTHER: "What else is computed from these numbers?",
}


@dataclass(frozen=True)
class _Line:
    """One change: what it is of, its values in words, and what it goes back to."""

    kind: str
    about: str
    was: str
    now: str
    rows: Sequence[Link]
    more: int  # rows that are not named
    why: str  # where no row is
    page: Link | None  # that shows it


@dataclass(frozen=True)
class _Group:
    name: str
    summary: str
    folded: bool
    lines: Sequence[_Line]
    page: Link | None  # that shows all of them


def render_changes(
    difference: Difference, since: Release, version: str, *, place: Place | None = None,
    reports: Mapping[str, str] | None = None, data_as_of: str = "",
) -> str:  # fmt: skip
    """Return the page of what changed since an earlier state.

    `reports` has the names of the reports of the site, by id; what only others showed has no link.

    Examples
    --------
    >>> from atopic.reporting.compare import State, compare
    >>> before = State("a", estimates=[{"report": "r", "study_id": "s", "estimate": "0.5"}])
    >>> since = Release("version 1", "2026-11-27", "releases/1.zip")
    >>> page = render_changes(compare(before, State("b")), since, "0")
    >>> "What changed since version 1?" in page
    True
    """
    pages = reports or {}
    parts: dict[Part, list[_Group]] = {}
    for section in difference.sections:
        lines = [_line(one, difference, pages, section.name) for one in section.changes]
        named = section.part in (Part.ANSWERS, Part.CLAIMS)
        name = "" if named else pages.get(section.name, section.name)
        folded = len(lines) > _OPEN or section.part in (Part.SCALE, Part.OTHER)
        if section.part is Part.POOLED:  # all of it is new where its report is
            folded |= all(one.kind == "new" for one in section.changes)
        if section.part is Part.STUDIES:
            product = difference.names.products.get(section.changes[0].row["study_id"], "")
            name = f"{name}: {product}" if product and product not in name else name
        group = _Group(name, _summary(section.changes), folded, lines, _shared_page(lines))
        parts.setdefault(section.part, []).append(group)
    tables = [
        (table.replace("_", " "), counts(rows), *_rows(rows, difference))
        for table, rows in by_table(difference.rows)
    ]
    whole = headline(difference)
    first = first_sentences(difference)
    return render_page(
        "changes.html.j2", since=since, day=day_in_words(since.day), lead=" ".join(first) or whole,
        rest=whole.removeprefix(" ".join(first)).strip() if first else "",
        parts=[(_HEADINGS[part], groups) for part, groups in parts.items()], tables=tables,
        place=place or Place(), version=version, root="", here=CHANGES, data_as_of=data_as_of,
        downloads=DOWNLOADS,
    )  # fmt: skip


def _line(one: Change, difference: Difference, pages: Mapping[str, str], heading: str) -> _Line:
    rows = difference.cause(one)
    names = difference.names
    shown = [page for page in one.row.get(PAGES, "").split() if page in pages and page != heading]
    return _Line(
        one.kind,
        _as_read(names.about(one.row, study=names.study(one.row) != heading)),
        *moved_words(one),
        [_place(row) for row in rows[:_ROWS]],
        max(len(rows) - _ROWS, 0),
        "" if rows else NO_ROW[one.kind],
        (pages[shown[0]], f"{shown[0]}.html") if shown else None,
    )


def _shared_page(lines: Sequence[_Line]) -> Link | None:
    pages = {one.page for one in lines}
    return pages.pop() if len(pages) == 1 and len(lines) > 1 else None


def _place(row: RowChange) -> Link:
    """Return where a row stands, and its address, which one that is gone has not."""
    address = "" if row.new is None else f"{TABLES_FOLDER}/{row.table}.html#row-{row.line}"
    kind = "" if row.kind == "new" else f" ({row.kind})"
    return f"{row.table.replace('_', ' ')} row {row.line}{kind}", address


def _summary(changes: Sequence[Change]) -> str:
    kinds = [one.kind for one in changes]
    return ", ".join(
        f"{kinds.count(kind)} {kind}" for kind in ("changed", "new", "gone") if kind in kinds
    )


def _rows(rows: Sequence[RowChange], difference: Difference) -> tuple[list[Link], str]:
    """Return the rows that are named, and how many are not: those reworded alone come last."""
    moved = [one for one in rows if one.cells != one.reworded or not one.cells]
    named = [
        (_as_read(row_words(one, difference, brief=True)), _place(one)[1]) for one in moved[:_NAMED]
    ]
    more, reworded = max(len(moved) - _NAMED, 0), len(rows) - len(moved)
    left = [(more, f"{more:,} more"), (reworded, f"{reworded:,} in which only words changed")]
    return named, listed(words for count, words in left if count)


def _as_read(words: str) -> str:
    return with_p_values(as_read(words))
