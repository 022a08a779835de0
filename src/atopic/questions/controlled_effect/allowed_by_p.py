"""The differences that a printed P value allows where no rates were printed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pandas as pd

from atopic.evidence.controls import controlled_designs
from atopic.evidence.direction import favoured
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.selection import as_names, of_choice
from atopic.questions.asked import asked
from atopic.questions.controlled_effect.trial_effects import trial_effects
from atopic.stats import contrasts

#: Tests that a source may have used without naming one, quick enough to try on every pair.
_TESTS: Any = ("chi-square", "chi-square-corrected", "fisher")
#: One in so many patients of an arm, but no more than this, may be missing from an analysis whose
#: size was not printed.
_ONE_IN, _MOST_FEWER = 10, 5
#: What is known of the size of an arm, the least first.
_BASES = ("inferred", "randomised", "analysed")
#: Columns of contrasts.csv that go into an answer.
_USED = ["study_id", "arm_id", "reference_arm_id", "value", "direction", "week", "source_id"]


@asked()
@once
def allowed_effects(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,  # noqa: ARG001 (as every question takes it)
    agents: Iterable[str] = (),
    arms: Iterable[str] = (),
    background_topicals: str = "",
    method: contrasts.Method = "newcombe",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the risk differences that printed P values allow where no rates were printed.

    Parameters
    ----------
    weeks, studies : weeks and study ids; none given means all of cell therapy.
    exclude : ids of studies to leave out.
    controlled : changes nothing: every comparison here is with placebo.
    agents, arms, background_topicals : as in `trial_effects`.
    method, level : of the interval around each difference, as in `atopic.stats.contrasts.compare`.

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
    >>> found[["lower", "interval_lower", "interval_upper"]].round(2).values.tolist()
    [[0.25, 0.04, 0.43]]
    """
    weeks, studies, exclude = list(weeks), list(studies), list(exclude)
    scales = evidence.instruments
    responders = scales["outcome"].eq(outcome) & scales["kind"].eq("responder")
    agents, arms = as_names("agents", agents), as_names("arms", arms)
    rows = evidence.joined("contrasts", "arms", "studies")
    topicals = rows["arms.background_topicals"].astype(str)
    keep = (
        # The P value of a mean says nothing of shares.
        rows["outcome"].eq(outcome if responders.any() else "")
        & rows["measure"].eq("p_value")
        & rows["value_operator"].eq("=")
        & rows["studies.role"].eq("evidence")
        & controlled_designs(rows["studies.design"])
        & (rows["week"].isin(weeks) if weeks else True)
        & of_choice(evidence, rows["study_id"], studies=studies, exclude=exclude)
        & (rows["arms.agent"].isin(agents) if agents else True)
        & (rows["arm_id"].isin(arms) if arms else True)
        & (topicals.eq(background_topicals) if background_topicals else True)
    )
    sizes = {}
    if keep.any():
        effects = trial_effects(evidence, outcome, weeks=weeks, studies=studies, exclude=exclude)
        keep &= ~rows["study_id"].isin(effects["study_id"])
        sizes = _sizes(evidence)
    found = []
    for row in records(rows.loc[keep, _USED].rename_axis("row").reset_index()):
        arms_compared = [(row.study_id, arm) for arm in (row.arm_id, row.reference_arm_id)]
        if not all(arm in sizes for arm in arms_compared):
            continue
        (n_1, basis_1), (n_0, basis_0) = (sizes[arm] for arm in arms_compared)
        favours = favoured(evidence.instruments, outcome, row.direction)
        known = next(one for one in _BASES if one in (basis_1, basis_0))
        fewer = 0 if known == "analysed" else min(n_1 // _ONE_IN, n_0 // _ONE_IN, _MOST_FEWER)
        possible = _possible(row.value, n_1, n_0, favours)
        nearly = pd.concat(
            [
                _possible(row.value, n_1 - missing_1, n_0 - missing_0, favours)
                for missing_1 in range(fewer + 1)
                for missing_0 in range(fewer + 1)
            ]
        )
        ends = _outermost(possible, method, level)
        ends_fewer = _outermost(nearly, method, level)
        found.append(
            {
                "study_id": row.study_id,
                "arm_id": row.arm_id,
                "reference_arm_id": row.reference_arm_id,
                "outcome": outcome,
                "week": row.week,
                "n_1": n_1,
                "n_0": n_0,
                "sizes": known,
                "p_printed": f"{row.value:g}",
                "tests": _tests(possible),
                "lower": possible["difference"].min(),
                "upper": possible["difference"].max(),
                "pairs": len(possible),
                "interval_lower": ends[0],
                "interval_upper": ends[1],
                "fewer": fewer,
                "tests_fewer": _tests(nearly),
                "lower_fewer": nearly["difference"].min(),
                "upper_fewer": nearly["difference"].max(),
                "interval_lower_fewer": ends_fewer[0],
                "interval_upper_fewer": ends_fewer[1],
                "interval_method": method,
                "level": level,
                "source_id": row.source_id,
                "row": row.row,
            }
        )
    names = ["study_id", "arm_id", "reference_arm_id", "outcome", "week", "n_1", "n_0", "sizes"]
    names += ["p_printed", "tests", "lower", "upper", "pairs", "interval_lower", "interval_upper"]
    names += ["fewer", "tests_fewer", "lower_fewer", "upper_fewer"]
    names += ["interval_lower_fewer", "interval_upper_fewer", "interval_method", "level"]
    return pd.DataFrame(found, columns=[*names, "source_id", "row"])


def _sizes(evidence: Evidence) -> dict[tuple[str, str], tuple[int, str]]:
    """Return the patients of each arm of which they are known, and whether those were analysed."""
    names = ("study_id", "arm_id", "n_analysed", "n_randomised", "n_randomised_basis")
    sizes = {}
    for study, arm, analysed, randomised, basis in zip(
        *(evidence.arms[name] for name in names), strict=True
    ):
        if pd.notna(analysed):
            sizes[study, arm] = int(analysed), "analysed"
        elif pd.notna(randomised):
            sizes[study, arm] = int(randomised), "randomised" if basis == "printed" else "inferred"
    return sizes


@lru_cache(maxsize=1024)
def _possible(p: float, n_1: int, n_0: int, favours: Any) -> pd.DataFrame:
    """Return the pairs of counts that give a printed P value, test by test.

    Nobody alters them: charts, tables and sentences of a page ask for the same.
    """
    return contrasts.p_value_bounds(f"{p:g}", n_1, n_0, tests=_TESTS, favours=favours).tables


def _tests(tables: pd.DataFrame) -> str:
    """Return the tests that some pair of counts satisfies."""
    return ", ".join(one for one in _TESTS if one in set(tables["test"])) or "none"


def _outermost(tables: pd.DataFrame, method: Any, level: float) -> tuple[float, float]:
    """Return the lowest and highest limit of the intervals around the differences."""
    if tables.empty:
        return float("nan"), float("nan")
    arms = (tables[name] for name in ("responders_1", "n_1", "responders_0", "n_0"))
    found = contrasts.compare(*arms, measure="RD", method=method, level=level)
    return float(found.lower.min()), float(found.upper.max())
