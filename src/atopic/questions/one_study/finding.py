"""What one study found, as its page states it first."""

from collections.abc import Iterable
from itertools import takewhile
from math import nan
from typing import Any

import pandas as pd

from atopic.display.finding_words import (
    capital,
    effect_clause,
    interval_words,
    more_per_hundred,
    more_span,
    of_hundred,
    rated,
    responder_unit,
    short_treatment,
    signed_points,
    treatment_words,
    weeks_words,
)
from atopic.display.numbers import listed, plural, span_text, study_name
from atopic.display.p_values import with_p_values
from atopic.evidence.controls import COMPARED, CONTROLS, is_control, is_controlled_design
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.certainty.words import graded
from atopic.questions.controlled_effect.finding import allowed_words, fitting_words, rates_clause
from atopic.questions.outcomes import outcome_words
from atopic.questions.safety.finding import events_seen, patients_with_event
from atopic.questions.severity_reduction.finding import fall_alone
from atopic.review import control_group, control_word, with_article

_GOALS = {"yes": "Primary endpoint met", "no": "Primary endpoint missed"}
_BIAS = {"low": "Low risk of bias", "some-concerns": "Some concerns about bias"}
_BIAS["high"] = "High risk of bias"
_REVIEW = {
    "journal": "Peer reviewed",
    "press": "Not peer reviewed: known from company statements and news",
    "registry": "Not peer reviewed: registry record only",
    "conference": "Not peer reviewed: conference abstract",
}


