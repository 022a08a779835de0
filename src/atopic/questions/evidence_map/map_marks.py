"""The marks of the evidence map, and the words that go with them."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import pandas as pd
from matplotlib.axes import Axes

from atopic.display.alphabet import CHANGE, COUNT, DIFFERENCE, ONLY_P, PERCENT
from atopic.display.numbers import outcome_text, study_name
from atopic.display.style import INK
from atopic.evidence.controls import kinds_of
from atopic.questions.evidence_map.chart_panels import MapPanel
from atopic.review import controlled_word

#: Shape and colour of each kind; colours differ in lightness too, for readers in grey.
_BAR = [(-1, -0.42), (1, -0.42), (1, 0.42), (-1, 0.42), (-1, -0.42)]
_SHAPES: dict[str, tuple[Any, str, float]] = {
    "count": (COUNT, "#08306b", 8.0),
    "percentage": (PERCENT, "#0b5fa5", 8.0),
    "score": (CHANGE, "#1a7f6b", 7.6),
    "difference": (DIFFERENCE, "#7a3e9d", 7.0),
    "p-value": (ONLY_P, "#b5470b", 7.6),
    "words": (_BAR, "#6f7682", 9.0),
}

#: The rows of each study, outcome and week.
Marks: TypeAlias = dict[tuple[str, str, int | None], list[Any]]


def draw_kind(axes: Axes, x: float, y: float, kind: str, *, filled: bool) -> None:
    """Draw the mark of a kind of number."""
    marker, colour, size = _SHAPES[kind]
    axes.plot(
        [x], [y], marker=marker, markersize=size, linestyle="none",
        markerfacecolor=colour if filled else "white", markeredgecolor=colour, markeredgewidth=1.4,
    )  # fmt: skip


def draw_underline(axes: Axes, x: float, y: float) -> None:
    """Underline a mark that news and companies alone stand behind."""
    axes.plot([x - 0.075, x + 0.075], [y + 0.1, y + 0.1], color=INK, linewidth=1.1)


def filling_lines(kinds: pd.DataFrame) -> list[str]:
    """Say what filled and hollow marks mean, and what else stands on the map."""
    beside = controlled_word(*kinds_of(kinds))
    lines = [f"filled: {beside} period;  hollow: no control;  small dot: nothing read"]
    if kinds["week"].isna().any():
        lines[0] += ";  –: time not stated"
    if kinds["press_only"].any():
        lines.append("underlined: known from news, press releases or the company alone")
    return lines


def unread_words(panel: MapPanel) -> str:
    """Name the outcomes on which only other cell studies have a result."""
    return (
        f"Read of none of these: {', '.join(map(outcome_text, panel.unprinted))}."
        if panel.unprinted
        else ""
    )


def silent_words(silent: Iterable[str]) -> str:
    """Name the studies without a result on these outcomes."""
    names = ", ".join(study_name(study) for study in silent)
    return f"No result on these outcomes was read of {names}." if names else ""
