"""The flow of studies after PRISMA 2020, with the stage that cannot be filled left open."""

import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from atopic.display.numbers import plural, study_name
from atopic.display.row_chart import canvas
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.questions.evidence_map import FlowGroup, FlowStudy, StudyFlow
from atopic.questions.evidence_map.words import published_words

__all__ = ["describe_flow", "draw_flow"]

# Inches, y downwards: every box is as high as its lines.
_WIDTH, _LINE, _PAD, _GAP = 9.4, 0.19, 0.11, 0.3
_STAGE, _MAIN, _SIDE = (0.0, 0.34), (0.52, 4.62), (5.1, 9.38)
_EDGE, _FILL = "#9aa1ad", "#f6f7f9"
_CELLS, _TINT = COLOURS["experimental"], "#e3eef8"
#: Letters that fit into a box of the main column, and beside a study.
_LETTERS, _BESIDE = 58, 84
#: Inches of a name before the columns move, and of what is beside a study.
_NAME, _BESIDE_WIDTH = 1.62, 5.38


def draw_flow(flow: StudyFlow) -> Figure:
    """Draw how many studies are known, left out for each reason, and used.

    The dashed box stands for the stage of PRISMA 2020 that the tables cannot fill. Studies with a
    placebo group stand in a filled box, those without one in a hollow box.

    >>> import atopic
    >>> from atopic.questions.evidence_map import study_flow
    >>> len(draw_flow(study_flow(atopic.load())).axes)
    1
    """
    search = ["Number of records not known", *textwrap.wrap(_SEARCH, _LETTERS)]
    known = [
        plural(flow.known, "record") + " known here",
        f"{flow.in_studies} in studies.csv, {flow.in_excluded} in excluded_studies.csv, "
        f"{flow.in_both} in both",
    ]
    studies = [
        f"{plural(flow.studies, 'study', 'studies')}, {plural(flow.cohorts, 'cohort')}",
        "as far as is known who shares patients",
    ]
    reasons = [f"{plural(flow.excluded, 'study', 'studies')} left out"]
    included = [
        f"{plural(flow.included, 'study', 'studies')} in the synthesis",
        f"{plural(flow.included_cohorts, 'cohort')}, {plural(flow.patients, 'patient')} enrolled",
    ]
    top = 0.06
    first = top + _height(search) + _GAP
    second = first + _height(known) + _GAP
    side = second + max(_height(studies), _height([*reasons, *flow.reasons]))
    third = max(second + _height(studies), side) + _GAP
    fourth = third + _height(included) + _GAP
    heights = [_height([group, *group.studies]) for group in flow.groups]
    height = fourth + sum(heights) + 0.14 * len(heights) + 0.34
    with styled():
        figure, axes = canvas(_WIDTH, height)
        _stage(axes, top, first - _GAP / 2, "Identification")
        _stage(axes, first - _GAP / 2 + 0.06, third - _GAP / 2, "Screening")
        _stage(axes, third - _GAP / 2 + 0.06, height - 0.36, "Included")
        _box(axes, _MAIN, top, search, dashed=True)
        _box(axes, _MAIN, first, known)
        _box(axes, _MAIN, second, studies)
        _box(axes, _MAIN, third, included)
        middle = sum(_MAIN) / 2
        _arrow(axes, (middle, first - _GAP), (middle, first), dashed=True)
        _arrow(axes, (middle, first + _height(known)), (middle, second))
        _arrow(axes, (middle, second + _height(studies)), (middle, third))
        if flow.papers:
            paper = [
                f"{plural(flow.papers, 'record')} of a paper as a whole",
                "counted by its phases instead",
            ]
            _box(axes, _SIDE, first, paper)
            beside = first + _height(paper) / 2
            _arrow(axes, (_MAIN[1], beside), (_SIDE[0], beside))
        if flow.reasons:
            _box(axes, _SIDE, second, [*reasons, *([""] * len(flow.reasons))])
            for number, (_, words, count) in enumerate(flow.reasons, start=1):
                y = second + _PAD + _LINE * (number + 0.5)
                axes.text(_SIDE[0] + 0.34, y, str(count), ha="right", va="center", weight="bold")
                axes.text(_SIDE[0] + 0.44, y, words, va="center", color=GREY, size=8.8)
            beside = second + _height(studies) / 2
            _arrow(axes, (_MAIN[1], beside), (_SIDE[0], beside))
        y = fourth
        _arrow(axes, (middle, third + _height(included)), (middle, fourth))
        for group, tall in zip(flow.groups, heights, strict=True):
            _group(axes, y, group)
            y += tall + 0.14
        axes.text(
            _MAIN[0], height - 0.16, _footnote(flow), color=GREY, size=8, va="center", ha="left"
        )
    return figure


def describe_flow(flow: StudyFlow) -> str:
    """Say what the flow of studies shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.evidence_map import study_flow
    >>> describe_flow(study_flow(atopic.load()))[78:126]
    'We know of 31 studies in 28 groups of patients; '
    """
    sentences = [
        "Flow of studies. The number of records searched and screened is not recorded.",
        f"We know of {plural(flow.studies, 'study', 'studies')} in "
        f"{plural(flow.cohorts, 'group')} of patients"
        + (f"; {plural(flow.papers, 'further record')} only joins phases." if flow.papers else "."),
    ]
    if flow.reasons:
        listed = ", ".join(f"{count} {words}" for _, words, count in flow.reasons)
        sentences.append(f"{flow.excluded} left out: {listed}.")
    sentences.append(
        f"{plural(flow.included, 'study', 'studies')} in the synthesis: "
        f"{plural(flow.included_cohorts, 'cohort')}, {plural(flow.patients, 'patient')}."
    )
    for group in flow.groups:
        words = "Placebo-controlled" if group.controlled else "Without a placebo group"
        names = "; ".join(_named(study, group) for study in group.studies)
        sentences.append(
            f"{words}: {plural(len(group.studies), 'study', 'studies')}, "
            f"{plural(group.patients, 'patient')}"
            + (" of cohorts not counted before" if not group.controlled else "")
            + (f": {names}." if names else ".")
        )
    return " ".join(sentences)


