"""Reductions: how far a severity score fell, in each arm and between arms, and how sure that is.

Evidence in, a tidy frame of estimates out. A change of a score is follow-up minus baseline, so of
a score of which lower is better a negative one is an improvement; it says nothing about the share
of patients who responded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from atopic.evidence.controls import is_controlled, with_controls
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.selection import as_names, as_whole_numbers, ordered, selected
from atopic.questions.asked import asked
from atopic.stats import changes

#: Arm, outcome and date, with what a label needs.
_ARM = [
    *("study_id", "arm_id", "outcome", "week", "week_basis", "analysis_set", "setting", "label"),
    *("agent", "dose", "dose_unit", "arm_role", "study_role", "combined_arm"),
    *("background_topicals", "statistic", "unit", "better", "n", "n_basis"),
]
_ESTIMATE = ["estimate", "lower", "upper", "se", "level", "method", "spread_used"]
_COLUMNS = [
    *(*_ARM, "basis", *_ESTIMATE, "spread_kind"),
    *("source_id", "source_kind", "n_source_id", "locator", "confidence", "row"),
]
#: What is read of each row.
_READ = [name for name in _ARM if name != "better"] + ["year", "value", "spread", "spread_kind"]
_READ += ["source_id", "n_source_id", "locator", "confidence", "row"]
_DIFFERENCE_COLUMNS = [
    *(*_ARM, "reference_arm_id", "n_reference", *_ESTIMATE, "df", "p_value"),
    *("source_id", "source_kind", "confidence", "row", "reference_row"),
]

#: How each arm's variance and the quantile are taken, the first being the one that is drawn.
_WAYS: tuple[tuple[Literal["welch", "pooled"], Literal["t", "normal"]], ...] = (
    ("welch", "t"),
    ("welch", "normal"),
    ("pooled", "t"),
)


@asked("scores")
@once
def score_reductions(
    evidence: Evidence,
    outcome: str | Iterable[str],
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
    assume: Literal["sd", "se"] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the change of a severity score in every arm that reports one.

    Parameters
    ----------
    outcome : str or iterable of str; a score, for example ``"SCORAD"`` or ``"EASI"``, or several.
    weeks, studies, exclude, controlled, include_benchmarks : as in
        `atopic.evidence.selection.selected`.
    assume : {"sd", "se"}; what to take a spread for that the source printed without a label. Never
        assumed unless asked; ``spread_used`` then says so (``assumed sd``).

    Returns
    -------
    DataFrame: one row an arm, by outcome as asked for and in the order of
        `atopic.evidence.selection.ordered`; printed means that are no changes are left out.
        ``estimate`` is the printed change in the unit of ``unit`` (points, percent or percent of
        body surface); ``better`` says which way is an improvement, ``lower`` or ``higher``;
        ``lower`` and ``upper`` are missing where no spread
        was printed, or one without a label and nothing is assumed. ``row`` is the row of
        scores.csv.

    Raises
    ------
    UsageError: for an outcome, study or week that there is not, with what there is.
    ValueError: for a level outside (0, 1) or an unknown assumption.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> easi = score_reductions(evidence, "EASI", studies=["kangstem-2019"], assume="sd")
    >>> easi[["arm_id", "estimate", "lower", "upper", "spread_used"]].round(2).values.tolist()[0]
    ['active', -10.54, -13.41, -7.67, 'assumed sd']
    """
    if assume not in (None, "sd", "se"):
        raise ValueError(f"assume must be 'sd' or 'se', not {assume!r}")
    outcomes = [outcome] if isinstance(outcome, str) else list(dict.fromkeys(outcome))
    weeks = as_whole_numbers("weeks", weeks)
    studies, exclude = as_names("studies", studies), as_names("exclude", exclude)
    frame = pd.concat(
        ordered(
            selected(
                evidence,
                "scores",
                one,
                weeks=weeks,
                studies=studies,
                exclude=exclude,
                controlled=controlled,
                include_benchmarks=include_benchmarks,
            )[_READ]
        )
        # Of no outcome there are no rows, but the columns of any.
        for one in outcomes or [""]
    )
    frame = frame[~frame["statistic"].eq("mean")].reset_index(drop=True)
    kinds = frame["spread_kind"].astype("str")
    known = kinds.isin(["sd", "se"]) | (kinds.eq("unlabelled") & (assume is not None))
    usable = known & frame["n"].ge(2).fillna(False).astype(bool)
    change = changes.from_spread(
        frame.loc[usable, "value"],
        frame.loc[usable, "spread"],
        frame.loc[usable, "n"].astype("float64"),
        kind=kinds[usable].to_numpy(dtype=str),
        assume=assume,
        level=level,
    )
    found = pd.DataFrame(
        {
            "se": change.se,
            "lower": change.lower,
            "upper": change.upper,
            "method": change.method,
            "spread_used": change.spread.astype(object),
        },
        index=frame.index[usable],
    ).reindex(frame.index)
    result = frame.assign(
        estimate=frame["value"],
        basis="printed",
        level=level,
        source_kind=frame["source_id"].map(evidence.sources.set_index("source_id")["kind"]),
        better=[
            "lower" if lower_is_better(evidence.instruments, one) else "higher"
            for one in frame["outcome"]
        ],
    ).join(found)
    result["method"] = result["method"].fillna("none")
    result["spread_used"] = result["spread_used"].fillna("none")
    return result[_COLUMNS]


