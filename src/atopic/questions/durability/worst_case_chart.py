"""Who was treated, who was seen, who responded: the patients behind each rate, as bars."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from atopic.display.numbers import (
    fraction,
    interval_name,
    percent,
    percent_with_limits,
    study_name,
    week_text,
)
from atopic.display.row_chart import RowChart, draw_key, row_chart
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.evidence.controls import CONTROLLED, CONTROLS, is_controlled, kinds_of
from atopic.evidence.frames import records
from atopic.questions.durability.words import arm_names, lost_words, printed_instead
from atopic.review import controlled_word, time_point

# Inches.
_SIZES: dict[str, Any] = {
    "row": 0.3,
    "axis": 3.6,
    "right": 4.05,
    "top": 0.45,
    "bottom": 0.98,
}
_EMPTY = "#b9bfc9"
_PALE = {
    "experimental": "#c9dcee", "active-comparator": "#f1cdb8", "mixed": "#e4e6ea",
    **dict.fromkeys(CONTROLS, "#d9dce1"),
}  # fmt: skip


def draw_worst_case(worst: pd.DataFrame) -> Figure | None:
    """Draw the patients of each arm: treated, seen, and responding.

    For each arm a bar of all who were treated, then a bar for each week whose parts are responders
    (full colour in placebo-controlled periods, hollow without control), those seen without
    response (pale) and those lost (an empty track).

    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time, worst_case
    >>> evidence = atopic.load()
    >>> worst = worst_case(evidence, responses_over_time(evidence, "EASI-50"))
    >>> len(draw_worst_case(worst).axes)
    1
    """
    if worst.empty:
        return None
    worst = worst.assign(name=arm_names(worst))
    lines = _lines(worst)
    with styled():
        names = [f"{study_name(row.cohort)}, {row.name}" for row in records(worst)]
        left = max(text_width(name, 9.6) for name in names) + 0.25
        chart = row_chart(len(lines), left=left, grid=False, **_SIZES)
        axes = chart.axes
        axes.set_xlim(0, 1.01 * float(worst["n"].max()))
        axes.set_xlabel("Patients")
        interval = interval_name(worst["level"].iloc[0])
        lost = f"of all, the lost counted\n{lost_words(worst)}, % ({interval})"
        chart.heads(
            -1.0,
            (chart.axis + 0.15, f"of those seen\n% ({interval})", "left"),
            (chart.axis + 2.2, lost, "left"),
        )
        for y, line in enumerate(lines):
            _draw(chart, y, *line)
        draw_key(chart.figure, _key(worst))
    return chart.figure


def describe_worst_case(worst: pd.DataFrame) -> str:
    """Say what the bars of the treated and the seen show, for readers who cannot see them.

    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time, worst_case
    >>> evidence = atopic.load()
    >>> worst = worst_case(evidence, responses_over_time(evidence, "EASI-50"))
    >>> describe_worst_case(worst[worst["week"].eq(156)])
    'FURESTEM-AD phase 3, 2019, cells: week 156, 39 of 52 seen (75%), of all 98 40% (30 to 50).'
    """
    names = arm_names(worst)
    sentences = []
    for (cohort, _), rows in worst.groupby(["cohort", "arm_id"], sort=False):
        parts = [
            f"{time_point(row.week)}, {row.observed_responders} of {row.seen} seen "
            f"({percent(row.observed, row.seen)}%), of all {row.n} {_of_all(row)}"
            for row in records(rows)
        ]
        name = names[rows.index[0]]
        sentences.append(f"{study_name(str(cohort))}, {name}: {'; '.join(parts)}.")
    return " ".join(sentences)


def _lines(worst: pd.DataFrame) -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for _, rows in worst.groupby(["cohort", "arm_id"], sort=False):
        agreed = False
        for place, row in enumerate(records(rows)):
            if place == 0:
                lines.append(("treated", row))
            if pd.notna(row.agreed) and not agreed:
                lines.append(("agreed", row))
                agreed = True
            lines.append(("week", row))
    return lines


def _draw(chart: RowChart, y: int, kind: str, row: Any) -> None:
    axes = chart.axes
    colour, pale = COLOURS[row.arm_role], _PALE[row.arm_role]
    bar: dict[str, Any] = {"height": 0.6, "linewidth": 1.0}
    if kind == "treated":
        deduced = ", deduced" if row.n_basis == "inferred" else ""
        chart.group(y, f"{study_name(row.cohort)}, {row.name}")
        axes.barh([y], [row.n], color=pale, edgecolor=colour, **bar)
        _inside(chart, y, row.n, f"{row.n} treated or randomised{deduced}")
        return
    axes.barh([y], [row.n], color="white", edgecolor=_EMPTY, **bar)
    if kind == "agreed":
        chart.detail(y, "agreed to be followed")
        axes.barh([y], [row.agreed], color=pale, edgecolor=colour, **bar)
        _inside(chart, y, row.agreed, f"{row.agreed}")
        return
    chart.detail(y, time_point(week_text(row.week, row.week_basis)))
    axes.barh([y], [row.seen], color=pale, edgecolor=colour, **bar)
    controlled = row.setting in CONTROLLED
    axes.barh(
        [y], [row.observed_responders], facecolor=colour if controlled else "white",
        edgecolor=colour, height=0.6, linewidth=1.6,
    )  # fmt: skip
    ring = ", derived" if row.count_basis != "printed" else ""
    limits = (row.observed_lower, row.observed_upper)
    seen = percent_with_limits(row.observed, *limits, row.seen, sign="")
    dagger = " †" if printed_instead(row) else ""
    counts = f"{fraction(row.observed_responders, row.seen)}{ring}{dagger}"
    chart.beside(0.15, y, seen)
    chart.beside(1.08, y, counts, color=GREY, size=8)
    chart.beside(2.2, y, _of_all(row, sign=""), weight="bold")
    chart.beside(3.18, y, fraction(row.responders, row.n), color=GREY, size=8)


def _inside(chart: RowChart, y: int, n: Any, words: str) -> None:
    """Write in a bar, or beside one too short for the words."""
    end = float(n) / chart.axes.get_xlim()[1] * chart.axis
    room = end > 0.08 * len(words) + 0.1
    chart.write(0.08 if room else end + 0.08, y, words, size=8)


def _of_all(row: Any, sign: str = "%") -> str:
    return percent_with_limits(row.estimate, row.lower_min, row.upper_max, row.n, sign=sign)


def _key(worst: pd.DataFrame) -> list[tuple[Patch, str]]:
    controlled = is_controlled(worst)
    fewer = worst["direction"].eq("lower-is-better").any()
    had = "with the outcome" if fewer else "responded"
    entries: list[tuple[Patch, str]] = []
    if controlled.any():
        filled = Patch(facecolor=INK, edgecolor=INK)
        entries.append((filled, f"filled: {had}, {controlled_word(*kinds_of(worst))}"))
    if (~controlled).any():
        hollow = Patch(facecolor="white", edgecolor=INK, linewidth=1.6)
        entries.append((hollow, f"hollow: {had}, no control group"))
    entries.append((Patch(facecolor="#d9dce1", edgecolor=INK), "pale: treated, agreed or seen"))
    if worst["seen"].lt(worst["n"]).any():
        lost = Patch(facecolor="white", edgecolor=_EMPTY)
        entries.append((lost, "empty: lost from the count"))
    for row in records(worst):
        if printed_instead(row):
            words = f"† {time_point(row.week)}, {printed_instead(row)}"
            entries.append((Patch(facecolor="none", edgecolor="none"), words))
    return entries
