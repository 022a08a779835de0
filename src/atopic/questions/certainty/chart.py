"""How the level of each question moves with the settings."""

import pandas as pd
from matplotlib.figure import Figure

from atopic.display.row_chart import GRID, row_chart
from atopic.display.style import GREY, INK, styled
from atopic.evidence.csv_rows import records
from atopic.questions.certainty.table import setting_clause

__all__ = ["describe_levels", "draw_levels"]

_LETTERS = {"very low": "VL", "low": "L", "moderate": "M", "high": "H"}
_SHADES = {"very low": "#ffffff", "low": "#cfe0ee", "moderate": "#74a9d8", "high": "#0b5c9e"}


def draw_levels(levels: pd.DataFrame) -> Figure | None:
    """Draw the level of each question under each setting, as letters; a change is framed.

    `levels` is from `levels_by_setting`.
    """
    if levels.empty:
        return None
    settings = list(dict.fromkeys(levels["setting"]))
    questions = levels.drop_duplicates("question_id")
    with styled():
        chart = row_chart(
            len(questions), row=0.32, left=4.9, axis=0.42 * len(settings), right=1.1, top=2.5,
            bottom=0.3, grid=False, narrow=False,
        )  # fmt: skip
        axes = chart.axes
        axes.set_xlim(-0.5, len(settings) - 0.5)
        axes.set_xticks(range(len(settings)), settings, rotation=60, ha="left", size=8)
        axes.tick_params(axis="x", top=True, bottom=False, labeltop=True, labelbottom=False)
        axes.spines["bottom"].set_visible(False)
        places = {one: x for x, one in enumerate(settings)}
        for y, question in enumerate(records(questions)):
            chart.name(y, str(question.question), size=8)
            for row in records(levels[levels["question_id"].eq(question.question_id)]):
                axes.text(
                    places[row.setting], y, _LETTERS[row.level], ha="center", va="center", size=8,
                    color="white" if row.level == "high" else INK,
                    bbox={
                        "boxstyle": "square,pad=0.25", "facecolor": _SHADES[row.level],
                        "edgecolor": INK if row.changed else GRID,
                        "linewidth": 1.6 if row.changed else 0.6,
                    },
                )  # fmt: skip
        found = set(levels["level"])
        words = ", ".join(f"{sign} {one}" for one, sign in _LETTERS.items() if one in found)
        words += "; framed: another level than as set" if levels["changed"].any() else ""
        chart.name(len(questions) - 0.2, words, color=GREY, size=8)
    return chart.figure


def describe_levels(levels: pd.DataFrame) -> str:
    """Say which settings change which level."""
    if levels.empty:
        return ""
    changed = levels[levels["changed"]]
    others = len(set(levels["setting"])) - 1
    if changed.empty:
        return f"None of {others} other settings changes the level of any question."
    words = [
        f"{row.question} becomes {row.level} {setting_clause(row.setting)}"
        for row in records(changed)
    ]
    return f"Of {others} other settings, changes: {'; '.join(words)}."
