"""How pages write a number: rates, points, intervals, counts, doses, weeks."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from atopic.review import review_in_use, time_point

_MINUS = "\N{MINUS SIGN}"

#: Heading of the column ``confidence``, whose name readers take for certainty of the evidence.
SOURCE_GRADE = "Source grade"
#: What a blank week is called.
TIME_NOT_STATED = "time not stated"


def study_name(study_id: str) -> str:
    """Return what readers call a study: its short name if known, else its id as it is said.

    Known are the names of the evidence that was loaded, or asked, last.

    >>> study_name("seo-2024-phase-1"), study_name("breeze-ad7")
    ('Seo 2024 phase 1', 'Breeze AD7')
    >>> import atopic
    >>> evidence = atopic.load()
    >>> study_name("seo-2024-phase-1")
    'SCM-AGH phase 1, 2024'
    """
    if name := review_in_use().studies.get(study_id):
        return name
    words = [
        word.upper() if word[:1].isalpha() and any(map(str.isdigit, word)) else word
        for word in study_id.split("-")
    ]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def named_study(cell: str) -> str:
    """Return the short name of the id of a study that has one, and any other text as it is.

    >>> named_study("seo-2024-phase-1")
    'seo-2024-phase-1'
    """
    return review_in_use().studies.get(cell, cell)


def with_study_names(text: str) -> str:
    """Return a text in which each id of a study that has a short name is that name.

    An id in quotes is meant as it stands.

    >>> import atopic
    >>> evidence = atopic.load()
    >>> with_study_names("part of kim-2017; see kim-2017-abstract")
    'part of FURESTEM-AD phase 1/2a (Kim 2017); see kim-2017-abstract'
    """
    names = review_in_use().studies
    ids = _ids(tuple(names))
    return ids.sub(lambda found: names[found[0]], text) if ids else text


@cache
def _ids(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds ids that no word of a sentence is: with a digit in them."""
    sure = sorted((one for one in names if re.search(r"\d", one)), key=len, reverse=True)
    if not sure:
        return None
    return re.compile(rf"(?<![\w/'\"-])(?:{'|'.join(map(re.escape, sure))})(?![\w-])")


def study_of(name: str) -> str:
    """Return the id of the study that has a short name, whether given by that name or by its id.

    Empty for any other text.

    >>> study_of("Breeze AD7")
    ''
    """
    names = review_in_use().studies
    if name in names:
        return name
    return next((study for study, given in names.items() if given == name), "")


def dose_text(dose: float, unit: Any) -> str:
    """Return a dose for a label; empty if it is not one number.

    >>> dose_text(2.5e7, "cells"), dose_text(5e5, "cells/kg"), dose_text(300, "mg")
    ('25 million cells', '0.5 million cells/kg', '300 mg')
    """
    if pd.isna(dose) or pd.isna(unit) or dose == 0:
        return ""
    return f"{dose / dose_scale(dose):g} {dose_unit(dose, unit)}"


def dose_scale(highest: float) -> float:
    """Return what doses are divided by where they are shown: large ones are in millions.

    >>> dose_scale(5e5), dose_scale(300)
    (1000000.0, 1.0)
    """
    return 1e6 if highest >= 1e5 else 1.0


def dose_unit(highest: float, unit: Any) -> str:
    """Return the unit of doses that are shown so.

    >>> dose_unit(5e5, "cells/kg"), dose_unit(300, "mg")
    ('million cells/kg', 'mg')
    """
    return f"million {unit}" if dose_scale(highest) > 1 else f"{unit}"


def place_text(source_id: Any, locator: Any) -> str:
    """Return where something stands, or who said it when, as far as it is known.

    >>> place_text("kim-2017", "page 3"), place_text("kim-2017", pd.NA)
    ('kim-2017, page 3', 'kim-2017')
    """
    return ", ".join(str(one) for one in (source_id, locator) if pd.notna(one) and one != "")


def when_text(week: Any) -> str:
    """Return the end of a sentence that says when, empty if the week is not known.

    >>> when_text(12), when_text(pd.NA)
    (' at week 12', '')
    """
    return "" if pd.isna(week) else f" at {time_point(week)}"


def week_text(week: Any, basis: Any) -> str:
    """Return a week for a table, with its basis where it was not printed as a week.

    >>> week_text(12, "printed"), week_text(52, "converted"), week_text(pd.NA, None)
    ('12', '52 (converted)', 'time not stated')
    """
    if pd.isna(week):
        return TIME_NOT_STATED
    return str(week) if basis == "printed" else f"{week} ({basis})"


def percent(share: float, n: float = np.nan) -> str:
    """Return a share from 0 to 1 as a percentage with the digits that n patients support.

    Whole percentages below 1,000 patients, where one patient moves the rate by more than a tenth
    of a percentage point.

    >>> percent(28 / 88, 88), percent(0.3415, 2000)
    ('32', '34.2')
    """
    decimals = 1 if pd.notna(n) and n >= 1000 else 0
    # Half up, as readers do it; half-even would print 12.5 as 12.
    scaled = np.floor(share * 100 * 10**decimals + 0.5) / 10**decimals
    return f"{scaled:.{decimals}f}"


