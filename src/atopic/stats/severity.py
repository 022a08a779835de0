"""Severity scores of atopic dermatitis from their components, and the named severity bands.

Published bands disagree, so no scheme is built in: :func:`band` takes the bands as text, in the
form in which the table of instruments prints them.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atopic.stats.measurements import as_numbers, refuse, together

__all__ = [
    "UNNAMED",
    "Band",
    "area_score",
    "band",
    "easi",
    "oscorad",
    "parse_bands",
    "scorad",
]

Floats = NDArray[np.float64]

#: The label of a possible score for which the scheme prints no band (some name the worst only).
UNNAMED = "unnamed"

# Tenths, because 0.1 + 0.2 + 0.3 + 0.4 in binary would take the worst score to just above 72.
# Order of regions: head and neck, upper limbs, trunk, lower limbs.
_TENTHS_FROM_8_YEARS = np.array([1.0, 2.0, 3.0, 4.0])
_TENTHS_TO_7_YEARS = np.array([2.0, 2.0, 3.0, 3.0])

# Lower edges of the area scores 1 to 6; score 1 starts above 0, not at an edge.
_AREA_EDGES = np.array([10.0, 30.0, 50.0, 70.0, 90.0])

# Scores are sums of a few decimals, so a difference beyond this digit is binary noise.
_NOISE_DECIMALS = 9


def easi(signs: ArrayLike, area: ArrayLike, *, age: ArrayLike) -> Floats:
    """Eczema Area and Severity Index from its components.

    Parameters
    ----------
    signs : array_like, shape (..., 4, 4)
        Intensity 0 to 3 in half points. The last axis is the sign (erythema, induration or
        oedema, excoriation, lichenification), the one before it the region (head and neck, upper
        limbs, trunk, lower limbs).
    area : array_like, shape (..., 4)
        Area score 0 to 6 of each region, whole numbers; see :func:`area_score`.
    age : array_like, shape (...)
        Age in years: below 8 the weights of the regions are 0.2, 0.2, 0.3 and 0.3, from 8 on
        0.1, 0.2, 0.3 and 0.4.

    Returns
    -------
    ndarray of float64, shape (...)
        Score from 0 to 72.

    Raises
    ------
    ValueError
        If a sign, an area score or an age is out of range or between the allowed steps, or if
        the shapes do not fit.

    Notes
    -----
    The sum over regions of weight x area score x sum of the four signs.

    References
    ----------
    Hanifin et al. 2001, Exp Dermatol 10:11-18; half points and the weights below 8 years as in
    DermNet's description of the score.

    Examples
    --------
    >>> signs = [[1, 1, 0, 0], [2, 2, 1.5, 1], [2, 1, 1, 0], [2, 2, 2, 1]]
    >>> easi(signs, area_score([5, 20, 10, 35]), age=[6, 34])
    array([11.7, 13.6])
    """
    intensity = _scale(signs, "signs", 3.0, step=0.5)
    extent = _scale(area, "area", 6.0, step=1.0)
    years = _scale(age, "age", 130.0)
    if intensity.shape[-2:] != (4, 4):
        raise ValueError(f"signs must end in 4 regions x 4 signs, not in shape {intensity.shape}")
    if extent.shape[-1:] != (4,):
        raise ValueError(f"area must end in 4 regions, not in shape {extent.shape}")
    totals, extent, years = together(
        signs=intensity.sum(axis=-1), area=extent, age=years[..., None]
    )
    tenths = np.where(years < 8.0, _TENTHS_TO_7_YEARS, _TENTHS_FROM_8_YEARS)
    return np.asarray((tenths * extent * totals).sum(axis=-1) / 10.0)


def area_score(percent: ArrayLike) -> Floats:
    """Area score of the EASI from the affected share of a region.

    Parameters
    ----------
    percent : array_like
        Affected skin of the region, 0 to 100 percent.

    Returns
    -------
    ndarray of float64
        Scores 0 to 6 for 0, 1-9, 10-29, 30-49, 50-69, 70-89 and 90-100 percent.

    Raises
    ------
    ValueError
        If a value is outside 0 to 100.

    Notes
    -----
    The bands are printed in whole percents. Between them a value belongs to the lower band (9.5
    is below 10), and any involvement above 0 scores at least 1: the original table has "below 10"
    for score 1.

    References
    ----------
    Hanifin et al. 2001, Exp Dermatol 10:11-18.

    Examples
    --------
    >>> area_score([0, 0.5, 9.5, 10, 49, 100])
    array([0., 1., 1., 2., 3., 6.])
    """
    share = _scale(percent, "percent", 100.0)
    return np.where(share > 0.0, np.searchsorted(_AREA_EDGES, share, side="right") + 1.0, 0.0)


def scorad(extent: ArrayLike, intensity_sum: ArrayLike, subjective_sum: ArrayLike) -> Floats:
    """SCORing Atopic Dermatitis, A/5 + 7B/2 + C.

    Parameters
    ----------
    extent : array_like
        A, affected body surface, 0 to 100 percent.
    intensity_sum : array_like
        B, sum of six signs of 0 to 3 each: 0 to 18.
    subjective_sum : array_like
        C, itch plus loss of sleep, each 0 to 10 on a visual analogue scale: 0 to 20.

    Returns
    -------
    ndarray of float64
        Score from 0 to 103. The formula is linear, so means of components give the mean score.

    Raises
    ------
    ValueError
        If a component is out of range or the shapes do not broadcast.

    References
    ----------
    European Task Force on Atopic Dermatitis 1993, Dermatology 186:23-31.

    Examples
    --------
    >>> scorad([100, 30], [18, 9], [20, 10])
    array([103. ,  47.5])
    """
    objective, symptoms = together(
        objective=oscorad(extent, intensity_sum),
        subjective_sum=_scale(subjective_sum, "subjective_sum", 20.0),
    )
    return np.asarray(objective + symptoms)


def oscorad(extent: ArrayLike, intensity_sum: ArrayLike) -> Floats:
    """Objective SCORAD, A/5 + 7B/2: without itch and sleep.

    Parameters
    ----------
    extent, intensity_sum : array_like
        A and B as in :func:`scorad`.

    Returns
    -------
    ndarray of float64
        Score from 0 to 83.

    Raises
    ------
    ValueError
        If a component is out of range or the shapes do not broadcast.

    References
    ----------
    Kunz et al. 1997, Dermatology 195:10-19.

    Examples
    --------
    >>> oscorad(30, 9)
    array(37.5)
    """
    surface, signs = together(
        extent=_scale(extent, "extent", 100.0),
        intensity_sum=_scale(intensity_sum, "intensity_sum", 18.0),
    )
    return np.asarray(surface / 5.0 + 3.5 * signs)


@dataclass(frozen=True)
class Band:
    """One named range of a score; an end that is not closed does not belong to it."""

    name: str
    lower: float
    upper: float
    lower_closed: bool
    upper_closed: bool


def band(score: ArrayLike, bands: str, *, highest: float | None = None) -> NDArray[np.str_]:
    """Name the severity band of each score in a given scheme.

    Parameters
    ----------
    score : array_like
        Scores of the instrument, from 0 on.
    bands : str
        The scheme, lowest band first: ``name=range`` parted by ``;``, where a range is ``a``,
        ``a-b`` (both inclusive), ``a-<b``, ``<b``, ``<=b``, ``>a`` or ``>=a``.
    highest : float, optional
        Highest score of the instrument. Without it, the upper end of the scheme; a scheme that
        ends in an open band (``>=23``) then has no limit.

    Returns
    -------
    ndarray of str
        Names, of the shape of `score`; ``UNNAMED`` where the scheme prints no band for a score.

    Raises
    ------
    ValueError
        If a score is negative, missing or above the highest, or the scheme cannot be read.

    Notes
    -----
    A score inside a printed range takes its name as it stands. Many schemes are printed for
    rounded scores (7.1-21.0, then 21.1-50.0): a score in such a gap is rounded, half up, to the
    decimals of the scheme, so 21.05 counts as 21.1. Nothing else is rounded.

    Examples
    --------
    >>> scheme = "clear=0;mild=0.1-5.9;moderate=6.0-22.9;severe=23.0-72"
    >>> band([0, 5.94, 5.95, 72], scheme)
    array(['clear', 'mild', 'moderate', 'severe'], dtype='<U8')
    """
    scheme, decimals = _scheme(bands)
    first, last = scheme[0], scheme[-1]
    if highest is None:
        highest = last.upper if last.upper_closed else np.inf
    exact = np.round(_scale(score, "score", highest), _NOISE_DECIMALS)
    scale = 10.0**decimals
    rounded = np.floor(np.round(exact * scale, _NOISE_DECIMALS - decimals) + 0.5) / scale
    between = (exact > first.lower) & (exact < last.upper)
    names = np.full(exact.shape, UNNAMED, dtype=f"<U{max(map(len, [UNNAMED, *_names(scheme)]))}")
    # Rounded first, as printed second: a range that holds the score itself prevails.
    for one in scheme:
        names[between & _holds(one, rounded)] = one.name
    for one in scheme:
        names[_holds(one, exact)] = one.name
    return names


def parse_bands(bands: str) -> tuple[Band, ...]:
    """Read a severity scheme; see :func:`band` for its form.

    Parameters
    ----------
    bands : str
        The scheme as text.

    Returns
    -------
    tuple of Band
        In rising order; ``<b`` starts at minus infinity and ``>a`` ends at infinity.

    Raises
    ------
    ValueError
        If a part cannot be read, a name comes twice, or bands overlap or fall.

    Examples
    --------
    >>> [(b.name, b.lower, b.upper) for b in parse_bands("mild=<25;moderate=25-50;severe=>50")]
    [('mild', -inf, 25.0), ('moderate', 25.0, 50.0), ('severe', 50.0, inf)]
    """
    return tuple(_scheme(bands)[0])


_NUMBER = r"\d+(?:\.\d+)?"
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})-(?P<open><)?(?P<high>{_NUMBER})|(?P<sign>[<>]=?)?(?P<end>{_NUMBER})"
)


def _scheme(text: str) -> tuple[list[Band], int]:
    scheme: list[Band] = []
    decimals = 0
    for part in text.split(";"):
        name, equals, limits = (piece.strip() for piece in part.partition("="))
        match = _RANGE.fullmatch(limits)
        if not (name and equals and match):
            raise ValueError(f"bands: {part!r} is not of the form name=range")
        one = _band(name, match)
        if name in _names(scheme):
            raise ValueError(f"bands: {name!r} comes twice")
        if one.lower > one.upper or (scheme and not _follows(scheme[-1], one)):
            raise ValueError(f"bands: {part!r} falls or overlaps the band before it")
        scheme.append(one)
        decimals = max(decimals, *(len(x.partition(".")[2]) for x in re.findall(_NUMBER, limits)))
    return scheme, decimals


def _names(scheme: list[Band]) -> list[str]:
    return [one.name for one in scheme]


def _band(name: str, match: re.Match[str]) -> Band:
    if match["low"]:
        return Band(name, float(match["low"]), float(match["high"]), True, not match["open"])
    end = float(match["end"])
    if not match["sign"]:
        return Band(name, end, end, True, True)
    closed = match["sign"].endswith("=")
    if match["sign"].startswith("<"):
        return Band(name, -np.inf, end, False, closed)
    return Band(name, end, np.inf, closed, False)


def _follows(before: Band, after: Band) -> bool:
    shared = before.upper_closed and after.lower_closed
    return after.lower > before.upper or (after.lower == before.upper and not shared)


def _holds(one: Band, values: Floats) -> NDArray[np.bool_]:
    above = values >= one.lower if one.lower_closed else values > one.lower
    below = values <= one.upper if one.upper_closed else values < one.upper
    return np.asarray(above & below)


def _scale(values: ArrayLike, name: str, highest: float, *, step: float | None = None) -> Floats:
    array = as_numbers(values, name)
    allowed = "at least 0" if np.isinf(highest) else f"from 0 to {highest:g}"
    bad = (array < 0.0) | (array > highest)
    if step is not None:
        bad |= array / step != np.floor(array / step)
        allowed += f" in steps of {step:g}"
    refuse(bad, name, array, f"must be {allowed}")
    return array
