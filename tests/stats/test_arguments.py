"""Messages that the rooms of measured numbers share."""

import numpy as np
import pandas as pd
import pytest

from atopic.stats.arguments import as_numbers, as_sizes, together


@pytest.mark.parametrize(
    ("values", "positive", "message"),
    [
        ([1, np.inf], False, r"^sd\[1\] = inf is not a finite number$"),
        ([[1, 2], [np.nan, 1]], False, r"^sd\[1, 0\] = nan is not a finite number$"),
        (None, False, r"^sd = nan is not a finite number$"),
        ("wide", False, r"^sd must be numbers, not 'wide'$"),
        (pd.array([1, None], dtype="Int64"), False, r"^sd"),
        ([2, 0], True, r"^sd\[1\] = 0 must be above 0$"),
    ],
)
def test_numbers_are_refused_by_name_and_position(values, positive, message):
    with pytest.raises(ValueError, match=message):
        as_numbers(values, "sd", positive=positive)


def test_sizes_are_whole_and_large_enough():
    assert as_sizes(pd.Series([2, 3]), least=2).tolist() == [2.0, 3.0]
    with pytest.raises(ValueError, match=r"^n\[1\] = 1 must be a whole number of at least 2$"):
        as_sizes([2, 1], least=2)
    with pytest.raises(ValueError, match=r"^n = 2.5 must be a whole number of at least 2$"):
        as_sizes(2.5, least=2)


def test_shapes_that_do_not_broadcast_are_named():
    with pytest.raises(ValueError, match=r"^shapes do not broadcast: mean \(2,\), n \(3,\)$"):
        together(mean=np.zeros(2), n=np.zeros(3))
