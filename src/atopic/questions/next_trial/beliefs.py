"""What the evidence lets one believe of the next trial: its control rate and its effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from atopic.display.numbers import fraction, listed, percent_text, plural, when_text
from atopic.evidence.counts import Candidates
from atopic.evidence.direction import lower_is_better
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.once import once
from atopic.evidence.selection import selection_note
from atopic.evidence.unknown_names import unknown_names
from atopic.questions.asked import asked
from atopic.questions.next_trial.possible_benefit import possible_benefit
from atopic.questions.next_trial.trials_so_far import agents_of, effects_so_far, other_agents
from atopic.questions.response_rates import PlaceboReference, placebo_reference, response_rates
from atopic.review import control_group, words_in_use
from atopic.stats import bayes, contrasts, pooling
from atopic.stats.arguments import as_share
from atopic.stats.results import Result
from atopic.stats.trialdesign import NormalMixture, Scenario

#: Scale of the half-normal prior of how much log odds of placebo arms differ between trials.
TAU_OF_LOG_ODDS = 0.5
#: Probability that a sceptic leaves to a relevant effect (Freedman and Spiegelhalter).
_SCEPTIC = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Beliefs(Result):
    """What to plan a trial with.

    Attributes
    ----------
    outcome : str
    week : int or None; None where no week is stated.
    fewer : bool; whether fewer is better: then all rates are of patients without the outcome, and a
        difference above zero is so many fewer with it.
    control_rate : float; central control rate, a share.
    control_words : str; what it rests on.
    delta : float; smallest relevant difference, a share.
    scenarios : tuple of Scenario; from what the evidence says to what an uncontrolled study would
        suggest.
    words : tuple of str; what each rests on.
    controlled : tuple of bool; whether it is free of uncontrolled data.
    rows : tuple of int; rows of responses.csv behind them.
    """

    outcome: str
    week: int | None
    fewer: bool
    control_rate: float
    control_words: str
    delta: float
    scenarios: tuple[Scenario, ...]
    words: tuple[str, ...]
    controlled: tuple[bool, ...]
    rows: tuple[int, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a scenario, as `frame_of_beliefs`."""
        return frame_of_beliefs(self)

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the scenarios."""
        return {"scenarios": self.to_frame()}

    def _first(self) -> str:
        rate = percent_text(self.control_rate)
        what = f"{self.outcome}{when_text(self.week)}"
        return f"Control rate {rate}, {what}; {plural(len(self.scenarios), 'scenario')}"

    def _model(self) -> str:
        return f"Control rate: {self.control_words}"

    def _cautions(self) -> tuple[str, ...]:
        names = [one.name for one in self.scenarios]
        return tuple(
            f"{name}: rests on data without a control group, too."
            for name, free in zip(names, self.controlled, strict=True)
            if not free
        )


@asked("responses", unless="control_rate")
@once
def beliefs_about(
    evidence: Evidence,
    outcome: str,
    *,
    week: int | None,
    delta: float,
    control_rate: float | None = None,
    scatter: float = 0.1,
    agents: Iterable[str] = (),
) -> Beliefs | None:
    """Return what the evidence lets one believe of the rates of the next trial.

    Parameters
    ----------
    delta : float; smallest relevant difference, as a share; the sceptic leaves 5% to a larger one.
    control_rate : float; control rate of the outcome to plan with, then held fixed; None takes it
        from the placebo arms of the cell-therapy trials and lets it vary as they leave it.
    scatter : float; scale of the half-normal prior of how much the true differences of trials
        differ.
    week : int or None; None for results of which no week is stated.
    agents : products of the trials to plan with; of none given those that may be pooled with each
        other (`[pool] by` of review.toml) and have most trials.

    Returns
    -------
    Beliefs or None: None if the outcome is none that counts patients, or if no control rate is
        given and no placebo arm of a cell-therapy trial has a count: `planning_note` says so. Arms
        of one trial that share a placebo arm are added up; of
        ambiguous counts the central ones are used.

    Raises
    ------
    ValueError: if `delta`, `control_rate` or `scatter` is none.

    References
    ----------
    Spiegelhalter, Freedman and Parmar 1994, J R Stat Soc A 157:357 (sceptical prior).

    Examples
    --------
    >>> import atopic
    >>> beliefs = beliefs_about(atopic.load(), "EASI-50", week=12, delta=0.15)
    >>> round(beliefs.control_rate, 2), [one.name for one in beliefs.scenarios][:2]
    (0.29, ['Evidence, next trial', 'Evidence, one effect'])
    """
    as_share(delta, "delta")
    if not 0 < float(scatter) < np.inf:
        raise ValueError(f"scatter must be a number above 0, not {scatter!r}")
    given = None if control_rate is None else as_share(control_rate, "control_rate")
    if not _counts_responders(evidence, outcome):
        return None
    fewer = lower_is_better(evidence.instruments, outcome)
    agents = agents_of(evidence, outcome, week, agents)
    trials = _trials(evidence, outcome, week, agents)
    if given is not None:
        rate = 1 - given if fewer else given
        control = NormalMixture.normal(float(logit(rate)), 0.0)
        words = "given, and held fixed"
    elif len(trials):
        rate, control = _control(evidence, outcome, week, agents)
        arms = ", ".join(f"{fraction(row.x0, row.n0)} in {row.study_id}" for row in records(trials))
        words = f"{control_group()}s of {words_in_use().treatment.adjective} trials: {arms}"
        if len(trials) > 1:
            words += " (mean log odds by random effects, half a patient added to both counts)"
        else:
            words += " (half a patient added to both counts)"
    else:
        return None
    found: list[tuple[str, NormalMixture, str, bool]] = []
    if len(trials):
        found += _from_trials(evidence, outcome, week, float(scatter), agents)
    found.append(
        (
            "Sceptical",
            NormalMixture.normal(0.0, delta / float(ndtri(1 - _SCEPTIC))),
            f"no difference, with {100 * _SCEPTIC:g}% left to a relevant benefit",
            True,
        )
    )
    uncontrolled = uncontrolled_arms(evidence, outcome, week=week, agents=agents)
    reference = placebo_reference(evidence, outcome) if len(uncontrolled) else None
    if reference and fewer:
        estimate, ends = 1 - reference.estimate, (1 - reference.upper, 1 - reference.lower)
        reference = replace(reference, estimate=estimate, lower=ends[0], upper=ends[1])
    if len(uncontrolled):
        found.append(_from_uncontrolled(reference, uncontrolled.iloc[0], rate))
    rows = [*trials["row"], *trials["reference_row"], *uncontrolled["row"][:1]]
    rows += [reference.row] if reference else []
    return Beliefs(
        outcome=outcome,
        week=None if week is None else int(week),
        fewer=fewer,
        control_rate=rate,
        control_words=words,
        delta=float(delta),
        scenarios=tuple(Scenario(name, control, effect) for name, effect, _, _ in found),
        words=tuple(said for _, _, said, _ in found),
        controlled=tuple(free for *_, free in found),
        rows=tuple(int(row) for row in rows),
    )


def frame_of_beliefs(beliefs: Beliefs, *, level: float = 0.95) -> pd.DataFrame:
    """Return the beliefs about the effect as a tidy frame.

    Parameters
    ----------
    beliefs : from `beliefs_about`.
    level : float; probability inside the limits.

    Returns
    -------
    DataFrame: one row a scenario: ``estimate`` (mean), ``sd``, ``lower``, ``upper`` of the true
        difference, ``probability_positive``, ``probability_possible`` (of a benefit among the
        effects that keep the active rate from 0 to 1), ``probability_relevant`` (more than delta),
        ``controlled`` and ``rests_on``.

    Examples
    --------
    >>> import atopic
    >>> beliefs = beliefs_about(atopic.load(), "EASI-50", week=12, delta=0.15)
    >>> frame_of_beliefs(beliefs)["estimate"].round(3).to_list()
    [0.039, 0.038, 0.0, 0.146]
    """
    tail = (1 - level) / 2
    return pd.DataFrame(
        [
            {
                "scenario": one.name,
                "outcome": beliefs.outcome,
                "week": beliefs.week,
                "estimate": one.effect.expectation,
                "sd": one.effect.spread,
                "lower": one.effect.quantile(tail),
                "upper": one.effect.quantile(1 - tail),
                "level": level,
                "probability_positive": float(one.effect.probability_above(0.0)),
                "probability_possible": possible_benefit(one),
                "probability_relevant": float(one.effect.probability_above(beliefs.delta)),
                "controlled": free,
                "measure": "RD",
                "method": f"belief: {one.name}",
                "rests_on": words,
            }
            for one, words, free in zip(
                beliefs.scenarios, beliefs.words, beliefs.controlled, strict=True
            )
        ]
    )


def planning_note(
    evidence: Evidence,
    outcome: str,
    *,
    week: int | None,
    control_rate: float | None = None,
    agents: Iterable[str] = (),
) -> str:
    """Say in words what is missing for a plan.

    One or more sentences; empty if nothing is missing. `evidence`, `outcome`, `week`,
    `control_rate` and `agents` are as in `beliefs_about`.

    >>> import atopic
    >>> planning_note(atopic.load(), "EASI-50", week=12)
    ''
    >>> planning_note(atopic.load(), "EASI-75", week=16, control_rate=0.1)[:56]
    'One controlled trial of cells reports EASI-75 at week 16'
    """
    agents = list(agents)
    words = [
        selection_note(evidence, "responses", outcome, weeks=[] if week is None else [week]),
        unknown_names(evidence, named={"agents": agents}),
    ]
    if not _counts_responders(evidence, outcome):
        words.append(
            f"{outcome} is no outcome that counts responders: there is nothing to plan for."
        )
        return " ".join(filter(None, words))
    if lower_is_better(evidence.instruments, outcome):
        words.append(
            f"Fewer is better for {outcome}: rates on this page are of patients without it, and "
            "differences are how many more are spared it."
        )
    mine = agents_of(evidence, outcome, week, agents)
    if others := other_agents(evidence, outcome, week, agents):
        words.append(
            f"This page plans with the trials of {listed(mine)}, which are the most; those of "
            f"{listed(others)} are not pooled with them (agents = [...] plans with others)."
        )
    trials = _trials(evidence, outcome, week, mine)
    if trials.empty:
        lack = f"No counts of {outcome}{when_text(week)} were read for a controlled trial of "
        lack += str(words_in_use().treatment)
        words.append(
            f"{lack}: give a control_rate to plan with."
            if control_rate is None
            else f"{lack}: only the sceptic has a belief without them."
        )
    elif len(trials) == 1:
        words.append(
            f"One controlled trial of {words_in_use().treatment} reports "
            f"{outcome}{when_text(week)}: how far trials differ is prior alone."
        )
    return " ".join(filter(None, words))


@asked("responses")
def uncontrolled_arms(
    evidence: Evidence, outcome: str, *, week: int | None, agents: Iterable[str] = ()
) -> pd.DataFrame:
    """Return the arms of cells without a control group whose counts are printed, best first.

    Rows of `atopic.questions.response_rates.response_rates`, as `as_benefits` gives them; combined
    arms are left out. `week` and `agents` are as in `beliefs_about`.

    >>> import atopic
    >>> uncontrolled_arms(atopic.load(), "EASI-50", week=12)[["responders", "n"]].values.tolist()
    [[6, 11]]
    """
    rates = response_rates(evidence, outcome, weeks=[] if week is None else [week])
    keep = (
        rates["setting"].eq("uncontrolled")
        & rates["arm_role"].eq("experimental")
        & rates["combined_arm"].eq("no")
        & rates["basis"].eq("printed")
        & (rates["week"].isna() if week is None else rates["week"].notna())
    )
    if named := list(agents):
        keep &= rates["agent"].isin(named)
    rates = as_benefits(evidence, rates[keep])
    return rates.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def _counts_responders(evidence: Evidence, outcome: str) -> bool:
    rows = evidence.instruments
    found = rows[rows["outcome"].eq(outcome) & rows["kind"].eq("responder")]
    return bool(len(found))


def as_benefits(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    """Return counts of one outcome as those of patients for whom it went well.

    Where fewer is better these are the patients without the outcome. `frame` has ``outcome``,
    ``responders`` and ``n``, perhaps those of a reference, candidates and an estimate; limits stay.

    >>> import atopic
    >>> from atopic.questions.controlled_effect import trial_effects
    >>> evidence = atopic.load()
    >>> effects = trial_effects(evidence, "EASI-50", weeks=[12])
    >>> as_benefits(evidence, effects).equals(effects)
    True
    """
    if frame.empty or not lower_is_better(evidence.instruments, frame["outcome"].iloc[0]):
        return frame
    turned = {}
    for side in ("", "reference_"):
        if f"{side}responders" in frame:
            turned[f"{side}responders"] = frame[f"{side}n"] - frame[f"{side}responders"]
        if f"{side}candidates" in frame:
            turned[f"{side}candidates"] = frame[f"{side}candidates"].map(
                lambda pairs: Candidates((n - x, n) for x, n in pairs)
            )
    whole = 0 if "reference_n" in frame else 1
    return frame.assign(**turned, estimate=whole - frame["estimate"])


@once
def _trials(
    evidence: Evidence, outcome: str, week: int | None, agents: Iterable[str]
) -> pd.DataFrame:
    """Return one row a placebo-controlled trial of cells: counts, difference and its variance."""
    effects = as_benefits(evidence, effects_so_far(evidence, outcome, week, agents))
    effects = effects[~effects["combined_arm"].eq("yes")]
    effects = effects.drop_duplicates(["study_id", "arm_id"])
    trials = effects.groupby("study_id", sort=False, as_index=False).agg(
        x1=("responders", "sum"),
        n1=("n", "sum"),
        x0=("reference_responders", "first"),
        n0=("reference_n", "first"),
        row=("row", "first"),
        reference_row=("reference_row", "first"),
    )
    counts = [trials[name].astype("float64").to_numpy() for name in ("x1", "n1", "x0", "n0")]
    found = contrasts.compare(*counts, measure="RD")
    x1, n1, x0, n0 = counts
    p1, p0 = (x1 + 0.5) / (n1 + 1), (x0 + 0.5) / (n0 + 1)
    # Arms of nobody or everybody have no scatter of their own to weigh them by.
    spare = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    variance = np.where(found.se > 0, found.se**2, spare)
    return trials.assign(estimate=found.estimate, variance=variance)


@once
def _control(
    evidence: Evidence, outcome: str, week: int | None, agents: Iterable[str]
) -> tuple[float, NormalMixture]:
    """Return the mean placebo rate and the belief about that of the next trial, in log odds."""
    trials = _trials(evidence, outcome, week, agents)
    x = trials["x0"].astype("float64").to_numpy() + 0.5
    n = trials["n0"].astype("float64").to_numpy() + 1.0
    posterior = bayes.meta_analysis(
        logit(x / n), 1 / x + 1 / (n - x), tau_scale=TAU_OF_LOG_ODDS, tau_prior="half-normal"
    )
    return float(expit(posterior.mu.mean)), NormalMixture(*posterior.mixture("new"))


@once
def _from_trials(
    evidence: Evidence, outcome: str, week: int | None, scatter: float, agents: Iterable[str]
) -> list[tuple[str, NormalMixture, str, bool]]:
    trials = _trials(evidence, outcome, week, agents)
    effect, variance = trials["estimate"].to_numpy(), trials["variance"].to_numpy()
    posterior = bayes.meta_analysis(effect, variance, tau_scale=scatter)
    common = pooling.common_effect(effect, variance)
    count = plural(len(trials), "trial")
    return [
        (
            "Evidence, next trial",
            NormalMixture(*posterior.mixture("new")),
            f"random effects of {count}, true effect of a new one; scatter half-normal "
            f"({scatter:g})",
            True,
        ),
        (
            "Evidence, one effect",
            NormalMixture.normal(float(common.estimate), float(common.se)),
            f"common effect of {count}: the same in every trial",
            True,
        ),
    ]


def _from_uncontrolled(
    reference: PlaceboReference | None, arm: pd.Series, control_rate: float
) -> tuple[str, NormalMixture, str, bool]:
    x, n = float(arm["responders"]), float(arm["n"])
    against, se = control_rate, 0.0
    words = f"the control rate, {percent_text(control_rate, tenths=True)}"
    if reference:
        z = 2 * float(ndtri(0.5 + reference.level / 2))
        against, se = reference.estimate, (reference.upper - reference.lower) / z
        words = f"{reference.label}, {percent_text(against, tenths=True)}"
    p = x / n if 0 < x < n else (x + 0.5) / (n + 1)
    return (
        "Uncontrolled reading",
        NormalMixture.normal(x / n - against, float(np.hypot(np.sqrt(p * (1 - p) / n), se))),
        f"{x:g}/{n:g} in {arm['study_id']}, {arm['label']}, no control group, less {words}",
        False,
    )
