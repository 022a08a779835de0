"""Every placebo-controlled trial on one plot that is a table, with its risk of bias."""

from collections.abc import Mapping, Sequence
from html import escape
from math import nan
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.forest_table import ForestRow, Light, forest_table, sides_of
from atopic.display.frequencies import limits_per_100, more_per_100, per_100
from atopic.display.numbers import interval_name, plural, span_text
from atopic.evidence.frames import records
from atopic.questions.certainty.lights import lights_of_result
from atopic.questions.trials.words import given_words, p_words, with_several
from atopic.review import control_word, time_point, words_in_use

#: Rows of several trials together, by heading and product.
Together = Mapping[tuple[str, str], ForestRow]


def forest_html(
    trials: pd.DataFrame,
    lights: pd.DataFrame,
    *,
    together: Together | None = None,
    level: float = 0.95,
) -> str:
    """Return all trials as a forest plot, those without a result named below; empty without any.

    Parameters
    ----------
    trials : from `atopic.questions.trials.placebo_trials`.
    lights : from `atopic.questions.trials.lights_of`.
    together : mapping of (str, str) to ForestRow, optional
        What stands below the trials of a heading (of `result_heading`) and product.
    level : float, optional
        Of the intervals.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.trials import lights_of, placebo_trials
    >>> evidence = atopic.load()
    >>> trials = placebo_trials(evidence)
    >>> made = forest_html(trials, lights_of(evidence, trials))
    >>> made.count('scope="row"'), made.count('class="point unsure"')
    (4, 2)
    """
    if trials.empty:
        return ""
    table = forest_table(
        _groups(trials, _lights(lights), together or {}),
        caption="Rates are of the patients analysed; squares grow with their number.",
        heads=(
            "Trial",
            f"{capital(words_in_use().treatment.many)}, per 100",
            f"{capital(control_word())}, per 100",
            f"Difference per 100 patients, {interval_name(level)}",
            "More or fewer per 100",
        ),
        sides=sides_of(trials["fewer"].dropna(), words_in_use().treatment.many),
        marks={
            "counts": "counts reported or derived",
            "only-p": "only a P value reported: what it allows",
            "pooled": "trials together",
        },
    )
    return f"{table}\n{_without_result(trials)}"


def result_heading(row: Any) -> str:
    """Return the heading under which a result stands: its outcome and week."""
    words = row.label if pd.notna(row.label) else row.outcome
    return capital(f"{words}, {time_point(row.week)}" if pd.notna(row.week) else str(words))


def _groups(
    trials: pd.DataFrame, lights: Mapping[Any, tuple[Light, ...]], together: Together
) -> list[tuple[str, Sequence[ForestRow]]]:
    groups: dict[str, dict[str, list[ForestRow]]] = {}
    shown = trials[trials["known"].ne("none")]
    sized = bool(trials["n_enrolled"].notna().any())
    for row in records(with_several(shown).assign(sized=sized)):
        of_product = groups.setdefault(result_heading(row), {})
        of_product.setdefault(str(row.product_words), []).append(_trial(row, lights))
    for (heading, product), row in together.items():
        groups.setdefault(heading, {}).setdefault(product, []).append(row)
    return [
        (heading, [row for rows in of_product.values() for row in rows])
        for heading, of_product in groups.items()
    ]


def _product(row: Any) -> list[str]:
    """Return what was given, without its brand; nothing if no table says it."""
    return [] if pd.isna(row.product_words) else [str(row.product_words).partition(" (")[0]]


def _trial(row: Any, lights: Mapping[Any, tuple[Light, ...]]) -> ForestRow:
    told = [given_words(row, one) for one in _product(row)]
    if row.sized:
        told.append(_patients(row))
    if row.blinding == "single":
        told.append("single-blind")
    name, small = str(row.short_name), "; ".join(told)
    link = f"study-{row.study_id}.html"
    limits = limits_per_100(row.lower_min, row.upper_max)
    ends = {
        "lower": 100 * row.lower_min,
        "upper": 100 * row.upper_max,
        "lights": lights.get((row.study_id, row.outcome, row.week), ()),
        "absent": row.absent,
    }
    if row.known == "only-p":
        sizes = [more_per_100(one) for one in (row.difference_low, row.difference_high)]
        return ForestRow(
            name, small, link, kind="only-p",
            estimate=50 * (row.difference_low + row.difference_high),
            difference=f"{span_text(*sizes)}?",
            limits=f"{limits}, from {p_words(row.p_printed)}", **ends,
        )  # fmt: skip
    return ForestRow(
        name, small, link,
        cells=per_100(row.responders / row.n),
        placebo=per_100(row.reference_responders / row.reference_n),
        estimate=100 * row.estimate, difference=more_per_100(row.estimate), limits=limits,
        weight=float(row.n + row.reference_n) if pd.notna(row.n) else nan, **ends,
    )  # fmt: skip


def _patients(row: Any) -> str:
    if pd.isna(row.n_enrolled):
        return f"patients {row.absent}"
    enrolled = plural(int(row.n_enrolled), "patient")
    if row.known == "none":
        return f"{enrolled} planned" if row.n_enrolled_basis == "planned" else enrolled
    if row.known != "rates" or pd.isna(row.n):
        return enrolled
    about = "about " if row.basis == "ambiguous" else ""
    counted = int(row.n + row.reference_n)
    return enrolled if counted == row.n_enrolled else f"{enrolled}, {about}{counted} analysed"


def _without_result(trials: pd.DataFrame) -> str:
    """Return the trials that have no row, as a sentence."""
    named = [
        f'<a href="study-{escape(str(row.study_id))}.html">{escape(str(row.short_name))}</a>'
        f", {escape(', '.join([*_product(row), _patients(row)]))}"
        for row in records(trials[trials["known"].eq("none")])
    ]
    return f'<p class="fine">No result found: {"; ".join(named)}.</p>' if named else ""


def _lights(lights: pd.DataFrame) -> dict[Any, tuple[Light, ...]]:
    """Return the lights of each result, by study, outcome and week."""
    grouped = lights.groupby(["study_id", "outcome", "week"], sort=False)
    return {key: lights_of_result(rows) for key, rows in grouped}
