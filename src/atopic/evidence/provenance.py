"""Where the numbers of a report were printed, and what is known against them.

Every frame of estimates has ``row``, the row of its table, and ``source_id``; here they lead back
to the sources, to the remarks on the rows, and to what the sources themselves concluded.
"""

from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import row_dicts
from atopic.review import time_point

_KEYS = ["study_id", "arm_id", "outcome", "week"]

_GIVES = {"source_id": "percentage", "count_source_id": "count", "n_source_id": "n"}


def sources_of(
    evidence: Evidence, rates: pd.DataFrame, *, further: dict[str, int] | None = None
) -> pd.DataFrame:
    """Return where estimates were printed: one row a source.

    Parameters
    ----------
    rates : DataFrame
        From `atopic.questions.response_rates.estimates.response_rates` or
        `atopic.questions.severity_reduction.estimates.score_reductions`, or any frame with
        ``source_id``, ``locator`` and ``row``.
    further : dict of str to int, optional
        Sources of other numbers shown beside them, with their rows of the same table.

    Returns
    -------
    DataFrame
        Columns ``source_id``, ``kind``, ``citation``, ``url``, ``locator`` (the places in the
        source), ``gives`` (what was taken from it: the row as a whole or its percentage or score
        change, the count, the n) and ``rows`` (of its table), in the order in which the rates use
        them.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates.estimates import response_rates
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-50", weeks=[12], studies=["kim-2017"])
    >>> sources_of(evidence, rates)[["source_id", "gives", "rows"]].values.tolist()[:2]
    [['kim-2017-abstract', 'percentage', '2'], ['donga-2016', 'count; n', '2']]
    """
    used = []
    for row in row_dicts(rates):
        # Only responses.csv names further sources for the count and the n.
        other = {name for name in ("count_source_id", "n_source_id") if pd.notna(row.get(name))}
        for name, gives in _GIVES.items():
            if name == "source_id" or name in other:
                place = row["locator"] if name == "source_id" else None
                what = gives if other else "all"
                if what == "percentage" and "statistic" in row:
                    what = "change"
                used.append((row[name], place, what, row["row"]))
    used += [(source, None, "all", row) for source, row in (further or {}).items()]
    names = ["source_id", "locator", "gives", "rows"]
    found = (
        pd.DataFrame(used, columns=names)
        .astype({"source_id": "str"})
        .groupby("source_id", sort=False)
        .agg(locator=("locator", _together), gives=("gives", _together), rows=("rows", _numbers))
    )
    columns = ["source_id", "kind", "citation", "url", "locator", "gives", "rows"]
    return found.reset_index().merge(evidence.sources, on="source_id", how="left")[columns]


