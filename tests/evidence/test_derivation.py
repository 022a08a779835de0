"""Which counts a response row can stand for: the rules of the codebook and their examples."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import atopic
from atopic.evidence.derivation import BASES, derive
from atopic.paths import bundled

DATA = bundled("data")
K24 = "kangstem-2024"


@pytest.fixture(scope="module")
def responses():
    return atopic.load(DATA).responses


def pick(responses, study, arm, outcome, week=None):
    """Return a row; after the outcome may stand the percentage or the set that tells two apart."""
    outcome, _, further = outcome.partition(" ")
    rows = responses[
        (responses["study_id"] == study)
        & (responses["arm_id"] == arm)
        & (responses["outcome"] == outcome)
    ]
    if week is not None:
        rows = rows[rows["week"] == week]
    if further:
        rows = rows[rows["percent_printed"].eq(further) | rows["analysis_set"].eq(further)]
    assert len(rows) == 1
    return rows.iloc[0]


# The codebook, "When a count may be derived from a percentage": each example of each rule.
@pytest.mark.parametrize(
    ("study", "arm", "outcome", "week", "rule", "pair"),
    [
        ("dupilumab-m12", "placebo", "EASI-50", 12, 2, (19, 54)),
        ("dupilumab-m12", "mg-300-qw", "EASI-50", 12, 2, (47, 55)),
        ("ecztra-6", "placebo", "IGA-0/1", 16, 2, (4, 94)),
        ("ecztra-6", "mg-300-q2w", "IGA-0/1", 16, 2, (17, 97)),
        ("tralokinumab-2b", "placebo", "IGA-0/1", 12, 2, (6, 51)),
        ("kangstem-2019", "active", "EASI-50", 12, 3, (28, 88)),
        ("kangstem-2019", "placebo", "EASI-50", 12, 3, (22, 81)),
        ("seo-2024-phase-1", "high", "EASI-50", 12, 3, (7, 10)),
        ("seo-2024-phase-1", "low", "EASI-50", 12, 3, (6, 9)),
        ("pmc8711034-trial", "active", "SCORAD-50", 12, 2, (9, 40)),
        ("pmc8711034-trial", "placebo", "SCORAD-50", 12, 2, (3, 20)),
        ("pmc8711034-trial", "active", "BSA-decline-above-15 subgroup", 12, 2, (6, 20)),
        ("pmc8711034-trial", "placebo", "BSA-decline-above-15 subgroup", 12, 2, (0, 8)),
        ("solo-1", "placebo", "IGA-0/1", 16, 2, (23, 224)),
        ("dupilumab-2b", "placebo", "IGA-0/1", 16, 2, (1, 61)),
        ("chronos", "mg-300-q2w", "EASI-75", 16, 2, (73, 106)),
        ("kangstem-2024", "placebo", "EASI-50 29.79", 12, 4, (28, 94)),
    ],
)
def test_one_count_fits(responses, study, arm, outcome, week, rule, pair):
    row = pick(responses, study, arm, outcome, week)
    assert row["basis"] == "derived"
    assert row["basis_rule"] == rule
    assert row["candidates"] == (pair,)
    assert (row["responders_used"], row["n_used"]) == pair
    # Nothing derived is written into the data.
    assert pd.isna(row["responders"])


@pytest.mark.parametrize(
    ("study", "arm", "outcome", "week", "pairs", "used"),
    [
        (
            K24,
            "active",
            "EASI-50",
            12,
            ((65, 197), (66, 200), (67, 203), (68, 206), (69, 209)),
            (68, 206),
        ),
        (K24, "placebo", "EASI-50 29.3", 12, ((27, 92), (29, 99)), (29, 99)),
        (K24, "active", "EASI-50", 16, ((37, 77), (74, 154)), (37, 77)),
        ("kim-2017", "phase-2a-low", "EASI-50", 12, ((4, 11), (5, 14)), (5, 14)),
        (
            K24,
            "active",
            "EASI-50",
            24,
            ((36, 62), (54, 93), (72, 124), (90, 155), (108, 186)),
            (72, 124),
        ),
    ],
)
def test_several_counts_fit(responses, study, arm, outcome, week, pairs, used):
    row = pick(responses, study, arm, outcome, week)
    assert row["basis"] == "ambiguous"
    assert row["basis_rule"] == 4
    # The codebook says "near the planned size", so its list may leave some out.
    assert row["candidates"] == pairs
    assert (row["responders_used"], row["n_used"]) == used


@pytest.mark.parametrize(
    ("study", "arm", "outcome"),
    [
        (study, arm, outcome)
        for study in ("advocate-1", "advocate-2")
        for arm in ("placebo", "mg-250-q2w")
        for outcome in ("IGA-0/1", "EASI-75")
    ],
)
def test_a_modelled_percentage_is_never_a_count(responses, study, arm, outcome):
    # That holds also for 43.1 of 283 in advocate-1, which does fit an integer.
    row = pick(responses, study, arm, outcome)
    assert row["basis"] == "percent-only"
    assert row["basis_rule"] == 5
    assert row["candidates"] == ()
    assert pd.isna(row["responders_used"])
    assert pd.isna(row["n_used"])


def test_an_unknown_arm_size_gives_no_count(responses):
    # The codebook names it under rule 5; with n blank, rule 6 decides the same.
    assert pick(responses, "tralokinumab-2b", "mg-300-q2w", "IGA-0/1")["basis"] == "percent-only"


@pytest.mark.parametrize(
    "study",
    [
        "ecztra-1", "ecztra-3", "breeze-ad1", "breeze-ad2", "breeze-ad5", "true-ad1",
        "true-ad2", "nemolizumab-2b", "kangstem-2024-follow-up",
    ],
)  # fmt: skip
def test_without_a_denominator_the_percentage_stands_alone(responses, study):
    rows = responses[responses["study_id"] == study]
    assert len(rows)
    assert set(rows["basis"]) == {"percent-only"}
    assert set(rows["basis_rule"]) == {6}


def test_a_printed_count_always_wins(responses):
    printed = responses[responses["responders"].notna()]
    assert set(printed["basis"]) == {"printed"}
    assert set(printed["basis_rule"]) == {1}
    assert (printed["responders_used"] == printed["responders"]).all()
    assert (printed["n_used"] == printed["n"]).all()
    # Also where it contradicts the percentage beside it.
    row = pick(responses, "kangstem-2019-follow-up", "active", "EASI-50", 104)
    assert row["candidates"] == ((34, 50),)


def test_every_row_has_a_basis_of_the_vocabulary(responses):
    assert responses["basis"].cat.categories.to_list() == list(BASES)
    assert responses["basis"].notna().all()
    assert responses["basis_rule"].between(1, 6).all()
    used = responses["responders_used"].notna()
    assert (used == responses["candidates"].map(len).gt(0)).all()
    assert (used == responses["n_used"].notna()).all()


def table(*rows):
    names = ["study_id", "arm_id", "outcome", "week", "responders", "n", "n_basis"]
    frame = pd.DataFrame(rows, columns=[*names, "percent_printed"], index=range(2, 2 + len(rows)))
    return frame.astype({"week": "Int64", "responders": "Int64", "n": "Int64"})


def one(n, n_basis, percent, responders=None):
    return table(("s", "a", "EASI-50", 12, responders, n, n_basis, percent))


def sizes(n_min, n_max, planned):
    names = ["study_id", "arm_id", "outcome", "week", "n_min", "n_max", "planned"]
    frame = pd.DataFrame([("s", "a", "EASI-50", 12, n_min, n_max, planned)], columns=names)
    return frame.astype({"n_min": "Int64", "n_max": "Int64", "planned": "Int64"})


@pytest.mark.parametrize(
    ("frame", "basis", "rule"),
    [
        (one(54, "printed", "35.2"), "derived", 2),
        (one(54, "inferred", "35.2"), "derived", 3),
        (one(10, "printed", "70"), "derived", 3),
        (one(10, "inferred", "70"), "derived", 3),
        (one(500, "printed", "66"), "ambiguous", 4),
        (one(141, "printed", "12.7"), "percent-only", 5),
        (one(141, "inferred", "12.7"), "percent-only", 5),
        (one(None, None, "12.7"), "percent-only", 6),
        (one(50, "printed", "66", responders=34), "printed", 1),
        (one(None, None, None, responders=3), "printed", 1),
    ],
)
def test_the_rules(frame, basis, rule):
    row = derive(frame).iloc[0]
    assert (row["basis"], row["basis_rule"]) == (basis, rule)


def test_a_row_without_figures_has_no_basis():
    assert derive(one(5, "printed", None)).iloc[0][["basis", "basis_rule"]].isna().all()


def test_of_several_counts_of_one_n_the_middle_one_is_used():
    row = derive(one(500, "printed", "66")).iloc[0]
    assert row["candidates"] == tuple((x, 500) for x in (328, 329, 330, 331, 332))
    assert (row["responders_used"], row["n_used"]) == (330, 500)


def test_the_n_nearest_to_the_planned_size_is_used():
    # 50 percent of 9 to 12 can be 5 of 10 or 6 of 12; 11 lies between.
    row = derive(one(None, None, "50"), sizes(9, 12, 11)).iloc[0]
    assert row["candidates"] == ((5, 10), (6, 12))
    assert (row["responders_used"], row["n_used"]) == (5, 10)


def test_several_counts_of_the_nearest_n():
    row = derive(one(None, None, "66"), sizes(500, 500, 500)).iloc[0]
    assert (row["responders_used"], row["n_used"]) == (330, 500)


def test_the_planned_size_may_be_unknown():
    row = derive(one(None, None, "50"), sizes(9, 12, None)).iloc[0]
    assert row["candidates"] == ((5, 10), (6, 12))
    assert (row["responders_used"], row["n_used"]) == (5, 10)


def test_no_size_that_is_plausible_can_print_it():
    row = derive(one(None, None, "50.5"), sizes(9, 12, 11)).iloc[0]
    assert (row["basis"], row["candidates"]) == ("percent-only", ())


def test_one_modelled_percentage_taints_its_study_only():
    frame = table(
        ("model", "a", "EASI-75", 16, None, 141, "printed", "16.3"),
        ("model", "b", "EASI-75", 16, None, 141, "printed", "12.7"),
        ("other", "a", "EASI-75", 16, None, 141, "printed", "16.3"),
    )
    assert derive(frame)["basis"].to_list() == ["percent-only", "percent-only", "derived"]


def test_the_index_is_kept_and_nothing_is_changed():
    frame = one(54, "printed", "35.2")
    before = frame.copy()
    assert derive(frame).index.equals(frame.index)
    pd.testing.assert_frame_equal(frame, before)


def test_a_folder_without_denominators(tmp_path):
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = folder / "denominators.csv"
    path.write_text(path.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    rows = atopic.load(folder).responses
    assert set(rows[rows["study_id"] == "kangstem-2024"]["basis"]) == {"percent-only"}
