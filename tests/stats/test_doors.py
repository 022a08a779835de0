"""The doors of the statistics: no foreign thing comes in, and numbers come in alike."""

import copy
import dataclasses
import inspect
import math
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atopic import changes, contrasts, counts, incidence, pooling, proportions, trialdesign
from tests.stats.calls import (
    COUNTS,
    FLAG,
    FLAGS,
    KINDS,
    LABELS,
    NAME,
    NUMBER,
    NUMBERS,
    RESULT,
    WHOLE,
    find,
    public,
    right,
)
from tests.stats.foreign import (
    DRESSES,
    EXTREMES,
    FOREIGN_WORDS,
    NO_FLAG,
    NO_FLAGS,
    NO_LABELS,
    NO_NAME,
    NO_NUMBER,
    NO_NUMBERS,
    NO_RESULT,
    NO_TEXT,
    ROWS,
    WHOLES,
)

FOREIGN = {
    COUNTS: NO_NUMBERS, NUMBERS: NO_NUMBERS, "wholes": NO_NUMBERS, NUMBER: NO_NUMBER,
    WHOLE: NO_NUMBER, FLAG: NO_FLAG, FLAGS: NO_FLAGS, NAME: NO_NAME, LABELS: NO_LABELS,
    RESULT: NO_RESULT, "text": NO_TEXT,
}  # fmt: skip
#: Tried in every argument by the fast tests too; of the rest they try one in so many.
ALWAYS = ("masked", "dates", "true", "text", "a generator")
FEW = 9
#: nan is what these say where there is no answer.
NO_ANSWER = ("contrasts.p_value", "trialdesign.detectable_difference", "contrasts.compare")
SECONDS = 60.0


def some(table: dict[str, Any], start: int) -> list[tuple[str, Any]]:
    """A part of a table of kinds, another one for each argument."""
    kinds = list(table)
    return [(kind, table[kind]) for kind in {*ALWAYS, *kinds[start % FEW :: FEW]} & {*kinds}]


def every(table: dict[str, Any], _: int) -> list[tuple[str, Any]]:
    return list(table.items())


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def refusal(function: Callable[..., Any], arguments: dict[str, Any]) -> str | None:
    """The sentence by which arguments are refused, None if they are taken; all else fails."""
    with in_time(SECONDS):
        try:
            result = function(**arguments)
        except ValueError as error:
            message = str(error)
            assert "\n" not in message
            assert len(message) < 500
            assert [word for word in FOREIGN_WORDS if word.lower() in message.lower()] == []
            return message
    refusal.result = flat(result)  # type: ignore[attr-defined]
    return None


def flat(result: Any) -> Any:
    """Every number and word of a result, in lists."""
    if isinstance(result, pd.DataFrame):
        return [result[column].tolist() for column in result.columns]
    if isinstance(result, np.ndarray):
        return [result.shape, result.tolist()]
    if dataclasses.is_dataclass(result):
        names = [field.name for field in dataclasses.fields(result)]
        left_out = ("maximum", "likelihood", "fit", "data", "_grid")
        return [flat(getattr(result, name)) for name in names if name not in left_out]
    if isinstance(result, list | tuple):
        return [flat(part) for part in result]
    if isinstance(result, dict):
        return [[name, flat(part)] for name, part in result.items()]
    return result.item() if isinstance(result, np.generic) else result


def has_nan(values: Any) -> bool:
    if isinstance(values, list | tuple):
        return any(map(has_nan, values))
    return isinstance(values, float) and math.isnan(values)


def test_every_public_function_is_here_with_each_of_its_arguments() -> None:
    assert public() == set(KINDS)
    for name, kinds in KINDS.items():
        assert set(inspect.signature(find(name)).parameters) - {"options"} == set(kinds)


def foreign(name: str, part: Callable[..., list[tuple[str, Any]]]) -> None:
    function, arguments = find(name), right(name)
    assert refusal(function, arguments) is None
    taken = [
        (argument, kind)
        for place, (argument, expected) in enumerate(KINDS[name].items())
        for kind, make in part(FOREIGN.get(expected, {}), len(name) + place)
        # What is called is the caller's.
        if not (argument in ("function", "mapper") and kind == "a class")
        and refusal(function, {**arguments, argument: make()}) is None
    ]
    assert taken == []


@pytest.mark.parametrize("name", KINDS)
def test_what_is_foreign_is_refused_in_the_words_of_the_library(name: str) -> None:
    foreign(name, some)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_everything_foreign_is_refused_everywhere(name: str) -> None:
    foreign(name, every)


def dressed(name: str, part: Callable[..., list[tuple[str, Any]]]) -> None:
    function, arguments = find(name), right(name)
    expected = repr(flat(function(**arguments)))
    for place, (argument, kind) in enumerate(KINDS[name].items()):
        value = arguments.get(argument)
        if value is None or argument == "candidates" or kind not in (COUNTS, NUMBERS, "wholes"):
            continue
        table = DRESSES | (ROWS if np.ndim(value) == 1 else {})
        table |= WHOLES if kind != NUMBERS else {}
        if np.any(np.float32(value) != np.asarray(value, dtype=np.float64)):
            table.pop("float32")
        for dress, make in part(table, len(name) + place):
            given = make(value)
            before = None if dress == "view" else copy.deepcopy(given)
            assert repr(flat(function(**{**arguments, argument: given}))) == expected, dress
            assert dress == "view" or repr(before) == repr(given)


