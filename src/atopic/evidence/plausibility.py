"""What must hold between the figures of a data folder because of what they mean.

The rules know counts, percentages, thresholds, doses and weeks; types, vocabularies and references
are the schema's. A rule whose table or column is not there, or whose cells are blank, says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from atopic.evidence import counts
from atopic.evidence.candidate_rules import too_many_counts
from atopic.evidence.certainty_rules import certainty_problems
from atopic.evidence.characteristic_rules import characteristic_problems
from atopic.evidence.csv_rows import Columns, Problem, Rows, parse_number
from atopic.evidence.lines import Folder, Row, broken, broken_own
from atopic.evidence.nesting import fraction, nested_thresholds
from atopic.evidence.result_rules import RESULT_RULES
from atopic.evidence.row_rules import ROW_RULES
from atopic.evidence.schema import Package, Table
from atopic.evidence.size_rules import size_problems
from atopic.review import time_word


def domain_problems(folder: Folder) -> list[Problem]:
    """Apply every rule to the tables.

    Parameters
    ----------
    folder : Folder
        The tables that could be read.

    Returns
    -------
    list of Problem
        In no particular order. One that a row of ``contradictions.csv`` declares has the id of
        that row in `Problem.known`; a row that explains nothing is a problem itself.

    Examples
    --------
    >>> package = Package("", "", "", {"arms": Table("arms", "arms.csv", "Arms", "", ())})
    >>> arms = [{"row": 2, "dose": 5e7, "dose_unit": None}]
    >>> for problem in domain_problems(Folder(package, {"arms": arms})):
    ...     print(problem)
    arms.csv:2: dose_unit: the dose 5e+07 has no unit; give the unit
    """
    found = list(
        chain(
            _counts(folder, "responses", "responders"),
            _counts(folder, "safety", "count"),
            _figures(folder),
            _percentages(folder),
            _intervals(folder),
            nested_thresholds(folder),
            _doses(folder),
            _weeks(folder),
            _denominators(folder),
            _arms_of_characteristics(folder),
            size_problems(folder),
            certainty_problems(folder),
            characteristic_problems(folder),
            (
                folder.problem(table, row, column, "too-many-counts", message)
                for table, row, column, message in too_many_counts(folder.tables)
            ),
            broken(folder, ROW_RULES),
            broken(folder, RESULT_RULES),
            broken_own(folder),
        )
    )
    # Of what is wrong with one cell the first is enough: mended, it is seldom wrong otherwise.
    first = {(one.file, one.row, one.column): one for one in reversed(found)}
    return _explain(folder, list(first.values()))


def sure_rows(
    package: Package,
    tables: Mapping[str, list[Row]],
    unsure: frozenset[tuple[str, int, str]],
) -> Folder:
    """Return the tables with their broken cells left out; `unsure` as of `Folder`."""
    touched = {table for table, _, _ in unsure}
    sure = {
        name: [
            {
                column: None if (name, row["row"], column) in unsure else value
                for column, value in row.items()
            }
            for row in rows
        ]
        if name in touched
        else rows
        for name, rows in tables.items()
    }
    return Folder(package, sure, unsure)


def plain_rows(table: Table, rows: Rows, columns: Columns) -> list[Row]:
    """Return the rows of a table as the rules read them.

    Parameters
    ----------
    table : Table
        Its schema.
    rows : Rows
        What `atopic.evidence.csv_rows.read_rows` gave.
    columns : dict of str to list
        What `atopic.evidence.csv_rows.typed_columns` gave.

    Returns
    -------
    list of dict
        Column to value, without columns that the file lacks and must not, and with the
        spreadsheet row under ``"row"``.

    Examples
    --------
    >>> from atopic.evidence.schema import Field
    >>> arms = Table("arms", "arms.csv", "Arms", "", (Field("n", "integer"),))
    >>> plain_rows(arms, Rows(("n",), (("12",),), (2,)), {"n": [12]})
    [{'row': 2, 'n': 12}]
    """
    there = {*rows.header, *(field.name for field in table.fields if field.optional)}
    names = [name for name in columns if name in there]
    values = zip(rows.numbers, *(columns[name] for name in names), strict=True)
    return [dict(zip(["row", *names], one, strict=True)) for one in values]


def _counts(folder: Folder, table: str, column: str) -> Iterator[Problem]:
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


def _arms_of_characteristics(folder: Folder) -> Iterator[Problem]:
    """Find facts of an arm that the study does not have; ``all`` is the whole study."""
    arms = {(row["study_id"], row["arm_id"]) for row in folder.rows("arms", "study_id", "arm_id")}
    for row in folder.rows("characteristics", "study_id", "arm_id"):
        study, arm = row["study_id"], row["arm_id"]
        if arms and None not in (study, arm) and arm != "all" and (study, arm) not in arms:
            message = f"{arm!r} is no arm of {study!r} in arms.csv; correct it, or write all"
            yield folder.problem("characteristics", row, "arm_id", "no-such-arm", message)


def _figures(folder: Folder) -> Iterator[Problem]:
    for row in folder.rows("responses", "responders", "percent_printed"):
        if all(folder.blank("responses", row, one) for one in ("responders", "percent_printed")):
            message = "neither a count nor a percentage; give what was printed or remove the row"
            yield folder.problem("responses", row, "responders", "no-figure", message)


def _percentages(folder: Folder) -> Iterator[Problem]:
    for row in folder.rows("responses", "percent_printed"):
        text = row["percent_printed"]
        if text is None:
            continue
        value = fraction(text)
        if value is None:
            message = f"{text!r} is not a percentage as printed; write digits only, like 31.82"
            yield folder.problem("responses", row, "percent_printed", "percent-form", message)
        elif value > 100:
            message = f"{text} is more than 100 percent; correct it"
            yield folder.problem("responses", row, "percent_printed", "percent-range", message)
        else:
            yield from _disagreement(folder, row, text)


def _disagreement(folder: Folder, row: Row, text: str) -> Iterator[Problem]:
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


def _intervals(folder: Folder) -> Iterator[Problem]:
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


def _doses(folder: Folder) -> Iterator[Problem]:
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


def _weeks(folder: Folder) -> Iterator[Problem]:
    for table in folder.package.tables:
        for row in folder.rows(table, "week"):
            week = row["week"]
            if isinstance(week, int | float) and week < 0:
                message = f"{week:g} is before the first dose; {time_word(2)} count from it"
                yield folder.problem(table, row, "week", "week-negative", message)


def _denominators(folder: Folder) -> Iterator[Problem]:
    for row in folder.rows("denominators", "n_min", "n_max"):
        low, high = row["n_min"], row["n_max"]
        if low is not None and high is not None and low > high:
            message = f"{low} is more than n_max = {high}; swap or correct them"
            yield folder.problem("denominators", row, "n_min", "limits-order", message)


def _explain(folder: Folder, problems: list[Problem]) -> list[Problem]:
    """Mark the problems that contradictions.csv declares; add the declarations without one."""
    declared = folder.rows(
        "contradictions", "contradiction_id", "table", "study_id", "column", "printed"
    )
    explained = list(problems)
    studies: dict[str, dict[object, list[Row]]] = {}
    for row in declared:
        if row["table"] not in folder.tables:
            continue
        file = folder.package.tables[row["table"]].path
        column, printed = row["column"], row["printed"]
        if row["table"] not in studies:
            studies[row["table"]] = _by_study(folder.rows(row["table"]))
        known = studies[row["table"]]
        some = known.get(row["study_id"]) or known.get(None, [])
        places = {one["row"] for one in some if _declared(row, one)}
        hit = False
        for index, problem in enumerate(explained):
            here = problem.file == file and problem.row in places and problem.column == column
            if here and same(problem.value, printed):
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


def _by_study(rows: list[Row]) -> dict[object, list[Row]]:
    """Return the rows of each study, and those that name none under None."""
    found: dict[object, list[Row]] = {}
    for row in rows:
        found.setdefault(row.get("study_id"), []).append(row)
    return found


def _declared(declaration: Row, row: Row) -> bool:
    # What is an outcome in one table is an event or a marker in another.
    names = {"outcome": ("outcome", "event", "marker")}
    for field in ("study_id", "arm_id", "outcome", "week", "source_id"):
        column = next((one for one in names.get(field, (field,)) if one in row), None)
        wanted = declaration.get(field)
        if column is not None and wanted is not None and wanted != row[column]:
            return False
    return True


def same(value: str | None, printed: str | None) -> bool:
    """Say whether a cell holds what was printed, however a number is written."""
    if value is None or printed is None or value == printed:
        return value == printed
    number = parse_number(value, whole=False)
    return number is not None and number == parse_number(printed, whole=False)
