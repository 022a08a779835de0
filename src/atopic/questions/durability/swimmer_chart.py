"""Single patients cycle by cycle: lanes as far as weeks were printed, and no further."""

import math
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.alphabet import DASHED
from atopic.display.figures import Drawing
from atopic.display.numbers import patient_text, study_name
from atopic.display.row_chart import Key, draw_legend, narrow_key
from atopic.display.style import COLOURS, GREY, INK, NARROW, styled, text_width, wrapped
from atopic.display.two_forms import drawn_in_two_forms
from atopic.evidence.frames import records
from atopic.review import review_in_use, time_heading, time_span, time_word

# Inches.
_ROW, _TOP, _BOTTOM, _TICKS = 0.4, 0.62, 1.08, 0.5
_CELLS = COLOURS["experimental"]
#: What calendars part a time into.
_STEPS = {
    "hour": (1, 2, 4, 6, 12, 24, 48, 168),
    "day": (1, 2, 7, 14, 28, 91, 182, 365),
    "week": (1, 2, 4, 8, 12, 26, 52),
    "month": (1, 2, 3, 6, 12),
}


@dataclass(frozen=True)
class _Across:
    """Inches of a panel from left to right: names, lanes, responses without a week, words."""

    left: float = 1.0
    lane: float = 2.35
    unknown: float = 0.95
    right: float = 1.3

    @property
    def block(self) -> float:
        return self.lane + self.unknown


@drawn_in_two_forms
def draw_courses(courses: pd.DataFrame, *, narrow: bool = False) -> Figure | None:
    """Draw what was printed of single patients, one lane a patient and one panel a cycle.

    In each cycle a lane runs from its start to the week of the response: solid where the week was
    printed or converted, dashed where it was presumed; a response without a week stands in a column
    of its own and has no lane. A tick is a response, a cross none, a question mark an unclear
    wording; all hollow, since nothing is controlled. With `narrow`, for a phone, the cycles stand
    one below the other.

    >>> import atopic
    >>> from atopic.questions.durability import patient_courses
    >>> len(draw_courses(patient_courses(atopic.load(), "EASI-50")).axes)
    2
    """
    if courses.empty:
        return None
    keys = courses[["study_id", "patient_id"]].drop_duplicates()
    patients: list[tuple[str, str]] = list(keys.itertuples(index=False, name=None))
    cycles = sorted({int(cycle) for cycle in courses["cycle"]})
    known = courses["week"].dropna()
    longest = max(float(known.max()) if len(known) else 0.0, 4.0) * 1.12
    body = _ROW * len(patients)
    names = _names(patients)
    entries, footnote = _key(courses), _footnote(courses)
    if narrow:
        names = [wrapped(name, 0.95, 8.5) for name in names]
        left = max(text_width(line, 8.5) for name in names for line in name.split("\n")) + 0.13
        across = _Across(left, NARROW - left - 1.4, 0.5, 0.9)
        entries, below = narrow_key(entries)
        footnote = wrapped(footnote, NARROW - 0.1)
        foot = 0.14 * (footnote.count("\n") + 1) + 0.04
        width = NARROW
        height = len(cycles) * (_TOP + body + _TICKS) + below + foot
        corners = [
            (left, height - place * (_TOP + body + _TICKS) - _TOP - body)
            for place in range(len(cycles))
        ]
    else:
        across = _Across()
        width = across.left + len(cycles) * (across.block + across.right)
        height = _TOP + body + _BOTTOM
        step = across.block + across.right
        corners = [(across.left + place * step, _BOTTOM) for place in range(len(cycles))]
    with styled():
        figure = Drawing(figsize=(width, height))
        for cycle, (left, bottom) in zip(cycles, corners, strict=True):
            axes = figure.add_axes(
                (left / width, bottom / height, across.block / width, body / height)
            )
            axes.set_xlim(0, longest * across.block / across.lane)
            axes.set_ylim(len(patients) - 0.5, -0.5)
            axes.set_yticks([])
            axes.set_xticks(range(0, int(longest) + 1, _every(longest)))
            axes.tick_params(axis="x", length=3)
            middle = across.lane / across.block / 2
            axes.set_xlabel(
                f"{time_heading()}s from the start of cycle {cycle}", x=middle, size=8.5
            )
            axes.axvspan(longest, axes.get_xlim()[1], color="#f1f2f4", linewidth=0, zorder=0)
            _over(axes, 0.0, f"Cycle {cycle}", weight="bold", size=9)
            unread = f" {time_word()}\n not\n read" if narrow else f" {time_word()} not\n read"
            _over(axes, across.lane / across.block, unread, color=GREY, size=8)
            again = " treated\n again for\n exacerbation?"
            if not narrow:
                again = "  treated again for\n  exacerbation?"
            _over(axes, 1.0, again, color=GREY, size=8)
            rows = {
                (row.study_id, row.patient_id): row
                for row in records(courses[courses["cycle"].eq(cycle)])
            }
            for y, patient in enumerate(patients):
                if left == across.left:
                    _name(axes, y, names[y], across)
                _lane(axes, y, rows.get(patient), longest, across)
        if narrow:
            draw_legend(figure, entries, bottom=foot + 0.02, length=2.2)
        else:
            draw_legend(figure, entries, columns=len(entries), bottom=0.34, length=2.2, pad=0.5)
        figure.text(
            0.012 if not narrow else 0.005, (0.12 if not narrow else 0.04) / height, footnote,
            size=8, color=INK, style="italic", linespacing=1.15,
        )  # fmt: skip
    return figure


