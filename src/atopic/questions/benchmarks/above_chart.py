"""The chart of how likely a rate without a control group lies above a placebo response."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.alphabet import DOTTED
from atopic.display.numbers import fraction, study_name
from atopic.display.row_chart import draw_key, draw_mark, key_mark, row_chart
from atopic.display.style import COLOURS, INK, styled, text_width
from atopic.evidence.frames import records
from atopic.questions.benchmarks.placebo_table import probability_text, references, side_of
from atopic.review import control_word


def draw_above_placebo(found: pd.DataFrame) -> Figure | None:
    """Draw the probabilities of `beating_placebo`, a row each arm and placebo response.

    All marks are hollow: none of these groups has a control of its own. Half, the probability of
    groups that are alike, is the line; dotted reaches over all counts that fit.

    >>> import atopic
    >>> from atopic.questions.benchmarks import beating_placebo
    >>> from atopic.questions.response_rates import response_rates
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"])
    >>> len(draw_above_placebo(beating_placebo(evidence, rates)).axes)
    1
    """
    if found.empty:
        return None
    groups = [arm for _, arm in found.groupby("row", sort=False)]
    heads = [_head(arm.iloc[0]) for arm in groups]
    left = 0.4 + max(map(text_width, (*heads, *references().values())))
    with styled():
        chart = row_chart(
            len(found) + len(groups), left=left, axis=3.6, right=1.2, row=0.27, top=0.2, bottom=0.9
        )
        axes, colour = chart.axes, COLOURS["experimental"]
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
        axes.set_xlabel(
            f"Probability that the true rate is {side_of(found)} this {control_word()} response, %"
        )
        axes.axvline(0.5, color=INK, linewidth=0.8)
        y = 0
        for head, arm in zip(heads, groups, strict=True):
            chart.group(y + 0.12, head)
            for row in records(arm):
                y += 1
                if row.estimate_max > row.estimate_min:
                    reach = (row.estimate_min, row.estimate_max)
                    axes.plot(reach, [y, y], color=colour, linewidth=1.2, linestyle=DOTTED)
                draw_mark(axes, row.estimate, y, colour, filled=False, clip_on=False)
                chart.name(y, references()[row.reference])
                chart.beside(0.12, y, probability_text(row.estimate))
            y += 1
        dotted = Line2D([], [], color=INK, linewidth=1.2, linestyle=DOTTED)
        key = [(key_mark("o"), "hollow: no control group")]
        if found["estimate_max"].gt(found["estimate_min"]).any():
            key.append((dotted, "dotted: over all counts that fit"))
        draw_key(chart.figure, key)
    return chart.figure


def describe_above_placebo(found: pd.DataFrame) -> str:
    """Say what that chart shows, for readers who cannot see it; nothing of an empty frame."""
    lines = [
        f"{study_name(row.study_id)}, {row.label}: {probability_text(row.estimate)} "
        f"{side_of(found)} "
        f"{references()[row.reference][0].lower()}{references()[row.reference][1:]}"
        for row in records(found)
    ]
    return f"No controlled comparison. {'; '.join(lines)}." if lines else ""


def _head(arm: pd.Series) -> str:
    count = fraction(arm["responders"], arm["n"])
    return f"{study_name(arm['study_id'])}, {arm['label']}: {count}"
