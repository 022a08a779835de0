"""The methods at work on rows of the evidence, and the works that they come from.

Each topic takes rows that many readers know and computes what its section of the report explains.
Evidence in, a tidy frame of worked numbers out.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, get_args

import pandas as pd

from atopic.display.numbers import fraction
from atopic.errors import did_you_mean
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.controlled_effect import allowed_effects, pooled_models, trial_effects
from atopic.questions.methods.examples import chosen_examples
from atopic.questions.response_rates import response_rates
from atopic.questions.severity_reduction import score_reductions
from atopic.review import control_group, control_word
from atopic.stats import bayes, contrasts, doseresponse, pooling, proportions
from atopic.stats.pooling import heterogeneity, missing, single_arm, strata

#: What is computed, from what, the value, its limits, the function, and the rows it rests on.
Line: TypeAlias = tuple[str, str, float, float, float, str, str]

COLUMNS = ["what", "example", "value", "lower", "upper", "function", "rows"]
_NONE = float("nan")


def worked(evidence: Evidence, topic: str, *, level: float = 0.95) -> pd.DataFrame:
    """Return the worked numbers of one topic.

    Parameters
    ----------
    topic : str; one of `TOPICS`.
    level : float; confidence level of intervals, and probability inside Bayesian ones.

    Returns
    -------
    DataFrame: one row a number: ``what``, the ``example`` it is computed from, ``value``, ``lower``
        and ``upper`` (nan where a number has no interval), the ``function`` of the library and the
        ``rows`` of the table behind it (responses.csv; for ``"scores"`` scores.csv; for
        ``"printed-p"`` contrasts.csv). Empty if the evidence lacks the rows of the example; of
        counts that a method refuses, a last row says why.

    Raises
    ------
    ValueError: for an unknown topic or a level outside the open interval (0, 1).

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.methods.worked import worked
    >>> worked(atopic.load(), "intervals")[["lower", "upper"]].round(4).values.tolist()[0]
    [0.2836, 0.9949]
    """
    if topic not in TOPICS:
        near = did_you_mean(topic, TOPICS)
        raise ValueError(f"topic must be one of {', '.join(TOPICS)}, not {topic!r}{near}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level!r}")
    return pd.DataFrame(list(_until_refused(TOPICS[topic](evidence, level))), columns=COLUMNS)


def _until_refused(lines: Iterator[Line]) -> Iterator[Line]:
    """Yield lines until a method refuses the counts of its example, and then what it says."""
    try:
        yield from lines
    except ValueError as refusal:
        yield ("not computed from here on", str(refusal), _NONE, _NONE, _NONE, "", "")


def references() -> pd.DataFrame:
    """Return the works that the methods come from.

    Columns ``authors``, ``year``, ``place`` (journal, volume and pages, or book; blank where the
    library names author and year only), ``gives`` (the method) and ``function`` (that of the
    library whose docstring names the work), by authors.

    >>> references().iloc[0]["authors"]
    'Altman'
    """
    path = Path(__file__).with_name("references.csv")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame.sort_values(["authors", "year"], kind="stable", ignore_index=True)


def _intervals(evidence: Evidence, level: float) -> Iterator[Line]:
    for row in _rates(evidence, *chosen_examples(evidence).series):
        text = f"{row.responders} of {row.n}"
        for method in proportions.METHODS:
            limits = proportions.interval(row.responders, row.n, level, method)
            share = row.responders / row.n
            yield _line(method, text, share, limits, "proportions.interval", row.row)


def _two_arms(evidence: Evidence, level: float) -> Iterator[Line]:
    for text, counts, rows in _trials(evidence, *chosen_examples(evidence).trial):
        for measure in get_args(contrasts.Measure):
            for method in contrasts.METHODS[measure]:
                found = contrasts.compare(*counts, measure=measure, method=method, level=level)
                limits = (found.lower, found.upper)
                name = f"{measure}, {method}"
                yield _line(name, text, found.estimate, limits, "contrasts.compare", rows)
        needed = contrasts.number_needed_to_treat(*counts, level=level)
        # Through infinity the worst end is one of harm: two pieces are not one pair of limits.
        ends = (_NONE, _NONE) if needed.through_infinity else (needed.best, needed.worst)
        function = "contrasts.number_needed_to_treat"
        yield _line("number needed to treat, newcombe", text, needed.estimate, ends, function, rows)


def _tests(evidence: Evidence, _level: float) -> Iterator[Line]:
    for text, counts, rows in _trials(evidence, *chosen_examples(evidence).trial):
        for name, corrected in (("chi-square", False), ("chi-square, corrected", True)):
            p = contrasts.chi_square_test(*counts, corrected=corrected)
            yield _line(f"P, {name}", text, p, None, "contrasts.chi_square_test", rows)
        tests: tuple[Any, ...] = ("fisher", "barnard", "boschloo", "boschloo-minlike")
        for test in tests:
            p = contrasts.exact_test(*counts, test=test)
            yield _line(f"P, {test}", text, p, None, "contrasts.exact_test", rows)


def _printed_p(evidence: Evidence, _level: float) -> Iterator[Line]:
    outcome, week = chosen_examples(evidence).pooled
    if week is None:
        return
    for row in records(allowed_effects(evidence, outcome, weeks=[week])):
        name = f"differences allowed by P = {row.p_printed} ({row.tests})"
        text = f"{row.study_id}, {row.n_1} v {row.n_0}, {row.pairs} pairs of counts"
        limits = (row.lower, row.upper)
        yield _line(name, text, _NONE, limits, "contrasts.p_value_bounds", row.row)
        if row.fewer:
            name = f"the same by any of {row.tests_fewer}"
            text = f"{row.study_id}, up to {row.fewer} patients fewer in either group"
            limits = (row.lower_fewer, row.upper_fewer)
            yield _line(name, text, _NONE, limits, "contrasts.p_value_bounds", row.row)


def _pooling(evidence: Evidence, level: float) -> Iterator[Line]:
    effects = _pooled_trials(evidence, level)
    if effects.empty:
        return
    text, _, rows = _together(effects)
    for row in records(pooled_models(effects)):
        function = "pooling.common_effect" if row.method == "common" else "pooling.random_effects"
        limits = (row.lower_min, row.upper_max)
        model = "common effect" if row.method == "common" else "random effects"
        name = f"RD, {model}, {row.interval}"
        yield _line(name, text, row.estimate, limits, function, rows)


def _strata(evidence: Evidence, level: float) -> Iterator[Line]:
    effects = _pooled_trials(evidence, level)
    if effects.empty:
        return
    text, counts, rows = _together(effects)
    for measure in ("OR", "RR", "RD"):
        found = pooling.mantel_haenszel(*counts, measure=measure, level=level)
        limits = (found.lower, found.upper)
        name = f"{measure}, Mantel-Haenszel"
        yield _line(name, text, found.estimate, limits, "pooling.mantel_haenszel", rows)
    found = pooling.peto(*counts, level=level)
    limits = (found.lower, found.upper)
    yield _line("OR, Peto", text, found.estimate, limits, "pooling.peto", rows)
    exact = strata.exact_conditional_test(*counts, level=level)
    limits = (exact.lower, exact.upper)
    function = "pooling.strata.exact_conditional_test"
    yield _line("OR, exact", text, exact.odds_ratio, limits, function, rows)


def _heterogeneity(evidence: Evidence, level: float) -> Iterator[Line]:
    effects = _pooled_trials(evidence, level)
    if effects.empty:
        return
    text, counts, rows = _together(effects)
    data = pooling.contrast_effects(*counts, measure="OR")
    found = heterogeneity.q_profile(data.effect, data.variance, level=level)
    limits = (found.lower, found.upper)
    for method in get_args(pooling.Tau2Method):
        value = heterogeneity.tau2(data.effect, data.variance, method=method)
        name = f"tau2 of the log OR, {method}"
        yield _line(name, text, value, None, "pooling.heterogeneity.tau2", rows)
    name = "tau2 of the log OR, limits by Q-profile"
    yield _line(name, text, _NONE, limits, "pooling.heterogeneity.q_profile", rows)


def _single_arms(evidence: Evidence, level: float) -> Iterator[Line]:
    effects = _pooled_trials(evidence, level)
    if effects.empty:
        return
    placebo = effects.drop_duplicates("study_id")
    x = placebo["reference_responders"].astype(int).to_list()
    n = placebo["reference_n"].astype(int).to_list()
    text = f"{control_group()}s: " + ", ".join(fraction(a, b) for a, b in zip(x, n, strict=True))
    rows = ", ".join(placebo["reference_row"].astype(str))
    methods: Any = single_arm.METHODS
    for method in methods:
        found = pooling.pool_proportions(x, n, method=method, level=level)
        limits = (found.lower, found.upper)
        yield _line(method, text, found.estimate, limits, "pooling.pool_proportions", rows)


def _bayes(evidence: Evidence, level: float) -> Iterator[Line]:
    for row in _rates(evidence, *chosen_examples(evidence).series):
        text = f"{row.responders} of {row.n}"
        rate = bayes.posterior(row.responders, row.n)
        found = bayes.summarise(rate, level=level)
        limits = (found.lower, found.upper)
        yield _line("median rate", text, found.median, limits, "bayes.summarise", row.row)
    for text, (x1, n1, x0, n0), rows in _trials(evidence, *chosen_examples(evidence).trial):
        p = bayes.probability_above(bayes.posterior(x1, n1), bayes.posterior(x0, n0))
        name = f"probability of a higher rate than {control_word()}"
        yield _line(name, text, p, None, "bayes.probability_above", rows)
    effects = _pooled_trials(evidence, level)
    if len(effects):
        text, counts, rows = _together(effects)
        data = pooling.contrast_effects(*counts, measure="OR")
        pooled = bayes.meta_analysis(data.effect, data.variance, tau_scale=0.5, level=level)
        for name, part in (("mean log OR", pooled.mu), ("log OR of a new trial", pooled.new)):
            ends = (part.lower, part.upper)
            yield _line(name, text, part.median, ends, "bayes.meta_analysis", rows)


def _doses(evidence: Evidence, level: float) -> Iterator[Line]:
    known = (
        row for row in _rates(evidence, *chosen_examples(evidence).doses) if pd.notna(row.dose)
    )
    rates = sorted(known, key=lambda row: float(row.dose))
    if len({row.dose for row in rates}) < 2:
        return
    dose = [float(row.dose) for row in rates]
    responders, n = [int(row.responders) for row in rates], [int(row.n) for row in rates]
    unit = rates[0].dose_unit
    text = "; ".join(f"{row.dose:g} {unit} {fraction(row.responders, row.n)}" for row in rates)
    rows = ", ".join(str(row.row) for row in rates)
    trend = doseresponse.trend_test(dose, responders, n)
    yield _line("P for trend", text, trend.p_value, None, "doseresponse.trend_test", rows)
    fit = doseresponse.fit(dose, responders, n, level=level)
    slope = fit.parameters.loc["delta"]
    limits = (slope["lower"], slope["upper"])
    name = f"change of the log odds for each {unit}, linear"
    yield _line(name, text, slope["estimate"], limits, "doseresponse.fit", rows)
    shapes: Any = {"linear": None, "emax": {"ed50": max(dose) / 5}}
    found = doseresponse.mcp_mod(dose, responders, n, models=shapes)
    for row in records(found.table):
        name = f"P adjusted, MCP-Mod, {row.candidate}"
        yield _line(name, text, row.p_value, None, "doseresponse.mcp_mod", rows)


def _missing(evidence: Evidence, level: float) -> Iterator[Line]:
    effects = _of_most_trials(evidence, level)
    sizes = evidence.arms.set_index(["study_id", "arm_id"])["n_randomised"]
    for row in records(effects):
        all_1 = sizes.get((row.study_id, row.arm_id))
        all_0 = sizes.get((row.study_id, row.reference_arm_id))
        if row.basis == "ambiguous" or pd.isna(all_1) or pd.isna(all_0):
            continue
        x1, n1, x0, n0 = (
            int(a) for a in (row.responders, row.n, row.reference_responders, row.reference_n)
        )
        if all_1 < n1 or all_0 < n0 or all_1 + all_0 == n1 + n0:
            continue
        arms = (x1, n1 - x1, int(all_1) - n1, x0, n0 - x0, int(all_0) - n0)
        rows = f"{row.row}, {row.reference_row}"
        for one in missing.scenarios(*arms):
            counts = (one.responders_1, one.n_1, one.responders_0, one.n_0)
            found = contrasts.compare(*counts, level=level)
            text = "{:.0f}/{:.0f} v {:.0f}/{:.0f}".format(*(float(part) for part in counts))
            limits = (found.lower, found.upper)
            name = f"RD, {one.name}"
            yield _line(name, text, found.estimate, limits, "pooling.missing.scenarios", rows)


def _no_event(evidence: Evidence, level: float) -> Iterator[Line]:
    for row in _rates(evidence, *chosen_examples(evidence).no_event):
        if row.responders == 0:
            # A one-sided limit is that of the two-sided interval which leaves twice as much out.
            exact = proportions.interval(0, row.n, 2 * level - 1) if level > 0.5 else None
            limits = (0.0, exact.upper) if exact else None
            text = f"0 of {row.n}"
            name = "one-sided upper limit, exact"
            yield _line(name, text, 0.0, limits, "proportions.interval", row.row)


def _scores(evidence: Evidence, level: float) -> Iterator[Line]:
    study, outcome = chosen_examples(evidence).scores
    if not study:
        return
    found = score_reductions(evidence, outcome, studies=[study], level=level)
    for row in records(found):
        if pd.notna(row.lower):
            text = f"{row.study_id}, {row.label}, {row.n} patients"
            limits = (row.lower, row.upper)
            name = "mean percent change"
            yield _line(name, text, row.estimate, limits, "changes.from_spread", row.row)


def _rates(evidence: Evidence, study: str, outcome: str) -> Iterator[Any]:
    """Yield the rates of the example that rest on printed counts."""
    if study:
        rates = response_rates(evidence, outcome, studies=[study])
        yield from records(rates[rates["basis"].eq("printed")])


def _trials(
    evidence: Evidence, study: str, outcome: str
) -> Iterator[tuple[str, tuple[int, int, int, int], str]]:
    """Yield the comparisons of one trial: in words, as counts, and with their rows."""
    if study:
        for row in records(trial_effects(evidence, outcome, studies=[study])):
            x1, n1 = int(row.responders), int(row.n)
            x0, n0 = int(row.reference_responders), int(row.reference_n)
            yield (
                f"{fraction(x1, n1)} v {fraction(x0, n0)}",
                (x1, n1, x0, n0),
                f"{row.row}, {row.reference_row}",
            )


def _pooled_trials(evidence: Evidence, level: float) -> pd.DataFrame:
    """Return the effects of the example of pooling, if there are two trials."""
    effects = _of_most_trials(evidence, level)
    return effects if len(set(effects["study_id"])) > 1 else effects.iloc[:0]


def _of_most_trials(evidence: Evidence, level: float) -> pd.DataFrame:
    outcome, week = chosen_examples(evidence).pooled
    if week is None:
        return pd.DataFrame(columns=["study_id"])
    return trial_effects(evidence, outcome, weeks=[week], level=level)


def _together(effects: pd.DataFrame) -> tuple[str, tuple[list[int], ...], str]:
    """Return several trials in words, as four lists of counts, and with their rows."""
    names = ("responders", "n", "reference_responders", "reference_n")
    counts = tuple(effects[name].astype(int).to_list() for name in names)
    text = "; ".join(
        f"{fraction(a, b)} v {fraction(c, d)}" for a, b, c, d in zip(*counts, strict=True)
    )
    rows = [
        str(row)
        for pair in zip(effects["row"], effects["reference_row"], strict=True)
        for row in pair
    ]
    return text, counts, ", ".join(dict.fromkeys(rows))


def _line(what: str, example: str, value: Any, limits: Any, function: str, rows: Any) -> Line:
    lower, upper = (_NONE, _NONE) if limits is None else (float(limits[0]), float(limits[1]))
    return what, example, float(value), lower, upper, f"atopic.{function}", str(rows)


#: What is worked out, in the order of the report.
TOPICS: dict[str, Callable[[Evidence, float], Iterator[Line]]] = {
    "intervals": _intervals,
    "two-arms": _two_arms,
    "tests": _tests,
    "printed-p": _printed_p,
    "pooling": _pooling,
    "heterogeneity": _heterogeneity,
    "strata": _strata,
    "single-arms": _single_arms,
    "missing": _missing,
    "scores": _scores,
    "bayes": _bayes,
    "doses": _doses,
    "no-event": _no_event,
}
