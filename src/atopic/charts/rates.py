"""The chart of response rates: one row an arm, grouped by what its setting can show."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from atopic.charts.style import COLOURS, GREY, INK, dose_text, percent, study_name, styled
from atopic.rates import PlaceboReference
from atopic.selection import SETTINGS
from atopic.tables import records

__all__ = ["describe_rates", "draw_rates", "tabulate_rates"]

# Inches: the figure grows with its rows and its longest label, so that text never overlaps.
_ROW, _AXIS, _RIGHT, _TOP, _BOTTOM = 0.27, 3.6, 2.9, 0.36, 1.02
#: Room for one character of the study and arm columns; the mean width of DejaVu Sans at 8.5 points.
_CHARACTER = 0.073


def draw_rates(rates: pd.DataFrame, *, reference: PlaceboReference | None = None) -> Figure:
    """Draw response rates by arm with their intervals.

    Parameters
    ----------
    rates : DataFrame
        From `atopic.rates.response_rates`, in its order; at least one row.
    reference : PlaceboReference, optional
        Drawn as a band behind the arms.

    Returns
    -------
    Figure
        Filled marks are from placebo-controlled periods, hollow ones are not; a ring marks a
        derived count, a ring with a dashed extension several possible counts, a bare diamond a
        percentage without a count.

    Raises
    ------
    ValueError
        If there is no row to draw.

    Examples
    --------
    >>> import atopic
    >>> from atopic.rates import response_rates
    >>> figure = draw_rates(response_rates(atopic.load(), "EASI-75", weeks=[16]))
    >>> len(figure.axes)
    1
    """
    if rates.empty:
        raise ValueError("there is no response rate to draw; selection_note says what exists")
    rates = rates.assign(words=_arm_words(rates))
    lines = list(_lines(rates))
    height = _TOP + _ROW * len(lines) + _BOTTOM
    left = max(3.4, *(_CHARACTER * len(_label(row)) + 0.5 for row in records(rates)))
    width = left + _AXIS + _RIGHT
    with styled():
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes(
            (left / width, _BOTTOM / height, _AXIS / width, _ROW * len(lines) / height)
        )
        axes.set_xlim(0, 100)
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_yticks([])
        axes.set_xticks(range(0, 101, 20))
        axes.tick_params(axis="x", length=3)
        axes.set_axisbelow(True)
        axes.grid(axis="x", color="#e4e7ec", linewidth=0.8)
        outcome = rates["outcome"].iloc[0]
        axes.set_xlabel(f"Patients with {outcome}, %")
        _headings(axes, left, rates["level"].iloc[0])
        if reference:
            _band(axes, reference)
        for y, line in enumerate(lines):
            if isinstance(line, str):
                _text(axes, -left, y + 0.12, line, weight="bold", size=8.8)
            else:
                _arm(axes, left, y, line)
        _key(figure, rates, height, reference)
    return figure


def describe_rates(rates: pd.DataFrame, *, reference: PlaceboReference | None = None) -> str:
    """Say what the chart of response rates shows, for readers who cannot see it.

    Parameters
    ----------
    rates, reference
        As for `draw_rates`.

    Returns
    -------
    str
        A few sentences with the finding and its numbers.

    Examples
    --------
    >>> import atopic
    >>> from atopic.rates import response_rates
    >>> describe_rates(response_rates(atopic.load(), "EASI-75", weeks=[16]))
    'EASI-75 response in 2 arms. Atmsc 2025, controlled: cells 24 % against placebo 7 %.'
    """
    arms = "1 arm" if len(rates) == 1 else f"{len(rates)} arms"
    sentences = [f"{rates['outcome'].iloc[0]} response in {arms}."]
    cells = rates[rates["study_role"].eq("evidence")]
    controlled = cells[cells["setting"].eq("controlled")]
    for (study, week), trial in controlled.groupby(["study_id", "week"], sort=False):
        active = trial[trial["arm_role"].eq("experimental")]
        placebo = trial[trial["arm_role"].eq("placebo")]
        if len(active) and len(placebo):
            at = f" week {week}" if len(set(controlled["week"])) > 1 else ""
            sentences.append(
                f"{study_name(str(study))}{at}, controlled: cells {_rounded(active)} % "
                f"against placebo {_rounded(placebo)} %."
            )
    others = cells[~cells["setting"].eq("controlled")]
    if len(others):
        low, high = percent(others["estimate"].min()), percent(others["estimate"].max())
        spread = f"{low} %" if low == high else f"{low} to {high} %"
        sentences.append(f"Without a control group: {spread}.")
    drugs = rates[rates["study_role"].eq("benchmark")]
    for role, word in (("active-comparator", "Drug"), ("placebo", "Placebo")):
        some = drugs[drugs["arm_role"].eq(role)]["estimate"]
        if len(some):
            sentences.append(
                f"{word} benchmarks: {percent(some.min())} to {percent(some.max())} %."
            )
    if reference:
        sentences.append(f"Pooled placebo response: {percent(reference.estimate)} %.")
    return " ".join(sentences)


def tabulate_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Return the rates as a table to be read: exact counts, shares to four digits.

    Parameters
    ----------
    rates : DataFrame
        From `atopic.rates.response_rates`.

    Returns
    -------
    DataFrame
        Text cells under the headers of the table, in the order of the chart.

    Examples
    --------
    >>> import atopic
    >>> from atopic.rates import response_rates
    >>> rates = response_rates(atopic.load(), "EASI-75", weeks=[16])
    >>> tabulate_rates(rates)[["Arm", "Responders", "Interval"]].values.tolist()[0]
    ['autologous adipose cells', '14/59', '0.1362 to 0.3659']
    """
    return pd.DataFrame(
        {
            "Study": rates["study_id"],
            "Arm": rates["label"],
            "Setting": rates["setting"].map(SETTINGS),
            "Week": [_week(week) for week in rates["week"]],
            "Responders": [_count(row) for row in records(rates)],
            "Count": [_basis_words(row) for row in records(rates)],
            "Printed %": rates["percent_printed"].fillna(""),
            "Rate": [f"{share:.4f}" for share in rates["estimate"]],
            "Interval": [_interval(row.lower, row.upper) for row in records(rates)],
            "Over all counts": [
                _interval(row.lower_min, row.upper_max) if row.basis == "ambiguous" else ""
                for row in records(rates)
            ],
            "Row": rates["row"].astype(str),
        }
    )


