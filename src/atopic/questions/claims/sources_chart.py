"""The overview of the claims: who makes them, and what the tables say of each."""

from math import ceil
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from atopic.display.numbers import plural
from atopic.display.row_chart import GRID, canvas, end_canvas
from atopic.display.style import GREY, INK, NARROW, styled, wrapped
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.frames import records
from atopic.questions.claims import VERDICTS, verdict_counts
from atopic.questions.claims.facts import (
    NO_OUTCOME,
    NO_PLACEBO_FIGURE,
    PLACEBO_CONTROLLED,
    WITHOUT_CONTROL,
)
from atopic.questions.claims.verdict_marks import VERDICT_COLOURS, fill_of, verdict_mark
from atopic.questions.evidence_map.words import source_kind

# Inches.
_LEFT, _COLUMN, _TILE_ROW, _TOP, _BOTTOM = 1.75, 1.62, 0.27, 0.95, 0.62
_TILES, _TILE, _GAP = 3, 0.44, 0.06
#: Tiles in a line on a phone.
_IN_A_LINE = 4

#: What a tile looks like, in words, and the inches that a wide key leaves for them.
_KEY = (
    (PLACEBO_CONTROLLED, "filled: placebo-controlled", 2.55),
    (WITHOUT_CONTROL, "hollow: no figure of a control group: no evidence of an effect", 4.85),
    (NO_OUTCOME, "broken: no outcome of a study", 2.5),
)

_HEADINGS = {
    "supported": "supported",
    "supported with wide uncertainty": "supported with\nwide uncertainty",
    "not supported": "not supported",
    "contradicted": "contradicted",
    "cannot be tested": "cannot be tested",
}


