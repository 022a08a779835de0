"""The flow of studies after PRISMA 2020, with the stage that cannot be filled left open."""

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from atopic.display.finding_words import capital
from atopic.display.numbers import listed, plural, study_name
from atopic.display.p_values import with_p_values
from atopic.display.row_chart import canvas, end_canvas
from atopic.display.style import COLOURS, GREY, INK, NARROW, styled, text_width, wrapped
from atopic.display.two_forms import drawn_in_two_forms
from atopic.questions.evidence_map import FlowGroup, FlowStudy, StudyFlow
from atopic.questions.evidence_map.flow_boxes import (
    LINE,
    PAD,
    box_height,
    draw_arrow,
    draw_box,
    draw_frame,
    draw_stage,
)
from atopic.questions.evidence_map.study_flow import patients_words
from atopic.questions.evidence_map.words import published_words
from atopic.review import (
    control_group,
    control_word,
    controlled_word,
    review_in_use,
    with_article,
    words_in_use,
)

# Inches, y downwards: every box is as high as its lines.
_WIDTH, _GAP = 9.4, 0.3
_STAGE, _MAIN, _SIDE = (0.0, 0.34), (0.52, 4.62), (5.1, 9.38)
_CELLS, _TINT = COLOURS["experimental"], "#e3eef8"
#: Letters that fit into a box of the main column, and beside a study.
_LETTERS, _BESIDE = 58, 84
#: Inches of a name before the columns move, and of what is beside a study.
_NAME, _BESIDE_WIDTH, _PUBLISHED = 1.62, 5.38, 0.78


@drawn_in_two_forms
def draw_flow(flow: StudyFlow, *, narrow: bool = False) -> Figure:
    """Draw how many studies are known, left out for each reason, and used.

    The dashed box stands for the stage of PRISMA 2020 that the tables cannot fill. Studies with a
    placebo group stand in a filled box, those without one in a hollow box. With `narrow`, for a
    phone, what was left out stands below what it was left out of.

    >>> import atopic
    >>> from atopic.questions.evidence_map import study_flow
    >>> len(draw_flow(study_flow(atopic.load())).axes)
    1
    """
    if narrow:
        return _narrow(flow)
    search, known, studies, included, paper = _boxes(flow)
    search = [search[0], *textwrap.wrap(search[1], _LETTERS)]
    reasons = [f"{plural(flow.excluded, 'study', 'studies')} left out"]
    top = 0.06
    first = top + box_height(search) + _GAP
    second = first + box_height(known) + _GAP
    side = second + max(box_height(studies), box_height([*reasons, *flow.reasons]))
    third = max(second + box_height(studies), side) + _GAP
    fourth = third + box_height(included) + _GAP
    heights = [box_height([group, *group.studies]) for group in flow.groups]
    height = fourth + sum(heights) + 0.14 * len(heights) + 0.34
    with styled():
        figure, axes = canvas(_WIDTH, height)
        draw_stage(axes, _STAGE, top, first - _GAP / 2, "Identification")
        draw_stage(axes, _STAGE, first - _GAP / 2 + 0.06, third - _GAP / 2, "Screening")
        draw_stage(axes, _STAGE, third - _GAP / 2 + 0.06, height - 0.36, "Included")
        draw_box(axes, _MAIN, top, search, dashed=True)
        draw_box(axes, _MAIN, first, known)
        draw_box(axes, _MAIN, second, studies)
        draw_box(axes, _MAIN, third, included)
        middle = sum(_MAIN) / 2
        draw_arrow(axes, (middle, first - _GAP), (middle, first), dashed=True)
        draw_arrow(axes, (middle, first + box_height(known)), (middle, second))
        draw_arrow(axes, (middle, second + box_height(studies)), (middle, third))
        if flow.papers:
            draw_box(axes, _SIDE, first, paper)
            beside = first + box_height(paper) / 2
            draw_arrow(axes, (_MAIN[1], beside), (_SIDE[0], beside))
        if flow.reasons:
            draw_box(axes, _SIDE, second, [*reasons, *([""] * len(flow.reasons))])
            for number, (_, words, count) in enumerate(flow.reasons, start=1):
                y = second + PAD + LINE * (number + 0.5)
                axes.text(_SIDE[0] + 0.34, y, str(count), ha="right", va="center", weight="bold")
                axes.text(_SIDE[0] + 0.44, y, words, va="center", color=GREY, size=8.8)
            beside = second + box_height(studies) / 2
            draw_arrow(axes, (_MAIN[1], beside), (_SIDE[0], beside))
        y = fourth
        draw_arrow(axes, (middle, third + box_height(included)), (middle, fourth))
        for group, tall in zip(flow.groups, heights, strict=True):
            _group(axes, y, group, flow)
            y += tall + 0.14
        axes.text(
            _MAIN[0], height - 0.16, _footnote(flow), color=GREY, size=8, va="center", ha="left"
        )
    return figure


