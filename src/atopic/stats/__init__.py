"""Statistics of small responder samples, on arrays: no table, no file, no figure."""

# Each is imported when it is asked for.
__all__ = [
    "ambiguity",
    "bayes",
    "changes",
    "contrasts",
    "doseresponse",
    "incidence",
    "pooling",
    "proportions",
    "spreads",
    "trialdesign",
]


def __dir__() -> list[str]:
    return sorted(__all__)
