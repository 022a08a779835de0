"""Which rows of the evidence answer a question, in which setting, and what to say if none does."""

from collections.abc import Iterable
from numbers import Integral

import numpy as np
import pandas as pd

from atopic.errors import did_you_mean
from atopic.evidence.folder import Evidence

__all__ = [
    "SETTINGS",
    "as_names",
    "as_study",
    "as_whole_numbers",
    "of_studies",
    "ordered",
    "selected",
    "selection_note",
]

#: What a result can and cannot say, from the strongest setting to the weakest.
SETTINGS = {
    "controlled": "Placebo-controlled period",
    "uncontrolled": "No control group",
    "best-response": "Best response over one or two treatment cycles, no control group",
    "follow-up": "Follow-up of those who were still seen, no control group",
    "after-crossover": "After the placebo arm was treated too: no control group left",
    "maintained": "Response kept among earlier responders",
    "pooled": "Pooled from other trials",
}


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
    include_benchmarks: bool = False,
) -> pd.DataFrame:
    """Return the rows of a table of outcomes that answer a question.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    table : {"responses", "scores"}
        The table.
    outcome : str
        An outcome of instruments.csv.
    weeks : iterable of int, optional
        Weeks after the first dose; none given means every week. A result whose week differs
        between patients belongs to no week and is always kept.
    studies : iterable of str, optional
        Study ids; none given means every cell-therapy study.
    include_benchmarks : bool, optional
        Whether drug and placebo benchmark trials are added when no study is named.

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
    kept = _of_studies(every, studies, include_benchmarks) & every["outcome"].eq(outcome)
    if weeks:
        kept &= every["week"].isin(weeks) | every["week"].isna()
    return every[kept]


def of_studies(
    evidence: Evidence, table: str, studies: Iterable[str], *, include_benchmarks: bool
) -> pd.DataFrame:
    """Return the rows of the studies that are named, or else of every cell-therapy study.

    With what a reader needs of their arm and study, and ``row``, the spreadsheet row. Raises
    ValueError if `studies` is one text instead of several.
    """
    every = _every_row(evidence, table)
    return every[_of_studies(every, studies, include_benchmarks)]


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order in which they are read.

    Parameters
    ----------
    frame : DataFrame
        From `selected`, perhaps with further columns.

    Returns
    -------
    DataFrame
        Cell therapy before benchmarks, then by `SETTINGS`, year, study and week; placebo last
        within a trial, a combined arm before its parts, higher doses first; renumbered.

    Examples
    --------
    >>> import atopic
    >>> frame = ordered(selected(atopic.load(), "responses", "EASI-75", weeks=[16]))
    >>> frame["arm_role"].to_list()
    ['experimental', 'placebo']
    """
    columns: dict[str, pd.Series] = {
        "study_role": frame["study_role"].map({"evidence": 0, "benchmark": 1}).astype("float64"),
        "setting": frame["setting"].map({name: i for i, name in enumerate(SETTINGS)}),
        "year": frame["year"].astype("float64"),
        "study_id": frame["study_id"],
        "week": frame["week"].astype("float64"),
        "placebo": frame["arm_role"].eq("placebo"),
        "part": ~frame["combined_arm"].eq("yes"),
        "dose": -frame["dose"],
    }
    keys = {name: column.reset_index(drop=True) for name, column in columns.items()}
    order = pd.DataFrame(keys).sort_values(list(keys)).index
    return frame.iloc[order].reset_index(drop=True)


