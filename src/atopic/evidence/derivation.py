"""What kind of number a response row holds, and which counts it can stand for.

The rules are those of the codebook ("When a count may be derived from a percentage"); their
numbers are kept in the result, so that a report can say which one applied. Nothing derived here
is ever written into the data.
"""

from typing import Any

import pandas as pd

from atopic.evidence import counts
from atopic.evidence.counts import Candidates
from atopic.evidence.frames import records

#: ``printed``: a count in the source. ``derived``: exactly one count fits the percentage.
#: ``ambiguous``: several fit. ``percent-only``: none may be derived.
BASES = ("printed", "derived", "ambiguous", "percent-only")


def derive(responses: pd.DataFrame, denominators: pd.DataFrame | None = None) -> pd.DataFrame:
    """Give each response row its basis and the counts it can stand for.

    Parameters
    ----------
    responses : DataFrame
        The table of that name: one row an arm, outcome, week and analysis set.
    denominators : DataFrame, optional
        The table of that name: the denominators that are plausible where none was printed, or none
        beside the percentage itself.

    Returns
    -------
    DataFrame
        Indexed as `responses`, with

        - ``basis``: one of `BASES`;
        - ``basis_rule``: 1 to 6, the rule of the codebook that decided;
        - ``candidates``: `Candidates`, (responders, n) pairs, ascending; none if percent-only;
        - ``responders_used``, ``n_used``: the candidate that estimates are centred on. Among
          several it is the one whose n is nearest to that of the row or else to the planned size,
          the smaller of two at the same distance; of several with one n it is the middle one, the
          lower of two.

    Raises
    ------
    ValueError
        If a percentage is not plain decimal text or allows more counts than can be carried
        (`atopic check` names the row).

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> evidence.responses["basis"].value_counts().to_dict()["derived"]
    77
    """
    planned = {} if denominators is None else _planned(denominators)
    modelled = _modelled_studies(responses)
    decided = []
    for row in records(responses):
        sizes, plan = planned.get((row.study_id, row.arm_id, row.outcome, row.week), (None, None))
        rule, pairs = _candidates(row, sizes, modelled)
        used = _central(pairs, int(row.n) if pd.notna(row.n) else plan)
        decided.append((_basis(rule, pairs), rule, pairs, *used))
    names = ["basis", "basis_rule", "candidates", "responders_used", "n_used"]
    frame = pd.DataFrame(decided, index=responses.index, columns=names)
    return frame.astype(
        {
            "basis": pd.CategoricalDtype(list(BASES)),
            "basis_rule": "Int64",
            "responders_used": "Int64",
            "n_used": "Int64",
        }
    )


def is_unsure_of_size(n: Any, n_basis: Any, source: Any, n_source: Any) -> bool:
    """Say whether a row of responses leaves open over how many patients its percentage is.

    It does without an n, with one that was deduced, and with one that another source prints than
    that of the percentage.

    >>> is_unsure_of_size(14, "printed", "one-review", "another-review")
    True
    >>> is_unsure_of_size(14, "printed", "one-review", None)
    False
    """
    elsewhere = pd.notna(n_source) and n_source != source
    return bool(pd.isna(n) or n_basis == "inferred" or elsewhere)


def _planned(denominators: pd.DataFrame) -> dict[tuple[object, ...], tuple[range, int | None]]:
    return {
        (row.study_id, row.arm_id, row.outcome, row.week): (
            range(int(row.n_min), int(row.n_max) + 1),
            int(row.planned) if pd.notna(row.planned) else None,
        )
        for row in records(denominators)
    }


def _modelled_studies(responses: pd.DataFrame) -> set[str]:
    """Return the studies with a percentage that no count of the printed n can give.

    Such a percentage comes from a model or an imputation, and then so may its neighbours, also
    those that happen to fit a count.
    """
    open_rows = responses[
        responses["responders"].isna()
        & responses["percent_printed"].notna()
        & (responses["n_basis"] == "printed")
        & responses["n"].notna()
    ]
    return {
        row.study_id
        for row in records(open_rows)
        if not counts.candidates(row.percent_printed, _only(row.n))
    }


def _candidates(row: Any, sizes: range | None, modelled: set[str]) -> tuple[int | None, Candidates]:
    """Return the rule that decides for one row, and its (responders, n) pairs."""
    responders, n = row.responders, row.n
    percent, study = row.percent_printed, row.study_id
    if pd.notna(responders):
        return 1, Candidates([(int(responders), int(n))] if pd.notna(n) else ())
    if pd.isna(percent):
        return None, Candidates()
    if study in modelled:
        return 5, Candidates()
    sources = getattr(row, "source_id", None), getattr(row, "n_source_id", None)
    if sizes is not None and is_unsure_of_size(n, row.n_basis, *sources):
        wider = counts.candidates(percent, sizes)
        if pd.isna(n) or len(wider) > 1:
            return 4, wider
    if pd.isna(n):
        return 6, Candidates()
    pairs = counts.candidates(percent, _only(n))
    if not pairs:
        return 5, Candidates()
    if len(pairs) > 1:
        return 4, pairs
    sure = row.n_basis == "printed" and counts.decimals(percent) > 0
    return (2 if sure else 3), pairs


def _only(n: Any) -> range:
    return range(int(n), int(n) + 1)


def _basis(rule: int | None, pairs: Candidates) -> str | None:
    if rule is None:
        return None
    if rule == 1:
        return "printed"
    if not pairs:
        return "percent-only"
    return "derived" if len(pairs) == 1 else "ambiguous"


def _central(pairs: Candidates, planned: int | None) -> tuple[int | None, int | None]:
    if not pairs:
        return None, None
    if planned is not None:
        nearest = min((n for _, n in pairs), key=lambda n: (abs(n - planned), n))
        pairs = Candidates(pair for pair in pairs if pair[1] == nearest)
    return pairs[(len(pairs) - 1) // 2]
