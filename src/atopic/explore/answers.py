"""What each tab of the explorer answers: a chart, a sentence, a table, and the code of them.

No widget is known here. The functions are those of the reports, so that what may not be drawn
filled or pooled there is not here.
"""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from atopic.display.block_style import Block
from atopic.display.numbers import named_study, with_study_names
from atopic.evidence.controls import COMPARED
from atopic.evidence.folder import Evidence
from atopic.explore.script import Name, Script
from atopic.paths import bundled
from atopic.questions.benchmarks import beating_placebo
from atopic.questions.benchmarks.above_chart import describe_above_placebo, draw_above_placebo
from atopic.questions.benchmarks.placebo_table import tabulate_above_placebo
from atopic.questions.certainty.words import graded
from atopic.questions.controlled_effect import allowed_effects, pooled_models, trial_effects
from atopic.questions.controlled_effect.finding import effects_finding
from atopic.questions.controlled_effect.forest import describe_effects, effects_html
from atopic.questions.controlled_effect.table import tabulate_effects
from atopic.questions.dose_response import dose_arms, dose_contrasts, dose_curves
from atopic.questions.dose_response.chart import draw_doses
from atopic.questions.dose_response.finding import doses_finding
from atopic.questions.dose_response.table import tabulate_doses
from atopic.questions.dose_response.words import describe_doses
from atopic.questions.next_trial import beliefs_about, past_trials, power_by_size, sizes_needed
from atopic.questions.next_trial.chart import draw_power
from atopic.questions.next_trial.finding import next_trial_finding
from atopic.questions.next_trial.table import tabulate_past
from atopic.questions.next_trial.words import describe_power
from atopic.questions.response_rates import placebo_reference, response_rates
from atopic.questions.response_rates.chart import describe_rates, draw_rates
from atopic.questions.response_rates.finding import rates_finding
from atopic.questions.response_rates.table import tabulate_rates
from atopic.reporting.plan.manifest import read_manifest
from atopic.review import control_group, control_word, time_word

_NOTHING = "Nothing was reported for this choice."


@dataclass(frozen=True)
class Answer:
    """What a tab shows.

    Attributes
    ----------
    say : callable; returns what was found, as the front of a report takes it.
    figure : Figure, Block or None
    alt : str; what the figure shows, for readers who cannot see it.
    code : str; a program that gives the same.
    command : str; the command that builds the report of it; empty if there is none.
    tabulate : callable; returns the table that is behind it.
    places : list of (str, int); table of the evidence and row, for each line of the table.
    words : list of str; what was found, in sentences.
    head : str; the one number that was found, and what it counts; empty if there is none.
    table : DataFrame; to be read, its cells as text. Like `words` and `head` it is made when it is
        asked for, so that the chart need not wait for it.
    """

    say: Callable[[], Mapping[str, Any]]
    figure: Figure | Block | None = None
    alt: str = ""
    code: str = ""
    command: str = ""
    tabulate: Callable[[], pd.DataFrame] = pd.DataFrame
    places: Sequence[tuple[str, int]] = ()

    @cached_property
    def _finding(self) -> Mapping[str, Any]:
        return self.say()

    @property
    def words(self) -> list[str]:
        """What was found, in sentences."""
        level = self._finding.get("certainty")
        said = [self._finding["words"], f"Certainty: {level}." if level else ""]
        return [with_study_names(one) for one in (*said, *self._finding.get("notes", ())) if one]

    @property
    def head(self) -> str:
        """The number that was found, and what it counts."""
        return " ".join(filter(None, map(self._finding.get, ("number", "unit"))))

    @cached_property
    def table(self) -> pd.DataFrame:
        """The lines behind the answer, as texts."""
        return _to_read(self.tabulate())


def rates(
    evidence: Evidence,
    data: str | None,
    *,
    outcome: str,
    weeks: list[int],
    level: float,
    method: str,
    exclude: Iterable[str] = (),
    benchmarks: bool = False,
    controlled: bool = False,
) -> Answer:
    """Answer how many responded.

    >>> import atopic
    >>> choice = {"outcome": "EASI-75", "weeks": [16], "level": 0.9, "method": "wilson"}
    >>> answer = rates(atopic.load(), None, **choice)
    >>> answer.head[:49], answer.places[0]
    ('24 of 100 with cells in placebo-controlled trials', ('responses', 23))
    """
    script = Script(evidence, data)
    asked = {
        "outcome": outcome, "weeks": weeks, "exclude": list(exclude), "controlled": controlled,
        "include_benchmarks": benchmarks, "level": level, "method": method,
    }  # fmt: skip
    found = script.call("rates", response_rates, Name("evidence"), **asked)
    reference = script.call("reference", placebo_reference, Name("evidence"), outcome)
    figure = script.call("", draw_rates, Name("rates"), reference=Name("reference"))

    def say() -> Mapping[str, Any]:
        if found.empty:
            return _only(_NOTHING)
        designs = [*COMPARED, "uncontrolled"]
        certainty = graded(evidence, outcomes=[outcome], weeks=weeks, designs=designs)
        return rates_finding(evidence, outcome, found, certainty)

    return Answer(
        say,
        figure,
        describe_rates(found, reference=reference),
        script.code(),
        _command("response_rates", data, **asked),
        partial(tabulate_rates, found),
        [("responses", row) for row in found["row"]],
    )


