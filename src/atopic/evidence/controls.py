"""Which arm is the control of which arm, and of what kind.

An inert control comes first: where a trial has one, every other arm is compared with it. Where it
has none, the arms whose role is experimental are compared with its active comparator. Each kind of
control is a setting of its own, since what a treatment adds to a placebo is no answer to what it
adds to usual care or to another treatment.
"""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from atopic.review import CONTROL_KINDS

#: Kind of a control that is a treatment.
ACTIVE = "active"
#: Roles of arms that are inert controls, from the strongest, and how a reader calls such a group.
CONTROLS = {kind: words for kind, words in CONTROL_KINDS.items() if kind != ACTIVE}
_COMPARATOR = "active-comparator"

#: The setting of a result of each kind of control; only that of placebo is called after none.
_SETTINGS = {kind: f"{kind}-controlled" for kind in (*CONTROLS, ACTIVE)}
_SETTINGS |= {"placebo": "controlled", "other-control": "otherwise-controlled"}
#: Settings in which there is a control group.
CONTROLLED = tuple(_SETTINGS.values())
_KINDS = {setting: kind for kind, setting in _SETTINGS.items()}
#: Role and setting of a control that is a treatment.
_ACTIVE_CONTROL = {(_COMPARATOR, _SETTINGS[ACTIVE])}

#: Designs of questions on certainty that compare with a control group, one a kind.
COMPARED = tuple(f"randomised-{kind}" for kind in (*CONTROLS, ACTIVE))

_RANDOMISED = re.compile(r"(?<!non-)randomi[sz]ed|(^|-)controlled$")
#: Randomised, but not between a treatment and a control.
_OTHERWISE = re.compile(r"-(dose|withdrawal)$")


def controlled_designs(designs: pd.Series) -> "pd.Series[bool]":
    """Say which designs compare a treatment with a control group, as `is_controlled_design`.

    >>> words = ["randomised-placebo", "cluster-randomised", "controlled", "active-controlled"]
    >>> controlled_designs(pd.Series([*words, "randomised-dose", "single-arm", None])).to_list()
    [True, True, True, True, False, False, False]
    """
    return designs.map(is_controlled_design, na_action="ignore").eq(True).fillna(value=False)


def is_controlled_design(design: object) -> bool:
    """Say whether a word of studies.csv compares a treatment with a control group.

    The words are open: what is randomised or calls itself controlled is, but trials of doses alone
    and of withdrawal are not.

    >>> is_controlled_design("cluster-randomised"), is_controlled_design("randomised-dose")
    (True, False)
    """
    word = str(design)
    return bool(_RANDOMISED.search(word)) and not _OTHERWISE.search(word)


def is_randomised(design: object) -> bool:
    """Say whether a word of studies.csv says that patients were assigned at random.

    >>> [is_randomised(one) for one in ("randomised-dose", "controlled", "non-randomised-sham")]
    [True, False, False]
    """
    return re.search(r"(?<!non-)randomi[sz]ed", str(design)) is not None


def control_kind(roles: Iterable[str], design: object) -> str:
    """Return of what kind the control group is of a study with arms of these roles.

    The word of the design counts where no arm is an inert control, as in ``randomised-sham`` or
    ``active-controlled``. Empty where there is no control group.

    >>> control_kind(["experimental", "active-comparator"], "randomised-dose")
    'active'
    >>> control_kind(["experimental"], "randomised-sham"), control_kind(["experimental"], None)
    ('sham', '')
    """
    held = set(roles)
    for kind in CONTROLS:
        if kind in held:
            return kind
    named = kind_of_design(design)
    return named or (ACTIVE if {"experimental", _COMPARATOR} <= held else "")


def kind_of_design(design: object) -> str:
    """Return which kind of control a word of studies.csv names; empty if none.

    >>> kind_of_design("randomised-usual-care"), kind_of_design("randomised-controlled")
    ('usual-care', '')
    """
    word = str(design).removesuffix("-controlled").rpartition("randomised-")[2]
    return word if word in _SETTINGS else ""


def control_kinds(arms: pd.DataFrame, studies: pd.DataFrame) -> pd.Series:
    """Return of what kind the control group of each study is, by the id of the study.

    Parameters
    ----------
    arms : DataFrame
        With ``study_id`` and ``role``.
    studies : DataFrame
        With ``study_id`` and ``design``.

    Returns
    -------
    Series of str: a word of `CONTROLS`, `ACTIVE`, or empty where there is no control group.

    Examples
    --------
    >>> arms = pd.DataFrame({"study_id": ["a", "a", "b", "b"], "role": ["experimental", "sham",
    ...                      "experimental", "active-comparator"]})
    >>> studies = pd.DataFrame({"study_id": ["a", "b", "c"], "design": ["randomised-sham",
    ...                         "randomised-active", "single-arm"]})
    >>> control_kinds(arms, studies).to_dict()
    {'a': 'sham', 'b': 'active', 'c': ''}
    """
    roles: dict[str, set[str]] = {}
    for study, role in zip(arms["study_id"], arms["role"].astype(str), strict=True):
        roles.setdefault(study, set()).add(role)
    designs = studies.drop_duplicates("study_id").set_index("study_id")["design"]
    kinds = [control_kind(roles.get(str(study), ()), design) for study, design in designs.items()]
    return pd.Series(kinds, index=designs.index, dtype="object")


