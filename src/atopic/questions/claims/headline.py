"""What came of the claims, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.numbers import listed, plural
from atopic.questions.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    SUPPORTED,
    WIDE,
)
from atopic.review import control_group, with_article

_SAID = {
    SUPPORTED: "supported",
    WIDE: "supported but very uncertain",
    NOT_SUPPORTED: "not supported",
    CONTRADICTED: "contradicted",
    CANNOT_BE_TESTED: "beyond what can be tested",
}


def claims_finding(found: pd.DataFrame) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the verdicts.

    Parameters
    ----------
    found : from `verdicts`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.claims import verdicts
    >>> claims_finding(verdicts(atopic.load(), studies=["ra-2011"]))["number"]
    '0 of 1'
    """
    if found.empty:
        return {"words": "No claim is recorded."}
    counts = found["verdict"].value_counts()
    every = len(found)
    supported = int(counts.get(SUPPORTED, 0))
    parts = [
        f"{counts[verdict]} {'is' if counts[verdict] == 1 else 'are'} {said}"
        for verdict, said in _SAID.items()
        if counts.get(verdict, 0)
    ]
    alone = found["control"].eq("without control")
    return {
        "words": f"Of {plural(every, 'claim')}, {listed(parts)}.",
        "number": f"{supported} of {every}",
        "unit": f"claims {'holds' if supported == 1 else 'hold'} without reservation",
        "notes": [
            f"{plural(int(alone.sum()), 'claim')} {'is' if alone.sum() == 1 else 'are'} about "
            f"results without {with_article(control_group())}, which cannot show that the "
            f"treatment works."
            if alone.any()
            else ""
        ],
    }