def _boxes(flow: StudyFlow) -> tuple[list[str], ...]:
    """Return what stands in each box: the search, the records, the studies, the used, the papers.

    The first line of each is its number.
    """
    return (
        _search(),
        [
            plural(flow.known, "record") + " known here",
            f"{flow.in_studies} in studies.csv, {flow.in_excluded} in excluded_studies.csv, "
            f"{flow.in_both} in both",
        ],
        [
            f"{plural(flow.studies, 'study', 'studies')}, {plural(flow.cohorts, 'cohort')}",
            "as far as is known who shares patients",
        ],
        [
            f"{plural(flow.included, 'study', 'studies')} in the synthesis",
            f"{plural(flow.included_cohorts, 'cohort')}, {_enrolled(flow.patients)}",
        ],
        [f"{plural(flow.papers, 'record')} of a paper as a whole", "counted by its phases instead"],
    )


def _narrow(flow: StudyFlow) -> Figure:
    """Draw the boxes one below the other."""
    main, side = (0.4, NARROW - 0.02), (0.75, NARROW - 0.02)
    search, known, studies, included, paper = _boxes(flow)
    boxes = [("Identification", main, search), ("Screening", main, known)]
    boxes += [("Screening", side, paper)] if flow.papers else []
    boxes.append(("Screening", main, studies))
    if flow.reasons:
        listed = [f"{count}  {words}" for _, words, count in flow.reasons]
        left_out = f"{plural(flow.excluded, 'study', 'studies')} left out"
        boxes.append(("Screening", side, [left_out, *listed]))
    boxes.append(("Included", main, included))
    stages: dict[str, list[float]] = {}
    with styled():
        figure, axes = canvas(NARROW, 1)
        y, above = 0.04, 0.0
        for stage, span, words in boxes:
            lines = _in_box(words, span)
            while words is search and box_height(lines) < 1.12 * text_width(stage, 8.8) + 0.06:
                lines.append("")  # the name of the stage stands upright beside its box
            end = y + box_height(lines)
            if span == side:
                draw_arrow(axes, (0.57, y + PAD + LINE / 2), (side[0], y + PAD + LINE / 2))
            else:
                if above:
                    draw_arrow(axes, (0.57, above), (0.57, y), dashed=words is known)
                above = end
            draw_box(axes, span, y, lines, dashed=words is search)
            stages.setdefault(stage, [y, end])[1] = end
            y = end + 0.2
        for group in flow.groups:
            if group is flow.groups[0]:
                draw_arrow(axes, (0.57, y - 0.2), (0.57, y))
            y = _narrow_group(axes, y, main, group, flow)
            stages["Included"][1] = y
            y += 0.14
        for stage, (top, bottom) in stages.items():
            draw_stage(axes, (0.0, 0.26), top, bottom, stage)
        footnote = wrapped(_footnote(flow), NARROW - 0.06)
        axes.text(0.02, y, footnote, color=GREY, size=8, va="top", linespacing=1.15)
        end_canvas(figure, axes, y + 0.14 * (1 + footnote.count("\n")) + 0.02)
    return figure


