"""The same effects as ratios and as numbers needed to treat."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.display.numbers import ratio_text
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records, row_dicts
from atopic.questions.asked import asked
from atopic.stats import contrasts
from atopic.stats.ambiguity import SEARCH_BEYOND, over_candidates

Floats: TypeAlias = NDArray[np.float64]

_RATIOS: tuple[contrasts.Measure, ...] = ("RR", "OR")
_KEPT = ["study_id", "arm_id", "reference_arm_id", "label", "outcome", "week", "analysis_set"]
_KEPT += ["responders", "n", "reference_responders", "reference_n", "basis", "combinations"]
_LAST = ["level", "source_id", "row", "reference_row"]


@asked()
def effect_measures(evidence: Evidence, effects: pd.DataFrame) -> pd.DataFrame:
    """Return risk ratio, odds ratio and number needed to treat of trial effects.

    Parameters
    ----------
    evidence : from `atopic.load`; says whether a response is the better outcome.
    effects : from `atopic.questions.controlled_effect.trial_effects` with ``measure="RD"``.

    Returns
    -------
    DataFrame: three rows an effect, ``measure`` RR (Miettinen-Nurminen), OR (conditional exact) and
        NNT: ``estimate``, ``lower`` and ``upper``; ``lower_min`` and ``upper_max`` over every pair
        of counts that fits. For NNT, ``lower`` and ``upper`` are the reciprocals of the limits of
        the difference most and least to the patients' benefit, negative for harm, and ``text`` and
        ``text_over_all`` say it in Altman's words: an interval of the difference through 0 runs
        from a number to benefit over infinity to a number to harm.

    Raises
    ------
    ValueError: if the effects are no risk differences.

    References
    ----------
    Altman 1998, BMJ 317:1309.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> evidence = atopic.load()
    >>> found = effect_measures(evidence, trial_effects(evidence, "EASI-75", weeks=[16]))
    >>> found[["measure", "text"]].values.tolist()[-1]
    ['NNT', 'NNTB 6.1 (3.4 to 33.5)']
    """
    if not effects["measure"].eq("RD").all():
        raise ValueError("effects must be risk differences: trial_effects(..., measure='RD')")
    rows: list[dict[str, Any]] = []
    for effect in row_dicts(effects):
        kept = {name: effect[name] for name in _KEPT}
        last = {name: effect[name] for name in _LAST}
        rows += [{**kept, **_ratio(effect, measure), **last} for measure in _RATIOS]
        rows.append(
            {
                **kept,
                **_needed(effect, lower_is_better(evidence.instruments, effect["outcome"])),
                **last,
            }
        )
    measured = ["measure", "estimate", "lower", "upper", "lower_min", "upper_max"]
    columns = [*_KEPT, *measured, "method", "text", "text_over_all", *_LAST]
    return pd.DataFrame(rows, columns=columns)


def _ratio(effect: dict[Any, Any], measure: contrasts.Measure) -> dict[str, Any]:
    method = contrasts.METHODS[measure][0]

    def compare(responders: Floats, n: Floats) -> dict[str, Floats]:
        found = contrasts.compare(
            *(responders[:, 0], n[:, 0], responders[:, 1], n[:, 1]),
            measure=measure,
            method=method,
            level=float(effect["level"]),
        )
        return {"estimate": found.estimate, "lower": found.lower, "upper": found.upper}

    pairs = [effect["candidates"], effect["reference_candidates"]]
    for end in (0,) if measure == "RR" else (0, 1):  # nobody, or everybody, of both arms
        if all(any(x == end * n for x, n in arm) for arm in pairs):
            names = ("estimate", "lower", "upper", "lower_min", "upper_max")
            return {"measure": measure, **dict.fromkeys(names, float("nan")), "method": method,
                    "text": "not defined", "text_over_all": "not defined"}  # fmt: skip
    used = [
        (int(effect[f"{side}responders"]), int(effect[f"{side}n"])) for side in ("", "reference_")
    ]
    central = [row.index(pair) for row, pair in zip(pairs, used, strict=True)]
    ambiguous = over_candidates(
        compare, pairs, central=central, limit=SEARCH_BEYOND, beyond="search"
    )
    found = {row.quantity: row for row in records(ambiguous.table)}
    estimate, lower, upper = (found[name] for name in ("estimate", "lower", "upper"))
    return {
        "measure": measure,
        "estimate": found["estimate"].central,
        "lower": found["lower"].central,
        "upper": found["upper"].central,
        "lower_min": found["lower"].minimum,
        "upper_max": found["upper"].maximum,
        "method": method,
        "text": ratio_text(estimate.central, lower.central, upper.central),
        "text_over_all": ratio_text(estimate.central, lower.minimum, upper.maximum),
    }


def _needed(effect: dict[Any, Any], bad: bool) -> dict[str, Any]:
    def invert(lower: float, upper: float) -> contrasts.NumberNeededToTreat:
        ends = (-upper, -lower) if bad else (lower, upper)
        centre = -effect["estimate"] if bad else effect["estimate"]
        estimate, low, high = (np.array([float(value)]) for value in (centre, *ends))
        return contrasts.from_difference(
            estimate, low, high, float(effect["level"]), str(effect["method"])
        )

    used = invert(effect["lower"], effect["upper"])
    outer = invert(effect["lower_min"], effect["upper_max"])
    return {
        "measure": "NNT",
        "estimate": used.estimate[0],
        "lower": used.best[0],
        "upper": used.worst[0],
        "lower_min": outer.best[0],
        "upper_max": outer.worst[0],
        "method": f"reciprocal of the difference, {used.method}",
        "text": used.text()[0],
        "text_over_all": outer.text()[0],
    }
