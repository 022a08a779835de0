"""Frames of estimates that show first what a reader looks for: who, when, how many, how sure."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from atopic.display.numbers import (
    TIME_NOT_STATED,
    change_text,
    interval_name,
    percent_with_limits,
    points_with_limits,
    ratio_text,
    study_name,
)
from atopic.review import time_word

#: Rows that are shown at most; the frame holds all.
_MOST = 60
_NEEDED = {"study_id", "estimate", "lower", "upper"}


class Estimates(pd.DataFrame):
    """A DataFrame that shows its estimates: names, counts, estimate with limits, source and row.

    In everything else it is the frame it was made of, with every column. Rows or columns taken of
    it show themselves so too, as long as study, estimate and limits are among the columns; what
    pandas makes of it otherwise is shown as pandas does.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import response_rates
    >>> rates = response_rates(atopic.load(), "EASI-50", studies=["shin-2021"])
    >>> [cell for cell in str(rates).splitlines()[1].split("  ") if "%" in cell]
    ['80% (28 to 99)']
    """

    @property
    def _constructor(self) -> Callable[..., "Estimates"]:
        return Estimates

    def _constructor_from_mgr(self, mgr: Any, axes: Any) -> "Estimates":
        # What pandas does here of itself copies every column for each row or column taken.
        return Estimates._from_mgr(mgr, axes)  # type: ignore[attr-defined, no-any-return]

    def _repr_html_(self) -> str | None:
        if not _fits(self):
            return pd.DataFrame(self)._repr_html_()  # type: ignore[operator, no-any-return]
        rows = f"{len(self):,} row{'' if len(self) == 1 else 's'}"
        more = f"; the first {_MOST} are shown" if len(self) > _MOST else ""
        every = pd.DataFrame(self).head(_MOST).to_html(border=0, max_cols=None)
        shown = _summary(self).to_html(border=0, index=False)
        for cell in ("th", "td"):  # JupyterLab sets what is no index on the right
            shown = shown.replace(f"<{cell}>", f'<{cell} style="text-align: left">')
        return (
            f"<div>{shown}"
            f"<details><summary>{rows}{more}: all {len(self.columns)} columns</summary>"
            f"{every}</details></div>"
        )

    def _repr_mimebundle_(self, **_asked: Any) -> Any:
        shown = self._repr_html_() if _fits(self) else None
        if shown is None:
            return None
        data = {"text/html": shown, "text/plain": repr(self)}
        data["text/csv"] = pd.DataFrame(self).to_csv(index=False, lineterminator="\n")
        return data, {"atopic": {"kind": "table"}}

    def __repr__(self) -> str:
        if not _fits(self):
            return super().__repr__()
        shown = _summary(self).to_string()
        return shown if len(self) <= _MOST else f"{shown}\n[{len(self):,} rows]"


def as_estimates(found: Any) -> Any:
    """Return what a question answers, its frames of estimates as such."""
    if isinstance(found, tuple) and type(found) is tuple:
        return tuple(map(as_estimates, found))
    if type(found) is pd.DataFrame and _fits(found):
        return Estimates(found)
    return found


def _fits(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and frame.columns.is_unique and frame.columns.isin(_NEEDED).sum() == 4


def _summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that a reader looks for, as text."""
    shown = pd.DataFrame(frame).head(_MOST)
    rows = shown.to_dict("records")
    levels = {row["level"] for row in rows if pd.notna(row.get("level"))}
    limits = interval_name(levels.pop()) if len(levels) == 1 else "interval"
    columns = {
        "study": [_name(row["study_id"]) for row in rows],
        "group": [_text(row.get("label", row.get("arm_id"))) for row in rows],
        "outcome": [_text(row.get("outcome", row.get("event"))) for row in rows],
        "setting": [_text(row.get("setting")) for row in rows],
        time_word(): [_text(row.get("week"), TIME_NOT_STATED) for row in rows],
        "x/n": [_counts(row) for row in rows],
        f"estimate ({limits})": [_estimate(row) for row in rows],
        "source": [_text(row.get("source_id")) for row in rows],
        "row": [_text(row.get("row")) for row in rows],
    }
    kept = {name: cells for name, cells in columns.items() if any(cells)}
    if len(set(columns["outcome"])) == 1 and len(rows) > 1:
        kept.pop("outcome", None)
    return pd.DataFrame(kept, index=shown.index)


def _name(study: Any) -> str:
    return "" if pd.isna(study) else study_name(str(study))


def _text(cell: Any, blank: str = "") -> str:
    return blank if pd.isna(cell) else str(cell)


def _counts(row: Mapping[Any, Any]) -> str:
    """Return the counts of an arm, or of both arms of a comparison."""

    def count(x: str, n: str) -> str:
        if pd.isna(row.get(n)):
            return ""
        return f"{row[x]}/{row[n]}" if pd.notna(row.get(x)) else f"n = {row[n]}"

    arm = count("responders" if "responders" in row else "count", "n")
    other = count("reference_responders", "reference_n") or count("", "n_reference")
    return f"{arm} v {other}" if arm and other else arm


def _estimate(row: Mapping[Any, Any]) -> str:
    """Return an estimate with its limits, the outermost where several counts fit."""
    value = row["estimate"]
    if pd.isna(value):
        return ""
    lower = row.get("lower_min", row["lower"])
    upper = row.get("upper_max", row["upper"])
    measure, unit = row.get("measure"), row.get("unit")
    if measure in ("RR", "OR"):
        return ratio_text(value, lower, upper)
    if isinstance(unit, str) and unit not in ("share", "shares"):
        ends = f" ({change_text(lower)} to {change_text(upper)})" if pd.notna(lower) else ""
        return change_text(value, unit) + ends
    if measure == "RD":
        return points_with_limits(value, lower, upper)
    return percent_with_limits(value, lower, upper)
