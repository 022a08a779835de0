"""The thresholds of the certainty rules: parameters of the notebook, none of them in a rule."""

from dataclasses import dataclass, fields
from typing import Any, Literal

from atopic.errors import did_you_mean

_CHOICES: dict[str, tuple[str, ...]] = {
    "some_concerns": ("low", "high"),
    "unread": ("as-answered", "best", "worst"),
    "target": ("important", "any"),
    "pooling": ("random", "common", "hartung-knapp"),
    "absolute": ("difference", "ratio"),
}
_SHARES = ("dominance", "large_effect", "not_public", "alpha", "power", "level")


@dataclass(frozen=True)
class Settings:
    """What the rules of `atopic.questions.certainty.grade` compare with.

    Attributes
    ----------
    dominance : float
        From which share of the weight trials at high risk lower the certainty (Core GRADE 4, BMJ
        2025;389:e083864: more than 65%, or 55% and more).
    known_faults : int
        From how many known faults a trial counts towards two levels; ours.
    some_concerns : {"low", "high"}
        What some concerns count as.
    unread : {"as-answered", "best", "worst"}
        What a result counts as whose answers were not all read.
    target : {"important", "any"}
        Whether the certainty is of an important difference or of any.
    minimal : float or None
        Smallest important difference, in points, in place of that of important_differences.
    large_effect : float
        From which relative change an effect is large: surely 0.40, possibly 0.30 (Core GRADE 2,
        BMJ 2025;389:e081904).
    fold : float
        From how many times the lower limit of a risk ratio its upper one costs two levels.
    fragile_ratio : bool
        Whether large relative effects are looked at for few patients at all; ours where the
        interval contains a mark.
    relative_change : float or None
        Change of the placebo rate that the needed size is for, in place of the smallest important
        difference; 0.25 is usual.
    alpha, power : float
        Of the needed size, two-sided.
    standardised : float
        Difference of means that the needed size is for, in standard deviations.
    not_public : float
        From which share of patients in trials without a public result the certainty is lowered.
    small : int
        Patients below which a trial is small.
    small_sponsored : bool
        Whether mostly small, sponsored trials with a favourable result lower the certainty.
    pooling : {"random", "common", "hartung-knapp"}
    absolute : {"difference", "ratio"}
        Whether what cells add per 1,000 comes of the difference or of the ratio.
    level : float
        Of the intervals.

    Examples
    --------
    >>> Settings(unread="best").unread
    'best'
    """

    dominance: float = 0.55
    known_faults: int = 2
    some_concerns: Literal["low", "high"] = "low"
    unread: Literal["as-answered", "best", "worst"] = "as-answered"
    target: Literal["important", "any"] = "important"
    minimal: float | None = None
    large_effect: float = 0.30
    fold: float = 3.0
    fragile_ratio: bool = True
    relative_change: float | None = None
    alpha: float = 0.05
    power: float = 0.8
    standardised: float = 0.5
    not_public: float = 0.20
    small: int = 200
    small_sponsored: bool = True
    pooling: Literal["random", "common", "hartung-knapp"] = "random"
    absolute: Literal["difference", "ratio"] = "difference"
    level: float = 0.95

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                near = did_you_mean(value, choices)
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}{near}")
        for name in _SHARES:
            _refuse(name, value := getattr(self, name), 0 < value < 1, "between 0 and 1")
        for name in ("known_faults", "small", "fold", "standardised"):
            _refuse(name, value := getattr(self, name), value > 0, "above 0")
        for name in ("minimal", "relative_change"):
            value = getattr(self, name)
            _refuse(name, value, value is None or value > 0, "above 0, or None")

    def changed(self) -> dict[str, Any]:
        """Return the settings that are not the usual ones."""
        usual = Settings()
        pairs = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: value for name, value in pairs if value != getattr(usual, name)}


def _refuse(name: str, value: object, fits: bool, words: str) -> None:
    if not fits:
        raise ValueError(f"{name} must be {words}, not {value!r}")
