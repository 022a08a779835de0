"""What hardly stands in one row, but may: each is told as a warning, until it is accepted."""

import re

from atopic.evidence import counts
from atopic.evidence.controls import CONTROLS, is_controlled_design
from atopic.evidence.csv_rows import parse_number
from atopic.evidence.lines import Line, Rule
from atopic.evidence.result_rules import PERCENT
from atopic.review import time_word

__all__ = ["ROW_WARNINGS"]

_LABEL_DOSE = re.compile(r"(?<!\bor )\b([0-9]+(?:\.[0-9]+)?) (?:mg|percent)\b(?! or)")


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


def _label_differs(line: Line) -> bool:
    doses = {float(one) for one in _LABEL_DOSE.findall(line["label"])}
    return len(doses) == 1 and line["dose"] not in (*doses, None)


def _interval_differs(line: Line) -> bool:
    every = re.findall(rf"\bevery ([0-9]+) {time_word(2)}\b", line["label"])
    return len(every) == 1 and line["interval_weeks"] not in (float(every[0]), None)


def _beyond_follow_up(line: Line) -> bool:
    doses = int(line["administrations"].split("-")[0])
    return bool((doses - 1) * line["interval_weeks"] > line["studies/follow_up_weeks"])


def _disagrees_with_words(line: Line) -> bool:
    limit = 0.05
    surely = line["value"] < limit and line["value_operator"] != ">"
    surely_not = line["value"] > limit and line["value_operator"] != "<"
    said = line["reported_significance"]
    return bool(line["measure"] == "p_value") and (
        (surely and said == "not-significant") or (surely_not and said == "significant")
    )


def _named_threshold(line: Line) -> bool:
    name = re.fullmatch(r"[A-Za-z]+-([0-9]+)(?:-maintained)?", line["outcome"])
    return bool(name and line["threshold_percent"] not in (float(name[1]), None))


def _claimed(line: Line) -> list[float]:
    """Return the claimed value, or both ends of its range."""
    text = line["claimed_value"]
    ends = [text[0] + one for one in text[1:].split("-", 1)[:1]] + text[1:].split("-", 1)[1:]
    numbers = [parse_number(one, whole=False) for one in ends]
    return [one for one in numbers if one is not None]


def _cannot_be_claimed(line: Line) -> bool:
    values, unit = _claimed(line), line["unit"]
    low, high = {"percent": (-100.0, 100.0), "p": (0.0, 1.0)}.get(unit, (0.0, float("inf")))
    whole = unit in ("patients", "events")
    return values != sorted(values) or any(
        not low <= one <= high or (whole and one % 1) for one in values
    )


