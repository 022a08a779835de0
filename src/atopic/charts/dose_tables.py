"""Dose and response as tables to be read, and in words what the doses cannot show."""

import numpy as np
import pandas as pd

from atopic.charts.dose import p_text, points_text
from atopic.charts.rate_tables import count_words
from atopic.charts.style import dose_text, interval_text, percent, study_name
from atopic.doses import DoseArms, DoseCurves
from atopic.selection import SETTINGS
from atopic.tables import records

__all__ = [
    "limits_note",
    "same_dose_note",
    "tabulate_contrasts",
    "tabulate_doses",
    "tabulate_models",
    "tabulate_signal",
    "tabulate_trend",
]


def tabulate_doses(arms: DoseArms) -> pd.DataFrame:
    """Return the arms on the dose axis as a table to be read.

    Parameters
    ----------
    arms : DoseArms
        From `atopic.doses.dose_arms`.

    Returns
    -------
    DataFrame
        Text cells under the headers of the table, by rising dose.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms
    >>> table = tabulate_doses(dose_arms(atopic.load(), "kim-2017", "EASI-50", week=12))
    >>> table[["Dose", "Responders", "Count"]].values.tolist()[0]
    ['25 million cells', '5/14', 'derived, unsure']
    """
    rows = list(records(arms.frame))
    cells = {
        "Arm": arms.frame["label"],
        "Dose": [dose_text(row.dose, row.dose_unit) or "0" for row in rows],
        "Setting": arms.frame["setting"].map(SETTINGS),
    }
    if arms.kind == "counts":
        cells |= {
            "Responders": [f"{row.responders}/{row.n}" for row in rows],
            "Count": [count_words(row) for row in rows],
            "Printed %": arms.frame["percent_printed"].fillna(""),
            "Rate": [f"{row.estimate:.4f}" for row in rows],
            "Interval": [interval_text(row.lower, row.upper) for row in rows],
            "Over all counts": [
                f"{interval_text(row.lower_min, row.upper_max)}, from {row.candidates}"
                if row.basis == "ambiguous"
                else ""
                for row in rows
            ],
        }
    else:
        cells |= {
            "n": arms.frame["n"].astype(str),
            "Mean change": [f"{row.estimate:g}" for row in rows],
            "Standard error": [f"{row.se:.4g}" for row in rows],
            "Interval": [f"{row.lower:.2f} to {row.upper:.2f}" for row in rows],
        }
    cells["Row"] = arms.frame["row"].astype(str)
    return pd.DataFrame(cells)


def tabulate_trend(tests: pd.DataFrame) -> pd.DataFrame:
    """Return the trend tests as a table to be read.

    Parameters
    ----------
    tests : DataFrame
        From `atopic.doses.trend_tests`; at least one row.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms, trend_tests
    >>> tests = trend_tests(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16))
    >>> tabulate_trend(tests)[["Test", "z", "P"]].values.tolist()
    [['asymptotic', '3.784', '0.00015'], ['exact', '3.784', '0.00017']]
    """
    return pd.DataFrame(
        {
            "Test": tests["test"],
            "Doses": tests["doses"].astype(str),
            "Patients": tests["patients"].astype(str),
            "z": [f"{value:.3f}".replace("-", "\N{MINUS SIGN}") for value in tests["statistic"]],
            "P": [_p(value) for value in tests["p_value"]],
            "Over all counts": [
                f"{_p(row.p_min)} to {_p(row.p_max)}" if row.combinations > 1 else ""
                for row in records(tests)
            ],
            "Two-sided as": tests["convention"],
        }
    )


