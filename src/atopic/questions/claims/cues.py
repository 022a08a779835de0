"""The coded words of a claim that change how it is held against the tables.

They stand in the column ``says`` of claims.csv, so that no rule reads the words of a claim.
"""

from __future__ import annotations

import pandas as pd

#: What a coded word makes of a claim: how it is then read, and the kinds of claim that it is for.
CUES = {
    "missed": ("the trial missed its endpoint", ("comparison-with-placebo",)),
    "no-difference": (
        "two groups did not differ",
        ("comparison-with-placebo", "dose-response"),
    ),
    "significant": (
        "the difference or change is significant",
        ("comparison-with-placebo", "reduction", "biomarker"),
    ),
    "share-of-patients": (
        "the percentage is a share of patients",
        ("reduction", "response-rate"),
    ),
    "everyone-given-the-dose": (
        "it holds for everyone given the dose, not for one group",
        ("response-rate",),
    ),
    "double-blind": ("neither patients nor assessors knew the group", ("design",)),
    "controlled": ("the trial had a control group", ("design",)),
    "randomised": ("patients were randomised", ("design",)),
    "phase-1": ("the trial was of phase 1", ("design",)),
    "phase-2": ("the trial was of phase 2", ("design",)),
    "phase-3": ("the trial was of phase 3", ("design",)),
    "phase-4": ("the trial was of phase 4", ("design",)),
}

#: The phase that a coded word names.
PHASES = {f"phase-{number}": number for number in (1, 2, 3, 4)}


def cues_table() -> pd.DataFrame:
    """Return the coded words that change how a claim is read.

    Returns
    -------
    DataFrame
        Columns ``word``, ``reading`` and ``kinds`` (of claims for which it counts).

    Examples
    --------
    >>> cues_table().iloc[0].to_list()
    ['missed', 'the trial missed its endpoint', 'comparison-with-placebo']
    """
    rows = [(name, reading, ", ".join(kinds)) for name, (reading, kinds) in CUES.items()]
    return pd.DataFrame(rows, columns=["word", "reading", "kinds"])
