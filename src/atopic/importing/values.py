"""Cells as people and spreadsheets write them, into the texts that the tables hold."""

import re
import unicodedata
from decimal import Decimal

_BLANK = {"", "na", "n/a", "nr", "nan", "none", "null", ".", "-", "–", "—", "?", "not reported"}
_THOUSANDS = re.compile(r"[0-9]{1,3}([ ,.'\u2019\u00a0\u202f][0-9]{3})+")
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th",
                          "ı": "i"})  # fmt: skip
#: Units of time that are whole numbers of each other: a month is no number of days.
_PARTS = ({"hour": 1.0, "day": 24.0, "week": 168.0}, {"month": 1.0, "year": 12.0})
_SHORT = {"wk": "week", "w": "week", "d": "day", "h": "hour", "hr": "hour", "y": "year",
          "yr": "year", "mo": "month"}  # fmt: skip


class Unreadable(ValueError):
    """A cell does not hold what its column is for; the message says what it should."""


def word(text: str) -> str:
    """Return a cell without space around it; empty if it says that nothing is known.

    >>> word(" NA "), word("Placebo ")
    ('', 'Placebo')
    """
    text = " ".join(text.split())
    return "" if text.lower() in _BLANK else text


def whole(text: str) -> str:
    """Return a count without what a spreadsheet adds to it.

    >>> whole("433.0"), whole("433,0"), whole("")
    ('433', '433', '')
    """
    text = word(text)
    if not text:
        return ""
    if _THOUSANDS.fullmatch(text):
        bare = re.sub("[^0-9]", "", text)
        raise Unreadable(f"a mark may part thousands or decimals; write {bare} if it is that")
    if re.fullmatch(r"[0-9]{1,9}([.,]0*)?", text):
        return str(int(re.split("[.,]", text)[0]))
    if re.fullmatch(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,2}", text):
        value = Decimal(text)
        if value == value.to_integral_value() and value < 10**9:
            return str(int(value))
    if "%" in text:
        raise Unreadable("a percentage is no count; give it as a column percent")
    raise Unreadable("is not a whole number of patients")


def decimal(text: str, *, comma: bool, percent: bool = False) -> str:
    """Return a number with a decimal point and the digits that were typed.

    `comma` tells that the sheet writes decimals with commas.

    >>> decimal("45,50", comma=True), decimal("45.5 %", comma=False, percent=True)
    ('45.50', '45.5')
    """
    text = word(text).replace("\u2212", "-")
    if percent:
        text = text.removesuffix("%").rstrip()
    if not text:
        return ""
    if re.fullmatch(r"-?[0-9]+,[0-9]+", text):
        if re.fullmatch(r"-?[1-9][0-9]{0,2},[0-9]{3}", text) and not comma:
            raise Unreadable(f"a comma may part thousands or decimals; write {_both(text)}")
        text = text.replace(",", ".")
    elif comma and re.fullmatch(r"-?[1-9][0-9]{0,2}\.[0-9]{3}", text):
        raise Unreadable(f"a point may part thousands or decimals; write {_both(text)}")
    if not re.fullmatch(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?", text):
        raise Unreadable("is not a number")
    text = text.removesuffix(".")
    return f"0{text}" if text.startswith(".") else text.replace("-.", "-0.")


def _both(text: str) -> str:
    whole_, part = re.split("[.,]", text)
    return f"{whole_}{part} or {whole_}.{part.rstrip('0') or '0'}"


def in_unit(number: float, unit: str, wanted: str) -> str:
    """Return a time in another unit; empty unless it is a whole number of that one.

    >>> in_unit(14, "days", "week"), in_unit(2, "w", "day"), in_unit(2, "months", "week")
    ('2', '14', '')
    """
    unit = unit.lower().rstrip("s")
    unit = _SHORT.get(unit, unit)
    for parts in _PARTS:
        if unit in parts and wanted in parts:
            time = number * parts[unit] / parts[wanted]
            return str(int(time)) if time.is_integer() else ""
    return str(int(number)) if unit == wanted and float(number).is_integer() else ""


def interval(text: str, unit: str) -> str | None:
    """Return the time between two doses in a unit; None if it is no whole number of it.

    >>> interval("Q2W", "week"), interval("every 12 weeks", "week"), interval("weekly", "day")
    ('2', '12', '7')
    >>> interval("daily", "week") is None, interval("daily", "day"), interval("8", "hour")
    (True, '1', '8')
    """
    text = word(text).lower()
    if not text:
        return ""
    once = re.fullmatch("(?:once )?(?:every |an? )?(hour|day|week|month|year|dai)(?:ly)?", text)
    if once or text in ("qw", "qd"):
        each = once[1] if once else text[1]
        return in_unit(1.0, {"dai": "day"}.get(each, each), unit) or None
    found = re.fullmatch(r"(?:q|every )?\s*([0-9]{1,4})(?:\.0)?\s*-?([a-z]*)", text)
    return in_unit(float(found[1]), found[2] or unit, unit) or None if found else None


def remark_apart(text: str, dose_unit: str) -> tuple[str, str]:
    """Return the time between two doses, and what a cell says beside it: remarks, the dose's unit.

    A cell of which that leaves no time stays whole.

    >>> remark_apart("/kg (92.0kg mean) Q8W", "mg/kg"), remark_apart("Q4W (open label)", "mg")
    (('Q8W', '/kg (92.0kg mean)'), ('Q4W', '(open label)'))
    >>> remark_apart("Q2W/Q4W", "mg"), remark_apart("BIW (fixed)", "mg")
    (('Q2W/Q4W', ''), ('BIW (fixed)', ''))
    """
    bare = " ".join(re.sub(r"\([^()]*\)", " ", text).split())
    first, _, rest = bare.partition(" ")
    if rest and dose_unit.endswith(first):
        bare = rest
    if bare == text or not bare or not any(interval(bare, unit) for unit in ("hour", "month")):
        return text, ""
    return bare, " ".join(text.replace(bare, " ").split())


def slug(text: str) -> str:
    """Return an id of a name: small letters, digits and hyphens; empty if it has neither.

    >>> slug("Müller-Øst 2004 (a)"), slug("王 2019")
    ('muller-ost-2004-a', '2019')
    """
    text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return "-".join(re.findall("[a-z0-9]+", text))