def tabulate_contrasts(found: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison of the highest with the lowest dose as a table to be read.

    Parameters
    ----------
    found : DataFrame
        From `atopic.doses.dose_contrasts`; at least one row.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms, dose_contrasts
    >>> found = dose_contrasts(dose_arms(atopic.load(), "kim-2017", "EASI-50", week=12))
    >>> tabulate_contrasts(found)[["Measure", "Estimate"]].values.tolist()[0]
    ['difference', '0.1883']
    """
    several = found["combinations"].gt(1)
    return pd.DataFrame(
        {
            "Measure": found["measure"],
            "Highest dose": [f"{row.responders}/{row.n}" for row in records(found)],
            "Lowest dose": [
                f"{row.reference_responders}/{row.reference_n}" for row in records(found)
            ],
            "Estimate": [f"{value:.4f}" for value in found["estimate"]],
            "Interval": [interval_text(row.lower, row.upper) for row in records(found)],
            "Over all counts": [
                interval_text(row.lower_min, row.upper_max) if many else ""
                for row, many in zip(records(found), several, strict=True)
            ],
            "Method": found["method"],
            "Rows": [f"{row.row}, {row.reference_row}" for row in records(found)],
        }
    )


def tabulate_models(curves: DoseCurves) -> pd.DataFrame:
    """Return the models with their weights and target doses as a table to be read.

    Parameters
    ----------
    curves : DoseCurves
        From `atopic.doses.dose_curves`; not refused.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms, dose_curves
    >>> curves = dose_curves(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16))
    >>> tabulate_models(curves)[["Model", "Weight", "Target dose"]].values.tolist()[1]
    ['linear', '0.236', '3.292']
    """
    rows = list(records(curves.models))
    fitted = [pd.notna(row.weight) for row in rows]
    return pd.DataFrame(
        {
            "Model": [row.model for row in rows],
            "Weight": [
                f"{row.weight:.3f}" if yes else "" for row, yes in zip(rows, fitted, strict=True)
            ],
            "Target dose": [
                _dose(row.estimate, row.dose_unit) if yes else ""
                for row, yes in zip(rows, fitted, strict=True)
            ],
            "Interval": [
                f"{_dose(row.lower, row.dose_unit)} to {_dose(row.upper, row.dose_unit)}"
                if yes and pd.notna(row.lower) and np.isfinite(row.lower)
                else ""
                for row, yes in zip(rows, fitted, strict=True)
            ],
            "Remark": [
                row.reason or (f"{row.on_bound} at its bound" if row.on_bound else "")
                for row in rows
            ],
        }
    )


def tabulate_signal(curves: DoseCurves) -> pd.DataFrame:
    """Return the contrast tests of MCP-Mod as a table to be read.

    Parameters
    ----------
    curves : DoseCurves
        From `atopic.doses.dose_curves`; not refused.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms, dose_curves
    >>> curves = dose_curves(dose_arms(atopic.load(), "breeze-ad7", "EASI-75", week=16))
    >>> tabulate_signal(curves)[["Candidate shape", "z"]].values.tolist()[0]
    ['linear', '3.635']
    """
    return pd.DataFrame(
        {
            "Candidate shape": curves.signal["candidate"],
            "z": [
                f"{one:.3f}".replace("-", "\N{MINUS SIGN}") for one in curves.signal["statistic"]
            ],
            "Adjusted P": [_p(one) for one in curves.signal["p_value"]],
        }
    )


def limits_note(arms: DoseArms, contrasts: pd.DataFrame, curves: DoseCurves | None = None) -> str:
    """Say what the doses of a study show, and what they cannot.

    Parameters
    ----------
    arms : DoseArms
        From `atopic.doses.dose_arms`.
    contrasts : DataFrame
        From `atopic.doses.dose_contrasts`.
    curves : DoseCurves, optional
        From `atopic.doses.dose_curves`.

    Returns
    -------
    str
        A few sentences; empty if the arms were refused.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms, dose_contrasts
    >>> arms = dose_arms(atopic.load(), "seo-2024-phase-1", "EASI-50", week=12)
    >>> limits_note(arms, dose_contrasts(arms))[:71]
    'Two doses in 19 patients. Two points fit a straight line and nothing el'
    """
    if arms.frame.empty:
        return ""
    doses, patients = len(arms.doses), int(arms.frame["n"].sum())
    sentences = []
    if doses == 2 and arms.has_placebo:
        sentences.append(
            f"One dose beside placebo in {patients} patients. That is a comparison with placebo; "
            "how the response changes with the dose it cannot show."
        )
    elif doses == 2:
        sentences.append(
            f"Two doses in {patients} patients. Two points fit a straight line and nothing else: "
            "a plateau, a threshold, an ED50 or any other curve cannot be told from them, and no "
            "model is fitted."
        )
    elif doses == 3:
        sentences.append(
            f"Three doses in {patients} patients. They carry straight lines, in the dose or in its "
            "logarithm, not a curve with a plateau of its own."
        )
    else:
        sentences.append(f"{doses} doses in {patients} patients.")
    if not arms.randomised:
        sentences.append(
            "Patients were not randomised to the doses, so the arms may differ in other things too."
        )
    if curves is not None and not curves.refused:
        sentences.append(_fits(curves))
    if len(contrasts) and doses == 2:
        row = contrasts.iloc[0]
        low, high = row["lower_min"], row["upper_max"]
        if low < 0 < high:
            ends = f"{points_text(-low)} points fewer to {points_text(high)} points more"
            what = "the dose" if arms.has_placebo else "the higher dose"
            sentences.append(
                f"The data allow from {ends} with {what}: they show neither that there is a "
                "difference nor that there is none."
            )
    if not arms.has_placebo:
        sentences.append(
            "There is no arm at dose 0. Even a sure slope would say that one dose did more than "
            "the other, not that either did more than placebo."
        )
    return " ".join(sentences)


def _fits(curves: DoseCurves) -> str:
    """Say how many shapes show a signal, and whether one model stands out."""
    words = []
    if len(curves.signal):
        hits, shapes = int(curves.signal["significant"].sum()), len(curves.signal)
        side = curves.signal["one_sided_level"].iloc[0]
        words.append(
            f"{hits} of {shapes} candidate shapes show a signal, one-sided at {side:.3g} and "
            "adjusted for all of them."
        )
    models = curves.models
    single = models[models["weight"].notna() & models["model"].ne("average")]
    first = [
        f"{row.model} ({row.weight:.2f})"
        for row in records(single.sort_values("weight", ascending=False, kind="stable"))
    ]
    if len(first) > 1:
        words.append(f"By weight the models are {', '.join(first[:3])}: a choice, not a proof.")
    return " ".join(words)


def same_dose_note(again: pd.DataFrame, study: str) -> str:
    """Say what the same dose did in this study and in others, beside their placebo arms.

    Parameters
    ----------
    again : DataFrame
        From `atopic.doses.same_dose`.
    study : str
        The study it was asked for.

    Returns
    -------
    str
        One or two sentences; empty if no other study gave the dose.

    Examples
    --------
    >>> import atopic
    >>> from atopic.doses import dose_arms, same_dose
    >>> evidence = atopic.load()
    >>> arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    >>> same_dose_note(same_dose(evidence, arms), "kim-2017")[:67]
    'At 50 million cells: Kim 2017 55 % (no control group); Kangstem 201'
    """
    if again.empty:
        return ""
    parts = []
    treated = again[again["dose"].gt(0)]
    placebo = again[again["arm_role"].eq("placebo") & again["setting"].eq("controlled")]
    first = treated.assign(other=treated["study_id"].ne(study))
    for row in records(first.sort_values(["dose", "other"], kind="stable")):
        words = f"{study_name(row.study_id)} {percent(row.estimate, _n(row.n))} %"
        beside = placebo[placebo["study_id"].eq(row.study_id)]
        if row.setting == "controlled" and len(beside):
            rate = beside.iloc[0]
            words += f" against {percent(rate['estimate'], _n(rate['n']))} % on placebo"
        else:
            words += " (no control group)"
        parts.append((dose_text(row.dose, row.dose_unit), words))
    doses = dict.fromkeys(dose for dose, _ in parts)
    return " ".join(
        f"At {dose}: {'; '.join(words for one, words in parts if one == dose)}." for dose in doses
    )


def _n(n: object) -> float:
    return float(n) if pd.notna(n) else float("nan")  # type: ignore[arg-type,call-overload]


def _p(value: float) -> str:
    return f"{value:.2g}" if value < 0.001 else p_text(value)


def _dose(value: float, unit: str) -> str:
    if pd.isna(value):
        return ""
    if np.isinf(value):
        return "not reached"
    return f"{value / (1e6 if unit.startswith('cells') else 1):.4g}"
