"""What must hold between the figures of a data folder because of what they mean.

The rules know counts, percentages, thresholds, doses and weeks; types, vocabularies and references
are the schema's. A rule whose table or column is not there, or whose cells are blank, says nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, groupby
from typing import Any

from atopic.evidence import counts
from atopic.evidence.candidate_rules import too_many_counts
from atopic.evidence.csv_rows import Columns, Problem, Rows, parse_number
from atopic.evidence.schema import Package

__all__ = ["domain_problems", "plain_rows"]

#: Ending of an outcome that is counted among earlier responders only (codebook, "What must not be
#: pooled together"), so that no threshold is nested in another.
MAINTAINED = "-maintained"

# Python refuses to read numbers of thousands of digits.
_PLAIN_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?")

Row = dict[str, Any]


def domain_problems(
    package: Package,
    tables: Mapping[str, list[Row]],
    unsure: frozenset[tuple[str, int, str]] = frozenset(),
) -> list[Problem]:
    """Apply every rule to the tables.

    Parameters
    ----------
    package : Package
        Schema of the folder.
    tables : mapping of str to list of dict
        The tables that could be read, as `plain_rows` gives them.
    unsure : frozenset of (str, int, str), optional
        Cells (table, row, column) that are broken: no rule uses them, nor calls them blank.

    Returns
    -------
    list of Problem
        In no particular order. One that a row of ``contradictions.csv`` declares has the id of
        that row in `Problem.known`; a row that explains nothing is a problem itself.

    Examples
    --------
    >>> from atopic.evidence.schema import Table
    >>> package = Package("", "", "", {"arms": Table("arms", "arms.csv", "Arms", "", ())})
    >>> arms = [{"row": 2, "dose": 5e7, "dose_unit": None}]
    >>> for problem in domain_problems(package, {"arms": arms}):
    ...     print(problem)
    arms.csv:2: dose_unit: the dose 5e+07 has no unit; give the unit
    """
    sure = {
        name: [
            {
                column: None if (name, row["row"], column) in unsure else value
                for column, value in row.items()
            }
            for row in rows
        ]
        if any(table == name for table, _, _ in unsure)
        else rows
        for name, rows in tables.items()
    }
    folder = _Folder(package, sure, unsure)
    found = list(
        chain(
            _counts(folder, "responses", "responders"),
            _counts(folder, "safety", "count"),
            _figures(folder),
            _percentages(folder),
            _intervals(folder),
            _sizes(folder),
            _nesting(folder),
            _doses(folder),
            _weeks(folder),
            _denominators(folder),
            (
                folder.problem(table, row, column, "too-many-counts", message)
                for table, row, column, message in too_many_counts(sure)
            ),
        )
    )
    return _explain(folder, found)


def plain_rows(rows: Rows, columns: Columns) -> list[Row]:
    """Return the rows of a table as the rules read them.

    Parameters
    ----------
    rows : Rows
        What `atopic.evidence.csv_rows.read_rows` gave.
    columns : dict of str to list
        What `atopic.evidence.csv_rows.typed_columns` gave.

    Returns
    -------
    list of dict
        Column to value, without the columns that the file does not have, and with the
        spreadsheet row under ``"row"``.

    Examples
    --------
    >>> plain_rows(Rows(("n",), (("12",),), (2,)), {"n": [12], "week": [None]})
    [{'row': 2, 'n': 12}]
    """
    names = [name for name in columns if name in rows.header]
    values = zip(rows.numbers, *(columns[name] for name in names), strict=True)
    return [dict(zip(["row", *names], one, strict=True)) for one in values]


@dataclass(frozen=True)
class _Folder:
    package: Package
    tables: Mapping[str, list[Row]]
    unsure: frozenset[tuple[str, int, str]]

    def rows(self, table: str, *columns: str) -> list[Row]:
        """Return the rows of a table; none if the table or a column is missing."""
        rows = self.tables.get(table, [])
        return rows if rows and set(columns) <= rows[0].keys() else []

    def blank(self, table: str, row: Row, column: str) -> bool:
        return row[column] is None and (table, row["row"], column) not in self.unsure

    def is_unsure(self, table: str, rows: set[int], column: str) -> bool:
        return any((table, row, column) in self.unsure for row in rows)

    def problem(self, table: str, row: Row, column: str, rule: str, message: str) -> Problem:
        value = row.get(column)
        text = None if value is None else _plain(value)
        return Problem(self.package.tables[table].path, row["row"], column, text, rule, message)


def _counts(folder: _Folder, table: str, column: str) -> Iterator[Problem]:
    for row in folder.rows(table, column, "n"):
        count, n = row[column], row["n"]
        # More events than patients are possible.
        if count is None or row.get("patients_or_events") == "events":
            continue
        if n is not None and count > n:
            message = f"{count} is more than n = {n}; correct one of them"
            yield folder.problem(table, row, column, "count-above-n", message)
        elif folder.blank(table, row, "n"):
            message = f"{count}, but n is blank; give the denominator or no count"
            yield folder.problem(table, row, column, "count-without-n", message)


def _figures(folder: _Folder) -> Iterator[Problem]:
    for row in folder.rows("responses", "responders", "percent_printed"):
        if all(folder.blank("responses", row, one) for one in ("responders", "percent_printed")):
            message = "neither a count nor a percentage; give what was printed or remove the row"
            yield folder.problem("responses", row, "responders", "no-figure", message)


def _percentages(folder: _Folder) -> Iterator[Problem]:
    for row in folder.rows("responses", "percent_printed"):
        text = row["percent_printed"]
        if text is None:
            continue
        value = _fraction(text)
        if value is None:
            message = f"{text!r} is not a percentage as printed; write digits only, like 31.82"
            yield folder.problem("responses", row, "percent_printed", "percent-form", message)
        elif value > 100:
            message = f"{text} is more than 100 percent; correct it"
            yield folder.problem("responses", row, "percent_printed", "percent-range", message)
        else:
            yield from _disagreement(folder, row, text)


def _disagreement(folder: _Folder, row: Row, text: str) -> Iterator[Problem]:
    responders, n = row.get("responders"), row.get("n")
    if responders is None or n is None or not 0 <= responders <= n or n < 1:
        return
    if not counts.prints_as(responders, n, text):
        right = f"{100 * responders / n:.{counts.decimals(text)}f}"
        message = (
            f"{text} is printed beside {responders} of {n}, which is {right}; "
            "correct one of them, or declare what was printed in contradictions.csv"
        )
        yield folder.problem("responses", row, "percent_printed", "count-against-percent", message)


def _intervals(folder: _Folder) -> Iterator[Problem]:
    for table, percent in (("responses", True), ("contrasts", False)):
        for row in folder.rows(table, "ci_low", "ci_high"):
            low, high = row["ci_low"], row["ci_high"]
            for column, limit in (("ci_low", low), ("ci_high", high)):
                if percent and limit is not None and not 0 <= limit <= 100:
                    message = f"{limit:g} is not from 0 to 100 percent; correct it"
                    yield folder.problem(table, row, column, "percent-range", message)
            if low is not None and high is not None and low > high:
                message = f"{low:g} is more than ci_high = {high:g}; swap or correct them"
                yield folder.problem(table, row, "ci_low", "limits-order", message)


def _sizes(folder: _Folder) -> Iterator[Problem]:
    randomised = {}
    for row in folder.rows("arms", "study_id", "arm_id", "n_randomised"):
        size = row["n_randomised"]
        # A planned size is no limit: trials enrol more than they planned.
        if size is None or row.get("n_randomised_basis") == "planned":
            continue
        randomised[row["study_id"], row["arm_id"]] = size
        analysed = row.get("n_analysed")
        if analysed is not None and analysed > size:
            message = f"{analysed} is more than n_randomised = {size}; correct one of them"
            yield folder.problem("arms", row, "n_analysed", "n-above-randomised", message)
    for table in folder.package.tables:
        if table == "arms":
            continue
        for row in folder.rows(table, "study_id", "arm_id", "n"):
            size = randomised.get((row["study_id"], row["arm_id"]))
            if size is not None and row["n"] is not None and row["n"] > size:
                message = (
                    f"{row['n']} is more than n_randomised = {size} of arm {row['arm_id']!r} "
                    "in arms.csv; correct one of them"
                )
                yield folder.problem(table, row, "n", "n-above-randomised", message)


def _nesting(folder: _Folder) -> Iterator[Problem]:
    """Whoever reaches a high threshold has reached the lower ones of the same instrument."""
    scale = {
        row["outcome"]: (row["instrument"], row["threshold_percent"])
        for row in folder.rows("instruments", "outcome", "instrument", "kind", "threshold_percent")
        if row["kind"] == "responder"
        and row["outcome"]
        and row["threshold_percent"] is not None
        and not row["outcome"].endswith(MAINTAINED)
    }
    needed = ("study_id", "arm_id", "outcome", "week", "analysis_set")
    figures = ("responders", "n", "percent_printed")

    def group(row: Row) -> tuple[str, ...]:
        place = ("study_id", "arm_id", "week", "analysis_set")
        return (str(scale[row["outcome"]][0]), *(str(row[name]) for name in place))

    rows = [
        one
        for one in folder.rows("responses", *needed, *figures)
        if one["outcome"] in scale and not folder.is_unsure("responses", {one["row"]}, "week")
    ]
    for _, members in groupby(sorted(rows, key=group), key=group):
        steps = sorted(members, key=lambda one: float(scale[one["outcome"]][1]))
        for place, strict in enumerate(steps):
            height = scale[strict["outcome"]][1]
            lower = [one for one in steps[:place] if scale[one["outcome"]][1] < height]
            if not lower:
                continue
            # The nearest threshold is enough: a higher step stands on it.
            near = scale[lower[-1]["outcome"]][1]
            for loose in lower:
                if scale[loose["outcome"]][1] == near and (fault := _above(strict, loose)):
                    column, found = fault
                    message = (
                        f"{found} (row {loose['row']}) in the same arm, week and analysis set; "
                        "correct one of them"
                    )
                    yield folder.problem("responses", strict, column, "thresholds-nested", message)
                    break


def _above(strict: Row, loose: Row) -> tuple[str, str] | None:
    """Return the column and the finding if the stricter outcome has surely more responders."""
    here, there = strict["outcome"], loose["outcome"]
    count, other = strict["responders"], loose["responders"]
    if count is not None and other is not None and strict["n"] == loose["n"]:
        if count <= other:
            return None
        return "responders", f"{count} with {here} is more than {other} with {there}"
    share, reference = _share(strict), _share(loose)
    if share is None or reference is None or share[0] <= reference[1]:
        return None
    column = "responders" if count is not None else "percent_printed"
    found, most = (f"{float(sum(one) / 2):.4g}" for one in (share, reference))
    return column, f"{found} percent with {here} is more than {most} percent with {there}"


def _share(row: Row) -> tuple[Fraction, Fraction] | None:
    """Return the smallest and largest percentage that a row can stand for."""
    if row["responders"] is not None and row["n"]:
        exact = Fraction(100 * int(row["responders"]), int(row["n"]))
        return exact, exact
    text = row["percent_printed"]
    value = _fraction(text) if text is not None else None
    if value is None or value > 100:
        return None
    half = Fraction(1, 2 * 10 ** counts.decimals(text))
    return value - half, value + half


def _doses(folder: _Folder) -> Iterator[Problem]:
    for row in folder.rows("arms", "dose", "dose_unit"):
        dose = row["dose"]
        if dose is None:
            continue
        if dose < 0:
            message = f"{dose:g} is less than 0; correct it"
            yield folder.problem("arms", row, "dose", "dose-negative", message)
        if folder.blank("arms", row, "dose_unit"):
            message = f"the dose {dose:g} has no unit; give the unit"
            yield folder.problem("arms", row, "dose_unit", "dose-without-unit", message)


def _weeks(folder: _Folder) -> Iterator[Problem]:
    for table in folder.package.tables:
        for row in folder.rows(table, "week"):
            week = row["week"]
            if isinstance(week, int | float) and week < 0:
                message = f"{week:g} is before the first dose; weeks count from it"
                yield folder.problem(table, row, "week", "week-negative", message)


def _denominators(folder: _Folder) -> Iterator[Problem]:
    for row in folder.rows("denominators", "n_min", "n_max"):
        low, high = row["n_min"], row["n_max"]
        if low is not None and high is not None and low > high:
            message = f"{low} is more than n_max = {high}; swap or correct them"
            yield folder.problem("denominators", row, "n_min", "limits-order", message)


def _explain(folder: _Folder, problems: list[Problem]) -> list[Problem]:
    """Mark the problems that contradictions.csv declares; add the declarations without one."""
    declared = folder.rows(
        "contradictions", "contradiction_id", "table", "study_id", "column", "printed"
    )
    explained = list(problems)
    for row in declared:
        if row["table"] not in folder.tables:
            continue
        file = folder.package.tables[row["table"]].path
        column, printed = row["column"], row["printed"]
        places = {one["row"] for one in folder.rows(row["table"]) if _declared(row, one)}
        hit = False
        for index, problem in enumerate(explained):
            here = problem.file == file and problem.row in places and problem.column == column
            if here and _same(problem.value, printed):
                explained[index] = replace(problem, known=row["contradiction_id"])
                hit = True
        if not hit and not folder.is_unsure(row["table"], places, column):
            message = (
                f"{printed!r} in {file} is no longer found to contradict anything; remove this row"
            )
            name = "contradiction_id"
            explained.append(
                folder.problem("contradictions", row, name, "contradiction-gone", message)
            )
    return explained


def _declared(declaration: Row, row: Row) -> bool:
    # What is an outcome in one table is an event or a marker in another.
    names = {"outcome": ("outcome", "event", "marker")}
    for field in ("study_id", "arm_id", "outcome", "week"):
        column = next((one for one in names.get(field, (field,)) if one in row), None)
        if column is not None and declaration.get(field) != row[column]:
            return False
    return True


def _fraction(text: str) -> Fraction | None:
    """Return the exact value of plain decimal text, which may be more than 100."""
    return Fraction(text) if _PLAIN_DECIMAL.fullmatch(text) else None


def _same(value: str | None, printed: str | None) -> bool:
    if value is None or printed is None or value == printed:
        return value == printed
    number = parse_number(value, whole=False)
    return number is not None and number == parse_number(printed, whole=False)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
