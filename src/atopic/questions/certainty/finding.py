"""How sure the answers are, as the page states it first."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from atopic.display.numbers import listed, plural
from atopic.questions.certainty.estimates import Answer
from atopic.questions.certainty.grade import LEVELS
from atopic.review import control_word


def certainty_finding(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the certainty of all answers.

    Parameters
    ----------
    answers : from `answer_questions`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.certainty import answer_questions
    >>> certainty_finding(answer_questions(atopic.load(), questions=["durability"]))["number"]
    '0 of 1'
    """
    if not answers:
        return {"words": "No answer is graded."}
    counts = Counter(answer.level for answer in answers)
    parts = [f"{level} for {counts[level]}" for level in reversed(LEVELS) if counts[level]]
    better = [answer for answer in answers if answer.level != LEVELS[0]]
    return {
        "words": f"The certainty is {listed(parts)} of {plural(len(answers), 'answer')}"
        f"{_of_which(answers)}.",
        "number": f"{len(better)} of {len(answers)}",
        "unit": f"answers {'is' if len(better) == 1 else 'are'} more certain than very low",
        "notes": [f"{answer.level.capitalize()}: {answer.sentence}" for answer in better[:3]],
    }


def _of_which(answers: Sequence[Answer]) -> str:
    """Say how many answers are comparisons with placebo, where not all are."""
    placebo = sum(answer.comparator == "placebo" for answer in answers)
    if placebo in (0, len(answers)):
        return ""
    return f", {placebo} of which compare with {control_word()}"
