"""The forest plot of controlled effects: one row an active arm against its own placebo arm."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from atopic.display.numbers import (
    fraction,
    interval_name,
    points_text,
    points_with_limits,
    span_text,
    study_name,
)
from atopic.display.p_values import with_p_values
from atopic.display.row_chart import RowChart, draw_interval, draw_mark, draw_ring, row_chart
from atopic.display.style import COLOURS, DASHED, DOTTED, INK, styled, text_width
from atopic.evidence.csv_rows import records
from atopic.questions.controlled_effect.words import differing_words

__all__ = ["describe_effects", "draw_effects"]

_SIZES: dict[str, Any] = {
    "row": 0.3,
    "axis": 3.6,
    "right": 2.3,
    "top": 0.42,
    "bottom": 0.48,
}
#: What stands left of the axis, unless names are longer.
_LEFT = 3.7
_CELLS, _DRUG = COLOURS["experimental"], COLOURS["active-comparator"]

#: Names of the intervals of a pooled effect.
_INTERVALS = {
    "wald": "Wald",
    "hartung-knapp": "Hartung-Knapp",
    "hartung-knapp-safeguarded": "safeguarded Hartung-Knapp",
}


def draw_effects(
    effects: pd.DataFrame,
    *,
    pooled: pd.DataFrame | None = None,
    allowed: pd.DataFrame | None = None,
) -> Figure | None:
    """Draw risk differences with their intervals, and what they pool to.

    In percentage points, to the right where the active arm did better. A dotted extension reaches
    over every count that fits what was printed.

    Parameters
    ----------
    effects : DataFrame
        From `trial_effects` with ``measure="RD"``; may be empty if `allowed` is not.
    pooled : DataFrame, optional
        From `pooled_effect`; one row a model.
    allowed : DataFrame, optional
        From `allowed_effects`: the differences that a printed P value allows, drawn hollow on the
        dashed line of the interval around them.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> len(draw_effects(trial_effects(atopic.load(), "EASI-75", weeks=[16])).axes)
    1
    """
    lines = _lines(effects, pooled, allowed)
    if not lines:
        return None
    with styled():
        # Bold names, as of pooled effects, are a tenth wider.
        widths = [1.12 * text_width(line["name"]) + text_width(line["counts"], 8) for line in lines]
        chart = row_chart(len(lines), left=max(_LEFT, max(widths) + 0.35), **_SIZES)
        axes = chart.axes
        reach = [abs(100 * value) for line in lines for value in line["reach"]]
        reach = [value for value in reach if np.isfinite(value)]
        limit = float(np.ceil((max(reach, default=0) + 2) / 10) * 10)
        axes.set_xlim(-limit, limit)
        axes.axvline(0, color=INK, linewidth=1, zorder=1)
        axes.set_xlabel("Difference in responders, percentage points")
        chart.heads(
            -0.95,
            (-chart.left, "Study", "left"),
            (-0.1, "treated against placebo, x/n", "right"),
            (0.0, "placebo better", "left"),
            (chart.axis, "treated better", "right"),
            (chart.axis + 0.15, f"points ({interval_name(lines[0]['level'])})", "left"),
        )
        for y, line in enumerate(lines):
            _line(chart, y, line)
    return chart.figure


def describe_effects(
    effects: pd.DataFrame,
    *,
    pooled: pd.DataFrame | None = None,
    allowed: pd.DataFrame | None = None,
) -> str:
    """Say what the forest plot shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> describe_effects(trial_effects(atopic.load(), "EASI-75", weeks=[16]))
    'EASI-75, treatment minus placebo: Atmsc 2025 16 points (3 to 29). The trial differs clearly \
from placebo.'
    """
    printed = [] if allowed is None else [_allowed_in_words(row) for row in records(allowed)]
    if effects.empty:
        words = " ".join(["No counts of both groups were read.", *printed])
        return words if printed else ""
    trials = "; ".join(
        f"{study_name(row.study_id)} "
        f"{points_with_limits(row.estimate, row.lower_min, row.upper_max)}"
        for row in records(effects)
    )
    sentences = [
        f"{effects['outcome'].iloc[0]}, treatment minus placebo: {trials}.",
        f"{differing_words(effects)}.",
    ]
    for row in records(pooled) if pooled is not None else ():
        sentences.append(
            f"Pooled, {row.method} effect ({_INTERVALS.get(row.interval, row.interval)}): "
            f"{points_with_limits(row.estimate, row.lower_min, row.upper_max)}."
        )
    return " ".join([*sentences, *printed])


def _allowed_in_words(row: Any) -> str:
    """Say which differences a printed P value allows, and how sure each would be."""
    words = f"{study_name(row.study_id)}: only P = {row.p_printed} was read, no rates. With "
    words += f"{row.n_1} against {row.n_0} patients it allows {_range(row.lower, row.upper)} points"
    if np.isfinite(row.interval_lower):
        ends = _range(row.interval_lower, row.interval_upper)
        words += f" ({interval_name(row.level)} {ends})"
    if row.fewer:
        nearly = _range(row.lower_fewer, row.upper_fewer)
        words += f"; with up to {row.fewer} fewer in either group {nearly}"
        if np.isfinite(row.interval_lower_fewer):
            words += f" ({_range(row.interval_lower_fewer, row.interval_upper_fewer)})"
    return f"{words}."


def _lines(
    effects: pd.DataFrame, pooled: pd.DataFrame | None, allowed: pd.DataFrame | None
) -> list[dict[str, Any]]:
    lines = [
        {
            "name": study_name(row.study_id),
            "counts": f"{fraction(row.responders, row.n)} against "
            f"{fraction(row.reference_responders, row.reference_n)}",
            "colour": _CELLS if row.study_role == "evidence" else _DRUG,
            "estimate": row.estimate,
            "limits": (row.lower, row.upper),
            "reach": (row.lower_min, row.upper_max),
            "level": row.level,
            "derived": row.basis != "printed",
            "pooled": False,
        }
        for row in records(effects)
    ]
    lines += [
        {
            "name": study_name(row.study_id),
            "counts": with_p_values(f"P = {row.p_printed}")
            + f", {'about ' * bool(row.fewer)}{row.n_1} against {row.n_0}",
            "colour": _CELLS,
            "estimate": None,
            "limits": None,
            "reach": (row.interval_lower, row.interval_upper),
            "exactly": (row.lower, row.upper),
            "level": row.level,
            "derived": True,
            "pooled": False,
        }
        for row in (records(allowed) if allowed is not None else ())
    ]
    lines += [
        {
            "name": f"{str(row.method).capitalize()} effect of {row.k}",
            "counts": f"{_INTERVALS.get(row.interval, row.interval)} interval",
            "colour": INK,
            "estimate": row.estimate,
            "limits": (row.lower, row.upper),
            "reach": (row.lower_min, row.upper_max),
            "level": row.level,
            "derived": False,
            "pooled": True,
        }
        for row in (records(pooled) if pooled is not None else ())
    ]
    return lines


def _line(chart: RowChart, y: int, line: dict[str, Any]) -> None:
    axes, colour = chart.axes, line["colour"]
    reach = [100 * value for value in line["reach"]]
    words = _range(*line["reach"])
    if line["estimate"] is None:
        # No one count is known: the interval is one of several, and nothing here is filled.
        axes.plot(reach, [y, y], color=colour, linewidth=1.4, linestyle=DASHED)
        for end in dict.fromkeys(round(100 * value, 6) for value in line["exactly"]):
            draw_mark(axes, end, y, colour, filled=False, size=7)
        words = f"{_range(*line['exactly'])} ({words}), only P known"
    else:
        axes.plot(reach, [y, y], color=colour, linewidth=1.2, linestyle=DOTTED)
        low, high = (100 * value for value in line["limits"])
        draw_interval(axes, (low, high), (y, y), colour, 1.8)
        marker = "D" if line["pooled"] else "o"
        x = 100 * line["estimate"]
        axes.plot([x], [y], marker=marker, markersize=6.5, color=colour, zorder=3)
        if line["derived"]:
            draw_ring(axes, x, y, colour, size=10.5)
        words = f"{points_text(line['estimate'])} ({words})"
    weight = "bold" if line["pooled"] else "normal"
    chart.name(y, line["name"], indent=0.05, weight=weight)
    chart.detail(y, line["counts"])
    chart.beside(0.15, y, words, weight=weight)


def _range(low: float, high: float) -> str:
    return "none" if np.isnan(low) else span_text(points_text(low), points_text(high))
