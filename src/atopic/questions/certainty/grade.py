"""GRADE, rule by rule: how many levels each domain takes away, and the numbers that it read.

Randomised comparisons start high, uncontrolled ones low. Nothing is rated up: no body of evidence
here is left unlowered. Differences are in points, of percentages or of a score.
"""

from collections.abc import Sequence
from math import isfinite, isnan

from atopic.display.numbers import percent_text, plural, signed
from atopic.questions.certainty.body import Effect, Rating, Trial
from atopic.questions.certainty.risk_of_bias import HIGH, SOME
from atopic.questions.certainty.settings import Settings

#: From the lowest to the highest.
LEVELS = ("very low", "low", "moderate", "high")
DOMAINS = ("bias", "inconsistency", "indirectness", "imprecision", "reporting")

NO_COMPARISON = "There is no comparison"

IMPORTANT = "an important effect"

#: What asks for a lower level: of imprecision, and of missing results.
NO_ESTIMATE, HOLDS_MARK, HOLDS_BOTH = "no estimate", "holds a mark", "holds both marks"
WIDE_RATIO, TOO_FEW, ASSUMED = "wide ratio", "too few patients", "assumed interval"
MISSING, WORDS_ONLY, SMALL = "not public", "words only", "small, sponsored and favourable"


def level_of(start: str, ratings: Sequence[Rating]) -> str:
    """Return the level that is left.

    >>> from atopic.questions.certainty.body import Rating
    >>> level_of("high", [Rating("bias", -1, ""), Rating("imprecision", -2, "")])
    'very low'
    """
    return LEVELS[max(0, LEVELS.index(start) + sum(one.levels for one in ratings))]


def claim_of(estimate: float, minimal: float | None, settings: Settings) -> str:
    """Return what the certainty is of; empty where it is of any difference.

    >>> claim_of(3.8, 10.0, Settings()), claim_of(16.5, 10.0, Settings())
    ('little or no difference', 'an important effect')
    """
    if minimal is None or settings.target == "any":
        return ""
    return IMPORTANT if abs(estimate) > minimal else "little or no difference"


def rate_bias(trials: Sequence[Trial], *, controlled: bool, settings: Settings) -> Rating:
    """Lower for trials at high risk that carry most of the weight, or that have known faults.

    The weight is inverse variance where every trial has an estimate, else patients.

    Examples
    --------
    >>> trials = [Trial(200, "high", "low", "high"), Trial(100, "low", "low", "low")]
    >>> rate_bias(trials, controlled=True, settings=Settings()).levels
    -1
    """
    if not controlled:
        return Rating("bias", -1, "There is no comparison group")
    by_variance = all(not isnan(trial.weight) for trial in trials)
    weights = [trial.weight if by_variance else trial.patients for trial in trials]
    bad = (HIGH, SOME) if settings.some_concerns == "high" else (HIGH,)
    high = _share(weights, [_counted(trial, settings) in bad for trial in trials])
    faulty = [trial.known_faults >= settings.known_faults for trial in trials]
    faults = _share(weights, faulty)
    levels = -2 if faults >= settings.dominance else -1 if high >= settings.dominance else 0
    of = "weight" if by_variance else "patients"
    words = f"{_how_much(high, of)} from trials at high risk of bias"
    if faults:
        times = plural(settings.known_faults, "known fault")
        words += f"; {percent_text(faults)} of the {of} from trials with {times} or more"
    return Rating("bias", levels, words)


