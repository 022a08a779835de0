"""What cannot stand in one row of the tables of results: responses, scores, contrasts and so on."""

from atopic.evidence.lines import Line, Rule, listed

_WITH_ARMS = "responses scores safety biomarkers"
_WITH_WEEKS = "responses scores contrasts patients safety biomarkers"

#: Designs in which there is no placebo to compare with.
_NO_PLACEBO = ("single-arm", "case-series", "case-report", "randomised-dose", "follow-up")

#: Unit of each measure of contrasts.csv.
_UNITS = {
    "p_value": None, "significance-statement": None, "risk_difference": "percentage-points",
    "mean_difference": "points", "risk_ratio": "ratio",
}  # fmt: skip

#: Statistics of scores.csv that are shares of the baseline.
PERCENT = ("mean_percent_change", "ls_mean_percent_change", "percent_change")


#: Kind of the outcomes that each measure compares.
_KINDS = {"risk_difference": "responder", "risk_ratio": "responder", "mean_difference": "score"}


def is_measure_of_another_kind(line: Line) -> bool:
    """Say whether a row measures an outcome as only the other kind of outcomes is measured."""
    kind = line["instruments/kind"]
    return kind is not None and kind != _KINDS.get(line["measure"], kind)


def _span(line: Line) -> float:
    return float(line["instruments/range_max"] - line["instruments/range_min"])


def _figures(line: Line) -> list[float]:
    return [one for one in (line["value"], line["ci_low"], line["ci_high"]) if one is not None]


def _favours_the_other(line: Line) -> bool:
    """Say whether the value favours the side that is not named."""
    none = 1 if line["measure"] == "risk_ratio" else 0
    if line["measure"] not in ("risk_difference", "mean_difference", "risk_ratio"):
        return False
    for_arm = (line["value"] > none) == (line["instruments/direction"] == "higher-is-better")
    named = {"favours-arm": True, "favours-reference": False}.get(line["direction"])
    return named is not None and line["value"] != none and for_arm != named


