"""Differences of shares as natural frequencies: so many more or fewer of 100 patients."""

from math import floor, isnan


def per_100(share: float) -> str:
    """Return how many of 100 patients a share is; half a patient counts up.

    >>> per_100(0.2857), per_100(0.125)
    ('29', '13')
    """
    return str(floor(100 * share + 0.5))


def more_per_100(difference: float) -> str:
    """Return a difference of shares as so many more or fewer of 100.

    >>> more_per_100(0.038), more_per_100(-0.091), more_per_100(0.001)
    ('4 more', '9 fewer', 'as many')
    """
    size = floor(abs(100 * difference) + 0.5)
    return "as many" if not size else f"{size} {'more' if difference > 0 else 'fewer'}"


def limits_per_100(lower: float, upper: float) -> str:
    """Return the limits of a difference of shares in words; empty without limits.

    >>> limits_per_100(-0.049, 0.125), limits_per_100(0.03, 0.294), limits_per_100(-0.3, -0.02)
    ('5 fewer to 13 more', '3 to 29 more', '30 to 2 fewer')
    """
    if isnan(lower) or isnan(upper):
        return ""
    low, high = more_per_100(lower), more_per_100(upper)
    number, _, word = low.partition(" ")
    if low == "as many":
        number, word = "0", high.rpartition(" ")[2]
    return f"{number} to {high}" if high.endswith(word) else f"{low} to {high}"
