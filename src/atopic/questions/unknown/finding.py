"""How much is not known, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.numbers import listed, plural, study_name

__all__ = ["unknown_finding"]


def unknown_finding(unknown: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the gaps.

    Parameters
    ----------
    unknown : from `unknown_things`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.unknown import unknown_things
    >>> found = unknown_finding(unknown_things(atopic.load(), studies=["seo-2024-phase-2"]))
    >>> found["number"], found["unit"]
    ('2 of 2', 'gaps could be closed by reading a paper that is free')
    """
    if unknown.empty:
        return {"words": "Nothing is recorded as missing."}
    open_ = unknown[unknown["free"].eq("yes") & unknown["full_text_read"].eq("no")]
    studies = unknown["study_id"].dropna().nunique()
    words = f"{plural(len(unknown), 'thing')} that would change the answer "
    words += f"{'is' if len(unknown) == 1 else 'are'} not known"
    words += f", of {plural(studies, 'study', 'studies')}" if studies else ""
    names = listed(study_name(one) for one in dict.fromkeys(open_["study_id"].dropna()))
    papers = f"free papers on {names}" if names else "free papers"
    return {
        "words": f"{words}; {len(open_)} of these could be found in {papers}."
        if len(open_)
        else f"{words}, and for none of them is a free paper known.",
        "number": f"{len(open_)} of {len(unknown)}",
        "unit": "gaps could be closed by reading a paper that is free",
    }
