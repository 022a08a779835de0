"""RoB 2: what the answers of a result come to, domain by domain, and how far that is known.

The first line of a domain whose conditions all hold decides. A condition names a question and the
kind of its answer: Y for yes or probably yes, N for no or probably no, ? for no information; it
holds only of a question that is asked.

Two things are ours and no part of RoB 2, which has no judgement "not known": the *range* over what
was not read, and the *known fault*, a domain at high risk whatever the unknown answers are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import pandas as pd

from atopic.evidence.bias_form import (
    DOMAINS,
    QUESTIONS,
    UNKNOWN_BASES,
    Key,
    answers_of,
    asked,
    kind_of,
)
from atopic.review import time_point
from atopic.stats.results import Result

LOW, SOME, HIGH = "low", "some-concerns", "high"
#: From the best to the worst.
JUDGEMENTS = (LOW, SOME, HIGH)

#: By domain its parts, of which the worse one counts; by part its lines.
RULES: Mapping[int, tuple[tuple[tuple[str, str], ...], ...]] = {
    1: (
        (
            ("1.2 N", HIGH),
            ("1.2 ?, 1.3 Y", HIGH),
            ("1.2 ?", SOME),
            ("1.1 N", SOME),
            ("1.3 Y", SOME),
            ("", LOW),
        ),
    ),
    2: (
        (
            ("2.1 N, 2.2 N", LOW),
            ("2.3 N", LOW),
            ("2.3 ?", SOME),
            ("2.4 N", SOME),
            ("2.5 Y", SOME),
            ("", HIGH),
        ),
        (("2.6 Y", LOW), ("2.7 N", SOME), ("", HIGH)),
    ),
    3: ((("3.1 Y", LOW), ("3.2 Y", LOW), ("3.3 N", LOW), ("3.4 N", SOME), ("", HIGH)),),
    4: (
        (
            ("4.1 Y", HIGH),
            ("4.2 Y", HIGH),
            ("4.3 N, 4.2 ?", SOME),
            ("4.4 N, 4.2 ?", SOME),
            ("4.3 N", LOW),
            ("4.4 N", LOW),
            ("4.5 N", SOME),
            ("", HIGH),
        ),
    ),
    5: ((("5.2 Y", HIGH), ("5.3 Y", HIGH), ("5.1 Y, 5.2 N, 5.3 N", LOW), ("", SOME)),),
}


@dataclass(frozen=True, repr=False)
class DomainJudgement(Result):
    """One domain of one result.

    Attributes
    ----------
    domain : int
        1 to 5.
    judgement : str
        The one that counts: that of an override where there is one.
    computed : str
        What the answers come to.
    lowest, highest : str
        Over everything that the answers which were not read may turn out to be.
    known_fault : bool
        Whether it is high whatever the unknown answers are.
    rules : tuple of str
        The line of each part that decided, for example ``"3.4 Y"``; ``""`` for the last.
    path : tuple of str
        The questions that were asked.
    deciding : tuple of str
        Those of them whose answers alone give what was computed, from `deciding_questions`.
    override : str
        The reason of an override; empty without one.
    """

    domain: int
    judgement: str
    computed: str
    lowest: str
    highest: str
    known_fault: bool
    rules: tuple[str, ...]
    path: tuple[str, ...]
    deciding: tuple[str, ...]
    override: str = ""

    def _first(self) -> str:
        return f"Domain {self.domain}: {self.judgement}{_range(self)}"


@dataclass(frozen=True, repr=False)
class ResultJudgement(Result):
    """All domains of one result, and the worst of them.

    Attributes
    ----------
    result : (outcome, week)
    domains : tuple of DomainJudgement
    judgement, computed, lowest, highest, override
        As of `DomainJudgement`.
    rows : mapping of str to mapping
        The row of bias_answers that counts, by question.
    """

    result: Key
    domains: tuple[DomainJudgement, ...]
    judgement: str
    computed: str
    lowest: str
    highest: str
    override: str
    rows: Mapping[str, Mapping[str, Any]]

    @property
    def known_faults(self) -> int:
        """Domains at high risk whatever the unknown answers are."""
        return sum(domain.known_fault for domain in self.domains)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a domain."""
        return pd.DataFrame([vars(domain) for domain in self.domains])

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the domains, and the answers that count."""
        return {"domains": self.to_frame(), "answers": pd.DataFrame(list(self.rows.values()))}

    def _first(self) -> str:
        outcome, week = self.result
        what = " ".join(filter(None, [outcome, "" if week is None else f"at {time_point(week)}"]))
        return f"Risk of bias {self.judgement}{_range(self)}: {what or 'the whole trial'}"

    def _cautions(self) -> tuple[str, ...]:
        return (f"Overridden: {self.override}",) if self.override else ()


def _range(one: DomainJudgement | ResultJudgement) -> str:
    """Return what it may turn out to be; empty if that is known."""
    return "" if one.lowest == one.highest else f" (may be {one.lowest} to {one.highest})"


def judge_domain(domain: int, answers: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return the judgement of a domain, and the line of each of its parts that decided.

    Parameters
    ----------
    domain : int
        1 to 5.
    answers : mapping of str to str
        By question. A question that is asked and has no answer meets no condition.

    Returns
    -------
    judgement : {"low", "some-concerns", "high"}
    rules : tuple of str

    References
    ----------
    Sterne et al. 2019, BMJ 366:l4898; Higgins et al. 2019, full guidance of 22 August 2019.

    Examples
    --------
    >>> judge_domain(1, {"1.1": "Y", "1.2": "NI", "1.3": "PY"})
    ('high', ('1.2 ?, 1.3 Y',))
    """
    kinds = {one: kind_of(answers[one]) for one in asked(domain, answers) if one in answers}
    decided = [next(line for line in part if _holds(line[0], kinds)) for part in RULES[domain]]
    return overall(judgement for _, judgement in decided), tuple(rule for rule, _ in decided)


