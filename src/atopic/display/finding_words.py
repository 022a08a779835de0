"""How findings are worded: whole numbers per 100, differences with their sign, GRADE's verbs."""

from collections.abc import Iterable, Mapping
from math import floor
from typing import Any, TypeAlias

import pandas as pd

from atopic.display.numbers import listed, points_text, span_text
from atopic.review import called, control_word, time_word, words_in_use

#: Certainty by the studies that a question is about: ``certainty``, ``link`` and ``minimal``, the
#: smallest difference that matters in points; from `atopic.questions.certainty.words.graded`.
Graded: TypeAlias = Mapping[frozenset[str], Mapping[str, Any]]

#: Said of a number where the tables grade no question about it.
NOT_RATED = "Certainty not rated here."

_MINUS = "\N{MINUS SIGN}"
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def of_hundred(share: float) -> str:
    """Return a share as patients in 100.

    >>> of_hundred(0.3265), of_hundred(0.002), of_hundred(0.998), of_hundred(0)
    ('33', 'fewer than 1', 'more than 99', '0')
    """
    if 0 < share < 0.005:
        return "fewer than 1"
    if 0.995 <= share < 1:
        return "more than 99"
    return str(floor(100 * share + 0.5))


def shares_span(shares: Iterable[float]) -> str:
    """Return the lowest and the highest of several shares as patients in 100.

    >>> shares_span([0.33, 0.318]), shares_span([0.33, 0.334])
    ('32 to 33', '33')
    """
    known = sorted(shares)
    return span_text(of_hundred(known[0]), of_hundred(known[-1]))


def signed_points(share: float) -> str:
    """Return a difference of shares as responders per 100 with its sign.

    >>> signed_points(0.038), signed_points(-0.09), signed_points(0.001)
    ('+4', '\N{MINUS SIGN}9', '0')
    """
    words = points_text(share)
    return f"+{words}" if words[0].isdigit() and words != "0" else words


def more_per_hundred(share: float) -> str:
    """Return a difference of shares in words.

    >>> more_per_hundred(0.038), more_per_hundred(-0.09), more_per_hundred(0.001)
    ('4 more', '9 fewer', 'no more')
    """
    whole = floor(abs(100 * share) + 0.5)
    if not whole:
        return "no more"
    return f"{whole} {'more' if share > 0 else 'fewer'}"


def more_span(lower: float, upper: float) -> str:
    """Return the limits of a difference of shares in words.

    >>> more_span(-0.049, 0.125), more_span(0.04, 0.43), more_span(-0.2, -0.1)
    ('5 fewer to 13 more', '4 to 43 more', '20 to 10 fewer')
    """
    ends = more_per_hundred(lower), more_per_hundred(upper)
    first, second = (end.split(" ") for end in ends)
    if first[1:] == second[1:] and "no" not in (first[0], second[0]):
        return span_text(first[0], second[0]) + f" {second[1]}"
    return span_text(*ends)


def interval_words(level: float) -> str:
    """Return what an interval of a level is called in a finding.

    >>> interval_words(0.95)
    '95% interval'
    """
    return f"{100 * level:g}% interval"


def responder_unit(
    lower: float, upper: float, level: float, *, fewer: bool = False, number: str = ""
) -> str:
    """Return the unit of a difference in responders, with its interval where it has one.

    `fewer` says that fewer is better; `number` is what stands before the unit.

    >>> responder_unit(-0.049, 0.125, 0.95)
    'responders per 100 (95% interval \N{MINUS SIGN}5 to +13)'
    >>> responder_unit(float("nan"), float("nan"), 0.95, fewer=True)
    'patients per 100, fewer is better'
    >>> responder_unit(-0.1, 0.12, 0.95, number="+1")
    'responder per 100 (95% interval \N{MINUS SIGN}10 to +12)'
    """
    unit = "patients per 100, fewer is better" if fewer else "responders per 100"
    if number.strip("+\N{MINUS SIGN}") == "1":
        unit = unit.replace("s per", " per", 1)
    if pd.isna(lower) or pd.isna(upper):
        return unit
    ends = f"{signed_points(lower)} to {signed_points(upper)}"
    return f"{unit} ({interval_words(level)} {ends})"


