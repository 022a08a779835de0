"""How many patients a difference needs, and what the trials so far could have seen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from atopic.errors import did_you_mean
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.asked import asked
from atopic.questions.controlled_effect import allowed_effects
from atopic.questions.next_trial.beliefs import as_benefits
from atopic.questions.next_trial.trials_so_far import agents_of, effects_so_far
from atopic.stats import trialdesign
from atopic.stats.trialdesign import Test

#: Of more designs that fit a printed percentage, so many are tried.
_MOST_DESIGNS = 400


def planned_sizes(total: int, allocation: float = 1.0) -> tuple[int, int]:
    """Return how many of all patients are given cells, and how many placebo.

    Parameters
    ----------
    total : int; patients randomised.
    allocation : float; patients on cells for each on placebo.

    Returns
    -------
    tuple of (int, int): active and control arm.

    Raises
    ------
    ValueError: if an arm would be empty, or a number is none.

    Examples
    --------
    >>> planned_sizes(300, 2.0)
    (200, 100)
    """
    if isinstance(total, bool) or int(total) != total or not 2 <= total <= 4000:
        raise ValueError(f"patients must be whole numbers from 2 to 4000, not {total!r}")
    control = round(int(total) / (1 + _ratio(allocation)))
    if not 1 <= control < total:
        raise ValueError(f"allocation {allocation:g} leaves a group of {total} patients empty")
    return int(total) - control, control


def sizes_needed(
    control_rate: float,
    *,
    differences: Iterable[float],
    powers: Iterable[float],
    alpha: float = 0.05,
    sides: int = 2,
    allocation: float = 1.0,
    test: Test = "chi-square",
) -> pd.DataFrame:
    """Return how many patients true differences need.

    Parameters
    ----------
    control_rate : float; true rate on placebo, as a share.
    differences, powers : iterable of float; true differences and powers, as shares.
    alpha, sides, test : as in `atopic.stats.trialdesign.exact_power`.
    allocation : float; patients on cells for each on placebo.

    Returns
    -------
    DataFrame: one row a difference and power: ``n_active``, ``n_control``, ``total`` by normal
        approximation (continuity-corrected for Fisher's and the corrected test), rounded up, and
        ``exact_power`` at these sizes, missing where there are too many tables to enumerate. Sizes
        are missing where the active rate would pass 100%.

    Raises
    ------
    ValueError: for rates, differences, powers or options that are none.

    Examples
    --------
    >>> needed = sizes_needed(0.3, differences=[0.1, 0.2], powers=[0.8])
    >>> needed[["n_active", "n_control"]].values.tolist()
    [[356, 356], [93, 93]]
    """
    ratio = _ratio(allocation)
    if test not in trialdesign.MOST_TABLES:
        tests = trialdesign.MOST_TABLES
        near = did_you_mean(test, tests)
        raise ValueError(f"test must be one of {', '.join(tests)}, not {test!r}{near}")
    rows = []
    for difference in _shares(differences, "differences"):
        for power in _shares(powers, "powers"):
            row = {"difference": difference, "power": power, "control_rate": control_rate}
            rate = control_rate + difference
            if rate <= 1:
                n = float(
                    trialdesign.sample_size(
                        rate,
                        control_rate,
                        power=power,
                        alpha=alpha,
                        sides=sides,
                        allocation=ratio,
                        corrected=test in ("fisher", "chi-square-corrected"),
                    )
                )
                control, active = int(np.ceil(n - 1e-9)), int(np.ceil(ratio * n - 1e-9))
                row |= {"n_active": active, "n_control": control, "total": active + control}
                if (active + 1) * (control + 1) <= trialdesign.MOST_TABLES[test]:
                    row["exact_power"] = float(
                        trialdesign.exact_power(
                            rate, active, control_rate, control,
                            alpha=alpha, sides=sides, test=test,
                        )
                    )  # fmt: skip
            rows.append(row)
    names = ["difference", "power", "control_rate", "n_active", "n_control", "total", "exact_power"]
    whole = dict.fromkeys(names[3:6], "Int64")
    return pd.DataFrame(rows, columns=names).astype(whole).astype({"exact_power": "float64"})


def power_by_size(
    control_rate: float,
    *,
    differences: Iterable[float],
    alpha: float = 0.05,
    sides: int = 2,
    allocation: float = 1.0,
    most: int = 4000,
    points: int = 120,
) -> pd.DataFrame:
    """Return the power of trials of many sizes, by normal approximation.

    Parameters
    ----------
    control_rate, differences, alpha, sides, allocation : as in `sizes_needed`.
    most : int; largest total.
    points : int; sizes, evenly spaced on a logarithmic scale from 40 patients.

    Returns
    -------
    DataFrame: one row a difference and size: ``difference``, ``total``, ``power``.

    Raises
    ------
    ValueError: as `sizes_needed`.

    Examples
    --------
    >>> curve = power_by_size(0.3, differences=[0.1], most=712, points=2)
    >>> curve["power"].round(3).to_list()
    [0.096, 0.8]
    """
    ratio = _ratio(allocation)
    totals = np.geomspace(40, max(most, 41), points)
    parts = [
        pd.DataFrame(
            {
                "difference": difference,
                "total": totals,
                "power": trialdesign.approximate_power(
                    control_rate + difference,
                    totals * ratio / (1 + ratio),
                    control_rate,
                    totals / (1 + ratio),
                    alpha=alpha,
                    sides=sides,
                ),
            }
        )
        for difference in _shares(differences, "differences")
        if control_rate + difference <= 1
    ]
    columns = ["difference", "total", "power"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


@asked()
def past_trials(
    evidence: Evidence,
    outcome: str,
    *,
    week: int | None,
    differences: Iterable[float],
    control_rate: float,
    power: float = 0.8,
    alpha: float = 0.05,
    sides: int = 2,
    test: Test = "chi-square",
    agents: Iterable[str] = (),
) -> pd.DataFrame:
    """Return what the placebo-controlled trials of cells were able to detect at their sizes.

    Parameters
    ----------
    differences : iterable of float; true differences, as shares.
    control_rate : float; control rate for a trial that prints sizes and a P value but no rates.
    power : float; power of the detectable difference.
    alpha, sides, test : as in `atopic.stats.trialdesign.exact_power`.
    week, agents : as in `atopic.questions.next_trial.beliefs_about`.

    Returns
    -------
    DataFrame: one row a trial and difference: the sizes and the placebo rate, exact ``estimate`` of
        the power with ``estimate_min`` and ``estimate_max`` over all counts that fit what was
        printed, and ``detectable``, ``detectable_min``, ``detectable_max``; missing where the
        active rate would pass 100%. ``rates_printed`` is False for a trial planned here with
        `control_rate`. ``rows`` are those of responses.csv, ``contrast_row`` that of contrasts.csv.

    Raises
    ------
    ValueError: for differences or options that are none.

    Examples
    --------
    >>> import atopic
    >>> found = past_trials(
    ...     atopic.load(), "EASI-50", week=12, differences=[0.15], control_rate=0.3
    ... )
    >>> found[["study_id", "estimate"]].round(2).values.tolist()[:2]
    [['kangstem-2019', 0.54], ['kangstem-2024', 0.7]]
    """
    wanted = _shares(differences, "differences")
    agents = agents_of(evidence, outcome, week, agents)
    weeks = [] if week is None else [week]
    trials = [
        (row, (int(row.n), int(row.reference_n)), row.candidates, row.reference_candidates, True)
        for row in records(
            as_benefits(evidence, effects_so_far(evidence, outcome, week, agents))
        )
    ]  # fmt: skip
    trials += [
        (row, (row.n_1, row.n_0), [(0, row.n_1)], [(control_rate * row.n_0, row.n_0)], False)
        for row in records(allowed_effects(evidence, outcome, weeks=weeks, agents=agents))
    ]
    rows = []
    for row, central, active, control, printed in trials:
        designs = {(n1, n0, x0 / n0) for _, n1 in active for x0, n0 in control}
        central_rate = (
            int(row.reference_responders) / int(row.reference_n) if printed else control_rate
        )
        first = (*central, central_rate)
        options: dict[str, Any] = {"alpha": alpha, "sides": sides, "test": test}
        designs_in_order = [first, *_spread(sorted(designs - {first}))]
        tried = len(designs_in_order)
        some = f"; {tried} of {len(designs)} designs that fit" if tried < len(designs) else ""
        detectable = [
            _detectable(p0, n1, n0, power=power, **options) for n1, n0, p0 in designs_in_order
        ]
        for difference in wanted:
            powers = [
                float(trialdesign.exact_power(p0 + difference, n1, p0, n0, **options))
                if p0 + difference <= 1
                else np.nan
                for n1, n0, p0 in designs_in_order
            ]
            rows.append(
                {
                    "study_id": row.study_id,
                    "arm_id": row.arm_id,
                    "label": getattr(row, "label", ""),
                    "outcome": outcome,
                    "week": row.week,
                    "n_active": central[0],
                    "n_control": central[1],
                    "control_rate": central_rate,
                    "rates_printed": printed,
                    "difference": difference,
                    "measure": "power",
                    "estimate": powers[0],
                    "estimate_min": min(powers),
                    "estimate_max": max(powers),
                    "detectable": detectable[0],
                    "detectable_min": np.min(detectable),
                    "detectable_max": np.max(detectable),
                    "combinations": len(designs),
                    "method": f"exact power, {test}{some}",
                    "source_id": row.source_id,
                    "rows": f"{row.row}, {row.reference_row}" if printed else "",
                    "contrast_row": "" if printed else str(row.row),
                }
            )
    return pd.DataFrame(rows)


@cache
def _detectable(p0: float, n1: int, n0: int, **options: Any) -> float:
    """Return the difference that a trial of these sizes detects."""
    return float(trialdesign.detectable_difference(p0, n1, n0, **options))


def _spread(designs: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Return designs, of very many the extreme ones and others evenly spread between them."""
    if len(designs) <= _MOST_DESIGNS:
        return designs
    ends = {end(designs, key=lambda one: one[at]) for end in (min, max) for at in range(3)}
    places = np.linspace(0, len(designs) - 1, _MOST_DESIGNS - len(ends)).astype(int)
    return sorted(ends | {designs[place] for place in places})


def _shares(values: Iterable[float], name: str) -> list[float]:
    shares = [float(value) for value in values]
    if not shares or not all(0 < share < 1 for share in shares):
        raise ValueError(f"{name} must be one or more shares between 0 and 1, not {shares}")
    return list(dict.fromkeys(shares))


def _ratio(allocation: float) -> float:
    ratio = float(allocation)
    if not 0.05 <= ratio <= 20:
        raise ValueError(f"allocation must lie between 0.05 and 20, not {allocation!r}")
    return ratio
