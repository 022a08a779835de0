"""Rows of tables that are new, gone or changed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Row = dict[str, str]

#: What tells rows of a table without a key apart, where it has these columns.
_NAMES = (
    "study_id", "arm_id", "reference_arm_id", "patient_id", "outcome", "event", "marker", "week",
    "analysis_set", "source_id", "domain", "question", "cycle", "table", "row_key", "column",
    "rule",
)  # fmt: skip
#: A cell with so many spaces is a sentence, or a part of one.
_PROSE = 3


@dataclass(frozen=True)
class RowChange:
    """A row that is new (`old` is None), gone (`new` is None) or changed.

    `line` is the row as a spreadsheet shows it, of the newer state, or of the older if it is gone.
    """

    table: str
    line: int
    old: Row | None
    new: Row | None
    cells: tuple[str, ...] = field(default=())  # columns whose cells differ

    @property
    def kind(self) -> str:
        """``new``, ``gone`` or ``changed``."""
        return "new" if self.old is None else "gone" if self.new is None else "changed"

    @property
    def reworded(self) -> tuple[str, ...]:
        """The changed cells that hold sentences: words on a number, and none itself."""
        states = (self.old or {}, self.new or {})
        return tuple(
            name for name in self.cells
            if any(state.get(name, "").count(" ") >= _PROSE for state in states)
        )  # fmt: skip

    @property
    def row(self) -> Row:
        """The row of the newer state, or of the older if it is gone."""
        return self.new if self.new is not None else self.old or {}


def changed_rows(
    old: Mapping[str, Sequence[Row]],
    new: Mapping[str, Sequence[Row]],
    keys: Mapping[str, tuple[str, ...]],
) -> list[RowChange]:
    """Compare the tables of two states, row by row, on the columns that both have.

    Rows are paired by the key of their table (`keys`), else by the columns that name what they are
    about; those with the same name in their order, after those that are equal.

    Examples
    --------
    >>> before = {"arms": [{"arm_id": "a", "n": "5"}, {"arm_id": "b", "n": "6"}]}
    >>> after = {"arms": [{"arm_id": "b", "n": "7"}, {"arm_id": "c", "n": "8"}]}
    >>> for one in changed_rows(before, after, {"arms": ("arm_id",)}):
    ...     print(one.kind, one.row["arm_id"], one.line, one.cells)
    changed b 2 ('n',)
    new c 3 ()
    gone a 2 ()
    """
    changes: list[RowChange] = []
    for table in {**new, **old}:
        changes += _of_table(table, old.get(table, ()), new.get(table, ()), keys.get(table, ()))
    return changes


def _of_table(
    table: str, old: Sequence[Row], new: Sequence[Row], key: tuple[str, ...]
) -> Iterable[RowChange]:
    shared = [name for name in (new or old or [{}])[0] if not old or name in old[0]]
    names = [name for name in key or _NAMES if name in shared]
    left_old, left_new = _unequal(old, new, shared)
    before = defaultdict(list)
    for line, row in left_old:
        before[tuple(row.get(name, "") for name in names)].append((line, row))
    changes = []
    for line, row in left_new:
        found = before[tuple(row.get(name, "") for name in names)] if names else []
        if found:
            was = found.pop(0)[1]
            cells = tuple(name for name in shared if was.get(name, "") != row.get(name, ""))
            changes.append(RowChange(table, line, was, row, cells))
        else:
            changes.append(RowChange(table, line, None, row))
    gone = sorted(
        ((line, row) for rows in before.values() for line, row in rows), key=lambda x: x[0]
    )
    return [*changes, *(RowChange(table, line, row, None) for line, row in gone)]


def _unequal(
    old: Sequence[Row], new: Sequence[Row], shared: Sequence[str]
) -> tuple[list[tuple[int, Row]], list[tuple[int, Row]]]:
    """Return the rows, with their lines, of each state that the other has not."""

    def cells(row: Row) -> tuple[str, ...]:
        return tuple(row.get(name, "") for name in shared)

    def left(rows: Sequence[Row], others: Sequence[Row]) -> list[tuple[int, Row]]:
        there = Counter(map(cells, others))
        found = []
        for line, row in enumerate(rows, start=2):
            if there[cells(row)]:
                there[cells(row)] -= 1
            else:
                found.append((line, row))
        return found

    return left(old, new), left(new, old)
