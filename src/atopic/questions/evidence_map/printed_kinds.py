"""What kind of number was printed, for each study, outcome and week."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from atopic.evidence.controls import is_controlled
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import as_names, selected
from atopic.questions.asked import asked
from atopic.questions.evidence_map.chosen_studies import OUTCOME_TABLES, chosen_studies
from atopic.questions.evidence_map.cohorts import rows_text

#: Kinds of printed numbers, from the one that says most to the one that says least.
KINDS = {
    "count": "count of patients",
    "percentage": "percentage without a count",
    "score": "mean or change of a score",
    "difference": "difference or ratio only",
    "p-value": "P value only",
    "words": "words only",
}

#: Kinds of source that no journal or register stands behind.
PRESS = ("company-disclosure", "press", "news")

#: Kinds that belong to an arm; the others compare two arms.
_OF_AN_ARM = ("count", "percentage", "score")

_PLACE = {kind: number for number, kind in enumerate(KINDS)}


@asked()
def printed_items(
    evidence: Evidence,
    *,
    outcomes: Iterable[str] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> pd.DataFrame:
    """Return every printed result on an outcome with its kind: one row a row of the tables.

    Parameters
    ----------
    outcomes : iterable of str; outcomes of instruments.csv; none given means all.
    studies, exclude, controlled, include_benchmarks : as in
        `atopic.questions.evidence_map.chosen_studies`.

    Returns
    -------
    DataFrame: ``study_id``, ``study_role``, ``arm_id``, ``outcome``, ``outcome_order`` (its place
        in the order asked for, or else in instruments.csv), ``week`` (missing where it differs
        between patients or is not stated), ``kind`` (one of `KINDS`), ``setting`` (of
        `atopic.evidence.selection.SETTINGS`), ``controlled``, ``source_id``, ``source_kind`` (of
        the count where that was printed elsewhere than the percentage), ``confidence``, ``table``
        and ``row``; by study in the order of `chosen_studies`, then by outcome and week.

    Raises
    ------
    ValueError: if `outcomes` or `studies` is one text instead of several.

    Examples
    --------
    >>> import atopic
    >>> items = printed_items(atopic.load(), outcomes=["EASI-75"], studies=["atmsc-2025"])
    >>> items["kind"].to_list()
    ['count', 'count', 'p-value']
    """
    wanted = as_names("outcomes", outcomes)
    asked = as_names("studies", studies)
    chosen = chosen_studies(
        evidence,
        studies=asked,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
    )
    columns = [
        *("study_id", "study_role", "arm_id", "outcome", "outcome_order", "week", "kind"),
        *("setting", "controlled", "source_id", "source_kind", "confidence", "table", "row"),
    ]
    every = dict.fromkeys([*wanted, *evidence.instruments["outcome"]])
    places = {outcome: number for number, outcome in enumerate(every)}
    source_kinds = evidence.sources.set_index("source_id")["kind"].astype("str")
    found = []
    for table in OUTCOME_TABLES:
        rows = evidence.table(table)
        known = rows.loc[rows["study_id"].isin(chosen["study_id"]), "outcome"].drop_duplicates()
        for outcome in known:
            if not wanted or outcome in wanted:
                frame = selected(evidence, table, outcome, studies=list(chosen["study_id"]))
                source = frame["source_id"]
                if table == "responses":
                    source = frame["count_source_id"].fillna(source)
                found.append(
                    frame.assign(
                        kind=_kind(frame, table),
                        controlled=is_controlled(frame),
                        table=table,
                        source_kind=source.map(source_kinds).astype("str"),
                        outcome_order=places[outcome],
                    )[columns].astype({"study_role": "str", "confidence": "str"})
                )
    if not found:
        return pd.DataFrame(columns=columns)
    items = pd.concat(found, ignore_index=True)
    place = {one: number for number, one in enumerate(chosen["study_id"])}
    keys = [items["study_id"].map(place), items["outcome_order"], items["week"].astype("float64")]
    order = pd.concat(keys, axis=1).sort_values(
        ["study_id", "outcome_order", "week"], kind="stable"
    )
    return items.loc[order.index].reset_index(drop=True)


def printed_kinds(items: pd.DataFrame) -> pd.DataFrame:
    """Return the kinds of number that each study prints on an outcome at a week.

    One row a study, outcome, week and mark: ``kind``, ``controlled``, ``setting``, and the rows of
    each table it rests on (``responses_rows``, ``scores_rows``, ``contrasts_rows``) with the kinds
    of their sources (``source_kinds``); ``press_only`` if these are news, press releases and
    company statements alone. Where an arm has a number, its kinds stand, each once; only where no
    arm has one does the best of what compares two arms: a difference, then a P value, then words.
    `items` is from `printed_items`.

    >>> import atopic
    >>> items = printed_items(atopic.load(), studies=["seo-2024-phase-1"])
    >>> kinds = printed_kinds(items)
    >>> kinds.loc[kinds["week"].eq(12), ["outcome", "kind"]].values.tolist()
    [['EASI-50', 'count'], ['EASI-50', 'percentage']]
    """
    tables = [f"{table}_rows" for table in OUTCOME_TABLES]
    keys = ["study_id", "study_role", "outcome", "outcome_order", "week", "controlled"]
    found = []
    for place, group in items.groupby(keys, dropna=False, sort=False):
        kinds = list(dict.fromkeys(sorted(group["kind"], key=_PLACE.__getitem__)))
        shown = [kind for kind in kinds if kind in _OF_AN_ARM] or kinds[:1]
        for kind in shown:
            some = group[group["kind"].eq(kind)]
            rows = {
                f"{table}_rows": rows_text(some.loc[some["table"].eq(table), "row"])
                for table in OUTCOME_TABLES
            }
            named = dict(zip(keys, place, strict=True))
            sources = {
                "source_kinds": "; ".join(dict.fromkeys(some["source_kind"].dropna())),
                "press_only": some["source_kind"].isin(PRESS).all(),
            }
            setting = some["setting"].iloc[0]
            found.append({**named, "kind": kind, "setting": setting, **rows, **sources})
    columns = [*keys, "kind", "setting", *tables, "source_kinds", "press_only"]
    frame = pd.DataFrame(found, columns=columns)
    return frame.astype({"week": "Int64", "controlled": "bool", "press_only": "bool"})


@asked()
def unplaced_studies(
    evidence: Evidence,
    kinds: pd.DataFrame,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> list[str]:
    """Return the studies asked for that print nothing on the outcomes asked for.

    Study ids; a paper-level record is no study and never among them. `kinds` is from
    `printed_kinds`. The options are as in
    `atopic.questions.evidence_map.chosen_studies`.

    >>> import atopic
    >>> evidence = atopic.load()
    >>> unplaced_studies(evidence, printed_kinds(printed_items(evidence)))[:2]
    ['kangstem-repeat-dose', 'rnl-2009']
    """
    chosen = chosen_studies(
        evidence,
        studies=studies,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
    )
    chosen = chosen[chosen["design"].ne("umbrella")]
    printed = set(kinds["study_id"])
    return [str(one) for one in chosen["study_id"] if one not in printed]


def _kind(frame: pd.DataFrame, table: str) -> pd.Series:
    if table == "responses":
        number = frame["percent_printed"].notna()
        kind = np.select([frame["responders"].notna(), number], ["count", "percentage"], "words")
    elif table == "scores":
        kind = np.full(len(frame), "score")
    else:
        number = frame["value"].notna() | frame["ci_low"].notna()
        kind = np.select(
            [number & frame["measure"].eq("p_value"), number], ["p-value", "difference"], "words"
        )
    return pd.Series(kind, index=frame.index, dtype="str")
