"""What the tables hold on each question, before anything is graded."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import pandas as pd

from atopic.errors import EvidenceError
from atopic.evidence.absence import absent_words
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.selection import as_names
from atopic.questions.certainty.appraisals import result_for
from atopic.questions.certainty.body import Found, Rating, Trial
from atopic.questions.certainty.effects import found_effect
from atopic.questions.certainty.needed import expected_rate
from atopic.questions.certainty.settings import Settings
from atopic.questions.outcomes import effect_on_words

#: What a record of a study that no maker ran says of its phase; every other trial of a product
#: counts as paid for by its maker, since no table says who paid.
_NOT_SPONSORED = ("investigator-initiated", "compassionate use")


@dataclass(frozen=True, eq=False)
class Gathered:
    """What one question rests on, before anything is graded."""

    question: Any
    found: Found
    trials: list[Trial]
    sizes: dict[str, float]
    rate: float
    judged: "Judged"
    absent: str
    about: str  # what the treatment has an effect on, in words


@dataclass(frozen=True)
class Judged:
    """What certainty_judgements says of one question."""

    indirectness: Rating
    missing_patients: int
    words_only: bool
    override: tuple[str, str] | None


def gathered(
    evidence: Evidence, settings: Settings, *, questions: Sequence[str] = ()
) -> list[Gathered]:
    """Return what the tables hold on each question; grading it under other thresholds is quick.

    Of the settings only `pooling`, `absolute` and `level` matter here.
    """
    table = evidence.certainty_questions.sort_values("position")
    wanted = as_names("questions", questions, table["question_id"])
    rows = table[table["question_id"].isin(wanted)] if wanted else table
    matter = (settings.pooling, settings.absolute, settings.level)
    return [_of_question(evidence, one, *matter) for one in rows["question_id"]]


@once
def _of_question(
    evidence: Evidence, question_id: str, pooling: Any, absolute: Any, level: float
) -> Gathered:
    table = evidence.certainty_questions
    (row,) = records(table[table["question_id"].eq(question_id)])
    settings = Settings(pooling=pooling, absolute=absolute, level=level)
    effect = found_effect(evidence, row, settings)
    own = effect.placebo_rate
    return Gathered(
        row,
        effect,
        _trials(evidence, row, effect, row.design != "uncontrolled"),
        _sizes(evidence, row),
        expected_rate(evidence, row.outcome, row.week, row.measure) if isnan(own) else own,
        _judged(evidence, row),
        absent_words(evidence, str(row.study_ids).split(";")),
        effect_on_words(evidence.instruments, str(row.outcome), str(row.measure)),
    )


def _judged(evidence: Evidence, question: Any) -> Judged:
    table = evidence.certainty_judgements
    mine = table[table["question_id"].eq(question.question_id)]
    enrolled = evidence.studies.set_index("study_id")["n_enrolled"]
    missing = mine[mine["kind"].eq("missing-result") & mine["value"].eq("not-public")]
    others = set(missing["study_id"]) - set(str(question.study_ids).split(";"))
    words_only = mine["kind"].eq("words-only") & mine["value"].eq("favours-arm")
    override = mine[mine["kind"].eq("grade-override")]
    stands = [(str(row.value), str(row.reason)) for row in records(override)]
    return Judged(
        _indirectness(mine, question),
        sum(int(enrolled[one]) for one in others if pd.notna(enrolled[one])),
        bool(words_only.any()),
        stands[0] if stands else None,
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