def _in_box(lines: list[str], span: tuple[float, float]) -> list[str]:
    """Return lines that fit between the edges of a box; the first is bold."""
    room = span[1] - span[0] - 0.2
    first = wrapped(lines[0], room / 1.12, 9.2).split("\n")
    return [*first, *(one for line in lines[1:] for one in wrapped(line, room, 8.8).split("\n"))]


def _narrow_group(
    axes: Axes, top: float, span: tuple[float, float], group: FlowGroup, flow: StudyFlow
) -> float:
    """Draw a group with each study on lines of its own; return where it ends."""
    room = span[1] - span[0] - 0.2
    colour = _CELLS if group.controlled else GREY
    y = top + PAD + 0.5 * LINE
    x = span[0] + 0.13
    for line in wrapped(_group_words(group), room / 1.12, 9.2).split("\n"):
        axes.text(x, y, line, va="center", weight="bold", color=INK, size=9.2)
        y += LINE
    for study in group.studies:
        face = colour if group.controlled else "white"
        axes.plot([x + 0.05], [y], marker="o", markersize=5.5, markerfacecolor=face,
                  markeredgecolor=colour, markeredgewidth=1.2)  # fmt: skip
        size, published, beside = _facts(study, group, flow)
        said = [study_name(study.study_id), ", ".join(filter(None, (size, published))), beside]
        for number, words in enumerate(said):
            for line in wrapped(words, room - 0.2, 8.8).split("\n") if words else []:
                axes.text(x + 0.2, y, line, va="center", size=8.8, color=GREY if number else INK)
                y += LINE
        y += 0.04
    y += PAD - 0.5 * LINE - 0.04
    fill = _TINT if group.controlled else "white"
    draw_frame(
        axes, span, top, y - top, facecolor=fill, edgecolor=colour, linewidth=1.4, zorder=0.5
    )
    return y


def describe_flow(flow: StudyFlow) -> str:
    """Say what the flow of studies shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.evidence_map import study_flow
    >>> describe_flow(study_flow(atopic.load()))[46:94]
    'We know of 31 studies in 28 groups of patients; '
    """
    sentences = [
        f"Flow of studies. {_search()[0]}.",
        f"We know of {plural(flow.studies, 'study', 'studies')} in "
        f"{plural(flow.cohorts, 'group')} of patients"
        + (f"; {plural(flow.papers, 'further record')} only joins phases." if flow.papers else "."),
    ]
    if flow.reasons:
        listed = ", ".join(f"{count} {words}" for _, words, count in flow.reasons)
        sentences.append(f"{flow.excluded} left out: {listed}.")
    sentences.append(
        f"{plural(flow.included, 'study', 'studies')} in the synthesis: "
        f"{plural(flow.included_cohorts, 'cohort')}, {patients_words(flow.patients)}."
    )
    for group in flow.groups:
        words = (
            capital(controlled_word(*group.controls))
            if group.controlled
            else f"Without {with_article(control_group(*group.controls))}"
        )
        names = "; ".join(_named(study, group, flow) for study in group.studies)
        sentences.append(
            f"{words}: {plural(len(group.studies), 'study', 'studies')}, "
            f"{patients_words(group.patients)}"
            + (" of cohorts not counted before" if not group.controlled else "")
            + (f": {names}." if names else ".")
        )
    return " ".join(sentences)


def _search() -> list[str]:
    """Return what the review says of its search: how many records it found, where, and how."""
    search = review_in_use().search
    found = "Number of records not known"
    if search.records is not None:
        found = plural(search.records, "record") + " found"
    where = f"Databases searched: {listed(search.databases)}" if search.databases else ""
    if search.screened is not None:
        where = (
            f"{where}; {search.screened:,} screened" if where else f"{search.screened:,} screened"
        )
    if not where:
        where = "Databases searched, records found and records screened: not recorded"
    return [found, " ".join(filter(None, (f"{where}.", search.words)))]