def possible_judgements(domain: int, known: Mapping[str, str]) -> frozenset[str]:
    """Return every judgement that a domain may have while only some answers are known.

    What is not in `known` may have any answer, also a question that only another unknown answer
    would lead to; 3.2 has no answer "no information", as on the form.

    Examples
    --------
    >>> sorted(possible_judgements(3, {"3.1": "PN", "3.3": "PY"}))
    ['high', 'low', 'some-concerns']
    """
    kinds = frozenset(
        (one, kind_of(answer)) for one, answer in known.items() if one.startswith(f"{domain}.")
    )
    return _possible(domain, kinds)


def deciding_questions(domain: int, answers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the questions whose answers decide a domain: with these, no other could change it.

    None of them can be left out. Of several such sets it is one without the earlier questions.

    Examples
    --------
    >>> masked = {"2.1": "PN", "2.2": "PN", "2.6": "NI", "2.7": "NI"}
    >>> deciding_questions(2, masked)
    ('2.6', '2.7')
    """
    known = {one: answers[one] for one in asked(domain, answers) if one in answers}
    judgement = judge_domain(domain, known)[0]
    for question in tuple(known):
        fewer = {one: answer for one, answer in known.items() if one != question}
        if possible_judgements(domain, fewer) == {judgement}:
            known = fewer
    return tuple(known)


def judge_result(
    result: Key,
    rows: Mapping[str, Mapping[str, Any]],
    overrides: Mapping[str, tuple[str, str]] | None = None,
) -> ResultJudgement:
    """Judge the domains of a result and all of it.

    Parameters
    ----------
    rows : mapping of str to mapping
        From `atopic.evidence.bias_form.rows_of`: the ``answer`` and ``basis`` of each question.
    overrides : mapping of str to (judgement, reason), optional
        By domain, ``"1"`` to ``"5"``, or ``"overall"``.

    Returns
    -------
    ResultJudgement
        Of an overridden domain the judgement counts towards the whole; what was computed stays
        beside it.
    """
    overrides = overrides or {}
    domains = tuple(_domain(domain, rows, overrides.get(str(domain))) for domain in DOMAINS)
    computed = overall(domain.judgement for domain in domains)
    judgement, reason = overrides.get("overall", (computed, ""))
    return ResultJudgement(
        result,
        domains,
        judgement,
        computed,
        overall(domain.lowest for domain in domains),
        overall(domain.highest for domain in domains),
        reason,
        rows,
    )


def overall(judgements: Iterable[str]) -> str:
    """Return the worst judgement.

    That several domains with some concerns together make a high risk is a judgement of readers in
    the form, and here a row of certainty_judgements: it is no count.

    >>> overall(["low", "some-concerns", "low"])
    'some-concerns'
    """
    return max(judgements, key=JUDGEMENTS.index)


def _domain(
    domain: int, rows: Mapping[str, Mapping[str, Any]], override: tuple[str, str] | None
) -> DomainJudgement:
    answers = answers_of(rows)
    computed, rules = judge_domain(domain, answers)
    were_it_read = possible_judgements(domain, answers_of(rows, without=UNKNOWN_BASES[:1]))
    were_it_known = possible_judgements(domain, answers_of(rows, without=UNKNOWN_BASES))
    found = DomainJudgement(
        domain,
        computed,
        computed,
        min(were_it_read, key=JUDGEMENTS.index),
        overall(were_it_read),
        were_it_known == {HIGH},
        rules,
        asked(domain, answers),
        deciding_questions(domain, answers),
    )
    return replace(found, judgement=override[0], override=override[1]) if override else found


def _holds(rule: str, kinds: Mapping[str, str]) -> bool:
    """Say whether all conditions of a line hold.

    >>> _holds("1.2 ?, 1.3 Y", {"1.2": "?", "1.3": "N"}), _holds("", {})
    (False, True)
    """
    conditions = (one.split() for one in rule.split(", ") if one)
    return all(kinds.get(question) == kind for question, kind in conditions)


@lru_cache(maxsize=4096)
def _possible(domain: int, known: frozenset[tuple[str, str]]) -> frozenset[str]:
    # A kind stands for its answers: three of each, and at most seven questions.
    word = {"Y": "Y", "N": "N", "?": "NI"}
    fixed = {question: word[kind] for question, kind in known}
    free = [one for one in QUESTIONS if one.startswith(f"{domain}.") and one not in fixed]
    choices = [("Y", "N") if one == "3.2" else ("Y", "N", "NI") for one in free]
    return frozenset(
        judge_domain(domain, {**fixed, **dict(zip(free, some, strict=True))})[0]
        for some in product(*choices)
    )
