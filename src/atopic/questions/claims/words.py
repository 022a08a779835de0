"""Numbers as a reader says them, for the sentences of the reasons."""

from collections.abc import Iterable
from math import floor, isfinite

from atopic.questions.claims.finding import Observation

__all__ = ["change", "counted", "limits", "listed", "p_text", "percent", "points"]


def percent(share: float) -> str:
    """Return a share as a whole percentage; one decimal below 1 percent.

    Examples
    --------
    >>> percent(6 / 11), percent(0.004)
    ('55 %', '0.4 %')
    """
    scaled = 100 * share
    if 0 < scaled < 0.95 or 99.5 <= scaled < 99.95:
        return f"{scaled:.1f} %"
    return f"{floor(scaled + 0.5)} %"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, with a real minus sign.

    Examples
    --------
    >>> points(-0.091)
    '−9'
    """
    value = floor(abs(100 * share) + 0.5)
    return f"−{value}" if share < 0 and value else str(value)


def change(value: float, unit: str = "") -> str:
    """Return a change of a score with a real minus sign, to two decimals at most, and its unit.

    Examples
    --------
    >>> change(-10.54), change(-50.0, "percent")
    ('−10.54', '−50 %')
    """
    number = f"{round(value, 2):g}".replace("-", "−")
    words = {"percent": "%"}.get(unit, unit.replace("-", " "))
    return f"{number} {words}".rstrip()


def limits(one: Observation) -> str:
    """Return an interval in words.

    Examples
    --------
    >>> limits(Observation("arm", lower=0.2338, upper=0.8325, level=0.95))
    '95 % interval 23 to 83 %'
    >>> limits(Observation("arm"))
    'no interval'
    """
    if not one.bounded:
        return "no interval"
    name = f"{100 * one.level:g} % interval"
    if one.measure == "share":
        return f"{name} {percent(one.lower).removesuffix(' %')} to {percent(one.upper)}"
    if one.measure == "difference of shares":
        return f"{name} {points(one.lower)} to {points(one.upper)} points"
    return f"{name} {change(one.lower)} to {change(one.upper, one.unit)}"


def counted(one: Observation) -> str:
    """Return a rate with its count: ``6 of 11 (55 %)``.

    Examples
    --------
    >>> counted(Observation("arm", responders=6, n=11, estimate=6 / 11))
    '6 of 11 (55 %)'
    >>> counted(Observation("arm", printed="31.82", estimate=0.3182))
    '31.82 % (no count)'
    >>> counted(Observation("arm", responders=28, n=88, printed="31.82", basis="derived"))
    '31.82 % (count derived: 28 of 88)'
    """
    if one.responders is None or one.n is None:
        return f"{one.printed or percent(one.estimate).removesuffix(' %')} % (no count)"
    rate = f"{one.printed} %" if one.printed else percent(one.estimate)
    if one.basis == "ambiguous":
        return f"{rate} (several counts fit, such as {one.responders} of {one.n})"
    if one.basis == "derived":
        return f"{rate} (count derived: {one.responders} of {one.n})"
    return f"{one.responders} of {one.n} ({rate})"


def p_text(value: float) -> str:
    """Return a P value to two significant digits, four decimals at most.

    Examples
    --------
    >>> p_text(0.4341), p_text(0.01608), p_text(0.00001)
    ('0.43', '0.016', 'below 0.0001')
    """
    if not isfinite(value):
        return "unknown"
    return "below 0.0001" if value < 0.0001 else f"{value:.2g}"


def listed(items: Iterable[object]) -> str:
    """Return items as words: ``12, 16 and 24``.

    Examples
    --------
    >>> listed([12, 16, 24]), listed([])
    ('12, 16 and 24', '')
    """
    *most, last = [str(item) for item in items] or [""]
    return f"{', '.join(most)} and {last}" if most else last
