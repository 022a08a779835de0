"""What a rule concludes of a claim: a verdict, its reason, and the numbers that it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, nan

SUPPORTED = "supported"
WIDE = "supported with wide uncertainty"
NOT_SUPPORTED = "not supported"
CONTRADICTED = "contradicted"
CANNOT_BE_TESTED = "cannot be tested"

#: The verdicts, from the best to the worst that sources can say, and what each means.
VERDICTS = {
    SUPPORTED: "The sources say what is claimed, and the interval is no wider than the limit.",
    WIDE: "The sources say what is claimed, but the interval is wide or unknown, or rests on an "
    "assumption.",
    NOT_SUPPORTED: "The sources neither contradict the claim nor bear it out: no control group, "
    "too few followed, a weak source, or a difference that may be chance.",
    CONTRADICTED: "The sources say something else, or give the number for another quantity, time "
    "or trial.",
    CANNOT_BE_TESTED: "We found no number that could decide it.",
}


@dataclass(frozen=True)
class Observation:
    """One number that a verdict rests on, in the columns that all estimates share.

    The estimate and its limits are shares from 0 to 1, or changes in `unit`, nan where there is
    none; the limits reach over every count that fits what was printed. `role` is what it is to the
    claim, `printed` the value with its digits, `method` how the limits or the P value came.
    """

    role: str
    study_id: str = ""
    arm_id: str = ""
    outcome: str = ""
    week: int | None = None
    measure: str = "share"
    estimate: float = nan
    lower: float = nan
    upper: float = nan
    unit: str = ""
    responders: int | None = None
    n: int | None = None
    basis: str = "printed"
    level: float = nan
    method: str = "none"
    printed: str = ""
    setting: str = ""
    table: str = ""
    rows: tuple[int, ...] = ()

    @property
    def bounded(self) -> bool:
        """Whether there is an interval."""
        return isfinite(self.lower) and isfinite(self.upper)


@dataclass(frozen=True)
class Finding:
    """The conclusion of one rule: its numbers, first the one that the claim is held against."""

    verdict: str
    reason: str
    observed: tuple[Observation, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()  # further rows that were read: table and row
    remark: str = ""  # what the tables add to the row that decided

    def all_rows(self) -> dict[str, list[int]]:
        """Return the rows that were used, by table."""
        pairs = set(self.rows)
        pairs |= {(one.table, row) for one in self.observed for row in one.rows if one.table}
        return {
            table: sorted(row for name, row in pairs if name == table)
            for table in sorted({name for name, _ in pairs})
        }


def weighed(observed: Observation | Iterable[Observation], wide: float) -> str:
    """Return the verdict on a claim that agrees: by its widest interval, a share, and the limit."""
    several = [observed] if isinstance(observed, Observation) else list(observed)
    narrow = all(one.bounded and one.upper - one.lower <= wide for one in several)
    return SUPPORTED if several and narrow else WIDE