ROW_WARNINGS = (
    Rule(
        "claim-about-no-table", "claims", "testable",
        lambda r: r["kind"] in ("epidemiology", "mechanism") and r["testable"] == "in-tables",
        "in-tables, but no table holds what a claim of {kind} needs; write outside-tables",
    ),
    Rule(
        "mechanism-in-what", "claims", "species",
        lambda r: r["kind"] == "mechanism" and r["species"] is None,
        "blank, but the kind is mechanism; name the species in which it was seen",
    ),
    Rule(
        "mechanism-in-what", "claims", "species",
        lambda r: r["kind"] != "mechanism" and r["species"] is not None,
        "{species}, but the kind is {kind}; only a mechanism names a species",
    ),
    Rule(
        "claimed-value", "claims", "claimed_value",
        lambda r: r["claimed_value"] is not None and _cannot_be_claimed(r),
        "{claimed_value!r} cannot be {unit}; correct one of them",
    ),
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
        "share-for-percent", "contrasts", "confidence_level",
        lambda r: r["confidence_level"] < 50,
        "a confidence level of {confidence_level:g} percent; is it a share?",
    ),
    Rule(
        "share-for-percent", "instruments", "threshold_percent",
        lambda r: 0 < r["threshold_percent"] <= 1,
        "a threshold of {threshold_percent:g} percent; is it a share?",
    ),
    Rule(
        "share-for-percent", "claims", "claimed_value",
        lambda r: r["unit"] == "percent" and 0 < abs(float(r["claimed_value"])) < 1,
        "{claimed_value} percent is hardly a claim; is it a share?",
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
        "placebo-with-dose", "arms", "dose",
        lambda r: r["role"] in CONTROLS and r["dose"] > 0,
        "{dose:g} {dose_unit}, but the role is {role}, whose dose is 0",
    ),
    Rule(
        "dose-of-the-label", "arms", "dose",
        _label_differs,
        "{dose:g}, but the label says {label!r}",
    ),
    Rule(
        "interval-of-the-label", "arms", "interval_weeks",
        _interval_differs,
        "{interval_weeks:g}, but the label says {label!r}",
    ),
    Rule(
        "doses-after-follow-up", "arms", "interval_weeks",
        _beyond_follow_up,
        "{administrations} doses, {interval_weeks:g} {times} apart, end after the follow-up of "
        "{studies/follow_up_weeks} {times}",
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
        "before-its-parent", "studies", "year",
        lambda r: r["year"] < r["parent/year"],
        "{year} is before the year of its parent, {parent/year}",
    ),
    Rule(
        "shorter-than-parent", "studies", "follow_up_weeks",
        lambda r: r["design"] == "follow-up" and r["follow_up_weeks"] < r["parent/follow_up_weeks"],
        "a follow-up of {follow_up_weeks} {times} is shorter than that of its parent, "
        "{parent/follow_up_weeks}",
    ),
    Rule(
        "year-of-the-citation", "studies excluded_studies", "year",
        lambda r: (
            r["year"] is not None
            and bool(years := re.findall(r"\b(?:19|20)[0-9]{2}\b(?!-)", r["short_citation"]))
            and str(r["year"]) not in years
        ),
        "{year}, but the citation says {short_citation!r}",
    ),
    Rule(
        "blind-without-placebo", "studies", "blinding",
        lambda r: (
            r["blinding"] in ("double", "single")
            and r["design"] in ("single-arm", "case-series", "case-report")
        ),
        "{blinding}, but the design is {design}: of what was anybody unaware?",
    ),
    Rule(
        "open-placebo", "studies", "blinding",
        lambda r: r["blinding"] == "open" and r["design"] == "randomised-placebo",
        "open, but the design is {design}: a placebo is given so that nobody knows",
    ),
    Rule(
        "follow-up-of-whom", "studies", "patients_shared_with_parent",
        lambda r: (r["patients_shared_with_parent"] == "yes") != (r["design"] == "follow-up")
        and r["parent_study_id"] is not None,
        "{patients_shared_with_parent}, but the design is {design}",
    ),
    Rule(
        "phase-of-no-paper", "studies", "patients_shared_with_parent",
        lambda r: (
            r["patients_shared_with_parent"] == "phase-of-parent"
            and r["parent/design"] != "umbrella"
        ),
        "phase-of-parent, but the parent is no record of a paper: its design is {parent/design}",
    ),
    Rule(
        "case-report-of-many", "studies", "n_enrolled",
        lambda r: r["design"] == "case-report" and r["n_enrolled"] > 3,
        "{n_enrolled} patients, but the design is case-report",
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
        "threshold-of-the-name", "instruments", "threshold_percent",
        _named_threshold,
        "{threshold_percent:g}, but the outcome is called {outcome}",
    ),
    Rule(
        "claimed-of-more", "claims", "claimed_value",
        lambda r: r["unit"] == "patients" and float(r["claimed_value"]) > r["studies/n_enrolled"],
        "{claimed_value} patients are more than the {studies/n_enrolled} enrolled",
    ),
    Rule(
        "planned-elsewhere", "denominators", "planned",
        lambda r: (
            r["arms/n_randomised_basis"] == "planned" and r["planned"] != r["arms/n_randomised"]
            and r["planned"] is not None
        ),
        "{planned}, but {arms/n_randomised} were planned for this arm by arms.csv",
    ),
    Rule(
        "planned-outside", "denominators", "planned",
        lambda r: not r["n_min"] <= r["planned"] <= r["n_max"],
        "{planned} is not from {n_min} to {n_max}",
    ),
    Rule(
        "record-of-no-registry", "sources", "registry_id",
        lambda r: r["kind"] == "registry" and r["registry_id"] is None,
        "blank, but the source is a registry",
    ),
)  # fmt: skip
