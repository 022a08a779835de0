"""How much is not known, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.numbers import plural


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
    ('2 gaps', 'in what we know of the trials')
    """
    if unknown.empty:
        return {"words": "Nothing is recorded as missing."}
    open_ = unknown[unknown["free"].eq("yes") & unknown["full_text_read"].eq("no")]
    studies = unknown["study_id"].dropna().nunique()
    words = f"We found {plural(len(unknown), 'gap')}"
    words += f", in {plural(studies, 'study', 'studies')}" if studies else ""
    if not len(open_):
        return {"words": f"{words}; no free paper is known to hold an answer."}
    return {
        "words": f"{words}; {len(open_)} could be closed by reading papers that are free.",
        "number": plural(len(unknown), "gap"),
        "unit": "in what we know of the trials",
    }
