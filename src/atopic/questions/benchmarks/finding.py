"""What placebo and the drugs did in trials of their own, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import (
    capital,
    counted,
    interval_words,
    of_hundred,
    rated,
    shares_span,
    weeks_words,
)
from atopic.evidence.controls import is_control, is_controlled
from atopic.evidence.folder import Evidence
from atopic.questions.outcomes import outcome_words
from atopic.review import control_word, words_in_use


def benchmarks_finding(evidence: Evidence, outcome: str, rates: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of benchmark rates.

    Parameters
    ----------
    rates : from `benchmark_rates`.

    Returns
    -------
    dict: the range of the drug arms of drug trials, with the outermost limits, and beside it
        that of their placebo arms; groups pooled from other trials are left out.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.benchmarks import benchmark_rates
    >>> evidence = atopic.load()
    >>> rates = benchmark_rates(evidence, "EASI-75", weeks=[16])
    >>> benchmarks_finding(evidence, "EASI-75", rates)["number"]
    '13 to 80'
    """
    had = outcome_words(evidence.instruments, outcome)
    own = rates[rates["study_role"].eq("benchmark") & is_controlled(rates)]
    placebo = own[is_control(own)]
    drugs = own[~is_control(own)]
    if own.empty:
        return {
            "words": (
                f"We found no {words_in_use().comparator.adjective} trial that says how "
                f"many patients {had}."
            )
        }
    trials = counted(own["study_id"].nunique(), f"{words_in_use().comparator.adjective} trial")
    when = weeks_words(own["week"])
    parts = [
        f"{shares_span(some['estimate'])} of 100 patients {had} {name}"
        if not place
        else f"{shares_span(some['estimate'])} {name}"
        for place, (some, name) in enumerate(
            (some, name)
            for some, name in (
                (drugs, f"on the {words_in_use().comparator}"),
                (placebo, f"on {control_word()}"),
            )
            if len(some)
        )
    ]
    shown, name = (
        (drugs, f"on the {words_in_use().comparator}")
        if len(drugs)
        else (placebo, f"on {control_word()}")
    )
    found = {
        "words": f"{' and '.join(parts)}{when}, in {trials}. For scale only: these are "
        "other patients.",
        "number": shares_span(shown["estimate"]),
        "unit": f"of 100 {name}{_limits(shown)}",
        "notes": _cells(rates),
    }
    return rated(found, {})


def _cells(rates: pd.DataFrame) -> list[str]:
    placebo = rates[rates["study_role"].eq("evidence") & is_control(rates)]
    if placebo.empty:
        return []
    trials = placebo["study_id"].nunique()
    group = "group" if trials == 1 else "groups"
    span = shares_span(placebo["estimate"])
    return [
        f"{capital(control_word())} {group} of {counted(trials, 'trial')} of "
        f"{words_in_use().treatment}: {span} of 100."
    ]


def _limits(shown: pd.DataFrame) -> str:
    known = shown[shown["lower"].notna()]
    if known.empty:
        return ""
    low, high = of_hundred(known["lower_min"].min()), of_hundred(known["upper_max"].max())
    several = "s from" if len(known) > 1 else ""
    return f" ({interval_words(known['level'].iloc[0])}{several} {low} to {high})"
