"""What the methods rest on, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.numbers import plural


def methods_finding(works: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the methods.

    Parameters
    ----------
    works : from `atopic.questions.methods.worked.references`.

    Examples
    --------
    >>> works = pd.DataFrame({"authors": ["A", "A"], "year": [1, 1], "function": ["f", "g"]})
    >>> methods_finding(works)["number"]
    '2'
    """
    if works.empty:
        return {"words": "No method is recorded."}
    functions = works["function"].nunique()
    published = len(works.drop_duplicates(["authors", "year"]))
    return {
        "words": f"The statistics follow {plural(published, 'published work')}: this page gives "
        "the formulas, the conventions chosen, and numbers worked from what was reported.",
        "number": f"{functions}",
        "unit": "functions that name the published work they follow",
    }