def change_with_sign(value: float, *, whole: bool = False) -> str:
    """Return a change of a score with its sign, to one decimal at most or to a whole number.

    >>> change_with_sign(-4.346), change_with_sign(50.0), change_with_sign(-0.01)
    ('\N{MINUS SIGN}4.3', '+50', '0')
    """
    digits = 1 if whole else 10
    rounded = floor(abs(digits * value) + 0.5) / digits
    sign = "" if not rounded else "+" if value > 0 else _MINUS
    return f"{sign}{rounded:g}"


def change_limits(lower: float, upper: float, level: float, *, whole: bool = False) -> str:
    """Return the interval of a change of a score in brackets; empty without one.

    >>> change_limits(-8.4, -0.29, 0.95), change_limits(float("nan"), float("nan"), 0.95)
    (' (95% interval \N{MINUS SIGN}8.4 to \N{MINUS SIGN}0.3)', '')
    """
    if pd.isna(lower) or pd.isna(upper):
        return ""
    low, high = (change_with_sign(end, whole=whole) for end in (lower, upper))
    return f" ({interval_words(level)} {low} to {high})"


def counted(count: int, one: str, many: str = "") -> str:
    """Return so many of a thing, in words below ten.

    >>> counted(2, "trial"), counted(12, "study", "studies"), counted(1, "trial")
    ('two trials', '12 studies', 'one trial')
    """
    number = _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"
    return f"{number} {one if count == 1 else many or one + 's'}"


def capital(words: str) -> str:
    """Return a sentence with its first letter raised, and no other changed.

    >>> capital("cells of FURESTEM-AD")
    'Cells of FURESTEM-AD'
    """
    return words[:1].upper() + words[1:]


def weeks_words(weeks: Iterable[Any]) -> str:
    """Return when an outcome was read; empty where no week is known.

    >>> weeks_words([12]), weeks_words([12, 16]), weeks_words([pd.NA])
    (' at week 12', ' at weeks 12 and 16', '')
    """
    known = sorted({int(week) for week in weeks if pd.notna(week)})
    if not known:
        return ""
    return f" at {time_word(len(known))} {listed(known)}"


def treatment_words(
    studies: pd.DataFrame, ids: Iterable[str], agents: Iterable[object] = ()
) -> str:
    """Return what the active arms of some studies were given: their one product, else its kind.

    `agents` are those of the arms that are spoken of, for studies whose product is not worded.

    >>> import atopic
    >>> studies = atopic.load().studies
    >>> treatment_words(studies, ["kangstem-2019", "kangstem-2024"])
    'cord-blood cells'
    >>> treatment_words(studies, ["kangstem-2019", "atmsc-2025"])
    'cells'
    >>> treatment_words(studies, ["solo-1"])
    'dupilumab'
    >>> treatment_words(studies.drop(columns="product_words"), ["solo-1"], ["dupilumab"])
    'dupilumab'
    """
    own = studies[studies["study_id"].isin(set(ids))]
    if "product_words" in own and own["product_words"].notna().all():
        products = {str(words).partition(" (")[0] for words in own["product_words"]}
        if len(products) == 1:
            return products.pop()
    roles = set(own["role"])
    words = words_in_use()
    named = set(map(str, agents))
    if len(named) == 1 and not {one.lower() for one in named} <= {"treatment", words.treatment.one}:
        return called(named.pop())
    return {"evidence": words.treatment.many, "benchmark": f"the {words.comparator}"}.get(
        str(next(iter(roles), "")) if len(roles) == 1 else "", "the treatment"
    )


def role_words() -> dict[str, str]:
    """Return what the arms of each role were given, in words for a key.

    >>> role_words()["waiting-list"]
    'waiting list'
    """
    words = words_in_use()
    return {
        "experimental": words.treatment.many,
        "placebo": words.control.many,
        "active-comparator": words.comparator.one,
        "sham": "sham",
        "usual-care": "usual care",
        "waiting-list": "waiting list",
        "no-treatment": "no treatment",
        "other-control": words.control.many,
    }


