"""What cannot stand as a characteristic of a study: numbers, ranges and dates that are none."""

import re
from collections.abc import Iterator
from datetime import date

from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row

_TABLE = "characteristics"
#: Units of numbers, and the most that there can be of each.
_MOST = {"years": 120.0, "percent": 100.0, "points": None, "patients": None, "authors": None,
         "sites": None}  # fmt: skip
_OF_TIME = ("month", "date")

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![0-9.]*e)")
_RANGE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(?:-|–|to) ?([0-9]+(?:\.[0-9]+)?)")
_DATE = re.compile(r"(?<![0-9-])[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?(?![0-9-])")


def characteristic_problems(folder: Folder) -> Iterator[Problem]:
    """Find values that are not what their statistic, unit or variable says."""
    ranges = {
        f"baseline-{row['outcome']}": (row["range_min"], row["range_max"])
        for row in folder.rows("instruments", "outcome", "range_min", "range_max")
        if None not in (row["range_min"], row["range_max"])
    }
    for row in folder.rows(_TABLE, "variable", "value", "unit", "statistic"):
        if row["value"] is not None and (message := _wrong(row, ranges.get(row["variable"]))):
            yield folder.problem(_TABLE, row, "value", "value-of-unit", message)


def _wrong(row: Row, scale: tuple[float, float] | None) -> str | None:
    """Say what is wrong with a value, if anything."""
    text, unit, statistic = row["value"], row["unit"], row["statistic"]
    if unit in _OF_TIME:
        return _wrong_date(text)
    if statistic == "range":
        ends = _RANGE.fullmatch(text)
        numbers = [float(one) for one in ends.groups()] if ends else []
        if not numbers or numbers != sorted(numbers):
            return f"{text!r} is no range; write the lower and the higher number, like 18-65"
        return _out_of_range(numbers, unit, scale)
    if statistic is None and unit not in _MOST:
        return None
    found = _NUMBER.match(text)
    if not found or (statistic is not None and found[0] != text):
        return f"{text!r}, but it is a number of {unit}; write its digits"
    if statistic is None and (ends := _RANGE.fullmatch(text)):
        return f"{text!r} is two numbers of {unit}; give statistic as range"
    return _out_of_range([float(found[0])], unit, scale)


def _out_of_range(
    numbers: list[float], unit: str | None, scale: tuple[float, float] | None
) -> str | None:
    most = _MOST.get(unit or "")
    low, high = scale if scale and unit == "points" else (0.0, most)
    for one in numbers:
        if one < low or (high is not None and one > high):
            limits = f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
            return f"{one:g} {unit}, which can only be {limits}; correct one of them"
    return None


def _wrong_date(text: str) -> str | None:
    dates = _DATE.findall(text)
    if not dates:
        return f"{text!r} has no date; write one like 2018-04, or a period like 2018-04/2018-12"
    for one in dates:
        try:
            date.fromisoformat(one if one.count("-") > 1 else f"{one}-01")
        except ValueError:
            return f"{one} is not in the calendar; correct it"
    if re.fullmatch(r"[0-9-]+/[0-9-]+", text) and dates != sorted(dates):
        return f"{text!r} ends before it begins; swap the dates or correct them"
    return None
