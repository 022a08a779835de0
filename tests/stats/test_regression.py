"""Meta-regression: what must hold whatever the numbers are; oracles are in tests/oracles."""

import subprocess
from shutil import which

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from atopic.stats import pooling
from tests.oracles.comparison import oracle

METHODS = ("reml", "ml", "pm", "dl", "eb", "sj")
INTERVALS = ("wald", "hartung-knapp", "hartung-knapp-safeguarded")
BCG = oracle("regression")["cases"][2]
FRAME = pd.DataFrame(
    {
        "latitude": [row[0] for row in BCG["mods"]],
        "allocation": ["r" if a else "s" if b else "alternate" for _, a, b in BCG["mods"]],
    }
)


def fitted(**options) -> pooling.Pooled:
    return pooling.random_effects(BCG["yi"], BCG["vi"], **options)


@st.composite
def studies(draw):
    """Effects, variances and a moderator that differs."""
    k = draw(st.integers(4, 12))
    numbers = st.floats(-3, 3).map(lambda value: round(value, 3))
    y = draw(st.lists(numbers, min_size=k, max_size=k))
    v = draw(st.lists(st.floats(0.01, 2).map(lambda x: round(x, 4)), min_size=k, max_size=k))
    x = draw(st.lists(st.integers(-20, 20), min_size=k, max_size=k, unique=True))
    return np.array(y), np.array(v), np.array(x, dtype=float)


numbers = ("estimate", "se", "tau2", "QE", "QM", "I2")


@settings(max_examples=25, deadline=None)
@given(studies(), st.sampled_from(METHODS), st.sampled_from(INTERVALS), st.randoms())
def test_the_order_of_the_studies_does_not_matter(data, method, interval, random) -> None:
    y, v, x = data
    order = list(range(len(y)))
    random.shuffle(order)
    options = {"tau2_method": method, "interval": interval}
    one = pooling.meta_regression(pooling.random_effects(y, v, **options), x)
    other = pooling.meta_regression(pooling.random_effects(y[order], v[order], **options), x[order])
    for name in numbers:
        assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-5, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(studies(), st.sampled_from(METHODS), st.floats(1e-6, 1e6), st.floats(-50, 50))
