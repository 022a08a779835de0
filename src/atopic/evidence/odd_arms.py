"""Arms that do not fit the other arms of their study, and studies that do not fit the others."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from atopic.evidence.csv_rows import Problem, parse_number
from atopic.evidence.lines import Folder, Row

#: From here on a size is many times the others, as one with a digit too many is.
_MANY = 10
#: Sources differ, but seldom by half.
_APART = 1.5
#: What the arms of one comparison have alike.
_ALIKE = ("week", "analysis_set", "statistic")

#: What says which result a figure is of.
_PLACE = ("study_id", "arm_id", "outcome", "event", "week", "analysis_set", "statistic",
          "patients_or_events")  # fmt: skip


def odd_arms(folder: Folder) -> Iterator[Problem]:
    """Find arms and studies that hardly fit the others, each as a warning."""
    yield from _larger(folder, "studies", "n_enrolled", (), "the next larger study")
    for column in ("n_randomised", "n_analysed"):
        yield from _larger(folder, "arms", column, ("study_id",), "the next larger arm")
    yield from _larger(folder, "excluded_studies", "n", (), "the next larger study")
    for table in ("responses", "scores"):
        yield from _alone(folder, table)
    for table, column in (("responses", "percent_printed"), ("responses", "responders"),
                          ("scores", "value"), ("safety", "count")):  # fmt: skip
        yield from _told_twice(folder, table, column)


def _larger(
    folder: Folder, table: str, column: str, within: tuple[str, ...], what: str
) -> Iterator[Problem]:
    """Find a size that is many times all others."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in folder.rows(table, column, *within):
        if row[column] and row.get("combined_arm") != "yes":
            groups[tuple(row[name] for name in within)].append(row)
    for rows in groups.values():
        *_, second, first = sorted(row[column] for row in rows) if len(rows) > 1 else (0, 0, 0)
        if second and first >= _MANY * second:
            row = max(rows, key=lambda one: one[column])
            message = f"{first} is many times {what}, {second}; is a digit too many?"
            yield folder.problem(table, row, column, "far-from-neighbours", message, "warning")


def _alone(folder: Folder, table: str) -> Iterator[Problem]:
    """Find an arm whose result no other arm has, where the others have one that it lacks."""
    single = {
        (row["study_id"], row["arm_id"])
        for row in folder.rows("arms", "study_id", "arm_id", "combined_arm")
        if row["combined_arm"] == "no" and None not in (row["study_id"], row["arm_id"])
    }
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in folder.rows(table, "study_id", "arm_id", "outcome", "week", "analysis_set"):
        if (row["study_id"], row["arm_id"]) in single:
            groups[row["study_id"], row["outcome"], row.get("source_id")].append(row)
    for rows in groups.values():
        places: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in rows:
            places[tuple(row.get(name) for name in _ALIKE)].append(row)
        arms = {place: {row["arm_id"] for row in some} for place, some in places.items()}
        for place, some in places.items():
            for other, theirs in arms.items():
                differ = [name for name, a, b in zip(_ALIKE, place, other, strict=True) if a != b]
                if len(some) == 1 and len(differ) == 1 and not arms[place] & theirs:
                    column = differ[0]
                    message = (
                        f"{_told(some[0][column])}, but {_told(places[other][0][column])} of "
                        f"{', '.join(sorted(theirs))} by the same source; no arm has both, so "
                        "nothing is compared"
                    )
                    yield folder.problem(
                        table, some[0], column, "alone-among-arms", message, "warning"
                    )
                    break


def _told_twice(folder: Folder, table: str, column: str) -> Iterator[Problem]:
    """Find a result of which two sources report figures that are far apart."""
    first: dict[tuple[Any, ...], tuple[Row, float]] = {}
    for row in folder.rows(table, column):
        figure = parse_number(str(row[column]), whole=False)
        if figure is None:
            continue
        place = tuple(row.get(name) for name in _PLACE)
        other, its = first.setdefault(place, (row, figure))
        low, high = sorted((abs(its), abs(figure)))
        if high > _APART * low:
            message = (
                f"{row[column]}, but {other[column]} of the same result in row {other['row']}; is "
                "one of them of another arm, time or set?"
            )
            yield folder.problem(table, row, column, "two-figures", message, "warning")


def _told(value: object) -> str:
    return "blank" if value is None else str(value)
