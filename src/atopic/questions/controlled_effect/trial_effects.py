"""The effect of each active arm against the placebo arm of its own trial."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atopic.evidence.controls import is_control, is_controlled, with_controls
from atopic.evidence.counts import Candidates
from atopic.evidence.derivation import BASES
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.pooling_groups import pooled_with
from atopic.evidence.selection import as_names, ordered, selected
from atopic.evidence.several_sources import preferred_rows
from atopic.evidence.shared_patients import patients_counted
from atopic.questions.asked import asked
from atopic.stats import contrasts
from atopic.stats.ambiguity import SEARCH_BEYOND, over_candidates

Floats: TypeAlias = NDArray[np.float64]

_KEYS = ["study_id", "outcome", "week", "analysis_set"]

_ARM = ["arm_id", "responders", "n", "basis", "candidates", "label", "row"]

#: What is read of each row: to sort and merge all that is known of them takes twice the time.
_READ = [
    *(*_KEYS, "arm_id", "label", "agent", "dose", "dose_unit", "arm_role", "combined_arm"),
    *("background_topicals", "study_role", "year", "studies.phase", "studies.blinding"),
    *(
        "studies.intervention_class",
        "setting",
        "responders_used",
        "n_used",
        "basis",
        "candidates",
        "percent_printed",
    ),
    *("source_id", "locator", "confidence", "row"),
]


class OverAllCounts(NamedTuple):
    """The least and greatest estimate, the outermost limits, and of how many pairs of counts."""

    estimate_min: float
    estimate_max: float
    lower_min: float
    upper_max: float
    combinations: int


@asked("responses")
@once
def trial_effects(
    evidence: Evidence,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
    agents: Iterable[str] = (),
    arms: Iterable[str] = (),
    background_topicals: str = "",
    pool_by: str = "",
    measure: contrasts.Measure = "RD",
    method: contrasts.Method | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the effect of each active arm over the placebo arm of its trial.

    Parameters
    ----------
    weeks, studies, exclude, controlled, include_benchmarks : as in
        `atopic.evidence.selection.selected`.
    agents, arms : products and arm ids of the active arms; none given means every one.
    background_topicals : {"", "yes", "no", "unknown"}; only trials with, without or not said to be
        with topicals beside the treatment; empty for all.
    pool_by : {"", "agent", "class", "all"}; which effects may be pooled with each other; empty for
        what review.toml says.
    measure : {"RD", "RR", "OR"}; risk difference (of shares), risk ratio or odds ratio.
    method, level : as in `atopic.stats.contrasts.compare`.

    Returns
    -------
    DataFrame: one row an active arm of a placebo-controlled period for which both arms have counts.
        ``responders`` and ``n``, and ``reference_responders`` and ``reference_n``, are the counts
        that ``estimate``, ``lower`` and ``upper`` rest on; ``estimate_min`` and ``estimate_max``,
        ``lower_min`` and ``upper_max`` reach over every pair of counts that fits what was printed,
        ``combinations`` in number. ``basis`` is the weaker of ``active_basis`` and
        ``reference_basis``. Of a rate that several
        sources print the row of `preferred_rows` is taken. ``patients_of`` names the studies whose
        patients these are, parted by ``;``. ``row`` and ``reference_row`` are rows of
        responses.csv. ``control`` is the kind of the control (`atopic.evidence.controls`), and
        ``pooled_with`` the agent, class or "all" with which an effect may be pooled.

    Raises
    ------
    UsageError: for an outcome, study or week that there is not, with what there is.
    ValueError: for an option that `atopic.stats.contrasts.compare` refuses, or `agents` or `arms`
        that are one text.

    Examples
    --------
    >>> import atopic
    >>> effects = trial_effects(atopic.load(), "EASI-50", weeks=[12])
    >>> effects[["study_id", "basis", "estimate", "lower", "upper"]].round(3).values.tolist()[0]
    ['kangstem-2019', 'derived', 0.047, -0.091, 0.18]
    """
    rows = selected(
        evidence,
        "responses",
        outcome,
        weeks=weeks,
        studies=studies,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
        columns=_READ,
    )
    frame = ordered(rows)
    frame = frame[preferred_rows(frame)]
    frame = frame[_chosen(frame, agents, arms, background_topicals)]
    frame = frame[is_controlled(frame) & frame["n_used"].notna()].assign(
        responders=frame["responders_used"], n=frame["n_used"]
    )
    frame = frame.rename(columns={"studies.phase": "phase", "studies.blinding": "blinding"})
    pairs = with_controls(frame, _KEYS, _ARM).rename(
        columns={f"{name}_of_reference": f"reference_{name}" for name in _ARM}
    )
    compared = contrasts.compare(
        pairs["responders"].astype("float64"),
        pairs["n"].astype("float64"),
        pairs["reference_responders"].astype("float64"),
        pairs["reference_n"].astype("float64"),
        measure=measure,
        method=method,
        level=level,
    )
    counted = patients_counted(evidence.studies)
    result = pairs.assign(
        pooled_with=pooled_with(pairs, pool_by or evidence.review.pool_by),
        patients_of=[";".join(sorted(counted[study])) for study in pairs["study_id"]],
        active_basis=pairs["basis"],
        basis=_weaker(pairs["basis"], pairs["reference_basis"]),
        measure=measure,
        estimate=compared.estimate,
        lower=compared.lower,
        upper=compared.upper,
        level=level,
        method=compared.method,
    )
    ranges = [
        over_all_counts((row.candidates, row.reference_candidates), measure, method, level)
        for row in records(pairs)
    ]
    names = list(OverAllCounts._fields)
    result[names] = pd.DataFrame(ranges, columns=names, index=result.index)
    return result[
        [
            *("study_id", "arm_id", "reference_arm_id", "outcome", "week", "analysis_set"),
            *(
                "control",
                "pooled_with",
                "study_role",
                "patients_of",
                "phase",
                "blinding",
                "combined_arm",
                "label",
                "agent",
                "dose",
                "dose_unit",
                "background_topicals",
            ),
            *("responders", "n", "reference_responders", "reference_n"),
            *("basis", "active_basis", "reference_basis"),
            *("candidates", "reference_candidates", "combinations"),
            *("measure", "estimate", "lower", "upper", *names[:-1], "level", "method"),
            *("source_id", "locator", "confidence", "row", "reference_row"),
        ]
    ]


