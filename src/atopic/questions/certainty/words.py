"""Sentences on how sure answers are: of the report, and for the pages that state an effect."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.finding_words import counted as spelled
from atopic.display.numbers import listed, plural, signed, span_text
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import as_names, as_whole_numbers
from atopic.questions.certainty.estimates import Answer, answer_questions
from atopic.questions.certainty.grade import LEVELS
from atopic.questions.certainty.table import result_name

#: The page that holds the judgements, beside every other page.
PAGE = "certainty.html"


def anchor_of(question_id: str) -> str:
    """Return the id of the section of a question.

    >>> anchor_of("durability")
    'question-durability'
    """
    return f"question-{question_id}"


def certainty_notes(
    evidence: Evidence,
    *,
    outcomes: Iterable[str] = (),
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    designs: Iterable[str] = (),
    sentences: bool = True,
    said: str = "",
) -> list[tuple[str, tuple[str, str]]]:
    """Return what a page says of the certainty of what it states, each with its link.

    Parameters
    ----------
    outcomes, weeks, studies, designs : of the questions that are meant; none given means all. A
        question without a week belongs to every week.
    exclude : studies left out; what is graded with one of them is not what is meant.
    said : the link of the level that the finding of the page states already.

    Returns
    -------
    list of (str, (str, str))
        Words, and what the link says and leads to: the arguments of `atopic.display.show.note`.
        Several questions whose certainty is very low are one sentence, and without `sentences`
        all of one level. Empty where the tables grade no such question.

    Examples
    --------
    >>> import atopic
    >>> notes = certainty_notes(atopic.load(), outcomes=["EASI-75"])
    >>> notes[0][0][:46], notes[0][1][1]
    ('The evidence is very uncertain about the effec', 'certainty.html#question-adipose-easi-75')
    >>> certainty_notes(atopic.load(), studies=["atmsc-2025"])[0][0]
    'Certainty very low for EASI-75, week 16, EASI, week 16 and serious events.'
    """
    ids = _questions(evidence, outcomes, weeks, studies, exclude, designs)
    ids = [one for one in ids if f"{PAGE}#{anchor_of(one)}" != said]
    if not ids:
        return []
    answers = answer_questions(evidence, questions=ids)
    if not sentences:
        return [
            _level_note(evidence, [one for one in answers if one.level == level], level)
            for level in reversed(LEVELS)
            if any(one.level == level for one in answers)
        ]
    lowest = [answer for answer in answers if answer.level == LEVELS[0]]
    alone = answers if len(lowest) == 1 else [one for one in answers if one not in lowest]
    notes = [
        (
            # GRADE words the lowest level so that the sentence says it.
            answer.sentence
            if answer.level == LEVELS[0]
            else f"Certainty {answer.level}. {answer.sentence}",
            ("Why", f"{PAGE}#{anchor_of(answer.question_id)}"),
        )
        for answer in alone
    ]
    if len(lowest) > 1:
        notes.append(_level_note(evidence, lowest, LEVELS[0]))
    return notes


def _level_note(
    evidence: Evidence, answers: Sequence[Answer], level: str
) -> tuple[str, tuple[str, str]]:
    """Return for what the certainty is at a level, and where the reasons are."""
    asked = dict.fromkeys(_asked(evidence, answer.question_id) for answer in answers)
    page = PAGE if len(answers) > 1 else f"{PAGE}#{anchor_of(answers[0].question_id)}"
    return f"Certainty {level} for {listed(asked)}.", ("Why", page)


def _asked(evidence: Evidence, question_id: str) -> str:
    """Return the outcome of a question, as a reader says it."""
    rows = evidence.certainty_questions.set_index("question_id").loc[question_id]
    name = result_name(rows["outcome"], rows["week"])
    return f"{name}, between doses" if rows["design"] == "randomised-dose" else name


def graded(
    evidence: Evidence,
    *,
    outcomes: Iterable[str] = (),
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    designs: Iterable[str] = (),
) -> dict[frozenset[str], dict[str, Any]]:
    """Return the certainty of each question by the studies it is about, for a finding.

    Parameters
    ----------
    outcomes, weeks, studies, exclude, designs : as for `certainty_notes`.

    Returns
    -------
    dict
        `atopic.display.finding_words.Graded`; studies that two of these questions are about are
        left out, since one level cannot stand for both. Empty where the tables grade no question.

    Examples
    --------
    >>> import atopic
    >>> found = graded(atopic.load(), outcomes=["EASI-75"], designs=["randomised-placebo"])
    >>> found[frozenset({"atmsc-2025"})]["certainty"]
    'very low'
    """
    ids = _questions(evidence, outcomes, weeks, studies, exclude, designs)
    if not ids:
        return {}
    table = evidence.certainty_questions.set_index("question_id")["study_ids"]
    found: dict[frozenset[str], list[dict[str, Any]]] = {}
    for answer in answer_questions(evidence, questions=ids):
        about = frozenset(str(table[answer.question_id]).split(";"))
        found.setdefault(about, []).append(
            {
                "certainty": answer.level,
                "link": f"{PAGE}#{anchor_of(answer.question_id)}",
                "minimal": answer.minimal,
            }
        )
    return {about: one[0] for about, one in found.items() if len(one) == 1}


def _questions(
    evidence: Evidence,
    outcomes: Iterable[str],
    weeks: Iterable[int],
    studies: Iterable[str],
    exclude: Iterable[str],
    designs: Iterable[str],
) -> list[str]:
    table = evidence.certainty_questions
    keep = pd.Series(True, index=table.index)
    if wanted := as_names("outcomes", outcomes):
        keep &= table["outcome"].isin(wanted)
    if designs := as_names("designs", designs):
        keep &= table["design"].isin(designs)
    if weeks := as_whole_numbers("weeks", weeks):
        keep &= table["week"].isna() | table["week"].isin(weeks)
    if named := set(as_names("studies", studies)):
        keep &= (
            table["study_ids"].str.split(";").map(lambda ids: bool(named & set(ids))).astype(bool)
        )
    if left_out := set(as_names("exclude", exclude)):
        # A level holds for the studies together that it was given for.
        keep &= table["study_ids"].str.split(";").map(left_out.isdisjoint).astype(bool)
    return list(table.loc[keep, "question_id"])


def all_levels_note(evidence: Evidence) -> list[tuple[str, tuple[str, str]]]:
    """Return one sentence on all questions, with its link, for pages that state many effects."""
    answers = answer_questions(evidence)
    return [(levels_note(answers), ("Each answer", PAGE))] if answers else []


def counts_note(answer: Answer) -> str:
    """Say what the difference is over all counts that fit; empty where only one does."""
    if answer.found.combinations < 2:
        return ""
    ends = (signed(end, ".1f") for end in (answer.found.lowest, answer.found.highest))
    words = span_text(*ends)
    all_give = f"all give {words}" if " to " not in words else f"they give {words}"
    return (
        f"{capital(spelled(answer.found.combinations, 'set'))} of counts fit the reported "
        f"percentages; {all_give} points."
    )


def levels_note(answers: Sequence[Answer]) -> str:
    """Say how many answers are how sure, and which are more than very low.

    Examples
    --------
    >>> import atopic
    >>> found = answer_questions(atopic.load(), questions=["bone-marrow-iga", "bone-marrow-itch"])
    >>> levels_note(found)
    'Certainty is very low for 2 of 2 answers.'
    """
    if not answers:
        return ""
    counts = Counter(answer.level for answer in answers)
    parts = [f"{level} for {counts[level]}" for level in reversed(LEVELS) if counts[level]]
    words = f"Certainty is {listed(parts)} of {plural(len(answers), 'answer')}."
    better = [answer for answer in answers if answer.level != "very low"]
    for answer in better[:3]:
        words += f" {answer.level.capitalize()}: {answer.sentence[:1].lower()}{answer.sentence[1:]}"
    return words


def readers_note(bases: pd.DataFrame, readers: Iterable[str]) -> str:
    """Say who answered, from what, and what that means. `bases` is from `answers_by_basis`."""
    counted = dict(zip(bases["basis"], bases["answers"].astype(int), strict=True))
    if not (whole := sum(counted.values())):
        return ""
    people = sorted(set(readers))
    who = "One reader" if people == ["first"] else f"Readers ({listed(people)})"
    unseen = counted["not-read"] + counted["not-public"]
    return (
        f"Only {counted['read']} of the {whole} bias answers are stated in a source; "
        f"{counted['reasoned']} are inferred, and {unseen} have no source that we read. {who} "
        "answered, from abstracts, registry records and news."
    )
