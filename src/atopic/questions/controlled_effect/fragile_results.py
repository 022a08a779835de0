"""How few patients of another outcome would undo a difference that a P value calls significant."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.evidence.direction import favoured
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.asked import asked
from atopic.stats import contrasts
from atopic.stats.ambiguity import SEARCH_BEYOND, over_candidates

Floats: TypeAlias = NDArray[np.float64]

#: Tests that a source may have decided by without naming one, Walsh's own first.
_TESTS: Any = ("fisher", "chi-square", "chi-square-corrected")
_KEYS = ["study_id", "arm_id", "reference_arm_id", "outcome", "week"]


@asked()
def fragile_results(
    evidence: Evidence, effects: pd.DataFrame, allowed: pd.DataFrame, *, alpha: float = 0.05
) -> pd.DataFrame:
    """Return the fragility of each difference whose P value is below alpha.

    Parameters
    ----------
    evidence : from `atopic.load`; its contrasts say which P values were printed.
    effects : from `atopic.questions.controlled_effect.trial_effects` with ``measure="RD"``.
    allowed : from `atopic.questions.controlled_effect.allowed_effects`: P values without counts.
    alpha : a P value below it is significant.

    Returns
    -------
    DataFrame: one row a difference and test. Of known counts the ``test`` is the first of Fisher's,
        chi-square and corrected chi-square that gives the printed P value (``p_printed``), and
        Fisher's where none was printed or none gives it; where the first is another, Fisher's has
        a row too. Of a P value without counts each test that some counts satisfy has one.
        ``index_min`` and ``index_max`` reach over every pair of counts that fits, and ``index`` is
        that of the counts used, missing where none were printed; 0 means that these counts are not
        significant. ``p`` and ``p_after`` are the P values before and after, of the counts used.
        ``arm`` is where patients change to responders, the arm with the lower rate. A difference
        that no fitting counts make significant has no row. ``row`` is that of responses.csv, or of
        contrasts.csv for a P value without counts; ``counted`` says whether counts are known.

    Raises
    ------
    ValueError: if alpha is no share, or arms are too large for `contrasts.fragility_index`.

    References
    ----------
    Walsh et al. 2014, J Clin Epidemiol 67:622.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> evidence = atopic.load()
    >>> effects = trial_effects(evidence, "EASI-75", weeks=[16])
    >>> found = fragile_results(evidence, effects, effects.iloc[:0])
    >>> found[["test", "index", "arm"]].values.tolist()
    [['chi-square', 2.0, 'placebo'], ['fisher', 2.0, 'placebo']]
    """
    found: list[dict[str, Any]] = []
    for effect in records(effects):
        printed = _printed(evidence, effect)
        first = _test_of(printed, effect)
        found += [
            _of_counts(effect, test, printed, alpha) for test in dict.fromkeys((first, "fisher"))
        ]
    for row in records(allowed):
        found += _of_printed_p(evidence, row, alpha)
    names = ["label", "counted", "test", "p_printed", "p", "index", "index_min", "index_max", "arm"]
    names += ["p_after", "alpha", "source_id", "row"]
    frame = pd.DataFrame(found, columns=[*_KEYS, *names])
    return frame[frame["index_max"].ne(0)].reset_index(drop=True)


def _printed(evidence: Evidence, effect: Any) -> str:
    """Return the exact P value that a source prints of a difference; empty if it prints none."""
    rows = evidence.contrasts
    rows = rows[rows["measure"].eq("p_value") & rows["value_operator"].eq("=")]
    for name in _KEYS:
        rows = rows[rows[name].eq(getattr(effect, name))]
    return "" if rows.empty else f"{rows['value'].iloc[0]:g}"


def _test_of(printed: str, effect: Any) -> str:
    """Return the test that gives the printed P value for the counts; Fisher's if none does."""
    if not printed:
        return "fisher"
    tables = contrasts.p_value_bounds(
        printed, int(effect.n), int(effect.reference_n), tests=_TESTS
    ).tables
    fits = tables["responders_1"].eq(effect.responders)
    fits &= tables["responders_0"].eq(effect.reference_responders)
    return next(iter(tables.loc[fits, "test"]), "fisher")


def _of_counts(effect: Any, test: Any, printed: str, alpha: float) -> dict[str, Any]:
    def fragility(responders: Floats, n: Floats) -> dict[str, Floats]:
        arms = (responders[:, 0], n[:, 0], responders[:, 1], n[:, 1])
        index = contrasts.fragility_index(*arms, alpha=alpha, test=test).index
        return {"index": np.where(np.isnan(index), np.inf, index)}

    pairs = [effect.candidates, effect.reference_candidates]
    used = [
        (int(effect.responders), int(effect.n)),
        (int(effect.reference_responders), int(effect.reference_n)),
    ]
    central = [row.index(pair) for row, pair in zip(pairs, used, strict=True)]
    (over,) = records(
        over_candidates(
            fragility, pairs, central=central, limit=SEARCH_BEYOND, beyond="search"
        ).table
    )
    one = contrasts.fragility_index(*used[0], *used[1], alpha=alpha, test=test)
    return {
        **{name: getattr(effect, name) for name in _KEYS},
        "label": effect.label,
        "counted": True,
        "test": test,
        "p_printed": printed,
        "p": float(one.p),
        "index": over.central,
        "index_min": over.minimum,
        "index_max": over.maximum,
        "arm": {"1": effect.arm_id, "0": effect.reference_arm_id}.get(str(one.arm), ""),
        "p_after": float(one.p_after),
        "alpha": alpha,
        "source_id": effect.source_id,
        "row": effect.row,
    }


def _of_printed_p(evidence: Evidence, row: Any, alpha: float) -> list[dict[str, Any]]:
    """Return the fragility over all counts that a printed P value allows, test by test."""
    if float(row.p_printed) >= alpha:
        return []
    said = evidence.contrasts.loc[row.row, "direction"]
    favours = favoured(evidence.instruments, row.outcome, said)
    tables = contrasts.p_value_bounds(
        row.p_printed, row.n_1, row.n_0, tests=_TESTS, favours=favours
    ).tables
    found = []
    for test in dict.fromkeys(tables["test"]):
        some = tables[tables["test"].eq(test)]
        counts = (some[name] for name in ("responders_1", "n_1", "responders_0", "n_0"))
        one = contrasts.fragility_index(*counts, alpha=alpha, test=test)
        index = np.where(np.isnan(one.index), np.inf, one.index)
        arms = {{"1": row.arm_id, "0": row.reference_arm_id}.get(arm, "") for arm in one.arm}
        found.append(
            {
                **{name: getattr(row, name) for name in _KEYS},
                "label": getattr(row, "label", row.arm_id),
                "counted": False,
                "test": test,
                "p_printed": row.p_printed,
                "p": float(row.p_printed),
                "index": float("nan"),
                "index_min": index.min(),
                "index_max": index.max(),
                "arm": arms.pop() if len(arms) == 1 else "",
                "p_after": float("nan"),
                "alpha": alpha,
                "source_id": row.source_id,
                "row": row.row,
            }
        )
    return found
