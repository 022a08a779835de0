"""The evidence map: what kind of number each study printed, by outcome and week."""

import textwrap
from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from atopic.display.finding_words import capital
from atopic.display.numbers import outcome_text, plural, study_name
from atopic.display.row_chart import canvas
from atopic.display.style import GREY, INK, styled
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.controls import kinds_of
from atopic.evidence.frames import records
from atopic.questions.evidence_map import KINDS
from atopic.questions.evidence_map.chart_panels import MapColumn, MapPanel, name_lines, panels_of
from atopic.questions.evidence_map.map_list import draw_map_list
from atopic.questions.evidence_map.map_marks import (
    Marks,
    draw_kind,
    draw_underline,
    filling_lines,
    silent_words,
    unread_words,
)
from atopic.review import controlled_word, time_point, time_word, words_in_use

# Inches, y downwards: panels grow with their outcomes and wrap with their studies.
_ROW, _LINE, _CHARACTER = 0.25, 0.155, 0.073
_HEAD, _BETWEEN = 0.98, 0.34


@drawn_in_two_forms
def draw_map(
    kinds: pd.DataFrame,
    characteristics: pd.DataFrame,
    *,
    silent: Iterable[str] = (),
    narrow: bool = False,
) -> Figure | None:
    """Draw which kind of number each study printed on each outcome at each week.

    Panels of placebo-controlled trials, of studies without a placebo group, and of benchmarks.
    Filled marks are from placebo-controlled periods, hollow ones are not; a mark is underlined if
    only news, press releases and company statements print it; a dot stands where a study has other
    outcomes at that week but nothing on this one. Outcomes on which only the other panel of cell
    studies has a result are named under a panel, and under the map the studies that are `silent`
    on these outcomes. With `narrow`, for a phone, studies stand one below the other.

    >>> import atopic
    >>> from atopic.questions.evidence_map import printed_items, printed_kinds
    >>> from atopic.questions.evidence_map import study_characteristics
    >>> evidence = atopic.load()
    >>> kinds = printed_kinds(printed_items(evidence))
    >>> len(draw_map(kinds, study_characteristics(evidence)).axes)
    1
    """
    if kinds.empty:
        return None
    marks: Marks = {}
    for row in records(kinds):
        week = None if pd.isna(row.week) else int(row.week)
        marks.setdefault((row.study_id, row.outcome, week), []).append(row)
    if narrow:
        return draw_map_list(kinds, characteristics, marks, silent)
    left = max(1.75, _CHARACTER * max(map(len, kinds["outcome"])) + 0.2)
    panels = list(panels_of(kinds, characteristics))
    ends = [panel.columns[-1].left + panel.columns[-1].width for panel in panels]
    width = left + max(6.2, *ends) + 0.05
    below = [_unread_words(panel, width) for panel in panels]
    heights = [
        _head(panel) + _ROW * len(panel.outcomes) + 0.17 * len(lines)
        for panel, lines in zip(panels, below, strict=True)
    ]
    words = textwrap.wrap(silent_words(silent), int(width / 0.066))
    key = _key_places(kinds, width)
    height = sum(heights) + _BETWEEN * len(panels) + key[-1][2] + 0.45
    height += 0.17 * (len(words) + len(filling_lines(kinds)) - 1)
    with styled():
        figure, axes = canvas(width, height)
        top = 0.06
        for panel, tall, lines in zip(panels, heights, below, strict=True):
            _draw_panel(axes, (left, top), panel, marks)
            for number, line in enumerate(lines):
                y = top + tall - 0.17 * (len(lines) - number) + 0.14
                axes.text(0.05, y, line, color=GREY, size=8, va="center")
            top += tall + _BETWEEN
        top += 0.02
        for kind, x, y in key:
            draw_kind(axes, x, top + y, kind, filled=True)
            axes.text(x + 0.13, top + y, KINDS[kind], va="center", size=8, color=GREY)
        for number, line in enumerate([*filling_lines(kinds), *words]):
            y = top + key[-1][2] + 0.21 + 0.17 * number
            axes.text(0.05, y, line, color=GREY, size=8, va="center")
    return figure


