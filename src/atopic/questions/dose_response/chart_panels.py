"""What stands beside and below the dose chart: weights of models, slopes, the key."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display import row_chart
from atopic.display.alphabet import DIFFERENCE, DOTTED
from atopic.display.numbers import percent_text, points_text
from atopic.display.p_values import p_equals
from atopic.display.pooling_names import name_of
from atopic.display.style import COLOURS, GREY, INK
from atopic.evidence.controls import is_controlled
from atopic.evidence.frames import records
from atopic.questions.dose_response import DoseArms, DoseCurves
from atopic.review import controlled_word

# Inches: of a model, and of the words above and below the models.
_MODEL, _WORDS = 0.3565, 0.75
#: Of the axis of a slope, how far down the first stands, and the next.
_SLOPE, _SLOPE_DOWN, _SLOPE_STEP = 0.62, 1.178, 1.612


def slopes_height(contrasts: pd.DataFrame) -> float:
    """Return how many inches high the slopes are, where they stand alone."""
    return _SLOPE_DOWN + _SLOPE_STEP * (len(slope_rows(contrasts)) - 1) + 0.6


def weights_height(curves: DoseCurves) -> float:
    """Return how many inches high the weights of the models are, where they stand alone."""
    return _MODEL * len(_weighted(curves)) + _WORDS


def _weighted(curves: DoseCurves) -> pd.DataFrame:
    models = curves.models
    return models[models["model"].ne("average") & models["weight"].notna()]


def draw_weights(figure: Figure, place: tuple[float, ...], curves: DoseCurves) -> None:
    """Draw the weights of the models, and the contrast tests in words."""
    rows = list(records(_weighted(curves)))
    left, bottom, width, height = place
    tall = min(height, (_MODEL * len(rows) + 0.062) / figure.get_figheight())
    axes = figure.add_axes((left, bottom + 0.95 * height - tall, width, tall))
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title("Models these doses can carry: weight", loc="left", size=8.5, color=GREY)
    for y, row in enumerate(rows):
        axes.plot(
            [0, 1], [y + 0.16, y + 0.16], color=row_chart.GRID, linewidth=4, solid_capstyle="butt"
        )
        axes.plot(
            [0, row.weight], [y + 0.16, y + 0.16], color=INK, linewidth=4, solid_capstyle="butt",
            alpha=0.35 + 0.6 * row.weight,
        )  # fmt: skip
        axes.text(0, y - 0.22, name_of(row.model), size=8.5, va="center")
        axes.text(1, y - 0.22, percent_text(row.weight), size=8.5, va="center", ha="right")
    if len(curves.signal):
        p = p_equals(float(curves.signal["p_value"].min()))
        figure.text(
            left, bottom, f"Contrast tests (MCP-Mod):\nsmallest adjusted {p}", size=8.5,
            va="bottom", linespacing=1.5,
        )  # fmt: skip


def draw_slopes(
    figure: Figure, place: tuple[float, ...], contrasts: pd.DataFrame, *, controlled: bool
) -> None:
    """Draw the difference between two doses, and how steep a line through them may be."""
    left, bottom, width, height = place
    rows = slope_rows(contrasts)
    inch = 1 / figure.get_figheight()
    for number, row in enumerate(records(rows)):
        down = (_SLOPE_DOWN + _SLOPE_STEP * number) * inch
        axes = figure.add_axes((left, bottom + height - down, width, _SLOPE * inch))
        axes.set_yticks([])
        axes.set_ylim(-1, 1)
        axes.tick_params(axis="x", length=3)
        difference = row.measure == "difference"
        factor = 100 if difference else 1
        values = [row.lower, row.upper, row.lower_min, row.upper_max, row.estimate]
        if difference:
            limit = float(np.ceil((max(abs(v) for v in values) * 100 + 2) / 10) * 10)
            axes.set_xlim(-limit, limit)
            axes.axvline(0, color=INK, linewidth=1)
            title = f"Highest minus lowest dose, points ({100 * row.level:g}%)"
            words = f"{points_text(row.estimate)} ({points_text(row.lower_min)} to "
            words += f"{points_text(row.upper_max)})"
        else:
            axes.set_xscale("log")
            ends = [v for v in values if 0 < v < np.inf]
            limit = max(4.0, *(max(v, 1 / v) for v in ends)) * 1.15
            axes.set_xlim(1 / limit, limit)
            near = limit < 8
            marks = (0.25, 0.5, 1, 2, 4) if near else (0.001, 0.01, 0.1, 1, 10, 100, 1000)
            ticks = [t for t in marks if 1 / limit <= t <= limit]
            axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
            axes.minorticks_off()
            axes.axvline(1, color=INK, linewidth=1)
            per = " per doubling of the dose" if row.measure.endswith("doubling") else ""
            title = f"Odds ratio{per}"
            words = f"{row.estimate:.2g} ({row.lower_min:.2g} to {row.upper_max:.2g})"
        low, high = axes.get_xlim()
        reach = np.clip([factor * row.lower_min, factor * row.upper_max], low, high)
        limits = np.clip([factor * row.lower, factor * row.upper], low, high)
        if (row.lower_min, row.upper_max) != (row.lower, row.upper):
            axes.plot(reach, [0, 0], color=INK, linewidth=1.2, linestyle=DOTTED)
        axes.plot(limits, [0, 0], color=INK, linewidth=1.8, solid_capstyle="butt")
        if np.isfinite(row.estimate) and low < factor * row.estimate < high:
            axes.plot(
                [factor * row.estimate], [0], marker=DIFFERENCE, markersize=6, color=INK,
                markerfacecolor=INK if controlled else "white",
            )  # fmt: skip
        axes.set_title(f"{title}\n{words}", loc="left", size=8.5, linespacing=1.5)
        axes.text(0, -0.75, "falls with dose", size=8, color=GREY, transform=axes.transAxes)
        axes.text(
            1, -0.75, "rises with dose", size=8, color=GREY, ha="right", transform=axes.transAxes
        )


def slope_rows(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Return the contrasts that are drawn: the odds ratio only where it says more than a slope."""
    rows = contrasts[contrasts["measure"].ne("odds ratio")]
    return contrasts if len(rows) == 1 else rows


def key_entries(arms: DoseArms, fitted: bool) -> row_chart.Key:
    """Return the key of the marks and lines that this figure uses."""
    frame, colour = arms.frame, active_colour(arms)
    entries: row_chart.Key = []
    for filled, words in (
        (True, f"filled: {controlled_word()} period"),
        (False, "hollow: no control group"),
    ):
        if is_controlled(frame).eq(filled).any():
            entries.append((row_chart.key_mark("o", filled=filled), words))
    entries += row_chart.basis_key(set(frame["basis"]))
    if fitted:
        entries.append((Line2D([], [], color=colour, linewidth=2), "average of the models, band"))
        thin = Line2D([], [], color=INK, linewidth=0.9, alpha=0.6)
        entries.append((thin, "single models"))
    return entries


def active_colour(arms: DoseArms) -> str:
    """Return the colour of the arms that were treated."""
    active = arms.frame[arms.frame["dose"] > 0]
    return COLOURS[str(active["arm_role"].iloc[-1])]
