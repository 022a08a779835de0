"""Each question answered: its effect, what each domain takes away, the level and the sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import pandas as pd

from atopic.errors import EvidenceError
from atopic.evidence.csv_rows import records
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import as_names
from atopic.questions.certainty.appraisals import result_for
from atopic.questions.certainty.effects import Found, found_effect, needed_size
from atopic.questions.certainty.grade import (
    Effect,
    Rating,
    Trial,
    claim_of,
    level_of,
    rate_bias,
    rate_imprecision,
    rate_inconsistency,
    rate_reporting,
)
from atopic.questions.certainty.settings import Settings
from atopic.questions.certainty.wording import effect_sentence

__all__ = ["Answer", "answer_questions", "certainty_levels", "summary_of_findings"]

#: What a record of a study that no maker ran says of its phase; every other trial of a product
#: counts as paid for by its maker, since no table says who paid.
_NOT_SPONSORED = ("investigator-initiated", "compassionate use")


@dataclass(frozen=True, eq=False)
class Answer:
    """One question with its certainty.

    Attributes
    ----------
    question_id, question, intervention, comparator, outcome, better, importance : str
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
    row: int

    @property
    def effect(self) -> Effect | None:
        """The estimate; None where none can be made."""
        return self.found.effect


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
    table = evidence.certainty_questions.sort_values("position")
    wanted = as_names("questions", questions, table["question_id"])
    rows = table[table["question_id"].isin(wanted)] if wanted else table
    return [_answer(evidence, row, settings) for row in records(rows)]


def certainty_levels(evidence: Evidence, settings: Settings | None = None) -> pd.DataFrame:
    """Return the level of each question, with what each domain takes away.

    One row a question: ``level``, ``computed``, ``start``, a column of levels for each domain,
    ``sentence``, ``estimate``, ``lower``, ``upper``, ``patients`` and ``row``.
    """
    return pd.DataFrame([_tidy(answer) for answer in answer_questions(evidence, settings)])


def summary_of_findings(answers: Sequence[Answer], *, absolute: str = "difference") -> pd.DataFrame:
    """Return what a summary of findings prints, one row a question, by importance.

    Parameters
    ----------
    answers : from `answer_questions`.
    absolute : {"difference", "ratio"}; as in `Settings`.

    Returns
    -------
    DataFrame: of 1,000 patients ``without`` and ``with_cells`` (with ``_lower`` and ``_upper``),
        the difference, the ratio, the level and the sentence; nan where there is no estimate.
    """
    rows = []
    for answer in answers:
        tidy = _tidy(answer)
        rate, effect = answer.found.placebo_rate, answer.effect
        shares = dict.fromkeys(["without", "with_cells", "with_lower", "with_upper"], nan)
        if effect is not None and not isnan(rate):
            ends = (effect.estimate, effect.lower, effect.upper)
            values = [min(max(1000 * rate + 10 * end, 0), 1000) for end in ends]
            shares = dict(zip(shares, [1000 * rate, *values], strict=True))
        rows.append({**tidy, **shares, "importance": answer.importance})
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