@pytest.mark.parametrize("name", [name for name in KINDS if not name.startswith("dose")])
def test_numbers_are_the_same_in_another_dress(name: str) -> None:
    dressed(name, some)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_numbers_are_the_same_in_every_dress(name: str) -> None:
    dressed(name, every)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_extreme_arguments_have_an_answer_or_a_refusal(name: str) -> None:
    function, arguments = find(name), right(name)
    for argument, kind in KINDS[name].items():
        for value in EXTREMES.get(kind, []):
            given = {**arguments, argument: value}
            if refusal(function, given) is None and kind != LABELS:
                no_answer = name.startswith(NO_ANSWER)
                assert no_answer or not has_nan(refusal.result), (argument, value)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_arguments_have_an_answer_or_a_refusal(name: str, data: st.DataObject) -> None:
    arguments = right(name)
    for argument, kind in KINDS[name].items():
        values = [make for _, make in FOREIGN.get(kind, {}).items()]
        extremes = EXTREMES.get(kind, [])
        choice = data.draw(st.integers(0, 9), label=argument)
        if choice == 0 and values and argument not in ("function", "mapper"):
            arguments[argument] = data.draw(st.sampled_from(values))()
        elif choice < 4 and extremes:
            arguments[argument] = data.draw(st.sampled_from(extremes))
    refusal(find(name), arguments)


def test_a_mask_is_not_dropped() -> None:
    effects = np.ma.array([0.1, 99.0, 0.3], mask=[0, 1, 0])
    with pytest.raises(ValueError, match=r"^effect\[1\] is masked: leave its place out"):
        pooling.random_effects(effects, [0.1] * 3, interval="wald")
    unmasked = pooling.random_effects(np.ma.array([0.1, 0.3]), [0.1] * 2, interval="wald")
    assert unmasked.estimate == pooling.random_effects([0.1, 0.3], 0.1, interval="wald").estimate


def test_dates_and_flags_are_no_numbers() -> None:
    dates = pd.to_datetime(["2020-01-01"])
    with pytest.raises(ValueError, match=r"^mean must be numbers, not a column of datetime64"):
        changes.from_spread(dates, [1.0], [20], kind="sd")
    with pytest.raises(ValueError, match=r"^responders must be whole numbers, but .*\[0\] is True"):
        proportions.interval([True, 3], [9, 9])
    with pytest.raises(ValueError, match=r"^events must be whole numbers, not array\(\[ ?True"):
        incidence.interval(np.array([True, False]), 10.0)


def test_small_whole_numbers_do_not_run_over() -> None:
    small = np.array([200, 250], dtype=np.uint8)
    wide = contrasts.chi_square_test([200, 250], [250, 255], [100, 50], [255, 200])
    found = contrasts.chi_square_test(small, np.uint8([250, 255]), np.uint8([100, 50]), [255, 200])
    assert found.tolist() == wide.tolist()


def test_a_column_is_read_in_its_order_not_by_its_index() -> None:
    x, n = pd.Series([4, 6], index=[1, 0]), pd.Series([9, 20], index=[0, 1])
    found = proportions.interval(x, n)
    assert found.lower.tolist() == proportions.interval([4, 6], [9, 20]).lower.tolist()


def test_infinitely_many_patients_have_no_power() -> None:
    with pytest.raises(ValueError, match=r"^n_1 = inf is not a finite number$"):
        trialdesign.approximate_power(0.5, np.inf, 0.3, 20)


@pytest.mark.parametrize(
    ("limits", "mend"),
    [
        ((-10, -20, -5), "misprint"),
        ((-10, -15, 5), "minus sign"),
        ((-10.0, -20.0, -5.0), "misprint"),
        ((1.5, 1.0, 2.25), "logarithms"),
        ((-5, -20, -5), "misprint"),
        (([-5, -10], [-7, -20], [-3, -5]), r"^mean\[1\] = -10"),
    ],
)
def test_limits_far_from_symmetric_are_refused(limits: Any, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        changes.from_limits(*limits, 30)


@given(
    st.floats(-100, 100),
    st.floats(0.5, 50),
    st.integers(0, 2),
)
def test_printed_symmetric_limits_are_taken(mean: float, half: float, digits: int) -> None:
    printed = [round(value, digits) for value in (mean, mean - half, mean + half)]
    if printed[1] < printed[0] < printed[2]:
        assert changes.from_limits(*printed, 30).se > 0


def test_limits_of_a_difference_are_those_of_two_rates() -> None:
    with pytest.raises(ValueError, match=r"^upper = 40 is no difference of two rates"):
        contrasts.from_difference(0.2, 0.1, 40.0, 0.95, "newcombe")
    with pytest.raises(ValueError, match=r"^estimate = 0.2 is outside its limits$"):
        contrasts.from_difference(0.2, 0.4, 0.1, 0.95, "newcombe")


def test_sizes_beyond_a_limit_are_refused_with_it() -> None:
    with pytest.raises(ValueError, match="at most 10,000,000"):
        proportions.interval(np.broadcast_to(1, (10**12,)), 2)
    with pytest.raises(ValueError, match="broadcast to 1,000,000,000,000 values"):
        proportions.interval(np.ones((10**6, 1)), np.ones(10**6))
    with pytest.raises(ValueError, match="more than 10,000,000 to list"):
        counts.compatible("50", 10**12)
    with pytest.raises(ValueError, match="must be below 2\\*\\*53"):
        proportions.interval(10**18, 10**18)
    studies = pooling.random_effects(np.arange(4000.0), 1.0, tau2_method="dl", interval="wald")
    with pytest.raises(ValueError, match="4,000 studies are too many to leave out each"):
        pooling.leave_one_out(studies)
