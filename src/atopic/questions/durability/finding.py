"""How long a response was seen to last, as the page states it first."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from atopic.display.finding_words import (
    Graded,
    capital,
    counted,
    interval_words,
    of_hundred,
    rated,
    shares_span,
)
from atopic.display.numbers import listed, study_name
from atopic.evidence.controls import is_control, kinds_of
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.questions.outcomes import outcome_words
from atopic.review import (
    control_group,
    controlled_word,
    time_point,
    time_word,
    units_a_year,
    with_article,
)


def durability_finding(
    evidence: Evidence,
    outcome: str,
    over_time: pd.DataFrame,
    worst: pd.DataFrame,
    graded: Graded,
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of how long a response lasts.

    Parameters
    ----------
    over_time, worst : from `responses_over_time` and `worst_case`.
    graded : of the question about durability, from `atopic.questions.certainty.words.graded`.

    Returns
    -------
    dict: the rates of follow-ups, of those who were seen, and what they become if everyone who
        was not seen is counted as a failure, with the outermost limits.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.durability import responses_over_time, worst_case
    >>> evidence = atopic.load()
    >>> over_time = responses_over_time(evidence, "EASI-50")
    >>> worst = worst_case(evidence, over_time)
    >>> durability_finding(evidence, "EASI-50", over_time, worst, {})["unit"]
    'how many still respond one to three years on'
    """
    later = over_time[over_time["setting"].eq("follow-up") & ~is_control(over_time)]
    own = next(iter(graded.values()), {}) if len(graded) == 1 else {}
    if later.empty:
        had = outcome_words(evidence.instruments, outcome)
        period = with_article(controlled_word(*kinds_of(over_time)))
        missing = f"how many patients {had} after the end of {period} period"
        return rated({"words": f"Not reported in the sources we read: {missing}."}, own)
    when = since_words(later["week"].dropna())
    fewer = lower_is_better(evidence.instruments, outcome)
    had = outcome_words(evidence.instruments, outcome)
    did = had if fewer else "had responded"
    responded = f"{shares_span(later['estimate'])} in 100 of those who came back {did}"
    opening = "" if fewer else "Nobody knows how long it lasts. "
    unit = f"how many patients {had} {when}" if fewer else f"how many still respond {when}"
    bound = worst[worst["row"].isin(set(later["row"]))]
    if bound.empty:
        found = {
            "words": f"{opening}{capital(when)}, {responded}, without a {control_group()} to "
            "compare with.",
            "number": "Unknown",
            "unit": unit,
        }
        return rated(found, own)
    low, high = bound["lower_min"].min(), bound["upper_max"].max()
    named = listed(map(study_name, dict.fromkeys(bound["study_id"])))
    at_worst = shares_span(bound["estimate"])
    limits = (
        f"{interval_words(bound['level'].iloc[0])}s from {of_hundred(low)} to {of_hundred(high)}"
    )
    found = {
        "words": f"{opening}{capital(when)}, {responded}. Counting those "
        f"who did not come back as failures it is {at_worst} ({limits}; {named}). There was no "
        f"{control_group()} to compare with.",
        "number": "Unknown",
        "unit": unit,
        "short": f"{at_worst} of 100 {when} if everyone lost is counted as a failure; no "
        f"{control_group()}",
    }
    return rated(found, own)


def since_words(weeks: Iterable[Any]) -> str:
    """Return when patients were followed up, in years where it was a year or more.

    >>> since_words([52, 104, 156]), since_words([52]), since_words([24, 36])
    ('one to three years on', 'one year on', 'between weeks 24 and 36')
    """
    known = sorted({int(week) for week in weeks})
    if not known:
        return "later"
    year = units_a_year()
    if known[0] >= year:
        first, last = round(known[0] / year), round(known[-1] / year)
        years = counted(last, "year")
        return f"{years} on" if first == last else f"{counted(first, '').strip()} to {years} on"
    if len(known) == 1:
        return f"at {time_point(known[0])}"
    return f"between {time_word(2)} {known[0]} and {known[-1]}"
