"""What to expect of the next trial under each belief, and of one with several doses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit, ndtri

from atopic.questions.next_trial.beliefs import Beliefs
from atopic.questions.next_trial.possible_benefit import possible_benefit
from atopic.questions.next_trial.sizes import planned_sizes
from atopic.stats import trialdesign
from atopic.stats.trialdesign import NormalMixture, Scenario, Test, TwoArmDesign

#: Largest trial that is looked at.
_MOST_PATIENTS = 2000


def expected_results(
    beliefs: Beliefs,
    *,
    patients: Iterable[int],
    allocation: float = 1.0,
    alpha: float = 0.05,
    sides: int = 2,
    test: Test = "chi-square",
    level: float = 0.95,
    replicates: int = 100_000,
    seed: int = 1,
    mapper: Callable[..., Iterable[Any]] = map,
) -> pd.DataFrame:
    """Return what trials of several sizes may end in, under each belief.

    Parameters
    ----------
    beliefs : from `atopic.questions.next_trial.beliefs_about`.
    patients : iterable of int; patients randomised, in all.
    allocation : float; patients on cells for each on placebo.
    alpha, sides, test, level : as in `atopic.stats.trialdesign.TwoArmDesign`.
    replicates, seed, mapper : as in `atopic.stats.trialdesign.simulate`.

    Returns
    -------
    DataFrame: one row a belief and size: ``estimate`` (assurance: the probability of significance
        in favour of cells), ``above_delta`` and ``conclusive_null`` by quadrature; ``simulated`` is
        the assurance by Monte Carlo with its standard error ``monte_carlo_se``; ``ceiling`` is the
        ``probability_possible`` of `atopic.questions.next_trial.frame_of_beliefs`.

    Raises
    ------
    ValueError: for sizes or options that are none.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.next_trial import beliefs_about
    >>> beliefs = beliefs_about(atopic.load(), "EASI-50", week=12, delta=0.15)
    >>> found = expected_results(beliefs, patients=[200], replicates=10_000)
    >>> bool((abs(found["simulated"] - found["estimate"]) < 4 * found["monte_carlo_se"]).all())
    True
    """
    sizes = list(dict.fromkeys(patients))
    if not sizes:
        raise ValueError("patients must name at least one number of patients")
    rows = []
    for scenario, free in zip(beliefs.scenarios, beliefs.controlled, strict=True):
        ceiling = possible_benefit(scenario)
        for total in sizes:
            active, control = planned_sizes(total, allocation)
            design = TwoArmDesign(active, control, alpha, sides, test, beliefs.delta, level)
            found = trialdesign.assurance(design, scenario)
            drawn = trialdesign.simulate(
                design, scenario, replicates=replicates, seed=seed, mapper=mapper
            )
            rows.append(
                {
                    "scenario": scenario.name,
                    "controlled": free,
                    "outcome": beliefs.outcome,
                    "week": beliefs.week,
                    "total": active + control,
                    "n_active": active,
                    "n_control": control,
                    "estimate": found.success,
                    "above_delta": found.above_delta,
                    "conclusive_null": found.conclusive_null,
                    "simulated": drawn.share("success"),
                    "monte_carlo_se": drawn.standard_error("success"),
                    "replicates": drawn.replicates,
                    "seed": drawn.seed,
                    "measure": "assurance",
                    "ceiling": ceiling,
                    "method": f"assurance, {test}",
                }
            )
    return pd.DataFrame(rows)


def sizes_to_rule_out(
    control_rate: float,
    *,
    delta: float,
    powers: Iterable[float],
    allocation: float = 1.0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how many patients it takes to rule a relevant difference out if there is none.

    Parameters
    ----------
    control_rate : float; true rate in both arms, as a share.
    delta : float; smallest relevant difference, as a share.
    powers : iterable of float; wanted probabilities that the upper limit of the difference lies
        below delta.
    allocation : float; patients on cells for each on placebo.
    level : float; confidence level of the Newcombe interval.

    Returns
    -------
    DataFrame: one row a power: ``power``, ``n_active``, ``n_control``, ``total`` and the exact
        ``probability`` at that size; missing if 2,000 patients are too few. Found by bisection
        around the size of the normal approximation: the probability rises with size but for small
        steps back.

    Raises
    ------
    ValueError: for numbers that are none.

    Examples
    --------
    >>> sizes_to_rule_out(0.3, delta=0.2, powers=[0.8])[["total"]].values.tolist()
    [[159]]
    """
    scenario = Scenario(
        "no difference",
        NormalMixture.normal(float(logit(control_rate)), 0.0),
        NormalMixture.normal(0.0, 0.0),
    )

    def probability(total: int) -> float:
        sizes = planned_sizes(total, allocation)
        design = TwoArmDesign(*sizes, delta=delta, level=level)
        return trialdesign.assurance(design, scenario).conclusive_null

    rows = []
    for power in dict.fromkeys(powers):
        row: dict[str, float] = {"power": power}
        z = float(ndtri(0.5 + level / 2) + ndtri(power))
        ratio = allocation / (1 + allocation) ** 2
        about = control_rate * (1 - control_rate) * (z / delta) ** 2 / ratio
        low, high = max(2, int(about / 1.5)), int(1.3 * about) + 20
        if high <= _MOST_PATIENTS and probability(high) >= power:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if probability(middle) < power else (low, middle)
            active, control = planned_sizes(high, allocation)
            row |= {
                "n_active": active, "n_control": control, "total": high,
                "probability": probability(high),
            }  # fmt: skip
        rows.append(row)
    names = ["power", "n_active", "n_control", "total", "probability"]
    return pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[1:4], "Int64"))


