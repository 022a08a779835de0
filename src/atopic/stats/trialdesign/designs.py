"""What is planned and what is believed: two-arm designs, scenarios, and the checks they share.

Vocabulary
----------
success
    A significant test in favour of the active arm. A two-sided test at level alpha that favours
    placebo is no success, so that with no difference a success has a chance of about alpha / 2.
delta
    The smallest difference of rates that is clinically relevant.
conclusive null
    An upper confidence limit of the difference that lies below delta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd
from scipy.special import ndtri

from atopic.stats.arguments import (
    as_a,
    as_level,
    as_number,
    as_share,
    as_text,
    as_whole,
    one_of,
    shown,
)
from atopic.stats.results import Result, number, points
from atopic.stats.trialdesign.normal_mixtures import NormalMixture

Test = Literal["chi-square", "chi-square-corrected", "fisher", "boschloo"]


@dataclass(frozen=True, repr=False)
class TwoArmDesign(Result):
    """A trial of an active arm against placebo, and how it will be read.

    Attributes
    ----------
    n_active, n_control : int
        Patients with an outcome in each arm.
    alpha : float
        Level of the test.
    sides : {1, 2}
        Whether the test has one side or two.
    test : {"chi-square", "chi-square-corrected", "fisher", "boschloo"}
        Test of the difference.
    delta : float
        Smallest relevant difference, as a share.
    level : float
        Confidence level of the Newcombe interval of the difference.

    Examples
    --------
    >>> TwoArmDesign(100, 50).total
    150
    """

    n_active: int
    n_control: int
    alpha: float = 0.05
    sides: int = 2
    test: Test = "chi-square"
    delta: float = 0.15
    level: float = 0.95

    def __post_init__(self) -> None:
        for name in ("n_active", "n_control"):
            object.__setattr__(self, name, as_whole(getattr(self, name), name, least=1))
        critical(self.alpha, self.sides)
        one_of(self.test, "test", get_args(Test))
        as_share(self.delta, "delta")
        as_level(self.level)

    @property
    def total(self) -> int:
        """Patients in both arms."""
        return self.n_active + self.n_control

    def _first(self) -> str:
        return f"{self.total:,} patients: {self.n_active:,} active, {self.n_control:,} control"

    def _model(self) -> str:
        return (
            f"{self.test} test, {self.sides}-sided, level {number(self.alpha)}; smallest relevant "
            f"difference {points(self.delta)}, {100 * self.level:g}% Newcombe interval."
        )


@dataclass(frozen=True, eq=False, repr=False)
class Scenario(Result):
    """What is believed of the rates before the trial.

    Attributes
    ----------
    name : str
        What readers call it.
    control : NormalMixture
        Rate of the control arm, on the log odds scale.
    effect : NormalMixture
        Active rate minus control rate, as a share; cut off where the active rate would leave
        0 to 1.
    """

    name: str
    control: NormalMixture
    effect: NormalMixture

    def __post_init__(self) -> None:
        as_text(self.name, "name")
        as_a(self.control, NormalMixture, "control")
        as_a(self.effect, NormalMixture, "effect")

    def to_frame(self) -> pd.DataFrame:
        """Return one row a part of either distribution."""
        parts = [
            pd.DataFrame(vars(one)).assign(of=name)
            for name, one in (("control, log odds", self.control), ("effect, share", self.effect))
        ]
        return pd.concat(parts, ignore_index=True)

    def _first(self) -> str:
        return self.name


def critical(alpha: float, sides: int) -> float:
    """Return the normal quantile that a test statistic has to exceed."""
    return float(-ndtri(as_share(alpha, "alpha") / as_sides(sides)))


def as_sides(sides: int) -> int:
    """Return 1 or 2."""
    number = as_number(sides, "sides", "1 or 2", least=1, most=2)
    if number not in (1.0, 2.0):
        raise ValueError(f"sides must be 1 or 2, not {shown(sides)}")
    return int(number)