def _group(axes: Axes, top: float, group: FlowGroup, flow: StudyFlow) -> None:
    span = (_MAIN[0], _SIDE[1])
    colour = _CELLS if group.controlled else GREY
    fill = _TINT if group.controlled else "white"
    tall = box_height([group, *group.studies])
    draw_frame(axes, span, top, tall, facecolor=fill, edgecolor=colour, linewidth=1.4)
    x, y = span[0] + 0.13, top + PAD + 0.5 * LINE
    axes.text(x, y, _group_words(group), va="center", weight="bold", color=INK, size=9.2)
    # Longer names move what stands beside them.
    names = [text_width(study_name(study.study_id), 8.8) for study in group.studies]
    further = max(0.0, max(names, default=0) - _NAME)
    facts = [_facts(study, group, flow) for study in group.studies]
    published = [text_width(one, 8.8) for _, one, _ in facts]
    result = further + max(0.0, max(published, default=0) + 0.05 - _PUBLISHED)
    letters = int(_BESIDE * (1 - result / _BESIDE_WIDTH))
    for study, (size, published_as, beside) in zip(group.studies, facts, strict=True):
        y += LINE
        face = colour if group.controlled else "white"
        axes.plot([x + 0.07], [y], marker="o", markersize=5.5, markerfacecolor=face,
                  markeredgecolor=colour, markeredgewidth=1.2)  # fmt: skip
        axes.text(x + 0.22, y, study_name(study.study_id), va="center", size=8.8)
        axes.text(x + further + 2.42, y, size, va="center", ha="right", size=8.8)
        axes.text(x + further + 2.57, y, published_as, va="center", size=8.8, color=GREY)
        words = textwrap.shorten(beside, letters, placeholder=" ...")
        axes.text(x + result + 2.57 + _PUBLISHED, y, with_p_values(words), va="center", size=8.8)


def _group_words(group: FlowGroup) -> str:
    kinds = group.controls
    words = capital(controlled_word(*kinds)) if group.controlled else f"No {control_group(*kinds)}"
    counted = f"{words}: {plural(len(group.studies), 'study', 'studies')}"
    if group.cohorts != len(group.studies):
        counted += f", {plural(group.cohorts, 'cohort')} not counted above"
    return f"{counted}, {_enrolled(group.patients)}"


def _facts(study: FlowStudy, group: FlowGroup, flow: StudyFlow) -> tuple[str, str, str]:
    """Return size, publication and result; what is told of no study of the flow is blank."""
    every = [one for some in flow.groups for one in some.studies]
    size = "n not known" if study.n is None else f"n = {study.n}"
    published = published_words(study.publication, short=True)
    beside = with_p_values(study.result) if group.controlled else ""
    if study.shares_with:
        beside = f"patients of {study_name(study.shares_with)}, counted again"
    elif all(one.result.startswith("no ") for one in every):
        beside = ""
    return (
        size if any(one.n is not None for one in every) else "",
        published if any(one.publication for one in every) else "",
        beside,
    )


def _named(study: FlowStudy, group: FlowGroup, flow: StudyFlow) -> str:
    return ", ".join(filter(None, (study_name(study.study_id), *_facts(study, group, flow))))


def _footnote(flow: StudyFlow) -> str:
    words = "Patients are those enrolled, each cohort counted once by its largest study."
    if flow.benchmarks:
        words += (
            f" {plural(flow.benchmarks, 'benchmark trial')} of {words_in_use().comparator} "
            f"and {control_word()} not shown."
        )
    return words


def _enrolled(patients: int | None) -> str:
    return f"{plural(patients, 'patient')} enrolled" if patients else "patients not counted"