def over_all_counts(
    candidates: tuple[Candidates, Candidates],
    measure: contrasts.Measure = "RD",
    method: contrasts.Method | None = None,
    level: float = 0.95,
) -> OverAllCounts:
    """Return how far an effect and its limits reach over every pair of counts that fits.

    `candidates` are those of the active and of the reference arm; the others are as in
    `trial_effects`. Every page takes the limits of a difference from here, so that none prints
    those of one pair where another prints the outermost.

    >>> from atopic.evidence.counts import Candidates
    >>> high, low = Candidates([(6, 11)]), Candidates([(4, 11), (5, 14)])
    >>> found = over_all_counts((high, low))
    >>> round(found.lower_min, 2), round(found.upper_max, 2), found.combinations
    (-0.21, 0.5, 2)
    """

    def compare(responders: Floats, n: Floats) -> dict[str, Floats]:
        found = contrasts.compare(
            *(responders[:, 0], n[:, 0], responders[:, 1], n[:, 1]),
            measure=measure,
            method=method,
            level=level,
        )
        return {"estimate": found.estimate, "lower": found.lower, "upper": found.upper}

    ambiguous = over_candidates(compare, candidates, limit=SEARCH_BEYOND, beyond="search")
    estimate, lower, upper = records(ambiguous.table)
    return OverAllCounts(
        estimate.minimum, estimate.maximum, lower.minimum, upper.maximum, ambiguous.combinations
    )


def _chosen(
    frame: pd.DataFrame, agents: Iterable[str], arms: Iterable[str], topicals: str
) -> pd.Series:
    """Say which rows are of the arms asked for, or of a placebo arm beside which they may stand."""
    placebo = is_control(frame)
    chosen = pd.Series(True, index=frame.index)
    for name, column, values in (("agents", "agent", agents), ("arms", "arm_id", arms)):
        if wanted := as_names(name, values):
            chosen &= placebo | frame[column].isin(wanted)
    if topicals:
        chosen &= frame["background_topicals"].astype(str).eq(topicals)
    return chosen


def _weaker(one: pd.Series, other: pd.Series) -> list[str]:
    return [
        max(pair, key=BASES.index) for pair in zip(one.astype(str), other.astype(str), strict=True)
    ]
