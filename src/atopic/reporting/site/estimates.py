"""Every estimate of every report as one table, small enough to be read in a review."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

#: The columns that every reader looks for, in this order; what else a row says is in `MORE`.
CORE = (
    "report", "table", "study_id", "arm_id", "reference_arm_id", "outcome", "week", "measure",
    "statistic", "model", "method", "level", "estimate", "lower", "upper", "lower_min", "upper_max",
    "unit", "responders", "n", "k", "basis", "row",
)  # fmt: skip
#: A JSON object of all other cells of a row that are not blank.
MORE = "more"
#: What is kept of a verdict on a claim: what it is on, and what it is; its reason is on the page.
_VERDICT = ("claim_id", "verdict", "study_id", "outcome", "week", "row")

#: More digits than any source or reader has, fewer than those in which two processors differ.
_DIGITS = 10


def every_estimate(out: Path, reports: Iterable[str], entries: Mapping[str, Any]) -> str:
    """Return the estimates of every built report as one CSV, keyed by ``report``.

    A row for each row of each CSV of a report with the columns ``estimate`` and ``method``, in the
    order of the reports and of the names of the files (``table``); files that `entries`, those of
    build.json, do not name are the user's. The columns are those of `CORE`; what else a row says is
    a JSON object in the last one. Numbers have ten significant digits: the CSVs beside the pages
    hold all of them. A CSV with the columns ``claim_id`` and ``verdict`` in place of estimates has
    a row for each claim with its verdict, so that a verdict that changes is seen here too.
    """
    rows: list[dict[str, str]] = []
    for report in reports:
        recorded = entries.get(report, {}).get("outputs")
        for path in sorted((out / report).glob("*.csv")):
            if recorded is not None and f"{report}/{path.name}" not in recorded:
                continue
            try:
                reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
                names, found = reader.fieldnames or [], list(reader)
            except (OSError, ValueError, csv.Error):
                continue
            place = {"report": report, "table": path.stem}
            if {"estimate", "method"} <= set(names):
                rows += [_long(place, row) for row in found]
            elif {"claim_id", "verdict"} <= set(names):
                rows += [
                    _long(place, {name: row.get(name, "") for name in _VERDICT}) for row in found
                ]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*CORE, MORE], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _long(place: dict[str, str], row: dict[str, str]) -> dict[str, str]:
    """Return a row of a report's CSV as one of all estimates."""
    # A row that is too long has its surplus under None.
    cells = {name: _shorter(cell) for name, cell in row.items() if name and cell}
    more = {name: cell for name, cell in cells.items() if name not in CORE or name in place}
    core = place | {name: cell for name, cell in cells.items() if name not in more}
    if more:
        core[MORE] = json.dumps(more, ensure_ascii=False)
    return core


def _shorter(cell: str) -> str:
    """Return a number with at most ten significant digits; other cells as they are.

    Examples
    --------
    >>> _shorter("0.28358206388191055"), _shorter("68"), _shorter("kim-2017")
    ('0.2835820639', '68', 'kim-2017')
    """
    if not cell or len(cell) <= _DIGITS or "." not in cell:
        return cell
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return cell
    return f"{number:.{_DIGITS}g}"
