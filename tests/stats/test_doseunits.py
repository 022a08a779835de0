"""Doses convert only by what the caller states."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.stats.doseresponse.units import on_one_axis, to_cells, to_cells_per_kg, total_dose


def test_seo_three_infusions_of_cells_per_kg():
    assert total_dose([5e5, 1e6], 3).tolist() == [1.5e6, 3e6]
    assert to_cells([5e5, 1e6], "cells/kg", body_weight_kg=60).tolist() == [3e7, 6e7]


def test_cells_need_no_weight_to_stay_cells():
    assert to_cells([2.5e7, 5e7], "cells").tolist() == [2.5e7, 5e7]
    assert to_cells_per_kg(1e6, "cells/kg").tolist() == 1e6


@given(st.floats(1, 1e9), st.floats(1, 200))
def test_there_and_back_is_the_same_dose(dose, weight):
    there = to_cells_per_kg(dose, "cells", body_weight_kg=weight)
    back = to_cells(there, "cells/kg", body_weight_kg=weight)
    np.testing.assert_allclose(back, dose, rtol=1e-14)


def test_on_one_axis_states_basis_and_weight():
    arms = ([2.5e7, 1e6], ["cells", "cells/kg"])
    single = on_one_axis(*arms, to="cells", basis="per-administration", body_weight_kg=60)
    assert single.tolist() == [2.5e7, 6e7]
    total = on_one_axis(*arms, to="cells", basis="total", administrations=[1, 3], body_weight_kg=60)
    assert total.tolist() == [2.5e7, 1.8e8]
    assert on_one_axis([0, 4, 8], "mg", to="mg", basis="per-administration").tolist() == [0, 4, 8]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: to_cells(1e6, "cells/kg"), "needs body_weight_kg to become cells; no weight is"),
        (lambda: to_cells([1, 4], ["cells", "mg"]), r"unit\[1\] = 'mg' cannot be expressed"),
        (lambda: to_cells(1e6, "cells/kg", body_weight_kg=0), "must be above 0 kg"),
        (lambda: to_cells(-1, "cells"), "dose = -1 is not a dose of 0 or more"),
        (lambda: to_cells([np.nan], "cells"), r"dose\[0\] = nan is not a dose"),
        (lambda: to_cells([1, 2], ["cells"] * 3), "do not broadcast"),
        (lambda: total_dose(1e6, "3-6"), "a range or a blank cannot make a total; found '3-6'"),
        (lambda: total_dose(1e6, np.nan), "administrations = nan must be a whole number"),
        (lambda: total_dose(1e6, 2.5), "administrations = 2.5 must be a whole number"),
        (lambda: on_one_axis(1, "mg", to="cells", basis="total"), "cannot be expressed in cells"),
        (lambda: on_one_axis(1, "mg", to="mg/kg/day", basis="total"), "a dose in mg cannot be"),
        (lambda: on_one_axis(1, "mg", to="mg", basis="total"), "needs the number of administr"),
        (lambda: on_one_axis(1, "mg", to="mg", basis="sum"), "basis must be"),
    ],
)
def test_refusals_say_what_is_missing(call, message):
    with pytest.raises(ValueError, match=message):
        call()
