"""The tables of a trial plan."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import percent_text, points_limits, points_signed, points_text
from atopic.evidence.frames import records
from atopic.review import control_word


def tabulate_beliefs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the beliefs about the true difference as a table to be read."""
    return pd.DataFrame(
        {
            "Scenario": frame["scenario"],
            "Mean, points": [points_signed(value) for value in frame["estimate"]],
            "Limits": [points_limits(row.lower, row.upper) for row in records(frame)],
            "A benefit": _percents(frame["probability_positive"]),
            "A benefit, possible rates only": _percents(frame["probability_possible"]),
            "A relevant benefit": _percents(frame["probability_relevant"]),
            "Rests on": frame["rests_on"],
        }
    )


def tabulate_sizes(needed: pd.DataFrame) -> pd.DataFrame:
    """Return the sizes that differences need as a table to be read."""
    possible = needed["total"].notna()
    return pd.DataFrame(
        {
            "True difference": [
                f"{points_text(value, tenths=True)} points" for value in needed["difference"]
            ],
            "Treated rate": [
                percent_text(row.control_rate + row.difference)
                if row.control_rate + row.difference <= 1
                else "above 100%"
                for row in records(needed)
            ],
            "Power": [percent_text(value) for value in needed["power"]],
            **{
                header: [f"{value:,}" if pd.notna(value) else "none" for value in needed[column]]
                for header, column in (
                    ("Treated", "n_active"), ("Control", "n_control"), ("Patients", "total"),
                )
            },
            "Exact power": [
                percent_text(value, tenths=True)
                if pd.notna(value)
                else ("not enumerated" if some else "")
                for value, some in zip(needed["exact_power"], possible, strict=True)
            ],
        }
    )  # fmt: skip


def tabulate_past(past: pd.DataFrame) -> pd.DataFrame:
    """Return what the trials so far could detect as a table to be read: one row a trial."""
    if past.empty:
        return pd.DataFrame()
    rows = []
    for _, trial in past.groupby(["study_id", "arm_id"], sort=False):
        first = trial.iloc[0]
        rate = percent_text(first["control_rate"], tenths=True)
        row = {
            "Study": first["study_id"],
            "Group": first["label"],
            "Treated": str(first["n_active"]),
            capital(control_word()): str(first["n_control"]),
            f"{capital(control_word())} rate": rate
            if first["rates_printed"]
            else f"{rate}, assumed",
        }
        for one in records(trial):
            low, high = _percents([one.estimate_min, one.estimate_max])
            over = f" ({low} to {high})" if low != high else ""
            possible = np.isfinite(one.estimate)
            words = f"{percent_text(one.estimate, tenths=True)}{over}" if possible else "above 100%"
            row[f"{points_text(one.difference, tenths=True)} points"] = words
        row["Detectable"] = (
            f"{100 * first['detectable']:.1f} points"
            if np.isfinite(first["detectable"])
            else "none"
        )
        row |= {"Rows": first["rows"], "Row of the P value": first["contrast_row"]}
        rows.append(row)
    return pd.DataFrame(rows)


def tabulate_outlook(expected: pd.DataFrame) -> pd.DataFrame:
    """Return what to expect of the next trial as a table to be read."""
    return pd.DataFrame(
        {
            "Scenario": expected["scenario"],
            "Patients": [f"{value:,}" for value in expected["total"]],
            "Treated": expected["n_active"].astype(str),
            "Control": expected["n_control"].astype(str),
            "Assurance": _percents(expected["estimate"]),
            "Simulated": [
                f"{percent_text(row.simulated, tenths=True)} (SE {100 * row.monte_carlo_se:.1f})"
                for row in records(expected)
            ],
            "A relevant benefit seen": _percents(expected["above_delta"]),
            "A relevant benefit ruled out": _percents(expected["conclusive_null"]),
        }
    )


def tabulate_doses(powers: pd.DataFrame) -> pd.DataFrame:
    """Return the power of trials of several doses as a table to be read."""
    wide = powers.pivot_table(
        index=["shape", "total", "n"], columns="analysis", values="estimate", sort=False
    ).reset_index()
    return pd.DataFrame(
        {
            "Shape": wide["shape"],
            "Patients": [f"{value:,}" for value in wide["total"]],
            "A group": wide["n"].astype(str),
            "Test of trend": _percents(wide["trend"]),
            f"Any dose against {control_word()}": _percents(wide["any dose"]),
        }
    )


def _percents(shares: Iterable[float]) -> list[str]:
    """Return probabilities as the sentences of the page give them, to a tenth of a percent."""
    return [percent_text(share, tenths=True) for share in shares]
