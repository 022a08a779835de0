"""Every question refuses what there is not, and leaves out what it is told to."""

import importlib
import inspect
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

import atopic
from atopic.errors import UsageError
from atopic.questions.frames import Estimates, as_estimates

#: What questions need besides the evidence, where they have no default.
OUTCOME = {"score_reductions": "EASI", "minimal_important_changes": "EASI"}


def questions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield what the faces of the questions export and asks the evidence."""
    for room in dir(atopic.questions):
        face = importlib.import_module(f"atopic.questions.{room}")
        for name in getattr(face, "__all__", ()):
            one = getattr(face, name)
            if inspect.isfunction(one) and "evidence" in inspect.signature(one).parameters:
                yield name, one


EVERY = dict(questions())
NOTES = {name for name in EVERY if name.endswith("_note")}


def taking(*names: str) -> list[str]:
    return [
        name
        for name, one in EVERY.items()
        if name not in NOTES and set(names) <= set(inspect.signature(one).parameters)
    ]


def ask(evidence: atopic.Evidence, name: str, **options: Any) -> Any:
    one = EVERY[name]
    parameters = inspect.signature(one).parameters
    given = {"outcome": OUTCOME.get(name, "EASI-50")} if "outcome" in parameters else {}
    given |= {"week": 12} if "week" in parameters else {}
    given |= {"study": "kim-2017"} if "study" in parameters else {}
    if name == "unplaced_studies":
        items = EVERY["printed_items"](evidence)
        given["kinds"] = importlib.import_module("atopic.questions.evidence_map").printed_kinds(
            items
        )
    needed = [
        parameter
        for parameter, what in parameters.items()
        if what.default is what.empty and parameter not in {"evidence", *given}
    ]
    if needed:
        pytest.skip(f"made from {needed[0]}")
    return one(evidence, **{**given, **options})


def studies_of(found: Any) -> set[str]:
    if isinstance(found, list):
        return set(found)
    return set(found["study_id"].dropna()) - {""} if "study_id" in found else set()


def test_every_question_is_asked_through_one_door():
    assert len(EVERY) > 50
    assert [
        name for name in EVERY if name not in NOTES and not hasattr(EVERY[name], "__asked__")
    ] == []


def test_whatever_takes_studies_can_leave_out_and_keep_to_controlled():
    both = taking("studies")
    assert len(both) > 12
    assert taking("studies", "exclude", "controlled") == both


@pytest.mark.parametrize("name", taking("outcome"))
def test_an_unknown_outcome_is_refused_with_what_was_probably_meant(evidence, name):
    asked = {"outcome": "EASI_" if OUTCOME.get(name) else "EASI50"}
    with pytest.raises(UsageError, match=r"No study reports 'EASI.*did you mean 'EASI") as caught:
        ask(evidence, name, **asked)
    assert "utcomes of " in str(caught.value)


@pytest.mark.parametrize("name", taking("studies"))
@pytest.mark.parametrize("option", ["studies", "exclude"])
def test_an_unknown_study_is_refused(evidence, name, option):
    with pytest.raises(UsageError, match=r"There is no study 'kim2017'; did you mean"):
        ask(evidence, name, **{option: ["kim2017"]})


@pytest.mark.parametrize("name", taking("study"))
def test_so_is_the_one_study_of_a_question(evidence, name):
    with pytest.raises(UsageError, match="There is no study 'kim2017'"):
        ask(evidence, name, study="kim2017")


# That no trial reports a P value without rates at a week is an answer.
@pytest.mark.parametrize("name", [n for n in taking("outcome", "weeks") if n != "allowed_effects"])
def test_a_week_without_rows_is_refused_with_those_there_are(evidence, name):
    with pytest.raises(UsageError, match=r"at week 13; weeks reported: "):
        ask(evidence, name, weeks=[13])


@pytest.mark.parametrize("name", taking("outcome"))
def test_pages_get_no_rows_instead(name):
    evidence = atopic.load(absent="empty")
    found = ask(evidence, name, outcome="nonsense")
    if isinstance(found, pd.DataFrame) and name != "kept_responses":  # some name no threshold
        assert found.empty


@pytest.mark.parametrize("name", taking("studies"))
def test_what_is_left_out_is_gone_and_the_rest_is_as_before(evidence, name):
    whole = studies_of(ask(evidence, name))
    if not whole:
        pytest.skip("no studies in its answer")
    out = sorted(whole)[0]
    assert studies_of(ask(evidence, name, exclude=[out])) == whole - {out}
    # An iterator, which can be read once, is as good as a list.
    assert studies_of(ask(evidence, name, exclude=iter([out]))) == whole - {out}


# Kept responses are never controlled, and the numbers of a claim can be of other studies.
@pytest.mark.parametrize(
    "name", [n for n in taking("studies") if n not in ("kept_responses", "observations")]
)
def test_controlled_keeps_to_trials_with_a_placebo_group(evidence, name):
    studies = evidence.studies.set_index("study_id")["design"]
    whole = studies_of(ask(evidence, name))
    kept = studies_of(ask(evidence, name, controlled=True))
    assert kept <= whole
    assert {studies[one] for one in kept} <= {"randomised-placebo", "umbrella"}


def test_an_answer_shows_names_counts_and_limits_first(evidence):
    rates = EVERY["response_rates"](evidence, "EASI-75", weeks=[16])
    assert isinstance(rates, pd.DataFrame)
    lines = str(rates).splitlines()
    assert "14/59" in lines[1]
    assert "24% (14 to 37)" in lines[1]
    assert lines[0].split()[:2] == ["study", "group"]
    page = rates._repr_html_()
    assert page.index("24% (14 to 37)") < page.index("<details>")
    assert "all 37 columns" in page
    assert (
        rates[["study_id", "n"]]._repr_html_()
        == pd.DataFrame(rates)[["study_id", "n"]]._repr_html_()
    )  # what is no estimate is shown as pandas shows it


def test_an_answer_is_a_frame_in_everything_else(evidence):
    rates = EVERY["response_rates"](evidence, "EASI-50")
    plain = pd.DataFrame(rates)
    assert type(plain) is pd.DataFrame
    assert rates.to_csv() == plain.to_csv()
    again = pickle.loads(pickle.dumps(rates))
    pd.testing.assert_frame_equal(again, rates)
    both = pd.concat([rates, rates], ignore_index=True)
    assert isinstance(both, Estimates)
    assert len(both) == 2 * len(rates)
    assert isinstance(rates[rates["n"] > 50], Estimates)
    assert as_estimates(pd.DataFrame({"a": [1]})).columns.to_list() == ["a"]


def test_evidence_is_short_and_names_its_tables(evidence):
    assert len(repr(evidence)) < 200
    page = evidence._repr_html_()
    assert len(page) < 10_000
    for name in evidence:
        assert f">{name}</th><td>{len(evidence.table(name)):,}</td>" in page
    assert "No problem." in page
    assert set(evidence) <= set(dir(evidence))
    assert not [name for name in dir(evidence) if name.startswith("_")]


@pytest.mark.parametrize(
    ("option", "value", "meant"),
    [
        ("agents", ["furestem-ad"], "FURESTEM-AD"), ("arms", ["placebos"], "placebo"),
        ("kinds", ["response-rates"], "response-rate"), ("trials", ["kim2017"], "kim-2017"),
        ("background_topicals", "unknowns", "unknown"),
    ],
)  # fmt: skip
def test_any_other_name_is_refused_with_what_was_probably_meant(evidence, option, value, meant):
    refused = 0
    for name in taking(option):
        if "frame" in str(inspect.signature(EVERY[name]).parameters[option].annotation).lower():
            continue
        wanted = inspect.signature(EVERY[name]).parameters
        if any(one.default is one.empty and key in ("effects", "arms", "trials", "kinds")
               for key, one in wanted.items()):  # fmt: skip
            continue  # made from another answer
        # An iterator is read once only, and checked all the same.
        for given in (value, value if isinstance(value, str) else iter(value)):
            with pytest.raises(UsageError, match=f"There is no .*did you mean '{meant}'"):
                ask(evidence, name, **{option: given})
        refused += 1
    assert refused


@pytest.mark.parametrize("name", [one for one in taking("outcome") if one in taking("studies")])
def test_a_study_that_says_nothing_of_the_outcome_is_told(evidence, name):
    """Of each study: its rows, or why there are none."""
    outcome = OUTCOME.get(name, "EASI-50")
    tables = ("responses", "scores", "contrasts", "patients")
    rows = [evidence.table(one) for one in tables]
    about = {study for one in rows for study in one.loc[one["outcome"].eq(outcome), "study_id"]}
    for study in sorted(evidence.studies["study_id"]):
        if study not in about:
            with pytest.raises(
                UsageError, match=f"{study} does not report {outcome}; studies that"
            ):
                ask(evidence, name, outcome=outcome, studies=[study])