def percent_text(share: float, *, tenths: bool = False, small: bool = False) -> str:
    """Return a share as a percentage with its sign, whole or to tenths.

    With `small`, to tenths only where the whole percentage would say none or all of the patients.

    >>> percent_text(6 / 11), percent_text(6 / 11, tenths=True)
    ('55%', '54.5%')
    >>> percent_text(0.004), percent_text(0.004, small=True)
    ('0%', '0.4%')
    """
    scaled = 100 * share
    if tenths or (small and (0 < scaled < 0.95 or 99.5 <= scaled < 99.95)):
        return f"{scaled:.1f}%"
    return f"{percent(share)}%"


def percent_with_limits(
    share: float, lower: float, upper: float, n: float = np.nan, *, sign: str = "%"
) -> str:
    """Return a rate with the limits of its interval, if it has one, in percent.

    >>> percent_with_limits(0.27, 0.18, 0.38), percent_with_limits(0.27, 0.18, 0.38, sign="")
    ('27% (18 to 38)', '27 (18 to 38)')
    """
    limits = f" ({percent(lower, n)} to {percent(upper, n)})" if pd.notna(lower) else ""
    return f"{percent(share, n)}{sign}{limits}"


def points_text(share: float, *, tenths: bool = False) -> str:
    """Return a difference of shares in percentage points, whole or to tenths, with a real minus.

    >>> points_text(0.125), points_text(0.125, tenths=True), points_text(-0.2, tenths=True)
    ('13', '12.5', '\N{MINUS SIGN}20')
    """
    if tenths:
        return signed(round(100 * share, 1) + 0.0, "g")  # no minus before a zero
    value = floor(abs(100 * share) + 0.5)
    return f"{_MINUS}{value}" if share < 0 and value else str(value)


def points_with_limits(share: float, lower: float, upper: float) -> str:
    """Return a difference of shares with its limits.

    >>> points_with_limits(0.16, -0.03, 0.29), points_with_limits(-0.014, -0.05, 0.02)
    ('16 points (\N{MINUS SIGN}3 to 29)', '\N{MINUS SIGN}1 point (\N{MINUS SIGN}5 to 2)')
    """
    unit = "point" if points_text(abs(share)) == "1" else "points"
    return f"{points_text(share)} {unit} ({points_text(lower)} to {points_text(upper)})"


def signed(value: float, form: str) -> str:
    """Return a number in a format, with a real minus sign.

    >>> signed(-3.7841, ".2f")
    '\N{MINUS SIGN}3.78'
    """
    return f"{value:{form}}".replace("-", _MINUS)


def change_text(value: float, unit: str = "") -> str:
    """Return a change of a score to one decimal, and its unit.

    >>> change_text(-10.54), change_text(-6.586, "percent-of-body-surface")
    ('\N{MINUS SIGN}10.5', '\N{MINUS SIGN}6.6% of body surface')
    """
    number = signed(round(value, 1) + 0.0, "g")
    return f"{number}{unit_text(unit)}".rstrip()


def unit_text(unit: object) -> str:
    """Return the unit of a score as it follows its number.

    >>> unit_text("percent"), unit_text("percent-of-body-surface"), unit_text("mm-of-100")
    ('%', '% of body surface', ' mm of 100')
    """
    words = str(unit).replace("-", " ")
    share = words.startswith("percent")
    return f"%{words.removeprefix('percent')}" if share else f" {words}"


def as_read(words: str) -> str:
    """Return words of the tables with their numbers as pages write them: percent to tenths.

    Examples
    --------
    >>> as_read("given 5.0e7 cells, 48.05 percent, 55% of all, -12 to +17")
    'given 50 million cells, 48.1%, 55% of all, \N{MINUS SIGN}12 to +17'
    """
    words = re.sub(r"(?<![\w./)-])-(?=\d)", _MINUS, words)
    words = re.sub(
        r"\b(\d+(?:\.\d+)?e\d+)\b", lambda found: f"{float(found[1]) / 1e6:g} million", words
    )
    return re.sub(
        r"\b(\d+(?:\.\d+)?) ?(?:percent\b|%)",
        lambda found: f"{_tenths(found[1]) if '.' in found[1] else found[1]}%",
        words,
    )


def _tenths(number: str) -> Decimal:
    return Decimal(number).quantize(Decimal("0.1"), ROUND_HALF_UP)


def rate_limits(lower: float, upper: float) -> str:
    """Return the limits of a share in percent, to tenths, for a table.

    >>> rate_limits(0.28358206, 0.99494922), rate_limits(float("nan"), float("nan"))
    ('28.4 to 99.5%', 'none')
    """
    return f"{100 * lower:.1f} to {100 * upper:.1f}%" if pd.notna(lower) else "none"


def points_limits(lower: float, upper: float) -> str:
    """Return the limits of a difference of shares in percentage points, to tenths, for a table.

    >>> points_limits(-0.0908, 0.1802), points_limits(float("nan"), float("nan"))
    ('\N{MINUS SIGN}9.1 to 18.0', 'none')
    """
    ends = [signed(round(100 * share, 1) + 0.0, ".1f") for share in (lower, upper)]
    return " to ".join(ends) if pd.notna(lower) else "none"


