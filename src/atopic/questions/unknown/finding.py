"""How much is not known, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.numbers import plural

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
    words = f"{plural(len(unknown), 'thing')} that could change the answer "
    words += f"{'is' if len(unknown) == 1 else 'are'} not known"
    words += f", of {plural(studies, 'study', 'studies')}" if studies else ""
    return {
        "words": f"{words}." if len(open_) else f"{words}; no free paper is known to hold any.",
        "number": f"{len(open_)} of {len(unknown)}",
        "unit": "gaps could be closed by reading a paper that is free",
    }
