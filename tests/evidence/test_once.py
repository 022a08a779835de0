"""What is computed from the evidence is computed once, and each who asks has a copy."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import pytest

from atopic.evidence import Evidence
from atopic.evidence.once import once


@dataclass(frozen=True, eq=False)
class Held:
    frame: pd.DataFrame
    name: str


CALLS: list[object] = []


@once
def held(evidence: Evidence, weeks: Iterable[object] = (), *, level: object = 1) -> list[Held]:
    weeks = list(weeks)
    if level is None:
        raise ValueError("no level")
    CALLS.append((weeks, level))
    return [Held(pd.DataFrame({"n": [len(evidence.studies)]}), str(level))]


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


@pytest.fixture
def own(evidence: Evidence) -> Evidence:
    """Evidence that has answered nothing yet."""
    return Evidence(evidence.path, evidence.package, evidence._frames)


def test_the_same_question_is_computed_once_however_it_is_asked(own: Evidence) -> None:
    first = held(own, [12, 16])
    second = held(own, weeks=[12, 16], level=1)
    assert len(CALLS) == 1
    pd.testing.assert_frame_equal(first[0].frame, second[0].frame)


def test_what_one_does_to_an_answer_reaches_no_other(own: Evidence) -> None:
    first = held(own)
    number = int(first[0].frame.loc[0, "n"])
    first[0].frame["n"] = -1
    second = held(own)
    second[0].frame["n"].array[:] = -2
    second.clear()
    (third,) = held(own)
    assert third.frame["n"].to_list() == [number]
    assert len(CALLS) == 1


def test_arguments_that_are_equal_but_not_the_same_are_told_apart(own: Evidence) -> None:
    assert [held(own, level=level)[0].name for level in (1, 1.0, True)] == ["1", "1.0", "True"]
    held(own, ["12"])
    held(own, [12])
    assert len(CALLS) == 5


def test_what_can_be_read_only_once_is_computed_each_time(own: Evidence) -> None:
    for _ in range(2):
        held(own, iter([12]))
    assert CALLS == [([12], 1)] * 2


def test_each_evidence_has_answers_of_its_own(own: Evidence) -> None:
    whole, part = held(own), held(own.of_study("shin-2021"))
    assert whole[0].frame.loc[0, "n"] > part[0].frame.loc[0, "n"] == 1


def test_an_error_is_raised_each_time_and_wrong_arguments_are_those_of_the_function(
    own: Evidence,
) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="no level"):
            held(own, level=None)
    with pytest.raises(TypeError, match="unexpected keyword argument 'wek'"):
        held(own, wek=[12])  # type: ignore[call-arg]
