"""Each question answered: its effect, what each domain takes away, the level and the sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import pandas as pd

from atopic.display.numbers import plural
from atopic.evidence.folder import Evidence
from atopic.questions.asked import asked
from atopic.questions.certainty.body import Effect, Found, Rating
from atopic.questions.certainty.gathered import Gathered, gathered
from atopic.questions.certainty.grade import (
    claim_of,
    level_of,
    rate_bias,
    rate_imprecision,
    rate_inconsistency,
    rate_reporting,
)
from atopic.questions.certainty.needed import needed_size
from atopic.questions.certainty.settings import Settings
from atopic.questions.certainty.wording import effect_sentence
from atopic.stats.results import Result


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Result):
    """One question with its certainty.

    Attributes
    ----------
    question_id, question, intervention, comparator, outcome, better, importance, measure : str
        As in certainty_questions.
    controlled : bool
    start : str
        Level before anything is taken away.
    ratings : tuple of Rating
        In the order of `atopic.questions.certainty.grade.DOMAINS`.
    level, computed : str
        The level that counts, and what the rules come to; they differ by an override only.
    override : str
        Its reason; empty without one.
    sentence, claim : str
    minimal : float or None
        Smallest important difference in force, in points.
    found : Found
    trials : int
    patients : int
        In the comparison, or randomised where there is no estimate.
    needed : int or None
    needed_for : str
    absent : str
        What a number that is not there is called: not reported, or not read.
    row : int
        Of certainty_questions.csv.
    """

    question_id: str
    question: str
    intervention: str
    comparator: str
    outcome: str
    better: str
    importance: str
    measure: str
    controlled: bool
    start: str
    ratings: tuple[Rating, ...]
    level: str
    computed: str
    override: str
    sentence: str
    claim: str
    minimal: float | None
    found: Found
    trials: int
    patients: int
    needed: int | None
    needed_for: str
    absent: str
    row: int

    @property
    def effect(self) -> Effect | None:
        """The estimate; None where none can be made."""
        return self.found.effect

    def to_frame(self) -> pd.DataFrame:
        """Return one row, as of `certainty_levels`."""
        return pd.DataFrame([_tidy(self)])

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return what each domain takes away, and the trials."""
        ratings = pd.DataFrame([vars(rating) for rating in self.ratings])
        return {"domains": ratings, "trials": self.found.trials}

    def _first(self) -> str:
        return f"{self.sentence} Certainty: {self.level}"

    def _model(self) -> str:
        who = f"{plural(self.trials, 'trial')}, {plural(self.patients, 'patient')}"
        return f"{self.question}: {who}."

    def _cautions(self) -> tuple[str, ...]:
        lowered = (f"{one.domain}: {one.reason}" for one in self.ratings if one.levels)
        return (*lowered, *([f"Overridden: {self.override}"] if self.override else []))


@asked()
def answer_questions(
    evidence: Evidence, settings: Settings | None = None, *, questions: Sequence[str] = ()
) -> list[Answer]:
    """Answer the questions of certainty_questions with their certainty.

    Parameters
    ----------
    settings : Settings, optional
        Thresholds of the rules.
    questions : sequence of str, optional
        Their ids; none given means all.

    Returns
    -------
    list of Answer
        By their position.

    Raises
    ------
    EvidenceError
        If a question has no row on indirectness, or a trial of it no appraised result.

    Examples
    --------
    >>> import atopic
    >>> (found,) = answer_questions(atopic.load(), questions=["bone-marrow-itch"])
    >>> found.level, [rating.levels for rating in found.ratings]
    ('very low', [-1, 0, 0, -2, 0])
    """
    settings = settings or Settings()
    return [graded(one, settings) for one in gathered(evidence, settings, questions=questions)]


@asked()
def certainty_levels(evidence: Evidence, settings: Settings | None = None) -> pd.DataFrame:
    """Return the level of each question, with what each domain takes away.

    One row a question: ``level``, ``computed``, ``start``, a column of levels for each domain,
    ``sentence``, ``estimate``, ``lower``, ``upper``, ``patients`` and ``row``.
    """
    return pd.DataFrame([_tidy(answer) for answer in answer_questions(evidence, settings)])