def selection_note(
    evidence: Evidence,
    table: str,
    outcome: str,
    *,
    weeks: Iterable[int] = (),
    studies: Iterable[str] = (),
    include_benchmarks: bool = False,
) -> str:
    """Say in words what was asked for and is not there, and what exists instead.

    Parameters
    ----------
    evidence, table, outcome, weeks, studies, include_benchmarks
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
    weeks, studies = as_whole_numbers("weeks", weeks), as_names("studies", studies)
    kind = "study" if include_benchmarks else "cell-therapy study"
    known = set(evidence.studies["study_id"])
    sentences = [
        f"There is no study {study!r}{did_you_mean(study, known)}; see studies.csv for the ids."
        for study in studies
        if study not in known
    ]
    outcomes = sorted(evidence.table(table)["outcome"].unique())
    if outcome not in outcomes:
        near = did_you_mean(outcome, outcomes)
        there = f"outcomes of {table}: {_listed(outcomes)}"
        return " ".join([*sentences, f"No study reports {outcome!r}{near}; {there}."])
    chosen = [study for study in studies if study in known]
    every = selected(
        evidence, table, outcome, studies=studies, include_benchmarks=include_benchmarks
    )
    if every.empty:
        anywhere = selected(evidence, table, outcome, include_benchmarks=True)
        reporting = _listed(sorted(anywhere["study_id"].unique()))
        if studies:
            asked = _listed(chosen) if chosen else "The studies asked for"
            verb = "does" if len(chosen) == 1 else "do"
            sentences.append(f"{asked} {verb} not report {outcome}; studies that do: {reporting}.")
        else:
            sentences.append(
                f"No {kind} reports {outcome}; benchmark trials that do: {reporting} "
                f"(include_benchmarks = True shows them)."
            )
        return " ".join(sentences)
    reported = sorted(int(week) for week in every["week"].dropna().unique())
    absent = [week for week in weeks if week not in reported]
    if absent:
        asked = f"week {absent[0]}" if len(absent) == 1 else f"weeks {_listed(absent)}"
        there = f"weeks reported: {_listed(reported)}" if reported else "no week is printed for it"
        sentences.append(f"No study here reports {outcome} at {asked}; {there}.")
    silent = [study for study in chosen if study not in set(every["study_id"])]
    if silent:
        verb = "does" if len(silent) == 1 else "do"
        sentences.append(f"{_listed(silent)} {verb} not report {outcome}.")
    return " ".join(sentences)


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
        raise ValueError(f"study must be one study id, such as 'kim-2017', not {study!r}")
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
        evidence._answers[key] = frame.assign(setting=_setting(frame))
    every: pd.DataFrame = evidence._answers[key]
    return every


def _of_studies(every: pd.DataFrame, studies: Iterable[str], include_benchmarks: bool) -> pd.Series:
    """Say which rows are of studies that are named, or else of every cell-therapy study."""
    if studies := as_names("studies", studies):
        return every["study_id"].isin(studies)
    if include_benchmarks:
        return pd.Series(True, index=every.index)
    return every["study_role"].eq("evidence")


def _setting(frame: pd.DataFrame) -> pd.Series:
    """Return for each row which of `SETTINGS` it belongs to; the first that applies decides."""
    sets = frame["analysis_set"].astype("str")
    setting = np.select(
        [
            sets.eq("pooled"),
            sets.eq("best-response"),
            sets.eq("after-crossover"),
            sets.eq("randomised-withdrawal") | frame["outcome"].str.endswith("-maintained"),
            _controlled(frame),
            frame["studies.design"].eq("follow-up"),
        ],
        ["pooled", "best-response", "after-crossover", "maintained", "controlled", "follow-up"],
        default="uncontrolled",
    )
    return pd.Series(setting, index=frame.index, dtype="str")


def _controlled(frame: pd.DataFrame) -> pd.Series:
    """Say which rows are from a placebo-controlled period; scores.csv says it by the design."""
    if "controlled" in frame:
        return frame["controlled"].eq("yes")
    return frame["studies.design"].eq("randomised-placebo")


def _listed(items: Iterable[object]) -> str:
    """Return items as words: "12, 16 and 24"."""
    *most, last = [str(item) for item in items] or ["none"]
    return f"{', '.join(most)} and {last}" if most else last
