"""What each page states first: its words and numbers follow the estimates, whatever the tables."""

import re
from typing import Any

import nbformat
import pandas as pd
import pytest

import atopic
from atopic.display import show
from atopic.display.finding_words import (
    NOT_RATED,
    more_per_hundred,
    of_hundred,
    responder_unit,
    signed_points,
)
from atopic.display.numbers import study_name
from atopic.evidence.derivation import derive
from atopic.questions.benchmarks import benchmark_rates
from atopic.questions.benchmarks.finding import benchmarks_finding
from atopic.questions.certainty import answer_questions, bias_judgements
from atopic.questions.certainty.finding import certainty_finding
from atopic.questions.certainty.words import graded, levels_note
from atopic.questions.claims import verdicts
from atopic.questions.claims.headline import claims_finding
from atopic.questions.controlled_effect import allowed_effects, pooled_models, trial_effects
from atopic.questions.controlled_effect.finding import effects_finding
from atopic.questions.dose_response import dose_arms, dose_contrasts
from atopic.questions.dose_response.finding import doses_finding
from atopic.questions.durability import responses_over_time, worst_case
from atopic.questions.durability.finding import durability_finding
from atopic.questions.evidence_map import patient_groups, publication_counts
from atopic.questions.evidence_map.finding import map_finding
from atopic.questions.one_study import study_effects, study_rates, study_scores
from atopic.questions.one_study.finding import study_finding
from atopic.questions.response_rates import response_rates
from atopic.questions.response_rates.finding import rates_finding
from atopic.questions.safety import adverse_events, summed_events
from atopic.questions.safety.finding import safety_finding, sum_notes
from atopic.questions.severity_reduction import reduction_differences, score_reductions
from atopic.questions.severity_reduction.finding import reductions_finding
from atopic.questions.trials import placebo_trials
from atopic.questions.trials.finding import trials_finding
from atopic.questions.unknown import unknown_things
from atopic.questions.unknown.finding import unknown_finding
from atopic.reporting.plan.manifest import read_manifest
from tests.conftest import REPOSITORY
from tests.running import run

REPORTS = read_manifest(REPOSITORY / "reports.toml")
#: Findings of these notebooks count studies, claims, gaps or checks, and state no effect or rate.
COUNTING = {"answer", "certainty", "claims", "evidence_map", "methods", "next_trial", "unknown"}
COUNTING |= {"validation"}
STUDIES = [one.parameters["study"] for one in REPORTS if one.id.startswith("study-")]


def against_placebo(
    evidence: atopic.Evidence, outcome: str, week: int, **only: Any
) -> dict[str, Any]:
    effects = trial_effects(evidence, outcome, weeks=[week], **only)
    only.pop("include_benchmarks", None)
    allowed = allowed_effects(evidence, outcome, weeks=[week], **only)
    certain = graded(evidence, outcomes=[outcome], weeks=[week], designs=["randomised-placebo"])
    return effects_finding(evidence, outcome, effects, pooled_models(effects), allowed, certain)


def of_study(evidence: atopic.Evidence, study: str) -> dict[str, Any]:
    effects, allowed = study_effects(evidence, study)
    return study_finding(
        evidence,
        study,
        rates=study_rates(evidence, study),
        effects=effects,
        allowed=allowed,
        scores=study_scores(evidence, study),
        adverse=adverse_events(evidence, studies=[study]),
        judgements=bias_judgements(evidence, studies=[study]),
    )


def with_tables(evidence: atopic.Evidence, **tables: pd.DataFrame) -> atopic.Evidence:
    frames = {name: evidence.table(name) for name in evidence} | tables
    # What is derived from the responses is derived anew.
    derived = list(derive(evidence.responses, evidence.denominators).columns)
    frames["responses"] = frames["responses"].drop(columns=derived)
    return atopic.Evidence(evidence.path, evidence.package, frames, "empty", evidence.review)


def without_rows(evidence: atopic.Evidence, *names: str) -> atopic.Evidence:
    return with_tables(evidence, **{name: evidence.table(name).iloc[:0] for name in names})


def with_responders(
    evidence: atopic.Evidence, study: str, arm: str, responders: int, n: int
) -> atopic.Evidence:
    """Return the evidence with printed counts in the rows of an arm."""
    table = evidence.responses
    own = table["study_id"].eq(study) & table["arm_id"].eq(arm)
    for column, value in (("responders", responders), ("n", n), ("n_basis", "printed")):
        table.loc[own, column] = value
    table.loc[own, "percent_printed"] = pd.NA
    return with_tables(evidence, responses=table)


def numbers(words: str) -> list[str]:
    return re.findall(r"[+\N{MINUS SIGN}]?\d+", words)