def points_signed(share: float) -> str:
    """Return a difference of shares in percentage points, to tenths, with its sign.

    >>> points_signed(0.0466), points_signed(-0.2), points_signed(-0.0001)
    ('+4.7', '\N{MINUS SIGN}20.0', '0.0')
    """
    value = round(100 * share, 1) + 0.0  # no minus before a zero
    return signed(value, "+.1f" if value else ".1f")


def ratio_text(ratio: float, lower: float = np.nan, upper: float = np.nan) -> str:
    """Return a ratio to two decimals, above 3 to one, with the limits of its interval, if any.

    >>> ratio_text(1.1715, 0.7423, 1.8836), ratio_text(24.846, 3.681, 1069.67)
    ('1.17 (0.74 to 1.88)', '24.8 (3.7 to 1,070)')

    Of a group in which nobody responded one limit, or neither, can be told:

    >>> ratio_text(np.inf, 1.613, np.inf), ratio_text(0.0, 0.0, 0.826)
    ('infinite (1.6 or more, no upper limit)', '0 (0.83 or less, no lower limit)')
    """
    form = ".1f" if ratio > 3 else ".2f"
    middle = "infinite" if np.isinf(ratio) else f"{ratio:{form}}" if ratio else "0"
    if pd.isna(lower):
        return middle
    low, high = (f"{end:{form if end < 100 else ',.0f'}}" for end in (lower, upper))
    if lower <= 0 and np.isinf(upper):
        return f"{middle} (no limit)"
    if np.isinf(upper):
        return f"{middle} ({low} or more, no upper limit)"
    if lower <= 0:
        return f"{middle} ({high} or less, no lower limit)"
    return f"{middle} ({low} to {high})"


def method_name(method: str) -> str:
    """Return what the literature calls a method of intervals.

    >>> method_name("newcombe"), method_name("clopper-pearson"), method_name("wilson-cc")
    ('Newcombe', 'Clopper-Pearson', 'Wilson with continuity correction')
    """
    known = {
        "wilson-cc": "Wilson with continuity correction", "mid-p": "mid-P",
        "conditional-exact": "conditional exact",
    }  # fmt: skip
    return known.get(method) or "-".join(part.capitalize() for part in method.split("-"))


def interval_name(level: float) -> str:
    """Return what an interval of a level is called.

    >>> interval_name(0.95), interval_name(0.999)
    ('95% interval', '99.9% interval')
    """
    return f"{100 * level:g}% interval"


def span_text(low: object, high: object) -> str:
    """Return the ends of what several values span, once if they read the same.

    >>> span_text("18", "38"), span_text(55, 55)
    ('18 to 38', '55')
    """
    return f"{low}" if f"{low}" == f"{high}" else f"{low} to {high}"


def fraction(count: Any, of: Any) -> str:
    """Return a count of patients for a cell or a label.

    >>> fraction(4, 5)
    '4/5'
    """
    return f"{count}/{of}"


def count_text(count: object, of: object, rate: str = "") -> str:
    """Return a count of patients, with its rate in brackets.

    >>> count_text(6, 11), count_text(6, 11, percent_text(6 / 11))
    ('6 of 11', '6 of 11 (55%)')
    """
    return f"{count} of {of} ({rate})" if rate else f"{count} of {of}"


def outcome_text(outcome: object) -> str:
    """Return an outcome as figures name it: the field's terms as they are, other codes in words.

    Of a blank cell nothing.

    >>> outcome_text("EASI-50"), outcome_text("EASI-50-maintained"), outcome_text("any-improvement")
    ('EASI-50', 'EASI-50 maintained', 'any improvement')
    >>> outcome_text("walked-30-m-further")
    'walked 30 m further'
    """
    text = "" if pd.isna(outcome) else str(outcome)  # type: ignore[call-overload]
    if text == text.lower():
        return text.replace("-", " ")
    return re.sub(r"-(?=[a-z]{2})|(?<=[a-z]{2})-", " ", text)


def patient_text(patient_id: object) -> str:
    """Return what readers call a patient whose id ends in a number.

    >>> patient_text("S001"), patient_text("case-1"), patient_text("anna")
    ('patient 1', 'patient 1', 'anna')
    """
    number = re.search(r"(\d+)$", str(patient_id))
    return f"patient {int(number[1])}" if number else str(patient_id)


def plural(count: int, one: str, many: str = "") -> str:
    """Return so many of a thing; `many` is its plural where an s does not make it.

    >>> plural(1, "arm"), plural(2310, "study", "studies"), plural(0, "record")
    ('1 arm', '2,310 studies', '0 records')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[object], last: str = "and") -> str:
    """Return items as words.

    >>> listed([12, 16, 24]), listed(["3"]), listed(["a", "b"], "or"), listed([])
    ('12, 16 and 24', '3', 'a or b', '')
    """
    *most, end = [str(item) for item in items] or [""]
    return f"{', '.join(most)} {last} {end}" if most else end
