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

    Attributes
    ----------
    role : str
        What it is to the claim, such as ``"the arm claimed"`` or ``"placebo arm"``.
    study_id, arm_id, outcome : str
        What was measured, and in whom.
    week : int or None
        Week after the first dose.
    measure : str
        ``share``, ``difference of shares``, ``change``, ``difference of changes``, ``P`` or
        ``count``.
    estimate, lower, upper : float
        Shares from 0 to 1, changes in `unit`; nan where there is none. The limits reach over every
        count that fits what was printed.
    unit : str
        Unit of a change.
    responders, n : int or None
        The count, and how many it is of.
    basis : str
        What the count rests on, one of `atopic.evidence.derivation.BASES`.
    level : float
        Confidence level of the limits.
    method : str
        How the limits, or the P value, were computed; ``none`` without limits.
    printed : str
        The value with its printed digits.
    setting : str
        One of `atopic.evidence.selection.SETTINGS`.
    table : str
        The table that holds it.
    rows : tuple of int
        Its rows.
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
    """The conclusion of one rule.

    Attributes
    ----------
    verdict : str
        One of `VERDICTS`.
    reason : str
        Why, in words made from the numbers.
    observed : tuple of Observation
        The numbers; the first is the one that the claim is held against.
    rows : tuple of (str, int)
        Further rows that were read: table and row.
    """

    verdict: str
    reason: str
    observed: tuple[Observation, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()

    def all_rows(self) -> dict[str, list[int]]:
        """Return the rows that were used, by table.

        Examples
        --------
        >>> Finding("supported", "so", rows=(("arms", 3), ("arms", 2))).all_rows()
        {'arms': [2, 3]}
        """
        pairs = set(self.rows)
        pairs |= {(one.table, row) for one in self.observed for row in one.rows if one.table}
        return {
            table: sorted(row for name, row in pairs if name == table)
            for table in sorted({name for name, _ in pairs})
        }


def weighed(observed: Observation | Iterable[Observation], wide: float) -> str:
    """Return the verdict on a claim that agrees with the tables, by how sure its number is.

    Parameters
    ----------
    observed : Observation or iterable of Observation
        Shares or differences of shares; the widest interval decides.
    wide : float
        Width, as a share, above which an interval is called wide.

    Examples
    --------
    >>> weighed(Observation("arm", lower=0.23, upper=0.83), 0.3)
    'supported with wide uncertainty'
    >>> weighed(Observation("arm", lower=0.0, upper=0.1), 0.3)
    'supported'
    """
    several = [observed] if isinstance(observed, Observation) else list(observed)
    narrow = all(one.bounded and one.upper - one.lower <= wide for one in several)
    return SUPPORTED if several and narrow else WIDE
