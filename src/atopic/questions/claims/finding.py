"""What a rule concludes of a claim: a verdict, its reason, and the numbers that it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, nan

__all__ = [
    "CANNOT_BE_TESTED",
    "CONTRADICTED",
    "NOT_SUPPORTED",
    "SUPPORTED",
    "VERDICTS",
    "WIDE",
    "Finding",
    "Observation",
    "weighed",
]

SUPPORTED = "supported"
WIDE = "supported with wide uncertainty"
NOT_SUPPORTED = "not supported"
CONTRADICTED = "contradicted"
CANNOT_BE_TESTED = "cannot be tested"

#: The verdicts, from the best to the worst that the tables can say, and what each means.
VERDICTS = {
    SUPPORTED: "The tables hold what is claimed, and its interval is no wider than the limit.",
    WIDE: "The tables hold what is claimed, but its interval is wider than the limit, none can be "
    "computed, or it holds on an assumption only.",
    NOT_SUPPORTED: "The tables do not say otherwise, but what they hold does not bear the claim: "
    "no control group where one is needed, too few followed, a weak row, or no sure difference.",
    CONTRADICTED: "The tables hold something else than what is claimed, or hold the claimed number "
    "as something else: of another quantity, time or trial.",
    CANNOT_BE_TESTED: "The tables hold no number that could decide it.",
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