def dose_arms(control_rate: float, *, difference: float, doses: int = 3) -> pd.DataFrame:
    """Return three shapes in which a response may rise with the dose.

    Parameters
    ----------
    control_rate : float; true rate on placebo, as a share.
    difference : float; true difference of the highest dose, as a share.
    doses : int; dose levels beside placebo, 2 to 6.

    Returns
    -------
    DataFrame: one row a shape and arm: ``shape``, ``level`` (0 is placebo), ``rate``.

    Raises
    ------
    ValueError: if `doses` is none, or the highest rate passes 1.

    Examples
    --------
    >>> dose_arms(0.3, difference=0.2, doses=2)["rate"].round(2).to_list()
    [0.3, 0.4, 0.5, 0.3, 0.5, 0.5, 0.3, 0.3, 0.5]
    """
    if isinstance(doses, bool) or int(doses) != doses or not 2 <= doses <= 6:
        raise ValueError(f"doses must be a whole number from 2 to 6, not {doses!r}")
    if control_rate + difference > 1:
        raise ValueError(
            f"a control rate of {control_rate:g} and a difference of {difference:g} pass 100%"
        )
    level = np.arange(int(doses) + 1)
    shapes = {
        "linear": level / doses,
        "plateau": (level > 0).astype(float),
        "flat, then a jump": (level == doses).astype(float),
    }
    return pd.DataFrame(
        [
            {"shape": shape, "level": int(one), "rate": control_rate + difference * float(share)}
            for shape, shares in shapes.items()
            for one, share in zip(level, shares, strict=True)
        ]
    )


def dose_power(
    arms: pd.DataFrame,
    *,
    patients: Iterable[int],
    alpha: float = 0.05,
    sides: int = 2,
    test: Test = "chi-square",
) -> pd.DataFrame:
    """Return the exact power of trials of placebo and several doses, in arms of equal size.

    Parameters
    ----------
    arms : from `dose_arms`.
    patients : iterable of int; patients randomised, in all; spread evenly, what is left over is not
        randomised.
    alpha, sides, test : as in `atopic.stats.trialdesign.exact_power`.

    Returns
    -------
    DataFrame: one row a shape, size and analysis: ``shape``, ``total``, ``n`` (an arm),
        ``analysis`` (``trend``: Cochran-Armitage with equally spaced scores; ``any dose``: each
        dose against placebo with Bonferroni's correction), ``estimate``, ``method``.

    Raises
    ------
    ValueError: if an arm would be empty, or an option is none.

    Examples
    --------
    >>> arms = dose_arms(0.3, difference=0.2, doses=2)
    >>> found = dose_power(arms, patients=[150])
    >>> found[["shape", "analysis", "estimate"]].round(2).values.tolist()[:2]
    [['linear', 'trend', 0.54], ['linear', 'any dose', 0.45]]
    """
    rows = []
    for shape, group in arms.groupby("shape", sort=False):
        rates = group["rate"].to_numpy()
        for total in dict.fromkeys(patients):
            n = int(total) // rates.size
            if n < 1:
                raise ValueError(f"{total} patients leave a group of {rates.size} empty")
            sizes = [n] * rates.size
            found = {
                "trend": trialdesign.trend_power(rates, sizes, alpha=alpha, sides=sides),
                "any dose": trialdesign.many_to_one_power(
                    rates, sizes, alpha=alpha, sides=sides, test=test
                ).any,
            }
            names = {"trend": "Cochran-Armitage", "any dose": f"{test}, Bonferroni"}
            rows += [
                {
                    "shape": shape,
                    "total": n * rates.size,
                    "n": n,
                    "analysis": analysis,
                    "measure": "power",
                    "estimate": power,
                    "method": f"exact power, {names[analysis]}",
                }
                for analysis, power in found.items()
            ]
    return pd.DataFrame(rows)