def _week(week: object) -> str:
    return "differs" if pd.isna(week) else str(week)  # type: ignore[call-overload]


def _count(row: Any) -> str:
    if pd.notna(row.responders):
        return f"{row.responders}/{row.n}"
    return f"no count, n = {row.n}" if pd.notna(row.n) else "no count, no n"


def _interval(lower: float, upper: float) -> str:
    return f"{lower:.4f} to {upper:.4f}" if pd.notna(lower) else "none"


def _rounded(arms: pd.DataFrame) -> str:
    return " and ".join(percent(row.estimate, row.n) for row in records(arms))


def _lines(rates: pd.DataFrame) -> Iterator[str | pd.Series]:
    """Yield the rows of the chart: a heading before each group, then its arms."""
    before = None
    for _, row in rates.iterrows():
        group = (row["study_role"], row["setting"])
        if group != before:
            drug = "Benchmark, no cell therapy: " if row["study_role"] == "benchmark" else ""
            title = SETTINGS[row["setting"]]
            yield drug + (title[0].lower() + title[1:] if drug else title)
            before = group
        yield row


def _text(axes: Axes, inches: float, y: float, words: str, **style: Any) -> None:
    """Write at a distance from the left end of the axis, in inches, at row y."""
    style = {"size": 8.5, "va": "center", "ha": "left", **style}
    axes.text(
        inches / _AXIS, y, words, transform=axes.get_yaxis_transform(), clip_on=False, **style
    )


def _headings(axes: Axes, left: float, level: float) -> None:
    style = {"color": GREY, "size": 8}
    _text(axes, -left, -0.95, "Study and arm", **style)
    _text(axes, _AXIS + 0.72, -0.95, "x/n", ha="right", **style)
    _text(axes, _AXIS + 0.86, -0.95, f"% ({100 * level:g} % interval)", **style)
    _text(axes, _AXIS + 2.05, -0.95, "count", **style)


def _band(axes: Axes, reference: PlaceboReference) -> None:
    axes.axvspan(
        100 * reference.lower, 100 * reference.upper, color="#f1dfb8", linewidth=0, zorder=0.5
    )
    axes.axvline(100 * reference.estimate, color="#a8761a", linewidth=1, zorder=0.6)


