"""Which columns of a table stand in its rows on a page, and which below them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from atopic.evidence.csv_rows import Rows
from atopic.evidence.schema import Table

#: Columns that a sheet of A4 on its side has room for, beside that of the row's number.
_MOST = 9
#: Characters that the filled cells of a column have on average, above which they are read as text.
_LONG = 36
#: Choices that a filter may have; more would be no help.
_CHOICES = 60


@dataclass(frozen=True)
class Filter:
    """A column of which a reader can choose one value."""

    column: str
    values: tuple[str, ...]  # in the order of the rows


@dataclass(frozen=True)
class Layout:
    """How the columns of a table stand on its page; each column is in one of the three.

    Attributes
    ----------
    beside : tuple of str
        Columns that stand beside one another, nine at most and one at least.
    below : tuple of str
        Columns whose cells stand below the row, in one run.
    texts : tuple of str
        Columns of long texts, each of which stands below the row in a paragraph.
    filter : Filter or None
    """

    beside: tuple[str, ...]
    below: tuple[str, ...]
    texts: tuple[str, ...]
    filter: Filter | None


def lay_out(table: Table, rows: Rows) -> Layout:
    """Return how the columns of a table stand on its page, each group in the order of the schema.

    Beside one another stand the columns of the key, since they say what a row is about, and then
    those whose cells tell most rows apart; of two alike the required one, and then the first.
    Columns of long texts stand below, unless the key has them.

    Examples
    --------
    >>> from atopic.evidence.schema import Field
    >>> fields = tuple(Field(name, "string") for name in ("id", "why", "unit"))
    >>> rows = Rows(("id", "why", "unit"), (("a", "because " * 9, "week"),), (2,))
    >>> made = lay_out(Table("t", "t.csv", "", "", fields, key=("id",)), rows)
    >>> made.beside, made.texts
    (('id', 'unit'), ('why',))
    """
    cells = {
        name: [row[place] for row in rows.cells]
        for place, name in enumerate(rows.header)
        if name in table.columns
    }
    keys = [name for name in table.columns if name in table.key]
    long = {name for name in table.columns if name not in keys and _average(cells[name]) > _LONG}
    others = [one for one in table.fields if one.name not in {*keys, *long}]
    others.sort(key=lambda one: (-len(set(cells[one.name])), not one.required))
    chosen = [*keys, *(one.name for one in others)][:_MOST] or [table.columns[0]]
    left = [name for name in table.columns if name not in chosen]
    return Layout(
        beside=tuple(name for name in table.columns if name in chosen),
        below=tuple(name for name in left if name not in long),
        texts=tuple(name for name in left if name in long),
        filter=_filter(cells, [name for name in table.columns if name in chosen]),
    )


def _average(cells: Iterable[str]) -> float:
    lengths = [len(cell) for cell in cells if cell]
    return sum(lengths) / len(lengths) if lengths else 0.0


def _filter(cells: Mapping[str, Sequence[str]], columns: Iterable[str]) -> Filter | None:
    """Return the first column whose values have two rows each, or more, on average."""
    for name in columns:
        values = tuple(dict.fromkeys(cells[name]))
        if 2 <= len(values) <= min(_CHOICES, len(cells[name]) / 2):
            return Filter(name, values)
    return None