def remarks_on(evidence: Evidence, estimates: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return what the tables note of the rows that estimates rest on.

    Parameters
    ----------
    estimates : DataFrame
        With ``row``, in the order wanted.
    table : str
        The table of those rows, for example ``"responses"``.

    Returns
    -------
    DataFrame
        Columns ``row``, ``study_id``, ``label`` of the arm, ``confidence`` and ``notes``; rows
        without a note are left out.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates.estimates import response_rates
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-50", studies=["shin-2021"])
    >>> remarks_on(evidence, rates, "responses")["notes"].iloc[0][:44]
    'best response over one or two cycles, not a '
    """
    rows = evidence.table(table).loc[estimates["row"].drop_duplicates()]
    noted = rows[rows["notes"].notna()].rename_axis("row").reset_index()
    noted = arms_named(evidence, noted)
    return noted[["row", "study_id", "label", "confidence", "notes"]]


def arms_named(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows with what their arms are called instead of the ids.

    Parameters
    ----------
    frame : DataFrame
        With ``study_id`` and ``arm_id``, perhaps with ``reference_arm_id``.

    Returns
    -------
    DataFrame
        The same rows and columns with ``label``, and ``reference_label``, in the place of the ids.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> arms_named(evidence, evidence.contrasts.iloc[:1, :3]).values.tolist()
    [['kangstem-2019', 'FURESTEM-AD', 'placebo']]
    """
    arms = evidence.arms
    own = zip(arms["study_id"], arms["arm_id"], strict=True)
    labels = dict(zip(own, arms["label"], strict=True))
    for column, name in (("arm_id", "label"), ("reference_arm_id", "reference_label")):
        if column in frame:
            keys = zip(frame["study_id"], frame[column], strict=True)
            words = [labels.get(key, key[1]) for key in keys]
            frame = frame.assign(**{column: words}).rename(columns={column: name})
    return frame


def printed_comparisons(evidence: Evidence, rates: pd.DataFrame) -> pd.DataFrame:
    """Return what the sources printed of the difference between the arms of these rates.

    Parameters
    ----------
    rates : DataFrame
        From `atopic.questions.response_rates.estimates.response_rates`.

    Returns
    -------
    DataFrame
        The rows of contrasts.csv for the same studies, outcomes and weeks: ``study_id``,
        ``arm_id``, ``reference_arm_id``, ``outcome`` (if there are several), ``week``, ``printed``
        (the test result or statement in words), ``analysis_set``, ``source_id``, ``row`` (of
        contrasts.csv) and ``notes``.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates.estimates import response_rates
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-75", weeks=[16])
    >>> printed_comparisons(evidence, rates)["printed"].to_list()
    ['P = 0.016, called significant']
    """
    contrasts = evidence.contrasts.rename_axis("row").reset_index()
    weeks = rates[["study_id", "outcome", "week"]].drop_duplicates()
    found = contrasts.merge(weeks, on=["study_id", "outcome", "week"])
    found["printed"] = [_said(row) for row in row_dicts(found)]
    # Without their outcomes two statements on one trial and week would look alike.
    several = ["outcome"] if len(rates["outcome"].unique()) > 1 else []
    arms = ["study_id", "arm_id", "reference_arm_id"]
    said = ["week", "printed", "analysis_set", "source_id", "row", "notes"]
    return found[[*arms, *several, *said]]


def contradictions_of(evidence: Evidence, frame: pd.DataFrame) -> pd.Series:
    """Return for each row of responses the id of the declared contradiction in it, if any.

    Parameters
    ----------
    frame : DataFrame
        Rows of responses, with the columns that identify them.

    Returns
    -------
    Series
        Indexed as `frame`; missing where nothing is declared.
    """
    ids = pd.Series(None, index=frame.index, dtype="str")
    declared = evidence.contradictions
    # Each names its study: to look through the rows of all for each would take too long.
    places = frame.groupby("study_id", sort=False).indices
    for one in row_dicts(declared[declared["table"].eq("responses")]):
        here = places.get(one["study_id"])
        if here is None:
            continue
        some = frame.iloc[here]
        same = pd.Series(True, index=some.index)
        for key in _KEYS:
            if pd.notna(one[key]):
                same &= some[key].eq(one[key]).fillna(False).astype(bool)
        ids.iloc[here[same.to_numpy()]] = one["contradiction_id"]
    return ids


def contradictions_note(
    evidence: Evidence, rates: pd.DataFrame, *, name: Callable[[str], str] = str
) -> str:
    """Say which of the rates rest on figures that their sources print in contradiction.

    Parameters
    ----------
    rates : DataFrame
        From `atopic.questions.response_rates.estimates.response_rates`.
    name : callable, optional
        Gives what readers call a study, by its id.

    Returns
    -------
    str
        One sentence for each declared contradiction; empty if there is none.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates.estimates import response_rates
    >>> evidence = atopic.load()
    >>> note = contradictions_note(evidence, response_rates(evidence, "EASI-50", weeks=[104]))
    >>> note[:68]
    'The source of kangstem-2019-follow-up, week 104, contradicts itself:'
    """
    ids = set(rates["contradiction"].dropna())
    if not ids:
        return ""
    declared = evidence.contradictions
    return " ".join(
        f"The source of {name(one['study_id'])}, {time_point(one['week'])}, contradicts itself: "
        f"{one['reason']}."
        for one in row_dicts(declared[declared["contradiction_id"].isin(ids)])
    )


#: What is left to say of a comparison without any number or statement of significance.
_DIRECTIONS = {
    "favours-arm": "said to favour the treated group",
    "favours-reference": "said to favour the other group",
    "no-difference": "said to be no different",
    "unclear": "nothing said of the direction",
}


def _said(row: dict[Hashable, Any]) -> str:
    """Return what a row of contrasts.csv holds, in words."""
    words = []
    if pd.notna(row["value"]):
        name = {"p_value": "P"}.get(str(row["measure"]), str(row["measure"]).replace("_", " "))
        words.append(f"{name} {row['value_operator']} {row['value']:g}")
    if pd.notna(row["ci_low"]):
        words.append(f"interval {row['ci_low']:g} to {row['ci_high']:g}")
    if pd.notna(row["reported_significance"]):
        said = str(row["reported_significance"])
        claimed = "significance not claimed" if said == "not-claimed" else f"called {said}"
        words.append(claimed.replace("not-significant", "not significant"))
    return ", ".join(words) or _DIRECTIONS[str(row["direction"])]


def _together(words: pd.Series) -> str:
    return "; ".join(dict.fromkeys(words.dropna()))


def _numbers(rows: pd.Series) -> str:
    return ", ".join(str(row) for row in sorted(set(rows)))
