"""The chart of response rates: one row an arm, grouped by what its setting can show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.alphabet import COUNT, DOTTED, PERCENT, TOGETHER
from atopic.display.finding_words import counted, role_words
from atopic.display.numbers import (
    fraction,
    interval_name,
    listed,
    outcome_text,
    percent,
    percent_with_limits,
    plural,
    span_text,
    study_name,
)
from atopic.display.row_chart import (
    Key,
    RowChart,
    basis_key,
    draw_interval,
    draw_key,
    draw_mark,
    draw_ring,
    key_mark,
    row_chart,
)
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.evidence.controls import CONTROLLED, is_control, is_controlled, kinds_of
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.questions.response_rates.estimates import PlaceboReference
from atopic.questions.response_rates.table import count_words
from atopic.questions.response_rates.words import NOT_CONTROLLED, arm_words, together_notes
from atopic.review import control_word, controlled_word, in_words, time_point, words_in_use

# Inches: the figure grows with its rows and its longest label, so that text never overlaps.
_SIZES: dict[str, Any] = {"row": 0.27, "axis": 2.9, "top": 0.36, "bottom": 1.2}
_BAND = "#f1dfb8"
#: Settings in which a group is not set beside the response of others.
_OF_ITS_OWN = [*CONTROLLED, "pooled", "maintained", "together"]


def draw_rates(
    rates: pd.DataFrame,
    *,
    reference: PlaceboReference | None = None,
    headings: Sequence[tuple[str, ...]] | None = None,
    together: pd.DataFrame | None = None,
) -> Figure | None:
    """Draw response rates by arm with their intervals.

    Filled marks are from placebo-controlled periods, hollow ones are not; a ring marks a derived
    count, a ring with a dotted extension several possible counts (the limits printed are then the
    outer ones), a bare cross a percentage without a count.

    Parameters
    ----------
    reference : PlaceboReference, optional
        Drawn as a band behind the arms that have no control group of their own.
    headings : sequence of tuple of str, optional
        What each row stands under, the widest heading first; by default its setting.
    together : DataFrame, optional
        From `rates_together`: hollow diamonds below, with a bar where another study may lie.

    >>> import atopic
    >>> from atopic.questions.response_rates.estimates import response_rates
    >>> len(draw_rates(response_rates(atopic.load(), "EASI-75", weeks=[16])).axes)
    1
    """
    if rates.empty:
        return None
    rates = rates.assign(words=arm_words(rates))
    names = list(headings or [_setting_words(row) for row in records(rates)])
    if together is not None and len(together):
        rates = pd.concat([rates, _as_rows(together)], ignore_index=True)
        names += [(f"Studies together, {NOT_CONTROLLED}",)] * len(together)
    lines = list(_lines(rates, names))
    left = max(
        text_width(study_name(row.study_id)) + text_width(row.words, 8) for row in records(rates)
    )
    left += 0.42
    right = 2.2 + max(text_width(count_words(row), 8) + 0.08 for row in records(rates))
    with styled():
        chart = row_chart(len(lines), left=left, right=max(right, 2.9), **_SIZES)
        axes = chart.axes
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 20))
        axes.set_xlabel(_axis_words(rates))
        _headings(chart, rates)
        if reference:
            _band(axes, reference, lines)
        for y, line in enumerate(lines):
            if isinstance(line, _Heading):
                style = {"style": "italic", "weight": "normal"} if line.depth else {}
                chart.group(y + 0.12, line.words, indent=0.08 * line.depth, **style)
            else:
                _arm(chart, y, line)
        draw_key(chart.figure, _key(rates, reference))
    return chart.figure


def _as_rows(together: pd.DataFrame) -> pd.DataFrame:
    """Return rates of studies together as rows of the chart."""
    return together.assign(
        study_id="together",
        words=[
            f"{counted(row.studies, 'study', 'studies')} of {listed(row.agents.split(';'))}"
            + ("" if pd.isna(row.week) else f", {time_point(row.week)}")
            for row in records(together)
        ],
        setting="together", basis="pooled", arm_role="experimental", study_role="evidence",
        contradiction=None,
    )  # fmt: skip


def describe_rates(
    rates: pd.DataFrame,
    *,
    reference: PlaceboReference | None = None,
    together: pd.DataFrame | None = None,
) -> str:
    """Say what the chart of response rates shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.response_rates.estimates import response_rates
    >>> describe_rates(response_rates(atopic.load(), "EASI-75", weeks=[16]))[26:]
    'ADSTEM phase 2, 2025, controlled: cells 24% (14 to 37) against placebo 7% (2 to 18).'
    """
    if rates.empty:
        return ""
    sentences = [f"{outcome_text(rates['outcome'].iloc[0])} by group, {plural(len(rates), 'row')}."]
    cells = rates[rates["study_role"].eq("evidence")]
    controlled = cells[is_controlled(cells)]
    for (study, week), trial in controlled.groupby(["study_id", "week"], sort=False):
        active = trial[trial["arm_role"].eq("experimental")]
        placebo = trial[is_control(trial)]
        if len(active) and len(placebo):
            at = f" {time_point(week)}" if len(set(controlled["week"])) > 1 else ""
            sentences.append(
                f"{study_name(str(study))}{at}, controlled: {words_in_use().treatment} "
                f"{_shares(active)} "
                f"against {control_word(*kinds_of(placebo))} {_shares(placebo)}."
            )
    for setting, group in cells[~is_controlled(cells)].groupby("setting", sort=False):
        sentences.append(f"{setting_words(setting)}: {_span(group['estimate'])}.")
    drugs = rates[rates["study_role"].eq("benchmark") & ~rates["setting"].eq("pooled")]
    for role, word in (
        ("active-comparator", "{Comparator}"),
        ("placebo", "Their {control_group}s"),
    ):
        some = drugs[drugs["arm_role"].eq(role)]["estimate"]
        if len(some):
            sentences.append(f"{in_words(word)} in benchmark trials: {_span(some)}.")
    if reference and _uncontrolled(rates):
        sentences.append(f"Pooled {control_word()} response: {percent(reference.estimate)}%.")
    return " ".join([*sentences, *(() if together is None else together_notes(together))])


def _shares(arms: pd.DataFrame) -> str:
    return listed(
        percent_with_limits(row.estimate, row.lower_min, row.upper_max, row.n)
        for row in records(arms)
    )


def _span(shares: pd.Series) -> str:
    return f"{span_text(percent(shares.min()), percent(shares.max()))}%"


def _uncontrolled(rates: pd.DataFrame) -> bool:
    return bool((~rates["setting"].isin(_OF_ITS_OWN)).any())


def _axis_words(rates: pd.DataFrame) -> str:
    outcome = rates["outcome"].iloc[0]
    if len(set(rates["outcome"])) > 1:
        return "Patients with the outcome named, %"
    if rates["direction"].iloc[0] == "lower-is-better":
        return f"Patients with {outcome_text(outcome)} (fewer is better), %"
    return f"Patients with {outcome_text(outcome)}, %"


@dataclass(frozen=True)
class _Heading:
    """What stands above a group of rows; the widest heading has depth 0."""

    words: str
    depth: int


def _setting_words(row: Any) -> tuple[str]:
    drug = (
        f"Benchmark, no {words_in_use().treatment.one}: " if row.study_role == "benchmark" else ""
    )
    title = setting_words(row.setting)
    return (drug + (title[0].lower() + title[1:] if drug else title),)


def _lines(rates: pd.DataFrame, headings: Sequence[tuple[str, ...]]) -> Iterator[Any]:
    """Yield the rows of the chart: the headings before each group, then its arms."""
    before: tuple[str, ...] = ()
    for row, heading in zip(records(rates), headings, strict=True):
        for depth, words in enumerate(heading):
            if heading[: depth + 1] != before[: depth + 1]:
                yield _Heading(words, depth)
        before = heading
        yield row


def _headings(chart: RowChart, rates: pd.DataFrame) -> None:
    computed = rates[~rates["method"].isin(["none", "printed"])]["level"]
    interval = f" ({interval_name(computed.iloc[0])})" if len(computed) else ""
    beside = chart.axis
    chart.heads(
        -0.95,
        (-chart.left, "Study and group", "left"),
        (beside + 0.72, "x/n", "right"),
        (beside + 0.86, f"%{interval}", "left"),
        (beside + 2.2, "count", "left"),
    )


def _band(axes: Axes, reference: PlaceboReference, lines: list[Any]) -> None:
    """Draw the placebo response behind the groups that have no control group of their own."""
    inside = False
    for y, line in enumerate(lines):
        if isinstance(line, _Heading):
            following = lines[y + 1]
            inside = not isinstance(following, _Heading) and following.setting not in _OF_ITS_OWN
        elif inside:
            low, high = 100 * reference.lower, 100 * reference.upper
            axes.fill_between([low, high], y - 0.5, y + 0.5, color=_BAND, linewidth=0, zorder=0.5)
            middle = 100 * reference.estimate
            axes.plot([middle, middle], [y - 0.5, y + 0.5], color="#a8761a", linewidth=1, zorder=1)


def _arm(chart: RowChart, y: int, row: Any) -> None:
    axes, colour = chart.axes, COLOURS[row.arm_role]
    x = 100 * row.estimate
    if pd.notna(row.lower):
        draw_interval(axes, (100 * row.lower, 100 * row.upper), (y, y), colour)
        if row.basis == "ambiguous":
            reach = [100 * row.lower_min, 100 * row.upper_max]
            axes.plot(reach, [y, y], color=colour, linewidth=1.2, linestyle=DOTTED)
    countless, pooled = row.basis == "percent-only", row.basis == "pooled"
    if pooled and pd.notna(row.prediction_lower):
        ends = [100 * row.prediction_lower, 100 * row.prediction_upper]
        axes.plot(ends, [y + 0.36, y + 0.36], color=colour, linewidth=2.4, alpha=0.35)
    draw_mark(
        axes, x, y, colour, filled=row.setting in CONTROLLED, clip_on=False,
        marker=PERCENT if countless else TOGETHER if pooled else COUNT,
        size=6.2 if countless else 6,
    )  # fmt: skip
    if row.basis in ("derived", "ambiguous"):
        draw_ring(axes, x, y, colour, size=10, clip_on=False)
    chart.name(y, study_name(row.study_id), color=INK)
    chart.detail(y, row.words)
    count = fraction(row.responders, row.n) if pd.notna(row.responders) else "no count"
    chart.beside(0.72, y, count, ha="right")
    n = float(row.n) if pd.notna(row.n) else np.nan
    words = percent(row.estimate, n)
    if countless:
        words = str(row.percent_printed)
    if pd.notna(row.lower):
        words += f" ({percent(row.lower_min, n)} to {percent(row.upper_max, n)})"
    else:
        words += " (no interval)"
    chart.beside(0.86, y, words)
    chart.beside(2.2, y, count_words(row), color=GREY, size=8)


def _key(rates: pd.DataFrame, reference: PlaceboReference | None) -> Key:
    """Return the key of the colours and marks that this figure uses."""
    settings, bases = set(rates["setting"]), set(rates["basis"])
    entries: Key = [
        (Line2D([], [], color=COLOURS[role], linewidth=3), word)
        for role, word in role_words().items()
        if rates["arm_role"].eq(role).any()
    ]
    if settings & set(CONTROLLED):
        entries.append(
            (key_mark("o", filled=True), f"filled: {controlled_word(*kinds_of(rates))} period")
        )
    if settings - set(CONTROLLED):
        entries.append((key_mark("o"), "hollow: no control group"))
    if "pooled" in bases:
        entries.append((key_mark(TOGETHER), "diamond: studies together"))
        bar = Line2D([], [], color=COLOURS["experimental"], linewidth=2.4, alpha=0.35)
        entries.append((bar, "bar: where another study may lie"))
    entries += basis_key(bases)
    if reference and _uncontrolled(rates):
        words = (
            f"mean of {reference.label}, {time_point(reference.week)}: "
            f"{percent_with_limits(reference.estimate, reference.lower, reference.upper)}"
        )
        entries.append((Line2D([], [], color=_BAND, linewidth=7), words))
    return entries