RESULT_RULES = (
    Rule(
        "after-follow-up", _WITH_WEEKS, "week",
        lambda r: r["week"] > r["studies/follow_up_weeks"],
        "{week} is after the follow-up of {studies/follow_up_weeks} {times} in studies.csv; "
        "correct one of them",
    ),
    Rule(
        "n-above-enrolled", _WITH_ARMS, "n",
        lambda r: r["n"] > r["studies/n_enrolled"] and r["studies/n_enrolled_basis"] != "planned",
        "{n} is more than n_enrolled = {studies/n_enrolled} of {study_id!r}; correct one of them",
    ),
    Rule(
        "n-above-analysed", _WITH_ARMS, "n",
        lambda r: (
            (r["arms/n_randomised"] is None or r["arms/n_randomised_basis"] == "planned")
            and r["n"] > r["arms/n_analysed"]
        ),
        "{n} is more than n_analysed = {arms/n_analysed} of arm {arm_id!r} in arms.csv; "
        "correct one of them",
    ),
    Rule(
        "best-of-several", "responses", "best_response",
        lambda r: (r["best_response"] == "yes") != (r["analysis_set"] == "best-response"),
        "{best_response}, but analysis_set is {analysis_set}; correct one of them",
    ),
    Rule(
        "controlled-by-nothing", "responses", "controlled",
        lambda r: r["controlled"] == "yes" and r["studies/design"] in _NO_PLACEBO,
        "yes, but the design is {studies/design}; correct one of them",
    ),
    Rule(
        "control-gone", "responses", "controlled",
        lambda r: (
            r["controlled"] == "yes" and r["analysis_set"] in ("after-crossover", "best-response")
        ),
        "yes, but the set is {analysis_set}, which has no control; correct one of them",
    ),
    Rule(
        "withdrawal", "responses scores contrasts", "analysis_set",
        lambda r: (
            r["analysis_set"] == "randomised-withdrawal"
            and r["studies/design"] not in ("randomised-withdrawal", "pooled-analysis")
        ),
        "{analysis_set}, but the design is {studies/design}; correct one of them",
    ),
    Rule(
        "source-of-no-count", "responses", "count_source_id",
        lambda r: r["count_source_id"] is not None and r["responders"] is None,
        "{count_source_id!r}, but there is no count; give it or remove its source",
    ),
    Rule(
        "source-of-no-n", "responses scores", "n_source_id",
        lambda r: r["n_source_id"] is not None and r["n"] is None,
        "{n_source_id!r}, but there is no n; give it or remove its source",
    ),
    Rule(
        "level-of-no-interval", "responses contrasts", "confidence_level",
        lambda r: r["confidence_level"] is not None and r["ci_low"] is None,
        "{confidence_level:g}, but no interval is given; give it or remove the level",
    ),
    Rule(
        "score-out-of-range", "scores", "value",
        lambda r: (
            r["statistic"] == "mean"
            and not r["instruments/range_min"] <= r["value"] <= r["instruments/range_max"]
        ),
        "{value:g} is not from {instruments/range_min:g} to {instruments/range_max:g}, the range "
        "of {outcome} in instruments.csv; correct it",
    ),
    Rule(
        "change-out-of-range", "scores", "value",
        lambda r: (
            r["statistic"] in ("mean_change", "ls_mean_change") and abs(r["value"]) > _span(r)
        ),
        "{value:g} is a greater change than the range of {outcome}, {instruments/range_min:g} to "
        "{instruments/range_max:g}, allows; correct it",
    ),
    Rule(
        "spread-out-of-range", "scores", "spread",
        lambda r: r["statistic"] not in PERCENT and r["spread"] > _span(r),
        "{spread:g} is a greater spread than the range of {outcome}, {instruments/range_min:g} to "
        "{instruments/range_max:g}, allows; correct it",
    ),
    Rule(
        "unit-of-statistic", "scores", "unit",
        lambda r: (r["unit"] == "percent") != (r["statistic"] in PERCENT),
        "{unit}, but the statistic is {statistic}; correct one of them",
    ),
    Rule(
        "against-itself", "contrasts", "reference_arm_id",
        lambda r: r["reference_arm_id"] == r["arm_id"],
        "{reference_arm_id!r} is compared with itself; name another arm",
    ),
    Rule(
        "no-figure", "contrasts", "value",
        lambda r: (
            r["value"] is None
            and r["measure"] != "significance-statement"
            and (r["measure"] == "p_value" or r["ci_low"] is None)
        ),
        "blank, but the measure is {measure}; give what was printed or a significance-statement",
    ),
    Rule(
        "no-level", "responses contrasts", "confidence_level",
        lambda r: not 0 < r["confidence_level"] < 100,
        "{confidence_level:g} is the level of no interval; write one like 95",
    ),
    Rule(
        "measure-of-another-kind", "contrasts", "measure",
        is_measure_of_another_kind,
        "{measure}, but {outcome} is a {instruments/kind} in instruments.csv; correct one of them",
    ),
    Rule(
        "figure-of-a-statement", "contrasts", "value",
        lambda r: r["measure"] == "significance-statement" and bool(_figures(r)),
        "a figure, but the measure is a statement in words; name its measure",
    ),
    Rule(
        "p-value", "contrasts", "value",
        lambda r: r["measure"] == "p_value" and not 0 <= r["value"] <= 1,
        "{value:g} is no P value, which is from 0 to 1; correct it",
    ),
    Rule(
        "no-p-value-below", "contrasts", "value",
        lambda r: (
            r["measure"] == "p_value"
            and (r["value"], r["value_operator"]) in ((0, "<"), (1, ">"))
        ),
        "no P value is {value_operator} {value:g}; correct one of them",
    ),
    Rule(
        "interval-of-a-p-value", "contrasts", "ci_low",
        lambda r: r["measure"] == "p_value" and r["ci_low"] is not None,
        "{ci_low:g}, but a P value has no interval; give it to the difference",
    ),
    Rule(
        "unit-of-measure", "contrasts", "unit",
        lambda r: r["unit"] != _UNITS.get(r["measure"], r["unit"]),
        "{unit!s}, but the measure is {measure}; correct one of them",
    ),
    Rule(
        "difference-out-of-range", "contrasts", "value",
        lambda r: r["measure"] == "risk_difference" and max(map(abs, _figures(r))) > 100,
        "more than 100 percentage points; correct the value or its interval",
    ),
    Rule(
        "difference-out-of-range", "contrasts", "value",
        lambda r: r["measure"] == "mean_difference" and max(map(abs, _figures(r))) > _span(r),
        "more than the range of {outcome}, {instruments/range_min:g} to {instruments/range_max:g}, "
        "allows; correct the value or its interval",
    ),
    Rule(
        "ratio-below-zero", "contrasts", "value",
        lambda r: r["measure"] == "risk_ratio" and min(_figures(r)) < 0,
        "a ratio below 0; correct the value or its interval",
    ),
    Rule(
        "favours-the-other", "contrasts", "direction",
        _favours_the_other,
        "{direction}, but {value:g} favours the other side, as {outcome} is "
        "{instruments/direction}; correct one of them",
    ),
    Rule(
        "response-of-an-event", "patients", "responder",
        lambda r: (r["responder"] is None) == (r["record_type"] == "response"),
        "a row of type {record_type}: fill responder in for a response, and only there",
    ),
    Rule(
        "event-of-a-response", "patients", "occurred",
        lambda r: (r["occurred"] is None) == (r["record_type"] == "event"),
        "a row of type {record_type}: fill occurred in for an event, and only there",
    ),
    Rule(
        "unit-of-no-value", "biomarkers", "unit",
        lambda r: (r["unit"] is None) != (r["value"] is None),
        "value and unit go together; fill both or neither",
    ),
    Rule(
        "same-source-twice", "studies instruments", "supporting_source_ids",
        lambda r: r["source_id"] in listed(r, "supporting_source_ids"),
        "{supporting_source_ids!r} names the main source again; remove it",
    ),
)  # fmt: skip
