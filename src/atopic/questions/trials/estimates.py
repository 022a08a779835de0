"""The placebo-controlled trials of cells, each with what is known of its comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from atopic.evidence.absence import absent_words
from atopic.evidence.controls import ACTIVE, control_kinds, controlled_designs
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records, row_dicts
from atopic.evidence.once import once
from atopic.questions.asked import asked
from atopic.questions.certainty import bias_judgements
from atopic.questions.controlled_effect import allowed_effects, trial_effects
from atopic.questions.evidence_map import study_characteristics
from atopic.questions.outcomes import responded_words
from atopic.stats import contrasts

_TRIAL = ["study_id", "short_name", "product_words", "routes", "year", "phase", "blinding"]
_TRIAL += ["n_enrolled", "n_enrolled_basis", "publication", "absent"]
_GOAL = ["primary_outcome", "primary_met", "primary_source_id"]
_RESULT = ["outcome", "label", "had", "fewer", "week", "arm_id", "arm", "reference_arm_id", "known"]
_RESULT += ["responders", "n", "reference_responders", "reference_n", "p_printed"]
_RESULT += ["basis", "active_basis", "reference_basis"]
_RESULT += ["difference_low", "difference_high", "estimate", "lower", "upper"]
_RESULT += ["lower_min", "upper_max", "measure", "level", "method", "patients_of"]
_BIAS = ["bias", "bias_lowest", "bias_highest", "bias_known_fault"]
_ROWS = ["study_row", "row", "reference_row", "contrast_row"]


@asked()
@once
def placebo_trials(
    evidence: Evidence, *, method: contrasts.Method = "newcombe", level: float = 0.95
) -> pd.DataFrame:
    """Return every placebo-controlled trial of cells, and what it shows of responders.

    Parameters
    ----------
    method, level : of the interval of each difference, as in `atopic.stats.contrasts.compare`.

    Returns
    -------
    DataFrame: one row a comparison of responders with placebo, and one for a trial without any;
        the largest trial first. ``product_words`` is what studies.csv calls the product of the
        trial, else the agent of the arm that is compared, and ``arm`` is the label of that arm.
        ``fewer`` says whether fewer patients with the outcome is the better result. ``known`` is
        ``rates`` (of both groups), ``only-p`` (a P value and nothing else) or ``none``. With
        ``rates``, ``estimate``, ``lower`` and ``upper`` (shares) and the outermost ``lower_min``
        and ``upper_max`` are those of `atopic.questions.controlled_effect.trial_effects`; with
        ``only-p`` there is no estimate: ``difference_low`` and ``difference_high`` are the
        differences that the P value allows and ``lower`` and ``upper`` the outermost limits around
        them, from
        `atopic.questions.controlled_effect.allowed_effects`. ``primary_met`` (``yes``, ``no`` or
        ``unknown``) is of the outcome that the trial was planned to decide by. ``bias`` is the risk
        of bias of this result over all, ``bias_lowest`` and ``bias_highest`` what it may be once
        all is read, and ``bias_known_fault`` whether it is high whatever is not known; blank where
        the result was not appraised. ``absent`` is what a number that is not there is called.
        ``study_row``, ``row`` and ``reference_row``, and ``contrast_row`` are rows of studies.csv,
        responses.csv and contrasts.csv.

    Raises
    ------
    ValueError: for an option that `atopic.stats.contrasts.compare` refuses.

    Examples
    --------
    >>> import atopic
    >>> trials = placebo_trials(atopic.load())
    >>> trials[["short_name", "known"]].values.tolist()[2]
    ['ADSTEM phase 2, 2025', 'rates']
    """
    studies = evidence.studies.rename_axis("study_row").reset_index()
    kinds = studies["study_id"].map(control_kinds(evidence.arms, studies))
    compared = evidence.arms.loc[evidence.arms["role"].eq("active-comparator"), "study_id"]
    # Of two treatments of which none is called the comparator neither is the control.
    control = kinds.ne(ACTIVE) | studies["study_id"].isin(compared)
    control &= controlled_designs(studies["design"])
    studies = studies[studies["role"].eq("evidence") & control].sort_values(
        ["n_enrolled", "study_id"], ascending=[False, True]
    )
    ids = studies["study_id"].to_list()
    if not ids:
        return pd.DataFrame(columns=[*_TRIAL, *_GOAL, *_RESULT, *_BIAS, *_ROWS])
    routes = study_characteristics(evidence, studies=ids).set_index("study_id")["routes"]
    given = evidence.arms[evidence.arms["role"].eq("experimental")]
    of_study = given.groupby("study_id")["agent"]
    agents = {study: ", ".join(dict.fromkeys(agent)) for study, agent in of_study}
    of_arm = given.set_index(["study_id", "arm_id"])["agent"].to_dict()
    labels = evidence.instruments.drop_duplicates("outcome").set_index("outcome")["label"]
    results = _results(evidence, ids, method, level)
    rows = []
    for trial in row_dicts(studies):
        own = {name: trial.get(name) for name in (*_TRIAL, *_GOAL, "study_row")}
        own["routes"] = routes[trial["study_id"]]
        product = own["product_words"]
        own["absent"] = absent_words(evidence, [trial["study_id"]])
        found = results[trial["study_id"]] or [{"known": "none", "level": level}]
        for one in found:
            of = one.get("outcome")
            had = responded_words(evidence.instruments, of) if of else None
            fewer = lower_is_better(evidence.instruments, of) if of else None
            if pd.isna(product):
                whole_trial = agents.get(trial["study_id"])
                own["product_words"] = of_arm.get(
                    (trial["study_id"], one.get("arm_id")), whole_trial
                )
            arm = one.get("label")
            said = {"arm": arm, "label": labels.get(of), "had": had, "fewer": fewer}
            rows.append({**own, **one, **said})
    frame = pd.DataFrame(rows, columns=[*_TRIAL, *_GOAL, *_RESULT, *_BIAS, *_ROWS])
    whole = ["n_enrolled", "year", "week", "responders", "n", "reference_responders"]
    whole += ["reference_n", *_ROWS]
    return _with_bias(evidence, frame.astype(dict.fromkeys(whole, "Int64")))


@asked()
def lights_of(evidence: Evidence, trials: pd.DataFrame) -> pd.DataFrame:
    """Return the judgements of `bias_judgements` on the results of these trials, domain by domain.

    `trials` is from `placebo_trials`; a result that was not appraised has no row.
    """
    judgements = bias_judgements(evidence, studies=dict.fromkeys(trials["study_id"]))
    pairs = zip(judgements["study_id"], judgements["outcome"], judgements["week"], strict=True)
    shown = {(row.study_id, row.outcome, row.week) for row in records(trials) if pd.notna(row.week)}
    here = np.array([pair in shown for pair in pairs], dtype=bool)
    return judgements[here].reset_index(drop=True)


def _with_bias(evidence: Evidence, trials: pd.DataFrame) -> pd.DataFrame:
    lights = lights_of(evidence, trials)
    if lights.empty:
        return trials
    whole = lights[lights["domain"].eq("overall")]
    of = {
        (row.study_id, row.outcome, row.week): (
            *(row.judgement, row.lowest, row.highest, row.known_fault),
        )
        for row in records(whole)
    }
    nothing = (None,) * len(_BIAS)
    found = [of.get((row.study_id, row.outcome, row.week), nothing) for row in records(trials)]
    return trials.assign(**dict(zip(_BIAS, zip(*found, strict=True), strict=True)))


def _results(
    evidence: Evidence, studies: list[str], method: Any, level: float
) -> dict[str, list[dict[str, Any]]]:
    """Return what each trial shows of responder outcomes: by rates, or by a P value alone."""
    how = {"studies": studies, "method": method, "level": level}
    effects = _each(evidence, "responses", studies, lambda one: trial_effects(evidence, one, **how))
    allowed = _each(
        evidence, "contrasts", studies, lambda one: allowed_effects(evidence, one, **how)
    )
    return {
        study: [*map(_by_rates, effects[study]), *map(_by_p, allowed[study])] for study in studies
    }


def _by_rates(row: Any) -> dict[str, Any]:
    return {
        **_kept(row),
        "known": "rates",
        "difference_low": row.estimate_min,
        "difference_high": row.estimate_max,
        "row": row.row,
    }


def _by_p(row: Any) -> dict[str, Any]:
    return {
        **_kept(row),
        "known": "only-p",
        "n": row.n_1,
        "reference_n": row.n_0,
        "difference_low": row.lower,
        "difference_high": row.upper,
        "estimate": float("nan"),
        "lower": row.interval_lower,
        "upper": row.interval_upper,
        "lower_min": row.interval_lower,
        "upper_max": row.interval_upper,
        "measure": "RD",
        "method": row.interval_method,
        "contrast_row": row.row,
        "row": None,
    }


def _kept(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*_RESULT, *_ROWS) if hasattr(row, name)}


def _each(
    evidence: Evidence, table: str, studies: list[str], one: Callable[[str], pd.DataFrame]
) -> dict[str, list[Any]]:
    """Return the rows of each study that a function gives for the outcomes of a table.

    In the order in which the study has the outcomes; each outcome is asked once for all studies.
    """
    frame = evidence.table(table)
    frame = frame[frame["study_id"].isin(studies)]
    found = {outcome: list(records(one(str(outcome)))) for outcome in frame["outcome"].unique()}
    outcomes = {study: rows["outcome"].unique() for study, rows in frame.groupby("study_id")}
    return {
        study: [
            row
            for outcome in outcomes.get(study, ())
            for row in found[outcome]
            if row.study_id == study
        ]
        for study in studies
    }