def rate_inconsistency(
    trials: Sequence[Trial],
    effect: Effect | None,
    *,
    controlled: bool = True,
    minimal: float | None,
    settings: Settings,
) -> Rating:
    """Lower for intervals that do not meet, with estimates on different sides of a threshold.

    From three trials on also for a prediction interval that holds a mark which the confidence
    interval leaves out (GRADE guidance 36; Core GRADE 3).
    """
    if not controlled:
        return Rating("inconsistency", 0, NO_COMPARISON)
    found = [trial for trial in trials if not isnan(trial.estimate)]
    if effect is None or len(found) < 2:
        one = "Only one trial" if len(trials) == 1 else "Fewer than two estimates"
        return Rating("inconsistency", 0, f"{one}, so agreement cannot be judged")
    marks = _marks(minimal, settings)
    overlap = max(trial.lower for trial in found) <= min(trial.upper for trial in found)
    sides = {sum(trial.estimate > mark for mark in marks) for trial in found}
    wide = len(found) > 2 and any(
        effect.prediction_lower <= mark <= effect.prediction_upper
        and not effect.lower <= mark <= effect.upper
        for mark in marks
    )
    words = "The intervals overlap" if overlap else "The intervals do not all overlap"
    words += ", with estimates on " + ("one side" if len(sides) == 1 else "different sides")
    words += f" of the threshold (tau\N{SUPERSCRIPT TWO} {effect.tau2:.2g}, "
    words += f"I\N{SUPERSCRIPT TWO} {percent_text(effect.i2)})"
    if len(found) == 2:
        words += "; two trials cannot show how much trials differ"
    if wide:
        words += "; the next trial may lie beyond a mark that the interval leaves out"
    return Rating("inconsistency", -1 if (not overlap and len(sides) > 1) or wide else 0, words)


def rate_imprecision(
    effect: Effect | None,
    *,
    patients: int,
    minimal: float | None,
    needed: int | None,
    settings: Settings,
) -> Rating:
    """Lower for an interval that leaves the claim open, or for too few patients.

    Parameters
    ----------
    effect : Effect or None
        None where no estimate can be made.
    patients : int
        In the comparison, or randomised where there is no estimate.
    minimal : float or None
        Smallest important difference, in points.
    needed : int or None
        Patients that a trial of its own would need; None if that cannot be said.

    Notes
    -----
    One level for one mark inside the interval, two where both the benefit and the harm that matter
    are inside. Two for limits of a large risk ratio that are `fold` times apart, one for fewer
    patients than needed. At least one for an interval that was not printed and rests on an
    assumption; that, and to ask for the ratio also where a mark is inside, are ours.

    References
    ----------
    GRADE guidance 34 (J Clin Epidemiol 2022;150:216) and 35; Core GRADE 2.

    Examples
    --------
    >>> effect = Effect(3.8, -4.9, 12.5, 469, ratio=1.13, ratio_lower=0.85, ratio_upper=1.51)
    >>> sizes = {"patients": 469, "minimal": 10.0, "needed": 694}
    >>> rate_imprecision(effect, **sizes, settings=Settings()).levels
    -1
    """
    size = f"{patients:,} patients" + (f", about {needed:,} needed" if needed else "")
    if effect is None:
        enough = needed is not None and patients >= needed
        because = (NO_ESTIMATE,) if enough else (NO_ESTIMATE, TOO_FEW)
        words = f"{size}; no numbers to compare were read"
        return Rating("imprecision", -1 if enough else -2, words, because)
    marks = _marks(minimal, settings)
    inside = [mark for mark in marks if effect.lower <= mark <= effect.upper]
    asks = {HOLDS_MARK: -1} if inside else {}
    words = f"The interval, {signed(effect.lower, '.1f')} to {signed(effect.upper, '.1f')} points, "
    claim = claim_of(effect.estimate, minimal, settings)
    words += _allows(claim, marks, inside, "points" if isnan(effect.ratio) else "in 100")
    if minimal is not None and effect.lower <= -minimal and effect.upper >= minimal:
        asks = {HOLDS_BOTH: -2}
    if not isnan(effect.ratio):
        fold = effect.ratio_upper / effect.ratio_lower
        words += f"; {size}"
        if settings.fragile_ratio and _is_large(effect.ratio, settings):
            if fold >= settings.fold:
                asks[WIDE_RATIO] = -2
                apart = f"{fold:.1f}-fold apart" if isfinite(fold) else "without an end"
                words += "; the effect looks large, but it could also be small (limits of the "
                words += f"risk ratio {apart})"
            elif needed is not None and patients < needed:
                asks[TOO_FEW] = -1
    if effect.assumed:
        asks[ASSUMED] = -1
        words += f"; it rests on an assumption ({effect.assumed})"
    return Rating("imprecision", min(asks.values(), default=0), words, tuple(asks))