@pytest.mark.parametrize("name", sorted({one.notebook.name for one in REPORTS}))
def test_every_notebook_states_its_finding_before_any_figure_or_table(name: str) -> None:
    path = REPOSITORY / "notebooks" / name
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    calls = [one.start() for one in re.finditer(r"^show\.(figure|table|article)\(", text, re.M)]
    assert -1 < text.find("show.finding(") < min(calls, default=len(text))


def stated(report: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], list[str]]:
    """Return the finding of a report as its notebook shows it, and the notes of the same cell."""
    shown = run(report.notebook, dict(report.parameters), monkeypatch, until="finding")
    (found,) = (metadata for metadata, _ in shown if metadata["kind"] == "finding")
    return found, [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]


@pytest.mark.parametrize(
    "report",
    [one for one in REPORTS if one.notebook.stem not in COUNTING],
    ids=lambda report: str(report.id),
)
def test_a_page_that_states_an_effect_or_a_rate_says_how_sure_it_is(
    report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, notes = stated(report, monkeypatch)
    if not found["number"]:
        return
    if found["certainty"]:
        assert found["link"].startswith("certainty.html#question-")
        assert NOT_RATED not in found["notes"]
    else:
        assert any(note.startswith("Certainty") for note in [*found["notes"], *notes])


@pytest.mark.parametrize(
    ("report", "question"),
    [
        ("easi-50", "cord-blood-easi-50"),
        ("easi-50-drugs", "cord-blood-easi-50"),
        ("easi-75", "adipose-easi-75"),
        ("easi-50-later", "durability"),
        ("scorad-reduction", ""),
        ("dose-breeze-ad7", ""),
        ("effect-dupilumab-iga", ""),
    ],
)
def test_the_certainty_of_a_page_is_that_of_the_question_it_is_about(
    evidence: atopic.Evidence, report: str, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = stated(next(one for one in REPORTS if one.id == report), monkeypatch)
    if not question:
        assert (found["certainty"], found["link"]) == ("", "")
        assert NOT_RATED in found["notes"]
        return
    (answer,) = answer_questions(evidence, questions=[question])
    assert found["certainty"] == answer.level
    assert found["link"] == f"certainty.html#question-{question}"


def test_the_comparisons_of_the_map_say_how_sure_they_are(
    evidence: atopic.Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(REPOSITORY / "notebooks" / "evidence_map.ipynb", {}, monkeypatch)
    kinds = [metadata.get("name") or data["text/plain"] for metadata, data in shown
             if metadata["kind"] in ("table", "note")]  # fmt: skip
    assert kinds[kinds.index("comparisons") - 1] == levels_note(answer_questions(evidence))


def test_both_trials_of_one_product_are_stated_as_one(evidence: atopic.Evidence) -> None:
    effects = trial_effects(evidence, "EASI-50", weeks=[12])
    pooled = pooled_models(effects).set_index("method").loc["common"]
    found = against_placebo(evidence, "EASI-50", 12)
    assert found["number"] == signed_points(pooled["estimate"])
    assert found["unit"] == responder_unit(pooled["lower_min"], pooled["upper_max"], 0.95)
    for count, size in (("responders", "n"), ("reference_responders", "reference_n")):
        low, high = (of_hundred(rate) for rate in sorted(effects[count] / effects[size]))
        assert f"{low} to {high} of 100" in found["words"]
    (answer,) = answer_questions(evidence, questions=["cord-blood-easi-50"])
    assert found["certainty"] == answer.level == "low"
    assert found["words"].startswith("Cord-blood cells may make little or no difference")
    assert any("SCM-AGH" in note or "Seo 2024" in note for note in found["notes"])


def test_words_follow_when_a_trial_becomes_clearly_positive(evidence: atopic.Evidence) -> None:
    before = against_placebo(evidence, "EASI-50", 12)
    after = with_responders(evidence, "kangstem-2019", "active", 66, 88)
    found = against_placebo(after, "EASI-50", 12)
    effects = trial_effects(after, "EASI-50", weeks=[12])
    assert effects.set_index("study_id").loc["kangstem-2019", "lower_min"] > 0
    assert found["number"] != before["number"]
    assert found["number"] == signed_points(
        pooled_models(effects).set_index("method").loc["common", "estimate"]
    )
    assert "little or no difference" not in found["words"]
    study = of_study(after, "kangstem-2019")
    assert "75 of 100" in study["words"]
    (number,) = numbers(study["number"])
    assert int(number) > 40
    trials = trials_finding(placebo_trials(after), {})
    found = placebo_trials(after).query("known == 'rates' and outcome == 'EASI-50'")
    low, high = (signed_points(one) for one in (found["estimate"].min(), found["estimate"].max()))
    assert trials["number"] == f"{low} to {high}"
    assert trials["number"] != trials_finding(placebo_trials(evidence), {})["number"] == "+3 to +5"
    assert "differ" not in trials["words"] + trials["unit"]


def test_without_a_placebo_controlled_trial_the_pages_say_so(evidence: atopic.Evidence) -> None:
    studies = evidence.studies
    studies.loc[studies["design"].eq("randomised-placebo"), "role"] = "benchmark"
    none = with_tables(evidence, studies=studies)
    assert trials_finding(placebo_trials(none), {}) == {
        "words": "There is no placebo-controlled trial of cells."
    }
    groups = patient_groups(none)
    found = map_finding(publication_counts(groups), groups)
    assert "has a placebo group" in found["words"]
    assert found["number"] == "0"


def test_of_no_rows_each_page_says_that_nothing_was_reported(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    none = without_rows(evidence, "responses", "contrasts", "scores", "safety", "patients")
    rates = response_rates(none, "EASI-50")
    over_time = responses_over_time(none, "EASI-50")
    scores = score_reductions(none, ["EASI"])
    adverse = adverse_events(none)
    found = [
        against_placebo(none, "EASI-50", 12),
        rates_finding(none, "EASI-50", rates, {}),
        benchmarks_finding(none, "EASI-50", benchmark_rates(none, "EASI-50")),
        durability_finding(none, "EASI-50", over_time, worst_case(none, over_time), {}),
        reductions_finding(none, scores, reduction_differences(scores), {}),
        safety_finding(none, adverse, summed_events(adverse), {}),
        of_study(none, "kangstem-2019"),
    ]
    for one in found:
        assert one["words"].startswith(("Not reported in the sources we read: ", "We found "))
        assert "number" not in one
    assert unknown_finding(unknown_things(lenient, studies=["nobody-1900"]))["words"]
    assert claims_finding(verdicts(lenient, studies=["nobody-1900"]))["words"]
    assert certainty_finding([])["words"]
    assert trials_finding(placebo_trials(none), {})["words"].startswith(
        "We found the rates of both "
    )


def test_a_drug_page_says_what_the_drug_did(evidence: atopic.Evidence) -> None:
    only = {
        "include_benchmarks": True,
        "agents": ["dupilumab"],
        "arms": ["mg-300-q2w", "mg-200-300-q2w"],
        "background_topicals": "no",
    }
    found = against_placebo(evidence, "IGA-0/1", 16, **only)
    assert found["words"].startswith("More patients responded with dupilumab than with placebo")
    assert "cells" not in found["words"]
    assert "certainty" not in found
    effects = trial_effects(evidence, "IGA-0/1", weeks=[16], **only)
    pooled = pooled_models(effects).set_index("interval").loc["hartung-knapp-safeguarded"]
    assert found["number"] == signed_points(pooled["estimate"])


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_page_states_its_result_and_its_status(
    evidence: atopic.Evidence, study: str
) -> None:
    found = of_study(evidence, study)
    row = evidence.studies.set_index("study_id").loc[study]
    status = " ".join(found["notes"])
    assert ("Not peer reviewed" in status) == (row["publication"] != "journal")
    assert ("Primary endpoint missed" in status) == (row["primary_met"] == "no")
    assert ("Primary endpoint met" in status) == (row["primary_met"] == "yes")
    assert ("No placebo group" in status) == (row["design"] != "randomised-placebo")
    judgements = bias_judgements(evidence, studies=[study])
    assert ("bias" in status) == (len(judgements) > 0)
    assert study not in " ".join([found["words"], *found["notes"]])
    effects, _ = study_effects(evidence, study)
    if len(effects):
        first = effects.iloc[0]
        assert found["number"] == signed_points(first["estimate"])
        assert more_per_hundred(first["estimate"]) in found["short"]
    else:
        unknown = ("without a placebo group", "the sources we read", "No source we read says")
        assert any(words in found["words"] for words in unknown)


def test_a_study_without_numbers_has_none_in_its_finding(
    evidence: atopic.Evidence, lenient: atopic.Evidence
) -> None:
    found = of_study(evidence, "adstem-phase-1")
    assert found["words"].startswith("Not reported in the sources we read: ")
    assert "number" not in found
    assert of_study(lenient, "nobody-1900") == {"words": ""}


def test_doses_that_chance_can_explain_are_not_called_an_effect(
    evidence: atopic.Evidence,
) -> None:
    certain = graded(evidence, outcomes=["EASI-50"], designs=["randomised-dose"])
    arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    contrasts = dose_contrasts(arms)
    found = doses_finding(evidence, arms, contrasts, certain)
    assert found["words"].startswith("Not shown: ")
    assert found["certainty"] == "very low"
    assert found["number"] == signed_points(contrasts.iloc[0]["estimate"])
    drug = dose_arms(evidence, "breeze-ad7", "EASI-75", week=16)
    words = doses_finding(evidence, drug, dose_contrasts(drug), {})["words"]
    assert words.startswith("More patients responded to the highest dose of baricitinib")


def test_rates_without_a_control_group_are_never_stated_as_an_effect(
    evidence: atopic.Evidence,
) -> None:
    later = response_rates(evidence, "EASI-50", weeks=[52, 104, 156])
    lasting = graded(evidence, outcomes=["EASI-50"], designs=["uncontrolled"])
    found = rates_finding(evidence, "EASI-50", later, lasting)
    assert found["link"] == "certainty.html#question-durability"
    assert "without a control group" in found["words"]
    assert "without a control group" in found["unit"]
    week_12 = response_rates(evidence, "EASI-50", weeks=[12])
    both = rates_finding(evidence, "EASI-50", week_12, lasting)
    assert "certainty" not in both
    assert "placebo" in both["words"]
    assert any("Without a control group" in note for note in both["notes"])


def test_harms_state_the_most_that_is_possible(evidence: atopic.Evidence) -> None:
    adverse = adverse_events(evidence)
    summed = summed_events(adverse)
    found = safety_finding(evidence, adverse, summed, {})
    row = summed[summed["event"].eq("sae")].iloc[0]
    assert found["number"] == "Unknown"
    assert f"counted among {row['n']} patients" in found["words"]
    assert f"up to {of_hundred(row['upper'])} in 100" in found["words"]
    # Which patients those are, and which count of the same event is left out.
    told = " ".join(sum_notes(evidence, adverse, summed))
    left = adverse[adverse["event"].eq("sae") & ~adverse["enters"] & adverse["count"].notna()]
    assert f"The {row['n']} were treated in " in told
    assert all(study_name(one) in told for one in (*row["studies"].split("; "), *left["study_id"]))
    assert "0 of 250 in " in told


def test_two_questions_about_the_same_studies_lend_neither_their_certainty(
    evidence: atopic.Evidence,
) -> None:
    one = graded(evidence, outcomes=["EASI-75"], designs=["randomised-placebo"])
    key = frozenset({"atmsc-2025"})
    assert one[key]["certainty"] == "very low"
    assert key not in graded(evidence, outcomes=["EASI-75", "EASI"], designs=["randomised-placebo"])
    assert graded(evidence, outcomes=["SCORAD-75"]) == {}


def test_a_finding_is_taken_by_the_page_as_it_is(
    evidence: atopic.Evidence, lenient: atopic.Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(show, "display", lambda _, **more: shown.append(more["metadata"]))
    for one in (against_placebo(evidence, "EASI-75", 16), of_study(evidence, "ra-2011")):
        show.finding(**one)
    show.finding(**of_study(lenient, "nobody-1900"))
    assert len(shown) == 2
    assert shown[0]["atopic"]["link"] == "certainty.html#question-adipose-easi-75"


@pytest.mark.parametrize("study", STUDIES)
def test_what_stands_above_a_study_is_what_the_tables_say(
    evidence: atopic.Evidence, study: str
) -> None:
    (report,) = (one for one in REPORTS if one.id == f"study-{study}")
    row = evidence.studies.set_index("study_id").loc[study]
    assert report.title == row["short_name"]
    patients = re.findall(r"(\d+) patients", report.kicker)
    assert patients in ([], [str(row["n_enrolled"])])
    assert set(re.findall(r"NCT\d+", report.kicker)) <= {row["registry_id"]}
    assert ("against placebo" in report.kicker) == (row["design"] == "randomised-placebo")


def test_every_report_has_what_its_page_and_its_links_say() -> None:
    sections = list(dict.fromkeys(one.section for one in REPORTS if one.section))
    assert sections == ["Trials", "Results", "Safety", "Claims", "Drugs", "Methods & data"]
    for report in REPORTS:
        if report.id != report.place.site.front:
            assert report.kicker
            assert report.summary
    names = [one.name for one in REPORTS]
    assert len(set(names)) == len(names)


def test_of_a_trial_of_which_nothing_was_read_the_page_says_so(evidence: atopic.Evidence) -> None:
    found = of_study(evidence, "kangstem-repeat-dose")
    assert found["words"].startswith(
        "Not reported in the sources we read: any result of this study of 96 "
    )
    assert "number" not in found


def test_a_page_with_drugs_beside_tells_what_drugs_did(evidence: atopic.Evidence) -> None:
    asked = {"weeks": [12, 16], "include_benchmarks": True}
    scores = score_reductions(evidence, ["EASI"], assume="sd", **asked)
    found = reductions_finding(evidence, scores, reduction_differences(scores), {})
    # dupilumab-children prints -82.1 and, on placebo, -48.6; upadacitinib-2b -39 on 7.5 mg
    assert found["number"] == "39 to 82%"
    assert "fell by 39 to 82% with drugs and by 18 to 49% with placebo" in found["words"]
    assert "cells" not in found["words"]
