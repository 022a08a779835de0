"""The claims that tell most, one of each kind of slip, and how all of them fared."""

from __future__ import annotations

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.questions.asked import asked
from atopic.questions.claims import VERDICTS, verdicts

#: The rules whose first claim the front page tells: a rate of one arm that controlled trials did
#: not repeat, a share taken for a fall, a comparison after placebo had ended, a rate of another
#: trial, and a result that holds.
TELLING = (
    "same-dose-elsewhere",
    "share-quoted-as-change",
    "after-the-control-ended",
    "rate-of-another-trial",
    "rates-against-placebo",
)


@asked()
def telling_claims(evidence: Evidence, *, level: float = 0.95) -> pd.DataFrame:
    """Return the first claim that each rule of `TELLING` decided, in that order.

    The rows of `atopic.questions.claims.verdicts`; a rule that decided none has no row.

    >>> import atopic
    >>> telling_claims(atopic.load())["claim_id"].to_list()
    ['c29', 'c22', 'c28', 'c35', 'c36']
    """
    found = verdicts(evidence, level=level)
    found = found[found["rule"].isin(TELLING)].drop_duplicates("rule")
    order = found["rule"].map(TELLING.index)
    return found.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


@asked()
def verdict_totals(evidence: Evidence, *, level: float = 0.95) -> pd.DataFrame:
    """Return how many claims got each verdict, the best verdict first: ``verdict``, ``claims``.

    >>> import atopic
    >>> verdict_totals(atopic.load())["verdict"].to_list()[0]
    'supported'
    """
    counts = verdicts(evidence, level=level)["verdict"].value_counts()
    return pd.DataFrame(
        [(name, int(counts.get(name, 0))) for name in VERDICTS], columns=["verdict", "claims"]
    )
