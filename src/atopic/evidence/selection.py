"""Which rows of the evidence answer a question, in which setting, and what to say if none does."""

import math
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from atopic.errors import did_you_mean
from atopic.evidence.controls import (
    CONTROLLED,
    control_kinds,
    controlled_designs,
    is_control,
    row_settings,
)
from atopic.evidence.folder import Evidence
from atopic.evidence.unknown_names import unknown_names
from atopic.review import controlled_word, in_words, time_word, with_article

#: What a result can and cannot say, from the strongest setting to the weakest.
SETTINGS = {
    "controlled": "{Controlled} period",
    "sham-controlled": "Sham-controlled period",
    "active-controlled": "Compared with another treatment",
    "usual-care-controlled": "Compared with usual care",
    "waiting-list-controlled": "Compared with a waiting list",
    "no-treatment-controlled": "Compared with no treatment",
    "otherwise-controlled": "Compared with a control group",
    "uncontrolled": "No control group",
    "best-response": "Best response over one or two treatment cycles, no control group",
    "follow-up": "Follow-up of those who were still seen, no control group",
    "after-crossover": "After the {control_group} was treated too: no control group left",
    "maintained": "Response kept among earlier responders",
    "pooled": "Pooled from other trials",
}


def setting_words(setting: object) -> str:
    """Return what a result of a setting can and cannot say; the heading that it stands under.

    >>> setting_words("controlled"), setting_words("uncontrolled")
    ('Placebo-controlled period', 'No control group')
    """
    return in_words(SETTINGS[str(setting)])


_PLACES = {name: place for place, name in enumerate(SETTINGS)}
_ROLES = {"evidence": 0, "benchmark": 1}

#: Columns that a row is given of its arm and study, by their names here.
_SHORT = {
    "arms.role": "arm_role",
    "arms.label": "label",
    "arms.agent": "agent",
    "arms.combined_arm": "combined_arm",
    "arms.background_topicals": "background_topicals",
    "arms.dose": "dose",
    "arms.dose_unit": "dose_unit",
    "studies.role": "study_role",
    "studies.year": "year",
}


