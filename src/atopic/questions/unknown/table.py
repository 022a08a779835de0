"""What is not known, as tables to be read."""

import pandas as pd

from atopic.display.numbers import study_name

__all__ = ["tabulate_unknown"]

_FREE = {"yes": "free", "no": "not free", "unknown": "not known"}


def tabulate_unknown(unknown: pd.DataFrame) -> pd.DataFrame:
    """Return what is not known as a table to be read; each row names its study.

    >>> import atopic
    >>> from atopic.questions.unknown import unknown_things
    >>> table = tabulate_unknown(unknown_things(atopic.load(), studies=["seo-2024-phase-2"]))
    >>> table[["Of", "Free to read"]].values.tolist()
    [['Seo 2024 phase 2', 'free'], ['Seo 2024 phase 2', 'free']]
    """
    named = unknown["study_id"].map(study_name, na_action="ignore").astype("object")
    return pd.DataFrame(
        {
            "Of": named.fillna("no single study"),
            "What is not known": unknown["what"],
            "Why it matters": unknown["why"],
            "Where it could be found": unknown["where_to_look"],
            "Free to read": unknown["free"].map(_FREE),
            "Address": unknown["address"],
            "Row": unknown["row"].astype(str),
        }
    )