def describe_courses(courses: pd.DataFrame, cycles: pd.DataFrame) -> str:
    """Say what the lanes of single patients show, for readers who cannot see them.

    >>> import atopic
    >>> from atopic.questions.durability import cycle_rates, patient_courses
    >>> courses = patient_courses(atopic.load(), "EASI-50")
    >>> describe_courses(courses, cycle_rates(courses))[28:109]
    'Bone-marrow cells in five adults (Shin 2021): 1 or 2 of 5 after one cycle, 4 of 5'
    """
    if courses.empty:
        return ""
    sentences = [f"{courses['outcome'].iloc[0]} of single patients."]
    for study, rows in cycles.groupby("study_id", sort=False):
        parts = []
        for row in records(rows):
            most = f" or {row.responders_max}" if row.responders_max > row.responders else ""
            when = "after one cycle" if row.cycles == 1 else f"within {row.cycles} cycles"
            parts.append(f"{row.responders}{most} of {row.n} {when}")
        sentences.append(f"{study_name(str(study))}: {', '.join(parts)}.")
    again = courses[courses["retreated"].eq("yes")]["patient_id"].nunique()
    patients = courses[["study_id", "patient_id"]].drop_duplicates()
    sentences.append(f"{again} of {len(patients)} were treated again for exacerbation.")
    printed = int(courses["week_basis"].isin(["printed", "converted"]).sum())
    sentences.append(
        f"The {time_word()} was reported for {printed} of {len(courses)} responses; how long each "
        "patient was followed is not known."
    )
    return " ".join(sentences)


def _every(longest: float) -> int:
    """Return the time between marks that part a time into seven at most."""
    unit = review_in_use().time_unit
    steps = _STEPS.get(unit, (1, 2, 5, 10))
    most = steps[-1]
    return next(
        (step for step in steps if longest / step <= 7), most * math.ceil(longest / 7 / most)
    )


def _over(axes: Axes, x: float, words: str, **style: Any) -> None:
    axes.text(x, 1.04, words, transform=axes.transAxes, va="bottom", ha="left", **style)


def _names(patients: list[tuple[str, str]]) -> list[str]:
    """Return what each patient is called: with the study where there are several."""
    several = len({study for study, _ in patients}) > 1
    names = [patient_text(patient) for _, patient in patients]
    if several:
        pairs = zip(patients, names, strict=True)
        return [f"{study_name(study)}, {name}" for (study, _), name in pairs]
    return [name.capitalize() for name in names]


def _name(axes: Axes, y: int, name: str, across: _Across) -> None:
    axes.text(
        -0.1 / across.block, y, name, transform=axes.get_yaxis_transform(),
        ha="right", va="center", size=8.5,
    )  # fmt: skip


def _lane(axes: Axes, y: int, row: Any, longest: float, across: _Across) -> None:
    right = axes.get_xlim()[1]
    if row is None:
        axes.text(
            0.1 / across.lane * longest, y, "no such cycle read", color=GREY, size=8,
            style="italic", va="center",
        )  # fmt: skip
        return
    if pd.isna(row.week):
        x = (longest + right) / 2
    else:
        x = float(row.week)
        style: Any = DASHED if row.week_basis == "presumed" else "-"
        axes.plot([0, x], [y, y], color=_CELLS, linewidth=2.4, linestyle=style, zorder=2)
        axes.plot([0, 0], [y - 0.22, y + 0.22], color=_CELLS, linewidth=1.6, clip_on=False)
    axes.plot(
        [x], [y], marker="o", markersize=15, markerfacecolor="white", markeredgecolor=_CELLS,
        markeredgewidth=1.3, zorder=3,
    )  # fmt: skip
    sign = {"yes": "✓", "no": "×", "unclear": "?"}[str(row.responder)]
    axes.text(x, y, sign, ha="center", va="center_baseline", size=10, weight="bold", zorder=4)
    again = "" if pd.isna(row.retreated) else str(row.retreated)
    words = {"yes": "yes  →", "no": "no", "unclear": "unclear"}.get(again, "not known")
    weight = "bold" if again == "yes" else "normal"
    axes.text(
        1 + 0.12 / across.block, y, words, transform=axes.get_yaxis_transform(), va="center",
        size=8, color=INK if again else GREY, weight=weight, clip_on=False,
    )  # fmt: skip


def _key(courses: pd.DataFrame) -> Key:
    bases = set(courses["week_basis"].dropna().astype(str))
    entries: Key = []
    if bases & {"printed", "converted"}:
        entries.append(
            (Line2D([], [], color=_CELLS, linewidth=2.4), f"solid: {time_word()} reported")
        )
    if "presumed" in bases:
        dashed = Line2D([], [], color=_CELLS, linewidth=2.4, linestyle=DASHED)
        entries.append((dashed, f"dashed: {time_word()} presumed"))
    words = {"yes": "responded", "no": "did not", "unclear": "wording unclear"}
    for said, mark in (("yes", "$✓$"), ("no", "$×$"), ("unclear", "$?$")):
        if courses["responder"].eq(said).any():
            with mpl.rc_context({"text.parse_math": True}):
                sign = Line2D([], [], color=INK, marker=mark, markersize=7, linestyle="none")
            entries.append((sign, words[said]))
    return entries


def _footnote(courses: pd.DataFrame) -> str:
    longest = [
        f"{study_name(str(study))}: at most {time_span(int(weeks.iloc[0]))}"
        for study, weeks in courses.groupby("study_id", sort=False)["follow_up_weeks"]
        if weeks.notna().any()
    ]
    known = f" ({'; '.join(longest)})" if longest else ""
    return f"No lane has its true length: how long each patient was followed is not known{known}."
