"""What the literature calls the ways of pooling."""

__all__ = ["INTERVALS", "TAU2_METHODS", "pooled_by"]

#: Names of the intervals of a pooled effect.
INTERVALS = {
    "wald": "Wald",
    "hartung-knapp": "Hartung-Knapp",
    "hartung-knapp-safeguarded": "safeguarded Hartung-Knapp",
}
#: Names of the estimators of the variance between studies.
TAU2_METHODS = {
    "reml": "restricted maximum likelihood",
    "pm": "Paule-Mandel",
    "dl": "DerSimonian-Laird",
    "ml": "maximum likelihood",
    "eb": "empirical Bayes",
    "sj": "Sidik-Jonkman",
}


def pooled_by(model: str, tau2_method: str, interval: str) -> str:
    """Return how effects were pooled by inverse variance: the model, tau2 and the interval.

    >>> pooled_by("common", "reml", "wald")
    'common effect, inverse variance, Wald interval'
    >>> pooled_by("random", "dl", "hartung-knapp")
    'random effects, inverse variance, tau2 by DerSimonian-Laird, Hartung-Knapp interval'
    """
    words = [f"{model} effect{'' if model == 'common' else 's'}", "inverse variance"]
    if model != "common":
        words.append(f"tau2 by {TAU2_METHODS.get(tau2_method, tau2_method)}")
    return ", ".join([*words, f"{INTERVALS.get(interval, interval)} interval"])
