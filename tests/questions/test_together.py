"""Groups without a control taken together: which, how, and what is said of them."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import atopic
from atopic.display.finding_words import capital
from atopic.questions.response_rates import rates_together, response_rates
from atopic.questions.response_rates.chart import describe_rates, draw_rates
from atopic.questions.response_rates.finding import rates_finding
from atopic.questions.response_rates.table import tabulate_together
from atopic.questions.response_rates.together import _pooled
from atopic.questions.response_rates.words import NOT_CONTROLLED, together_notes
from atopic.stats.pooling import pool_proportions
from tests.reviews import change_cells, psoriasis, write


def single_arms(folder: Path) -> atopic.Evidence:
    """Return the psoriasis trials without their control groups, as if each had treated alone."""
    psoriasis(folder)
    arms = pd.read_csv(folder / "arms.csv", dtype=str, keep_default_na=False)
    placebo = arms[arms["role"].eq("placebo")]
    gone = set(zip(placebo["study_id"], placebo["arm_id"], strict=True))
    for name in ("arms", "responses"):
        rows = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        every = rows.to_dict("records")
        kept = [one for one in every if (one["study_id"], one["arm_id"]) not in gone]
        write(folder / f"{name}.csv", kept)
    change_cells(folder, "studies", lambda row: row.update(design="single-arm"))
    return atopic.load(folder)


@pytest.fixture
def alone(tmp_path: Path) -> atopic.Evidence:
    return single_arms(tmp_path / "alone")


def test_the_studies_of_each_agent_are_pooled_by_the_model_of_proportions(
    alone: atopic.Evidence,
) -> None:
    rates = response_rates(alone, "PASI-75", weeks=[12])
    assert set(rates["setting"]) == {"uncontrolled"}
    together = rates_together(alone, rates)
    assert together["pooled_with"].is_unique
    for row in together.itertuples():
        own = rates[rates["agent"].eq(row.pooled_with)]
        sums = own.groupby("study_id")[["responders", "n"]].sum().astype("int64")
        found = pool_proportions(sums["responders"], sums["n"])
        assert (row.studies, row.groups) == (len(sums), len(own))
        assert (row.responders, row.n) == tuple(sums.sum())
        assert (row.estimate, row.lower, row.upper) == (found.estimate, found.lower, found.upper)
        assert row.prediction_lower <= row.lower
        assert row.upper <= row.prediction_upper
    several = rates.groupby("agent")["study_id"].nunique().gt(1)
    assert set(together["pooled_with"]) == set(several[several].index)
    assert len(rates_together(alone, rates, pool_by="all")) == 1


def test_nothing_is_taken_together_that_a_trial_compares(
    evidence: atopic.Evidence, tmp_path: Path
) -> None:
    for outcome in ("EASI-50", "EASI-75"):
        assert rates_together(evidence, response_rates(evidence, outcome)).empty
    compared = atopic.load(psoriasis(tmp_path / "compared"))
    rates = response_rates(compared, "PASI-75", weeks=[12])
    pretended = rates.assign(setting="uncontrolled")
    agents = set(rates_together(compared, pretended)["pooled_with"])
    with_placebo = rates[rates["arm_role"].eq("placebo")]["study_id"]
    ever = set(rates[rates["study_id"].isin(with_placebo)]["agent"])
    assert not agents & ever


def test_patients_are_counted_once_and_combined_groups_not_at_all(alone: atopic.Evidence) -> None:
    rates = response_rates(alone, "PASI-75", weeks=[12])
    whole = rates_together(alone, rates, pool_by="all").iloc[0]
    combined = rates.assign(combined_arm=["yes", *["no"] * (len(rates) - 1)])
    less = rates_together(alone, combined, pool_by="all").iloc[0]
    assert whole["n"] - less["n"] == rates["n"].iloc[0]
    twice = rates_together(alone, pd.concat([rates, rates.tail(1)]), pool_by="all").iloc[0]
    assert whole["n"] - twice["n"] == rates["n"].iloc[-1]


def test_limits_reach_over_every_count_that_fits(evidence: atopic.Evidence) -> None:
    rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"])
    other = rates.assign(study_id="seo-2024-phase-1")
    pair = pd.concat([rates, other], ignore_index=True).assign(agent="x", arm_id=range(4))
    found = _pooled(pair)
    assert pair["basis"].eq("ambiguous").any()
    assert (found["lower_min"], found["upper_max"]) != (found["lower"], found["upper"])
    for pairs in product(*pair["candidates"]):
        x, n = (np.add.reduceat([one[place] for one in pairs], [0, 2]) for place in (0, 1))
        fit = pool_proportions(x, n)
        assert found["lower_min"] - 1e-9 <= fit.lower
        assert fit.upper <= found["upper_max"] + 1e-9


def test_it_is_marked_wherever_it_is_shown(alone: atopic.Evidence) -> None:
    rates = response_rates(alone, "PASI-75", weeks=[12])
    together = rates_together(alone, rates)
    assert all(capital(NOT_CONTROLLED) in note for note in together_notes(together))
    found = rates_finding(alone, "PASI-75", rates, {}, together=together)
    plain = rates_finding(alone, "PASI-75", rates, {})
    assert (found["number"], found["unit"]) == (plain["number"], plain["unit"])
    assert any(capital(NOT_CONTROLLED) in note for note in found["notes"])
    few = rates_finding(alone, "PASI-75", rates, {}, together=together.head(2))
    assert set(together_notes(together.head(2))) <= set(few["notes"])
    assert describe_rates(rates, together=together).count(capital(NOT_CONTROLLED)) == len(together)
    figure = draw_rates(rates, together=together)
    assert figure is not None
    texts = [one.get_text() for one in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert f"Studies together, {NOT_CONTROLLED}" in texts
    diamonds = [
        one for one in figure.axes[0].lines
        if one.get_marker() == "D" and one.get_markerfacecolor() == "white"
    ]  # fmt: skip
    assert len(diamonds) == len(together)
    assert len(tabulate_together(together)) == len(together)
    assert tabulate_together(together.iloc[:0]).empty


def test_nobody_and_everybody_have_no_next_study(alone: atopic.Evidence) -> None:
    rates = response_rates(alone, "PASI-75", weeks=[12]).assign(responders=0)
    together = rates_together(alone, rates, pool_by="all")
    assert together["prediction_lower"].isna().all()
    assert "any rate" in together_notes(together)[0]