def study_finding(
    evidence: Evidence,
    study: str,
    *,
    rates: pd.DataFrame,
    effects: pd.DataFrame,
    allowed: pd.DataFrame,
    scores: pd.DataFrame,
    adverse: pd.DataFrame,
    judgements: pd.DataFrame,
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of one study.

    Parameters
    ----------
    study : id of studies.csv.
    rates, effects, allowed, scores : from `study_rates`, `study_effects` and `study_scores`.
    adverse : from `atopic.questions.safety.adverse_events`.
    judgements : from `atopic.questions.certainty.bias_judgements`.

    Returns
    -------
    dict: the difference from placebo of the outcome it was planned to decide by, else of its first
        outcome, else what its P value allows; of a study without a placebo group how many
        responded, how far a score fell, or how many had an adverse event; with its certainty, or
        that of all trials of its question; and as notes whether the goal was met, the peer review
        and the risk of bias. Without words for an unknown study.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.one_study import study_effects, study_rates, study_scores
    >>> evidence, nothing = atopic.load(), pd.DataFrame()
    >>> effects, allowed = study_effects(evidence, "kangstem-2024")
    >>> found = study_finding(
    ...     evidence,
    ...     "kangstem-2024",
    ...     rates=study_rates(evidence, "kangstem-2024"),
    ...     effects=effects,
    ...     allowed=allowed,
    ...     scores=study_scores(evidence, "kangstem-2024"),
    ...     adverse=nothing,
    ...     judgements=nothing,
    ... )
    >>> found["number"], found["notes"][0]
    ('+3', 'Primary endpoint missed')
    """
    rows = list(records(evidence.studies[evidence.studies["study_id"].eq(study)]))
    if not rows:
        return {"words": ""}
    trial = rows[0]
    given = evidence.arms[evidence.arms["study_id"].eq(study)]
    agents = given.loc[~given["role"].isin([*CONTROLS, "mixed"]), "agent"]
    agents = effects["agent"] if len(effects) else agents
    treatment = treatment_words(evidence.studies, [study], agents)
    if len(effects):
        row = _primary(effects, trial)
        found = _against_placebo(evidence, effects, row, trial, treatment)
        outcome, week = row.outcome, row.week
    elif len(allowed):
        row = _primary(allowed, trial)
        found = _by_p_value(evidence, row, trial, treatment)
        outcome, week = row.outcome, row.week
    else:
        found = _alone(evidence, trial, treatment, rates, scores, adverse)
        outcome, week = None, None
    found["notes"] = status_notes(trial, judgements, outcome=outcome, week=week)
    found["marks"] = status_marks(trial, found["notes"])
    return _with_level(evidence, study, found, outcome, week)


def _with_level(
    evidence: Evidence, study: str, found: dict[str, Any], outcome: Any, week: Any
) -> dict[str, Any]:
    """Return a finding with the level of its question, which may be about other trials too."""
    if outcome is None:
        if found.get("number") and _is_asked_of(evidence, study):
            told = "Certainty of this rate not rated."
            return {**found, "notes": [*found["notes"], told]}
        return rated(found, {})
    asked = {"outcomes": [outcome], "weeks": [] if pd.isna(week) else [int(week)]}
    levels = graded(evidence, **asked, studies=[study], designs=COMPARED)
    for about, level in levels.items():
        if about == {study}:
            return rated(found, level)
        both = "both" if len(about) == 2 else f"all {len(about)}"
        kind = _shared_name(study_name(one) for one in sorted(about)) or "trials of this question"
        kind += "" if kind.endswith("s of this question") else " trials"
        said = f"Certainty, {both} {kind} combined: {level['certainty']}."
        return rated({**found, "notes": [*found["notes"], said]}, {}, elsewhere=True)
    return rated(found, {})


def _is_asked_of(evidence: Evidence, study: str) -> bool:
    """Say whether the page gives the level of some question about the study further down."""
    if "certainty_questions" not in set(evidence):
        return False
    return any(study in str(one).split(";") for one in evidence.certainty_questions["study_ids"])


def _shared_name(names: Iterable[str]) -> str:
    """Return how the names of several studies begin, to a whole word; empty if they do not.

    >>> _shared_name(["FURESTEM-AD phase 3, 2019", "FURESTEM-AD phase 3, 2024"])
    'FURESTEM-AD phase 3'
    """
    words = [name.split() for name in names]
    shared = takewhile(lambda some: len(set(some)) == 1, zip(*words, strict=False))
    return " ".join(some[0] for some in shared).rstrip(",")


def status_notes(trial: Any, judgements: pd.DataFrame, *, outcome: Any, week: Any) -> list[str]:
    """Return whether the goal of a study was met, its peer review, and its risk of bias.

    `trial` is a row of studies.csv; the risk of bias is that of the result at this outcome and
    week, and of the worst result where None is named.
    """
    goal = str(getattr(trial, "primary_met", "unknown"))
    placebo = is_controlled_design(trial.design)
    notes = [_GOALS.get(goal, "Primary endpoint: not known whether met" if placebo else "")]
    notes.append(_REVIEW.get(str(trial.publication), ""))
    if not placebo and trial.role == "evidence":
        notes.append(f"No {control_group()}")
    if len(judgements):
        whole = judgements[judgements["domain"].eq("overall")]
        own = whole[whole["outcome"].eq(outcome) & whole["week"].eq(week)] if outcome else whole
        if len(own):
            worst = max(own["judgement"].astype(str), key=list(_BIAS).index)
            notes.append(_BIAS[worst])
    return [one for one in notes if one]


def status_marks(trial: Any, notes: list[str]) -> dict[str, str]:
    """Return the mark beside the notes on the goal and the peer review, by the note's words.

    The marks are those of `atopic.display.marks.mark_html`; `notes` are from `status_notes`.
    """
    goal = {"yes": "yes", "no": "no"}.get(str(getattr(trial, "primary_met", "unknown")), "unknown")
    review = {"journal": "yes"}.get(str(trial.publication), "no")
    marks = {"Primary endpoint": goal, "Peer reviewed": review, "Not peer reviewed": review}
    return {
        words: mark for words in notes for start, mark in marks.items() if words.startswith(start)
    }


def _primary(rows: pd.DataFrame, trial: Any) -> Any:
    """Return the row of the outcome that the trial was planned to decide by, else the first."""
    planned = getattr(trial, "primary_outcome", None)
    own = rows[rows["outcome"].eq(planned)] if pd.notna(planned) else rows.iloc[:0]
    return next(records(own if len(own) else rows))


def _against_placebo(
    evidence: Evidence, effects: pd.DataFrame, row: Any, trial: Any, treatment: str
) -> dict[str, Any]:
    had = outcome_words(evidence.instruments, row.outcome)
    fewer = lower_is_better(evidence.instruments, row.outcome)
    own = effects[effects["row"].eq(row.row)]
    same = effects["outcome"].eq(row.outcome) & effects["week"].eq(row.week).fillna(False)
    if same.sum() > 1:  # one arm of several is no result of the treatment as such
        treatment = str(row.label)
    clause = rates_clause(own, had, treatment).partition(" trial ")[2]
    goal = _goal(trial, row)
    if goal:
        words = f"The trial {goal} its goal: {clause}"
    else:
        limits = row.lower_min, row.upper_max
        effect = effect_clause(
            treatment, row.estimate, *limits, {},
            harm=had if fewer else "", control=control_word(row.control),
        )  # fmt: skip
        words = f"{effect}: {clause}"
    return {
        "words": f"{words}.",
        "number": (number := signed_points(row.estimate)),
        "unit": responder_unit(row.lower_min, row.upper_max, row.level, fewer=fewer, number=number),
        "short": f"{more_per_hundred(row.estimate)} per 100 "
        f"({more_span(row.lower_min, row.upper_max)})",
    }


def _goal(trial: Any, row: Any) -> str:
    """Return whether the trial met its goal, where this outcome was its goal."""
    planned = getattr(trial, "primary_outcome", None)
    if pd.isna(planned) or planned != row.outcome:
        return ""
    return {"yes": "met", "no": "missed"}.get(str(trial.primary_met), "")


def _by_p_value(evidence: Evidence, row: Any, trial: Any, treatment: str) -> dict[str, Any]:
    had = outcome_words(evidence.instruments, row.outcome)
    goal = _goal(trial, row)
    number = span_text(signed_points(row.lower), signed_points(row.upper))
    fewer = lower_is_better(evidence.instruments, row.outcome)
    if pd.isna(row.interval_lower):
        return {
            "words": f"Not reported in the sources we read of {treatment}: how many {had}"
            f"{weeks_words([row.week])}. {allowed_words(row)}"
        }
    more = "more" if row.lower > 0 else "fewer" if row.upper < 0 else "as many"
    than = "as" if more == "as many" else "than"
    first = f"{more} patients {had}{weeks_words([row.week])} {than} on {control_word()}"
    first = f"The trial {goal} its goal: {first}" if goal else capital(first)
    p = with_p_values(f"P = {row.p_printed}")
    found = {"words": f"{first} ({p}). No source we read says how many; {fitting_words(row)}."}
    ends = f"{signed_points(row.interval_lower)} to {signed_points(row.interval_upper)}"
    return {
        **found,
        "number": f"{number}?",
        "unit": f"{responder_unit(nan, nan, row.level, fewer=fewer)}, from a P value alone "
        f"({interval_words(row.level)} {ends})",
    }


def _alone(
    evidence: Evidence,
    trial: Any,
    treatment: str,
    rates: pd.DataFrame,
    scores: pd.DataFrame,
    adverse: pd.DataFrame,
) -> dict[str, Any]:
    """Say it of a study whose results stand beside no placebo group."""
    own = rates[~rates["setting"].eq("maintained") & ~is_control(rates)]
    if len(own):
        return _responders(evidence, own, treatment)
    counted = adverse[adverse["count"].notna() & adverse["n"].notna()] if len(adverse) else adverse
    if len(scores):
        return fall_alone(evidence, scores)
    if len(counted):
        row = next(records(counted.sort_values("n", kind="stable")))
        up_to = of_hundred(row.upper)
        seen = events_seen(row.count, row.event)
        return {
            "words": "Not reported in the sources we read: how many patients responded to "
            f"{treatment}. Among {plural(int(row.n), 'patient')} {seen} "
            f"{'were' if row.count > 1 else 'was'} counted, so up to {up_to} of 100 is possible.",
            "number": f"{row.count} of {row.n}",
            "unit": f"{patients_with_event(row.event)} ({interval_words(row.level)} "
            f"{of_hundred(row.lower)} to {up_to} of 100)",
        }
    size = ""
    if pd.notna(trial.n_enrolled):
        planned = " (planned)" if str(trial.n_enrolled_basis) == "planned" else ""
        size = f" of {plural(int(trial.n_enrolled), 'patient')}{planned}"
    return {
        "words": f"Not reported in the sources we read: any result of this study{size}, such as "
        f"how many patients responded to {treatment}."
    }


def _responders(evidence: Evidence, own: pd.DataFrame, treatment: str) -> dict[str, Any]:
    """Say how many responded: all arms as one where the source counts them so, else each."""
    outcome, week = own["outcome"].iloc[0], own["week"].iloc[0]
    same = own[own["outcome"].eq(outcome)]
    same = same[same["week"].eq(week)] if pd.notna(week) else same[same["week"].isna()]
    had = outcome_words(evidence.instruments, outcome)
    whole = same[same["combined_arm"].eq("yes") & same["n"].notna()]
    if len(whole):
        same = whole.iloc[:1]
    rows = list(records(same))
    with_counts = all(pd.notna(row.n) for row in rows)
    said = [
        f"{row.responders} of {row.n}" if with_counts else f"{of_hundred(row.estimate)} of 100"
        for row in rows
    ]
    several = len(rows) > 1
    said[0] += " patients"
    if several:
        said = [f"{one} ({row.label})" for one, row in zip(said, rows, strict=True)]
    values = sorted(row.estimate for row in rows)
    ends = [row.lower_min for row in rows] + [row.upper_max for row in rows]
    known = all(pd.notna(end) for end in ends)
    limits = (
        f" ({interval_words(rows[0].level)}{'s from' if several else ''} "
        f"{of_hundred(min(ends))} to {of_hundred(max(ends))}{' of 100' if with_counts else ''})"
        if known
        else ""
    )
    counted = with_counts and not several
    did = had if lower_is_better(evidence.instruments, outcome) else "responded"
    return {
        "words": f"{listed(said)} {had}{weeks_words([week])} with "
        f"{treatment}; without {with_article(control_group())} nobody knows what "
        f"{short_treatment(treatment)} added.",
        "number": f"{rows[0].responders} of {rows[0].n}"
        if counted
        else span_text(of_hundred(values[0]), of_hundred(values[-1])),
        "unit": f"{'patients' if counted else 'of 100'} {did}, no {control_group()}{limits}",
    }
