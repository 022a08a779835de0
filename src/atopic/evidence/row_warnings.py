"""What hardly stands in one row, but may: each is told as a warning, until it is accepted.

Those of the tables of results are in `atopic.evidence.result_warnings`.
"""

import re

from atopic.evidence.controls import CONTROLS
from atopic.evidence.csv_rows import parse_number
from atopic.evidence.lines import Line, Rule
from atopic.review import time_word

_LABEL_DOSE = re.compile(r"(?<!\bor )\b([0-9]+(?:\.[0-9]+)?) (?:mg|percent)\b(?! or)")


def _label_differs(line: Line) -> bool:
    doses = {float(one) for one in _LABEL_DOSE.findall(line["label"])}
    return len(doses) == 1 and line["dose"] not in (*doses, None)


def _interval_differs(line: Line) -> bool:
    every = re.findall(rf"\bevery ([0-9]+) {time_word(2)}\b", line["label"])
    every += re.findall(rf"\b{time_word(1)}ly\b", line["label"]) and ["1"]
    return len(every) == 1 and line["interval_weeks"] not in (float(every[0]), None)


def _highest_of_bands(line: Line) -> float:
    numbers = re.findall(r"[0-9]+(?:\.[0-9]+)?", line["bands"])
    return max(float(one) for one in numbers)


def _is_of_another_instrument(line: Line) -> bool:
    name = re.match(r"[A-Za-z]+(?=-[0-9])", line["outcome"])
    own = {line["instrument"], line["instrument"].rpartition("-")[2]}
    return bool(name and not any(one.startswith(name[0]) for one in own))


def _beyond_follow_up(line: Line) -> bool:
    doses = int(line["administrations"].split("-")[0])
    return bool((doses - 1) * line["interval_weeks"] > line["studies/follow_up_weeks"])


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
        "share-for-percent", "instruments", "threshold_percent",
        lambda r: 0 < r["threshold_percent"] <= 1,
        "a threshold of {threshold_percent:g} percent; is it a share?",
    ),
    Rule(
        "share-for-percent", "important_differences", "value",
        lambda r: r["unit"] == "percentage-points" and r["value"] < 1,
        "{value:g} percentage points hardly matter; is it a share?",
    ),
    Rule(
        "odd-doi", "studies excluded_studies sources", "doi",
        lambda r: r["doi"].endswith((".", ",", ";", ":")),
        "{doi!r} ends with a mark of the sentence that it was copied from; remove it",
    ),
    Rule(
        "expected-as-printed", "contradictions", "expected",
        lambda r: (
            parse_number(r["printed"], whole=False) is not None
            and parse_number(r["expected"], whole=False) is None
        ),
        "{expected!r}, but what is printed is a number, {printed}",
    ),
    Rule(
        "share-for-percent", "claims", "claimed_value",
        lambda r: r["unit"] == "percent" and 0 < abs(float(r["claimed_value"])) < 1,
        "{claimed_value} percent is hardly a claim; is it a share?",
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
        "role-of-the-label", "arms", "role",
        lambda r: (
            re.match(r"(placebo|sham|vehicle)\b", r["label"]) is not None
            and r["role"] not in (*CONTROLS, "mixed")
        ),
        "{role}, but the label says {label!r}",
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
        "threshold-of-the-name", "instruments", "threshold_percent",
        _named_threshold,
        "{threshold_percent:g}, but the outcome is called {outcome}",
    ),
    Rule(
        "instrument-of-the-name", "instruments", "instrument",
        _is_of_another_instrument,
        "{instrument}, but the outcome is called {outcome}",
    ),
    Rule(
        "range-beyond-bands", "instruments", "range_max",
        lambda r: r["range_max"] >= 10 * _highest_of_bands(r) > 0,
        "{range_max:g} is many times the highest score of the bands, {bands!r}",
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
