"""What the evidence rests on, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital, counted
from atopic.display.numbers import listed, percent, study_name
from atopic.evidence.controls import controlled_designs, kinds_of
from atopic.review import control_group, controlled_word, review_in_use, with_article, words_in_use


def map_finding(counts: pd.DataFrame, groups: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the evidence there is.

    Parameters
    ----------
    counts, groups : from `publication_counts` and `patient_groups`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.evidence_map import patient_groups, publication_counts
    >>> groups = patient_groups(atopic.load())
    >>> map_finding(publication_counts(groups), groups)["unit"]
    'of 698 patients in placebo-controlled trials are in trials without a paper'
    """
    by_kind = counts.set_index("publication")
    patients = by_kind["controlled_patients"].to_dict()
    every = int(by_kind["studies"].get("all", 0))
    total = patients.get("all", 0)
    press = patients.get("press", 0)
    if not every:
        return {"words": f"No study of {words_in_use().treatment} is used."}
    used = groups[groups["in_synthesis"].eq("yes")]
    trials = used[controlled_designs(used["design"])]
    if trials.empty:
        return {
            "words": f"None of the {counted(every, 'study', 'studies')} of "
            f"{words_in_use().treatment} used here has a "
            f"{control_group()}.",
            "number": "0",
            "unit": f"{controlled_word()} trials",
        }
    known = f"{capital(counted(every, 'study', 'studies'))} of "
    known += f"{words_in_use().treatment} are used here, "
    kinds, many = kinds_of(trials), trials["study_id"].nunique()
    known += "all of them" if many == every > 1 else counted(many, "of them", "of them")
    known += f" with {with_article(control_group(*kinds))}"
    alone = trials[trials["publication"].eq("press")]
    names = listed(study_name(study) for study in alone["study_id"])
    are = "is" if len(alone) == 1 else "are"
    rest = (
        f"{names} {are} known from company statements and news alone"
        if len(alone)
        else "none of these is known from company statements and news alone"
    )
    if pd.isna(total) or not total:
        return {"words": f"{known}; how many patients were enrolled is not stated."}
    unstated = int(trials["publication"].isna().sum())
    if unstated and alone.empty:
        which = "it" if many == 1 else "they" if unstated == many else f"{unstated} of them"
        were = "was" if unstated == 1 else "were"
        return {
            "words": f"{known}; where {which} {were} published is not stated.",
            "number": f"{total:,}",
            "unit": f"patients in {controlled_word(*kinds)} trials",
            "notes": [review_in_use().search.words],
        }
    return {
        "words": f"{known}; {rest}.",
        "number": f"{percent((0 if pd.isna(press) else press) / total)}%",
        "unit": f"of {total:,} patients in {controlled_word(*kinds)} trials are in trials without "
        "a paper",
        "notes": [review_in_use().search.words],
    }
