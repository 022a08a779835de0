"""Response week by week, with a visible boundary where the control group ends."""

import textwrap
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from atopic.display.alphabet import COUNT, DOTTED, PERCENT
from atopic.display.figures import Drawing
from atopic.display.numbers import fraction, outcome_text, percent, study_name
from atopic.display.row_chart import (
    GRID,
    Key,
    basis_key,
    draw_interval,
    draw_key,
    draw_mark,
    draw_ring,
    key_mark,
    row_chart,
)
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.controls import CONTROLLED, kind_of
from atopic.evidence.frames import records
from atopic.questions.durability.words import arm_names, printed_instead
from atopic.review import controlled_word, in_words, time_point, words_in_use

# Inches.
_PANEL, _HEIGHT, _LEFT, _GAP, _TOP, _BOTTOM, _KEY = 4.35, 2.9, 0.5, 0.4, 0.42, 0.42, 0.6
#: Points of one week stand this far apart.
_APART, _EDGE, _LINE = 0.54, 0.4, 0.142
#: Longer labels do not fit over a mark; the id of the arm stands for them.
_LONGEST = 30
_NO_CONTROL = "#f5f1e6"

#: What a stretch of weeks can show, short enough to stand over it.
_OVER = {
    "controlled": "{controlled}",
    "sham-controlled": "sham-\ncontrolled",
    "active-controlled": "against another\ntreatment",
    "usual-care-controlled": "against\nusual care",
    "waiting-list-controlled": "against a\nwaiting list",
    "no-treatment-controlled": "against\nno treatment",
    "otherwise-controlled": "against a\ncontrol group",
    "uncontrolled": "no control group",
    "follow-up": "no control: those\nwho were still seen",
    "after-crossover": "no control: {control}\narm treated too",
}


def _over(setting: str) -> str:
    return in_words(_OVER.get(setting, setting)).replace("-controlled", "-\ncontrolled")


