"""The differences that a printed P value allows where no rates were printed."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from atopic.evidence.csv_rows import records
from atopic.evidence.folder import Evidence
from atopic.questions.controlled_effect.trial_effects import trial_effects
from atopic.stats import contrasts

__all__ = ["allowed_effects"]

#: Tests that a source may have used without naming one, quick enough to try on every pair.
_TESTS: Any = ("chi-square", "chi-square-corrected", "fisher")
#: One in so many patients of an arm, but no more than this, may be missing from an analysis whose
#: size was not printed.
_ONE_IN, _MOST_FEWER = 10, 5


def allowed_effects(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
) -> pd.DataFrame:
    """Return the risk differences that printed P values allow where no rates were printed.

    Parameters
    ----------
    weeks, studies : weeks and study ids; none given means all of cell therapy.

    Returns
    -------
    DataFrame: one row a comparison of contrasts.csv of a placebo-controlled trial with an exact P
        value but without counts: the arm sizes ``n_1`` and ``n_0`` with their ``sizes``
        (``analysed``, or ``randomised`` where that is not known, or ``inferred`` where that was not
        printed either), ``p_printed``, the ``tests`` that some pair of counts satisfies, and
        ``lower`` and ``upper``, the least and greatest difference over all of them in the direction
        that the source names. Unless the sizes are those analysed, ``lower_fewer`` and
        ``upper_fewer`` are the same with up to ``fewer`` patients (a tenth, at most five) missing
        from either arm, and ``tests_fewer`` the tests; ``fewer`` is 0 otherwise. ``row`` is the row
        of contrasts.csv.

    Examples
    --------
    >>> import atopic
    >>> found = allowed_effects(atopic.load(), "EASI-50", weeks=[12])
    >>> found[["study_id", "p_printed", "tests"]].values.tolist()
    [['seo-2024-phase-2', '0.038', 'chi-square-corrected']]
    """
    weeks, studies = list(weeks), list(studies)
    scales = evidence.instruments
    responders = scales["outcome"].eq(outcome) & scales["kind"].eq("responder")
    rows = evidence.joined("contrasts", "studies").rename_axis("row").reset_index()
    keep = (
        # The P value of a mean says nothing of shares.
        rows["outcome"].eq(outcome if responders.any() else "")
        & rows["measure"].eq("p_value")
        & rows["value_operator"].eq("=")
        & rows["studies.role"].eq("evidence")
        & rows["studies.design"].eq("randomised-placebo")
        & (rows["week"].isin(weeks) if weeks else True)
        & (rows["study_id"].isin(studies) if studies else True)
    )
    counted = set(trial_effects(evidence, outcome, weeks=weeks, studies=studies)["study_id"])
    arms = evidence.arms.set_index(["study_id", "arm_id"])
    sizes = arms["n_analysed"].fillna(arms["n_randomised"])
    inferred = arms["n_randomised_basis"].ne("printed")
    basis = inferred.map({True: "inferred", False: "randomised"}).astype(object)
    basis[arms["n_analysed"].notna()] = "analysed"
    found = []
    for row in records(rows[keep & ~rows["study_id"].isin(counted)]):
        n_1, n_0 = sizes[row.study_id, row.arm_id], sizes[row.study_id, row.reference_arm_id]
        if pd.isna(n_1) or pd.isna(n_0):
            continue
        favours: Any = {"favours-arm": "1", "favours-reference": "0"}.get(str(row.direction))
        both = {basis[row.study_id, row.arm_id], basis[row.study_id, row.reference_arm_id]}
        known = next(one for one in ("inferred", "randomised", "analysed") if one in both)
        fewer = 0 if known == "analysed" else min(int(n_1) // _ONE_IN, int(n_0) // _ONE_IN)
        fewer = min(fewer, _MOST_FEWER)
        possible = _possible(row.value, int(n_1), int(n_0), favours)
        nearly = pd.concat(
            [
                _possible(row.value, int(n_1) - missing_1, int(n_0) - missing_0, favours)
                for missing_1 in range(fewer + 1)
                for missing_0 in range(fewer + 1)
            ]
        )
        found.append(
            {
                "study_id": row.study_id,
                "arm_id": row.arm_id,
                "reference_arm_id": row.reference_arm_id,
                "outcome": outcome,
                "week": row.week,
                "n_1": int(n_1),
                "n_0": int(n_0),
                "sizes": known,
                "p_printed": f"{row.value:g}",
                "tests": ", ".join(possible["test"]) or "none",
                "lower": possible["difference_min"].min(),
                "upper": possible["difference_max"].max(),
                "pairs": int(possible["tables"].sum()),
                "fewer": fewer,
                "tests_fewer": ", ".join(one for one in _TESTS if one in set(nearly["test"]))
                or "none",
                "lower_fewer": nearly["difference_min"].min(),
                "upper_fewer": nearly["difference_max"].max(),
                "source_id": row.source_id,
                "row": row.row,
            }
        )
    names = ["study_id", "arm_id", "reference_arm_id", "outcome", "week", "n_1", "n_0", "sizes"]
    names += ["p_printed", "tests", "lower", "upper", "pairs", "fewer", "tests_fewer"]
    names += ["lower_fewer", "upper_fewer", "source_id", "row"]
    return pd.DataFrame(found, columns=names)


def _possible(p: float, n_1: int, n_0: int, favours: Any) -> pd.DataFrame:
    """Return the tests that some pair of counts satisfies, with their differences."""
    found = contrasts.p_value_bounds(f"{p:g}", n_1, n_0, tests=_TESTS, favours=favours).summary
    return found[found["tables"] > 0]
