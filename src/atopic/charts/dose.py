"""The dose chart: observed responses over the dose, and the curves or the slope they allow."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.charts.style import COLOURS, DOTTED, GREY, INK, percent, study_name, styled
from atopic.doses import DoseArms, DoseCurves
from atopic.tables import records

__all__ = ["describe_doses", "draw_doses", "p_text", "points_text"]

# Inches.
_LEFT, _GAP, _PANEL, _RIGHT, _TOP, _HEIGHT, _TABLE, _KEY = (
    1.75,
    0.5,
    2.7,
    0.4,
    0.35,
    3.1,
    0.98,
    0.42,
)
#: Room that the words under a dose need, and the widest axis that is made for them.
_COLUMN, _NARROWEST, _WIDEST = 0.95, 4.6, 9.0
_MINUS = "\N{MINUS SIGN}"


def draw_doses(
    arms: DoseArms,
    *,
    curves: DoseCurves | None = None,
    contrasts: pd.DataFrame | None = None,
) -> Figure:
    """Draw the response of each arm over its dose, with what the doses allow beside it.

    Parameters
    ----------
    arms : DoseArms
        From `atopic.doses.dose_arms`; not refused.
    curves : DoseCurves, optional
        From `atopic.doses.dose_curves`: the averaged curve with its band, single models as thin
        lines, the darker the heavier, and the weights of the models on the right.
    contrasts : DataFrame, optional
        From `atopic.doses.dose_contrasts`: drawn on the right where there is no curve.

    Returns
    -------
    Figure
        Filled marks are from a placebo-controlled period, hollow ones are not; a ring marks a
        derived count, a dotted extension reaches over every count that fits.

    Raises
    ------
    ValueError
        If the arms were refused.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms
    >>> len(draw_doses(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16)).axes)
    1
    """
    if arms.frame.empty:
        raise ValueError(f"there is no dose to draw: {arms.refused}")
    scale = _scale(arms)
    doses = np.array(arms.doses) / scale
    fitted = curves is not None and not curves.refused
    compared = not fitted and contrasts is not None and len(contrasts) > 0
    span = 1.16 * doses.max()
    gap = min(np.diff(doses)) / span
    axis = float(np.clip(_COLUMN / gap, _NARROWEST, _WIDEST))
    panel = _GAP + _PANEL if fitted or compared else 0.0
    width, height = _LEFT + axis + panel + _RIGHT, _TOP + _HEIGHT + _TABLE + _KEY
    with styled():
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes(
            (_LEFT / width, (_KEY + _TABLE) / height, axis / width, _HEIGHT / height)
        )
        axes.set_xlim(-0.06 * doses.max(), 1.1 * doses.max())
        _vertical(axes, arms, fitted, curves)
        if fitted and curves is not None:
            _curves(axes, arms, curves, scale)
        if not arms.has_placebo:
            axes.axvline(0, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            axes.annotate(
                "no arm at dose 0", (0, 0.5), xycoords=("data", "axes fraction"),
                xytext=(4, 0), textcoords="offset points", rotation=90, va="center", color=GREY,
                size=8,
            )  # fmt: skip
        for row in records(arms.frame):
            _arm(axes, arms, row, row.dose / scale)
        _words_below(axes, arms, scale)
        place = (
            (_LEFT + axis + _GAP) / width,
            (_KEY + _TABLE) / height,
            _PANEL / width,
            _HEIGHT / height,
        )
        if fitted and curves is not None:
            _weights(figure, place, curves)
        elif compared and contrasts is not None:
            _slopes(figure, place, contrasts)
        _key(figure, arms, fitted, height)
    return figure


def describe_doses(
    arms: DoseArms,
    *,
    curves: DoseCurves | None = None,
    contrasts: pd.DataFrame | None = None,
) -> str:
    """Say what the dose chart shows, for readers who cannot see it.

    Parameters
    ----------
    arms, curves, contrasts
        As for `draw_doses`.

    Returns
    -------
    str
        The response at each dose with its interval, and the test and curve or the difference.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms
    >>> describe_doses(dose_arms(atopic.load(), "seo-2024-phase-1", "EASI-50", week=12))[:73]
    'EASI-50 by dose, Seo 2024 phase 1, week 12, no control group: 0.5 million'
    """
    scale, unit = _scale(arms), _unit(arms)
    parts = []
    for row in records(arms.frame):
        _, value, limits = _cells(arms, row)
        name = "placebo" if row.dose == 0 else f"{row.dose / scale:g} {unit}"
        parts.append(f"{name} {value} {limits}".strip())
    setting = "placebo-controlled" if arms.controlled else "no control group"
    sentences = [
        f"{arms.outcome} by dose, {study_name(arms.study_id)}, week {arms.week}, {setting}: "
        f"{'; '.join(parts)}."
    ]
    if curves is not None and not curves.refused:
        best = curves.models[curves.models["weight"].notna() & curves.models["model"].ne("average")]
        top = best.loc[best["weight"].idxmax()]
        p = curves.signal["p_value"].min()
        sentences.append(
            f"Smallest adjusted P of the contrast tests {p_text(p)}; heaviest model "
            f"{top['model']}, weight {top['weight']:.2f}."
        )
        if curves.statement:
            sentences.append(curves.statement)
    elif contrasts is not None and len(contrasts):
        row = contrasts.iloc[0]
        sentences.append(
            f"Highest minus lowest dose: {points_text(row['estimate'])} points "
            f"({points_text(row['lower_min'])} to {points_text(row['upper_max'])})."
        )
    return " ".join(sentences)


def points_text(share: float) -> str:
    """Return a difference of shares in whole percentage points, with a real minus sign.

    Examples
    --------
    >>> points_text(0.125), points_text(-0.2)
    ('13', '\N{MINUS SIGN}20')
    """
    value = int(np.floor(abs(100 * share) + 0.5))
    return f"{_MINUS}{value}" if share < 0 and value else str(value)


def p_text(p: float) -> str:
    """Return a P value as it is read.

    Examples
    --------
    >>> p_text(0.43466), p_text(0.00009)
    ('0.435', 'below 0.001')
    """
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def _scale(arms: DoseArms) -> float:
    return 1e6 if arms.unit.startswith("cells") else 1.0


def _unit(arms: DoseArms) -> str:
    return f"million {arms.unit}" if arms.unit.startswith("cells") else arms.unit


def _vertical(axes: Axes, arms: DoseArms, fitted: bool, curves: DoseCurves | None) -> None:
    axes.set_axisbelow(True)
    axes.grid(axis="y", color="#e4e7ec", linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=GREY, labelsize=8.5)
    if arms.kind == "counts":
        axes.set_ylim(0, 100)
        words = f"Patients with {arms.outcome}, %"
        if arms.lower_is_better:
            words = f"Patients with {arms.outcome} (these did not respond), %"
        axes.set_ylabel(words)
        return
    values = [*arms.frame["lower"], *arms.frame["upper"], 0.0]
    if fitted and curves is not None:
        values += [*curves.average["lower"], *curves.average["upper"]]
    low, high = np.nanmin(values), np.nanmax(values)
    room = 0.05 * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.set_yticks([tick for tick in axes.get_yticks() if low - room <= tick <= high + room])
    axes.axhline(0, color="#9aa1ad", linewidth=1, zorder=0.6)
    unit = str(arms.frame["unit"].iloc[0]).replace("-", " ")
    better = "down" if arms.lower_is_better else "up"
    axes.set_ylabel(f"Change of {arms.outcome}, {unit} ({better} is improvement)")


def _factor(arms: DoseArms) -> float:
    return 100.0 if arms.kind == "counts" else 1.0


def _curves(axes: Axes, arms: DoseArms, curves: DoseCurves, scale: float) -> None:
    colour, factor = _active_colour(arms), _factor(arms)
    band = curves.average
    x = band["dose"] / scale
    axes.fill_between(
        x, factor * band["lower"], factor * band["upper"], color=colour, alpha=0.13, linewidth=0
    )
    weights = curves.models.set_index("model")["weight"]
    for model, line in curves.single.items():
        shade = 0.15 + 0.6 * float(weights[model])
        axes.plot(
            line["dose"] / scale, factor * line["estimate"], color=INK, alpha=shade, linewidth=0.9
        )
    axes.plot(x, factor * band["estimate"], color=colour, linewidth=2)


def _arm(axes: Axes, arms: DoseArms, row: Any, x: float) -> None:
    factor, colour = _factor(arms), COLOURS[row.arm_role]
    style: dict[str, Any] = {"color": colour, "zorder": 3}
    if pd.notna(row.lower):
        limits = [factor * row.lower, factor * row.upper]
        axes.plot([x, x], limits, linewidth=1.7, solid_capstyle="butt", **style)
        if row.basis == "ambiguous":
            reach = [factor * row.lower_min, factor * row.upper_max]
            axes.plot([x, x], reach, linewidth=1.2, linestyle=DOTTED, **style)
    face = colour if row.setting == "controlled" else "white"
    y = factor * row.estimate
    axes.plot(
        [x], [y], marker="o", markersize=7, markerfacecolor=face, markeredgecolor=colour,
        markeredgewidth=1.5, zorder=4,
    )  # fmt: skip
    if row.basis in ("derived", "ambiguous"):
        axes.plot(
            [x], [y], marker="o", markersize=11.5, markerfacecolor="none",
            markeredgecolor=colour, markeredgewidth=0.8, zorder=4,
        )  # fmt: skip


def _cells(arms: DoseArms, row: Any) -> tuple[str, str, str]:
    """Return patients, value and limits of an arm."""
    if arms.kind == "means":
        value, low, high = (f"{one:.0f}".replace("-", _MINUS) for one in row[_places(row)])
        return f"n = {row.n}", value, f"({low} to {high})" if pd.notna(row.lower) else ""
    n = float(row.n)
    limits = f"({percent(row.lower_min, n)} to {percent(row.upper_max, n)})"
    return f"{row.responders}/{row.n}", f"{percent(row.estimate, n)} %", limits


def _places(row: Any) -> slice:
    start = row._fields.index("estimate")
    return slice(start, start + 3)


def _words_below(axes: Axes, arms: DoseArms, scale: float) -> None:
    """Write under each dose what its arm is, and its numbers, as a small table."""
    rows = list(records(arms.frame))
    axes.set_xticks([row.dose / scale for row in rows])
    labels = []
    for row in rows:
        name = "0 (placebo)" if row.arm_role == "placebo" else f"{row.dose / scale:g}"
        labels.append("\n".join([name, *_cells(arms, row)]))
    axes.set_xticklabels(labels, color=INK, linespacing=1.45)
    axes.tick_params(axis="x", length=4)
    level = 100 * float(arms.frame["level"].iloc[0])
    unit = _unit(arms)
    first = ["responders", "share"] if arms.kind == "counts" else ["patients", "mean change"]
    heads = "\n".join([f"dose, {unit}", *first, f"{level:g} % interval"])
    axes.annotate(
        heads, (0, 0), xycoords="axes fraction", xytext=(-_LEFT * 72 + 4, -7.5),
        textcoords="offset points", va="top", color=GREY, size=8.5, linespacing=1.45,
    )  # fmt: skip


def _active_colour(arms: DoseArms) -> str:
    active = arms.frame[arms.frame["dose"] > 0]
    return COLOURS[str(active["arm_role"].iloc[-1])]


def _weights(figure: Figure, place: tuple[float, ...], curves: DoseCurves) -> None:
    """Draw the weights of the models, and the contrast tests in words."""
    models = curves.models[curves.models["model"].ne("average") & curves.models["weight"].notna()]
    rows = list(records(models))
    left, bottom, width, height = place
    share = min(1.0, 0.115 * len(rows) + 0.02)
    axes = figure.add_axes((left, bottom + height * (0.95 - share), width, height * share))
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title("Models these doses can carry: weight", loc="left", size=8.5, color=GREY)
    for y, row in enumerate(rows):
        axes.plot([0, 1], [y + 0.16, y + 0.16], color="#e4e7ec", linewidth=4, solid_capstyle="butt")
        axes.plot(
            [0, row.weight], [y + 0.16, y + 0.16], color=INK, linewidth=4, solid_capstyle="butt",
            alpha=0.35 + 0.6 * row.weight,
        )  # fmt: skip
        axes.text(0, y - 0.22, row.model, size=8.5, va="center")
        axes.text(1, y - 0.22, f"{row.weight:.2f}", size=8.5, va="center", ha="right")
    if len(curves.signal):
        p = p_text(float(curves.signal["p_value"].min()))
        figure.text(
            left, bottom, f"Contrast tests (MCP-Mod):\nsmallest adjusted P {p}", size=8.5,
            va="bottom", linespacing=1.5,
        )  # fmt: skip


def _slopes(figure: Figure, place: tuple[float, ...], contrasts: pd.DataFrame) -> None:
    """Draw the difference between two doses, and how steep a line through them may be."""
    left, bottom, width, height = place
    rows = contrasts[contrasts["measure"].ne("odds ratio")]
    if len(rows) == 1:
        rows = contrasts
    for number, row in enumerate(records(rows)):
        axes = figure.add_axes(
            (left, bottom + height * (0.62 - 0.52 * number), width, height * 0.2)
        )
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
            title = f"Highest minus lowest dose, points ({100 * row.level:g} %)"
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
        axes.plot(reach, [0, 0], color=INK, linewidth=1.2, linestyle=DOTTED)
        axes.plot(limits, [0, 0], color=INK, linewidth=1.8, solid_capstyle="butt")
        if np.isfinite(row.estimate) and low < factor * row.estimate < high:
            axes.plot([factor * row.estimate], [0], marker="s", markersize=6, color=INK)
        axes.set_title(f"{title}\n{words}", loc="left", size=8.5, linespacing=1.5)
        axes.text(0, -0.75, "falls with dose", size=8, color=GREY, transform=axes.transAxes)
        axes.text(
            1, -0.75, "rises with dose", size=8, color=GREY, ha="right", transform=axes.transAxes
        )


def _key(figure: Figure, arms: DoseArms, fitted: bool, height: float) -> None:
    frame, colour = arms.frame, _active_colour(arms)
    entries: list[tuple[Any, str]] = []
    for filled, words in (
        (True, "filled: placebo-controlled period"),
        (False, "hollow: no control group"),
    ):
        if frame["setting"].eq("controlled").eq(filled).any():
            mark = Line2D(
                [], [], linestyle="none", marker="o", markersize=6, markeredgewidth=1.4,
                markerfacecolor=INK if filled else "none", markeredgecolor=INK,
            )  # fmt: skip
            entries.append((mark, words))
    if frame["basis"].isin(["derived", "ambiguous"]).any():
        ring = Line2D(
            [], [], linestyle="none", marker="o", markersize=10, markerfacecolor="none",
            markeredgecolor=INK, markeredgewidth=0.8,
        )  # fmt: skip
        entries.append((ring, "ring: count derived from a percentage"))
    if frame["basis"].eq("ambiguous").any():
        dotted = Line2D([], [], color=INK, linewidth=1.2, linestyle=DOTTED)
        entries.append((dotted, "dotted: over all counts that fit"))
    if fitted:
        entries.append((Line2D([], [], color=colour, linewidth=2), "average of the models, band"))
        thin = Line2D([], [], color=INK, linewidth=0.9, alpha=0.6)
        entries.append((thin, "single models"))
    handles, labels = zip(*entries, strict=True)
    figure.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(0.0, 0.02 / height), ncols=4,
        frameon=False, fontsize=8, handlelength=1.6, columnspacing=1.4, labelcolor=GREY,
    )  # fmt: skip
