"""A body of evidence as the rules see it: its trials, its effect, and what a domain takes away."""

from dataclasses import dataclass
from math import nan

import pandas as pd


@dataclass(frozen=True)
class Rating:
    """What one domain takes away.

    Attributes
    ----------
    domain : str
        One of `atopic.questions.certainty.grade.DOMAINS`.
    levels : int
        0, -1 or -2.
    reason : str
        With the numbers that the rule read.
    because : tuple of str
        What of these asks for a lower level, one of the names that its rule keeps for it.
    """

    domain: str
    levels: int
    reason: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """What the rules ask of a trial; none asks which one it is.

    Attributes
    ----------
    patients : int
        Randomised or enrolled.
    judgement, lowest, highest : str
        Risk of bias of the result.
    overridden : bool
        Whether a reader's judgement stands for it; then it stands also for the unread.
    known_faults : int
    estimate, lower, upper : float
        In points; nan without an estimate.
    weight : float
        Inverse variance; nan without an estimate.
    sponsored, favourable : bool
        Paid for by a maker; said to favour the cells.
    """

    patients: int
    judgement: str
    lowest: str
    highest: str
    overridden: bool = False
    known_faults: int = 0
    estimate: float = nan
    lower: float = nan
    upper: float = nan
    weight: float = nan
    sponsored: bool = False
    favourable: bool = False


@dataclass(frozen=True)
class Effect:
    """One estimate of one question.

    Attributes
    ----------
    estimate, lower, upper : float
        In points.
    patients : int
        In the comparison.
    ratio, ratio_lower, ratio_upper : float
        Risk ratio; nan for a score.
    assumed : str
        What an interval that was not printed rests on; empty if on counts.
    tau2, i2, prediction_lower, prediction_upper : float
        Of several trials; else nan.
    """

    estimate: float
    lower: float
    upper: float
    patients: int
    ratio: float = nan
    ratio_lower: float = nan
    ratio_upper: float = nan
    assumed: str = ""
    tau2: float = nan
    i2: float = nan
    prediction_lower: float = nan
    prediction_upper: float = nan


@dataclass(frozen=True, eq=False)
class Found:
    """What the tables hold on one question.

    Attributes
    ----------
    effect : Effect or None
    trials : DataFrame
        One row a trial with an estimate: ``study_id``, ``estimate``, ``lower``, ``upper`` in
        points, ``weight`` (inverse variance), ``n``, and for counts ``counts`` and ``basis``;
        ``arm_id``, ``reference_arm_id`` and the ``method`` of its limits.
        Limits are the outermost over all counts that fit, here and of the effect.
    placebo_rate : float
        Share in the comparison arms together; nan for scores and without counts.
    combinations : int
        Of counts that fit; 1 where there is nothing to choose.
    lowest, highest : float
        Least and greatest estimate over them, in points.
    """

    effect: Effect | None
    trials: pd.DataFrame
    placebo_rate: float = nan
    combinations: int = 1
    lowest: float = nan
    highest: float = nan
