"""Whether and how steeply responses rise with the dose, over every count that fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.evidence.derivation import BASES
from atopic.evidence.frames import records
from atopic.questions.dose_response.arms import DoseArms
from atopic.stats import contrasts
from atopic.stats.ambiguity import SEARCH_BEYOND, over_candidates
from atopic.stats.doseresponse import trend_test

Floats: TypeAlias = NDArray[np.float64]

#: Measures of two doses: name, measure of `contrasts.compare`, and its interval.
_MEASURES: tuple[tuple[str, contrasts.Measure, Any], ...] = (
    ("difference", "RD", "newcombe"),
    ("odds ratio", "OR", "conditional-exact"),
)


def trend_tests(arms: DoseArms) -> pd.DataFrame:
    """Test whether the response rate changes with the dose (Cochran-Armitage).

    Rows ``asymptotic`` and ``exact``: ``statistic`` (z, above 0 if responses rise), the two-sided
    ``p_value`` on the counts used, ``p_min`` and ``p_max`` over all ``combinations`` of counts that
    fit, ``doses`` and ``patients``. With two doses the exact test is Fisher's. Empty for means, or
    if the arms are refused. `arms` is from `dose_arms`, with counts.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> arms = dose_arms(atopic.load(), "kim-2017", "EASI-50", week=12)
    >>> trend_tests(arms)[["test", "p_value"]].round(4).values.tolist()
    [['asymptotic', 0.3464], ['exact', 0.4347]]
    """
    if arms.kind == "means" or arms.frame.empty:
        return pd.DataFrame()
    frame = arms.frame
    dose = frame["dose"].to_numpy("float64")
    pairs, used = frame["candidates"].to_list(), _used(frame)
    central = [row.index(pair) for row, pair in zip(pairs, used, strict=True)]
    rows = []
    for exact in (False, True):

        def test(responders: Floats, n: Floats, exact: bool = exact) -> dict[str, Floats]:
            each = zip(responders, n, strict=True)
            return {"p": np.array([trend_test(dose, *one, exact=exact).p_value for one in each])}

        ambiguous = over_candidates(
            test, pairs, central=central, limit=SEARCH_BEYOND, beyond="search"
        )
        (found,) = records(ambiguous.table)
        chosen = trend_test(dose, *np.array(used).T, exact=exact)
        rows.append(
            {
                "study_id": arms.study_id,
                "outcome": arms.outcome,
                "week": arms.week,
                "test": "exact" if exact else "asymptotic",
                "doses": len(arms.doses),
                "patients": int(frame["n"].sum()),
                "statistic": chosen.statistic,
                "p_value": chosen.p_value,
                "p_min": found.minimum,
                "p_max": found.maximum,
                "combinations": ambiguous.combinations,
                "convention": chosen.two_sided,
                "scores": chosen.score_kind,
            }
        )
    return pd.DataFrame(rows)


def dose_contrasts(arms: DoseArms, *, level: float = 0.95) -> pd.DataFrame:
    """Compare the highest dose with the lowest: difference, odds ratio, odds ratio a doubling.

    One row a ``measure``: ``difference`` of shares (Newcombe), ``odds ratio`` (conditional exact)
    and, unless the lowest dose is 0, ``odds ratio per doubling`` of the dose, which is the odds
    ratio to the power of 1 / log2(highest / lowest). ``estimate``, ``lower`` and ``upper`` on the
    counts used, and ``_min`` and ``_max`` of each over all ``combinations`` that fit. Empty for
    means, or if the arms are refused. `arms` is from `dose_arms`, with counts. Raises ValueError
    for a level outside (0, 1).

    Notes
    -----
    A slope through two doses is nothing but their contrast on another scale: it says how steep a
    straight line would have to be, not that the line is straight.

    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms
    >>> arms = dose_arms(atopic.load(), "kim-2017", "EASI-50", week=12)
    >>> found = dose_contrasts(arms).set_index("measure").loc["odds ratio per doubling"]
    >>> [round(float(found[name]), 3) for name in ("estimate", "lower_min", "upper_max")]
    [2.093, 0.287, 16.094]
    """
    if arms.kind == "means" or arms.frame.empty:
        return pd.DataFrame()
    # Arms of one dose are one arm only after pooling, which needs their counts to be certain.
    ends = arms.frame.iloc[[0, -1]].reset_index(drop=True)
    low, high = ends["dose"]
    measures = list(_MEASURES)
    if low > 0:
        measures.append(("odds ratio per doubling", "OR", "conditional-exact"))
    pairs, used = ends["candidates"].to_list(), _used(ends)
    central = [row.index(pair) for row, pair in zip(pairs, used, strict=True)]
    rows = []
    for name, measure, method in measures:
        power = 1 / np.log2(high / low) if name.endswith("doubling") else 1.0
        compare = _comparison(measure, method, level, power)
        ambiguous = over_candidates(
            compare, pairs, central=central, limit=SEARCH_BEYOND, beyond="search"
        )
        row: dict[str, object] = {
            "study_id": arms.study_id,
            "arm_id": ends.loc[1, "arm_id"],
            "reference_arm_id": ends.loc[0, "arm_id"],
            "outcome": arms.outcome,
            "week": arms.week,
            "dose": high,
            "reference_dose": low,
            "dose_unit": arms.unit,
            "responders": used[1][0],
            "n": used[1][1],
            "reference_responders": used[0][0],
            "reference_n": used[0][1],
            "basis": max(ends["basis"].astype(str), key=BASES.index),
            "measure": name,
        }
        for found in records(ambiguous.table):
            row[found.quantity] = found.central
            row[f"{found.quantity}_min"] = found.minimum
            row[f"{found.quantity}_max"] = found.maximum
        row |= {
            "combinations": ambiguous.combinations,
            "level": level,
            "method": method,
            "source_id": ends.loc[1, "source_id"],
            "row": ends.loc[1, "row"],
            "reference_row": ends.loc[0, "row"],
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _comparison(
    measure: contrasts.Measure, method: Any, level: float, power: float
) -> Callable[[Floats, Floats], dict[str, Floats]]:
    def compare(responders: Floats, n: Floats) -> dict[str, Floats]:
        found = contrasts.compare(
            *(responders[:, 1], n[:, 1], responders[:, 0], n[:, 0]),
            measure=measure,
            method=method,
            level=level,
        )
        limits = {"estimate": found.estimate, "lower": found.lower, "upper": found.upper}
        if power == 1:
            return limits
        return {name: np.asarray(value**power) for name, value in limits.items()}

    return compare


def _used(frame: pd.DataFrame) -> list[tuple[int, int]]:
    return list(zip(frame["responders"].astype(int), frame["n"].astype(int), strict=True))
