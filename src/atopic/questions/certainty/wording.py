"""What an effect and its certainty come to in a sentence (GRADE guidelines 26).

Never "no effect" and never "significant": how sure a result is stands in the verb.
"""

from collections.abc import Mapping

_VERB = {"high": "", "moderate": "likely ", "low": "may "}


def size_of(estimate: float, sizes: Mapping[str, float]) -> str:
    """Return how large an effect is: none, small, moderate or large.

    Parameters
    ----------
    estimate : float
        In points.
    sizes : mapping of str to float
        The important differences, by their size: minimal, moderate, large. What is missing there
        is no boundary; without any the size is moderate.

    Examples
    --------
    >>> sizes = {"minimal": 10, "moderate": 25.7, "large": 50.3}
    >>> [size_of(value, sizes) for value in (3.8, -16.5, 30, 60)]
    ['none', 'small', 'moderate', 'large']
    """
    value = abs(estimate)
    if "large" in sizes and value >= sizes["large"]:
        return "large"
    if "minimal" in sizes and value <= sizes["minimal"]:
        return "none"
    return "small" if "moderate" in sizes and value < sizes["moderate"] else "moderate"


def effect_sentence(
    level: str,
    *,
    intervention: str,
    outcome: str,
    estimate: float | None,
    sizes: Mapping[str, float],
    controlled: bool = True,
) -> str:
    """Return the sentence for an effect and its level.

    Parameters
    ----------
    level : {"high", "moderate", "low", "very low"}
    intervention, outcome : str
        In words.
    estimate : float or None
        In points; None where no estimate can be made.
    sizes : mapping of str to float
        As for `size_of`.

    Examples
    --------
    >>> sizes = {"minimal": 10, "moderate": 25.7}
    >>> effect_sentence(
    ...     "low", intervention="cells", outcome="itch", estimate=12, sizes=sizes
    ... )
    'Cells may increase itch slightly.'
    """
    if not controlled:
        return _uncontrolled(level)
    if level == "very low":
        return f"The evidence is very uncertain about the effect of {intervention} on {outcome}."
    if estimate is None:
        return f"What was read allows no estimate of the effect of {intervention} on {outcome}."
    size = size_of(estimate, sizes)
    many = intervention.endswith("s")
    if size in ("none", "large"):
        verb = "result in" if many or level == "low" else "results in"
        effect = (
            f"little to no difference in {outcome}"
            if size == "none"
            else f"a large {'rise' if estimate > 0 else 'fall'} in {outcome}"
        )
        words = f"{_VERB[level]}{verb} {effect}"
    else:
        verb = "increase" if estimate > 0 else "reduce"
        verb += "" if many or level == "low" else "s"
        words = f"{_VERB[level]}{verb} {outcome}{' slightly' if size == 'small' else ''}"
    return f"{intervention[:1].upper()}{intervention[1:]} {words}."


def _uncontrolled(level: str) -> str:
    if level == "very low":
        return (
            "The evidence is very uncertain about how long a response lasts: there is no "
            "comparison."
        )
    return f"How long a response lasts is known with {level} certainty, and without a comparison."