def reduction_differences(
    reductions: pd.DataFrame,
    *,
    variance: Literal["welch", "pooled"] = "welch",
    quantile: Literal["t", "normal"] = "t",
) -> pd.DataFrame:
    """Return the difference of each active arm from the placebo arm of its own trial.

    Parameters
    ----------
    reductions : from `score_reductions`; its level is kept.
    variance : {"welch", "pooled"}; whether each arm keeps its own variance.
    quantile : {"t", "normal"}; Student's t with the degrees of freedom of `variance`, or the normal
        quantile.

    Returns
    -------
    DataFrame: one row an active arm of a placebo-controlled period, same outcome, week, analysis
        set, statistic and unit on both sides. ``estimate`` is active minus placebo in the unit of
        ``unit``: one toward ``better`` favours the active arm. Where a side has no interval,
        neither has the difference. ``row`` and ``reference_row`` are rows of scores.csv.

    Raises
    ------
    ValueError: if an option is unknown.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> arms = score_reductions(evidence, "EASI", studies=["kangstem-2019"], assume="sd")
    >>> found = reduction_differences(arms, quantile="normal")
    >>> found[["estimate", "lower", "upper"]].round(2).values.tolist()
    [[-4.35, -8.37, -0.32]]
    """
    controlled = reductions[is_controlled(reductions)]
    same = ["study_id", "outcome", "week", "analysis_set", "statistic", "unit"]
    wanted = ["arm_id", "n", "n_basis", "estimate", "se", "spread_used", "row"]
    pairs = with_controls(controlled, same, wanted).rename(
        columns={f"{name}_of_reference": f"{name}_reference" for name in wanted}
    )
    level = float(pairs["level"].iloc[0]) if len(pairs) else 0.95
    both = pairs["se"].notna() & pairs["se_reference"].notna()
    measured = pairs[both]
    # An empty selection still asks, so that a wrong option is refused whatever the data.
    difference = changes.difference(
        _change(measured, "", level),
        _change(measured, "_reference", level),
        variance=variance,
        quantile=quantile,
        level=level,
    )
    found = pd.DataFrame(
        {
            "se": difference.se,
            "lower": difference.lower,
            "upper": difference.upper,
            "df": difference.df,
            "p_value": difference.p_value,
        },
        index=measured.index,
    ).reindex(pairs.index)
    result = pairs.drop(columns=["se", "lower", "upper"]).join(found)
    result["estimate"] = result["estimate"] - result["estimate_reference"]
    result["method"] = np.where(both, f"{variance}, {quantile} quantile", "none")
    # The size of the pair is as sure as the less sure of its two.
    result["n_basis"] = result["n_basis"].mask(
        result["n_basis_reference"].eq("inferred"), result["n_basis_reference"]
    )
    renamed = {"arm_id_reference": "reference_arm_id", "row_reference": "reference_row"}
    return result.rename(columns=renamed)[_DIFFERENCE_COLUMNS]


def differences_by_method(reductions: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of `reduction_differences` in each of its usual ways.

    As from `reduction_differences`: by arm, Welch with t, Welch with the normal quantile, and
    pooled variance with t; a single row where there is no interval. `reductions` is from
    `score_reductions`.

    >>> import atopic
    >>> arms = score_reductions(atopic.load(), "EASI", studies=["kangstem-2019"], assume="sd")
    >>> differences_by_method(arms)[["method", "lower", "upper"]].round(2).values.tolist()[0]
    ['welch, t quantile', -8.4, -0.29]
    """
    found = pd.concat(
        reduction_differences(reductions, variance=variance, quantile=quantile)
        for variance, quantile in _WAYS
    )
    return found.drop_duplicates(["row", "method"]).sort_index(kind="stable").reset_index(drop=True)


@asked()
def minimal_important_changes(evidence: Evidence, outcome: str | Iterable[str]) -> pd.DataFrame:
    """Return the smallest changes of a score that matter to a patient, as far as retrieved.

    Parameters
    ----------
    outcome : str or iterable of str; a score, or several.

    Returns
    -------
    DataFrame: one row an outcome, group of ``patients`` (blank for all) and ``unit`` (percent or
        points): ``printed``, the ``least`` and ``most`` of the improvements named there, ``notes``,
        ``source_id`` and ``row`` (of instruments.csv).

    Examples
    --------
    >>> import atopic
    >>> found = minimal_important_changes(atopic.load(), "EASI")
    >>> found[["unit", "printed", "least", "most"]].values.tolist()
    [['percent', '50', 50.0, 50.0], ['points', '14.0 or 14.9', 14.0, 14.9]]
    """
    names = ["outcome", "patients", "unit", "printed", "least", "most", "notes", "source_id", "row"]
    outcomes = [outcome] if isinstance(outcome, str) else list(outcome)
    table = evidence.instruments
    known = table[table["outcome"].isin(outcomes) & table["minimal_important_change"].notna()]
    found = []
    for row in records(known):
        for part in row.minimal_important_change.split(";"):
            kind, _, printed = part.partition("=")
            patients, _, unit = kind.rpartition("-")
            numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", printed)]
            words = printed.replace("|", " or ").replace("-", " to ")
            notes = row.notes if pd.notna(row.notes) else ""
            place = (notes, row.source_id, row.Index)
            found.append((row.outcome, patients, unit, words, min(numbers), max(numbers), *place))
    return pd.DataFrame(found, columns=names)


def _change(pairs: pd.DataFrame, side: str, level: float) -> changes.Change:
    return changes.Change.from_se(
        pairs[f"estimate{side}"].to_numpy("float64"),
        pairs[f"se{side}"].to_numpy("float64"),
        pairs[f"n{side}"].to_numpy("float64"),
        spread=pairs[f"spread_used{side}"].to_numpy(dtype=str),
        level=level,
    )
