"""How close the library comes to other software, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.numbers import plural


def validation_finding(frame: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the comparisons.

    Parameters
    ----------
    frame : from `atopic.questions.validation.comparisons.comparisons`.

    Examples
    --------
    >>> from atopic.questions.validation.comparisons import comparisons
    >>> validation_finding(comparisons(["proportions"]))["unit"]
    'comparisons with other software or published tables agree'
    """
    if frame.empty:
        return {"words": "Nothing was compared."}
    loose = frame[frame["kind"].eq("loose")]
    beyond = frame[frame["bar"].notna() & (frame["error"] > frame["bar"])]
    agree = len(frame) - len(loose) - len(beyond)
    words = (
        f"Of {plural(len(frame), 'comparison')}, {agree:,} agree within the tolerance of the tests"
    )
    if len(loose):
        words += f"; in {len(loose)} the other side is the less accurate one, for the reason given"
    if len(beyond):
        words += f"; {len(beyond)} do not agree"
    return {
        "words": f"{words}.",
        "number": f"{agree:,} of {len(frame):,}",
        "unit": "comparisons with other software or published tables agree",
    }
