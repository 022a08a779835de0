"""What a pattern of the schema asks for, in words: who types a cell reads no regular expression."""

import re

from atopic.evidence import patterns

_NUMBER = r"[0-9]{1,15}(\.[0-9]{1,15})?(e[0-9]{1,2})?"
_SIZE = r"[0-9]{1,6}(\.[0-9]{1,6})?"
#: Words for a pattern, and cells that have its form.
_KNOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "[a-z0-9]+(-[a-z0-9]+)*": (
        "lower-case letters and digits, in parts joined by hyphens", ("smith-2017",)
    ),
    "[A-Za-z0-9]+(-[A-Za-z0-9]+)*": (
        "letters and digits, in parts joined by hyphens", ("case-1",)
    ),
    "[A-Za-z0-9]+([-/][A-Za-z0-9]+)*": (
        "letters and digits, in parts joined by hyphens or strokes", ("PASI-75", "PGA-0/1")
    ),
    "[a-z]+(_[a-z]+)*": ("the name of a column", ("arm_id",)),
    "[0-9]+": ("digits only", ("12345678",)),
    r"10\.[0-9]{4,9}/[^ ]+": ("a DOI without an address before it", ("10.1000/182",)),
    "NCT[0-9]{8}": ("NCT and eight digits", ("NCT12345678",)),
    "PMC[0-9]+": ("PMC and digits", ("PMC1234567",)),
    "c[0-9]{2,}": ("c and two or more digits", ("c07",)),
    "[A-Z]{2}": ("two capital letters of ISO 3166-1", ("KR",)),
    r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+/[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+": (
        "a web address without spaces", ("https://doi.org/10.1000/182",)
    ),
    "[0-9]{4}-[0-9]{2}-[0-9]{2}": ("a date with year, month and day", ("2026-11-27",)),
    "[0-9]{1,4}(-[0-9]{1,4})?": ("a whole number or a range", ("3", "3-6")),
    r"[0-9]+(\.[0-9]+)?": ("a number without a sign", ("54.5",)),
    r"[0-9]{1,3}(\.[0-9]{1,15})?": ("a percentage without its sign", ("31.8",)),
    r"0?\.[0-9]{1,15}": ("a P value with its digits", ("0.038", ".038")),
    f"-?{_NUMBER}(-{_NUMBER})?": ("a number or a range", ("-55", "18-30")),
    f"[a-z-]+=(<|<=|>|>=)?{_SIZE}(-<?{_SIZE})?": (
        "a name with its range", ("mild=0.1-5.9", "severe=>20")
    ),
    rf"[a-z-]+={_SIZE}([-|]{_SIZE})*": (
        "percent or points with a number", ("points=6.6", "percent=35|50")
    ),
}  # fmt: skip
_SEVERAL = re.compile(r"(?P<one>.+)\(;(?P=one)\)\*")
_ONE_OF = re.compile(r"\([\w-]+(\|([\w-]|\[[0-9]-[0-9]\])+)+\)")


def form_words(pattern: str) -> str:
    r"""Return the form that a pattern asks for, in words with an example.

    Parameters
    ----------
    pattern : str
        A pattern of the core schema or of a data folder; one that is not known here stays as
        it is.

    Examples
    --------
    >>> form_words("NCT[0-9]{8}")
    'NCT and eight digits, like NCT12345678'
    >>> form_words("[A-Z]{2}(;[A-Z]{2})*")
    'two capital letters of ISO 3166-1, like KR, or several parted by semicolons'
    >>> form_words("(human|mouse)(;(human|mouse))*")
    'one of human, mouse, or several parted by semicolons'
    """
    several = _SEVERAL.fullmatch(pattern)
    one = several["one"] if several else pattern
    if one in _KNOWN:
        words, examples = _KNOWN[one]
        words = f"{words}, like {' or '.join(examples)}"
    elif _ONE_OF.fullmatch(one):
        words = f"one of {', '.join(_spelled(one[1:-1]))}"
    else:
        words = one
    return f"{words}, or several parted by semicolons" if several else words


def _spelled(alternatives: str) -> list[str]:
    """Return words parted by bars, one for each digit of a range at their end."""
    words = []
    for word in alternatives.split("|"):
        head, bracket, digits = word.partition("[")
        if bracket:
            words += [f"{head}{digit}" for digit in range(int(digits[0]), int(digits[2]) + 1)]
        else:
            words.append(word)
    return [word for word in words if patterns.fits(f"({alternatives})", word)]
