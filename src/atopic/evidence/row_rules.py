"""What cannot stand in one row of studies, arms, sources and the tables about the data.

A rule sees the row and what it points at (`atopic.evidence.lines`). Those of the tables of results
are in `atopic.evidence.result_rules`; what ties several rows is in `atopic.evidence.plausibility`
and `atopic.evidence.size_rules`.
"""

import re
from typing import Any

from atopic.evidence.controls import CONTROLS
from atopic.evidence.lines import Line, Rule, listed

#: Address of each identifier of sources.csv.
_ADDRESSES = {
    "doi": "https://doi.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "pmcid": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
    "registry_id": "https://clinicaltrials.gov/study/{}",
}

_CANONICAL = tuple(form.partition("{")[0] for form in _ADDRESSES.values())


def _doses(line: Line) -> tuple[int, ...]:
    return tuple(int(one) for one in line["administrations"].split("-"))


def _is_no_address(line: Line) -> bool:
    """Say whether an address is another than that of an identifier of the document.

    A registry number on a paper or in the news names its trial, not the document: that row may have
    the address of either.
    """
    url = line["url"]
    known = [form.format(line[name]).rstrip("/") for name, form in _ADDRESSES.items() if line[name]]
    of_document = [name for name in ("doi", "pmid", "pmcid") if line[name]]
    if line["registry_id"] and line["kind"] == "registry":
        of_document.append("registry_id")
    theirs = bool(of_document) or url.startswith(_CANONICAL)
    return bool(url) and theirs and url.rstrip("/") not in known


def _bands(line: Line) -> list[tuple[float, float]]:
    """Return the lowest and highest score of each band, open ends as those of the range."""
    found = []
    for band in line["bands"].split(";"):
        text = band.partition("=")[2]
        if text.startswith("<"):
            found.append((line["range_min"], float(text.lstrip("<="))))
        elif text.startswith(">"):
            found.append((float(text.lstrip(">=")), line["range_max"]))
        else:
            low, _, high = text.partition("-")
            found.append((float(low), float(high.lstrip("<") or low)))
    return found


def _are_no_bands(line: Line) -> bool:
    bands: list[Any] = _bands(line)
    ends = [end for band in bands for end in band]
    low, high = line["range_min"], line["range_max"]
    names = [band.partition("=")[0] for band in line["bands"].split(";")]
    twice = len(set(names)) < len(names)
    return twice or ends != sorted(ends) or not all(low <= one <= high for one in ends)


def _is_no_change(line: Line) -> bool:
    """Say whether a least change that matters is 0, falls, or is more than there is to change."""
    for one in line["minimal_important_change"].split(";"):
        name, _, text = one.partition("=")
        values = [float(value) for value in re.split(r"[-|]", text)]
        span = line["range_max"] - line["range_min"] if "percent" not in name else 100
        if not all(0 < value <= span for value in values) or (
            "|" not in text and values != sorted(values)
        ):
            return True
    return False