def summary_of_findings(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return what a summary of findings prints, one row a question, by importance.

    Parameters
    ----------
    answers : from `answer_questions`.

    Returns
    -------
    DataFrame: of 1,000 patients ``without`` and ``with_treatment`` (``_lower``, ``_upper``), the
        difference, the ratio, the level and the sentence; nan where there is no estimate, and
        ``absent`` what is said there.
    """
    rows = []
    for answer in answers:
        tidy = _tidy(answer)
        rate, effect = answer.found.placebo_rate, answer.effect
        shares = dict.fromkeys(["without", "with_treatment", "with_lower", "with_upper"], nan)
        if effect is not None and not isnan(rate):
            ends = (effect.estimate, effect.lower, effect.upper)
            values = [min(max(1000 * rate + 10 * end, 0), 1000) for end in ends]
            shares = dict(zip(shares, [1000 * rate, *values], strict=True))
        rows.append(
            {
                **tidy,
                **shares,
                "importance": answer.importance,
                "of_shares": answer.measure == "risk_difference",
                "absent": answer.absent,
            }
        )
    if not rows:
        return pd.DataFrame(columns=["question_id", "importance"])
    frame = pd.DataFrame(rows)
    order = frame["importance"].map({"critical": 0, "important": 1})
    return frame.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def _tidy(answer: Answer) -> dict[str, Any]:
    effect = answer.effect
    numbers = ["estimate", "lower", "upper", "ratio", "ratio_lower", "ratio_upper"]
    return {
        "question_id": answer.question_id,
        "question": answer.question,
        "outcome": answer.outcome,
        "trials": answer.trials,
        "patients": answer.patients,
        "start": answer.start,
        **{rating.domain: rating.levels for rating in answer.ratings},
        "level": answer.level,
        "computed": answer.computed,
        **{name: getattr(effect, name) if effect else nan for name in numbers},
        "estimate_min": answer.found.lowest,
        "estimate_max": answer.found.highest,
        "combinations": answer.found.combinations,
        "minimal": nan if answer.minimal is None else answer.minimal,
        "sentence": answer.sentence,
        "row": answer.row,
    }


def graded(one: Gathered, settings: Settings) -> Answer:
    """Grade a question under some thresholds."""
    question, found, trials, judged = one.question, one.found, one.trials, one.judged
    controlled = question.design != "uncontrolled"
    effect = found.effect
    patients = effect.patients if effect else sum(trial.patients for trial in trials)
    sizes = dict(one.sizes)
    if settings.minimal is not None and question.measure == "risk_difference" and sizes:
        sizes["minimal"] = settings.minimal
    minimal = sizes.get("minimal")
    needed, needed_for = needed_size(question, one.rate, minimal, settings)
    ratings = (
        rate_bias(trials, controlled=controlled, settings=settings),
        rate_inconsistency(
            trials, effect, controlled=controlled, minimal=minimal, settings=settings
        ),
        judged.indirectness,
        rate_imprecision(
            effect, patients=patients, minimal=minimal, needed=needed, settings=settings
        )
        if controlled
        else Rating("imprecision", 0, "there is no comparison to be imprecise about"),
        rate_reporting(
            trials,
            missing_patients=judged.missing_patients,
            words_only=judged.words_only,
            settings=settings,
        ),
    )
    start = "high" if controlled else "low"
    computed = level_of(start, ratings)
    level, override = judged.override or (computed, "")
    return Answer(
        question_id=question.question_id,
        question=question.question,
        intervention=question.intervention,
        comparator=question.comparator,
        outcome=question.outcome,
        better=question.better,
        importance=question.importance,
        measure=question.measure,
        controlled=controlled,
        start=start,
        ratings=ratings,
        level=level,
        computed=computed,
        override=override,
        sentence=effect_sentence(
            level,
            intervention=question.intervention,
            outcome=one.about,
            estimate=effect.estimate if effect else None,
            sizes=sizes,
            controlled=controlled,
        ),
        claim=claim_of(effect.estimate, minimal, settings) if effect else "",
        minimal=minimal,
        found=found,
        trials=len(trials),
        patients=patients,
        needed=needed,
        needed_for=needed_for,
        absent=one.absent,
        row=int(question.Index),
    )