def against_placebo(
    evidence: Evidence,
    data: str | None,
    *,
    outcome: str,
    weeks: list[int],
    level: float,
    method: str,
    exclude: Iterable[str] = (),
    benchmarks: bool = False,
) -> Answer:
    """Answer what the treatment added to placebo, trial by trial and, where that may be, pooled."""
    script = Script(evidence, data)
    named = {"outcome": outcome, "weeks": weeks, "exclude": list(exclude)}
    how = {"level": level, "method": method}
    effects = script.call(
        "effects", trial_effects, Name("evidence"), **named, include_benchmarks=benchmarks, **how
    )
    allowed = script.call("allowed", allowed_effects, Name("evidence"), **named, **how)
    pooled = script.call("pooled", pooled_models, Name("effects"))
    figure = script.call(
        "", effects_html, Name("evidence"), Name("effects"),
        pooled=Name("pooled"), allowed=Name("allowed"),
    )  # fmt: skip
    something = len(effects) + len(allowed)

    def say() -> Mapping[str, Any]:
        if not something:
            return _only(_NOTHING)
        designs = list(COMPARED)
        certainty = graded(evidence, outcomes=[outcome], weeks=weeks, designs=designs)
        return effects_finding(evidence, outcome, effects, pooled, allowed, certainty)

    return Answer(
        say,
        figure,
        describe_effects(effects, pooled=pooled, allowed=allowed) if something else "",
        script.code(),
        _command("controlled_effect", data, **named, include_benchmarks=benchmarks, **how),
        partial(tabulate_effects, effects),
        [("responses", row) for row in effects["row"]],
    )


def beating(
    evidence: Evidence,
    data: str | None,
    *,
    outcome: str,
    weeks: list[int],
    placebo_spread: float,
    exclude: Iterable[str] = (),
) -> Answer:
    """Answer how likely a rate without a control group lies above a placebo response."""
    script = Script(evidence, data)
    asked = {"outcome": outcome, "weeks": weeks, "exclude": list(exclude)}
    script.call("rates", response_rates, Name("evidence"), **asked)
    above = script.call(
        "above", beating_placebo, Name("evidence"), Name("rates"), tau_scale=placebo_spread
    )
    figure = script.call("", draw_above_placebo, Name("above"))
    words = (
        f"These groups had no {control_group()} of their own: each is set beside the "
        f"{control_group()}s of "
        "other trials, of other patients. That is no controlled comparison, and a high probability "
        "is not the probability that the treatment works."
    )
    if above.empty:
        words = (
            f"No group here lacks a control group, has a count and stands near the {time_word()} "
            f"of a {control_word()} response."
        )
    return Answer(
        partial(_only, words),
        figure,
        describe_above_placebo(above),
        script.code(),
        _command("response_rates", data, **asked, placebo_spread=placebo_spread),
        partial(tabulate_above_placebo, above),
        [("responses", row) for row in above["row"].drop_duplicates()],
    )


def doses(
    evidence: Evidence,
    data: str | None,
    *,
    study: str,
    outcome: str,
    week: int,
    level: float,
    per_week: bool,
    delta: float,
    models: list[str],
) -> Answer:
    """Answer whether more dose does more, in one study."""
    script = Script(evidence, data)
    asked = {"study": study, "outcome": outcome, "week": week, "level": level}
    asked["per_week"] = per_week
    how = {"models": models, "delta": delta}
    arms = script.call("arms", dose_arms, Name("evidence"), **asked)
    contrasts = script.call("contrasts", dose_contrasts, Name("arms"), level=level)
    curves = script.call("curves", dose_curves, Name("arms"), **how, level=level)
    figure = script.call(
        "", draw_doses, Name("arms"), curves=Name("curves"), contrasts=Name("contrasts")
    )

    def say() -> Mapping[str, Any]:
        certainty = graded(evidence, outcomes=[outcome], weeks=[week], designs=["randomised-dose"])
        finding = doses_finding(evidence, arms, contrasts, certainty)
        more = dict.fromkeys([arms.refused, curves.refused, curves.statement])
        return {**finding, "notes": [*finding.get("notes", ()), *more]}

    return Answer(
        say,
        figure,
        describe_doses(arms, curves=curves, contrasts=contrasts) if figure else "",
        script.code(),
        _command("dose_response", data, **asked, **how),
        partial(tabulate_doses, arms),
        [(arms.table, row) for row in arms.frame["row"]],
    )


