"""The arms of a study that lie on one dose axis, or the reason why none do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from atopic.display.numbers import dose_scale, dose_text, dose_unit, listed, plural, study_name
from atopic.evidence.controls import CONTROLS, is_control, is_controlled
from atopic.evidence.folder import Evidence
from atopic.evidence.once import once
from atopic.evidence.selection import as_study, selection_note
from atopic.evidence.several_sources import preferred_rows
from atopic.questions.asked import asked
from atopic.questions.frames import as_estimates
from atopic.questions.response_rates import response_rates
from atopic.questions.severity_reduction import score_reductions
from atopic.review import time_point, time_word, with_article
from atopic.stats.results import Result

#: What must not differ between active arms, or their doses are not all that differs.
_REGIMEN = {
    "agent": "product",
    "route": "route",
    "administrations": "number of administrations",
    "interval_weeks": "interval between administrations",
    "background_topicals": "background treatment",
}


@dataclass(frozen=True, eq=False, repr=False)
class DoseArms(Result):
    """The arms of one study on one dose axis.

    Attributes
    ----------
    study_id, outcome : str
    week : int
    kind : {"counts", "means"}; whether the outcome is a share of responders or the change of a
        score.
    frame : DataFrame; one row an arm, by rising dose: the columns of
        `atopic.questions.response_rates.response_rates` or of
        `atopic.questions.severity_reduction.score_reductions`, with the regimen. Empty if
        `refused`.
    refused : str; why these doses cannot be compared; empty if they can.
    left_out : str; which arms are not on the axis, and why; empty if all are.
    lower_is_better : bool; whether a smaller number is the better outcome.
    randomised : bool; whether patients were randomised to the arms.
    """

    study_id: str
    outcome: str
    week: int
    kind: Literal["counts", "means"]
    frame: pd.DataFrame
    refused: str
    left_out: str
    lower_is_better: bool
    randomised: bool

    @property
    def table(self) -> str:
        """Table of the evidence that the rows are of."""
        return "responses" if self.kind == "counts" else "scores"

    @property
    def doses(self) -> list[float]:
        """Different doses, ascending."""
        return sorted(set(self.frame["dose"].astype(float)))

    @property
    def unit(self) -> str:
        """Unit of the doses; empty if refused."""
        return str(self.frame["dose_unit"].iloc[-1]) if len(self.frame) else ""

    @property
    def scale(self) -> float:
        """What the doses are divided by on the axis: large ones are shown in millions."""
        return dose_scale(max(self.doses, default=0.0))

    @property
    def axis_unit(self) -> str:
        """Unit of the axis in words."""
        return dose_unit(max(self.doses, default=0.0), self.unit)

    @property
    def has_placebo(self) -> bool:
        """Whether one of the doses is 0."""
        return 0.0 in self.doses

    @property
    def controlled(self) -> bool:
        """Whether all arms are from a placebo-controlled period."""
        return bool(len(self.frame)) and bool(is_controlled(self.frame).all())

    def to_frame(self) -> pd.DataFrame:
        """Return one row an arm, by rising dose."""
        frame: pd.DataFrame = as_estimates(self.frame)
        return frame

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the arms."""
        return {"arms": self.frame}

    def _first(self) -> str:
        if self.refused:
            return self.refused
        doses = listed([dose_text(one, self.unit) or "0" for one in self.doses])
        where = f"{self.outcome} at {time_point(self.week)} in {study_name(self.study_id)}"
        return f"{where}: {plural(len(self.frame), 'arm')}, doses {doses}"

    def _model(self) -> str:
        if self.refused:
            return ""
        known = "were" if self.randomised else "are not known to have been"
        return f"Patients {known} randomised to the doses."

    def _cautions(self) -> tuple[str, ...]:
        return (self.left_out,) if self.left_out else ()


@asked()
@once
def dose_arms(
    evidence: Evidence,
    study: str,
    outcome: str,
    *,
    week: int,
    level: float = 0.95,
    per_week: bool = False,
) -> DoseArms:
    """Return the arms of a study that lie on one dose axis.

    Parameters
    ----------
    outcome : str; a responder outcome or a score.
    level : float; confidence level of the intervals of the arms.
    per_week : bool; whether the axis is the average dose a week, so that regimens of different
        intervals lie on it. That takes the amount for all that matters: how peaks and troughs of
        another interval act is then left out.

    Returns
    -------
    DoseArms: without arms that contain other arms, have no single dose, are of another product than
        the one that alone was given in several doses, or print neither a count
        nor a mean with its standard error. Refused, with the reason, where the active arms differ
        in more than the dose, the units differ, or fewer than two doses are left.

    Raises
    ------
    ValueError: for a week or level that is none, or a `study` that is not one text.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    >>> arms.frame[["dose", "responders", "n", "candidates"]].values.tolist()
    [[25000000.0, 5, 14, ((4, 11), (5, 14))], [50000000.0, 6, 11, ((6, 11),)]]
    >>> dose_arms(evidence, "dupilumab-adolescents", "EASI-50", week=16).refused[:62]
    'The treated groups of Dupilumab in adolescents differ in more '
    """
    study = as_study(study)
    rows = evidence.instruments
    mine = rows[rows["outcome"].eq(outcome)]
    means = bool(mine["kind"].eq("score").any())
    every = (
        score_reductions(evidence, outcome, weeks=[week], studies=[study], level=level)
        if means
        else response_rates(evidence, outcome, weeks=[week], studies=[study], level=level)
    )
    found = every[every["week"].eq(week).fillna(False).astype(bool)]
    found = found if means else found[preferred_rows(found)]
    refused, left_out = "", ""
    if found.empty:
        table = "scores" if means else "responses"
        refused = selection_note(evidence, table, outcome, weeks=[week], studies=[study])
        refused = refused or f"{study_name(study)} reports {outcome} at no single {time_word()}."
    else:
        found = _with_regimen(evidence, found)
        # What is no treatment has no dose of it, whether the table says so or not.
        inert = found["arm_role"].isin(list(CONTROLS)) & found["dose"].isna()
        found = found.assign(dose=found["dose"].mask(inert, 0.0))
        if per_week:
            found = _a_week(found)
        found, others = _of_one_product(found)
        refused = _unlike(study_name(study), found, per_week)
        found, left_out = _on_axis(found, means, others)
        if not refused and (refused := _too_few(study_name(study), found)):
            refused = f"{refused} {left_out}".strip()
    frame = found.iloc[:0] if refused else found.sort_values("dose").reset_index(drop=True)
    return DoseArms(
        study_id=study,
        outcome=outcome,
        week=int(week),
        kind="means" if means else "counts",
        frame=frame,
        refused=refused,
        left_out="" if refused else left_out,
        lower_is_better=bool(mine["direction"].eq("lower-is-better").any()),
        randomised=_randomised(evidence, study),
    )