@drawn_in_two_forms
def draw_over_time(over_time: pd.DataFrame, *, narrow: bool = False) -> Figure | None:
    """Draw response rates against weeks, one panel for the patients of one study.

    Filled marks are from placebo-controlled periods; a dashed line ends them, and beyond it marks
    are hollow on a shaded ground. Rings and dotted limits as in the chart of response rates.
    Nothing joins the marks: other patients were seen at each week. With `narrow`, for a phone,
    weeks follow one another down the page.

    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time
    >>> len(draw_over_time(responses_over_time(atopic.load(), "EASI-50")).axes)
    4
    """
    if over_time.empty:
        return None
    over_time = over_time.assign(name=arm_names(over_time))
    if narrow:
        return _rows(over_time)
    panels = [(str(name), rows) for name, rows in over_time.groupby("cohort", sort=False)]
    limit = max(_limit(rows) for _, rows in panels)
    columns = min(len(panels), 2)
    lines = -(-len(panels) // columns)
    step = _TOP + _HEIGHT + _BOTTOM
    width = max(_LEFT + columns * (_PANEL + _GAP), 6.4)
    height = lines * step + _KEY
    with styled():
        figure = Drawing(figsize=(width, height))
        for place, (cohort, rows) in enumerate(panels):
            line, column = divmod(place, columns)
            axes = figure.add_axes(
                (
                    (_LEFT + column * (_PANEL + _GAP)) / width,
                    (height - line * step - _TOP - _HEIGHT) / height,
                    _PANEL / width,
                    _HEIGHT / height,
                )
            )
            _panel(axes, cohort, rows, limit, first=column == 0)
        _key(figure, over_time)
    return figure


def describe_over_time(over_time: pd.DataFrame) -> str:
    """Say what the chart of response over time shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time
    >>> describe_over_time(responses_over_time(atopic.load(), "EASI-75"))[:79]
    'EASI-75 over time. ADSTEM phase 2, 2025: week 16, placebo-controlled, cells 24%'
    """
    if over_time.empty:
        return ""
    names = arm_names(over_time)
    sentences = [f"{outcome_text(over_time['outcome'].iloc[0])} over time."]
    for cohort, rows in over_time.groupby("cohort", sort=False):
        parts = []
        for (week, setting), some in rows.groupby(["week", "setting"], sort=False):
            kind = kind_of(setting)
            words = controlled_word(kind) if kind else "no control"
            arms = ", ".join(f"{names[row.Index]} {_said(row)}" for row in records(some))
            parts.append(f"{time_point(week)}, {words}, {arms}")
        sentences.append(f"{study_name(str(cohort))}: {'; '.join(parts)}.")
    return " ".join(sentences)


def _panel(axes: Axes, cohort: str, rows: pd.DataFrame, limit: float, *, first: bool) -> None:
    weeks = sorted({int(week) for week in rows["week"]})
    counts = [int(rows["week"].eq(week).sum()) for week in weeks]
    apart = _apart(rows) or _APART if len(weeks) > 1 else min(1.3, (_PANEL - 1.0) / counts[0])
    edge = _EDGE + apart * (max(counts) - 1) / 2
    places, inch = _places(weeks, counts, apart, edge)
    middle = (places[0] + places[-1]) / 2
    axes.set_xlim(middle - inch * _PANEL / 2, middle + inch * _PANEL / 2)
    points = []
    for week, place in zip(weeks, places, strict=True):
        arms = list(records(rows[rows["week"].eq(week)]))
        shift = [(j - (len(arms) - 1) / 2) * apart * inch for j in range(len(arms))]
        points += [(place + by, row) for by, row in zip(shift, arms, strict=True)]
    axes.set_ylim(0, limit)
    axes.set_yticks(range(0, 101, 20))
    axes.tick_params(axis="y", length=0, labelsize=8, labelcolor=GREY)
    axes.set_xticks(places, [time_point(week) for week in weeks])
    axes.tick_params(axis="x", length=3)
    axes.set_axisbelow(True)
    axes.hlines(range(0, 101, 20), *axes.get_xlim(), color=GRID, linewidth=0.8, zorder=0.5)
    if first:
        axes.set_ylabel(
            f"Patients with {outcome_text(rows['outcome'].iloc[0])}, %", size=8.5, y=50 / limit
        )
    axes.set_title(_title(cohort, rows), loc="left", size=9, weight="bold", pad=7)
    _grounds(axes, points, limit)
    for x, row in points:
        _mark(axes, x, row)
        words = _words(row, rows)
        axes.text(x, _top(row), words, ha="center", va="bottom", size=8, linespacing=1.1)


def _title(cohort: str, rows: pd.DataFrame) -> str:
    own = rows[rows["cohort"].eq(cohort)]
    followed = own["study_id"].ne(cohort).any()
    return study_name(cohort) + (" and its follow-up" if followed else "")


def _rows(over_time: pd.DataFrame) -> Figure:
    """Draw the marks as rows: under each study its weeks, under what each can show."""
    lines: list[Any] = []
    for cohort, rows in over_time.groupby("cohort", sort=False):
        lines.append(("normal", "bold", _title(str(cohort), rows)))
        before = ""
        for row in records(rows.sort_values("week", kind="stable")):
            if row.setting != before:
                words = _over(row.setting)
                lines.append(("italic", "normal", words.replace("-\n", "-").replace("\n", " ")))
            before = row.setting
            lines.append(row)
    with styled():
        chart = row_chart(len(lines), row=0.27, left=2.0, axis=3.0, right=2.0, top=0.1, bottom=0.9)
        chart.axes.set_xlim(0, 100)
        chart.axes.set_xlabel(f"Patients with {outcome_text(over_time['outcome'].iloc[0])}, %")
        for y, line in enumerate(lines):
            if len(line) == 3:
                style, weight, words = line
                chart.group(y, words, style=style, weight=weight)
                continue
            chart.name(y, f"{time_point(line.week)}, {_short(line)}", indent=0.0)
            chart.beside(0.1, y, ", ".join(_numbers(line)))
            _mark(chart.axes, y, line, upright=False)
        _key(chart.figure, over_time, shaded=False)
    return chart.figure


def _apart(rows: pd.DataFrame) -> float:
    """Return how far marks stand apart for whole words over each; 0 if a panel has no room."""
    words = [word for row in records(rows) for word in _short(row).split()]
    apart = max(_APART, *(text_width(word, 8) + 0.06 for word in words))
    counts = rows.groupby("week").size().to_list()
    needed = sum(apart * (one + other) / 2 for one, other in pairwise(counts))
    outer = _EDGE + apart * (counts[0] + counts[-1] - 2) / 4
    return apart if needed + 2 * outer <= _PANEL else 0.0


def _places(
    weeks: list[int], counts: list[int], apart: float, edge: float
) -> tuple[list[float], float]:
    """Return where the weeks stand, and how long an inch is: to scale, unless marks would meet."""
    inch = (float(weeks[-1] - weeks[0]) or 1.0) / max(_PANEL - 2 * edge, 0.8)
    needed = [apart * (one + other) / 2 for one, other in pairwise(counts)]
    gaps = [(after - before) / inch for before, after in pairwise(weeks)]
    if all(gap >= need for gap, need in zip(gaps, needed, strict=True)):
        return [float(week) for week in weeks], inch
    # Nothing joins the marks, so that no slope is lost where weeks only follow one another.
    outer = _EDGE + apart * (counts[0] + counts[-1] - 2) / 4
    spare = max(_PANEL - 2 * outer - sum(needed), 0.0) / len(needed)
    places = [0.0]
    for need in needed:
        places.append(places[-1] + need + spare)
    return places, 1.0


def _limit(rows: pd.DataFrame) -> float:
    """Return how far the scale must reach for the words over its marks."""
    # The height of a line of text in percentage points depends on the height of the scale.
    head = 2.6 * _LINE
    needed = [
        (_top(row) + 2) / (_HEIGHT - head - _LINE * (_words(row, rows).count("\n") + 1))
        for row in records(rows)
    ]
    return max(max(needed) * _HEIGHT, 112.0)


def _words(row: Any, rows: pd.DataFrame) -> str:
    weeks = rows["week"].nunique()
    whole = weeks == 1 or bool(_apart(rows))
    name = textwrap.fill(_short(row), 8 if weeks > 1 else 18, break_long_words=not whole)
    return "\n".join([name, *_numbers(row)])


def _short(row: Any) -> str:
    if len(row.name) <= _LONGEST:
        return str(row.name)
    return words_in_use().treatment.many if row.arm_role == "experimental" else str(row.agent)


def _numbers(row: Any) -> list[str]:
    # A count out of several that fit would pass for a printed one.
    words = [_rate(row), "n = ?" if row.basis == "ambiguous" else _count(row)]
    return [*words, *filter(None, [printed_instead(row)])]


def _rate(row: Any) -> str:
    if row.basis == "percent-only":
        return f"{row.percent_printed}%"
    star = " *" if row.basis == "ambiguous" else ""
    return f"{percent(row.estimate, row.n)}%{star}"


def _count(row: Any) -> str:
    return "no count" if pd.isna(row.responders) else fraction(row.responders, row.n)


def _said(row: Any) -> str:
    counts = "one of several counts" if row.basis == "ambiguous" else _count(row)
    return f"{_rate(row).removesuffix(' *')} ({counts})"


def _top(row: Any) -> float:
    """Return where the words over a mark begin."""
    return 100 * float(row.upper_max if pd.notna(row.upper_max) else row.estimate) + 4


def _grounds(axes: Axes, points: list[tuple[float, Any]], limit: float) -> None:
    """Shade the weeks without a control, and say over each stretch what it is."""
    left, right = axes.get_xlim()
    stretches: list[list[Any]] = []
    for x, row in sorted(points, key=lambda point: point[0]):
        if stretches and stretches[-1][0] == row.setting:
            stretches[-1][2] = x
        else:
            stretches.append([row.setting, x, x])
    edges = [left]
    edges += [(a[2] + b[1]) / 2 for a, b in pairwise(stretches)]
    edges.append(right)
    for (setting, *_), (start, end) in zip(stretches, pairwise(edges), strict=True):
        controlled = setting in CONTROLLED
        if not controlled:
            axes.axvspan(start, end, color=_NO_CONTROL, linewidth=0, zorder=0)
        if start > left:
            axes.axvline(start, color=INK, linewidth=1.1, zorder=1)
        axes.text(
            start + 0.06 / _PANEL * (right - left), limit * 0.985, _over(setting),
            ha="left", va="top", size=8, color=GREY, style="italic", linespacing=1.1,
        )  # fmt: skip


def _mark(axes: Axes, place: float, row: Any, *, upright: bool = True) -> None:
    """Draw a rate, over its place on the axis or, not upright, in its row."""
    colour = COLOURS[row.arm_role]

    def points(*shares: float) -> tuple[Any, Any]:
        values, places = tuple(100 * share for share in shares), (place,) * len(shares)
        return (places, values) if upright else (values, places)

    if pd.notna(row.lower):
        draw_interval(axes, *points(row.lower, row.upper), colour)
        if row.basis == "ambiguous":
            reach = points(row.lower_min, row.upper_max)
            axes.plot(*reach, color=colour, linewidth=1.2, linestyle=DOTTED)
    countless = row.basis == "percent-only"
    (x,), (y,) = points(row.estimate)
    draw_mark(
        axes, x, y, colour, filled=row.setting in CONTROLLED,
        marker=PERCENT if countless else COUNT, size=6.2 if countless else 6.5,
    )  # fmt: skip
    if row.basis in ("derived", "ambiguous"):
        draw_ring(axes, x, y, colour, size=10.5)


def _key(figure: Figure, over_time: pd.DataFrame, *, shaded: bool = True) -> None:
    bases, settings = set(over_time["basis"]), set(over_time["setting"])
    entries: Key = []
    if settings & set(CONTROLLED):
        entries.append((key_mark("o", filled=True), f"filled: {controlled_word()}"))
    if settings - set(CONTROLLED):
        entries.append((key_mark("o"), f"hollow{', shaded' if shaded else ''}: no control"))
    entries += basis_key(bases, "* n not read; dotted: over all counts that fit")
    draw_key(figure, entries)