_SEARCH = (
    "Databases searched, records found and records screened: not recorded. "
    "This is no documented systematic search; the first stage of PRISMA 2020 stays open."
)


def _height(lines: list[Any]) -> float:
    return _LINE * len(lines) + 2 * _PAD


def _stage(axes: Axes, top: float, bottom: float, words: str) -> None:
    axes.add_patch(_patch(_STAGE, top, bottom - top, facecolor="#e9ecf1", edgecolor="none"))
    axes.text(
        sum(_STAGE) / 2, (top + bottom) / 2, words, rotation=90, ha="center", va="center",
        color=GREY, weight="bold", size=8.8,
    )  # fmt: skip


def _patch(span: tuple[float, float], top: float, height: float, **style: Any) -> FancyBboxPatch:
    return FancyBboxPatch(
        (span[0], top), span[1] - span[0], height, boxstyle="round,pad=0,rounding_size=0.05",
        **{"linewidth": 1.0, **style},
    )  # fmt: skip


def _box(
    axes: Axes,
    span: tuple[float, float],
    top: float,
    lines: list[str],
    *,
    dashed: bool = False,
) -> None:
    """Draw a box with its lines, the first of them bold."""
    fill = "white" if dashed else _FILL
    style = {"linestyle": (0, (4, 3))} if dashed else {}
    axes.add_patch(_patch(span, top, _height(lines), facecolor=fill, edgecolor=_EDGE, **style))
    for number, line in enumerate(lines):
        first = number == 0
        axes.text(
            span[0] + 0.13, top + _PAD + _LINE * (number + 0.5), line, va="center",
            weight="bold" if first else "normal", color=INK if first else GREY,
            size=9.2 if first else 8.8,
        )  # fmt: skip


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], *, dashed: bool = False
) -> None:
    axes.annotate(
        "",
        end,
        start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": GREY,
            "linewidth": 1.0,
            "linestyle": "--" if dashed else "-",
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def _group(axes: Axes, top: float, group: FlowGroup) -> None:
    span = (_MAIN[0], _SIDE[1])
    colour = _CELLS if group.controlled else GREY
    fill = _TINT if group.controlled else "white"
    tall = _height([group, *group.studies])
    axes.add_patch(_patch(span, top, tall, facecolor=fill, edgecolor=colour, linewidth=1.4))
    x, y = span[0] + 0.13, top + _PAD + 0.5 * _LINE
    axes.text(x, y, _group_words(group), va="center", weight="bold", color=INK, size=9.2)
    # Longer names move what stands beside them.
    names = [text_width(study_name(study.study_id), 8.8) for study in group.studies]
    further = max(0.0, max(names, default=0) - _NAME)
    letters = int(_BESIDE * (1 - further / _BESIDE_WIDTH))
    for study in group.studies:
        y += _LINE
        face = colour if group.controlled else "white"
        axes.plot([x + 0.07], [y], marker="o", markersize=5.5, markerfacecolor=face,
                  markeredgecolor=colour, markeredgewidth=1.2)  # fmt: skip
        size = "n not known" if study.n is None else f"n = {study.n}"
        axes.text(x + 0.22, y, study_name(study.study_id), va="center", size=8.8)
        axes.text(x + further + 2.42, y, size, va="center", ha="right", size=8.8)
        published = published_words(study.publication, short=True)
        axes.text(x + further + 2.57, y, published, va="center", size=8.8, color=GREY)
        words = textwrap.shorten(_beside(study, group), letters, placeholder=" ...")
        axes.text(x + further + 3.35, y, words, va="center", size=8.8)


def _group_words(group: FlowGroup) -> str:
    words = "Placebo-controlled" if group.controlled else "No placebo group"
    counted = f"{words}: {plural(len(group.studies), 'study', 'studies')}"
    if group.cohorts != len(group.studies):
        counted += f", {plural(group.cohorts, 'cohort')} not counted above"
    return f"{counted}, {plural(group.patients, 'patient')} enrolled"


def _beside(study: FlowStudy, group: FlowGroup) -> str:
    if study.shares_with:
        return f"patients of {study_name(study.shares_with)}, counted again"
    return study.result if group.controlled else ""


def _named(study: FlowStudy, group: FlowGroup) -> str:
    beside = _beside(study, group)
    size = "n not known" if study.n is None else f"n = {study.n}"
    words = (
        f"{study_name(study.study_id)}, {size}, {published_words(study.publication, short=True)}"
    )
    return f"{words}, {beside}" if beside else words


def _footnote(flow: StudyFlow) -> str:
    words = "Patients are those enrolled, each cohort counted once by its largest study."
    if flow.benchmarks:
        words += f" {plural(flow.benchmarks, 'benchmark trial')} of drugs and placebo not shown."
    return words