def selected(
    evidence: Evidence,
    table: str,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
    columns: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the rows of a table of outcomes that answer a question.

    Parameters
    ----------
    outcome : str
        An outcome of instruments.csv.
    weeks : iterable of int, optional
        Weeks after the first dose; none given means every week. A result whose week differs
        between patients belongs to no week and is always kept.
    studies : iterable of str, optional
        Study ids; none given means every cell-therapy study.
    exclude : iterable of str, optional
        Ids of studies to leave out.
    controlled : bool, optional
        Whether only results of periods with a control group are kept.
    include_benchmarks : bool, optional
        Whether drug and placebo benchmark trials are added when no study is named.
    columns : iterable of str, optional
        The columns that are wanted; each of them takes time. None means all.

    Returns
    -------
    DataFrame
        The columns of the table, those of its arm and study that a reader needs, ``setting`` (one
        of `SETTINGS`) and ``row``, the spreadsheet row. Empty if nothing matches.

    Raises
    ------
    ValueError
        If a week is not a whole number, or `studies` is one text instead of several.

    Examples
    --------
    >>> import atopic
    >>> frame = selected(atopic.load(), "scores", "SCORAD")
    >>> frame[["study_id", "value", "setting"]].values.tolist()
    [['kim-2017', -50.0, 'uncontrolled']]
    """
    weeks = as_whole_numbers("weeks", weeks)
    every = _with_settings(evidence, table)
    kept = _of_studies(every, studies, exclude, include_benchmarks)
    kept &= every["outcome"].eq(outcome)
    if controlled:
        kept &= every["setting"].isin(CONTROLLED)
    if weeks:
        kept &= every["week"].isin(weeks) | every["week"].isna()
    return _taken(every if columns is None else every[list(columns)], kept)


def of_studies(
    evidence: Evidence,
    table: str,
    studies: Iterable[str],
    *,
    exclude: Iterable[str] = (),
    include_benchmarks: bool,
) -> pd.DataFrame:
    """Return the rows of the studies that are named, or else of every cell-therapy study.

    With what a reader needs of their arm and study, and ``row``, the spreadsheet row. Raises
    ValueError if `studies` is one text instead of several.
    """
    every = _every_row(evidence, table)
    return _taken(every, _of_studies(every, studies, exclude, include_benchmarks))


def _taken(every: pd.DataFrame, kept: "pd.Series[bool]") -> pd.DataFrame:
    """Return rows of their own: all of them pandas would share with the frame they are of."""
    return every.copy() if kept.all() else every[kept]


def of_choice(
    evidence: Evidence,
    study_ids: pd.Series,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
) -> pd.Series:
    """Say which rows of a table are of studies that are asked for, by the study of each row.

    Parameters
    ----------
    study_ids : Series
        Study ids; of what belongs to no study blank, which only `studies` and `controlled` drop.
    studies, exclude
        As for `selected`; none of `studies` means all.
    controlled : bool, optional
        Whether only trials with a control group are kept.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> ids = pd.Series(["kim-2017", "kangstem-2019", None])
    >>> of_choice(evidence, ids, exclude=["kim-2017"]).to_list()
    [False, True, True]
    >>> of_choice(evidence, ids, controlled=True).to_list()
    [False, True, False]
    """
    kept = ~study_ids.isin(as_names("exclude", exclude))
    if wanted := as_names("studies", studies):
        kept &= study_ids.isin(wanted)
    if controlled:
        known = evidence.studies
        trials = known.loc[controlled_designs(known["design"]), "study_id"]
        kept &= study_ids.isin(trials)
    return kept


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order in which they are read.

    Parameters
    ----------
    frame : DataFrame
        From `selected`, perhaps with further columns.

    Returns
    -------
    DataFrame
        Cell therapy before benchmarks, then by `SETTINGS`, year, study and week; the control
        last within a trial, a combined arm before its parts, higher doses first; renumbered.

    Examples
    --------
    >>> import atopic
    >>> frame = ordered(selected(atopic.load(), "responses", "EASI-75", weeks=[16]))
    >>> frame["arm_role"].to_list()
    ['experimental', 'placebo']
    """
    names = ["study_role", "setting", "year", "study_id", "week", "combined_arm", "dose"]
    keys = [
        (
            *(_ROLES.get(role, math.inf), _PLACES.get(setting, math.inf), _or_last(year), study),
            *(_or_last(week), control, combined != "yes", _or_last(-dose)),
        )
        for control, (role, setting, year, study, week, combined, dose) in zip(
            is_control(frame), zip(*(frame[name] for name in names), strict=True), strict=True
        )
    ]
    found = frame.iloc[sorted(range(len(keys)), key=keys.__getitem__)]
    found.index = pd.RangeIndex(len(found))
    return found


def selection_note(
    evidence: Evidence,
    table: str,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> str:
    """Say in words what was asked for and is not there, and what exists instead.

    Parameters
    ----------
    evidence, table, outcome, weeks, studies, exclude, controlled, include_benchmarks
        As for `selected`.

    Returns
    -------
    str
        One or more sentences; empty if everything asked for was found.

    Examples
    --------
    >>> import atopic
    >>> selection_note(atopic.load(), "responses", "EASI-50", weeks=[12, 13])
    'No study here reports EASI-50 at week 13; weeks reported: 12, 16, 24, 52, 104 and 156.'
    """
    studies = as_names("studies", studies)
    choice: dict[str, Any] = {
        "studies": studies,
        "exclude": as_names("exclude", exclude),
        "controlled": controlled,
        "include_benchmarks": include_benchmarks,
    }
    known = set(evidence.studies["study_id"])
    sentences = list(filter(None, [unknown_names(evidence, [*studies, *choice["exclude"]])]))
    if fault := selection_fault(evidence, table, outcome, weeks=weeks, **choice):
        sentences.append(fault)
    every = selected(evidence, table, outcome, **choice, columns=["study_id"])
    chosen = [study for study in studies if study in known and study not in choice["exclude"]]
    silent = [study for study in chosen if study not in set(every["study_id"])]
    if silent and not every.empty:
        verb = "does" if len(silent) == 1 else "do"
        sentences.append(f"{_listed(silent)} {verb} not report {outcome}.")
    return " ".join(sentences)


def selection_fault(
    evidence: Evidence,
    table: str,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> str:
    """Say in words which outcome or week has no rows, and what exists instead.

    As `selection_note`, but silent on studies that are not known, and on one of several studies
    that does not report the outcome.
    """
    weeks, studies = as_whole_numbers("weeks", weeks), as_names("studies", studies)
    outcomes = sorted(evidence.table(table)["outcome"].unique())
    if outcome not in outcomes:
        return unknown_names(evidence, outcomes=[outcome], table=table)
    choice: dict[str, Any] = {"exclude": as_names("exclude", exclude), "controlled": controlled}
    choice["include_benchmarks"] = include_benchmarks
    every = selected(evidence, table, outcome, studies=studies, **choice, columns=["week"])
    if every.empty:
        return _nobody(evidence, table, outcome, studies, choice)
    reported = sorted(int(week) for week in every["week"].dropna().unique())
    absent = [week for week in weeks if week not in reported]
    if not absent:
        return ""
    asked = f"{time_word(len(absent))} {_listed(absent)}"
    there = (
        f"{time_word(2)} reported: {_listed(reported)}"
        if reported
        else f"no {time_word()} is printed for it"
    )
    return f"No study here reports {outcome} at {asked}; {there}."


def _nobody(
    evidence: Evidence, table: str, outcome: str, studies: list[str], choice: dict[str, Any]
) -> str:
    """Say that no study of a choice reports an outcome that others do."""
    anywhere = selected(evidence, table, outcome, include_benchmarks=True)
    known = set(evidence.studies["study_id"])
    kind = (
        "study" if choice["include_benchmarks"] else f"study of {evidence.review.words.treatment}"
    )
    if studies:
        chosen = [study for study in studies if study in known]
        asked = _listed(chosen) if chosen else "The studies asked for"
        verb = "does" if len(chosen) == 1 else "do"
        said = f"{asked} {verb} not report {outcome}"
    else:
        said = f"No {kind} reports {outcome}"
    if choice["controlled"]:
        return (
            f"{said} in {with_article(controlled_word())} period (controlled = True asks for one)."
        )
    if choice["exclude"]:
        return f"{said} but those left out: {_listed(choice['exclude'])}."
    reporting = _listed(sorted(anywhere["study_id"].unique()))
    if studies:
        return f"{said}; studies that do: {reporting}."
    return f"{said}; benchmark trials that do: {reporting} (include_benchmarks = True shows them)."


def as_whole_numbers(name: str, values: Iterable[int], *, least: int | None = None) -> list[int]:
    """Return an argument that lists whole numbers, such as weeks, each once; refuse what is none.

    >>> as_whole_numbers("weeks", [12, 16, 12])
    [12, 16]
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a list of whole numbers, such as [12], not {values!r}")
    for value in (found := list(dict.fromkeys(values))):
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or (least is not None and value < least):
            limit = "" if least is None else f" of at least {least}"
            raise ValueError(f"{name} must be whole numbers{limit}, not {value!r}")
    return [int(value) for value in found]


def as_names(name: str, values: Iterable[str], known: Iterable[str] | None = None) -> list[str]:
    """Return an argument that lists ids or names, each once; refuse one text and unknown names.

    >>> as_names("studies", ["kim-2017", "ra-2011"])
    ['kim-2017', 'ra-2011']
    """
    if isinstance(values, str):
        raise ValueError(f"{name} must be a list, such as [{values!r}], not one text")
    if not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a list of texts, not {values!r}")
    words = None if known is None else list(known)
    for value in (found := list(dict.fromkeys(values))):
        if not isinstance(value, str):
            raise ValueError(f"{name} must be texts, not {value!r}")
        if words is not None and value not in words:
            near = did_you_mean(value, words)
            raise ValueError(f"{name} must be among {', '.join(words)}, not {value!r}{near}")
    return found


def as_study(study: str) -> str:
    """Return a study id; refuse a list of them."""
    if not isinstance(study, str):
        raise ValueError(f"study must be one study id, such as 'author-2020', not {study!r}")
    return study


def _every_row(evidence: Evidence, table: str) -> pd.DataFrame:
    """Return a table with what readers need of arms and studies: to take rows of, not to alter."""
    key = (__name__, "every row", table)
    if key not in evidence._answers:
        frame = evidence._once_joined(table, "arms", "studies")
        evidence._answers[key] = frame.assign(row=frame.index).rename(columns=_SHORT)
    every: pd.DataFrame = evidence._answers[key]
    return every


def _with_settings(evidence: Evidence, table: str) -> pd.DataFrame:
    """Return the same, with the setting of each row."""
    key = (__name__, "with settings", table)
    if key not in evidence._answers:
        frame = _every_row(evidence, table)
        kinds = control_kinds(evidence.arms, evidence.studies)
        evidence._answers[key] = frame.assign(setting=_setting(frame, kinds))
    every: pd.DataFrame = evidence._answers[key]
    return every


def _of_studies(
    every: pd.DataFrame,
    studies: Iterable[str],
    exclude: Iterable[str],
    include_benchmarks: bool,
) -> pd.Series:
    """Say which rows are of studies that are named, or else of every cell-therapy study."""
    kept = pd.Series(True, index=every.index)
    if studies := as_names("studies", studies):
        kept = every["study_id"].isin(studies)
    elif not include_benchmarks:
        kept = every["study_role"].eq("evidence")
    if exclude := as_names("exclude", exclude):
        kept &= ~every["study_id"].isin(exclude)
    return kept


def _setting(frame: pd.DataFrame, kinds: pd.Series) -> pd.Series:
    """Return for each row which of `SETTINGS` it belongs to; the first that applies decides."""
    sets = frame["analysis_set"].astype("str")
    controlled = row_settings(frame, kinds)
    setting = np.select(
        [
            sets.eq("pooled"),
            sets.eq("best-response"),
            sets.eq("after-crossover"),
            sets.eq("randomised-withdrawal") | frame["outcome"].str.endswith("-maintained"),
            controlled.ne(""),
            frame["studies.design"].eq("follow-up"),
        ],
        ["pooled", "best-response", "after-crossover", "maintained", controlled, "follow-up"],
        default="uncontrolled",
    )
    return pd.Series(setting, index=frame.index, dtype="str")


def _or_last(number: Any) -> float:
    """Return a number to sort by; one that is blank comes last."""
    return math.inf if pd.isna(number) else float(number)


def _listed(items: Iterable[object]) -> str:
    """Return items as words: "12, 16 and 24"."""
    *most, last = [str(item) for item in items] or ["none"]
    return f"{', '.join(most)} and {last}" if most else last
