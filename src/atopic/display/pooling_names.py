"""What the literature calls ways of pooling, tests and models, for codes that tables keep."""

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
_NAMES = {
    "common": "common effect",
    "random": "random effects",
    "each": "each trial by itself",
    "chi-square-corrected": "chi-square with continuity correction",
    "fisher": "Fisher",
    "newcombe": "Newcombe",
    "conditional-exact": "conditional exact",
    "woolf": "Woolf",
    "katz": "Katz",
    "emax": "Emax",
    "sigmoid-emax": "sigmoid Emax",
}


def pooled_by(model: str, interval: str) -> str:
    """Return how effects were pooled: the model and the interval.

    >>> pooled_by("common", "wald")
    'common effect, Wald interval'
    >>> pooled_by("random", "hartung-knapp-safeguarded")
    'random effects, safeguarded Hartung-Knapp interval'
    """
    return f"{name_of(model)}, {name_of(interval)} interval"


def name_of(code: str) -> str:
    """Return what the literature calls a model, a test or a method; else the code itself.

    >>> name_of("chi-square-corrected"), name_of("random"), name_of("linear")
    ('chi-square with continuity correction', 'random effects', 'linear')
    """
    return INTERVALS.get(code) or _NAMES.get(code, code)