ROW_RULES = (
    Rule(
        "own-parent", "studies", "parent_study_id",
        lambda r: r["parent_study_id"] == r["study_id"],
        "{parent_study_id!r} is the study itself; name another study or none",
    ),
    *(
        Rule(
            "names-itself", "studies", column,
            lambda r, column=column: r["study_id"] in listed(r, column),  # type: ignore[misc]
            "{study_id!r} is the study itself; name other studies or none",
        )
        for column in ("shares_patients_with", "related_study_ids")
    ),
    Rule(
        "benchmark-in-synthesis", "studies", "in_synthesis",
        lambda r: r["in_synthesis"] == "yes" and r["role"] == "benchmark",
        "yes, but a benchmark never enters the synthesis; correct it or the role",
    ),
    Rule(
        "paper-in-synthesis", "studies", "in_synthesis",
        lambda r: r["in_synthesis"] == "yes" and r["design"] == "umbrella",
        "yes, but this is the record of a paper, whose studies have rows of their own; write no",
    ),
    Rule(
        "no-exclusion-reason", "studies", "exclusion_reason",
        lambda r: r["in_synthesis"] == "no" and r["exclusion_reason"] is None,
        "blank, but in_synthesis is no; say why",
    ),
    Rule(
        "needless-exclusion-reason", "studies", "exclusion_reason",
        lambda r: r["in_synthesis"] == "yes" and r["exclusion_reason"] is not None,
        "a reason, but in_synthesis is yes; remove it or write no there",
    ),
    Rule(
        "more-than-parent", "studies", "n_enrolled",
        lambda r: (
            r["patients_shared_with_parent"] in ("yes", "phase-of-parent")
            and r["n_enrolled"] > r["parent/n_enrolled"]
            and r["parent/n_enrolled_basis"] != "planned"
        ),
        "{n_enrolled} is more than the {parent/n_enrolled} of {parent_study_id!r}, whose patients "
        "these are; correct one of them",
    ),
    Rule(
        "goal-of-nothing", "studies", "primary_outcome",
        lambda r: r["primary_outcome"] is None and r["primary_met"] in ("yes", "no"),
        "blank, but primary_met is {primary_met}; name the outcome, or write unknown there",
    ),
    Rule(
        "registry-of-another-study", "missing", "registry_id",
        lambda r: None not in (r["registry_id"], r["studies/registry_id"])
        and r["registry_id"] != r["studies/registry_id"],
        "{registry_id!r}, but {study_id!r} is registered as {studies/registry_id!r}; correct one",
    ),
    Rule(
        "spread-of-words", "characteristics", "spread",
        lambda r: r["spread"] is not None and r["statistic"] is None,
        "{spread:g}, but no statistic is named; say what the value is",
    ),
    Rule(
        "mixed-of-one-arm", "arms", "role",
        lambda r: r["role"] == "mixed" and r["combined_arm"] == "no",
        "mixed, but combined_arm is no; write the role of this one arm, or yes there",
    ),
    Rule(
        "treated-without-dose", "arms", "dose",
        lambda r: r["dose"] == 0 and r["role"] not in CONTROLS,
        "0, but the role is {role}; leave an unknown dose blank or correct the role",
    ),
    Rule(
        "number-of-doses", "arms", "administrations",
        lambda r: min(_doses(r)) < 1 or _doses(r) != tuple(sorted(set(_doses(r)))),
        "{administrations!r} is no number of doses; write 1 or more, or a range like 3-6",
    ),
    Rule(
        "interval-of-one-dose", "arms", "interval_weeks",
        lambda r: r["interval_weeks"] is not None and r["administrations"] == "1",
        "{interval_weeks:g} {times} between doses, but one dose was given; correct one of them",
    ),
    Rule(
        "no-interval", "arms", "interval_weeks",
        lambda r: r["interval_weeks"] == 0,
        "0 {times} between doses; leave it blank for daily treatment",
    ),
    Rule(
        "arm-of-a-paper", "arms", "study_id",
        lambda r: r["studies/design"] == "umbrella",
        "{study_id!r} is the record of a paper; give the arm to one of its studies",
    ),
    Rule(
        "threshold-of-a-score", "instruments", "threshold_percent",
        lambda r: r["kind"] == "score" and r["threshold_percent"] is not None,
        "{threshold_percent:g} percent, but the outcome is a score; only responders have one",
    ),
    Rule(
        "range-of-responders", "instruments", "range_min",
        lambda r: r["kind"] == "responder" and r["range_min"] is not None,
        "a range, but the outcome counts responders; only scores have one",
    ),
    Rule(
        "range-of-responders", "instruments", "bands",
        lambda r: r["kind"] == "responder" and r["bands"] is not None,
        "bands, but the outcome counts responders; only scores have them",
    ),
    Rule(
        "range-of-responders", "instruments", "minimal_important_change",
        lambda r: r["kind"] == "responder" and r["minimal_important_change"] is not None,
        "a change in one patient, but the outcome counts responders; only scores have one",
    ),
    Rule(
        "change-of-no-size", "instruments", "minimal_important_change",
        _is_no_change,
        "{minimal_important_change!r} is no change within the range of {outcome}, or falls; write "
        "it like points=3-4, alternatives parted by |",
    ),
    Rule(
        "range-order", "instruments", "range_min",
        lambda r: r["range_min"] >= r["range_max"],
        "{range_min:g} is not less than range_max = {range_max:g}; swap or correct them",
    ),
    Rule(
        "bands-order", "instruments", "bands",
        lambda r: r["bands"] is not None and r["kind"] == "score" and _are_no_bands(r),
        "{bands!r} does not rise from {range_min:g} to {range_max:g}, or names a band twice; "
        "correct the bands",
    ),
    Rule(
        "claim-without-study", "claims", "study_id",
        lambda r: (r["study_id"] is None) != (r["kind"] in ("epidemiology", "mechanism")),
        "a claim of kind {kind}: name the study, but none for epidemiology",
    ),
    Rule(
        "address-of-nothing", "sources", "url",
        _is_no_address,
        "{url!r} is not built from an identifier of this row; correct one of them",
    ),
    Rule(
        "n-above-enrolled", "denominators", "n_max",
        lambda r: (
            r["n_max"] > r["studies/n_enrolled"] and r["studies/n_enrolled_basis"] != "planned"
        ),
        "{n_max} is more than n_enrolled = {studies/n_enrolled} of {study_id!r}; correct one",
    ),
    Rule(
        "same-figures", "contradictions", "expected",
        lambda r: r["expected"] is not None and r["expected"] == r["printed"],
        "{expected!r} is what is printed, so nothing disagrees; remove this row",
    ),
)  # fmt: skip
