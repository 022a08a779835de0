"""The signalling questions of RoB 2: when each is asked, and whose answer counts for a result.

The form is that for individually randomised trials of parallel groups and the effect of assignment,
of 22 August 2019 (Sterne et al. 2019, BMJ 366:l4898); the questions are in our words. What the
answers come to is in `atopic.questions.certainty.risk_of_bias`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

#: Outcome and week of a result; None where the row is blank.
Key: TypeAlias = tuple[str | None, int | None]

#: Yes, probably yes, probably no, no, no information.
ANSWERS = ("Y", "PY", "PN", "N", "NI")
#: What is not known because a public source was not read, and because there is none.
UNKNOWN_BASES = ("not-read", "not-public")

DOMAINS: Mapping[int, str] = {
    1: "randomisation",
    2: "departures from the intended treatment",
    3: "missing outcome data",
    4: "measurement of the outcome",
    5: "selection of the reported result",
}

QUESTIONS: Mapping[str, str] = {
    "1.1": "was the order random",
    "1.2": "was allocation hidden until patients were enrolled",
    "1.3": "do differences at baseline hint at a problem",
    "2.1": "did patients know what they were given",
    "2.2": "did staff know what patients were given",
    "2.3": "did treatment depart from the plan because of the trial itself",
    "2.4": "were these departures likely to matter for the outcome",
    "2.5": "were they even between the arms",
    "2.6": "did the analysis keep patients in the arm they were allocated to",
    "2.7": "could leaving that out have mattered much",
    "3.1": "are there data of all, or nearly all, patients",
    "3.2": "is there evidence that missing data did not bias the result",
    "3.3": "could missingness depend on the true value",
    "3.4": "is it likely that it did",
    "4.1": "was the way of measuring unsuitable",
    "4.2": "could measurement differ between the arms",
    "4.3": "did those who assessed know the arm",
    "4.4": "could knowing it have changed the assessment",
    "4.5": "is it likely that it did",
    "5.1": "was it analysed by a plan made before the arms were known",
    "5.2": "was it picked from several measures",
    "5.3": "was it picked from several analyses",
}

#: When a question is asked: of these questions, any or all have an answer of this kind.
#: Kinds: Y (yes or probably), N (no or probably), ? (no information).
_ASKED: Mapping[str, tuple[Any, tuple[str, ...], str]] = {
    "2.3": (any, ("2.1", "2.2"), "Y?"),
    "2.4": (any, ("2.3",), "Y"),
    "2.5": (any, ("2.4",), "Y?"),
    "2.7": (any, ("2.6",), "N?"),
    "3.2": (any, ("3.1",), "N?"),
    "3.3": (any, ("3.2",), "N"),
    "3.4": (any, ("3.3",), "Y?"),
    "4.3": (all, ("4.1", "4.2"), "N?"),
    "4.4": (any, ("4.3",), "Y?"),
    "4.5": (any, ("4.4",), "Y?"),
}


def kind_of(answer: str) -> str:
    """Return which of three kinds an answer is: yes, no, or no information.

    Examples
    --------
    >>> [kind_of(answer) for answer in ANSWERS]
    ['Y', 'Y', 'N', 'N', '?']
    """
    return {"Y": "Y", "PY": "Y", "PN": "N", "N": "N", "NI": "?"}[answer]


def asked(domain: int, answers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the questions of a domain that these answers lead to, answered or not.

    Parameters
    ----------
    domain : int
        1 to 5.
    answers : mapping of str to str
        Answers by question; those of questions that are not asked are passed over.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> asked(3, {"3.1": "PN", "3.2": "N"})
    ('3.1', '3.2', '3.3')
    """
    found: list[str] = []
    for question in (one for one in QUESTIONS if one.startswith(f"{domain}.")):
        how, others, kinds = _ASKED.get(question, (all, (), ""))
        if how(
            other in found and other in answers and kind_of(answers[other]) in kinds
            for other in others
        ):
            found.append(question)
    return tuple(found)


def results_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Key, ...]:
    """Return the results that the rows of one trial appraise, in the order of the table.

    A row without an outcome holds for all of them, and one with an outcome and no week for every
    week of it; where nothing else is there, that is the result.

    Examples
    --------
    >>> rows = [("EASI", 12), (None, None), ("DLQI", None), ("EASI", None)]
    >>> results_of([{"outcome": outcome, "week": week} for outcome, week in rows])
    (('EASI', 12), ('DLQI', None))
    """
    keys = list(dict.fromkeys((row["outcome"], row["week"]) for row in rows))
    dated = {outcome for outcome, week in keys if week is not None}
    found = [
        (outcome, week)
        for outcome, week in keys
        if outcome is not None and (week is not None or outcome not in dated)
    ]
    return tuple(found) or ((None, None),) * bool(keys)


def rows_of(
    rows: Iterable[Mapping[str, Any]], result: Key, *, reader: str | None = None
) -> dict[str, Mapping[str, Any]]:
    """Return the row of each question that counts for a result of a trial.

    The agreed answer before that of a first reader, then a row of the result before one of the
    outcome, and that before one of the trial.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of bias_answers of one trial, blanks None.
    result : (outcome, week)
        One of `results_of`.
    reader : str, optional
        Only the rows of this reader, for example ``"second"``.

    Returns
    -------
    dict of str to mapping
        By question, in the order of the form.
    """
    outcome, week = result
    best: dict[str, tuple[tuple[bool, bool, bool], Mapping[str, Any]]] = {}
    for row in rows:
        if row["outcome"] not in (outcome, None) or row["week"] not in (week, None):
            continue
        if row["reader"] != reader if reader else row["reader"] not in ("first", "agreed"):
            continue
        rank = (row["reader"] == "agreed", row["outcome"] is not None, row["week"] is not None)
        if row["question"] not in best or rank > best[row["question"]][0]:
            best[row["question"]] = (rank, row)
    return {question: best[question][1] for question in QUESTIONS if question in best}


def answers_of(
    rows: Mapping[str, Mapping[str, Any]], *, without: Sequence[str] = ()
) -> dict[str, str]:
    """Return the answers of `rows_of` by question, without those of some bases."""
    return {
        question: str(row["answer"])
        for question, row in rows.items()
        if row["basis"] not in without
    }
