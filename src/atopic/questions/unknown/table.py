"""What is not known, as tables to be read."""

import pandas as pd

from atopic.display.numbers import study_name


def tabulate_unknown(unknown: pd.DataFrame) -> pd.DataFrame:
    """Return what is not known as a table to be read; each row names its study.

    >>> import atopic
    >>> from atopic.questions.unknown import unknown_things
    >>> table = tabulate_unknown(unknown_things(atopic.load(), studies=["seo-2024-phase-2"]))
    >>> table["Where it could be found"].str.contains("free to read").to_list()
    [True, True]
    """
    named = unknown["study_id"].map(study_name, na_action="ignore").astype("object")
    return pd.DataFrame(
        {
            "Of": named.fillna("no single study"),
            "What is not known": unknown["what"],
            "Why it matters": unknown["why"],
            "Where it could be found": unknown["where_to_look"]
            + unknown["free"].map({"yes": " (free to read)"}).fillna(""),
            "Address": unknown["address"],
            "Row": unknown["row"].astype(str),
        }
    )
