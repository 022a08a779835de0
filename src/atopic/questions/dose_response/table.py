"""Dose and response as tables to be read."""

from typing import Any

import numpy as np
import pandas as pd

from atopic.display.numbers import (
    change_text,
    dose_scale,
    dose_text,
    fraction,
    percent_text,
    points_limits,
    points_signed,
    rate_limits,
    ratio_text,
    signed,
    span_text,
)
from atopic.display.p_values import p_text
from atopic.display.pooling_names import name_of
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.questions.dose_response import DoseArms, DoseCurves
from atopic.questions.dose_response.curves import two_figures
from atopic.questions.response_rates.table import count_words, over_all_counts


def tabulate_doses(arms: DoseArms) -> pd.DataFrame:
    """Return the arms on the dose axis as a table to be read.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> table = tabulate_doses(dose_arms(atopic.load(), "kim-2017", "EASI-50", week=12))
    >>> table[["Dose", "Patients", "Count"]].values.tolist()[0]
    ['25 million cells', '5/14', '2 possible']
    """
    rows = list(records(arms.frame))
    cells = {
        "Group": arms.frame["label"],
        "Dose": [dose_text(row.dose, row.dose_unit) or "0" for row in rows],
        "Setting": arms.frame["setting"].map(setting_words),
    }
    if arms.kind == "counts":
        cells |= {
            "Patients": [fraction(row.responders, row.n) for row in rows],
            "Count": [count_words(row) for row in rows],
            "Reported %": arms.frame["percent_printed"].fillna(""),
            "Rate": [percent_text(row.estimate, tenths=True) for row in rows],
            "Interval": [rate_limits(row.lower, row.upper) for row in rows],
            "Over all counts": [over_all_counts(row) for row in rows],
        }
    else:
        cells |= {
            "n": arms.frame["n"].astype(str),
            "Mean change": [change_text(row.estimate) for row in rows],
            "Standard error": [f"{row.se:.1f}" for row in rows],
            "Interval": [
                f"{signed(row.lower, '.1f')} to {signed(row.upper, '.1f')}" for row in rows
            ],
        }
    cells["Row"] = arms.frame["row"].astype(str)
    return pd.DataFrame(cells)


def tabulate_trend(tests: pd.DataFrame) -> pd.DataFrame:
    """Return the trend tests as a table to be read.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms, trend_tests
    >>> tests = trend_tests(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16))
    >>> tabulate_trend(tests)[["Test", "z"]].values.tolist()
    [['asymptotic', '3.784'], ['exact', '3.784']]
    """
    if tests.empty:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "Test": tests["test"],
            "Groups": tests["doses"].astype(str),
            "Patients": tests["patients"].astype(str),
            "z": [signed(value, ".3f") for value in tests["statistic"]],
            "P": [p_text(value) for value in tests["p_value"]],
            "Over all counts": [
                span_text(p_text(row.p_min), p_text(row.p_max)) if row.combinations > 1 else ""
                for row in records(tests)
            ],
            "Two-sided as": tests["convention"],
        }
    )


def tabulate_contrasts(found: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison of the highest with the lowest dose as a table to be read."""
    if found.empty:
        return pd.DataFrame()
    several = found["combinations"].gt(1)
    return pd.DataFrame(
        {
            "Measure": found["measure"],
            "Highest dose": [fraction(row.responders, row.n) for row in records(found)],
            "Lowest dose": [
                fraction(row.reference_responders, row.reference_n) for row in records(found)
            ],
            "Estimate": [_effect(row) for row in records(found)],
            "Interval": [_limits(row, row.lower, row.upper) for row in records(found)],
            "Over all counts": [
                _limits(row, row.lower_min, row.upper_max) if many else ""
                for row, many in zip(records(found), several, strict=True)
            ],
            "Method": found["method"].map(name_of),
            "Rows": [f"{row.row}, {row.reference_row}" for row in records(found)],
        }
    )


def tabulate_models(curves: DoseCurves) -> pd.DataFrame:
    """Return the models with their weights and target doses as a table to be read."""
    rows = list(records(curves.models))
    fitted = [pd.notna(row.weight) for row in rows]
    return pd.DataFrame(
        {
            "Model": [name_of(row.model) for row in rows],
            "Weight": [
                percent_text(row.weight) if yes else ""
                for row, yes in zip(rows, fitted, strict=True)
            ],
            "Target dose": [
                _tried(row.estimate, row) if yes else ""
                for row, yes in zip(rows, fitted, strict=True)
            ],
            "Interval": [
                span_text(_tried(row.lower, row), _upper(row))
                if yes and pd.notna(row.lower) and np.isfinite(row.lower)
                else ""
                for row, yes in zip(rows, fitted, strict=True)
            ],
            "Remark": [
                "; ".join(
                    [row.reason.replace(row.model, name_of(row.model), 1)] * bool(row.reason)
                    + [f"{row.on_bound} at its bound"] * bool(row.on_bound)
                )
                for row in rows
            ],
        }
    )


def tabulate_signal(curves: DoseCurves) -> pd.DataFrame:
    """Return the contrast tests of MCP-Mod as a table to be read.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms, dose_curves
    >>> curves = dose_curves(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16))
    >>> tabulate_signal(curves)[["Candidate shape", "z"]].values.tolist()[0]
    ['linear', '3.635']
    """
    if curves.signal.empty:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "Candidate shape": curves.signal["candidate"].map(_shape),
            "z": [signed(value, ".3f") for value in curves.signal["statistic"]],
            "Adjusted P": [p_text(one) for one in curves.signal["p_value"]],
        }
    )


def _shape(candidate: str) -> str:
    """Return a candidate shape by the name of its model: ``Emax(ed50=60)``."""
    model, bracket, rest = candidate.partition("(")
    return f"{name_of(model)}{' ' * bool(bracket)}{bracket}{rest}"


def _effect(row: Any) -> str:
    """Return a difference in points, or a ratio."""
    if row.measure == "difference":
        return f"{points_signed(row.estimate)} points"
    return ratio_text(row.estimate)


def _limits(row: Any, lower: float, upper: float) -> str:
    if row.measure == "difference":
        return points_limits(lower, upper)
    return ratio_text(row.estimate, lower, upper).partition(" ")[2].strip("()")


def _tried(dose: float, row: Any) -> str:
    """Return a target dose; between dose 0 and the lowest one tried nothing is known."""
    if dose < row.lowest_dose:
        return f"below {_dose(row.lowest_dose, row.highest_dose)}"
    return _dose(dose, row.highest_dose)


def _upper(row: Any) -> str:
    """Return the upper limit of a target dose; beyond the doses studied nothing is known."""
    if np.isfinite(row.upper):
        return _tried(row.upper, row)
    return f"more than {_dose(row.highest_dose, row.highest_dose)}"


def _dose(value: float, highest: float) -> str:
    if pd.isna(value):
        return ""
    if np.isinf(value):
        return "not reached"
    return two_figures(value / dose_scale(highest))