def short_treatment(treatment: str) -> str:
    """Return what a treatment is called once it has been named.

    >>> import atopic
    >>> evidence = atopic.load()
    >>> short_treatment("the patient's own fat cells"), short_treatment("dupilumab")
    ('cells', 'dupilumab')
    """
    kind = words_in_use().treatment.many
    return kind if treatment.endswith(kind) else treatment


def effect_clause(
    treatment: str,
    estimate: float,
    lower: float,
    upper: float,
    graded: Mapping[str, Any],
    *,
    harm: str = "",
    control: str = "",
) -> str:
    """Return what a treatment did to how many responded, in the verb of its certainty.

    Parameters
    ----------
    treatment : str
        What was given.
    estimate, lower, upper : float
        Difference of shares with its outermost limits.
    graded : mapping
        One value of `Graded`; empty where the tables do not grade this question.
    harm : str, optional
        What a patient had, from `outcome_words`, of an outcome of which fewer is better.
    control : str, optional
        What it was compared with, from `atopic.review.control_word`; by default what the review
        calls its control.

    References
    ----------
    Santesso 2020, J Clin Epidemiol 119:126-135 (GRADE guidelines 26).

    Examples
    --------
    >>> effect_clause("cells", 0.04, -0.05, 0.13, {"certainty": "low", "minimal": 10})
    'Cells may make little or no difference'
    >>> effect_clause("cells", 0.16, 0.03, 0.29, {"certainty": "very low", "minimal": 10})
    'Cells may increase how many patients respond, but the evidence is very uncertain'
    >>> effect_clause("dupilumab", 0.28, 0.17, 0.38, {})
    'More patients responded with dupilumab than with placebo'
    >>> effect_clause("cells", -0.16, -0.29, -0.03, {}, harm="had nausea")
    'Fewer patients had nausea with cells than with placebo (fewer is better)'
    """
    apart, control = lower > 0 or upper < 0, control or control_word()
    level, minimal = graded.get("certainty", ""), graded.get("minimal")
    if not level:
        if not apart:
            return f"{capital(treatment)} did not differ clearly from {control}"
        how_many = "More" if estimate > 0 else "Fewer"
        better = " (fewer is better)" if harm else ""
        return (
            f"{how_many} patients {harm or 'responded'} with {treatment} than with "
            f"{control}{better}"
        )
    if level == "very low" and not apart:
        return f"The evidence is very uncertain about what {treatment} {_do(treatment)}"
    modal = {"high": "", "moderate": "probably "}.get(level, "may ")
    many = level in ("low", "very low") or treatment.endswith("s")
    if minimal is not None and abs(100 * estimate) <= minimal:
        words = f"{modal}{'make' if many else 'makes'} little or no difference"
    elif not apart and minimal is None:
        words = f"{modal}{'make' if many else 'makes'} no clear difference"
    else:
        verb = "increase" if estimate > 0 else "reduce"
        words = f"{modal}{verb}{'' if many else 's'} how many patients {_have(harm)}"
    doubt = ", but the evidence is very uncertain" if level == "very low" else ""
    return f"{capital(treatment)} {words}{doubt}"


def rated(
    finding: Mapping[str, Any], graded: Mapping[str, Any], *, elsewhere: bool = False
) -> dict[str, Any]:
    """Return a finding with its certainty and the link to its reasons.

    Where the tables do not grade it a note says so, unless it has no number to be sure of, or the
    page gives the level of each of its parts `elsewhere`.

    >>> rated({"words": "More."}, {"certainty": "low", "link": "certainty.html", "minimal": 10})
    {'words': 'More.', 'certainty': 'low', 'link': 'certainty.html'}
    >>> rated({"words": "More.", "number": "+4"}, {})["notes"]
    ['Certainty not rated here.']
    """
    level = {name: str(graded[name]) for name in ("certainty", "link") if name in graded}
    if level or elsewhere or not finding.get("number"):
        return {**finding, **level}
    return {**finding, "notes": [*filter(None, finding.get("notes", ())), NOT_RATED]}


def _have(harm: str) -> str:
    if not harm:
        return "respond"
    return harm.replace("had ", "have ", 1).replace("reached ", "reach ", 1)


def _do(treatment: str) -> str:
    return "do" if treatment.endswith("s") else "does"
