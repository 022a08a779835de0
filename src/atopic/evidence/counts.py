"""Which counts a printed percentage can stand for, decided in whole numbers.

A percentage is text here, because its digits say how it was rounded: ``"33"`` and ``"33.0"``
allow different counts.
"""

import re
from decimal import Decimal
from numbers import Real
from reprlib import repr as repr_of

import numpy as np

__all__ = ["MOST_CANDIDATES", "Candidates", "candidates", "compatible", "decimals", "prints_as"]


def __dir__() -> list[str]:
    return sorted(__all__)


#: So many counts are listed for one printed percentage at most; more say nothing of it.
MOST_CANDIDATES = 2_000
#: So many sizes are tried at most, and so many counts of one size returned.
_MOST_SIZES, _MOST_COUNTS = 100_000, 10_000_000

#: Whole numbers from here on are not all exact as floats.
MOST_PATIENTS = 2**53
#: Characters of a printed percentage.
_LONGEST = 60
_PLAIN_DECIMAL = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


class Candidates(tuple[tuple[int, int], ...]):
    """The (responders, n) pairs that a printed result can stand for; as text, a cell of a CSV.

    Examples
    --------
    >>> either = Candidates([(65, 197), (66, 200)])
    >>> len(either), str(either)
    (2, '65/197; 66/200')
    """

    __slots__ = ()

    def __str__(self) -> str:
        return "; ".join(f"{responders}/{n}" for responders, n in self)


def compatible(percent_printed: str, n: int) -> tuple[int, ...]:
    """Return every count of responders among n patients that can print as a percentage.

    Parameters
    ----------
    percent_printed : str
        Percentage from 0 to 100 with its printed digits, for example ``"31.82"`` or ``"70"``.
    n : int
        Patients in all, at least 1.

    Returns
    -------
    tuple of int
        The counts in ascending order; empty if no count can print so.

    Raises
    ------
    ValueError
        If the percentage is not plain decimal text from 0 to 100, n is not a whole number of at
        least 1 and below 2**53, or more than ten million counts fit.

    Notes
    -----
    A count x fits if :math:`100 x / n` lies within half a unit of the last printed digit. A value
    exactly halfway is accepted both from sources that round it up and from those that round it to
    an even last digit: the lower halfway point always, the upper one where the last digit is even.
    The bounds are whole numbers, so no binary fraction decides; only the counts that fit are
    visited. A single count that fits is not proof that it is the right one, since a source may
    have rounded twice.

    References
    ----------
    Brown NJL, Heathers JAJ (2017), Social Psychological and Personality Science 8:363-369: the
    granularity test of means, applied here to percentages.

    Examples
    --------
    >>> compatible("31.82", 88)
    (28,)
    >>> compatible("66", 50), compatible("66", 500)
    ((33,), (328, 329, 330, 331, 332))
    >>> compatible("12.7", 141)
    ()
    """
    fitting = _fitting(percent_printed, _whole(n, "n", least=1))
    if len(fitting) > _MOST_COUNTS:
        raise ValueError(
            f"{len(fitting):,} counts of n = {n:,} print as {percent_printed}, more than "
            f"{_MOST_COUNTS:,} to list; ask prints_as of single ones"
        )
    return tuple(fitting)


