"""Each product against placebo: its trials taken together, how sure that is, and who says it."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from types import SimpleNamespace
from typing import Any

import pandas as pd

from atopic.display.numbers import dose_text
from atopic.evidence.absence import absent_words
from atopic.evidence.controls import control_kinds, controlled_designs
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.asked import asked
from atopic.questions.certainty import Answer, Settings, answer_questions
from atopic.questions.certainty.effects import found_effect, ways_of_pooling
from atopic.questions.trials import placebo_trials

#: The way of pooling whose answer stands beside that of another one.
OTHER_POOLING: dict[str, Any] = {
    "random": "hartung-knapp", "common": "hartung-knapp", "hartung-knapp": "random",
}  # fmt: skip

_COLUMNS = [
    *("product", "name", "brand", "maker", "donor", "route", "administrations", "dose"),
    *(
        "outcome",
        "label",
        "had",
        "fewer",
        "scale",
        "week",
        "known",
        "placebo",
        "treated",
        "estimate",
        "lower",
        "upper",
        "other_lower",
        "other_upper",
    ),
    *(
        "allowed_low",
        "allowed_high",
        "p_printed",
        "direction",
        "minimal",
        "needed",
        "certainty",
        "ratings",
        "question_id",
    ),
    *("trials", "patients", "counted", "smallest", "largest"),
    *("single_blind", "phases", "without_result"),
    *("met", "missed", "goal_unknown", "in_journal", "published", "open_unread", "unread"),
    *("study_ids", "rows", "absent", "model", "tau2_method", "interval"),
]


@asked()
def product_answers(
    evidence: Evidence, *, trials: pd.DataFrame | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """Return what each product of which a placebo-controlled trial has a result did.

    Parameters
    ----------
    trials : from `atopic.questions.trials.placebo_trials`; computed if not given.
    settings : Settings, optional
        Thresholds of the certainty rules.

    Returns
    -------
    DataFrame: one row a product, that with most patients first. Its result is the one that the
        first question of certainty_questions on its responders asks about; without a question, or
        if a trial of that result is not in it, the one of its largest trial (of several that which
        most of its trials have), not graded (``certainty`` is empty), pooled with the others of its
        outcome and week if they can be.
        ``placebo`` and ``treated`` are shares, ``estimate``, ``lower`` and ``upper`` differences of
        shares; where only P values are known (``known`` is ``only-p``) they are what
        `placebo_trials` says that the first of them allows, with ``allowed_low`` and
        ``allowed_high`` the differences themselves. ``direction`` is ``more``,
        ``fewer``, ``alike`` (below the smallest important difference, no clear difference) or
        ``unclear``; ``fewer`` says whether fewer patients with the outcome is the better result.
        ``patients`` counts those enrolled, missing where no trial says, and ``counted`` those of
        the result; ``other_lower`` and ``other_upper`` are the limits of several trials that nobody
        rated by the other way of pooling; ``smallest`` and ``largest`` are the trials' sizes where
        each is known.
        ``met``, ``missed`` and ``goal_unknown`` count primary endpoints,
        ``in_journal`` trials published in a journal, of the ``published`` that say where,
        ``unread`` those whose paper was not read in full, and ``open_unread`` those of them that
        are free to read. ``absent`` is what a number that is not there is called; ``model``,
        ``tau2_method`` and ``interval`` are how the effects of several trials are pooled.

    Examples
    --------
    >>> import atopic
    >>> found = product_answers(atopic.load())
    >>> found[["brand", "trials", "patients", "direction", "certainty"]].values.tolist()[0]
    ['FURESTEM-AD', 2, 512, 'alike', 'low']
    """
    settings = settings or Settings()
    trials = placebo_trials(evidence, level=settings.level) if trials is None else trials
    shown = trials[trials["known"].ne("none") & trials["product_words"].notna()]
    answers = _graded(evidence, settings)
    rows = []
    for product, own in shown.groupby("product_words", sort=False):
        row = _result(evidence, own, answers, settings)
        every = trials[trials["product_words"].eq(product)]
        name, _, brand = str(product).partition(" (")
        row |= {"product": product, "name": name, "brand": brand.removesuffix(")")}
        row["without_result"] = every["study_id"].nunique() - own["study_id"].nunique()
        rows.append(row | _given(evidence, str(product), row["study_ids"]))
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    whole = ("week", "needed", "patients", "counted")
    frame = frame.astype(dict.fromkeys(whole, "Int64"))
    size = frame["patients"].fillna(frame["counted"]).sort_values(ascending=False, kind="stable")
    return frame.loc[size.index].reset_index(drop=True)


def gradable_questions(evidence: Evidence) -> list[str]:
    """Return the ids of the questions whose studies are all in the tables, in their order."""
    known = set(evidence.studies["study_id"])
    table = evidence.certainty_questions.sort_values("position")
    return [
        str(row.question_id)
        for row in records(table)
        if set(str(row.study_ids).split(";")) <= known
    ]


def _graded(evidence: Evidence, settings: Settings) -> list[tuple[Any, Answer]]:
    """Return the questions on responders against placebo, each with its answer."""
    ids = gradable_questions(evidence)
    if not ids:
        return []
    table = evidence.certainty_questions.set_index("question_id", drop=False)
    wanted = table.loc[ids]
    wanted = wanted[controlled_designs(wanted["design"]) & wanted["measure"].eq("risk_difference")]
    if wanted.empty:
        return []
    answers = answer_questions(evidence, settings, questions=list(wanted["question_id"]))
    return list(zip(records(wanted), answers, strict=True))


def _at(trials: pd.DataFrame, outcome: str, week: Any) -> pd.Series:
    """Say which rows are of an outcome at a week, or at a time that is not stated."""
    same = trials["week"].isna() if pd.isna(week) else trials["week"].eq(week).fillna(False)
    return trials["outcome"].eq(outcome) & same.astype(bool)


def _most_reported(own: pd.DataFrame) -> tuple[Any, Any]:
    """Return outcome and week of the result of the largest trial that most of the trials have."""
    largest = own[own["study_id"].eq(own["study_id"].iloc[0])]
    results = list(dict.fromkeys(zip(largest["outcome"], largest["week"], strict=True)))
    return max(results, key=lambda one: own.loc[_at(own, *one), "study_id"].nunique())


def _result(
    evidence: Evidence,
    own: pd.DataFrame,
    answers: list[tuple[Any, Answer]],
    settings: Settings,
) -> dict[str, Any]:
    """Return the result of a product that its card shows, and the trials it rests on."""
    outcome, week, answer = *_most_reported(own), None
    again = None
    for question, one in answers:
        asked = set(str(question.study_ids).split(";"))
        same = _at(own, question.outcome, question.week)
        if same.any() and set(own.loc[same, "study_id"]) == asked:
            outcome, week, answer = question.outcome, question.week, one
            break
    rows = own[_at(own, outcome, week)]
    if answer:
        found, minimal = answer.found, answer.minimal
    else:
        kinds = control_kinds(evidence.arms, evidence.studies)
        kind = kinds[rows["study_id"].iloc[0]] or "placebo"
        for some in (rows, rows.iloc[:1]):  # if they cannot be pooled, the largest trial alone
            asked_of = SimpleNamespace(
                study_ids=";".join(dict.fromkeys(some["study_id"])), outcome=outcome, week=week,
                measure="risk_difference", design=f"randomised-{kind}",
                arms=set(zip(some["study_id"], some["arm_id"], strict=True)),
            )  # fmt: skip
            found, minimal = found_effect(evidence, asked_of, settings), None
            if found.effect or some["known"].iloc[0] != "rates":
                break
        if len(set(some["study_id"])) > 1:
            other = replace(settings, pooling=OTHER_POOLING[settings.pooling])
            again = found_effect(evidence, asked_of, other).effect
        rows = some if found.effect else rows
    effect, first = found.effect, rows.iloc[0]
    if effect:
        estimate, lower, upper = effect.estimate / 100, effect.lower / 100, effect.upper / 100
        counted: int | None = effect.patients
    else:
        estimate, lower, upper = nan, first["lower_min"], first["upper_max"]
        sizes = first["n"], first["reference_n"]
        counted = int(sum(sizes)) if all(map(pd.notna, sizes)) else None
    rate = found.placebo_rate
    # As the summary of findings has it: the rate on placebo and what cells add to it.
    treated = min(max(rate + estimate, 0.0), 1.0) if effect else nan
    return {
        "outcome": outcome,
        "label": first["label"],
        "had": first["had"],
        "fewer": bool(first["fewer"]),
        "scale": _scale(evidence, outcome),
        "week": week,
        "known": "rates" if effect else first["known"],
        "placebo": rate if effect else nan,
        "treated": treated,
        "estimate": estimate,
        "lower": lower,
        "upper": upper,
        "other_lower": again.lower / 100 if again else nan,
        "other_upper": again.upper / 100 if again else nan,
        "allowed_low": nan if effect else first["difference_low"],
        "allowed_high": nan if effect else first["difference_high"],
        "p_printed": first["p_printed"],
        "direction": _direction(estimate, lower, upper, minimal),
        "minimal": nan if minimal is None else minimal / 100,
        "needed": answer.needed if answer else None,
        "certainty": answer.level if answer else "",
        "ratings": answer.ratings if answer else (),
        "question_id": answer.question_id if answer else "",
        "counted": counted,
        "rows": sorted({int(one) for one in rows["row"].dropna()}),
        **ways_of_pooling(settings),
        **_trials(evidence, rows.drop_duplicates("study_id")),
    }


def _direction(estimate: float, lower: float, upper: float, minimal: float | None) -> str:
    if lower > 0:
        return "more"
    if upper < 0:
        return "fewer"
    if isnan(estimate) or minimal is None or abs(100 * estimate) > minimal:
        return "unclear"
    return "alike"


def _trials(evidence: Evidence, trials: pd.DataFrame) -> dict[str, Any]:
    """Return how many trials there are, what they came to, and where they were published."""
    studies = evidence.studies.set_index("study_id").loc[list(trials["study_id"])]
    sources = evidence.sources.set_index("source_id").reindex(studies["source_id"])
    in_journal = studies["publication"].eq("journal").to_numpy()
    unread = in_journal & sources["full_text_read"].eq("no").fillna(False).to_numpy(dtype=bool)
    is_open = sources["open_access"].eq("yes").fillna(False).to_numpy(dtype=bool)
    goals = trials["primary_met"].astype(str)
    sizes = trials["n_enrolled"].astype("float64")
    sizes = sizes if sizes.notna().all() else sizes * nan
    return {
        "trials": len(trials),
        "patients": trials["n_enrolled"].sum(min_count=1),
        "smallest": sizes.min(),
        "largest": sizes.max(),
        "single_blind": int(trials["blinding"].eq("single").sum()),
        "phases": tuple(dict.fromkeys(trials["phase"].dropna().astype(str))),
        "met": int(goals.eq("yes").sum()),
        "missed": int(goals.eq("no").sum()),
        "goal_unknown": int((~goals.isin(["yes", "no"])).sum()),
        "in_journal": int(in_journal.sum()),
        "published": int(studies["publication"].notna().sum()),
        "unread": int(unread.sum()),
        "open_unread": int((unread & is_open).sum()),
        "study_ids": tuple(trials["study_id"]),
        "absent": absent_words(evidence, trials["study_id"]),
    }


def _given(evidence: Evidence, product: str, studies: tuple[str, ...]) -> dict[str, Any]:
    """Return what was given in the trials of a result, and by whom the product is made."""
    arms = evidence.arms
    active = arms[
        arms["study_id"].isin(studies)
        & arms["role"].eq("experimental")
        & arms["combined_arm"].ne("yes")
    ]
    table = evidence.studies
    same = set(table.loc[table["product_words"].eq(product), "study_id"])
    if active["agent"].eq(product).any():  # the trials may have tried others, too
        active = active[active["agent"].eq(product)]
    told = evidence.characteristics
    told = told[told["study_id"].isin(same) & told["variable"].eq("sponsor")]
    given = {
        name: tuple(dict.fromkeys(active[name].dropna().astype(str)))
        for name in ("donor", "route", "administrations")
    }
    doses = zip(active["dose"], active["dose_unit"], strict=True)
    given["dose"] = tuple(dict.fromkeys(filter(None, (dose_text(*one) for one in doses))))
    return given | {"maker": tuple(dict.fromkeys(told["value"].dropna().astype(str)))}


def _scale(evidence: Evidence, outcome: str) -> str | None:
    """Return the score behind a responder outcome with its range, where the tables give one."""
    rows = evidence.instruments
    of = rows.loc[rows["outcome"].eq(outcome), "instrument"]
    score = rows[rows["instrument"].isin(of) & rows["kind"].eq("score")]
    score = score.dropna(subset=["range_min", "range_max"])
    if score.empty:
        return None
    first = score.iloc[0]
    return f"{first['instrument']}, {first['range_min']:g} to {first['range_max']:g}"
