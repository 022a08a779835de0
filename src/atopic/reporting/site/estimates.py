"""Every estimate of every report as one table, small enough to be read in a review."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["every_estimate"]

#: More digits than any source or reader has, fewer than those in which two processors differ.
_DIGITS = 10


def every_estimate(out: Path, reports: Iterable[str], entries: Mapping[str, Any]) -> str:
    """Return the estimates of every built report as one CSV, keyed by ``report``.

    It has the rows of each CSV of a report with the columns ``estimate`` and ``method``, in the
    order of the reports and of the names of the files; files that `entries`, those of build.json,
    do not name are the user's. Numbers have ten significant digits: the CSVs beside the pages hold
    all of them.
    """
    rows: list[dict[str, str]] = []
    columns = ["report"]
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
            if {"estimate", "method"} <= set(names):
                columns += [name for name in names if name not in columns]
                rows += [{"report": report, **row} for row in found]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _shorter(cell) for name, cell in row.items()} for row in rows)
    return buffer.getvalue()


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