def describe_map(kinds: pd.DataFrame, *, silent: Iterable[str] = ()) -> str:
    """Say what the evidence map shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.evidence_map import printed_items, printed_kinds
    >>> kinds = printed_kinds(printed_items(atopic.load(), studies=["atmsc-2025"]))
    >>> describe_map(kinds)[:71]
    'Kinds of reported result in 7 combinations of study, outcome and week. '
    """
    if kinds.empty:
        return ""
    places = kinds[["study_id", "outcome", "week", "controlled"]].drop_duplicates()
    sentences = [
        f"Kinds of reported result in {plural(len(places), 'combination')} "
        f"of study, outcome and {time_word()}."
    ]
    cells = kinds["study_role"].eq("evidence") & kinds["controlled"]
    beside = controlled_word(*kinds_of(kinds))
    for controlled, words in (
        (True, f"{capital(beside)} periods"),
        (False, "Without control"),
    ):
        counts = kinds.loc[kinds["controlled"].eq(controlled), "kind"].value_counts()
        listed = ", ".join(f"{KINDS[kind]} {counts[kind]}" for kind in KINDS if kind in counts)
        sentences.append(f"{words}: {listed or 'nothing'}.")
    if cells.any():
        press = int(kinds.loc[cells, "press_only"].sum())
        sentences.append(
            f"Of the {int(cells.sum())} marks of {controlled_word(*kinds_of(kinds[cells]))} "
            f"periods of trials of {words_in_use().treatment}, {press} rest on news and "
            "company statements alone."
        )
    for study, some in kinds[cells].groupby("study_id", sort=False):
        rated = some[some["kind"].isin(["count", "percentage"])]
        listed = ", ".join(
            outcome_text(row.outcome) + (f" {time_point(row.week)}" if pd.notna(row.week) else "")
            for row in records(rated)
        )
        rates = f"rates for {listed}" if listed else "no rate of either group was found"
        sentences.append(f"{study_name(str(study))}: {rates}.")
    named = ", ".join(study_name(study) for study in silent)
    if named:
        sentences.append(f"No such result was found of {named}.")
    return " ".join(sentences)


def _column_lines(column: MapColumn) -> list[str]:
    return [*name_lines(column.study), *column.below.split("\n")]


def _head(panel: MapPanel) -> float:
    """Return how tall the names over a panel are, in inches; short ones leave room all the same."""
    most = max(len(_column_lines(column)) for column in panel.columns)
    return max(_HEAD, 0.32 + _LINE * (most - 0.5))


def _draw_panel(axes: Axes, corner: tuple[float, float], panel: MapPanel, marks: Marks) -> None:
    left, top = corner
    first = top + _head(panel)
    right = left + panel.columns[-1].left + panel.columns[-1].width
    axes.text(0.05, top + 0.1, textwrap.fill(panel.title, 19), weight="bold", va="top", size=8.8)
    axes.text(left - 0.12, first - 0.14, time_word(), ha="right", va="center", color=GREY, size=8)
    for number, outcome in enumerate(panel.outcomes):
        y = first + _ROW * (number + 0.5)
        if number % 2 == 0:
            axes.add_artist(Rectangle((0, y - _ROW / 2), right, _ROW, color="#f4f5f7", zorder=0))
        axes.text(0.05, y, outcome_text(outcome), va="center", size=8.5)
    nothing: list[tuple[float, float]] = []
    for column in panel.columns:
        x = left + column.left
        middle = x + column.width / 2
        lines = _column_lines(column)
        named = len(lines) - 2
        for number, line in enumerate(lines):
            y = first - 0.32 - _LINE * (len(lines) - 1 - number)
            axes.text(
                middle, y, line, ha="center", va="center", size=8.5 if number < named else 8,
                weight="bold" if number < named else "normal",
                color=INK if number < named else GREY,
            )  # fmt: skip
        axes.plot([x, x + column.width], [first - 0.01] * 2, color="#9aa1ad", linewidth=0.8)
        step = column.width / len(column.weeks)
        for place, week in enumerate(column.weeks):
            at = x + step * (place + 0.5)
            words = "–" if week is None else str(week)
            axes.text(at, first - 0.14, words, ha="center", va="center", size=8, color=GREY)
            for number, outcome in enumerate(panel.outcomes):
                y = first + _ROW * (number + 0.5)
                some = marks.get((column.study, outcome, week), [])
                if not some:
                    nothing.append((at, y))
                shift = 0.16 * (len(some) - 1) / 2
                for item, row in enumerate(some):
                    x_mark = at - shift + 0.16 * item
                    draw_kind(axes, x_mark, y, row.kind, filled=row.controlled)
                    if row.press_only:
                        draw_underline(axes, x_mark, y)
    if nothing:
        xs, ys = zip(*nothing, strict=True)
        axes.plot(xs, ys, marker=".", markersize=2.6, color="#aab0ba", linestyle="none")


def _key_places(kinds: pd.DataFrame, width: float) -> list[tuple[str, float, float]]:
    """Return the place of each kind in the key, which wraps at the width of the figure."""
    places = []
    x, y = 0.13, 0.0
    for kind, words in KINDS.items():
        if kinds["kind"].eq(kind).any():
            wide = 0.068 * len(words) + 0.2
            if x + wide > width:
                x, y = 0.13, y + 0.21
            places.append((kind, x, y))
            x += wide + 0.18
    return places


def _unread_words(panel: MapPanel, width: float) -> list[str]:
    return textwrap.wrap(unread_words(panel), int(width / 0.066))
