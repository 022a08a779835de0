"""What is not known, in sentences."""

import pandas as pd

from atopic.display.numbers import listed, study_name


def free_note(unknown: pd.DataFrame) -> str:
    """Say which papers are free to read, and that we have read their abstracts alone.

    >>> import atopic
    >>> from atopic.questions.unknown import unknown_things
    >>> free_note(unknown_things(atopic.load(), studies=["seo-2024-phase-2"]))
    'The paper of SCM-AGH phase 2, 2024 is free to read; we have read only its abstract.'
    """
    open_ = unknown[unknown["free"].eq("yes") & unknown["full_text_read"].eq("no")]
    open_ = open_[open_["study_id"].notna()]  # a review is the paper of no study
    names = [study_name(str(one)) for one in dict.fromkeys(open_["study_id"])]
    if not names:
        return ""
    if len(names) == 1:
        return f"The paper of {names[0]} is free to read; we have read only its abstract."
    return f"The papers of {listed(names)} are free to read; we have read only their abstracts."
