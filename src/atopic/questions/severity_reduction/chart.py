"""The chart of score changes: how far the score of each group moved from its baseline.

Made to look like no chart of responders: every mark is an arrow head on a line from the baseline.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.alphabet import CHANGE, DASHED, DIFFERENCE
from atopic.display.finding_words import role_words
from atopic.display.numbers import (
    change_text,
    interval_name,
    outcome_text,
    signed,
    study_name,
    unit_text,
)
from atopic.display.row_chart import (
    RowChart,
    RowFigure,
    add_rows,
    draw_key,
    draw_mark,
    draw_ring,
    key_mark,
)
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.evidence.controls import CONTROLLED, is_controlled, kind_of, kinds_of
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.evidence.vocabulary import in_order
from atopic.questions.evidence_map.words import source_kind
from atopic.questions.response_rates.words import arm_words
from atopic.questions.severity_reduction.table import STATISTICS, with_limits
from atopic.review import control_word, controlled_word, words_in_use

# Inches.
_ROW, _AXIS, _NARROWEST, _HEAD, _FOOT, _WIDEST = 0.27, 2.4, 1.2, 0.62, 0.58, 11.6
#: From the right end of the axis to the changes and, unless these are wider, the end of the sizes;
#: from there to the words on what was printed.
_CHANGE, _SIZE, _WORDS = 0.15, 2.2, 0.12
_IMPORTANT = "#7a3f98"
_WHERE = "average; where reported, how sure"

#: Units of scores in the order of their panels; others follow.
_UNITS = ("percent", "points")


@dataclass(frozen=True)
class _Heading:
    """What stands above the rows of one outcome in one setting."""

    words: str
    outcome: str


@dataclass(frozen=True)
class _Panel:
    """Rows of one unit, with an axis of their own."""

    title: str
    unit: str
    better: str
    between_arms: bool
    lines: list[Any]
    important: pd.DataFrame

    @property
    def height(self) -> float:
        return _HEAD + _ROW * len(self.lines) + _FOOT

    @property
    def arms(self) -> list[Any]:
        return [line for line in self.lines if not isinstance(line, _Heading)]

    @property
    def rows(self) -> pd.DataFrame:
        return pd.DataFrame(self.arms)


def draw_reductions(
    reductions: pd.DataFrame,
    *,
    differences: pd.DataFrame | None = None,
    important: pd.DataFrame | None = None,
) -> Figure | None:
    """Draw how far the score of each arm moved, and the differences between arms.

    One panel a unit and direction, zero being the baseline and the side that is headed so the
    improvement; `differences` have panels of
    their own. Filled marks are from placebo-controlled periods, hollow ones are not; a mark without
    a bar had no usable spread printed, a dashed bar rests on an assumed kind of spread, a ring on a
    deduced n.

    Parameters
    ----------
    important : DataFrame, optional
        From `minimal_important_changes`: marked behind the arms.

    >>> import atopic
    >>> from atopic.questions.severity_reduction.estimates import score_reductions
    >>> figure = draw_reductions(score_reductions(atopic.load(), ["SCORAD", "EASI"]))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['Change in score, % of its baseline', 'Change in score, points']
    """
    if reductions.empty:
        return None
    panels = list(_panels(reductions, differences, important))
    left = max(_left(line) for panel in panels for line in panel.lines)
    words = max(text_width(_printed(row), 8) for row in records(reductions))
    size = max(_sizes_end(row, panel.between_arms) for panel in panels for row in panel.arms)
    beside = left + size + _WORDS + max(words, text_width(_WHERE, 8)) + 0.05
    axis = max(_NARROWEST, min(_AXIS, _WIDEST - beside))
    width = beside + axis
    key = list(_entries(reductions, differences, panels))
    height = sum(panel.height for panel in panels) + 0.16 * -(-len(key) // 3) + 0.1
    with styled():
        figure = RowFigure(width, height)
        top = height
        for panel in panels:
            rows = _ROW * len(panel.lines)
            bottom = top - _HEAD - rows
            lines = len(panel.lines)
            chart = add_rows(figure, lines, row=_ROW, left=left, axis=axis, bottom=bottom)
            _draw_panel(chart, panel, size)
            top -= panel.height
        draw_key(figure, key)
    return figure


def describe_reductions(
    reductions: pd.DataFrame, *, differences: pd.DataFrame | None = None
) -> str:
    """Say what the chart of score changes shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.severity_reduction.estimates import score_reductions
    >>> describe_reductions(score_reductions(atopic.load(), "SCORAD"))[49:]
    'SCORAD: FURESTEM-AD phase 1/2a (Kim 2017) 50 million cells \N{MINUS SIGN}50%, no interval.'
    """
    if reductions.empty:
        return ""
    reductions = reductions.assign(words=arm_words(reductions))
    sentences = ["Changes of group scores, not shares of patients."]
    cells = reductions[reductions["study_role"].eq("evidence")]
    for name, rows in cells.groupby("outcome", sort=False):
        arms = "; ".join(
            f"{study_name(row.study_id)} {row.words} {with_limits(row)}" for row in records(rows)
        )
        sentences.append(f"{outcome_text(name)}: {arms}.")
    drugs = reductions[reductions["study_role"].eq("benchmark")]
    for (outcome, unit), rows in drugs.groupby(["outcome", "unit"], sort=False):
        for role, word in (
            ("active-comparator", words_in_use().comparator.one),
            ("placebo", control_word()),
        ):
            some = rows.loc[rows["arm_role"].eq(role), "estimate"].to_list()
            if some:
                arms = f"{len(some)} {word} group{'s' if len(some) > 1 else ''}"
                most = change_text(min(some), str(unit))
                ends = f"{change_text(max(some))} to {most}" if max(some) > min(some) else most
                kind = words_in_use().comparator.adjective
                sentences.append(f"{outcome} in {arms} of {kind} trials: {ends}.")
    if differences is not None and len(differences):
        differences = differences.assign(words=arm_words(differences))
        for row in records(differences):
            control = control_word(*filter(None, [kind_of(row.setting)]))
            sentences.append(
                f"{study_name(row.study_id)} {outcome_text(row.outcome)}, {row.words} minus "
                f"{control}: {with_limits(row)}."
            )
    return " ".join(sentences)


def _panels(
    reductions: pd.DataFrame, differences: pd.DataFrame | None, important: pd.DataFrame | None
) -> Iterator[_Panel]:
    if important is None:
        important = pd.DataFrame(columns=["outcome", "unit"])
    nothing = important.iloc[:0]
    arms = reductions.assign(words=arm_words(reductions))
    for unit, better, some in _of_one_axis(arms):
        title = f"Change in each group, {_title(unit)}: a score that moved, not who responded"
        marked = important[important["unit"].eq(unit)]
        yield _Panel(title, unit, better, False, list(_lines(some)), marked)
    if differences is not None and len(differences):
        pairs = differences.assign(words=arm_words(differences))
        for unit, better, some in _of_one_axis(pairs):
            control = control_word(*kinds_of(some))
            title = f"Between groups of one trial, {_title(unit)}: treatment minus {control}"
            yield _Panel(title, unit, better, True, list(_lines(some)), nothing)


def _of_one_axis(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the rows of each unit of which one and the same way is the better one."""
    for unit in in_order(rows["unit"], _UNITS):
        for better in ("lower", "higher"):
            some = rows[rows["unit"].eq(unit) & rows["better"].eq(better)]
            if len(some):
                yield unit, better, some


