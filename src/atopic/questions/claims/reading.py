"""Reading a claim: its columns, and the few phrases in its words that change what it says.

The words of claims.csv are the project's own, so a short list of phrases reads them. Every phrase
that was found is kept, so that a report shows how a claim was read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from atopic.evidence.csv_rows import records
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import as_names
from atopic.questions.claims.cues import CUES, READING

__all__ = ["Claim", "agrees", "numbers", "read_claims"]

#: Outcomes that the words name otherwise than the tables do.
_OTHER_NAMES = {
    r"\bbody surface\b": ("BSA",),
    r"\bitch\b": ("pruritus", "pruritus-NRS"),
    r"\bquality of life\b": ("DLQI",),
    r"\binsomnia\b": ("insomnia",),
    r"\beosinophils\b": ("blood-eosinophils",),
    r"\bno side effects?\b": ("ae-any",),
    r"\bstopped because of an? adverse event\b": ("discontinuation-due-to-ae",),
}

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_PERCENTAGES = re.compile(rf"({_NUMBER}(?:(?:, | and | or | to ){_NUMBER})*) percent(?! interval)")
_P = re.compile(r"\bP ?= ?(0?\.[0-9]+)")


@dataclass(frozen=True)
class Claim:
    """One row of claims.csv, read; a text is empty where the row is blank."""

    claim_id: str
    words: str
    kind: str
    study_id: str
    arm_id: str
    outcome: str
    unit: str
    testable: str
    week: int | None
    claimed: str  # with its digits
    value: float  # nan without one; of a range its middle
    source_id: str
    source_kind: str
    row: int
    cues: tuple[str, ...]  # the keys of `CUES` that its words hold
    named: tuple[str, ...]  # the outcome, and further ones that the words name
    percentages: tuple[str, ...]  # in the words
    p_value: str  # in the words or in the row
    is_reading: bool = False  # what the words of the source can be read as, not what they say

    @property
    def place(self) -> dict[str, str]:
        """The study and arm that it speaks of."""
        return {"study_id": self.study_id, "arm_id": self.arm_id}

    @property
    def value_text(self) -> str:
        """The claimed value with its unit, as it is read."""
        if not self.claimed:
            return ""
        if self.unit == "p":
            return f"P = {self.claimed}"
        claimed = self.claimed.replace("-", "−") if self.value < 0 else self.claimed
        return f"{claimed} %" if self.unit == "percent" else f"{claimed} {self.unit}"


def read_claims(
    evidence: Evidence, *, studies: Iterable[str] = (), kinds: Iterable[str] = ()
) -> list[Claim]:
    """Return the claims of claims.csv, in their order; none given of studies or kinds is all."""
    studies, kinds = as_names("studies", studies), as_names("kinds", kinds)
    if "claims" not in evidence:
        return []
    frame = evidence.joined("claims", "sources")
    if studies:
        frame = frame[frame["study_id"].isin(studies)]
    if kinds:
        frame = frame[frame["kind"].isin(kinds)]
    known = _outcomes(evidence)
    frame = frame.rename(columns={"sources.kind": "source_kind"})
    return [_read(row, known) for row in records(frame)]


def numbers(claimed: str) -> tuple[Decimal, ...]:
    """Return the one or two numbers of a claimed value; none if it is not to be read."""
    parts = re.fullmatch(rf"({_NUMBER})\s*(?:-|–|to)\s*({_NUMBER})", claimed.strip())
    try:
        found = tuple(Decimal(text) for text in (parts.groups() if parts else (claimed.strip(),)))
    except InvalidOperation:
        return ()
    return found if all(one.is_finite() for one in found) else ()


def agrees(claimed: str, observed: str | float) -> bool:
    """Say whether a claimed value is an observed one, up to rounding.

    Within half a unit of the last digit of the coarser of the two, or within the ends of a range.
    A text is a printed value, whose digits say how it was rounded; a float is exact.
    """
    ends = numbers(claimed)
    seen = numbers(observed) if isinstance(observed, str) else (Decimal(repr(float(observed))),)
    if not ends or len(seen) != 1 or not seen[0].is_finite():
        return False
    steps = [_step(one) for one in ends]
    if isinstance(observed, str):
        steps.append(_step(seen[0]))
    # A float is exact only up to its last binary digit.
    slack = max(steps) / 2 + Decimal("1e-9") * (1 + abs(seen[0]))
    return bool(min(ends) - slack <= seen[0] <= max(ends) + slack)


def _step(number: Decimal) -> Decimal:
    return Decimal(1).scaleb(int(number.as_tuple().exponent))


def _read(row: Any, known: frozenset[str]) -> Claim:
    words, claimed = str(row.claim), _text(row.claimed_value)
    found = numbers(claimed)
    # A week is a number too, and may stand right before a percentage.
    bare = re.sub(r"\bweeks? [0-9]+", "", words)
    said = [text for group in _PERCENTAGES.findall(bare) for text in re.findall(_NUMBER, group)]
    p_value = _P.search(words)
    unit = _text(row.unit)
    return Claim(
        claim_id=str(row.claim_id),
        words=words,
        kind=_text(row.kind),
        study_id=_text(row.study_id),
        arm_id=_text(row.arm_id),
        outcome=_text(row.outcome),
        unit=unit,
        testable=_text(row.testable),
        week=int(row.week) if pd.notna(row.week) else None,
        claimed=claimed,
        value=float(sum(found) / len(found)) if found else float("nan"),
        source_id=_text(row.source_id),
        source_kind=_text(row.source_kind),
        row=int(row.Index),
        cues=tuple(
            name
            for name, (pattern, _, kinds) in CUES.items()
            if _text(row.kind) in kinds and re.search(pattern, words)
        ),
        named=_named(words, _text(row.outcome), known),
        percentages=tuple(dict.fromkeys(said)),
        p_value=claimed if unit == "p" else (p_value[1] if p_value else ""),
        is_reading=bool(re.search(READING, f"{words} {_text(row.how_to_check)}")),
    )


def _named(words: str, outcome: str, known: frozenset[str]) -> tuple[str, ...]:
    named = [outcome] if outcome else []
    for pattern, outcomes in _OTHER_NAMES.items():
        if re.search(pattern, words, re.IGNORECASE):
            named += outcomes
    named += [
        one for one in sorted(known) if re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", words)
    ]
    return tuple(dict.fromkeys(named))


def _outcomes(evidence: Evidence) -> frozenset[str]:
    columns = (("instruments", "outcome"), ("safety", "event"), ("biomarkers", "marker"))
    return frozenset(
        str(name)
        for table, column in columns
        if table in evidence
        for name in evidence.table(table)[column].dropna()
    )


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell)  # type: ignore[call-overload]
