"""What questions return, where it is no frame: short, an answer first, with its frames behind."""

import html
import importlib
import inspect
import typing
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import atopic
from atopic.questions.certainty import Settings, answer_questions, judged_results
from atopic.questions.controlled_effect.trial_effects import OverAllCounts
from atopic.questions.dose_response import dose_arms, dose_curves
from atopic.questions.evidence_map import study_flow
from atopic.questions.next_trial import beliefs_about
from atopic.questions.response_rates import placebo_reference
from atopic.stats.results import Result

#: What is no answer: a choice that a question is given, and a tuple that is unpacked.
NO_RESULTS = {Settings, OverAllCounts}


def parts(hint: Any) -> Iterator[Any]:
    """Yield a type and all that it is made of."""
    yield hint
    for one in typing.get_args(hint):
        yield from parts(one)


def returned() -> set[type]:
    """Return the classes of ours that faces of questions offer, or that their functions return."""
    found: set[type] = set()
    for room in dir(atopic.questions):
        face = importlib.import_module(f"atopic.questions.{room}")
        for one in (getattr(face, name) for name in getattr(face, "__all__", ())):
            hints = [one]
            if inspect.isfunction(one):
                plain = inspect.unwrap(one)
                names = {**vars(inspect.getmodule(plain)), "pd": pd}
                hints = list(parts(typing.get_type_hints(plain, names)["return"]))
            found |= {hint for hint in hints if inspect.isclass(hint)}
    return {one for one in found if one.__module__.startswith("atopic.questions.")}


@pytest.fixture(scope="module")
def answers(evidence: atopic.Evidence) -> dict[str, Result]:
    """Answers of every kind, some of which refuse."""
    counts = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    pair = dose_arms(evidence, "upadacitinib-2b", "EASI", week=16)
    refused = dose_arms(evidence, "kangstem-2019", "EASI-50", week=12)
    flow = study_flow(evidence)
    some = answer_questions(evidence)
    (judged, *_) = judged_results(evidence, "kangstem-2019").values()
    beliefs = beliefs_about(evidence, "EASI-50", week=12, delta=0.15)
    mean = placebo_reference(evidence, "EASI-50")
    assert beliefs is not None
    assert mean is not None
    return {
        "arms": counts, "arms of many doses": pair, "arms refused": refused,
        "curves": dose_curves(pair), "curves refused": dose_curves(counts),
        "flow": flow, "group": flow.groups[0], "study": flow.groups[0].studies[0],
        "answer": some[0], "answer without estimate": some[-1], "judgement": judged,
        "domain": judged.domains[0], "beliefs": beliefs, "mean": mean,
    }  # fmt: skip


NAMES = [
    "arms", "arms of many doses", "arms refused", "curves", "curves refused", "flow", "group",
    "study", "answer", "answer without estimate", "judgement", "domain", "beliefs", "mean",
]  # fmt: skip


def test_every_answer_that_is_no_frame_is_a_result(answers: dict[str, Result]) -> None:
    found = returned() - NO_RESULTS
    assert len(found) > 6
    assert {one for one in found if not issubclass(one, Result)} == set()
    assert {one for one in found if one.__repr__ is not Result.__repr__} == set()
    assert found <= {type(one) for one in answers.values()}
    assert list(answers) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_and_tells_the_same_everywhere(answers: dict[str, Result], name: str) -> None:
    one = answers[name]
    shown = repr(one)
    assert len(shown) < 400
    assert "\n" not in shown
    assert "nan" not in shown
    first = one.summary().splitlines()[0]
    assert first
    assert shown == f"<{type(one).__name__}: {first}>"
    page = one._repr_html_()
    assert html.escape(first) in page
    assert "<script" not in page
    assert isinstance(one.to_frame(), pd.DataFrame)
    for frame in one.frames().values():
        assert isinstance(frame, pd.DataFrame)
    if getattr(one, "refused", ""):
        assert first == one.refused
    else:
        assert len(one.to_frame())
    assert "Computed with atopic" in one.methods()


def test_the_first_line_is_the_answer(answers: dict[str, Result]) -> None:
    assert repr(answers["mean"]).startswith("<PlaceboReference: 40% (37 to 43), 95% interval: ")
    assert "3 arms" not in repr(answers["arms refused"])
    flow = answers["flow"].to_frame().set_index("step")["number"]
    left = flow[flow.index.str.startswith("left out: ")]
    assert flow["studies"] - left.sum() == flow["studies used"]
    assert f"{flow['studies used']} used" in repr(answers["flow"])
    one = answers["answer"]
    assert repr(one) == f"<Answer: {one.sentence} Certainty: {one.level}>"  # type: ignore[attr-defined]
    kinds = answers["beliefs"].to_frame()
    assert f"{len(kinds)} scenarios" in repr(answers["beliefs"])
    assert len(kinds[~kinds["controlled"]]) == answers["beliefs"].summary().count(
        ": rests on data without a control group, too."
    )