def kind_of(setting: object) -> str:
    """Return of what kind the control group is in a setting; empty where there is none.

    >>> kind_of("controlled"), kind_of("active-controlled"), kind_of("uncontrolled")
    ('placebo', 'active', '')
    """
    return _KINDS.get(str(setting), "")


def kinds_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return of what kinds the control groups of some results are, each once.

    `rows` has ``control``, the kind beside each, or ``setting``; those without a control group add
    none, nor does a frame without both columns.

    >>> kinds_of(pd.DataFrame({"setting": ["uncontrolled", "controlled", "active-controlled"]}))
    ('active', 'placebo')
    """
    if "control" in rows:
        kinds = rows["control"]
    elif "setting" in rows:
        kinds = rows["setting"].map(kind_of)
    else:
        return ()
    return tuple(sorted(set(kinds.dropna().astype(str)) - {""}))


def setting_of(kind: str) -> str:
    """Return the setting of results beside a control of a kind.

    >>> setting_of("placebo"), setting_of("sham")
    ('controlled', 'sham-controlled')
    """
    return _SETTINGS[kind]


def is_controlled(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Say which results are of a period with a control group, of whatever kind.

    >>> is_controlled(pd.DataFrame({"setting": ["sham-controlled", "follow-up"]})).to_list()
    [True, False]
    """
    return rows["setting"].isin(CONTROLLED)


def is_control(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Say which results are of the control group of their trial.

    `rows` has ``arm_role`` and ``setting``, as `atopic.evidence.selection.selected` gives them.

    >>> rows = pd.DataFrame({"arm_role": ["sham", "active-comparator", "active-comparator"],
    ...                      "setting": ["sham-controlled", "active-controlled", "controlled"]})
    >>> is_control(rows).to_list()
    [True, True, False]
    """
    arms = map(_is_control, rows["setting"], rows["arm_role"])
    return pd.Series(list(arms), index=rows.index, dtype="bool")


def is_control_arm(row: Any) -> bool:
    """Say it of one row, as `is_control`."""
    return _is_control(row.setting, row.arm_role)


def _is_control(setting: Any, role: Any) -> bool:
    return role in CONTROLS or (role, setting) in _ACTIVE_CONTROL


def with_controls(rows: pd.DataFrame, keys: Iterable[str], columns: Iterable[str]) -> pd.DataFrame:
    """Return each treated arm beside the control group of its trial.

    Parameters
    ----------
    rows : DataFrame
        As for `is_control`, of controlled settings.
    keys : iterable of str
        What both must have in common, such as the study, the outcome and the week.
    columns : iterable of str
        Columns of the control that are kept, with ``_of_reference`` after their names.

    Returns
    -------
    DataFrame
        One row a treated arm and control arm, with ``control``, the kind of the control. Of a trial
        with controls of several kinds only the strongest is one.

    Examples
    --------
    >>> rows = pd.DataFrame({"study_id": "a", "arm_id": ["new", "sham", "usual"],
    ...     "arm_role": ["experimental", "sham", "usual-care"], "setting": "sham-controlled"})
    >>> with_controls(rows, ["study_id"], ["arm_id"])[["arm_id", "arm_id_of_reference"]].values
    array([['new', 'sham']], dtype=object)
    """
    keys = list(keys)
    control = is_control(rows)
    kinds = rows["setting"].map(kind_of)
    held = rows.loc[control, list(dict.fromkeys([*keys, *columns, "arm_role"]))]
    places = {kind: place for place, kind in enumerate((*CONTROLS, _COMPARATOR))}
    strength = pd.Series([places[role] for role in held["arm_role"]], held.index, dtype="int64")
    if len(set(strength)) > 1:
        trials = strength.groupby([held[key] for key in keys], dropna=False, observed=True)
        held = held[strength.eq(trials.transform("min"))]
    held = held[[*keys, *columns]]
    treated = rows[~control].assign(control=kinds[~control])
    return treated.merge(held, on=keys, suffixes=("", "_of_reference"))


def row_settings(rows: pd.DataFrame, kinds: pd.Series) -> "pd.Series[str]":
    """Return the controlled setting of each row, empty where it has no control group.

    `rows` has ``study_id``, ``studies.design`` and, where the table says it, ``controlled``;
    `kinds` is from `control_kinds`. What the row says counts, else the design.
    """
    kind = rows["study_id"].map(kinds).fillna("")
    by_design = controlled_designs(rows["studies.design"]) & kind.ne("")
    held = by_design
    if "controlled" in rows:
        held = rows["controlled"].eq("yes") | (rows["controlled"].isna() & by_design)
    # A row may tell of a control group whose arm no table holds.
    settings = kind.where(kind.ne(""), "placebo").map(_SETTINGS)
    return pd.Series(np.where(held, settings, ""), index=rows.index, dtype="object")
