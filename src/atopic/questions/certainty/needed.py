"""How many patients a trial of its own would need to show the smallest important difference."""

from math import ceil, isnan, nan
from typing import Any

import pandas as pd
from scipy.special import ndtri

from atopic.display.numbers import percent_text
from atopic.evidence.folder import Evidence
from atopic.evidence.once import once
from atopic.questions.certainty.settings import Settings
from atopic.questions.response_rates import placebo_arms
from atopic.stats import trialdesign


def needed_size(
    question: Any,
    rate: float,
    minimal: float | None,
    settings: Settings,
) -> tuple[int | None, str]:
    """Return how many patients a trial of its own would need, in both arms, and for what.

    Of counts to tell the placebo rate from one that differs by the smallest important difference;
    None where nothing can be computed. `rate` is that of the placebo, or of `expected_rate`.

    >>> import atopic
    >>> from atopic.evidence.frames import records
    >>> (itch, *_) = records(atopic.load().certainty_questions.query("measure != 'none'")[4:])
    >>> itch.question_id, needed_size(itch, nan, 2, Settings())
    ('bone-marrow-itch', (126, 'half a standard deviation'))
    """
    if question.measure == "mean_difference":
        quantiles = ndtri(1 - settings.alpha / 2) + ndtri(settings.power)
        size = 2 * ceil(2 * (quantiles / settings.standardised) ** 2)
        share = {0.5: "half a standard deviation"}.get(settings.standardised)
        return size, share or f"{settings.standardised:g} standard deviations"
    if question.measure == "none" or isnan(rate):
        return None, ""
    sign = 1 if question.better == "higher" else -1
    change = rate * settings.relative_change if settings.relative_change else (minimal or 0) / 100
    other = rate + sign * change
    if not 0 < other < 1 or not change:
        return None, ""
    each = trialdesign.sample_size(
        other, rate, power=settings.power, alpha=settings.alpha, variance="unpooled"
    )
    words = f"{percent_text(other)} against {percent_text(rate)} with {question.comparator}"
    return 2 * ceil(float(each)), words


@once
def expected_rate(evidence: Evidence, outcome: str, week: Any, measure: str) -> float:
    """Return the share of responders in all placebo arms of the tables, of this outcome and week.

    It stands in for the needed size of a trial whose own placebo rate was not read, and for nothing
    else. nan where no placebo arm has counts.
    """
    known = evidence.instruments["outcome"].eq(outcome).any()
    if not known or measure != "risk_difference":
        return nan
    weeks = [] if pd.isna(week) else [int(week)]
    arms = placebo_arms(evidence, outcome, weeks=weeks, sets=False)
    arms = arms[arms["n"].notna() & arms["responders"].notna()]
    return float(arms["responders"].sum() / arms["n"].sum()) if len(arms) else nan