def candidates(percent_printed: str, sizes: range) -> Candidates:
    """Return every (responders, n) that can print as a percentage, n being one of some sizes.

    Parameters
    ----------
    percent_printed : str
        Percentage from 0 to 100 with its printed digits.
    sizes : range
        The sizes that are plausible, of at least 1.

    Returns
    -------
    Candidates
        By n, then by responders.

    Raises
    ------
    ValueError
        As `compatible`, and if there are more than `MOST_CANDIDATES`: a range so wide leaves the
        percentage without a meaning, and whatever is computed for each of them without an end.

    Examples
    --------
    >>> str(candidates("32.8", range(195, 205)))
    '64/195; 65/198; 66/201; 67/204'
    """
    if not isinstance(sizes, range):
        raise ValueError(f"sizes must be a range, not {_shown(sizes)}")
    pairs: list[tuple[int, int]] = []
    if len(sizes) <= _MOST_SIZES:
        for size in sizes:
            fitting = _fitting(percent_printed, _whole(size, "n", least=1))
            if len(pairs) + len(fitting) > MOST_CANDIDATES:
                break
            pairs += ((responders, size) for responders in fitting)
        else:
            return Candidates(pairs)
    what = f"n = {sizes[0]:,}" + (f" to {sizes[-1]:,}" if len(sizes) > 1 else "")
    raise ValueError(
        f"{what} allows more than {MOST_CANDIDATES:,} counts for {percent_printed} percent, too "
        "many to be carried"
    )


def prints_as(responders: int, n: int, percent_printed: str) -> bool:
    """Say whether a count of responders among n patients can print as a percentage.

    Parameters
    ----------
    responders, n : int
        Patients with a response, and patients in all.
    percent_printed : str
        Percentage from 0 to 100 with its printed digits.

    Returns
    -------
    bool
        True if the count is one of ``compatible(percent_printed, n)``.

    Raises
    ------
    ValueError
        As `compatible`, and if responders is not a whole number from 0 to n.

    Examples
    --------
    >>> prints_as(5, 14, "36"), prints_as(34, 50, "66")
    (True, False)
    """
    size = _whole(n, "n", least=1)
    count = _whole(responders, "responders", least=0)
    if count > size:
        raise ValueError(f"responders = {count} is more than n = {size}")
    return count in _fitting(percent_printed, size)


def decimals(percent_printed: str) -> int:
    """Return how many digits a percentage prints after its decimal point.

    Parameters
    ----------
    percent_printed : str
        Percentage from 0 to 100 with its printed digits.

    Returns
    -------
    int
        Number of digits, 0 if there is no point.

    Raises
    ------
    ValueError
        If the percentage is not plain decimal text from 0 to 100.

    Examples
    --------
    >>> decimals("33.0"), decimals("33")
    (1, 0)
    """
    return _parse(percent_printed)[1]


def _fitting(percent_printed: str, n: int) -> range:
    units, places = _parse(percent_printed)
    # A percentage of `units` in the last place covers n (2 units -+ 1) / per counts.
    per = 200 * 10**places
    low, high = n * (2 * units - 1), n * (2 * units + 1)
    first = -(-low // per)
    last = high // per if units % 2 == 0 else -(-high // per) - 1
    return range(max(first, 0), min(last, n) + 1)


def _parse(percent_printed: str) -> tuple[int, int]:
    text = isinstance(percent_printed, str) and len(percent_printed) <= _LONGEST
    match = _PLAIN_DECIMAL.fullmatch(percent_printed) if text else None
    if match is None:
        raise ValueError(
            "percent_printed must be the printed digits as text, such as '31.82', "
            f"not {_shown(percent_printed)}"
        )
    whole, fraction = match[1], match[2] or ""
    units, places = int(whole + fraction), len(fraction)
    if units > 100 * 10**places:
        raise ValueError(f"percent_printed must be from 0 to 100, not {percent_printed!r}")
    return units, places


def _whole(value: object, name: str, *, least: int) -> int:
    # True counts as 1 to Python, and a span of time of numpy as a whole number.
    number = isinstance(value, Real | Decimal) and not isinstance(value, bool | np.timedelta64)
    try:
        whole = int(value) if number else least - 1  # type: ignore[call-overload]
    except (OverflowError, ValueError):  # what is infinite or no number
        whole = least - 1
    if whole < least or whole != value:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {_shown(value)}")
    if whole >= MOST_PATIENTS:
        raise ValueError(f"{name} must be below 2**53, not {_shown(value)}")
    return int(whole)


def _shown(value: object) -> str:
    """Return a value as one line of a message, and not a long one."""
    try:
        return " ".join(repr_of(value).split())
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return f"a value of type {type(value).__name__}"
