"""What the tables hold on one study; the numbers are typed from the CSV files."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

import atopic
from atopic.evidence.folder import Evidence
from atopic.questions.certainty import bias_judgements, bias_paths
from atopic.questions.certainty.risk_of_bias import possible_judgements
from atopic.questions.one_study import (
    absent_note,
    biomarker_directions,
    other_events,
    related_studies,
    study_arms,
    study_contrasts,
    study_courses,
    study_effects,
    study_facts,
    study_rates,
    study_remarks,
    study_scores,
    study_sources,
)
from atopic.questions.one_study.bias_table import bias_html, bias_text, open_note
from atopic.questions.one_study.card import card_facts, card_html
from atopic.questions.one_study.chart import (
    describe_study_rates,
    differences_note,
    draw_study_rates,
    rate_panels,
    standing_note,
)
from atopic.questions.one_study.table import (
    tabulate_arms,
    tabulate_biomarkers,
    tabulate_contrasts,
    tabulate_facts,
    tabulate_related,
)
from tests.conftest import REPOSITORY
from tests.running import run


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return atopic.load()


def fact(evidence: Evidence, study: str, name: str) -> str:
    return tabulate_facts(study_facts(evidence, study)).set_index("fact")["value"][name]


def test_what_shin_2021_was_and_printed(evidence: Evidence) -> None:
    assert fact(evidence, "shin-2021", "Number of patients") == "5 (printed)"
    assert "Mean follow-up was 38 weeks, range 16 to 86" in fact(evidence, "shin-2021", "Remark")
    rates = study_rates(evidence, "shin-2021")
    assert rates[["outcome", "responders", "n"]].to_numpy().tolist() == [
        ["EASI-50", 4, 5],
        ["maintained-good-response", 2, 5],
    ]
    assert rates["week"].to_list()[1] == 84
    directions = biomarker_directions(evidence, "shin-2021").set_index("marker")["direction"]
    assert directions.to_dict() == {
        "CCL17": "decrease",
        "IL-13": "decrease",
        "IL-22": "decrease",
        "IL-17": "increase",
        "serum-IgE": "decrease",
    }
    (courses,) = study_courses(evidence, "shin-2021")
    assert (len(courses), courses["patient_id"].nunique()) == (9, 5)
    assert other_events(evidence, "shin-2021")["row"].to_list() == [16, 17]


def test_what_kim_2017_printed(evidence: Evidence) -> None:
    rates = study_rates(evidence, "kim-2017")
    easi = rates[rates["outcome"].eq("EASI-50")]
    assert easi[["percent_printed", "responders", "n"]].to_numpy().tolist() == [
        ["55", 6, 11],
        ["36", 5, 14],
    ]
    scores = study_scores(evidence, "kim-2017")
    assert list(zip(scores["outcome"], scores["estimate"], strict=True)) == [
        ("IGA", -33),
        ("SCORAD", -50),
        ("pruritus", -58),
        ("pruritus", -60),
        ("insomnia", -65),
    ]
    table = tabulate_biomarkers(biomarker_directions(evidence, "kim-2017"))
    assert table["Marker"].to_list() == ["serum-IgE", "blood-eosinophils"]
    # columns of nothing are left out
    assert not {"Significance", "Value", "n", "Week"} & set(table.columns)
    assert fact(evidence, "kim-2017", "Design") == "randomised to doses, no placebo"
    related = tabulate_related(related_studies(evidence, "kim-2017"))
    assert related[["Study", "n"]].to_numpy().tolist()[0] == ["kim-2017-follow-up", "not known"]


def test_ra_2011_holds_nearly_nothing_and_says_so(evidence: Evidence) -> None:
    assert "no extractable outcome" in fact(evidence, "ra-2011", "Left out because")
    assert study_rates(evidence, "ra-2011").empty
    assert study_scores(evidence, "ra-2011").empty
    note = absent_note(evidence, "ra-2011")
    assert "responders, severity scores, single patients and biomarkers" in note
    assert "adverse events" not in note
    assert "Table 1 could not be read" in standing_note(evidence, "ra-2011")
    assert study_remarks(evidence, "ra-2011")["safety"].to_list()[-2:] == ["10", "11"]


@pytest.mark.parametrize(
    ("study", "words"),
    [
        ("kangstem-2019", "The difference was reported as not significant."),
        ("atmsc-2025", ""),
        ("seo-2024-phase-2", ""),
    ],
)
def test_one_result_is_said_in_the_finding_and_not_again(
    evidence: Evidence, study: str, words: str
) -> None:
    assert differences_note(evidence, study, *study_effects(evidence, study)) == words


def test_a_study_of_one_group_is_compared_with_nothing(evidence: Evidence) -> None:
    groups = evidence.arms[~evidence.arms["combined_arm"].eq("yes")].groupby("study_id").size()
    alone = [study for study in evidence.studies["study_id"] if groups.get(study, 0) == 1]
    assert {"ra-2011", "shin-2021", "kangstem-2019-follow-up"} <= {*alone}
    for study in alone:
        effects, allowed = study_effects(evidence, study)
        assert (len(effects), len(allowed), len(study_contrasts(evidence, study))) == (0, 0, 0)
        assert differences_note(evidence, study, effects, allowed) == ""
        assert "between groups" not in absent_note(evidence, study)


def test_several_results_are_said_in_patients(evidence: Evidence) -> None:
    study = "dupilumab-adolescents"
    said = differences_note(evidence, study, *study_effects(evidence, study))
    assert "with 300 mg every 4 weeks than with placebo (95% interval" in said


def test_comparisons_after_the_crossover_are_marked(evidence: Evidence) -> None:
    table = tabulate_contrasts(study_contrasts(evidence, "kangstem-2024"))
    assert set(table["Against"]) == {"placebo at week 0, FURESTEM-AD at week 12"}
    assert table["Reported"].to_list() == [
        "reported as not significant",
        "reported as significant; after crossover: no placebo group left",
    ]


def test_shares_of_earlier_responders_have_an_axis_of_their_own(evidence: Evidence) -> None:
    panels = list(rate_panels(study_rates(evidence, "seo-2024-phase-1")))
    assert [name for name, _, _ in panels] == ["responses", "kept"]
    assert set(panels[1][2]["outcome"]) == {"EASI-50-maintained"}


def test_doses_and_sizes_say_what_was_not_printed(evidence: Evidence) -> None:
    arms = tabulate_arms(study_arms(evidence, "kim-2017")).set_index("Group")
    assert arms.loc["phase IIa, low dose", ["Dose", "Given", "n analysed"]].to_list() == [
        "25 million cells",
        "once",
        "14 (reported)",
    ]
    assert arms.loc["phase IIa, low dose", "n randomised"] == "not known"


@pytest.mark.parametrize(
    ("study", "relation"),
    [
        ("kangstem-2019", {"kangstem-2019-follow-up": "follow-up of the same patients"}),
        ("kangstem-2019-follow-up", {"kangstem-2019": "the trial in which these"}),
        ("seo-2024-phase-1", {"seo-2024": "the paper", "seo-2024-phase-2": "another phase"}),
        ("ra-2011", {"rnl-2009": "named in a remark"}),
        ("kangstem-2024", {"kangstem-2024-follow-up": "follow-up of the same patients"}),
        ("solo-continue", {"solo-1": "counts some of", "solo-2": "counts some of"}),
    ],
)
def test_records_that_share_patients(
    evidence: Evidence, study: str, relation: dict[str, str]
) -> None:
    related = related_studies(evidence, study).set_index("study_id")["relation"]
    assert set(related.index) == set(relation)
    for other, words in relation.items():
        assert related[other].startswith(words)


def test_every_source_that_a_row_names_is_there(evidence: Evidence) -> None:
    sources = study_sources(evidence, "kim-2017").set_index("source_id")
    # Count, n and supporting sources count too; row 3 of responses.csv names two reviews.
    assert sources.loc["donga-2016", "responses"] == "2"
    assert sources.loc["review-scrt-2021-02583", "responses"] == "3"
    assert sources.loc["reuters-health-ja", "studies"] == "2"
    assert sources["citation"].notna().all()


def test_an_unknown_study_is_empty_everywhere(lenient: Evidence) -> None:
    for one in (study_facts, study_arms, study_rates, study_scores, study_contrasts, other_events,
                biomarker_directions, related_studies, study_remarks, study_sources,
                card_facts):  # fmt: skip
        assert len(one(lenient, "nobody-1900")) == 0
    effects, allowed = study_effects(lenient, "nobody-1900")
    assert effects.empty
    assert allowed.empty
    assert absent_note(lenient, "nobody-1900") == ""
    assert standing_note(lenient, "nobody-1900") == ""
    assert differences_note(lenient, "nobody-1900", effects, allowed) == ""


def test_one_study_is_one_text(evidence: Evidence) -> None:
    with pytest.raises(ValueError, match="study must be one study id"):
        study_facts(evidence, ["shin-2021"])  # type: ignore[arg-type]


def test_every_study_has_facts_and_sources(evidence: Evidence) -> None:
    for study in evidence.studies["study_id"]:
        assert len(tabulate_facts(study_facts(evidence, study))) >= 16
        assert len(tabulate_arms(study_arms(evidence, study))) == len(
            evidence.arms.query("study_id == @study")
        )
        assert study_sources(evidence, study)["citation"].notna().all()
        assert study not in related_studies(evidence, study)["study_id"].to_list()
        assert len(study_contrasts(evidence, study)) == len(
            evidence.contrasts.query("study_id == @study")
        )
        tabulate_biomarkers(biomarker_directions(evidence, study))
        assert absent_note(evidence, study).count("Not reported") <= 1


# The card -----------------------------------------------------------------------------------------


def test_the_card_says_eight_things_each_with_its_rows(evidence: Evidence) -> None:
    for study in evidence.studies["study_id"]:
        facts = card_facts(evidence, study)
        assert len(facts) == 8
        for row in facts.to_dict("records"):
            assert row["rows"] or not row["value"], row  # what is said leads to where it stands
            for table, number in row["rows"]:
                assert number in evidence.table(table).index
        assert card_html(facts).count("<div>") == 8


@pytest.mark.parametrize(
    ("study", "name", "words"),
    [
        ("kangstem-2024", "Treatment", "Cord-blood cells (FURESTEM-AD), 50 million cells, once, "
         "under the skin"),
        ("kangstem-2024", "Design", "Placebo-controlled, randomised, double-blind, phase 3"),
        ("kangstem-2024", "Where and when", "21 centres in South Korea; enrolled September 2021 to "
         "August 2023; followed for 24 weeks at most"),
        ("kangstem-2024", "Sponsor", ""),
        ("kangstem-2024", "Published", "In no journal: company statements and news"),
        ("kim-2017", "Treatment", "Cord-blood cells (FURESTEM-AD), 25 million cells or 50 million "
         "cells, once, under the skin"),
        ("kim-2017", "Funding", "Kangstem Biotech"),
        ("seo-2024-phase-2", "Treatment", "Bone-marrow cells (SCM-AGH), 0.5 million cells/kg, 3 "
         "times, 2 weeks apart, into a vein"),
        ("atmsc-2025", "Known from", "1 journal abstract, 1 news item, 1 registry record; "
         "the paper, which is free to read, was not read"),
        ("shin-2021", "Registry", ""),
    ],
)  # fmt: skip
def test_what_the_card_says(evidence: Evidence, study: str, name: str, words: str) -> None:
    facts = card_facts(evidence, study).set_index("fact")
    assert facts.loc[name, "value"] == words


def test_the_card_writes_text_as_text_and_leads_to_nothing_odd(evidence: Evidence) -> None:
    studies = evidence.studies.assign(
        population="<script>alert(1)</script>", registry_id='NCT1"><b>', doi='10.1/"onclick="x'
    )
    hostile = replace(evidence, _frames={**evidence._frames, "studies": studies})
    made = card_html(card_facts(hostile, "kim-2017"))
    assert "&lt;b&gt;" in made
    assert "doi.org" not in made
    assert "<script" not in made
    assert "&lt;script&gt;" in made
    assert "<b>" not in made


@pytest.mark.parametrize("study", sorted(set(atopic.load().bias_answers["study_id"])))
def test_each_judgement_of_bias_stands_beside_the_answers_that_decide_it(
    evidence: Evidence, study: str
) -> None:
    judgements, paths = (
        bias_judgements(evidence, studies=[study]),
        bias_paths(evidence, studies=[study]),
    )
    made = bias_html(judgements, paths)
    # results that are judged alike share a line
    results = judgements.groupby(["outcome", "week"], dropna=False)["judgement"].agg(tuple)
    assert made.count("<li>") == results.nunique()
    shown = set()
    for line in re.findall(r"<tr .*?</tr>", made)[1:]:
        (light,) = re.findall(r'class="light (low|some|high)', line)
        rows = {int(one) for one in re.findall(r'data-row="bias_answers (\d+)"', line)}
        answers = evidence.bias_answers.loc[sorted(rows)]
        domain = {str(one).partition(".")[0] for one in answers["question"]}
        assert len(domain) == 1
        known = dict(zip(answers["question"], answers["answer"], strict=True))
        judgement = {"some": "some-concerns"}.get(light, light)
        if "A reader" not in line:
            assert possible_judgements(int(domain.pop()), known) == {judgement}, line
        shown |= rows
    assert shown == set(paths.loc[paths["decided"], "row"])
    assert bias_html(judgements.iloc[:0], paths) == ""


def test_a_blinded_trial_is_not_called_biased_for_its_blinding(evidence: Evidence) -> None:
    asked = {"studies": ["kangstem-2019"]}
    judgements, paths = bias_judgements(evidence, **asked), bias_paths(evidence, **asked)
    lines = bias_html(judgements, paths).split("<tr ")
    (departures,) = (line for line in lines[1:] if ">Departures from" in line)
    assert "Registry lists patients among those masked" not in departures
    assert "Reports do not say whether the 88 and 81 are a full analysis set" in departures
    assert "missing outcome data high" in bias_text(judgements).lower()


def test_what_reading_may_change_is_said_once(evidence: Evidence) -> None:
    judgements = bias_judgements(evidence, studies=["seo-2024-phase-2"])
    some = judgements[judgements["domain"].ne("overall")]
    may = int(some["lowest"].ne(some["highest"]).sum())
    words = f"{may} of these {len(some)} judgements may change when the full paper is read."
    assert open_note(judgements, "journal") == words
    assert open_note(judgements.iloc[:0], "journal") == ""


# Charts and tables --------------------------------------------------------------------------------


@pytest.mark.mpl_image_compare(filename="study_rates.png", savefig_kwargs={"dpi": 50})
def test_the_rates_of_one_study() -> Figure:
    return draw_study_rates(study_rates(atopic.load(), "kim-2017"))


def test_every_outcome_is_described() -> None:
    words = describe_study_rates(study_rates(atopic.load(), "shin-2021"))
    assert "EASI-50 by group, 1 row." in words
    assert "maintained good response by group, 1 row. No control group: 40%." in words


def test_nothing_is_drawn_or_told_of_nothing() -> None:
    nothing = study_rates(atopic.load(), "ra-2011")
    assert draw_study_rates(nothing) is None
    assert describe_study_rates(nothing) == ""


# The notebook -------------------------------------------------------------------------------------


NOTEBOOK = REPOSITORY / "notebooks" / "one_study.ipynb"
#: One of each kind; the others are swept over where time does not matter.
FAST = {
    "shin-2021": "single patients",
    "ra-2011": "left out",
    "kangstem-2024": "controlled",
    "seo-2024-phase-1": "response kept",
    "seo-2024-phase-2": "a P value without rates",
    "seo-2024": "no arms",
    "andreasen-2020": "benchmark, pooled",
}
STUDIES = [
    pytest.param(study, marks=[] if study in FAST else pytest.mark.slow)
    for study in pd.read_csv(REPOSITORY / "data" / "studies.csv")["study_id"]
]


@pytest.mark.parametrize("study", STUDIES)
def test_it_shows_any_study(
    study: str, evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Writing SVG and HTML is tested elsewhere; for every study it would take the time.
    monkeypatch.setattr("atopic.display.show.as_svg", lambda *_: "<svg></svg>")
    monkeypatch.setattr("great_tables.GT.as_raw_html", lambda _: "<table></table>")
    monkeypatch.setattr("atopic.load", lambda *_, **__: replace(evidence, absent="empty"))
    shown = run(NOTEBOOK, {"study": study}, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "table"]
    assert {"facts", "sources", "source-rows"} <= set(names)
    assert ("arms" in names) == evidence.arms["study_id"].eq(study).any()
    assert len(names) == len(set(names))
    figures = [metadata for metadata, _ in shown if metadata["kind"] == "figure"]
    assert len(figures) == len({one["name"] for one in figures})
    for one in figures:
        assert one["alt"]
        assert any(one["rows"].values())


def test_an_unknown_study_is_one_note(monkeypatch: pytest.MonkeyPatch) -> None:
    (note,) = run(NOTEBOOK, {"study": "shin-2012"}, monkeypatch)
    assert note[1]["text/plain"].startswith(
        "There is no study 'shin-2012'; did you mean 'shin-2021'?"
    )


@pytest.mark.parametrize(
    ("name", "value"), [("study", ["shin-2021"]), ("level", 95), ("method", "wald")]
)
def test_it_refuses_what_is_no_option(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(NOTEBOOK, {name: value}, monkeypatch)


def test_four_patients_without_an_event_exclude_little(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, {"study": "ra-2011"}, monkeypatch)
    html = {
        metadata["name"]: data["text/html"]
        for metadata, data in shown
        if metadata["kind"] == "table"
    }
    assert "0 to 60.2" in html["adverse-events"]
    assert 'data-row="excluded_studies 20"' in html["facts"]
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    assert notes[0].startswith("Not in the synthesis")
    assert any(one.startswith("Not reported in the sources we read: responders") for one in notes)
    card = next(data for noted, data in shown if noted.get("name") == "brief")
    assert "Patients: 10; ten patients with refractory autoimmune disease" in card["text/plain"]
    assert 'data-row="arms 30"' in card["text/html"]
