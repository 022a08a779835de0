"""The few phrases in the words of a claim that change what it says.

The words of claims.csv are the project's own, so a short list of phrases reads them. Every phrase
that was found is kept, so that a report shows how a claim was read.
"""

import pandas as pd

__all__ = ["CUES", "READING", "cues_table"]

#: How a row says that it is a reading that the words of its source allow, not what they say.
READING = r"\bcan be read as\b|\ba reading to be tested\b"

#: What a phrase makes of a claim: its pattern, how the claim is then read, and the kinds of claim
#: in which it is looked for.
CUES = {
    "missed": (
        r"\bmiss(?:ed|es)\b|\b(?:failed to|did not) (?:meet|reach)\b",
        "the trial missed its endpoint",
        ("comparison-with-placebo",),
    ),
    "no difference": (
        r"\b(?:did|do|does) not differ\b|\bno (?:significant )?difference\b",
        "two groups did not differ",
        ("comparison-with-placebo", "dose-response"),
    ),
    "significant": (
        r"(?<!not )(?<!no )\bsignificant(?:ly)?\b",
        "the difference or change is significant",
        ("comparison-with-placebo", "reduction", "biomarker"),
    ),
    "share of patients": (
        r"\bpercent of (?:the |all )?patients\b",
        "the percentage is a share of patients",
        ("reduction", "response-rate"),
    ),
    "everyone given the dose": (
        r"\bpatients (?:given|treated with|on) [0-9.]+e[0-9]+ cells\b",
        "it holds for everyone given the dose, not for one arm",
        ("response-rate",),
    ),
    "double-blind": (
        r"\bdouble-blind",
        "neither patients nor assessors knew the arm",
        ("design",),
    ),
    "controlled": (r"\bcontrolled\b", "the trial had a control arm", ("design",)),
    "randomised": (r"\brandomi[sz]ed\b", "patients were randomised", ("design",)),
    "phase": (
        r"\bphase (?:[1-4]|I{1,3}|IV)(?![\w/])",
        "the trial was of this phase",
        ("design",),
    ),
}


def cues_table() -> pd.DataFrame:
    """Return the phrases that change how a claim is read.

    Returns
    -------
    DataFrame
        Columns ``phrase``, ``reading`` and ``kinds`` (of claims in which it is looked for).

    Examples
    --------
    >>> cues_table().iloc[0].to_list()
    ['missed', 'the trial missed its endpoint', 'comparison-with-placebo']
    """
    rows = [(name, reading, ", ".join(kinds)) for name, (_, reading, kinds) in CUES.items()]
    return pd.DataFrame(rows, columns=["phrase", "reading", "kinds"])