def _arm(axes: Axes, left: float, y: int, row: pd.Series) -> None:
    colour = COLOURS[row["arm_role"]]
    filled = row["setting"] == "controlled"
    x = 100 * row["estimate"]
    if pd.notna(row["lower"]):
        low, high = 100 * row["lower"], 100 * row["upper"]
        axes.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt")
        if row["basis"] == "ambiguous":
            reach = [100 * row["lower_min"], 100 * row["upper_max"]]
            axes.plot(reach, [y, y], color=colour, linewidth=1.2, linestyle=(0, (1.5, 1.2)))
    countless = row["basis"] == "percent-only"
    axes.plot(
        [x],
        [y],
        marker="D" if countless else "o",
        markersize=5.2 if countless else 6,
        markerfacecolor=colour if filled else "white",
        markeredgecolor=colour,
        markeredgewidth=1.4,
        zorder=3,
        clip_on=False,
    )
    if row["basis"] in ("derived", "ambiguous"):
        axes.plot(
            [x], [y], marker="o", markersize=10, markerfacecolor="none", markeredgecolor=colour,
            markeredgewidth=0.8, zorder=3, clip_on=False,
        )  # fmt: skip
    _text(axes, 0.12 - left, y, study_name(row["study_id"]), color=INK)
    _text(axes, -0.1, y, row["words"], color=GREY, size=8, ha="right")
    count = f"{row['responders']}/{row['n']}" if pd.notna(row["responders"]) else "no count"
    _text(axes, _AXIS + 0.72, y, count, ha="right")
    n = float(row["n"]) if pd.notna(row["n"]) else np.nan
    words = percent(row["estimate"], n)
    if pd.notna(row["lower"]):
        words += f" ({percent(row['lower'], n)} to {percent(row['upper'], n)})"
    elif countless:
        words = f"{row['percent_printed']} (no interval)"
    _text(axes, _AXIS + 0.86, y, words)
    _text(axes, _AXIS + 2.05, y, _basis_words(row), color=GREY, size=8)


def _label(row: Any) -> str:
    return f"{study_name(row.study_id)}  {row.words}"


def _arm_words(rates: pd.DataFrame) -> list[str]:
    """Return what each arm was given and when.

    The dose, if it is one number and tells the active arms of the trial apart; else the label.
    """
    active = rates[~rates["arm_role"].eq("placebo")]
    shared = active.duplicated(["study_id", "outcome", "week", "analysis_set", "dose"], keep=False)
    words = []
    for row in records(rates):
        if row.arm_role == "placebo":
            arm = "placebo"
        else:
            alone = not shared[row.Index]
            arm = (alone and dose_text(row.dose, row.dose_unit)) or str(row.label)
        topicals = row.background_topicals == "yes" and "topical" not in arm
        week = "" if pd.isna(row.week) else f", week {row.week}"
        words.append(f"{arm}{' + topicals' if topicals else ''}{week}")
    return words


def _basis_words(row: Any) -> str:
    if row.basis == "derived" and row.n_basis == "inferred":
        return "x, n derived"
    if row.basis == "ambiguous":
        return f"{row.candidates.count('/')} possible"
    return str(row.basis).replace("-", " ")


def _key(
    figure: Figure, rates: pd.DataFrame, height: float, reference: PlaceboReference | None
) -> None:
    """Draw the key of the marks that this figure uses, under the axis."""
    colour = COLOURS["experimental"]

    def mark(marker: str, face: str, size: float = 6) -> Line2D:
        return Line2D(
            [], [], linestyle="none", marker=marker, markersize=size, markerfacecolor=face,
            markeredgecolor=colour, markeredgewidth=1.4,
        )  # fmt: skip

    ring = Line2D(
        [], [], linestyle="none", marker="o", markersize=10, markerfacecolor="none",
        markeredgecolor=colour, markeredgewidth=0.8,
    )  # fmt: skip
    entries: list[tuple[object, str]] = []
    settings, bases = set(rates["setting"]), set(rates["basis"])
    if "controlled" in settings:
        entries.append((mark("o", colour), "placebo-controlled period"))
    if settings - {"controlled"}:
        entries.append((mark("o", "white"), "no control group"))
    if bases & {"derived", "ambiguous"}:
        entries.append((ring, "ring: count derived from a printed percentage"))
    if "ambiguous" in bases:
        dotted = Line2D([], [], color=colour, linewidth=1.2, linestyle=(0, (1.5, 1.2)))
        entries.append((dotted, "reach of all counts that fit"))
    if "percent-only" in bases:
        entries.append((mark("D", "white", 5.2), "percentage only, no count"))
    if reference:
        band = Line2D([], [], color="#f1dfb8", linewidth=7)
        words = (
            f"{reference.label}, week {reference.week}: {percent(reference.estimate)} % "
            f"({percent(reference.lower)} to {percent(reference.upper)})"
        )
        entries.append((band, words))
    handles, labels = zip(*entries, strict=True)
    figure.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 0.02 / height),
        ncols=3,
        frameon=False,
        fontsize=8,
        handlelength=1.6,
        columnspacing=1.4,
        labelcolor=GREY,
    )
