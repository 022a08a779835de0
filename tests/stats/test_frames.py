"""Columns of a reader's own frame in place of arrays."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from atopic.stats import pooling, proportions
from tests.stats.foreign import NoFloat

TRIALS = pd.DataFrame(
    {
        "Trial": ["Lee 2004", "Ohara 2011", "Smith 2015"],
        "Drug responders": [8, 12, 9],
        "Drug N": [20, 25, 30],
        "Placebo responders": [4, 6, 5],
        "Placebo N": [20, 24, 30],
        "Control": ["a", "b", "c"],
    }
)
COLUMNS = ("Drug responders", "Drug N", "Placebo responders", "Placebo N")
ARRAYS = [TRIALS[name].tolist() for name in COLUMNS]


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (pooling.pool_contrasts, {"measure": "RR"}),
        (pooling.mantel_haenszel, {"measure": "RD"}),
        (pooling.peto, {}),
        (pooling.contrast_effects, {"measure": "OR"}),
    ],
)
def test_a_frame_gives_what_its_columns_give(function, options) -> None:
    named, by_position = function(TRIALS, *COLUMNS, **options), function(*ARRAYS, **options)
    name = "effect" if hasattr(named, "effect") else "estimate"
    assert_array_equal(getattr(named, name), getattr(by_position, name))
    keywords = dict(zip(("responders_1", "n_1", "responders_0", "n_0"), COLUMNS, strict=True))
    assert type(function(TRIALS, **keywords, **options)) is type(named)


def test_single_groups_and_means_are_read_by_name_too() -> None:
    rate = pooling.pool_proportions(TRIALS, *COLUMNS[:2], study="Trial")
    assert rate.estimate == pooling.pool_proportions(*ARRAYS[:2]).estimate
    means = pd.DataFrame({"m": [1.0, 2.0], "s": [1.0, 1.5], "n": [9, 8], "c": [0.5, 0.25]})
    fit = pooling.pool_means(means, "m", "s", "n", "c", "s", "n")
    assert fit.data.effect.tolist() == [0.5, 1.75]
    assert fit.conventions.measure == "MD"


def test_studies_keep_their_names_wherever_they_are_named() -> None:
    fit = pooling.pool_contrasts(TRIALS, *COLUMNS, study="Trial")
    names = TRIALS["Trial"].tolist()
    assert pooling.leave_one_out(fit)["left_out"].tolist()[-3:] == names
    assert pooling.influence(fit).iloc[:, 0].tolist() == names
    rates = pooling.leave_one_out_rates(TRIALS, *COLUMNS[:2], study="Trial")
    assert rates["left_out"].tolist() == ["none", *names]


def test_a_column_can_name_the_controls_or_those_who_take_part() -> None:
    fit = pooling.pool_contrasts(TRIALS, *COLUMNS, control="Control")
    assert fit.data.covariance is not None
    effects = pd.DataFrame({"d": [0.1, 0.3, 0.8], "v": [0.1, 0.2, 0.1], "use": [True, True, False]})
    assert pooling.random_effects(effects, "d", "v", mask="use").k == 2


def test_tables_of_effects_are_still_arrays() -> None:
    table = pd.DataFrame([[0.1, 0.3], [0.2, 0.4]])
    assert pooling.random_effects(table, 0.1).estimate.shape == (2,)
    assert pooling.random_effects(table, pd.DataFrame([[0.1, 0.2]])).estimate.shape == (2,)
    assert pooling.random_effects(table, covariance=np.diag([0.1, 0.2])).estimate.shape == (2,)
    named = table.T.set_axis(["one", "other"], axis=1)
    assert pooling.random_effects(named, "one", covariance=np.diag([0.1, 0.2])).k == 2


def spoiled(column: str, row: int, value: object) -> pd.DataFrame:
    frame = TRIALS.astype({column: object})
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (spoiled("Drug responders", 1, 26),
         "row 1 (Ohara 2011), column 'Drug responders': 26 is more than the 25 of 'Drug N'"),
        (spoiled("Placebo N", 2, -3), "row 2 (Smith 2015), column 'Placebo N': -3 is negative"),
        (spoiled("Drug N", 0, 0), "row 0 (Lee 2004), column 'Drug N': 0 patients are no group"),
        (spoiled("Drug N", 0, 20.5), "column 'Drug N': 20.5 is not a whole number of patients"),
        (spoiled("Drug N", 0, "n/a"), "column 'Drug N': 'n/a' is text, not a number"),
        (spoiled("Drug N", 0, "20"), "'20' is text: turn the column into numbers"),
        (spoiled("Drug N", 1, None), "row 1 (Ohara 2011), column 'Drug N': is blank"),
        (spoiled("Drug N", 1, pd.NA), "row 1 (Ohara 2011), column 'Drug N': is blank"),
        (spoiled("Drug N", 1, " "), "column 'Drug N': is blank"),
        (spoiled("Drug N", 1, True), "column 'Drug N': True is not a number"),
        (spoiled("Drug N", 1, np.inf), "column 'Drug N': inf is not a finite number"),
        (spoiled("Drug N", 1, 10**400), "is not a finite number"),
        (spoiled("Drug N", 1, pd.Timestamp(0)), "is not a number"),
        (spoiled("Trial", 2, None), "row 2, column 'Trial': is blank"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_refused_by_row_column_and_value(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        pooling.pool_contrasts(frame, *COLUMNS, study="Trial")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_of_a_column_of_text_the_word_is_named_that_made_it_so() -> None:
    frame = TRIALS.astype({"Drug N": str})
    frame.loc[2, "Drug N"] = "about 30"
    with pytest.raises(ValueError, match=r"row 2 \(Smith 2015\), .* 'about 30' is text"):
        pooling.pool_contrasts(frame, *COLUMNS, study="Trial")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pooling.pool_contrasts(TRIALS, "Drug responder", *COLUMNS[1:]),
         "no column 'Drug responder'; did you mean 'Drug responders'? There are: 'Trial', "),
        (lambda: pooling.pool_contrasts(TRIALS, "x", *COLUMNS[1:]),
         "no column 'x'; there are: 'Trial', 'Drug responders'"),
        (lambda: pooling.pool_contrasts(TRIALS, *COLUMNS, study="Trail"), "did you mean 'Trial'?"),
        (lambda: pooling.pool_contrasts(TRIALS, *COLUMNS, control="Controls"),
         "did you mean 'Control'?"),
        (lambda: pooling.pool_contrasts(TRIALS, *COLUMNS[:2]),
         "needs the names of its columns for responders_0, n_0; there are: 'Trial'"),
        (lambda: pooling.pool_contrasts(TRIALS, COLUMNS[0], TRIALS["Drug N"], *COLUMNS[2:]),
         "n_1 must be the name of a column, not"),
        (lambda: pooling.pool_contrasts(TRIALS, *COLUMNS, "RR"),
         "takes 4 columns (responders_1, n_1, responders_0, n_0), not 5"),
        (lambda: pooling.pool_contrasts(TRIALS), "needs the names of its columns for responders_1"),
        (lambda: pooling.pool_contrasts(TRIALS, *COLUMNS, study=3), "study must be the name of a"),
        (lambda: pooling.pool_contrasts(pd.concat([TRIALS, TRIALS], axis=1), *COLUMNS),
         "the frame has 2 columns 'Drug responders'"),
        (lambda: proportions.tabulate(TRIALS.assign(level=1), *COLUMNS[:2]),
         "column 'level' of the frame would be overwritten"),
    ],
)  # fmt: skip
def test_a_wrong_column_is_answered_with_those_there_are(call, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        call()
    assert said in str(refused.value)


def test_rates_of_groups_have_their_limits_and_their_other_columns() -> None:
    made = proportions.tabulate(
        TRIALS.astype({"Drug N": "Int64"}), *COLUMNS[:2], study="Trial", method="wilson"
    )
    lower, upper = proportions.interval(*ARRAYS[:2], method="wilson")
    assert_array_equal(made[["lower", "upper"]].to_numpy().T, [lower, upper])
    assert made["study"].tolist() == TRIALS["Trial"].tolist()
    assert made.columns[-3:].tolist() == ["Placebo responders", "Placebo N", "Control"]
    decimals = pd.DataFrame({"x": [Decimal(4)], "n": [5]}, index=["only"])
    assert proportions.tabulate(decimals, "x", "n")["study"].tolist() == ["only"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (pd.Categorical([20, 25, 30]), "^column 'Drug N' holds categories, not numbers"),
        (
            pd.Series([20, NoFloat(25), 30], dtype=object),
            "^row 1.*is not a number that a float can",
        ),
    ],
)
def test_a_column_of_a_frame_is_refused_like_an_array(cells, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pooling.peto(TRIALS.assign(**{"Drug N": cells}), *COLUMNS)
    with pytest.raises(ValueError, match=r"^n_1 must be"):
        pooling.peto(ARRAYS[0], cells, *ARRAYS[2:])


@pytest.mark.parametrize("name", [3, None, ("a", "b"), 1.5])
def test_what_is_no_name_is_no_column(name: object) -> None:
    with pytest.raises(ValueError, match=r"^responders_1 must be the name of a column, not"):
        pooling.pool_contrasts(TRIALS, name, name, name, name)
    with pytest.raises(ValueError, match=r"^effect must be the name of a column, not"):
        pooling.random_effects(TRIALS, name, name)
