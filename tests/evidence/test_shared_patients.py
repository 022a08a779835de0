"""Patients that two studies report are counted once in whatever is pooled or summed."""

from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import atopic
from atopic.errors import EvidenceError
from atopic.evidence.shared_patients import patients_counted, who_shares
from atopic.questions.controlled_effect import pooled_effect, pooling_refusal, trial_effects

DECLARED = [
    ("solo-1-2-pooled", "solo-1"),
    ("solo-1-2-pooled", "solo-2"),
    ("solo-continue", "solo-1-2-pooled"),
    ("xu-2017", "solo-continue"),
    ("xu-2017", "dupilumab-2b"),
    ("xu-2017", "chronos"),
    ("breeze-ad6", "breeze-ad5"),
    ("kim-2017-follow-up", "kim-2017"),
    ("kangstem-2019-follow-up", "kangstem-2019"),
    ("kangstem-2024-follow-up", "kangstem-2024"),
]


@pytest.mark.parametrize("pair", DECLARED)
def test_studies_with_the_same_patients_are_known(pair: tuple[str, str]):
    counted = patients_counted(atopic.load().studies)
    assert set(who_shares(counted, pair) or ()) == set(pair)


def test_sister_phases_and_sister_trials_have_patients_of_their_own():
    counted = patients_counted(atopic.load().studies)
    assert who_shares(counted, ["seo-2024-phase-1", "seo-2024-phase-2", "solo-1", "solo-2"]) is None


@given(st.lists(st.sets(st.integers(0, 7)), min_size=8, max_size=8))
def test_sharing_is_mutual_and_goes_through_others(named: list[set[int]]):
    names = [f"study-{i}" for i in range(8)]
    counted = patients_counted(
        pd.DataFrame(
            {
                "study_id": names,
                "parent_study_id": None,
                "patients_shared_with_parent": None,
                "shares_patients_with": [
                    ";".join(names[i] for i in sorted(some)) or None for some in named
                ],
            }
        )
    )
    for one, other in combinations(names, 2):
        assert bool(who_shares(counted, [one, other])) == bool(who_shares(counted, [other, one]))
        if other in counted[one]:
            assert counted[other] <= counted[one]
            assert who_shares(counted, [one, other]) == (one, other)


def test_the_same_patients_are_never_pooled():
    evidence = atopic.load()
    drugs = trial_effects(evidence, "IGA-0/1", weeks=[16], include_benchmarks=True)
    regimen = drugs[drugs["arm_id"].eq("mg-300-q2w") & drugs["study_id"].str.startswith("solo-")]
    assert pooling_refusal(regimen) == ""
    assert pooled_effect(regimen)["studies"].to_list() == [2]
    one = regimen[regimen["study_id"].eq("solo-1")]
    pool = one.assign(study_id="solo-1-2-pooled", patients_of="solo-1;solo-1-2-pooled;solo-2")
    both = pd.concat([one, pool], ignore_index=True)
    with pytest.raises(EvidenceError, match="solo-1 and solo-1-2-pooled count the same patients"):
        pooled_effect(both)
