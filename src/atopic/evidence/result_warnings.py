"""What hardly stands in one row of the tables of results: intervals, signs and times that jar."""

from math import log
from statistics import NormalDist

from atopic.evidence import counts
from atopic.evidence.controls import is_controlled_design
from atopic.evidence.lines import Line, Rule, listed
from atopic.evidence.result_rules import PERCENT

_DIFFERENCES = ("risk_difference", "mean_difference", "risk_ratio")

#: How many times one side of an interval may be as long as the other, or as it should be.
_LOPSIDED = 3

#: From here on nobody counts single events of a patient.
_EVENTS_OF_ONE = 20


def _percent(line: Line) -> float:
    """Return the percentage of a row of responses: as printed, else of its count."""
    text = line["percent_printed"]
    return float(text) if text is not None else 100 * line["responders"] / line["n"]


def _is_a_share(line: Line) -> bool:
    value = float(line["percent_printed"])
    whole = line["responders"] is not None and line["n"] is not None
    return 0 < value <= 1 and not whole and "." in line["percent_printed"]


def _prints_as_nothing(line: Line) -> bool:
    return line["n_basis"] == "inferred" and not counts.compatible(
        line["percent_printed"], line["n"]
    )


def _way(line: Line) -> bool:
    """Say whether a change is to the worse."""
    worse = 1 if line["instruments/direction"] == "lower-is-better" else -1
    return bool(line["statistic"] != "mean" and line["value"] * worse > 0)


def _disagrees_with_words(line: Line) -> bool:
    limit = 0.05
    surely = line["value"] < limit and line["value_operator"] != ">"
    surely_not = line["value"] > limit and line["value_operator"] != "<"
    said = line["reported_significance"]
    return bool(line["measure"] == "p_value") and (
        (surely and said == "not-significant") or (surely_not and said == "significant")
    )


def _half_lengths(line: Line) -> tuple[float, float]:
    """Return the lengths of the two sides of an interval of a difference, or of a log ratio."""
    low, value, high = line["ci_low"], line["value"], line["ci_high"]
    if line["measure"] == "risk_ratio":
        low, value, high = log(low), log(value), log(high)
    return value - low, high - value


def _is_lopsided(line: Line) -> bool:
    short, long = sorted(_half_lengths(line))
    return bool(line["measure"] in _DIFFERENCES and 0 <= _LOPSIDED * short < long)


def _is_lopsided_rate(line: Line) -> bool:
    """Say whether an interval is not about a rate, or not as long as so many patients give.

    By the score interval (Wilson 1927); rates near 0 and 100 percent have one side anyway.
    """
    rate, n = _percent(line), line["n"]
    sides = rate - line["ci_low"], line["ci_high"] - rate
    if min(sides) < 0:
        return False
    if 20 <= rate <= 80 and _LOPSIDED * min(sides) < max(sides):
        return True
    if n is None:
        return False
    z = NormalDist().inv_cdf(0.5 + (line["confidence_level"] or 95) / 200)
    share = rate / 100
    wanted = 200 * z * (share * (1 - share) / n + (z / n / 2) ** 2) ** 0.5 / (1 + z * z / n)
    return not wanted / _LOPSIDED <= sum(sides) <= wanted * _LOPSIDED


def _is_against_its_interval(line: Line) -> bool:
    none = 1 if line["measure"] == "risk_ratio" else 0
    if line["measure"] not in _DIFFERENCES or line["confidence_level"] not in (95, None):
        return False
    excluded = not line["ci_low"] <= none <= line["ci_high"]
    words = (line["reported_significance"], line["direction"])
    return bool(excluded and ("not-significant" in words or "no-difference" in words)) or (
        not excluded and words[0] == "significant"
    )


def _is_of_another_percentage(line: Line) -> bool:
    value = abs(float(line["claimed_value"]))
    said = [float(one) for one in listed(line, "percentages")]
    return line["unit"] == "percent" and value not in said


