"""Reading a claim: its columns, as rules see them. Its words are shown and never read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.selection import as_names, of_choice
from atopic.questions.claims.cues import CUES

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"


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
    cues: tuple[str, ...]  # coded words, keys of `CUES` that are for its kind
    named: tuple[str, ...]  # the outcome, and further ones that it names
    percentages: tuple[str, ...]  # that it states
    p_value: str  # that it states
    is_reading: bool = False  # what the words of the source can be read as, not what they say
    species: tuple[str, ...] = ()  # of a mechanism: in what it was seen
    tested_in: str = ""  # and how

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
        return f"{claimed}%" if self.unit == "percent" else f"{claimed} {self.unit}"


def read_claims(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    kinds: Iterable[str] = (),
) -> list[Claim]:
    """Return the claims of claims.csv, in their order; none given of studies or kinds is all."""
    studies, kinds = as_names("studies", studies), as_names("kinds", kinds)
    frame = evidence.joined("claims", "sources")
    choice = {"studies": studies, "exclude": exclude}
    frame = frame[of_choice(evidence, frame["study_id"], **choice, controlled=controlled)]
    if kinds:
        frame = frame[frame["kind"].isin(kinds)]
    frame = frame.rename(columns={"sources.kind": "source_kind"})
    return [_read(row) for row in records(frame)]


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


def _read(row: Any) -> Claim:
    claimed = _text(row.claimed_value)
    found = numbers(claimed)
    unit, kind, outcome = _text(row.unit), _text(row.kind), _text(row.outcome)
    return Claim(
        claim_id=str(row.claim_id),
        words=str(row.claim),
        kind=kind,
        study_id=_text(row.study_id),
        arm_id=_text(row.arm_id),
        outcome=outcome,
        unit=unit,
        testable=_text(row.testable),
        week=int(row.week) if pd.notna(row.week) else None,
        claimed=claimed,
        value=float(sum(found) / len(found)) if found else float("nan"),
        source_id=_text(row.source_id),
        source_kind=_text(row.source_kind),
        row=int(row.Index),
        cues=tuple(word for word in _several(row.says) if word in CUES and kind in CUES[word][1]),
        named=tuple(dict.fromkeys([*filter(None, [outcome]), *_several(row.further_outcomes)])),
        percentages=_several(row.percentages),
        p_value=claimed if unit == "p" else _text(row.p_value),
        is_reading=_text(row.is_reading) == "yes",
        species=_several(row.species),
        tested_in=_text(row.tested_in),
    )


def _several(cell: object) -> tuple[str, ...]:
    """Return the values of a cell that holds several, parted by semicolons."""
    return tuple(filter(None, _text(cell).split(";")))


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell)  # type: ignore[call-overload]