def _randomised(evidence: Evidence, study: str) -> bool:
    studies = evidence.studies
    design = studies.loc[studies["study_id"].eq(study), "design"].astype(str)
    return bool(design.str.startswith("randomised").any())


def _with_regimen(evidence: Evidence, found: pd.DataFrame) -> pd.DataFrame:
    keys = ["study_id", "arm_id"]
    names = [name for name in _REGIMEN if name not in found]
    return found.merge(evidence.arms[keys + names], on=keys, how="left")


def _of_one_product(found: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out treated groups beside those of the one product that was given in several doses.

    Returns what stays, and what the groups that go are called.
    """
    treated = ~found["arm_role"].isin(list(CONTROLS))
    active = treated & ~found["combined_arm"].eq("yes")
    doses = found[active].groupby("agent", sort=False)["dose"].nunique()
    several = doses.index[doses > 1]
    if len(doses) < 2 or len(several) != 1:
        return found, []
    other = treated & found["agent"].ne(several[0])
    return found[~other], list(found.loc[other, "label"])


def _a_week(found: pd.DataFrame) -> pd.DataFrame:
    """Return the doses as averages a week; an arm whose interval is not known has none."""
    active = found["dose"].ne(0)
    # Over one week a dose of 0 is 0, whatever the interval of the placebo.
    weekly = found["dose"].where(~active, found["dose"] / found["interval_weeks"])
    return found.assign(
        dose=weekly, dose_unit=found["dose_unit"].astype(str) + f" {with_article(time_word())}"
    )


def _unlike(study: str, found: pd.DataFrame, per_week: bool) -> str:
    """Say in what else than the dose the active arms differ; nothing if in nothing."""
    active = found[~is_control(found) & ~found["combined_arm"].eq("yes")]
    # With one active arm there is nothing for it to differ from.
    if len(active) < 2:
        return ""
    for column in ("analysis_set", "statistic", "unit"):
        if column in found and len(set(found[column].astype(str))) > 1:
            sets = listed(found[column].astype(str).unique())
            return f"The groups of {study} report this by different {column}: {sets}."
    unlike = []
    for column, words in _REGIMEN.items():
        if per_week and column == "interval_weeks":
            continue
        values = list(dict.fromkeys(_value(one) for one in active[column]))
        if len(values) > 1:
            unlike.append(f"{words} ({listed(_with_unit(column, one) for one in values)})")
    if not unlike:
        return ""
    return (
        f"The treated groups of {study} differ in more than the dose: {'; '.join(unlike)}. "
        "They do not lie on one dose axis, so no dose-response is drawn."
    )


def _on_axis(found: pd.DataFrame, means: bool, others: list[str]) -> tuple[pd.DataFrame, str]:
    """Leave out the arms that have no place on a dose axis, and say why."""
    combined = found["combined_arm"].eq("yes")
    no_dose = ~combined & found["dose"].isna()
    if means:
        silent = found["se"].isna()
        why = "has no standard error here"
    else:
        silent = found["responders"].isna()
        why = "has no count here, nor a percentage from which one may be derived"
    silent &= ~combined & ~no_dose
    reasons = [(combined, "contains other groups"), (no_dose, "has no single dose"), (silent, why)]
    words = [f"{arm} (another product)" for arm in others]
    words += [f"{arm} ({reason})" for which, reason in reasons for arm in found.loc[which, "label"]]
    note = f"Not drawn: {'; '.join(words)}." if words else ""
    return found[~(combined | no_dose | silent)], note


def _too_few(study: str, found: pd.DataFrame) -> str:
    if found["arm_id"].duplicated().any():
        when = f"at this {time_word()}"
        return f"{study} reports several results for one group {when}; which counts is not said."
    twice = found[found["dose"].duplicated()]
    if len(twice):
        return (
            f"{study} has several groups at one dose ({twice['dose'].iloc[0]:g}); "
            "what else they differ in is not said, so they are not put on one axis."
        )
    active = found[found["dose"] > 0]
    units = active["dose_unit"].astype(str).unique()
    if len(units) > 1:
        return f"The doses of {study} are in different units: {listed(units)}."
    doses = sorted(set(found["dose"]))
    if len(doses) < 2:
        what = f"one dose ({doses[0]:g} {units[0] if len(units) else ''})" if doses else "no dose"
        return (
            f"{study} has {what.replace(' )', ')')} with a result that can be used here; "
            "a dose-response needs at least two."
        )
    return ""


def _value(value: Any) -> str:
    if pd.isna(value):
        return "not stated"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _with_unit(column: str, value: str) -> str:
    if column != "interval_weeks" or value == "not stated":
        return value
    return f"{value} {time_word(1 if value == '1' else 2)}"
