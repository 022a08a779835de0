"""Looking up facts: what the tables hold on the study, arm, outcome and week of a claim."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from atopic.evidence.controls import CONTROLLED, CONTROLS, is_controlled_design
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.claims.finding import Observation
from atopic.questions.claims.reading import Claim, agrees
from atopic.questions.response_rates.estimates import response_rates

#: What a claim can be about, by whether there was a placebo arm beside it at that time.
PLACEBO_CONTROLLED = "placebo-controlled"
WITHOUT_CONTROL = "without control"
NO_OUTCOME = "no outcome of a study"
#: Of a placebo-controlled trial, and nothing of its placebo group was read beside it.
NO_PLACEBO_FIGURE = "no figure of a control group"
CONTROL = (PLACEBO_CONTROLLED, WITHOUT_CONTROL, NO_OUTCOME, NO_PLACEBO_FIGURE)


@dataclass(frozen=True, eq=False)
class Facts:
    """The evidence, the level of intervals and tests, and the width of what is called wide."""

    evidence: Evidence
    level: float
    wide: float
    _known: dict[tuple[object, ...], pd.DataFrame] = field(default_factory=dict, repr=False)
    _single: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)
    _places: dict[tuple[object, ...], dict[tuple[object, ...], list[int]]] = field(
        default_factory=dict, repr=False
    )

    def __post_init__(self) -> None:
        # A claim may be of what no study reports: its rule finds no rows, which is its verdict.
        object.__setattr__(self, "evidence", self.evidence._within())

    def once(self, key: tuple[object, ...], look_up: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return what was looked up under this key, or look it up: rules ask the same again."""
        if key not in self._known:
            self._known[key] = look_up()
        return self._known[key]

    def rows_once(self, key: tuple[object, ...], look_up: Callable[[], list[Any]]) -> list[Any]:
        """Return the rows that were looked up under this key, or look them up."""
        if key not in self._single:
            self._single[key] = look_up()
        found: list[Any] = self._single[key]
        return found

    def table(self, name: str, **equal: Any) -> pd.DataFrame:
        """Return the rows of a table with these values; none if the folder has no such table."""
        frame = self.once(("table", name), lambda: self.evidence.table(name))
        return self.once(
            ("table", name, *equal.items()), lambda: self._with(("table", name), frame, equal)
        )

    def study(self, study_id: str) -> Any:
        """Return the row of a study as a named tuple, or None."""
        return self._one("studies", study_id=study_id)

    def arm(self, study_id: str, arm_id: str) -> Any:
        """Return the row of an arm as a named tuple, or None."""
        return self._one("arms", study_id=study_id, arm_id=arm_id)

    def _one(self, name: str, **equal: str) -> Any:
        key = (name, *equal.items())
        if key not in self._single:
            self._single[key] = next(records(self.table(name, **equal)), None)
        return self._single[key]

    def has_placebo(self, study_id: str) -> bool:
        """Say whether a study has a placebo arm."""
        return bool(self.table("arms", study_id=study_id)["role"].isin(CONTROLS).any())

    def rates(self, outcome: str, **equal: Any) -> pd.DataFrame:
        """Return the rows of `response_rates` of an outcome with these values."""

        def every_rate() -> pd.DataFrame:
            return response_rates(self.evidence, outcome, include_benchmarks=True, level=self.level)

        frame = self.once(("rates", outcome), every_rate)
        return self.once(
            ("rates", outcome, *equal.items()), lambda: self._with(("rates", outcome), frame, equal)
        )

    def _with(
        self, key: tuple[str, str], frame: pd.DataFrame, equal: Mapping[str, Any]
    ) -> pd.DataFrame:
        """Return the rows of what is known under a key that have these values.

        Where which values stand is looked up once: every claim asks.
        """
        columns = tuple(equal)
        if not columns:
            return frame
        if (*key, *columns) not in self._places:
            self._places[*key, *columns] = _places(frame[list(columns)])
        return frame.iloc[self._places[*key, *columns].get(tuple(equal.values()), [])]

    def rates_of(self, claim: Claim) -> pd.DataFrame:
        """Return the rates of the claim's arm and outcome, at its week if it names one."""
        return at_week(self.rates(claim.outcome, **claim.place), claim.week)

    def scores_of(self, claim: Claim) -> pd.DataFrame:
        """Return the score changes of the claim's arm and outcome, at its week if it names one."""
        return at_week(self.table("scores", **claim.place, outcome=claim.outcome), claim.week)

    def control(self, claim: Claim, primary: Observation | None) -> str:
        """Return which of `CONTROL` a claim is about."""
        study = self.study(claim.study_id)
        if study is None:
            return NO_OUTCOME
        with_placebo = is_controlled_design(study.design)
        if primary is None or not primary.setting:
            return PLACEBO_CONTROLLED if with_placebo else WITHOUT_CONTROL
        if primary.setting in CONTROLLED:
            return PLACEBO_CONTROLLED
        alone = primary.setting == "uncontrolled"
        return NO_PLACEBO_FIGURE if with_placebo and alone else WITHOUT_CONTROL


def at_week(rows: pd.DataFrame, week: int | None, *, or_without_week: bool = False) -> pd.DataFrame:
    """Return the rows at a week, perhaps with those that name none; every row if it is None."""
    if week is None:
        return rows
    here = rows["week"].eq(week).fillna(False).astype(bool)
    return rows[here | rows["week"].isna()] if or_without_week else rows[here]


def says(claim: Claim, row: Any) -> bool:
    """Say whether a row of response rates holds the claimed value, up to rounding."""
    if claim.unit == "patients":
        return pd.notna(row.responders) and agrees(claim.claimed, float(row.responders))
    printed = text(row.percent_printed)
    if printed and agrees(claim.claimed, printed):
        return True
    return row.basis == "printed" and agrees(claim.claimed, 100 * float(row.estimate))


def rate_observation(row: Any, role: str) -> Observation:
    """Return a row of `response_rates` as an observation."""
    return Observation(
        role=role,
        study_id=str(row.study_id),
        arm_id=str(row.arm_id),
        outcome=str(row.outcome),
        week=whole(row.week),
        estimate=float(row.estimate),
        lower=float(row.lower_min),
        upper=float(row.upper_max),
        responders=whole(row.responders),
        n=whole(row.n),
        basis=str(row.basis),
        level=float(row.level) if pd.notna(row.level) else float("nan"),
        method=str(row.method),
        printed=text(row.percent_printed),
        setting=str(row.setting),
        table="responses",
        rows=(int(row.row),),
    )


def used_rows(table: str, rows: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    """Return the rows of a table as pairs of its name and their numbers."""
    return tuple((table, int(row)) for row in rows.index)


def whole(cell: Any) -> int | None:
    """Return a cell as a whole number, None where it is blank."""
    return int(cell) if pd.notna(cell) else None


def text(cell: Any) -> str:
    """Return a cell as text, empty where it is blank."""
    return str(cell) if pd.notna(cell) else ""


def _places(frame: pd.DataFrame) -> dict[tuple[object, ...], list[int]]:
    """Return where each combination of values stands; a blank is equal to nothing."""
    places: dict[tuple[object, ...], list[int]] = {}
    whole = frame.notna().all(axis=1).to_numpy()
    for place, (_, *values) in enumerate(records(frame)):
        if whole[place]:
            places.setdefault(tuple(values), []).append(place)
    return places