@drawn_in_two_forms
def draw_sources(found: pd.DataFrame, *, narrow: bool = False) -> Figure | None:
    """Draw each claim as a tile: one row a kind of source, one column a verdict.

    A filled tile is a claim about a placebo-controlled period, a hollow one has no control group, a
    broken edge is about no outcome of a study. With `narrow`, for a phone, verdicts stand one below
    the other, and the kinds of source under each.

    >>> import atopic
    >>> from atopic.questions.claims import verdicts
    >>> len(draw_sources(verdicts(atopic.load())).axes)
    1
    """
    if found.empty:
        return None
    counts = verdict_counts(found)
    cells = {
        (str(kind), str(verdict)): list(records(group))
        for (kind, verdict), group in found.groupby(["source_kind", "verdict"], sort=False)
    }
    if narrow:
        return _narrow(found, counts, cells)
    tall = [
        max(ceil(len(cells.get((kind, verdict), ())) / _TILES) for verdict in VERDICTS)
        for kind in counts["source_kind"]
    ]
    width = _LEFT + _COLUMN * len(VERDICTS) + 0.05
    body = sum(tall) * _TILE_ROW + 0.16 * len(tall)
    height = _TOP + body + _BOTTOM
    with styled():
        figure, axes = canvas(width, height)
        _heads(axes, counts)
        y = _TOP
        for kind, rows in zip(counts["source_kind"], tall, strict=True):
            axes.plot([0.05, width - 0.05], [y, y], color=GRID, linewidth=0.8)
            total = int(counts.loc[counts["source_kind"].eq(kind), "claims"].iloc[0])
            name = source_kind(kind)
            middle = y + 0.08 + _TILE_ROW / 2
            axes.text(0.05, middle, name[:1].upper() + name[1:], va="center", weight="bold", size=9)
            axes.text(_LEFT - 0.12, middle, str(total), va="center", ha="right", color=GREY)
            for column, verdict in enumerate(VERDICTS):
                for place, row in enumerate(cells.get((kind, verdict), ())):
                    x = _LEFT + column * _COLUMN + (place % _TILES) * (_TILE + _GAP)
                    _tile(axes, x, y + 0.08 + (place // _TILES) * _TILE_ROW, row)
            y += rows * _TILE_ROW + 0.16
        axes.plot([0.05, width - 0.05], [y, y], color=GRID, linewidth=0.8)
        x = 0.05
        for control, words, room in _KEY:
            if found["control"].isin(_same(control)).any():
                _key(axes, x, height - 0.36, control, words)
                x += room
    return figure


def _narrow(
    found: pd.DataFrame, counts: pd.DataFrame, cells: dict[tuple[str, str], list[Any]]
) -> Figure:
    """Draw the tiles of each verdict under its number, a line or more for each kind of source."""
    blocks = [
        (verdict, [(str(kind), cells[str(kind), verdict]) for kind in counts["source_kind"]
                   if (str(kind), verdict) in cells])
        for verdict in VERDICTS
    ]  # fmt: skip
    key = [
        (control, wrapped(words, NARROW - 0.5, 8.5)) for control, words, _ in _KEY
        if found["control"].isin(_same(control)).any()
    ]  # fmt: skip
    with styled():
        figure, axes = canvas(NARROW, 1)
        y = 0.2
        for verdict, kinds in blocks:
            _count(axes, 0.0, y, verdict, counts)
            axes.text(0.72, y, verdict, size=9, weight="bold", color=INK, va="center")
            y += 0.2
            for kind, rows in kinds:
                axes.plot([0.05, NARROW - 0.05], [y, y], color=GRID, linewidth=0.8)
                name = source_kind(kind)
                axes.text(0.05, y + 0.05 + _TILE_ROW / 2, name, va="center", color=GREY, size=8.5)
                for place, row in enumerate(rows):
                    line, column = divmod(place, _IN_A_LINE)
                    x = NARROW - 0.05 - (_IN_A_LINE - column) * (_TILE + 0.03)
                    _tile(axes, x, y + 0.05 + line * _TILE_ROW, row)
                y += ceil(len(rows) / _IN_A_LINE) * _TILE_ROW + 0.1
            y += 0.22
        y -= 0.1
        for control, said in key:
            _key(axes, 0.05, y, control, said)
            y += 0.1 + 0.15 * (1 + said.count("\n"))
        end_canvas(figure, axes, y + 0.04)
    return figure


def describe_sources(found: pd.DataFrame) -> str:
    """Say what the overview of the claims shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.claims import verdicts
    >>> describe_sources(verdicts(atopic.load(), studies=["atmsc-2025"]))[:62]
    '1 claim: 1 supported. Journal abstract, 1: 1 supported. Of the'
    """
    if found.empty:
        return ""
    sentences = [f"{plural(len(found), 'claim')}: {_tally(found)}."]
    for kind in verdict_counts(found)["source_kind"]:
        some = found[found["source_kind"].eq(kind)]
        name = source_kind(kind)
        sentences.append(f"{name[:1].upper() + name[1:]}, {len(some)}: {_tally(some)}.")
    held = found[found["verdict"].str.startswith("supported")]
    alone = int(held["control"].eq(WITHOUT_CONTROL).sum())
    sentences.append(
        f"Of the {len(held)} that are supported in any degree, {alone} "
        f"{'is' if alone == 1 else 'are'} about results without a control group."
    )
    return " ".join(sentences)


def _tally(found: pd.DataFrame) -> str:
    counts = found["verdict"].value_counts()
    return ", ".join(f"{counts[name]} {name}" for name in VERDICTS if name in counts)


def _heads(axes: Axes, counts: pd.DataFrame) -> None:
    axes.text(0.05, _TOP - 0.14, "Who says it", color=GREY, size=8.5)
    axes.text(_LEFT - 0.12, _TOP - 0.14, "claims", color=GREY, size=8.5, ha="right")
    for column, verdict in enumerate(VERDICTS):
        x = _LEFT + column * _COLUMN
        _count(axes, x, 0.2, verdict, counts)
        axes.text(x, 0.4, _HEADINGS[verdict], size=8.5, color=INK, va="top", linespacing=1.1)


def _count(axes: Axes, x: float, y: float, verdict: str, counts: pd.DataFrame) -> None:
    verdict_mark(axes, x + 0.13, y, verdict, PLACEBO_CONTROLLED)
    number, colour = str(int(counts[verdict].sum())), VERDICT_COLOURS[verdict]
    axes.text(x + 0.33, y, number, size=15, weight="bold", color=colour, va="center")


def _tile(axes: Axes, x: float, y: float, row: Any) -> None:
    colour = VERDICT_COLOURS[row.verdict]
    filled = row.control == PLACEBO_CONTROLLED
    axes.add_artist(
        FancyBboxPatch(
            (x + 0.02, y + 0.02), _TILE - 0.04, _TILE_ROW - 0.07,
            boxstyle="round,pad=0.02,rounding_size=0.05",
            facecolor=fill_of(row.control, colour), edgecolor=colour, linewidth=1.1,
            linestyle=(0, (2, 1.6)) if row.control == NO_OUTCOME else "solid",
        )
    )  # fmt: skip
    axes.text(
        x + _TILE / 2, y + _TILE_ROW / 2 - 0.012, row.claim_id, size=8, ha="center", va="center",
        color="white" if filled else colour,
    )  # fmt: skip


def _same(control: str) -> list[str]:
    return [control, NO_PLACEBO_FIGURE] if control == WITHOUT_CONTROL else [control]


def _key(axes: Axes, x: float, y: float, control: str, words: str) -> None:
    axes.add_artist(
        FancyBboxPatch(
            (x + 0.02, y + 0.02), 0.3, 0.14, boxstyle="round,pad=0.02,rounding_size=0.05",
            facecolor=fill_of(control, INK), edgecolor=INK, linewidth=1.1,
            linestyle=(0, (2, 1.6)) if control == NO_OUTCOME else "solid",
        )
    )  # fmt: skip
    down = y + 0.09 + 0.075 * words.count("\n")
    axes.text(x + 0.42, down, words, size=8.5, va="center", color=INK)
