"""Ranges over every compatible count, against brute force and R."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.stats import ambiguity, extremes
from atopic.stats.ambiguity import central_candidates, over_candidates

VALUES = json.loads((Path(__file__).parents[1] / "oracles/ambiguity/values.json").read_text())

#: Closed forms in the same double precision as R.
RTOL = 1e-12

# The only rows of the evidence in which several counts fit (kangstem-2024, week 12).
WEEK_12 = [
    [(65, 197), (66, 200), (67, 203), (68, 206), (69, 209)],
    [(27, 92), (29, 99)],
]


def proportions(responders, n):
    return {"rate": responders / n}


def contrast(responders, n):
    rate = responders / n
    difference = rate[..., 0] - rate[..., 1]
    half = 1.96 * np.sqrt((rate * (1 - rate) / n).sum(axis=-1))
    return {"difference": difference, "lower": difference - half, "upper": difference + half}


def pooled(responders, n):
    weight = n**3 / (responders * (n - responders))
    return {"rate": (weight * responders / n).sum(axis=-1) / weight.sum(axis=-1)}


pairs = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
rows = st.lists(st.lists(pairs, min_size=1, max_size=4), min_size=1, max_size=4)


def value(result, quantity, column, position=None):
    table = result.table[result.table["quantity"] == quantity]
    table = table if position is None else table[table["position"] == position]
    return table[column].item()


def test_contrast_ranges_agree_with_metafor_over_all_combinations():
    found = over_candidates(
        contrast, WEEK_12, central=central_candidates(WEEK_12, planned=[205, 103])
    )
    assert found.combinations == 10
    for column in ("central", "minimum", "maximum"):
        assert value(found, "difference", column) == pytest.approx(
            VALUES["difference"][column], rel=RTOL
        )


def test_pooled_ranges_agree_with_metafor_over_all_combinations():
    case = VALUES["pooled"]
    found = over_candidates(pooled, [[tuple(p) for p in row] for row in case["candidates"]])
    assert found.combinations == case["combinations"]
    for column in ("minimum", "maximum"):
        assert value(found, "rate", column) == pytest.approx(case[column], rel=RTOL)


@settings(deadline=None)
@given(rows)
def test_ranges_of_rates_are_those_of_each_row_alone(candidates):
    found = over_candidates(proportions, candidates).table
    for position, row in enumerate(candidates):
        rates = [x / n for x, n in row]
        line = found.iloc[position]
        assert line["position"] == position
        assert (line["minimum"], line["maximum"]) == (min(rates), max(rates))
        assert line["minimum"] <= line["central"] <= line["maximum"]
        x, n = line["at_maximum"][position]
        assert x / n == max(rates)


@settings(deadline=None)
@given(rows, st.randoms())
def test_combinations_that_give_the_extremes_reproduce_them(candidates, random):
    def total(responders, n):
        return {"mean": responders.sum(axis=-1) / n.sum(axis=-1)}

    found = over_candidates(total, candidates)
    every = [sum(x for x, _ in c) / sum(n for _, n in c) for c in product(*candidates)]
    assert found.combinations == len(every)
    assert value(found, "mean", "minimum") == min(every)
    assert value(found, "mean", "maximum") == max(every)
    for end in ("minimum", "maximum"):
        chosen = value(found, "mean", f"at_{end}")
        mean = sum(x for x, _ in chosen) / sum(n for _, n in chosen)
        assert mean == value(found, "mean", end)
    shuffled = [random.sample(row, len(row)) for row in candidates]
    again = over_candidates(total, shuffled)
    assert value(again, "mean", "central") == value(found, "mean", "central")


def test_certain_counts_give_a_range_of_no_width():
    found = over_candidates(contrast, [[(28, 88)], [(22, 81)]])
    assert found.combinations == 1
    table = found.table
    assert (table["minimum"] == table["maximum"]).all()
    assert (table["minimum"] == table["central"]).all()
    assert table["position"].isna().all()


def test_blocks_do_not_change_the_result(monkeypatch):
    whole = over_candidates(contrast, WEEK_12).table
    monkeypatch.setattr(extremes, "BLOCK", 3)
    assert over_candidates(contrast, WEEK_12).table.equals(whole)


def test_infinite_values_are_extremes_like_others():
    def needed(responders, n):
        with np.errstate(divide="ignore"):
            return {"nnt": 1 / (responders[..., 0] / n[..., 0] - 0.5)}

    found = over_candidates(needed, [[(5, 10), (6, 10)]])
    assert value(found, "nnt", "maximum") == np.inf
    assert value(found, "nnt", "at_maximum") == ((5, 10),)
    assert value(over_candidates(needed, [[(5, 10)]]), "nnt", "minimum") == np.inf


def test_central_pair_has_the_denominator_nearest_the_planned_size():
    assert central_candidates(WEEK_12, planned=[205, 103]) == (3, 1)
    # 201.5 lies midway between 200 and 203.
    assert central_candidates(WEEK_12[:1], planned=[201.5]) == (1,)


def test_central_pair_without_a_planned_size_is_the_median_or_the_lower_of_two():
    assert central_candidates(WEEK_12) == (2, 0)
    assert central_candidates(WEEK_12, planned=[float("nan"), 99]) == (2, 1)
    assert central_candidates([[(74, 154), (37, 77)]]) == (1,)


def test_central_pair_among_counts_of_one_denominator_is_the_median_count():
    assert central_candidates([[(99, 300), (98, 300), (97, 300), (5, 20)]], planned=[310]) == (1,)


def test_the_rule_of_the_central_choice_is_carried():
    assert over_candidates(proportions, WEEK_12).central_rule == ambiguity.CENTRAL_RULE
    found = over_candidates(proportions, WEEK_12, central=(4, 1))
    assert found.central_rule == "given by the caller"
    assert found.central == ((69, 209), (29, 99))


def test_too_many_combinations_are_refused_with_their_number():
    with pytest.raises(ValueError, match=r"1,048,576 combinations .* limit of 1,000,000"):
        over_candidates(proportions, [[(1, 3), (2, 3)]] * 20)


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ([], "at least one row"),
        ([[(1, 2)], []], r"candidates\[1\] must be one or more pairs"),
        ([[1, 2]], r"candidates\[0\] must be one or more pairs"),
        ([[(1, 2)], [(1, 2), (3, 2)]], r"candidates\[1\]: responders\[1\] = 3 is more than n"),
        ([[(1.5, 2)]], r"candidates\[0\]: responders\[0\] = 1.5 is not a whole number"),
    ],
)
def test_impossible_candidates_are_refused_by_row(candidates, message):
    with pytest.raises(ValueError, match=message):
        over_candidates(proportions, candidates)


def test_impossible_central_places_and_planned_sizes_are_refused():
    with pytest.raises(ValueError, match=r"central\[1\] = 2 is not the place of one of 2"):
        over_candidates(proportions, WEEK_12, central=(0, 2))
    with pytest.raises(ValueError, match="central has 1 places for 2 rows"):
        over_candidates(proportions, WEEK_12, central=(0,))
    with pytest.raises(ValueError, match="planned has 1 sizes for 2 rows"):
        central_candidates(WEEK_12, planned=[205])


def test_a_function_with_missing_values_or_another_shape_is_refused():
    def missing(responders, n):
        return {"rate": np.where(n[..., 0] > 200, np.nan, 0.5)}

    with pytest.raises(ValueError, match=r"rate is missing for the combination \(\(67, 203\)"):
        over_candidates(missing, WEEK_12)
    with pytest.raises(ValueError, match=r"rate has shape \(\), expected"):
        over_candidates(lambda responders, n: {"rate": (responders / n).mean()}, WEEK_12)
    with pytest.raises(ValueError, match="at least one named quantity"):
        over_candidates(lambda *_: {}, WEEK_12)


def common_effect(responders, n):
    """The pooled difference, whose weights change with the counts, and how far trials differ."""
    rate = (responders + 0.5) / (n + 1)
    effect = rate[:, ::2] - rate[:, 1::2]
    variance = rate * (1 - rate) / n
    weight = 1 / (variance[:, ::2] + variance[:, 1::2])
    mean = (weight * effect).sum(axis=1) / weight.sum(axis=1)
    se = weight.sum(axis=1) ** -0.5
    q = (weight * (effect - mean[:, None]) ** 2).sum(axis=1)
    return {"estimate": mean, "lower": mean - 1.96 * se, "upper": mean + 1.96 * se, "Q": q}


@pytest.mark.parametrize("seed", range(12))
def test_a_search_finds_what_trying_everything_finds(seed):
    dice = np.random.default_rng(seed)
    candidates = [
        [(int(dice.integers(n // 2)), int(n)) for n in 20 + dice.choice(40, size, replace=False)]
        for size in dice.integers(1, 6, 6)
    ]
    whole = over_candidates(common_effect, candidates).table
    found = over_candidates(common_effect, candidates, limit=0, beyond="search")
    assert found.note
    width = whole["maximum"] - whole["minimum"]
    lost = (found.table["minimum"] - whole["minimum"], whole["maximum"] - found.table["maximum"])
    for one in lost:
        assert (one >= 0).all()
        assert (one[:3] <= 0.01 * width[:3]).all()  # what is pooled
        assert (one <= 0.1 * width).all()  # Q has many hills


def test_ten_thousand_million_combinations_are_searched_and_said():
    arms = [[(x, n) for n in range(90, 100) for x in (30 + arm,)] for arm in range(10)]
    found = over_candidates(common_effect, arms, limit=10_000, beyond="search")
    assert found.combinations == 10**10
    assert found.evaluated < 100_000
    assert "of 1e+10 combinations: it may be a little wider" in found.note
    again = over_candidates(common_effect, arms, limit=10_000, beyond="search")
    assert again.table.equals(found.table)
    for _, line in found.table.iterrows():
        assert line["minimum"] <= line["central"] <= line["maximum"]
        for end in ("minimum", "maximum"):
            x, n = np.array(line[f"at_{end}"], dtype=float).T
            assert common_effect(x[None], n[None])[line["quantity"]][0] == line[end]
    # The difference of these arms is least with the smallest control and largest active groups.
    lowest = found.table.set_index("quantity").loc["estimate"]
    x, n = np.array(lowest["at_minimum"]).T
    assert set(n[::2]) == {99}
    assert set(n[1::2]) == {90}