def _lines(rows: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a panel: a heading before each outcome and setting, then its arms."""
    before = None
    for row in records(rows):
        group = (row.outcome, row.study_role, row.setting)
        if group != before:
            drug = (
                f", {words_in_use().comparator.adjective} trials"
                if row.study_role == "benchmark"
                else ""
            )
            setting = setting_words(row.setting)
            name = outcome_text(row.outcome)
            name = name[0].upper() + name[1:]
            yield _Heading(f"{name}{drug}: {setting[0].lower()}{setting[1:]}", row.outcome)
            before = group
        yield row


def _left(line: Any) -> float:
    if isinstance(line, _Heading):
        return text_width(line.words, 9.6) + 0.1
    return text_width(study_name(line.study_id)) + text_width(line.words, 8) + 0.42


def _sizes_end(row: Any, between_arms: bool) -> float:
    """Return how far right of the axis the number of patients of a row ends."""
    words = text_width(with_limits(row, brief=True)) + text_width(_size(row, between_arms), 8)
    return max(_SIZE, _CHANGE + words + 0.1)


def _draw_panel(chart: RowChart, panel: _Panel, size: float) -> None:
    axes = chart.axes
    low, high = _limits(panel)
    axes.set_xlim(low, high)
    axes.xaxis.set_major_formatter(lambda value, _: signed(value, "g"))
    axes.axvline(0, color=INK, linewidth=1.2, zorder=1)
    axes.set_xlabel(_axis(panel.unit, between_arms=panel.between_arms))
    _headings(chart, panel, size)
    for y, line in enumerate(panel.lines):
        if isinstance(line, _Heading):
            chart.group(y + 0.12, line.words)
            marked = panel.important[panel.important["outcome"].eq(line.outcome)]
            if len(marked):
                _important(chart, y, panel, marked)
        else:
            _row(chart, y, line, panel.between_arms, size)


def _limits(panel: _Panel) -> tuple[float, float]:
    """Return the ends of the axis: zero, every limit and every important change are inside."""
    rows = panel.rows
    reach = [0.0, *rows["estimate"], *rows["lower"].dropna(), *rows["upper"].dropna()]
    reach += [_toward(panel) * value for value in panel.important.get("most", ())]
    if panel.unit == "percent" and panel.better == "lower" and not panel.between_arms:
        reach.append(-100.0)
    low, high = min(reach), max(reach)
    if panel.between_arms:
        # The side on which placebo did better is there to be seen, also when it is empty.
        low, high = min(low, -0.3 * high), max(high, -0.3 * low)
    margin = 0.04 * (high - low) or 1.0
    return low - (0.0 if low == -100.0 else margin), high + margin


def _toward(panel: _Panel) -> int:
    """Return the sign of an improvement."""
    return 1 if panel.better == "higher" else -1


def _headings(chart: RowChart, panel: _Panel, size: float) -> None:
    chart.group(-1.7, panel.title, size=9.2, color=INK)
    level = f" ({interval_name(panel.rows['level'].iloc[0])})"
    what = "difference" if panel.between_arms else "change"
    better = "better" if panel.between_arms else "improved"
    ends = [(0.0, "left"), (chart.axis, "right")][:: -_toward(panel)]
    low, high = chart.axes.get_xlim()
    zero = chart.axis * (0.0 - low) / (high - low)
    at = min(zero, chart.axis - 0.25) if panel.better == "lower" else max(zero, 0.25)
    other = (ends[1][0], "worse", ends[1][1]) if panel.between_arms else (at, "baseline", "center")
    heads = [(ends[0][0], better, ends[0][1]), other][:: -_toward(panel)]
    chart.heads(-0.9, (-chart.left, "Study and group", "left"), *heads)
    chart.heads(
        -0.9,
        (chart.axis + _CHANGE, f"{what}{level}", "left"),
        (chart.axis + size, "n", "right"),
        (chart.axis + size + _WORDS, _WHERE, "left"),
    )


def _important(chart: RowChart, y: int, panel: _Panel, marked: pd.DataFrame) -> None:
    """Mark the minimal important changes of an outcome behind its rows."""
    axes, lines, sign = chart.axes, panel.lines, _toward(panel)
    last = y
    while last + 1 < len(lines) and not isinstance(lines[last + 1], _Heading):
        last += 1
    for one in records(marked):
        span = sorted([sign * one.most, sign * one.least])
        if one.most > one.least:
            axes.fill_between(span, y + 0.5, last + 0.5, color=_IMPORTANT, alpha=0.18, linewidth=0)
        for x in span:
            axes.plot([x, x], [y + 0.42, last + 0.5], color=_IMPORTANT, linewidth=1)
    low, high = axes.get_xlim()
    reach = sorted([sign * marked["most"].max(), sign * marked["least"].min()])
    first, final = (end - low for end in reach)
    place = (first + final) / 2 / (high - low)
    side = "left" if place < 0.32 else "center" if place < 0.68 else "right"
    place = {"left": first, "center": (first + final) / 2, "right": final}[side] / (high - low)
    each = [f"{one.patients} {one.printed}".strip() for one in records(marked)]
    unit = "%" if marked["unit"].iloc[0] == "percent" else ""
    words = f"MIC {', '.join(each)}{unit}"
    chart.write(place * chart.axis, y + 0.08, words, color=_IMPORTANT, size=8, ha=side)


def _row(chart: RowChart, y: int, row: Any, between_arms: bool, size: float) -> None:
    axes, colour = chart.axes, COLOURS[row.arm_role]
    x = row.estimate
    if not between_arms:
        axes.plot([0, x], [y, y], color=colour, linewidth=0.9, alpha=0.55, zorder=1.5)
    if pd.notna(row.lower):
        assumed = str(row.spread_used).startswith("assumed")
        style = {"linestyle": DASHED} if assumed else {"solid_capstyle": "butt"}
        axes.plot([row.lower, row.upper], [y, y], color=colour, linewidth=2.4, zorder=2, **style)
    head = DIFFERENCE if between_arms else CHANGE if x < 0 else ">"
    filled = row.setting in CONTROLLED
    draw_mark(axes, x, y, colour, filled=filled, marker=head, size=7, edge=1.3, clip_on=False)
    if row.n_basis == "inferred":
        draw_ring(axes, x, y, colour, size=12, clip_on=False)
    chart.name(y, study_name(row.study_id))
    chart.detail(y, row.words)
    chart.beside(_CHANGE, y, with_limits(row, brief=True))
    chart.beside(size, y, _size(row, between_arms), ha="right", size=8)
    chart.beside(size + _WORDS, y, _printed(row), color=GREY, size=8)


def _size(row: Any, between_arms: bool) -> str:
    """Return the number of patients in an arm, or in both arms of a difference."""
    sizes = [row.n, row.n_reference] if between_arms else [row.n]
    return ", ".join("?" if pd.isna(n) else str(n) for n in sizes)


def _printed(row: Any) -> str:
    """Return what was printed and where, with the confidence unless it is high."""
    sure = f", {row.confidence}" if row.confidence in ("medium", "low") else ""
    kind = source_kind(row.source_kind)
    average = STATISTICS[row.statistic].removesuffix(" change").removesuffix(" %")
    return f"{average}; {kind}{sure}"


def _entries(
    reductions: pd.DataFrame, differences: pd.DataFrame | None, panels: list[_Panel]
) -> Iterator[tuple[Line2D, str]]:
    """Yield the key of the colours and marks that this figure uses."""
    for role, word in role_words().items():
        if reductions["arm_role"].eq(role).any():
            yield Line2D([], [], color=COLOURS[role], linewidth=3), word
    arrow = key_mark(CHANGE, size=7, edge=1.3)
    if is_controlled(reductions).any():
        yield key_mark(CHANGE, size=7, filled=True), f"filled: {controlled_word()} period"
    if (~is_controlled(reductions)).any():
        yield arrow, "hollow: no control group"
    if reductions["lower"].isna().any():
        line = Line2D([], [], color=INK, linewidth=0.9, alpha=0.55)
        yield line, "no bar: no usable spread read, no interval"
    kinds = set(reductions["spread_used"])
    for kind, word in (("sd", "standard deviation"), ("se", "standard error")):
        if f"assumed {kind}" in kinds:
            dashed = Line2D([], [], color=INK, linewidth=2.4, linestyle=DASHED)
            yield dashed, f"dashed: if the unlabelled \N{PLUS-MINUS SIGN} is a {word}"
    if reductions["n_basis"].eq("inferred").any():
        yield key_mark("o", size=11, edge=0.8), "ring: n deduced"
    if differences is not None and np.any(differences["estimate"].notna()):
        yield key_mark(DIFFERENCE, filled=True), "square: difference between groups"
    if any(len(panel.important) for panel in panels):
        line = Line2D([], [], color=_IMPORTANT, linewidth=1)
        yield line, "MIC: minimal important change, for one patient"


def _title(unit: str) -> str:
    return "in % of the baseline" if unit == "percent" else f"in {unit_text(unit).strip()}"


def _axis(unit: str, *, between_arms: bool) -> str:
    if unit == "percent":
        of_baseline = "Change in score, % of its baseline"
        return "Difference in change, percentage points" if between_arms else of_baseline
    what = "Difference in change" if between_arms else "Change in score"
    return f"{what}, {unit_text(unit).strip()}"
