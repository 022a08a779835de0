"""How pages write a P value: without the zero before its point, joined to its sign: P = .038."""

import math
import re

_JOINT = "\N{NO-BREAK SPACE}"
#: A P value in a text or in the HTML of one; the letter may be a word before its sign.
_IN_TEXT = re.compile(
    rf"(?<![\w.-])P[ {_JOINT}](?:(?P<sign>[=<>≤≥]|&lt;|&gt;)[ {_JOINT}])?"
    r"(?P<value>0?\.\d+|(?<== )[01](?:\.0+)?)(?!\w|\.\d)"
)


def p_text(p: float) -> str:
    """Return a P value that was computed, to three decimals, for a cell under a heading.

    Parameters
    ----------
    p : float
        From 0 to 1; nan if it is not known.

    Examples
    --------
    >>> p_text(0.43466), p_text(0.00009).split(), p_text(1).split(), p_text(float("nan"))
    ('.435', ['<', '.001'], ['>', '.999'], 'unknown')
    """
    if not math.isfinite(p):
        return "unknown"
    if p < 0.001 or p >= 0.9995:
        return f"<{_JOINT}.001" if p < 0.001 else f">{_JOINT}.999"
    return f"{p:.3f}"[1:]


def p_equals(p: float) -> str:
    """Return a P value that was computed, for a sentence.

    >>> p_equals(0.43466).split(), p_equals(0.00009).split()
    (['P', '=', '.435'], ['P', '<', '.001'])
    """
    words = p_text(p)
    return f"P{_JOINT}={_JOINT}{words}" if words[0] == "." else f"P{_JOINT}{words}"


def p_reported(p: object) -> str:
    """Return a P value with the digits that a source, or a parameter, gives it.

    >>> p_reported("0.0380"), p_reported(0.05), p_reported(".016"), p_reported("1")
    ('.0380', '.05', '.016', '1')
    """
    return re.sub(r"^0(?=\.\d)", "", f"{p}")


def with_p_values(text: str) -> str:
    """Return a text, or the HTML of one, with each P value in it as pages write it.

    No digit after the point is changed. One that stands without a sign is equal.

    >>> with_p_values("called so, P < 0.0010; P .038").split(maxsplit=2)[2].split()
    ['P', '<', '.0010;', 'P', '=', '.038']
    >>> with_p_values("EASI-50 of 0.5, P1 = 0.5, CRP 0.3")
    'EASI-50 of 0.5, P1 = 0.5, CRP 0.3'
    """
    return _IN_TEXT.sub(_as_written, text)


def _as_written(found: re.Match[str]) -> str:
    return _JOINT.join(("P", found["sign"] or "=", p_reported(found["value"])))