def test_a_moderator_in_another_unit_only_changes_its_coefficient(data, method, scale, shift):
    y, v, x = data
    fit = pooling.random_effects(y, v, tau2_method=method, interval="wald")
    one = pooling.meta_regression(fit, x)
    other = pooling.meta_regression(fit, x * scale + shift)
    assert_allclose(other.estimate[1] * scale, one.estimate[1], rtol=1e-5, atol=1e-7)
    for name in ("tau2", "QE", "QM", "I2", "R2"):
        assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-5, atol=1e-7)
    predicted = one.predict([0.5]), other.predict([0.5 * scale + shift])
    assert_allclose(*(each.iloc[0, 1:].to_numpy(float) for each in predicted), rtol=1e-4, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(studies(), st.sampled_from(METHODS), st.sampled_from(INTERVALS))
def test_limits_lie_around_and_shares_within_their_range(data, method, interval) -> None:
    y, v, x = data
    found = pooling.meta_regression(
        pooling.random_effects(y, v, tau2_method=method, interval=interval), x
    )
    assert np.all(found.lower <= found.estimate)
    assert np.all(found.estimate <= found.upper)
    assert found.tau2 >= 0
    assert np.all((found.p_value >= 0) & (found.p_value <= 1))
    for share in (found.I2, found.R2, found.QM_p, found.QE_p):
        assert np.isnan(share) or 0 <= share <= 1
    at = found.predict([0.0, 5.0])
    assert (at["prediction_lower"] <= at["estimate"]).all()
    assert (at["estimate"] <= at["prediction_upper"]).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("interval", INTERVALS)
def test_a_moderator_that_is_balanced_out_leaves_the_pooled_effect(method, interval) -> None:
    """Each study twice, with +1 and -1: the intercept is the mean, and nothing is explained."""
    y, v = np.array(BCG["yi"]), np.array(BCG["vi"])
    twice = pooling.random_effects(
        np.tile(y, 2), np.tile(v, 2), tau2_method=method, interval="wald"
    )
    found = pooling.meta_regression(twice, np.repeat([1.0, -1.0], y.size), interval=interval)
    assert_allclose(found.estimate[1], 0, atol=1e-10)
    at_own = pooling.common_effect(y, v + float(found.tau2))
    assert_allclose(found.estimate[0], at_own.estimate, rtol=1e-9)
    assert_allclose(found.unscaled[0, 0], at_own.se**2 / 2, rtol=1e-9)


def test_groups_alone_are_the_effects_of_the_groups() -> None:
    """With a common effect the coefficients of a group are those that its studies pool to."""
    fit = pooling.common_effect(BCG["yi"], BCG["vi"])
    found = pooling.meta_regression(fit, FRAME, ["allocation"], reference={"allocation": "s"})
    assert found.terms == ("intercept", "allocation: alternate", "allocation: r")
    by_group = pooling.subgroups(fit, FRAME["allocation"])
    means = dict(zip(by_group.frame["group"], by_group.frame["estimate"], strict=True))
    assert_allclose(found.estimate[0], means["s"], rtol=1e-10)
    assert_allclose(found.estimate[1:], [means["alternate"] - means["s"], means["r"] - means["s"]])
    assert_allclose(found.QM, by_group.Q, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_batches_give_what_each_gives_alone(method) -> None:
    y = np.array([BCG["yi"], np.roll(BCG["yi"], 3), np.zeros(13)])
    mask = np.ones((3, 13), dtype=bool)
    mask[1, [2, 5]] = False
    fit = pooling.random_effects(y, BCG["vi"], mask=mask, tau2_method=method)
    found = pooling.meta_regression(fit, FRAME, ["latitude"])
    assert found.estimate.shape == (3, 2)
    assert found.to_frame().shape[0] == 6
    assert found.tests()["analysis"].tolist() == [0, 1, 2]
    for place in range(3):
        kept = mask[place]
        alone = pooling.meta_regression(
            pooling.random_effects(
                y[place, kept], np.array(BCG["vi"])[kept], tau2_method=method
            ),
            FRAME[kept], ["latitude"],
        )  # fmt: skip
        for name in (*numbers, "QM_p", "k", "R2"):
            assert_allclose(getattr(found, name)[place], getattr(alone, name), atol=1e-12)


def test_likelihood_is_not_lower_than_near_its_maximum() -> None:
    """REML and ML by the formulas on full matrices, which the engine never builds."""
    y, v = np.array(BCG["yi"]), np.array(BCG["vi"])
    x = np.column_stack([np.ones(13), BCG["mods"]])

    def log_likelihood(tau2: float, restricted: bool) -> float:
        w = 1 / (v + tau2)
        a = x.T @ (w[:, None] * x)
        r = y - x @ np.linalg.solve(a, x.T @ (w * y))
        value = np.log(w).sum() - np.sum(w * r * r)
        return (value - np.linalg.slogdet(a)[1] * restricted) / 2

    for method in ("reml", "ml"):
        best = float(pooling.meta_regression(fitted(tau2_method=method), FRAME).tau2)
        height = log_likelihood(best, method == "reml")
        for other in np.append(best * np.array([0.99, 1.01]), np.linspace(0, 3, 50)):
            assert log_likelihood(other, method == "reml") <= height + 1e-10


@pytest.mark.parametrize(
    ("moderators", "options", "said"),
    [
        (FRAME.assign(same=3.0), {}, "same is the same in every study"),
        (FRAME.assign(kind="cells"), {}, "kind is 'cells' in every study"),
        (FRAME.assign(twice=FRAME["latitude"] * 2 + 1), {},
         "dependent: twice follows from latitude: leave one out"),
        (FRAME, {"columns": ["lattitude"]}, "no column 'lattitude'; did you mean 'latitude'?"),
        (FRAME, {"columns": ["latitude", "latitude"]}, "moderator 'latitude' is named twice"),
        (FRAME, {"columns": []}, "name at least one moderator"),
        (FRAME, {"columns": [3]}, "columns[0] must be the name of a column"),
        (FRAME, {"reference": {"allocation": "rr"}}, "there are: alternate, r, s"),
        (FRAME, {"reference": {"alloc": "r"}}, "reference names 'alloc', which is no moderator"),
        (FRAME, {"tau2_method": "he"}, "tau2_method must be one of"),
        (FRAME.iloc[:-1], {}, "moderators have 12 rows; there are 13 studies"),
        (FRAME.assign(latitude=[None, *FRAME["latitude"][1:]]), {},
         "row 0, column 'latitude': is blank"),
        (FRAME.assign(allocation=["", *FRAME["allocation"][1:]]), {},
         "row 0, column 'allocation': is blank"),
        ({"a": [1, 2], "b": [1]}, {}, "moderators must be columns of one length"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_moderator_is_refused_by_name(moderators, options, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        pooling.meta_regression(fitted(), moderators, **options)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_too_few_studies_are_refused() -> None:
    fit = pooling.random_effects([0.1, 0.2, 0.4], 0.1)
    frame = pd.DataFrame({"a": [1.0, 2, 4], "b": [1.0, 5, 4]})
    with pytest.raises(ValueError, match=r"3 studies cannot carry 3 .*intercept, a, b.*at least 4"):
        pooling.meta_regression(fit, frame)
    assert pooling.meta_regression(fit, frame, "a").k == 3
    with pytest.raises(ValueError, match="1e10-fold apart"):
        pooling.meta_regression(pooling.random_effects([0, 1, 3], [1, 1e-12, 1]), [1, 2, 4])


def test_predictions_take_the_columns_of_the_frame_and_no_unknown_level() -> None:
    found = pooling.meta_regression(fitted(), FRAME)
    new = pd.DataFrame({"allocation": ["r", "s"], "latitude": [10, 40]})
    assert found.predict(new).columns[:2].tolist() == ["latitude", "allocation"]
    with pytest.raises(ValueError, match="'open' is no level of it; there are: alternate, r, s"):
        found.predict(new.assign(allocation="open"))
    with pytest.raises(ValueError, match="no column 'latitude'"):
        found.predict(new[["allocation"]])


def test_numbers_can_be_groups_and_true_or_false_is_one() -> None:
    frame = pd.DataFrame({"phase": [1, 2, 3] * 4 + [1], "blind": [True, False] * 6 + [True]})
    found = pooling.meta_regression(fitted(), frame, reference={"phase": 2})
    assert found.terms == ("intercept", "phase: 1", "phase: 3", "blind: True")
    assert found.tests()["df"].tolist() == [2, 1]


def shared_controls() -> pooling.Pooled:
    case = oracle("regression")["shared"]
    covariance = pooling.shared_control_covariance(case["vi"], case["control"], case["common"])
    return pooling.random_effects(
        case["yi"], covariance=covariance, control=case["control"], interval="wald"
    )


@pytest.mark.slow
@pytest.mark.skipif(which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize("model", ["random", "common", "shared controls"])
def test_the_call_for_r_runs_and_agrees(model: str) -> None:
    fits = {
        "random": fitted, "shared controls": shared_controls,
        "common": lambda: pooling.common_effect(BCG["yi"], BCG["vi"]),
    }  # fmt: skip
    fit = fits[model]()
    found = pooling.meta_regression(fit, FRAME.iloc[: len(fit.data.mask)], "latitude")
    code = f"suppressMessages({{\n{found.r_call()}\n}})\ncat(c(fit$beta), fit$se, fit$QE)"
    run = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    if "no package called" in run.stderr:
        pytest.skip("metafor is not installed")
    theirs = [float(value) for value in run.stdout.split("\n")[-1].split()]
    assert_allclose(theirs, [*found.estimate, *found.se, found.QE], rtol=1e-5)


def test_what_metafor_does_not_fit_has_no_call() -> None:
    found = pooling.meta_regression(
        shared_controls(), FRAME.iloc[:8], "latitude", interval="hartung-knapp"
    )
    with pytest.raises(ValueError, match="no Hartung-Knapp for correlated effects"):
        found.r_call()
    with pytest.raises(ValueError, match="'sj' is defined for independent effects only"):
        pooling.meta_regression(shared_controls(), FRAME.iloc[:8], "latitude", tau2_method="sj")


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1 / 3, -2.7, 1e3]),
    st.sampled_from([0.0, 0.7, -1 / 7]),
)
def test_effects_on_the_regression_say_so_and_have_no_spurious_intercept(seed, intercept, slope):
    random = np.random.default_rng(seed)
    x, variance = random.normal(0, 10, 6), random.uniform(0.1, 2, 6)
    exact = pooling.random_effects(intercept + slope * x, variance)
    found = pooling.meta_regression(exact, {"x": x})
    assert (
        "effects that lie on the regression: hartung-knapp limits have no width" in found.notes[1]
    )
    assert found.se.tolist() == [0, 0]
    expected = [1.0 if value == 0 else 0.0 for value in (intercept, slope)]
    assert found.p_value.tolist() == expected
    assert [found.QM_p, *found.tests().p_value] == [expected[1]] * 2
    safe = pooling.meta_regression(exact, {"x": x}, interval="hartung-knapp-safeguarded")
    assert (safe.upper - safe.lower > 1e-3).all()
    assert not any("no width" in note for note in safe.notes)


def test_effects_near_the_regression_have_a_note_and_others_none():
    x = np.arange(1.0, 7.0)
    off = np.array([1, -1, 1, -1, 1, -1.0])
    near, far = (
        pooling.meta_regression(pooling.random_effects(x + size * off, [1.0] * 6), {"x": x})
        for size in (1e-6, 3)
    )
    assert [("nearer to the regression" in " ".join(one.notes)) for one in (near, far)] == [1, 0]
