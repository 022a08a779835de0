"""The chart of the claims: one row each, what is claimed, what the tables hold, and the verdict."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.display.numbers import (
    as_read,
    change_text,
    dose_text,
    fraction,
    interval_name,
    outcome_text,
    percent,
    percent_with_limits,
    signed,
    study_name,
)
from atopic.display.p_values import with_p_values
from atopic.display.row_chart import (
    RowChart,
    draw_interval,
    draw_key,
    draw_mark,
    draw_ring,
    row_chart,
)
from atopic.display.style import COLOURS, GREY, INK, styled
from atopic.evidence.controls import CONTROLLED
from atopic.evidence.frames import records
from atopic.questions.claims import VERDICTS
from atopic.questions.claims.facts import NO_PLACEBO_FIGURE, PLACEBO_CONTROLLED, WITHOUT_CONTROL
from atopic.questions.claims.verdict_marks import UNTESTED, VERDICT_COLOURS, verdict_mark
from atopic.review import control_group, time_point, time_word

# Inches: the axis with the shares stands between the words.
_SIZES: dict[str, Any] = {
    "row": 0.255,
    "left": 6.3,
    "axis": 2.25,
    "right": 1.85,
    "top": 0.5,
    "bottom": 1.0,
}

#: Right end of the claimed values, and left end of the verdicts.
_CLAIMED, _VERDICT = -2.68, -2.2

_NAMES = {
    "sae": "serious adverse events",
}


def draw_claims(found: pd.DataFrame, numbers: pd.DataFrame) -> Figure | None:
    """Draw the claims by study, each with its verdict and with what the tables hold.

    Where the number that a claim is held against (`numbers`, from `observations`) is a share of
    patients, it stands on the axis with its interval, filled only if there was a placebo arm beside
    it; a cross stroke is the value claimed, a grey dot the placebo arm. Of other claims there is
    nothing to draw.

    >>> import atopic
    >>> from atopic.questions.claims import observations, verdicts
    >>> evidence, asked = atopic.load(), {"studies": ["atmsc-2025"]}
    >>> len(draw_claims(verdicts(evidence, **asked), observations(evidence, **asked)).axes)
    1
    """
    found = _drawn(found)
    if found.empty:
        return None
    lines = _lines(found)
    seen = dict(iter(numbers.groupby("claim_id", sort=False)))
    with styled():
        chart = row_chart(len(lines), **_SIZES)
        axes = chart.axes
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 25))
        axes.set_xlabel("Share of patients, %")
        _headings(chart, found)
        drawn: list[tuple[Any, pd.DataFrame]] = []
        for y, line in enumerate(lines):
            if isinstance(line, str):
                chart.group(y + 0.1, line, indent=0.05)
                continue
            own = seen.get(line.claim_id, numbers.iloc[:0])
            _claim(chart, y, line, own)
            drawn.append((line, _shares(own).iloc[1:]))
        draw_key(chart.figure, _key(drawn))
    return chart.figure


def describe_claims(found: pd.DataFrame, numbers: pd.DataFrame) -> str:
    """Say what the chart says of each claim in it, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.claims import observations, verdicts
    >>> evidence, asked = atopic.load(), {"studies": ["atmsc-2025"]}
    >>> describe_claims(verdicts(evidence, **asked), observations(evidence, **asked))
    'Supported: c36 ADSTEM phase 2, 2025 EASI-75, week 16, claimed 23.7%, reported 14/59: 24% (14 \
to 37).'
    """
    found, first = _drawn(found), numbers.drop_duplicates("claim_id")
    held = {row.claim_id: observed_text(row) for row in records(first)}
    sentences = []
    for verdict in VERDICTS:
        some = found[found["verdict"].eq(verdict)]
        if some.empty:
            continue
        said = [
            f"{row.claim_id} {_study(row.study_id)} {claim_label(row)}"
            + (f", claimed {claimed_text(row)}" if row.claimed else "")
            + (f", reported {held[row.claim_id]}" if held.get(row.claim_id) else "")
            for row in records(some)
        ]
        sentences.append(f"{verdict[:1].upper() + verdict[1:]}: {'; '.join(said)}.")
    return " ".join(sentences)


def claim_label(row: Any) -> str:
    """Return in a few words what a claim is about."""
    about = _NAMES.get(row.outcome) or outcome_text(row.outcome or row.kind)
    if row.kind == "durability" and row.unit == time_word(2):
        about = "length of follow-up"
    by_dose = row.kind == "dose-response"
    if by_dose:
        about += " by dose"
    whole = row.arm_id in ("", "all", "active") or by_dose or row.kind == "design"
    arm = "" if whole else str(row.label)
    week = "" if pd.isna(row.week) else time_point(row.week)
    return ", ".join(part for part in (about, arm, week) if part)


def claimed_text(row: Any) -> str:
    """Return the claimed value with its unit; empty if there is none."""
    if not row.claimed:
        return ""
    value = row.claimed
    negative = value.startswith("-")
    value = value.replace("-", "\N{MINUS SIGN}" if negative else " to ")
    if "/" in str(row.unit):
        return dose_text(float(row.claimed), row.unit)
    words = {"percent": as_read(f"{value}%"), "p": with_p_values(f"P = {value}")}
    return words.get(row.unit, f"{value} {row.unit}")


def observed_text(row: Any) -> str:
    """Return a number that a verdict rests on in a few words: count, rate and interval."""
    if row.measure == "share" and pd.notna(row.estimate):
        n = float(row.n) if pd.notna(row.n) else np.nan
        count = f"{fraction(row.responders, row.n)}: " if pd.notna(row.responders) else ""
        if "/" in row.printed:
            return f"{row.printed} ({percent(row.lower, n)} to {percent(row.upper, n)}%)"
        return f"{count}{percent_with_limits(row.estimate, row.lower, row.upper, n)}"
    if pd.isna(row.estimate):
        return ""
    scores = row.measure in ("change", "difference of changes")
    value = change_text(row.estimate) if scores else signed(row.estimate, ".3g")
    unit = "%" if row.unit == "percent" else f" {str(row.unit).replace('-', ' ')}".rstrip()
    if row.measure == "count":
        return f"{row.printed or f'{row.estimate:g}{unit}'}"
    points = signed(100 * row.estimate, ".1f")
    words = {
        "P": with_p_values(f"P = {value}"),
        "change": f"score {value}{unit}",
        "difference of shares": f"difference {points} points",
    }
    return words.get(row.measure, f"difference {value}{unit}")


def _drawn(found: pd.DataFrame) -> pd.DataFrame:
    """Return the claims that are held against a share of patients."""
    shares = found["measure"].eq("share") & found["estimate"].notna()
    return found[shares & found["verdict"].ne(UNTESTED)]


def _lines(found: pd.DataFrame) -> list[Any]:
    lines: list[Any] = []
    for study, some in found.groupby("study_id", sort=False):
        lines.append(_study(str(study)))
        lines += list(records(some))
    return lines


def _study(study_id: str) -> str:
    return study_name(study_id) if study_id else "No study"


def _headings(chart: RowChart, found: pd.DataFrame) -> None:
    level = found["level"].dropna()
    interval = f" ({interval_name(level.iloc[0])})" if len(level) else ""
    chart.heads(
        -1.0,
        (0.05 - chart.left, "Claim", "left"),
        (_CLAIMED, "claimed", "right"),
        (_VERDICT - 0.3, "Verdict", "left"),
        (chart.axis + 0.12, f"reported{interval}", "left"),
        size=8.5,
    )


def _claim(chart: RowChart, y: int, row: Any, seen: pd.DataFrame) -> None:
    axes = chart.axes
    chart.name(y, row.claim_id, color=GREY, size=8)
    chart.name(y, claim_label(row), indent=0.5)
    value = claimed_text(row)
    if value:
        chart.write(_CLAIMED, y, value, ha="right", alone=f"claimed {value}")
    at = axes.get_yaxis_transform()
    place = (_VERDICT - 0.2) / chart.axis
    sign = verdict_mark(axes, place, y, row.verdict, row.control, transform=at)
    chart.write(_VERDICT, y, row.verdict, color=VERDICT_COLOURS[row.verdict], sign=sign)
    primary = next(records(seen), None)
    if primary is not None:
        chart.beside(0.12, y, observed_text(primary))
    for other in records(_shares(seen).iloc[1:]):
        _other(axes, y, other)
    _observed(axes, y, row)
    claimed = _claimed_share(row)
    if claimed is not None:
        axes.plot(
            [claimed, claimed], [y - 0.36, y + 0.36], color=INK, linewidth=1.8, zorder=4,
            solid_capstyle="butt", clip_on=False,
        )  # fmt: skip


def _shares(numbers: pd.DataFrame) -> pd.DataFrame:
    return numbers[numbers["measure"].eq("share") & numbers["estimate"].notna()]


def _observed(axes: Axes, y: int, row: Any) -> None:
    colour = COLOURS["experimental"]
    if pd.notna(row.lower):
        draw_interval(axes, (100 * row.lower, 100 * row.upper), (y, y), colour)
    x, filled = 100 * row.estimate, row.control == PLACEBO_CONTROLLED
    style: dict[str, Any] = {"clip_on": False, "zorder": 5}
    draw_mark(axes, x, y, colour, filled=filled, size=5.6, edge=1.3, **style)
    if row.basis in ("derived", "ambiguous"):
        draw_ring(axes, x, y, colour, size=9.6, **style)


def _other(axes: Axes, y: int, one: Any) -> None:
    """Draw a further share without its interval: the placebo arm, or what the claim leaves out."""
    placebo = str(one.role).startswith("placebo")
    colour = COLOURS["placebo" if placebo else "experimental"]
    controlled = one.setting in CONTROLLED
    axes.plot(
        [100 * one.estimate], [y], marker="o", markersize=4.2,
        markerfacecolor=colour if controlled and "nobody" not in one.role else "white",
        markeredgecolor=colour, markeredgewidth=1.0, zorder=3, clip_on=False,
    )  # fmt: skip


def _claimed_share(row: Any) -> float | None:
    """Return the claimed value as a percentage of patients, if it is one."""
    try:
        value = float(row.claimed)
    except ValueError:
        return None
    if row.unit == "percent" and row.kind != "reduction":
        return value if 0 <= value <= 100 else None
    if row.unit in ("patients", "events") and pd.notna(row.n) and 0 <= value <= row.n:
        return 100 * value / float(row.n)
    return None


def _key(drawn: list[tuple[Any, pd.DataFrame]]) -> Iterator[tuple[Line2D, str]]:
    """Yield the key of the marks that occur; a claim stands with the shares beside its own."""
    colour = COLOURS["experimental"]
    own = [row for row, _ in drawn]
    placebo = [str(role).startswith("placebo") for _, some in drawn for role in some["role"]]
    if any(_claimed_share(row) is not None for row in own):
        yield _sample("|", 11, mec=INK, mew=1.8), "claimed value"
    if any(row.control == PLACEBO_CONTROLLED for row in own):
        yield _sample("o", 5.6, mfc=colour, mec=colour), f"filled: {PLACEBO_CONTROLLED}"
    found = {row.control for row in own}
    hollow = [one for one in (WITHOUT_CONTROL, NO_PLACEBO_FIGURE) if one in found]
    if hollow:
        yield _sample("o", 5.6, mec=colour, mew=1.3), f"hollow: {', or '.join(hollow)}"
    if any(row.basis in ("derived", "ambiguous") for row in own):
        yield _sample("o", 9.6, mfc="none", mec=colour, mew=0.8), "count derived"
    if any(placebo):
        yield (
            _sample("o", 4.2, mfc=COLOURS["placebo"], mec=COLOURS["placebo"]),
            control_group(),
        )
    if not all(placebo):
        yield _sample("o", 4.2, mec=colour), "small: another group, time or worst case"


def _sample(marker: str, size: float, **style: Any) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=size, **{"mfc": "white", **style}
    )