RESULT_WARNINGS = (
    Rule(
        "share-for-percent", "responses", "percent_printed",
        _is_a_share,
        "{percent_printed} percent is less than one patient in a hundred; is it a share, for a "
        "percentage from 0 to 100?",
    ),
    Rule(
        "share-for-percent", "scores", "value",
        lambda r: r["unit"] == "percent" and 0 < abs(r["value"]) < 1,
        "{value:g} percent is hardly a change; is it a share, for a percentage?",
    ),
    Rule(
        "share-for-percent", "contrasts", "value",
        lambda r: (
            r["measure"] == "risk_difference"
            and max(abs(r["ci_low"]), abs(r["ci_high"]), abs(r["value"] or 0)) <= 1
        ),
        "from {ci_low:g} to {ci_high:g} percentage points; are they shares?",
    ),
    Rule(
        "share-for-percent", "responses", "ci_high",
        lambda r: 0 < r["ci_high"] <= 1 and _percent(r) > 1,
        "an interval to {ci_high:g} percent; is it a share, for a percentage?",
    ),
    Rule(
        "outside-its-interval", "responses", "percent_printed",
        lambda r: not r["ci_low"] <= _percent(r) <= r["ci_high"],
        "outside its interval, {ci_low:g} to {ci_high:g}; look at the source again",
    ),
    Rule(
        "outside-its-interval", "contrasts", "value",
        lambda r: not r["ci_low"] <= r["value"] <= r["ci_high"],
        "{value:g} is outside its interval, {ci_low:g} to {ci_high:g}; look at the source again",
    ),
    Rule(
        "prints-as-nothing", "responses", "percent_printed",
        _prints_as_nothing,
        "no count of n = {n}, which was deduced, prints as {percent_printed}; deduce it again",
    ),
    Rule(
        "change-to-the-worse", "scores", "value",
        _way,
        "{value:g} is a change to the worse; a fall of {outcome} is written with a minus sign",
    ),
    Rule(
        "change-beyond-100", "scores", "value",
        lambda r: r["statistic"] in PERCENT and abs(r["value"]) > 100,
        "a change of {value:g} percent; nothing falls by more than 100",
    ),
    Rule(
        "no-spread", "scores", "spread",
        lambda r: r["spread"] == 0,
        "a spread of 0: were all patients the same? Leave an unknown spread blank",
    ),
    Rule(
        "far-above-planned", "responses scores safety", "n",
        lambda r: (
            r["arms/n_randomised_basis"] == "planned" and r["n"] > 1.25 * r["arms/n_randomised"]
        ),
        "{n} is a quarter more than the {arms/n_randomised} planned for this arm",
    ),
    Rule(
        "p-against-words", "contrasts", "reported_significance",
        _disagrees_with_words,
        "{reported_significance}, but P {value_operator} {value:g}",
    ),
    Rule(
        "p-of-zero", "contrasts", "value",
        lambda r: r["measure"] == "p_value" and r["value"] == 0,
        "no P value is 0; write < and the last digit that was printed",
    ),
    Rule(
        "pooled-from-one", "responses scores contrasts", "analysis_set",
        lambda r: r["analysis_set"] == "pooled" and r["studies/design"] != "pooled-analysis",
        "pooled, but the design is {studies/design}",
    ),
    Rule(
        "not-controlled", "responses", "controlled",
        lambda r: (
            r["controlled"] == "no"
            and is_controlled_design(r["studies/design"])
            and r["arms/combined_arm"] == "no"
            and r["analysis_set"] in ("as-reported", "full-analysis")
        ),
        "no, but the design is {studies/design}",
    ),
    Rule(
        "at-baseline", "responses contrasts patients claims", "week",
        lambda r: r["week"] == 0,
        "{week}, but {times} count from the first dose; is it of the time before it?",
    ),
    Rule(
        "at-baseline", "scores", "week",
        lambda r: r["week"] == 0 and r["statistic"] != "mean",
        "{week}, but {times} count from the first dose; is it of the time before it?",
    ),
    Rule(
        "unusual-level", "responses contrasts", "confidence_level",
        lambda r: r["confidence_level"] < 80,
        "a confidence level of {confidence_level:g} percent; is it a share, or are its digits "
        "swapped?",
    ),
    Rule(
        "lopsided-interval", "contrasts", "ci_low",
        _is_lopsided,
        "{value:g} is far from the middle of its interval, {ci_low:g} to {ci_high:g}; look at "
        "the source again",
    ),
    Rule(
        "lopsided-interval", "responses", "ci_low",
        _is_lopsided_rate,
        "the interval from {ci_low:g} to {ci_high:g} does not fit the rate and its patients; "
        "look at the source again",
    ),
    Rule(
        "against-its-interval", "contrasts", "ci_low",
        _is_against_its_interval,
        "{ci_low:g} to {ci_high:g}, but the row says {reported_significance!s}, {direction!s}",
    ),
    Rule(
        "limit-with-interval", "contrasts", "value_operator",
        lambda r: r["value_operator"] in ("<", ">") and r["ci_low"] is not None,
        "{value_operator} {value:g}, but an estimate with an interval is no limit",
    ),
    Rule(
        "not-the-primary", "contrasts", "endpoint",
        lambda r: (
            r["endpoint"] == "primary"
            and r["studies/primary_outcome"] not in (None, r["outcome"])
        ),
        "primary, but the primary outcome in studies.csv is {studies/primary_outcome}",
    ),
    Rule(
        "primary-against-words", "contrasts", "reported_significance",
        lambda r: (
            r["endpoint"] == "primary"
            and r["studies/primary_outcome"] == r["outcome"]
            and (r["reported_significance"], r["studies/primary_met"])
            in (("significant", "no"), ("not-significant", "yes"))
        ),
        "{reported_significance}, but primary_met in studies.csv is {studies/primary_met}",
    ),
    Rule(
        "direction-of-the-sign", "biomarkers", "value",
        lambda r: r["comparison"] == "from-baseline" and r["direction"] == "increase"
        and r["value"] < 0,
        "{value:g} {unit}, but the direction is {direction}",
    ),
    Rule(
        "change-beyond-100", "biomarkers", "value",
        lambda r: (
            r["unit"] == "percent" and r["comparison"] == "from-baseline"
            and (r["value"] < -100 or (r["direction"] == "decrease" and r["value"] > 100))
        ),
        "a change of {value:g} percent; nothing falls by more than 100",
    ),
    Rule(
        "many-events", "safety", "count",
        lambda r: r["patients_or_events"] == "events" and r["count"] > _EVENTS_OF_ONE * r["n"],
        "{count} events in {n} patients; is a digit or a point misplaced?",
    ),
    Rule(
        "claimed-value", "claims", "percentages",
        lambda r: max(float(one) for one in listed(r, "percentages")) > 100,
        "{percentages!r} has more than 100 percent",
    ),
    Rule(
        "claimed-value", "claims", "claimed_value",
        _is_of_another_percentage,
        "{claimed_value} percent is not among the percentages of the claim, {percentages}",
    ),
)  # fmt: skip