def _answer(evidence: Evidence, question: Any, settings: Settings) -> Answer:
    judgements = evidence.certainty_judgements
    mine = judgements[judgements["question_id"].eq(question.question_id)]
    controlled = question.design != "uncontrolled"
    found = found_effect(evidence, question, settings)
    trials = _trials(evidence, question, found, controlled)
    patients = found.effect.patients if found.effect else sum(one.patients for one in trials)
    sizes = _sizes(evidence, question)
    if settings.minimal is not None and question.measure == "risk_difference" and sizes:
        sizes["minimal"] = settings.minimal
    minimal = sizes.get("minimal")
    needed, needed_for = needed_size(evidence, question, found, minimal, settings)
    missing = mine[mine["kind"].eq("missing-result") & mine["value"].eq("not-public")]
    enrolled = evidence.studies.set_index("study_id")["n_enrolled"]
    others = set(missing["study_id"]) - set(str(question.study_ids).split(";"))
    ratings = (
        rate_bias(trials, controlled=controlled, settings=settings),
        rate_inconsistency(trials, found.effect, minimal=minimal, settings=settings),
        _indirectness(mine, question),
        rate_imprecision(
            found.effect, patients=patients, minimal=minimal, needed=needed, settings=settings
        )
        if controlled
        else Rating("imprecision", 0, "there is no comparison to be imprecise about"),
        rate_reporting(
            trials,
            missing_patients=sum(int(enrolled[one]) for one in others if pd.notna(enrolled[one])),
            words_only=bool(
                (mine["kind"].eq("words-only") & mine["value"].eq("favours-arm")).any()
            ),
            settings=settings,
        ),
    )
    start = "high" if controlled else "low"
    computed = level_of(start, ratings)
    override = mine[mine["kind"].eq("grade-override")]
    level = str(override["value"].iloc[0]) if len(override) else computed
    return Answer(
        *(question.question_id, question.question, question.intervention, question.comparator),
        *(question.outcome, question.better, question.importance, controlled, start, ratings),
        *(level, computed, str(override["reason"].iloc[0]) if len(override) else ""),
        sentence=effect_sentence(
            level,
            intervention=question.intervention,
            outcome=question.outcome,
            estimate=found.effect.estimate if found.effect else None,
            sizes=sizes,
            controlled=controlled,
        ),
        claim=claim_of(found.effect.estimate, minimal, settings) if found.effect else "",
        minimal=minimal,
        found=found,
        trials=len(trials),
        patients=patients,
        needed=needed,
        needed_for=needed_for,
        row=int(question.Index),
    )


def _trials(evidence: Evidence, question: Any, found: Found, controlled: bool) -> list[Trial]:
    studies = evidence.studies.set_index("study_id")
    contrasts = evidence.contrasts
    estimates = found.trials.set_index("study_id") if len(found.trials) else None
    made = []
    for study in str(question.study_ids).split(";"):
        row = studies.loc[study]
        said = contrasts["study_id"].eq(study) & contrasts["outcome"].eq(question.outcome)
        if pd.notna(question.week):
            said &= contrasts["week"].eq(question.week)
        common: dict[str, Any] = {
            "patients": 0 if pd.isna(row["n_enrolled"]) else int(row["n_enrolled"]),
            "press_only": row["publication"] == "press",
            "sponsored": row["phase"] not in _NOT_SPONSORED,
            "favourable": bool((said & contrasts["direction"].eq("favours-arm")).any()),
        }
        if not controlled:
            made.append(Trial(judgement="", lowest="", highest="", **common))
            continue
        result = result_for(evidence, study, question.outcome, question.week)
        if estimates is not None and study in estimates.index:
            one = estimates.loc[study]
            common |= {name: one[name] for name in ("estimate", "lower", "upper", "weight")}
        made.append(
            Trial(
                judgement=result.judgement,
                lowest=result.lowest,
                highest=result.highest,
                overridden=bool(result.override),
                known_faults=result.known_faults,
                **common,
            )
        )
    return made


def _indirectness(mine: pd.DataFrame, question: Any) -> Rating:
    rows = mine[mine["kind"].eq("indirectness")]
    if rows.empty:
        raise EvidenceError(
            f"certainty_judgements.csv has no row on the indirectness of {question.question_id!r}, "
            "which no rule can decide; add one of the kind indirectness"
        )
    return Rating("indirectness", int(rows["levels"].iloc[0]), str(rows["reason"].iloc[0]))


def _sizes(evidence: Evidence, question: Any) -> dict[str, float]:
    table = evidence.important_differences
    mine = table[
        table["outcome"].eq(question.outcome)
        & table["measure"].eq(question.measure)
        & table["role"].eq("default")
    ]
    return dict(zip(mine["size"].astype(str), mine["value"].astype(float), strict=True))
