"""What is not known, in sentences."""

import pandas as pd

from atopic.display.numbers import listed, plural, study_name

__all__ = ["free_note"]


def free_note(unknown: pd.DataFrame) -> str:
    """Say which papers are free to read and were not read, so that anyone may close the gap.

    >>> import atopic
    >>> from atopic.questions.unknown import unknown_things
    >>> free_note(unknown_things(atopic.load(), studies=["seo-2024-phase-2"]))[:58]
    'Free to read and not read in full: the paper of Seo 2024 p'
    """
    open_ = unknown[unknown["free"].eq("yes") & unknown["full_text_read"].eq("no")]
    open_ = open_[open_["study_id"].notna()]  # a review is the paper of no study
    names = [study_name(str(one)) for one in dict.fromkeys(open_["study_id"])]
    if not names:
        return ""
    papers = "the paper of" if len(names) == 1 else "the papers of"
    return (
        f"Free to read and not read in full: {papers} {listed(names)}. What their abstracts do not "
        f"give may be in them; {plural(len(open_), 'gap', 'gaps')} below may be closed by reading "
        "them."
    )
