"""Observations in words, for the sentences of the reasons."""

from atopic.display.numbers import (
    as_read,
    change_text,
    count_text,
    interval_name,
    percent_text,
    points_text,
)
from atopic.questions.claims.finding import Observation


def limits(one: Observation) -> str:
    """Return an interval in words.

    Examples
    --------
    >>> limits(Observation("arm", lower=0.2338, upper=0.8325, level=0.95))
    '95% interval 23 to 83%'
    >>> limits(Observation("arm"))
    'no interval'
    """
    if not one.bounded:
        return "no interval"
    name = interval_name(one.level)
    if one.measure == "share":
        lower, upper = (percent_text(end, small=True) for end in (one.lower, one.upper))
        return f"{name} {lower.removesuffix('%')} to {upper}"
    if one.measure == "difference of shares":
        return f"{name} {points_text(one.lower)} to {points_text(one.upper)} points"
    return f"{name} {change_text(one.lower)} to {change_text(one.upper, one.unit)}"


def counted(one: Observation) -> str:
    """Return a rate with its count: ``6 of 11 (55%)``.

    Examples
    --------
    >>> counted(Observation("arm", responders=6, n=11, estimate=6 / 11))
    '6 of 11 (55%)'
    >>> counted(Observation("arm", printed="31.82", estimate=0.3182))
    '31.8% (no count)'
    >>> counted(Observation("arm", responders=28, n=88, printed="31.82", basis="derived"))
    '31.8% (28 of 88, derived)'
    """
    rate = as_read(f"{one.printed}%") if one.printed else percent_text(one.estimate, small=True)
    if one.responders is None or one.n is None:
        return f"{rate} (no count)"
    if one.basis == "ambiguous":
        return f"{rate} (such as {count_text(one.responders, one.n)})"
    if one.basis == "derived":
        return f"{rate} ({count_text(one.responders, one.n)}, derived)"
    return count_text(one.responders, one.n, rate)
