"""What changed, said as text for a terminal, Markdown for a pull request, or JSON."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from atopic.display.numbers import listed, plural, points_limits, points_signed, rate_limits
from atopic.reporting.compare.estimates import Change
from atopic.reporting.compare.rows import RowChange
from atopic.reporting.compare.summary import Difference

__all__ = ["as_json", "as_markdown", "as_text"]

#: More rows than this behind one estimate are counted, not named; changes of a table likewise.
_ROWS, _CELLS = 4, 12
#: Measures on the scale of shares.
_DIFFERENCES = frozenset({"RD", "difference", "difference of shares"})


def as_text(difference: Difference) -> str:
    """Return the changes as lines of plain text.

    Examples
    --------
    >>> from atopic.reporting.compare import State, compare
    >>> before = State("v1", estimates=[{"report": "safety", "n": "98", "estimate": "0"}])
    >>> print(as_text(compare(before, State("v2", estimates=[]))))
    v1 -> v2: 1 estimate is gone.
    <BLANKLINE>
    safety
      gone: 0.0%
    """
    lines = [f"{difference.old} -> {difference.new}: {headline(difference)}"]
    for report, changes in _by_report(difference.estimates):
        lines += ["", report]
        for one in changes:
            lines.append(f"  {one.kind}: {_change(one, difference)}")
            if rows := difference.cause(one):
                lines.append(f"    by {_places(rows)}")
    for table, rows in _by_table(difference.rows):
        lines += ["", f"{table}.csv: {_counts(rows)}"]
        lines += [f"  {_row(one, difference)}" for one in rows[:_CELLS]]
        if len(rows) > _CELLS:
            lines.append(f"  and {len(rows) - _CELLS} more")
    return "\n".join(lines)


def as_markdown(difference: Difference) -> str:
    """Return the changes as Markdown: the headline, a table of estimates, the rows folded."""
    lines = [f"**{_cell(headline(difference))}**"]
    shown = [one for one in difference.estimates if one.shows]
    if shown:
        lines += ["", "| report | estimate | was | is | by |", "|---|---|---|---|---|"]
        for one in shown:
            cells = (
                one.row.get("report", ""), _about(one.row, difference.names),
                "–" if one.old is None else _value(one.old),
                "–" if one.new is None else _value(one.new), _places(difference.cause(one)),
            )  # fmt: skip
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
    for table, rows in _by_table(difference.rows):
        lines += ["", f"<details><summary>{table}.csv: {_counts(rows)}</summary>", ""]
        lines += [f"- {_cell(_row(one, difference))}" for one in rows]
        lines += ["", "</details>"]
    return "\n".join(lines)


def as_json(difference: Difference) -> str:
    """Return the changes as one JSON object: both states, estimates with their causes, rows."""
    estimates = [
        {
            "change": one.kind, "old": one.old, "new": one.new, "cells": list(one.values),
            "moved": None if math.isnan(one.moved) else one.moved,
            "by": [{"table": row.table, "row": row.line, "change": row.kind}
                   for row in difference.cause(one)],
        }
        for one in difference.estimates
    ]  # fmt: skip
    rows = [
        {"table": one.table, "row": one.line, "change": one.kind, "cells": list(one.cells),
         "old": one.old, "new": one.new}
        for one in difference.rows
    ]  # fmt: skip
    whole = {"old": difference.old, "new": difference.new, "estimates": estimates, "rows": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def headline(difference: Difference) -> str:
    """Return what changed in a sentence or two: how much, and which judgements.

    Judgements are the levels of certainty and the verdicts on claims: those that changed are
    counted, and where some estimates moved and no level did, that is said.
    """
    changes = difference.estimates
    kinds = Counter(one.kind if one.shows else "other" for one in changes)
    parts = [
        f"{plural(kinds[kind], 'estimate')} {_verb(kinds[kind], kind)}"
        for kind in ("changed", "new", "gone") if kinds[kind]
    ]  # fmt: skip
    if not parts:
        words = "no estimate changed"
        words += f", {plural(kinds['other'], 'record')} in other cells" if kinds["other"] else ""
        rows = f"; {plural(len(difference.rows), 'row')} did" if difference.rows else ""
        return f"{words}{rows}."
    sentences = [f"{listed(parts)}."]
    levels = _judged(changes, "certainty")
    rated = [one for one in changes if one.kind == "changed" and one.row.get("certainty")]
    if levels:
        sentences.append(
            f"{plural(len(levels), 'level')} of certainty changed: {_moves(levels, 'certainty')}."
        )
    elif rated:
        sentences.append("Certainty stays as it was.")
    verdicts = _judged(changes, "verdict")
    if verdicts:
        claims = plural(len(verdicts), "claim changes its verdict", "claims change their verdict")
        sentences.append(f"{claims}: {_moves(verdicts, 'verdict')}.")
    return " ".join(sentences)


def _verb(count: int, kind: str) -> str:
    if kind == "changed":
        return "changed"
    return f"{'is' if count == 1 else 'are'} {kind}"


def _judged(changes: Iterable[Change], name: str) -> list[Change]:
    return [one for one in changes if one.kind == "changed" and name in one.values]


def _moves(changes: Iterable[Change], name: str) -> str:
    return listed(
        f"{one.row.get('claim_id') or one.row.get('question_id') or one.row.get('report')} "
        f"from {(one.old or {}).get(name) or 'none'} to {(one.new or {}).get(name) or 'none'}"
        for one in changes
    )


def _by_report(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    shown = [one for one in changes if one.shows]
    for report in dict.fromkeys(one.row.get("report", "") for one in shown):
        yield report, [one for one in shown if one.row.get("report", "") == report]


def _by_table(rows: Sequence[RowChange]) -> Iterator[tuple[str, list[RowChange]]]:
    for table in dict.fromkeys(one.table for one in rows):
        yield table, [one for one in rows if one.table == table]


def _counts(rows: Sequence[RowChange]) -> str:
    kinds = Counter(one.kind for one in rows)
    return listed([f"{kinds[kind]} {kind}" for kind in ("new", "changed", "gone") if kinds[kind]])


def _change(one: Change, difference: Difference) -> str:
    about = _about(one.row, difference.names)
    start = f"{about}: " if about else ""
    if one.old is None or one.new is None:
        return start + _value(one.row)
    words = f"{start}{_value(one.old)} -> {_value(one.new)}"
    return f"{words}, {one.row.get('method')}" if "method" in one.values else words


def _about(row: dict[str, str], names: dict[str, str]) -> str:
    """Return what an estimate is of."""
    study = names.get(row.get("study_id", ""), row.get("study_id", ""))
    groups = " against ".join(filter(None, (row.get("arm_id"), row.get("reference_arm_id"))))
    week = f"week {row['week'].removesuffix('.0')}" if row.get("week") else ""
    parts = (
        row.get("claim_id"), row.get("question"), row.get("scenario"), study, groups,
        row.get("outcome"), row.get("event"), week, row.get("model"), row.get("interval"),
    )  # fmt: skip
    return ", ".join(part for part in parts if part)


def _value(row: dict[str, str]) -> str:
    """Return an estimate with its limits, counts and judgement, in the unit that readers know."""
    parts = []
    numbers = [_float(row.get(name)) for name in ("estimate", "lower", "upper")]
    if not math.isnan(numbers[0]):
        parts.append(_with_limits(row, *numbers))
    if row.get("responders") and row.get("n"):
        parts.append(f"{row['responders']}/{row['n']}")
    parts += [row[name] for name in ("verdict", "certainty") if row.get(name)]
    return ", ".join(parts) or "no value"


def _with_limits(row: dict[str, str], estimate: float, lower: float, upper: float) -> str:
    known = not (math.isnan(lower) or math.isnan(upper))
    if row.get("measure") in _DIFFERENCES:
        limits = f" ({points_limits(lower, upper)})" if known else ""
        return f"{points_signed(estimate)} points{limits}"
    if row.get("n") and not row.get("unit") and 0 <= estimate <= 1:
        limits = f" ({rate_limits(lower, upper)})" if known else ""
        return f"{100 * estimate:.1f}%{limits}"
    limits = f" ({lower:.4g} to {upper:.4g})" if known else ""
    return f"{estimate:.4g}{limits}"


def _float(cell: str | None) -> float:
    try:
        return float(cell or "")
    except ValueError:
        return math.nan


def _places(rows: Sequence[RowChange]) -> str:
    """Return where changed rows stand: responses.csv row 227 (new)."""
    named = [f"{one.table}.csv row {one.line} ({one.kind})" for one in rows[:_ROWS]]
    more = [f"{len(rows) - _ROWS} more"] if len(rows) > _ROWS else []
    return listed([*named, *more])


def _row(one: RowChange, difference: Difference) -> str:
    about = listed_cells(one.row, difference.names)
    if one.kind != "changed":
        return f"row {one.line} {one.kind}: {about}"
    cells = "; ".join(
        f"{name} {(one.old or {}).get(name) or 'blank'} -> {(one.new or {}).get(name) or 'blank'}"
        for name in one.cells
    )
    return f"row {one.line} changed: {about}: {cells}"


def listed_cells(row: dict[str, str], names: dict[str, str]) -> str:
    """Return the first cells of a row that name it, the study by its name."""
    cells = [names.get(cell, cell) if name == "study_id" else cell
             for name, cell in list(row.items())[:4] if cell]  # fmt: skip
    return ", ".join(cells)


def _cell(text: str) -> str:
    """Return a text that stands in a cell of a Markdown table as it is."""
    for mark in "\\`*_|<>[]":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