def next_trial(
    evidence: Evidence,
    data: str | None,
    *,
    outcome: str,
    week: int,
    delta: float,
    control_rate: float | None,
    alpha: float,
    power: float,
    allocation: float,
) -> Answer:
    """Answer how many patients a trial needs to find a difference."""
    script = Script(evidence, data)
    asked = {"outcome": outcome, "week": week, "delta": delta, "control_rate": control_rate}
    beliefs = script.call("beliefs", beliefs_about, Name("evidence"), **asked)
    if beliefs is None:
        return Answer(
            partial(_only, f"Without a {control_word()} response no trial can be planned."),
            code=script.code(),
        )
    rate = float(beliefs.control_rate)
    differences = sorted({0.05, 0.1, 0.15, 0.2, delta})
    test = {"alpha": alpha}
    needed = script.call(
        "needed", sizes_needed, rate,
        differences=[delta], powers=[power], allocation=allocation, **test,
    )  # fmt: skip
    past = script.call(
        "past", past_trials, Name("evidence"), outcome,
        week=week, differences=differences, control_rate=rate, power=power, **test,
    )  # fmt: skip
    script.call(
        "curves", power_by_size, rate, differences=differences, allocation=allocation, **test
    )
    figure = script.call("", draw_power, Name("curves"), past=Name("past"), powers=(power,))
    table = tabulate_past(past)
    return Answer(
        partial(next_trial_finding, needed, past, delta=delta),
        figure,
        describe_power(needed, control_rate=rate, past=past),
        script.code(),
        _command(
            "next_trial", data, **asked,
            differences=differences, powers=[power], allocation=allocation, **test,
        ),
        lambda: table,
        [_place(row) for row in table.to_dict("records")],
    )  # fmt: skip


def rows(evidence: Evidence, data: str | None, *, table: str, study: str) -> Answer:
    """Answer what a table holds, of one study or of all."""
    frame = evidence.table(table)
    code = f"{Script(evidence, data).code()}\nrows = evidence.{table}\n"
    if study:
        frame = frame[frame["study_id"].eq(study)]
        code += f'rows = rows[rows["study_id"].eq("{study}")]\n'
    filled = frame.dropna(axis="columns", how="all")
    return Answer(
        partial(_only, f"{len(frame):,} of {len(evidence.table(table)):,} rows of {table}.csv."),
        code=f"{code}rows",
        tabulate=lambda: filled.reset_index(names="Row"),
        places=[(table, int(row)) for row in frame.index],
    )


def _only(words: str) -> Mapping[str, Any]:
    """Return a finding of nothing but words."""
    return {"words": words}


def _to_read(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of texts, studies by their names, without columns that say nothing."""
    cells = frame.astype("object").where(frame.notna(), "").astype(str)
    for column in cells.columns:
        cells[column] = cells[column].map(
            named_study if column in ("Study", "Trial", "study_id") else with_study_names
        )
    said = [column for column in cells.columns if any(cells[column])]
    return cells[said] if len(cells) else cells


def _place(trial: dict[Any, Any]) -> tuple[str, int]:
    """Return the first row of a past trial: of its rates, else of its P value."""
    if pd.notna(trial["Rows"]) and trial["Rows"]:
        return "responses", int(str(trial["Rows"]).partition(",")[0])
    return "contrasts", int(trial["Row of the P value"])


def _command(notebook: str, data: str | None, **parameters: Any) -> str:
    """Return the line that builds a report with these values, beside those that are there."""
    words = [
        "atopic",
        "build",
        _report(notebook, data),
        *(["--data", data] if data else []),
        "--out",
        "mine",
    ]
    for name, value in parameters.items():
        words += ["-p", name, _as_text(value)]
    return shlex.join(words)


@cache
def _report(notebook: str, data: str | None) -> str:
    """Return the first report of a notebook in the list beside a data folder, or in our own."""
    beside = Path(data or "").absolute().parent / "reports.toml"
    manifest = beside if data and beside.is_file() else bundled("reports.toml")
    reports = read_manifest(manifest, Path(data) if data else None)
    return next((one.id for one in reports if one.notebook.stem == notebook), notebook)


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_as_text, value)) or "[]"
    return str(value)
