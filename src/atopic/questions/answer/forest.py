"""Every placebo-controlled trial on one plot that is a table, with its risk of bias."""

from collections.abc import Mapping, Sequence
from html import escape
from math import nan
from typing import Any

import pandas as pd

from atopic.display.forest_table import ForestRow, Light, forest_table
from atopic.display.frequencies import limits_per_100, more_per_100, per_100
from atopic.display.numbers import interval_name, plural, span_text
from atopic.evidence.bias_form import DOMAINS
from atopic.evidence.csv_rows import records
from atopic.questions.answer.words import sentence_case
from atopic.questions.trials.words import results_note

__all__ = ["forest_html"]

_LETTERS = ("R", "D", "M", "O", "S")
_JUDGED = {"low": "low", "some-concerns": "some concerns", "high": "high"}
_ALL = {2: "Both", 3: "All three", 4: "All four", 5: "All five"}


def forest_html(
    trials: pd.DataFrame, products: pd.DataFrame, lights: pd.DataFrame, *, level: float = 0.95
) -> str:
    """Return all trials as a section with a forest plot; empty without a trial.

    Parameters
    ----------
    trials : from `atopic.questions.trials.placebo_trials`.
    products : from `atopic.questions.answer.product_answers`; those of several trials get a row.
    lights : from `atopic.questions.trials.lights_of`.
    level : float, optional
        Of the intervals.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.answer import product_answers
    >>> from atopic.questions.trials import lights_of, placebo_trials
    >>> evidence = atopic.load()
    >>> trials = placebo_trials(evidence)
    >>> made = forest_html(trials, product_answers(evidence), lights_of(evidence, trials))
    >>> made.count('scope="row"'), made.count('class="point unsure"')
    (6, 2)
    """
    if trials.empty:
        return ""
    interval = interval_name(level)
    table = forest_table(
        _groups(trials, products, _lights(lights)),
        caption="Patients whose score fell enough, cells minus placebo. Rates are of the patients "
        "analysed; the area of a square grows with their number.",
        heads=(
            "Trial",
            "Cells, per 100",
            "Placebo, per 100",
            f"Difference in responders per 100 patients, {interval}",
            "More or fewer per 100",
        ),
        marks={
            "counts": "counts reported or derived",
            "only-p": "only a P value reported: what it allows",
            "pooled": "trials together",
        },
    )
    return (
        '<section class="block" aria-labelledby="all-trials">'
        '<h2 id="all-trials">Every placebo-controlled trial</h2>\n'
        f'<p class="sub">{escape(results_note(trials))}</p>\n{table}\n'
        '<p class="fine"><a href="trials.html">All trials with their numbers</a>; '
        '<a href="certainty.html">the answers behind each light</a></p></section>'
    )


def _groups(
    trials: pd.DataFrame, products: pd.DataFrame, lights: Mapping[Any, tuple[Light, ...]]
) -> list[tuple[str, Sequence[ForestRow]]]:
    groups: dict[str, list[ForestRow]] = {}
    shown = set()
    for product in records(products):
        own = trials[trials["product_words"].eq(product.product) & trials["known"].ne("none")]
        same = own["outcome"].eq(product.outcome) & own["week"].eq(product.week)
        for row in records(own[same]):
            groups.setdefault(_heading(row), []).append(_trial(row, lights))
            shown.add((row.study_id, row.outcome, row.week))
        if product.trials > 1 and product.known == "rates":
            groups[_heading(product)].append(_together(product))
    for row in records(trials[trials["known"].ne("none")]):
        if (row.study_id, row.outcome, row.week) not in shown:
            groups.setdefault(_heading(row), []).append(_trial(row, lights))
    without = trials[trials["known"].eq("none")]
    groups["No result that can be compared"] = [_trial(row, lights) for row in records(without)]
    return list(groups.items())


def _heading(row: Any) -> str:
    words = row.label if pd.notna(row.label) else row.outcome
    return sentence_case(f"{words}, week {row.week}" if pd.notna(row.week) else str(words))


def _trial(row: Any, lights: Mapping[Any, tuple[Light, ...]]) -> ForestRow:
    told = [str(row.product_words).partition(" (")[0], _patients(row)]
    if row.blinding == "single":
        told.append("single-blind")
    name, small = str(row.short_name), "; ".join(told)
    link = f"study-{row.study_id}.html"
    if row.known == "none":
        return ForestRow(name, small, link, kind="none", absent=row.absent)
    judged = lights.get((row.study_id, row.outcome, row.week), ())
    limits = limits_per_100(row.lower_min, row.upper_max)
    patients = float(row.n + row.reference_n) if pd.notna(row.n) else nan
    ends = {
        "lower": 100 * row.lower_min,
        "upper": 100 * row.upper_max,
        "lights": judged,
        "absent": row.absent,
    }
    if row.known == "only-p":
        sizes = [more_per_100(one) for one in (row.difference_low, row.difference_high)]
        return ForestRow(
            name, small, link, kind="only-p",
            estimate=50 * (row.difference_low + row.difference_high),
            difference=f"{span_text(*sizes)}?",
            limits=f"{limits}, from P = {row.p_printed}", **ends,
        )  # fmt: skip
    return ForestRow(
        name, small, link,
        cells=per_100(row.responders / row.n),
        placebo=per_100(row.reference_responders / row.reference_n),
        estimate=100 * row.estimate,
        difference=more_per_100(row.estimate), limits=limits, weight=patients, **ends,
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


def _together(product: Any) -> ForestRow:
    all_of = _ALL.get(product.trials, f"All {product.trials}")
    sure = f"certainty {product.certainty}" if product.certainty else "certainty not rated"
    return ForestRow(
        f"{all_of} {product.brand or product.name} trials",
        f"together; {sure}",
        cells=per_100(product.cells),
        placebo=per_100(product.placebo),
        estimate=100 * product.estimate,
        lower=100 * product.lower,
        upper=100 * product.upper,
        kind="pooled",
        difference=more_per_100(product.estimate),
        limits=limits_per_100(product.lower, product.upper),
    )


def _lights(lights: pd.DataFrame) -> dict[Any, tuple[Light, ...]]:
    """Return the lights of each result, by study, outcome and week."""
    found: dict[Any, dict[str, Light]] = {}
    for row in records(lights):
        own = found.setdefault((row.study_id, row.outcome, row.week), {})
        letter, name = "\N{GREEK CAPITAL LETTER SIGMA}", "Overall"
        if row.domain != "overall":
            letter = _LETTERS[int(row.domain) - 1]
            name = sentence_case(DOMAINS[int(row.domain)])
        note = ""
        if row.lowest != row.highest:
            note = f"{_JUDGED[row.lowest]} to {_JUDGED[row.highest]} once all is read"
        own[str(row.domain)] = Light(letter, name, str(row.judgement), note)
    order = [*map(str, DOMAINS), "overall"]
    return {
        key: tuple(own[domain] for domain in order if domain in own) for key, own in found.items()
    }
