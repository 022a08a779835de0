"""What a study printed: rates, scores, comparisons, single patients, biomarkers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from atopic.evidence.controls import control_kinds
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.provenance import arms_named, printed_comparisons
from atopic.questions.asked import asked
from atopic.questions.controlled_effect import allowed_effects, trial_effects
from atopic.questions.durability import patient_courses
from atopic.questions.one_study.facts import rows_of
from atopic.questions.response_rates import response_rates
from atopic.questions.severity_reduction import score_reductions


@asked()
def study_rates(
    evidence: Evidence, study: str, *, level: float = 0.95, method: str = "clopper-pearson"
) -> pd.DataFrame:
    """Return every response rate of a study.

    The frames of `atopic.questions.response_rates.response_rates`, outcome by outcome in the order
    of the table; shares of earlier responders come last. `level` and `method` are as in
    `atopic.questions.response_rates.response_rates`.

    >>> import atopic
    >>> rates = study_rates(atopic.load(), "shin-2021")
    >>> rates[["outcome", "responders", "n"]].values.tolist()
    [['EASI-50', 4, 5], ['maintained-good-response', 2, 5]]
    """
    rates = _by_outcome(
        evidence,
        "responses",
        study,
        lambda outcome: response_rates(
            evidence, outcome, studies=[study], level=level, method=method
        ),
    )
    last = rates["setting"].eq("maintained")
    return pd.concat([rates[~last], rates[last]], ignore_index=True)


@asked()
def study_scores(evidence: Evidence, study: str, *, level: float = 0.95) -> pd.DataFrame:
    """Return every change of a severity score of a study.

    A plus-minus value that was printed without a label is taken for a standard deviation;
    ``spread_used`` says so.

    `level` is as in `atopic.questions.severity_reduction.score_reductions`, whose columns are
    returned.

    >>> import atopic
    >>> study_scores(atopic.load(), "kim-2017")["estimate"].to_list()
    [-33.0, -50.0, -58.0, -60.0, -65.0]
    """
    outcomes = rows_of(evidence, "scores", study)["outcome"].unique()
    return score_reductions(evidence, outcomes, studies=[study], assume="sd", level=level)


@asked()
def study_effects(
    evidence: Evidence, study: str, *, level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a trial shows against its own placebo arm.

    Returns
    -------
    effects : DataFrame: from `atopic.questions.controlled_effect.trial_effects`, for each outcome
        of responses.csv: Newcombe's intervals of the difference of shares.
    allowed : DataFrame: from `atopic.questions.controlled_effect.allowed_effects`: what a printed P
        value without rates allows.

    Examples
    --------
    >>> import atopic
    >>> effects, allowed = study_effects(atopic.load(), "kangstem-2019")
    >>> effects["estimate"].round(3).to_list(), len(allowed)
    ([0.047], 0)
    """
    # Without a control arm there is no effect: ask about no study, for the columns alone.
    control = control_kinds(evidence.arms, evidence.studies).get(study, "")
    effects = _by_outcome(
        evidence,
        "responses",
        study if control else "",
        lambda outcome: trial_effects(evidence, outcome, studies=[study], level=level),
    )
    allowed = _by_outcome(
        evidence,
        "contrasts",
        study,
        lambda outcome: allowed_effects(evidence, outcome, studies=[study], level=level),
    )
    return effects, allowed


@asked()
@once
def study_contrasts(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return every comparison between arms that a study printed, in its own words.

    Columns ``outcome``, ``week``, ``arm_id``, ``reference_arm_id``, their ``label`` and
    ``reference_label``, ``printed``, ``direction``, ``analysis_set``, ``confidence``,
    ``source_id``, ``notes`` and ``row`` of contrasts.csv.

    >>> import atopic
    >>> study_contrasts(atopic.load(), "kangstem-2024")["printed"].to_list()
    ['called not significant', 'called significant']
    """
    rows = rows_of(evidence, "contrasts", study)
    said = printed_comparisons(evidence, rows).drop_duplicates("row").set_index("row")["printed"]
    names = arms_named(evidence, rows)[["label", "reference_label"]]
    columns = ["outcome", "week", "arm_id", "reference_arm_id", *names, "printed", "direction"]
    columns += ["analysis_set", "confidence", "source_id", "notes", "row"]
    return rows.assign(printed=rows["row"].map(said)).join(names)[columns]


@asked()
def study_courses(evidence: Evidence, study: str) -> list[pd.DataFrame]:
    """Return the single patients of a study by cycle, one frame an outcome.

    >>> import atopic
    >>> [len(courses) for courses in study_courses(atopic.load(), "shin-2021")]
    [9]
    """
    rows = rows_of(evidence, "patients", study)
    outcomes = rows.loc[rows["record_type"].eq("response"), "outcome"].unique()
    found = [patient_courses(evidence, str(one), studies=[study]) for one in outcomes]
    return [courses for courses in found if len(courses)]


@asked()
def other_events(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return what is told of single patients outside their treatment cycles, with ``row``.

    >>> import atopic
    >>> other_events(atopic.load(), "shin-2021")["outcome"].to_list()
    ['ige-decrease', 'ige-decrease']
    """
    rows = rows_of(evidence, "patients", study)
    shown: set[Any] = set()
    for courses in study_courses(evidence, study):
        shown |= {*courses["row"], *courses["retreated_row"].dropna()}
    columns = ["patient_id", "outcome", "occurred", "week", "week_basis", "confidence", "notes"]
    return rows.loc[~rows["row"].isin(shown), [*columns, "source_id", "row"]]


@asked()
def biomarker_directions(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return which way each biomarker went, and whether a value or only words were printed.

    Columns ``marker``, ``direction``, ``significance`` (``called significant`` or ``no test
    read``), ``comparison``, ``value`` (text), ``n``, ``arm_id``, ``week``, ``week_basis``,
    ``confidence``, ``source_id``, ``notes`` and ``row`` of biomarkers.csv.

    >>> import atopic
    >>> found = biomarker_directions(atopic.load(), "kim-2017")
    >>> found[["marker", "direction", "value"]].values.tolist()[0]
    ['serum-IgE', 'decrease', 'no value read']
    """
    rows = rows_of(evidence, "biomarkers", study)
    tested = rows["significance"].astype("str").eq("printed")
    columns = ["marker", "direction", "significance", "comparison", "value", "n", "arm_id"]
    columns += ["week", "week_basis", "confidence", "source_id", "notes", "row"]
    return rows.assign(
        direction=rows["direction"].astype("str"),
        significance=np.where(tested, "called significant", "no test read"),
        comparison=rows["comparison"].astype("str").str.replace("-", " "),
        value=[
            "no value read"
            if pd.isna(row.value)
            else f"{row.value:g} {row.unit if pd.notna(row.unit) else ''}".strip()
            for row in records(rows)
        ],
    )[columns]


def _by_outcome(
    evidence: Evidence, table: str, study: str, one: Callable[[str], pd.DataFrame]
) -> pd.DataFrame:
    """Return what a function gives for each outcome of a study, one below the other."""
    outcomes = list(rows_of(evidence, table, study)["outcome"].unique())
    frames = [one(str(outcome)) for outcome in outcomes]
    # Of no outcome there are no rows, but the columns of any.
    filled = [frame for frame in frames if len(frame)] or frames[:1] or [one("")]
    return pd.concat(filled, ignore_index=True)
