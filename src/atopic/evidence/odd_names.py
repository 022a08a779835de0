"""Names that do not tell apart, products that are said to be two things, and days to come."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from atopic.evidence.controls import CONTROLS
from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row

#: Table, column, and the columns within which a name is given once.
_TELLING = (
    ("studies", "short_name", ()), ("studies", "short_citation", ()),
    ("arms", "label", ("study_id",)), ("sources", "citation", ()), ("claims", "claim", ()),
    ("instruments", "label", ()), ("instruments", "responded", ()),
    ("certainty_questions", "question", ()), ("certainty_questions", "position", ()),
    ("missing", "what", ("study_id",)), ("excluded_studies", "short_citation", ()),
    ("excluded_studies", "title", ()), ("excluded_studies", "doi", ()),
)  # fmt: skip

#: What is one thing of a product wherever it is given.
_OF_PRODUCT = ("route", "cell_source", "donor")

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")


def odd_names(folder: Folder) -> Iterator[Problem]:
    """Find names that hardly fit those of other rows, each as a warning."""
    yield from _given_twice(folder)
    yield from _products(folder)
    yield from _unknown_outcomes(folder)
    yield from _days_to_come(folder)


def _given_twice(folder: Folder) -> Iterator[Problem]:
    for table, column, within in _TELLING:
        first: dict[tuple[Any, ...], Row] = {}
        for row in folder.rows(table, column, *within):
            # The rows of an outcome differ in their bands only.
            thing = row.get("outcome") if table == "instruments" else row["row"]
            other = first.setdefault((*(row[name] for name in within), row[column]), row)
            same = other.get("outcome") if table == "instruments" else other["row"]
            if row[column] is not None and thing != same:
                message = f"also the {column} of row {other['row']}; nobody can tell them apart"
                yield folder.problem(table, row, column, "said-of-two", message, "warning")


def _products(folder: Folder) -> Iterator[Problem]:
    """Find rows in which a product is not what it is in the other rows."""
    classes = {
        row["study_id"]: row["intervention_class"]
        for row in folder.rows("studies", "study_id", "intervention_class")
    }
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in folder.rows("arms", "study_id", "agent", "role"):
        if row["agent"] is not None:
            control = None if row["role"] is None else row["role"] in CONTROLS
            named = {"role": control, "intervention_class": classes.get(row["study_id"])}
            rows[row["agent"]].append(row | {"of_product": named})
    for agent, some in rows.items():
        inert = Counter(row["of_product"]["role"] for row in some).most_common(1)[0][0]
        for column in ("role", *(() if inert else ("intervention_class", *_OF_PRODUCT))):
            told = [(row, row["of_product"].get(column, row.get(column))) for row in some]
            told = [(row, value) for row, value in told if value not in (None, "unknown")]
            counted = Counter(value for _, value in told).most_common(2)
            if len(counted) < 2 or counted[0][1] == counted[1][1]:
                continue
            for row, value in told:
                if value != counted[0][0]:
                    yield _other(folder, agent, column, row, counted[0][0])


def _other(folder: Folder, agent: str, column: str, row: Row, usual: object) -> Problem:
    if column == "role":
        usual = "a control" if usual else "no control"
    table, place = "arms", column
    if column == "intervention_class":
        place = "agent"
    message = f"{agent!r} is {usual} in most other arms ({column}); correct one of them"
    return folder.problem(table, row, place, "product-of-two-kinds", message, "warning")


def _unknown_outcomes(folder: Folder) -> Iterator[Problem]:
    """Find outcomes that a claim lists and no table names."""
    known = {
        row[column]
        for table, column in (
            ("instruments", "outcome"), ("instruments", "instrument"), ("safety", "event"),
            ("biomarkers", "marker"),
        )
        for row in folder.rows(table, column)
    }  # fmt: skip
    for row in folder.rows("claims", "outcome", "further_outcomes"):
        some = (row["further_outcomes"] or "").split(";")
        for one in some:
            if one and (one not in known or some.count(one) > 1 or one == row["outcome"]):
                what = "no table has it" if one not in known else "the row names it twice"
                yield folder.problem(
                    "claims", row, "further_outcomes", "outcome-of-nothing",
                    f"{one!r}, but {what}; correct or remove it", "warning",
                )  # fmt: skip
                break


def _days_to_come(folder: Folder) -> Iterator[Problem]:
    """Find years after the newest day that the folder knows otherwise."""
    dated = [
        *(row["citation"] for row in folder.rows("sources", "citation")),
        *(row["decided_on"] for row in folder.rows("certainty_judgements", "decided_on")),
    ]
    years = [int(one) for text in dated if text for one in _YEAR.findall(text)]
    told = [
        *(("studies", "year", row, row["year"]) for row in folder.rows("studies", "year")),
        *(("excluded_studies", "year", row, row["year"])
          for row in folder.rows("excluded_studies", "year")),
        *(("characteristics", "value", row, max(map(int, _YEAR.findall(row["value"])), default=0))
          for row in folder.rows("characteristics", "value", "unit")
          if row["unit"] == "month" and row["value"]),
    ]  # fmt: skip
    for table, column, row, year in told:
        if year and years and year > max(years):
            message = f"{year} is after {max(years)}, the last year of any source"
            yield folder.problem(table, row, column, "year-to-come", message, "warning")
    days = [(row, row["decided_on"]) for row in folder.rows("certainty_judgements", "decided_on")]
    usual = Counter(day[:4] for _, day in days if day).most_common(1)
    for row, day in days:
        if day and abs(int(day[:4]) - int(usual[0][0])) > 20:
            message = f"{day}, but most were decided in {usual[0][0]}"
            yield folder.problem(
                "certainty_judgements", row, "decided_on", "year-to-come", message, "warning"
            )
