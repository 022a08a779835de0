"""The characteristics of studies, and what placebo-controlled trials print of their comparison."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atopic.display.numbers import outcome_text
from atopic.evidence.controls import CONTROLS, controlled_designs, is_controlled_design
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.provenance import printed_comparisons
from atopic.questions.asked import asked
from atopic.questions.evidence_map.chosen_studies import chosen_studies
from atopic.review import control_group, control_word, time_point, time_word

_COLUMNS = [
    *("study_id", "role", "short_citation", "year", "design", "control", "blinding", "phase"),
    *("n_enrolled", "n_enrolled_basis", "agents", "origin", "routes", "doses", "administrations"),
    *("background_topicals", "follow_up_weeks", "publication", "in_synthesis"),
    *("exclusion_reason", "result", "source_id", "row"),
]
_OF_ARMS = ["study_id", "agent", "cell_source", "donor", "route", "dose", "dose_unit"]
_OF_ARMS += ["combined_arm", "administrations", "background_topicals"]


@asked()
@once
def study_characteristics(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> pd.DataFrame:
    """Return what each study is: one row a study.

    In the order of `chosen_studies`. ``agents``, ``origin`` (tissue and donor), ``routes``,
    ``doses`` (number and unit, or ``not known``), ``administrations`` and ``background_topicals``
    are those of the active arms, several parted by ``;``. ``result`` is what the source prints of
    the primary endpoint against placebo; see `placebo_comparisons`. ``row`` is the row of
    studies.csv. The options are as in `chosen_studies`. Raises ValueError if
    `studies` is one text instead of several.

    >>> import atopic
    >>> frame = study_characteristics(atopic.load(), studies=["kangstem-2019"])
    >>> frame[["origin", "doses", "result"]].values.tolist()[0]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['umbilical-cord-blood, allogeneic', '5e+07 cells',
     'primary endpoint EASI-50, week 12: called not significant']
    """
    chosen = chosen_studies(
        evidence,
        studies=studies,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
    )
    arms = evidence.arms
    arms = arms.loc[~arms["role"].isin(CONTROLS), _OF_ARMS]
    arms_of = dict(iter(arms.groupby("study_id", sort=False)))
    given = {}
    for row in records(chosen):
        active = arms_of.get(row.study_id, arms.iloc[:0])
        given[row.study_id] = {
            "agents": _each(active["agent"]),
            "origin": _each(
                ", ".join(str(one) for one in (arm.cell_source, arm.donor) if pd.notna(one))
                for arm in records(active[active[["cell_source", "donor"]].notna().any(axis=1)])
                if arm.cell_source != "none"
            ),
            "routes": _each(active["route"].dropna()),
            "doses": _each(_doses(active)),
            "administrations": _each(sorted(active["administrations"].dropna())),
            "background_topicals": _each(active["background_topicals"]),
        }
    columns = ["agents", "origin", "routes", "doses", "administrations", "background_topicals"]
    words = pd.DataFrame(given, index=columns).T.reindex(chosen["study_id"]).reset_index(drop=True)
    comparisons = placebo_comparisons(
        evidence,
        studies=studies,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
    )
    by_study = dict(iter(comparisons.groupby("study_id", sort=False)))
    none = comparisons.iloc[:0]
    return chosen.join(words).assign(
        result=[_result(row, by_study.get(row.study_id, none)) for row in records(chosen)],
    )[_COLUMNS]


@asked()
@once
def placebo_comparisons(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> pd.DataFrame:
    """Return every comparison with placebo that contrasts.csv holds, as printed.

    In the order of `chosen_studies` and of the table: ``study_id``, ``arm_id``, ``outcome``,
    ``outcome_kind`` (``responder`` or ``score``), ``week``, ``primary`` (``yes`` where the row is
    coded as the primary endpoint; where no row of the study is, of ``primary_outcome``),
    ``printed``,
    ``direction``, ``analysis_set``, ``publication``, ``confidence``, ``source_id``,
    ``source_kind``, ``notes`` and ``row`` (of contrasts.csv). The options are as in
    `chosen_studies`. Raises ValueError if `studies` is one text instead of several.

    >>> import atopic
    >>> frame = placebo_comparisons(atopic.load())
    >>> frame.loc[frame["primary"].eq("yes"), "printed"].to_list()
    ['called not significant', 'called not significant', 'P = 0.038']
    """
    chosen = chosen_studies(
        evidence,
        studies=studies,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
    )
    chosen = chosen[controlled_designs(chosen["design"])]
    arms = evidence.arms
    placebo = arms.loc[arms["role"].isin(CONTROLS), ["study_id", "arm_id"]]
    rows = evidence.contrasts.rename_axis("row").reset_index()
    rows = rows[rows["study_id"].isin(chosen["study_id"])]
    rows = rows.merge(placebo.rename(columns={"arm_id": "reference_arm_id"}))
    printed = printed_comparisons(evidence, rows).set_index("row")["printed"]
    kinds = evidence.instruments.drop_duplicates("outcome").set_index("outcome")["kind"]
    place = {study: number for number, study in enumerate(chosen["study_id"])}
    rows = rows.assign(
        printed=rows["row"].map(printed),
        primary=_is_primary(rows, chosen).map(_YES),
        outcome_kind=rows["outcome"].map(kinds.astype("str")),
        publication=rows["study_id"].map(chosen.set_index("study_id")["publication"].astype("str")),
        source_kind=rows["source_id"].map(
            evidence.sources.set_index("source_id")["kind"].astype("str")
        ),
        place=rows["study_id"].map(place),
    ).sort_values(["place", "row"])
    return rows[
        [
            *("study_id", "arm_id", "outcome", "outcome_kind", "week", "primary", "printed"),
            *("direction", "analysis_set", "publication", "confidence", "source_id"),
            *("source_kind", "notes", "row"),
        ]
    ].reset_index(drop=True)


def _is_primary(rows: pd.DataFrame, chosen: pd.DataFrame) -> pd.Series:
    """Say which comparisons are of the outcome that the trial was planned to decide by."""
    coded = rows["endpoint"].eq("primary")
    if "primary_outcome" not in chosen:
        return coded
    outcome = rows["study_id"].map(chosen.set_index("study_id")["primary_outcome"])
    uncoded = ~rows["study_id"].isin(rows.loc[coded, "study_id"])
    return coded | (uncoded & rows["outcome"].eq(outcome))


def _doses(active: pd.DataFrame) -> Iterable[str]:
    """Yield the dose of each active arm; of one that contains others only if no part is there."""
    parts = active[active["combined_arm"].ne("yes")]
    for arm in records((parts if len(parts) else active).sort_values("dose")):
        known = pd.notna(arm.dose) and pd.notna(arm.dose_unit)
        yield f"{arm.dose:g} {arm.dose_unit}" if known else "not known"


_YES = {True: "yes", False: "no"}

_UNNAMED = "primary endpoint not known"


def _result(study: object, rows: pd.DataFrame) -> str:
    """Return what is printed of the primary endpoint, or why there is nothing to return."""
    if not is_controlled_design(getattr(study, "design", "")):
        return f"no {control_group()}"
    if rows.empty:
        kinds = filter(None, [getattr(study, "control", "")])
        return f"no reported comparison with {control_word(*kinds)}"
    primary = rows[rows["primary"].eq("yes")]
    if len(primary):
        return f"primary endpoint {_said(primary)}"
    tested = rows[rows["outcome_kind"].eq("responder") & rows["printed"].str.startswith("P ")]
    return f"{_said(tested)}; {_UNNAMED}" if len(tested) else _UNNAMED


def _said(rows: pd.DataFrame) -> str:
    none = f"no {time_word()}"
    return "; ".join(
        f"{outcome_text(row.outcome)}, "
        f"{time_point(row.week) if pd.notna(row.week) else none}: {row.printed}"
        for row in records(rows)
    )


def _each(values: Iterable[object]) -> str:
    return "; ".join(dict.fromkeys(str(value) for value in values))
