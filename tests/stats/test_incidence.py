import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from atopic.stats import incidence


@given(
    events=st.integers(0, 2000),
    exposure=st.floats(0.01, 1e5),
    level=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_the_limits_leave_the_tail_on_either_side(events, exposure, level) -> None:
    lower, upper = incidence.interval(events, exposure, level)
    tail = (1 - level) / 2
    assert stats.poisson.cdf(events, upper * exposure) == pytest.approx(tail, rel=1e-8)
    if events:
        assert stats.poisson.sf(events - 1, lower * exposure) == pytest.approx(tail, rel=1e-8)
    else:
        assert lower == 0


def test_no_event_gives_the_closed_form() -> None:
    lower, upper = incidence.interval(0, [1.0, 50.0], 0.9)
    assert lower.tolist() == [0, 0]
    # one-sided 95%: minus the logarithm of 0.05
    np.testing.assert_allclose(upper, [2.995732273553991, 0.05991464547107982], rtol=1e-14)


@pytest.mark.parametrize(
    ("events", "exposure", "level", "words"),
    [
        (-1, 1, 0.95, "events"), (0.5, 1, 0.95, "events"), (float("nan"), 1, 0.95, "events"),
        (0, 0, 0.95, "exposure"), (0, float("inf"), 0.95, "exposure"), (0, 1, 95, "level"),
    ],
)  # fmt: skip
def test_what_is_no_count_exposure_or_level_is_refused(events, exposure, level, words) -> None:
    with pytest.raises(ValueError, match=words):
        incidence.interval(events, exposure, level)