def rate_reporting(
    trials: Sequence[Trial],
    *,
    missing_patients: int = 0,
    words_only: bool = False,
    settings: Settings,
) -> Rating:
    """Lower, once at most, for results that are not public, or public only where they please.

    Parameters
    ----------
    trials : sequence of Trial
        Those with a public result.
    missing_patients : int
        Patients of further trials whose result is not public. What is public and was not read is
        not missing.
    words_only : bool
        Whether a favourable statement without a number is all there is of a result.

    References
    ----------
    ROB-ME (BMJ 2023;383:e076754); Core GRADE 4, figure 5. To ask for a favourable result of small
    sponsored trials is ours: hidden trials would be the unfavourable ones.
    """
    public = sum(trial.patients for trial in trials)
    missing = missing_patients / (public + missing_patients) if missing_patients else 0.0
    small = [trial.sponsored and trial.patients < settings.small for trial in trials]
    mostly_small = _share([trial.patients for trial in trials], small) > 0.5
    favourable = any(trial.favourable for trial, is_so in zip(trials, small, strict=True) if is_so)
    found = []
    words = []
    if missing >= settings.not_public:
        found.append(MISSING)
        words.append(
            f"{percent_text(missing)} of the patients are in trials without a public result"
        )
    if words_only:
        found.append(WORDS_ONLY)
        words.append("a favourable statement without numbers is all there is")
    if settings.small_sponsored and mostly_small and favourable:
        found.append(SMALL)
        words.append(
            f"favourable results come from small trials (under {settings.small:,} patients) paid "
            "for by the maker; unfavourable ones may be unpublished"
        )
    said = "; ".join(words) or "nothing that lowers it"
    return Rating("reporting", -1 if found else 0, said[:1].upper() + said[1:], tuple(found))


def _how_much(share: float, of: str) -> str:
    """Say how much of the evidence is meant; `of` is what it is weighed by."""
    if not share:
        return "None of the evidence comes"
    return "All the evidence comes" if share == 1 else f"{percent_text(share)} of the {of} come"


def _allows(claim: str, marks: Sequence[float], inside: Sequence[float], unit: str) -> str:
    """Say what an interval leaves possible beside what is claimed; `marks` are what matters."""
    if len(marks) == 1:
        return f"{'includes' if inside else 'excludes'} no difference"
    size = f"{marks[1]:g} {unit}"
    if len(inside) == 2:
        return f"allows a benefit and a harm of {size}"
    if claim == IMPORTANT:
        also = (
            f"also allows less than the {size} that" if inside else f"lies beyond the {size} that"
        )
        return f"{also} would matter"
    if inside:
        more = "more" if inside[0] > 0 else "less"
        some = f"{more} in 100" if unit == "in 100" else f"points {more}"
        return f"still allows {marks[1]:g} {some}, which would matter"
    return f"lies within the {size} that would matter"


def _marks(minimal: float | None, settings: Settings) -> tuple[float, ...]:
    return (0.0,) if minimal is None or settings.target == "any" else (-minimal, minimal)


def _is_large(ratio: float, settings: Settings) -> bool:
    left = 1 - settings.large_effect
    return ratio >= 1 / left or ratio <= left


def _counted(trial: Trial, settings: Settings) -> str:
    if trial.overridden:
        return trial.judgement
    return {"best": trial.lowest, "worst": trial.highest}.get(settings.unread, trial.judgement)


def _share(weights: Sequence[float], which: Sequence[bool]) -> float:
    whole = sum(weights)
    some = sum(weight for weight, one in zip(weights, which, strict=True) if one)
    return some / whole if whole else 0.0
