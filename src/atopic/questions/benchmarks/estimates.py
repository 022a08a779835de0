"""Benchmarks: what placebo, biologics and JAK inhibitors did on an outcome, as context.

Evidence in, tidy frames out. Nothing here enters an estimate of what cells do, and placebo arms of
drug trials and of cell-therapy trials are never taken together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from atopic.evidence.controls import is_control
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import SETTINGS, as_names
from atopic.evidence.vocabulary import in_order
from atopic.questions.asked import asked
from atopic.questions.response_rates import response_rates
from atopic.review import words_in_use
from atopic.stats import pooling

#: Whether topical treatment went on beside the arm.
_TOPICALS = ("yes", "no", "unknown")

_GROUP = ["outcome", "trials", "week", "background_topicals"]


def kinds_of_trials() -> dict[str, str]:
    """Return kinds of trials by the role of a study; their placebo arms are never taken together.

    >>> list(kinds_of_trials())
    ['evidence', 'benchmark']
    """
    words = words_in_use()
    return {"evidence": words.treatment.one, "benchmark": words.comparator.one}


@asked("responses", benchmarks=True)
def benchmark_rates(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    topicals: Iterable[str] = (),
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return the rates of benchmark trials, and of the placebo arms of cell-therapy trials.

    Parameters
    ----------
    evidence, outcome, weeks, level, method : as in `response_rates`.
    topicals : iterable of {"yes", "no", "unknown"}; background topical treatment; none given means
        all.

    Returns
    -------
    DataFrame: as from `response_rates`, with ``intervention_class`` of the trial. Controlled
        periods before others; placebo arms first, those of cell-therapy trials last among them;
        then by class, background topicals, agent, trial and week, higher doses first. No active arm
        of a cell therapy is among them.

    Raises
    ------
    ValueError: as `response_rates`, and for a word that `topicals` does not know.

    Examples
    --------
    >>> import atopic
    >>> rates = benchmark_rates(atopic.load(), "EASI-50", weeks=[12])
    >>> rates[["study_id", "arm_id"]].values.tolist()[:2]
    [['dupilumab-m12', 'placebo'], ['shr0302-phase-2', 'placebo']]
    """
    topicals = _known_topicals(topicals)
    rates = response_rates(
        evidence, outcome, weeks=weeks, include_benchmarks=True, level=level, method=method
    )
    classes = evidence.studies.set_index("study_id")["intervention_class"]
    order = {name: i for i, name in enumerate(in_order(classes))}
    placebo = is_control(rates)
    cells = rates["study_role"].eq("evidence")
    kept = rates["background_topicals"].isin(topicals) & (~cells | placebo)
    rates = rates.assign(intervention_class=rates["study_id"].map(classes))[kept]
    keys = {
        "setting": rates["setting"].map({name: i for i, name in enumerate(SETTINGS)}),
        "active": ~placebo,
        "reviewed": cells,
        "class": rates["intervention_class"].astype("str").map(order).where(~placebo, 0),
        "background": rates["background_topicals"].map(
            {name: i for i, name in enumerate(_TOPICALS)}
        ),
        "agent": rates["agent"].where(~placebo, ""),
        "study_id": rates["study_id"],
        "week": rates["week"].astype("float64"),
        "dose": -rates["dose"],
    }
    places = pd.DataFrame(keys, index=rates.index).sort_values(list(keys)).index
    return rates.loc[places].reset_index(drop=True)


def placebo_responses(arms: pd.DataFrame, *, topicals: Iterable[str] = ()) -> pd.DataFrame:
    """Return how far placebo responses lie apart, and what they pool to.

    Parameters
    ----------
    arms : from `atopic.questions.response_rates.placebo_arms` with ``sets=False``; its level is
        kept.
    topicals : iterable of {"yes", "no", "unknown"}; background topical treatment; none given means
        all.

    Returns
    -------
    DataFrame: one row a week, kind of trials and use of background topicals, which are never mixed:
        ``arms``, ``low`` and ``high`` (the span of their rates, with or without a count);
        ``counted`` arms with ``patients``; and, from two such arms on, the rate ``estimate`` of the
        median trial by the random-intercept logistic model with ``lower`` and ``upper``, and
        ``prediction_lower`` and ``prediction_upper`` for the rate of a further trial (0 and 1 where
        two arms cannot say). ``rows`` are those of responses.csv.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import placebo_arms
    >>> arms = placebo_arms(atopic.load(), "EASI-75", weeks=[16], trials=[], sets=False)
    >>> found = placebo_responses(arms)
    >>> found[["background_topicals", "arms", "counted", "low", "high"]].values.tolist()
    [['yes', 7, 4, 0.159, 0.357], ['no', 9, 4, 0.06382978723404255, 0.181]]
    """
    arms = arms[arms["background_topicals"].isin(_known_topicals(topicals))]
    arms = arms.assign(trials=arms["study_role"].map(kinds_of_trials()).astype("str"))
    keys = pd.DataFrame(
        {
            "reviewed": arms["study_role"].eq("evidence"),
            "background": arms["background_topicals"].map(_TOPICALS.index),
            "study_id": arms["study_id"],
            "week": arms["week"].astype("float64"),
        }
    )
    arms = arms.loc[keys.sort_values(list(keys.columns)).index]
    found = []
    for values, group in arms.groupby(_GROUP, sort=False, dropna=False):
        # Of an arm with two figures, neither the better sourced, nothing enters.
        tied = group.duplicated(["study_id", "arm_id", "analysis_set"], keep=False)
        counted = group[group["responders"].notna() & ~tied]
        row: dict[str, Any] = dict(zip(_GROUP, values, strict=True))
        row |= {
            "arms": len(group),
            "low": group["estimate"].min(),
            "high": group["estimate"].max(),
            "counted": len(counted),
            "patients": int(counted["n"].sum()),
            "method": "none",
        }
        if len(counted) > 1:
            level = float(counted["level"].iloc[0])
            x, n = counted["responders"].astype("int64"), counted["n"].astype("int64")
            pooled = pooling.pool_proportions(x, n, level=level)
            row |= {
                "estimate": pooled.estimate,
                "lower": pooled.lower,
                "upper": pooled.upper,
                "prediction_lower": pooled.prediction_lower,
                "prediction_upper": pooled.prediction_upper,
                "level": level,
                "method": f"{pooled.method}, {pooled.interval} interval",
                "notes": " ".join(pooled.notes),
            }
        found.append({**row, "rows": ", ".join(str(number) for number in sorted(group["row"]))})
    columns = [
        *(*_GROUP, "arms", "low", "high", "counted", "patients", "estimate", "lower", "upper"),
        *("prediction_lower", "prediction_upper", "level", "method", "notes", "rows"),
    ]
    return pd.DataFrame(found, columns=columns)


def _known_topicals(topicals: Iterable[str]) -> list[str]:
    """Return the words for background topicals that were asked for; all if none were."""
    wanted = [topicals] if isinstance(topicals, str) else topicals
    return as_names("topicals", wanted, _TOPICALS) or list(_TOPICALS)
