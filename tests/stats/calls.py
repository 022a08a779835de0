"""One right call of every public function of the statistics, and what each argument must be."""

from functools import cache
from importlib import import_module
from inspect import isclass, isfunction
from types import ModuleType
from typing import Any

import pandas as pd

import atopic
from atopic import bayes, changes, contrasts, doseresponse, pooling, trialdesign

ROOMS = [
    "ambiguity", "bayes", "changes", "contrasts", "counts", "doseresponse", "incidence",
    "pooling", "pooling.betabinomial", "pooling.glmm", "pooling.heterogeneity", "pooling.missing",
    "pooling.strata", "pooling.transforms", "proportions", "spreads", "trialdesign",
]  # fmt: skip

#: Kinds of arguments: counts and numbers of many, one number, whole number, flag, name, labels.
COUNTS, NUMBERS, NUMBER, WHOLE, FLAG, NAME, LABELS, FLAGS, RESULT = (
    "counts", "numbers", "number", "whole", "flag", "name", "labels", "flags", "result",
)  # fmt: skip

ARM = {"responders": COUNTS, "n": COUNTS}
ARMS = {"responders_1": COUNTS, "n_1": COUNTS, "responders_0": COUNTS, "n_0": COUNTS}
EFFECTS = {"effect": NUMBERS, "variance": NUMBERS}
DOSES = {"dose": NUMBERS, "responders": COUNTS, "n": COUNTS}
MEANS = {"dose": NUMBERS, "mean": NUMBERS, "se": NUMBERS}
TRIAL = {"alpha": NUMBER, "sides": WHOLE}

FRAME = pd.DataFrame({"Group": ["A", "B"], "Clear": [4, 6], "N": [5, 11]})

#: Function: the kind of each argument.
KINDS: dict[str, dict[str, str]] = {
    "ambiguity.central_candidates": {"candidates": NUMBERS, "planned": NUMBERS},
    "ambiguity.over_candidates": {
        "function": RESULT, "candidates": NUMBERS, "central": WHOLE + "s", "limit": WHOLE,
        "beyond": NAME,
    },
    "bayes.from_printed": {
        "estimate": NUMBERS, "lower": NUMBERS, "upper": NUMBERS, "level": NUMBER, "match": NAME,
    },
    "bayes.meta_analysis": {
        **EFFECTS, "tau_scale": NUMBER, "tau_prior": NAME, "mu_prior": NUMBERS, "level": NUMBER,
        "study": LABELS,
    },
    "bayes.posterior": {**ARM, "prior": NUMBERS},
    "bayes.probability_above": {"rate": RESULT, "other": NUMBERS},
    "bayes.summarise": {"rate": RESULT, "level": NUMBER},
    "changes.difference": {
        "one": RESULT, "other": RESULT, "variance": NAME, "quantile": NAME, "level": NUMBER,
    },
    "changes.from_limits": {
        "mean": NUMBERS, "lower": NUMBERS, "upper": NUMBERS, "n": COUNTS,
        "printed_level": NUMBER, "printed_quantile": NAME, "level": NUMBER,
    },
    "changes.from_spread": {
        "mean": NUMBERS, "spread": NUMBERS, "n": COUNTS, "kind": NAME, "assume": NAME,
        "level": NUMBER,
    },
    "changes.two_sided_quantile": {"df": NUMBERS, "level": NUMBER},
    "contrasts.chi_square_test": {**ARMS, "corrected": FLAG},
    "contrasts.compare": {
        **ARMS, "measure": NAME, "method": NAME, "level": NUMBER, "continuity": NAME,
    },
    "contrasts.exact_test": {**ARMS, "test": NAME, "alternative": NAME},
    "contrasts.fragility_index": {**ARMS, "alpha": NUMBER, "test": NAME},
    "contrasts.from_difference": {
        "estimate": NUMBERS, "lower": NUMBERS, "upper": NUMBERS, "level": NUMBER, "method": "text",
    },
    "contrasts.from_ratio": {
        "ratio": NUMBERS, "lower": NUMBERS, "upper": NUMBERS, "baseline": NUMBERS,
        "measure": NAME, "response": NAME, "level": NUMBER,
    },
    "contrasts.number_needed_to_treat": {
        **ARMS, "response": NAME, "method": NAME, "level": NUMBER,
    },
    "contrasts.p_value_bounds": {
        "p_printed": NAME, "n_1": WHOLE, "n_0": WHOLE, "tests": NAME, "operator": NAME,
        "favours": NAME,
    },
    "contrasts.p_values_of_all_tables": {
        "n_1": WHOLE, "n_0": WHOLE, "test": NAME, "alternative": NAME, "within": NUMBERS,
    },
    "counts.candidates": {"percent_printed": NAME, "sizes": RESULT},
    "counts.compatible": {"percent_printed": NAME, "n": WHOLE},
    "counts.decimals": {"percent_printed": NAME},
    "counts.prints_as": {"responders": WHOLE, "n": WHOLE, "percent_printed": NAME},
    "doseresponse.average": {"models": RESULT, "level": NUMBER},
    "doseresponse.fit": {
        **DOSES, "model": NAME, "level": NUMBER, "bounds": RESULT, "offset": NUMBER,
    },
    "doseresponse.fit_all": {
        **DOSES, "models": NAME, "level": NUMBER, "bounds": RESULT, "offset": NUMBER,
    },
    "doseresponse.fit_all_means": {
        **MEANS, "models": NAME, "n": COUNTS, "level": NUMBER, "bounds": RESULT, "offset": NUMBER,
    },
    "doseresponse.fit_means": {
        **MEANS, "model": NAME, "n": COUNTS, "level": NUMBER, "bounds": RESULT, "offset": NUMBER,
    },
    "doseresponse.mcp_mod": {
        **DOSES, "models": RESULT, "level": NUMBER, "alternative": NAME, "continuity": NUMBER,
        "offset": NUMBER, "seed": WHOLE,
    },
    "doseresponse.mcp_mod_means": {
        **MEANS, "models": RESULT, "level": NUMBER, "alternative": NAME, "df": NUMBER,
        "n": COUNTS, "offset": NUMBER, "seed": WHOLE,
    },
    "doseresponse.optimal_contrasts": {"means": NUMBERS, "variance": NUMBERS},
    "doseresponse.predict": {"fit": RESULT, "dose": NUMBERS, "over_placebo": FLAG},
    "doseresponse.target_dose": {"fit": RESULT, "target": NUMBER, "up_to": NUMBER},
    "doseresponse.trend_test": {
        **DOSES, "scores": NUMBERS, "exact": FLAG, "variance": NAME, "alternative": NAME,
    },
    "incidence.interval": {"events": COUNTS, "exposure": NUMBERS, "level": NUMBER},
    "pooling.all_subsets": {"fit": RESULT, "labels": LABELS, "sample": WHOLE, "seed": WHOLE},
    "pooling.common_effect": {
        **EFFECTS, "covariance": NUMBERS, "mask": FLAGS, "interval": NAME, "level": NUMBER,
        "i2": NAME,
    },
    "pooling.contrast_effects": {**ARMS, "measure": NAME, "continuity": NAME, "control": LABELS},
    "pooling.cumulative": {"fit": RESULT, "order": LABELS, "labels": LABELS},
    "pooling.egger": {"fit": RESULT, "level": NUMBER},
    "pooling.funnel": {"fit": RESULT, "levels": NUMBERS},
    "pooling.influence": {"fit": RESULT, "labels": LABELS},
    "pooling.leave_one_out": {"fit": RESULT, "labels": LABELS},
    "pooling.leave_one_out_rates": {**ARM, "labels": LABELS},
    "pooling.mantel_haenszel": {**ARMS, "measure": NAME, "level": NUMBER},
    "pooling.meta_regression": {
        "fit": RESULT, "moderators": RESULT, "columns": RESULT, "reference": RESULT,
        "tau2_method": NAME, "interval": NAME, "level": NUMBER,
    },
    "pooling.peto": {**ARMS, "level": NUMBER},
    "pooling.pool_contrasts": {
        **ARMS, "measure": NAME, "continuity": NAME, "control": LABELS,
        "effect_correlation": NUMBER, "model": NAME, "tau2_method": NAME, "interval": NAME,
        "level": NUMBER, "prediction": NAME, "i2": NAME,
    },
    "pooling.pool_means": {
        "mean_1": NUMBERS, "sd_1": NUMBERS, "n_1": COUNTS, "mean_0": NUMBERS, "sd_0": NUMBERS,
        "n_0": COUNTS, "measure": NAME, "control": LABELS, "effect_correlation": NUMBER,
        "model": NAME, "tau2_method": NAME, "interval": NAME, "level": NUMBER, "prediction": NAME,
        "i2": NAME,
    },
    "pooling.pool_proportions": {
        **ARM, "method": NAME, "level": NUMBER, "interval": NAME, "prediction": NAME,
        "tau2_method": NAME,
    },
    "pooling.random_effects": {
        **EFFECTS, "covariance": NUMBERS, "control": LABELS, "effect_correlation": NUMBER,
        "mask": FLAGS, "tau2_method": NAME, "interval": NAME, "level": NUMBER,
        "prediction": NAME, "i2": NAME,
    },
    "pooling.repool": {
        "fit": RESULT, "keep": FLAGS, "model": NAME, "tau2_method": NAME, "interval": NAME,
    },
    "pooling.robustness": {
        "fit": RESULT, "labels": LABELS, "null": NUMBER, "tau2_methods": NAME, "intervals": NAME,
    },
    "pooling.shared_control_covariance": {
        "variance": NUMBERS, "control": LABELS, "control_variance": NUMBERS,
    },
    "pooling.subgroups": {"fit": RESULT, "groups": LABELS},
    "pooling.betabinomial.fit": {**ARM, "level": NUMBER},
    "pooling.glmm.fit": {
        **ARM, "moderators": NUMBERS, "group": LABELS, "nodes": WHOLE, "level": NUMBER,
        "interval": NAME, "prediction": NAME,
    },
    "pooling.heterogeneity.q_profile": {**EFFECTS, "level": NUMBER, "mask": FLAGS},
    "pooling.heterogeneity.tau2": {**EFFECTS, "method": NAME, "mask": FLAGS},
    "pooling.missing.impute": {
        "responders": COUNTS, "failures": COUNTS, "missing": COUNTS, "strategy": NAME,
    },
    "pooling.missing.scenarios": {
        "responders_1": COUNTS, "failures_1": COUNTS, "missing_1": COUNTS,
        "responders_0": COUNTS, "failures_0": COUNTS, "missing_0": COUNTS,
    },
    "pooling.strata.exact_conditional_test": {**ARMS, "alternative": NAME, "level": NUMBER},
    "pooling.transforms.arcsine": ARM,
    "pooling.transforms.back_arcsine": {"effect": NUMBERS},
    "pooling.transforms.back_freeman_tukey": {"effect": NUMBERS, "n": NUMBERS},
    "pooling.transforms.back_logit": {"effect": NUMBERS},
    "pooling.transforms.freeman_tukey": ARM,
    "pooling.transforms.harmonic_mean": {"n": COUNTS},
    "pooling.transforms.logit": {**ARM, "continuity": NUMBER},
    "proportions.interval": {**ARM, "level": NUMBER, "method": NAME},
    "proportions.tabulate": {
        "frame": RESULT, "responders": NAME, "n": NAME, "study": NAME, "level": NUMBER,
        "method": NAME,
    },
    "spreads.from_five_numbers": {
        "minimum": NUMBERS, "q1": NUMBERS, "median": NUMBERS, "q3": NUMBERS, "maximum": NUMBERS,
        "n": COUNTS,
    },
    "spreads.from_interval": {
        "lower": NUMBERS, "upper": NUMBERS, "n": COUNTS, "level": NUMBER, "quantile": NAME,
    },
    "spreads.from_p": {"difference": NUMBERS, "p_value": NUMBERS, "n_1": COUNTS, "n_0": COUNTS},
    "spreads.from_quartiles": {"q1": NUMBERS, "median": NUMBERS, "q3": NUMBERS, "n": COUNTS},
    "spreads.from_range": {
        "minimum": NUMBERS, "median": NUMBERS, "maximum": NUMBERS, "n": COUNTS,
    },
    "spreads.from_se": {"se": NUMBERS, "n": COUNTS},
    "spreads.from_t": {"difference": NUMBERS, "t": NUMBERS, "n_1": COUNTS, "n_0": COUNTS},
    "trialdesign.approximate_power": {
        "rate_1": NUMBERS, "n_1": NUMBERS, "rate_0": NUMBERS, "n_0": NUMBERS, **TRIAL,
        "variance": NAME,
    },
    "trialdesign.assurance": {"design": RESULT, "scenario": RESULT},
    "trialdesign.detectable_difference": {
        "rate_0": NUMBERS, "n_1": WHOLE, "n_0": WHOLE, "power": NUMBER, **TRIAL, "test": NAME,
    },
    "trialdesign.exact_power": {
        "rate_1": NUMBERS, "n_1": WHOLE, "rate_0": NUMBERS, "n_0": WHOLE, **TRIAL, "test": NAME,
    },
    "trialdesign.many_to_one_power": {"rates": NUMBERS, "n": COUNTS, **TRIAL, "test": NAME},
    "trialdesign.sample_size": {
        "rate_1": NUMBERS, "rate_0": NUMBERS, "power": NUMBERS, **TRIAL, "allocation": NUMBER,
        "corrected": FLAG, "variance": NAME,
    },
    "trialdesign.simulate": {
        "design": RESULT, "scenario": RESULT, "replicates": WHOLE, "seed": WHOLE, "mapper": RESULT,
    },
    "trialdesign.trend_power": {
        "rates": NUMBERS, "n": COUNTS, "scores": WHOLE + "s", **TRIAL,
    },
    # What users make by hand.
    "bayes.Rate": {"alpha": NUMBERS, "beta": NUMBERS, "origin": "text"},
    "trialdesign.NormalMixture": {"weight": NUMBERS, "mean": NUMBERS, "sd": NUMBERS},
    "trialdesign.Scenario": {"name": "text", "control": RESULT, "effect": RESULT},
    "trialdesign.TwoArmDesign": {
        "n_active": WHOLE, "n_control": WHOLE, **TRIAL, "test": NAME, "delta": NUMBER,
        "level": NUMBER,
    },
}  # fmt: skip

RIGHT = {
    "responders": [4, 6, 9], "n": [9, 11, 20],
    "responders_1": [8, 12, 9], "n_1": [20, 25, 30], "responders_0": [4, 6, 5],
    "n_0": [20, 24, 30], "effect": [0.1, 0.3, 0.8], "variance": [0.01, 0.02, 0.02],
    "mean": [-5.0, -7.5, -9.0], "level": 0.9, "dose": [0.0, 2.0, 4.0], "se": [1.0, 1.5, 1.25],
    "labels": ["a", "b", "c"], "control": ["a", "b", "c"], "order": [3, 1, 2],
    "groups": ["x", "x", "y"], "group": ["x", "y", "z"], "mask": [True, True, False],
    "keep": [[True, True, False]], "rate_1": [0.5, 0.25, 0.75], "rate_0": [0.25, 0.125, 0.5],
    "failures": [3, 2, 5], "missing": [1, 0, 2], "failures_1": [3, 2, 5], "missing_1": [1, 0, 2],
    "failures_0": [3, 2, 5], "missing_0": [1, 0, 2], "alpha": 0.05, "sides": 2, "seed": 3,
    "models": {"linear": None}, "moderators": [0.5, 1.0, 4.0],
}  # fmt: skip

#: What differs from `RIGHT`; None leaves an argument out.
OWN: dict[str, dict[str, Any]] = {
    "ambiguity.central_candidates": {
        "candidates": [[(65, 197), (66, 200)], [(27, 92), (29, 99)]], "planned": [200.0, 95.0],
    },
    "ambiguity.over_candidates": {
        "function": lambda x, n: {"rate": x[:, 0] / n[:, 0] - x[:, 1] / n[:, 1]},
        "candidates": [[(65, 197), (66, 200)], [(27, 92), (29, 99)]], "central": [0, 1],
        "limit": 10, "beyond": "search",
    },
    "bayes.from_printed": {
        "estimate": [0.3, 0.4], "lower": [0.2, 0.3], "upper": [0.42, 0.52], "match": "limits",
    },
    "bayes.meta_analysis": {
        "tau_scale": 0.5, "tau_prior": "half-normal", "mu_prior": (0.0, 2.0),
    },
    "bayes.posterior": {"prior": (0.5, 1.0)},
    "bayes.probability_above": {"other": [0.25, 0.5, 0.75]},
    "changes.difference": {"variance": "welch", "quantile": "t"},
    "changes.from_limits": {
        "lower": [-7.0, -9.5, -12.0], "upper": [-3.0, -5.5, -6.0], "printed_level": 0.95,
        "printed_quantile": "t",
    },
    "changes.from_spread": {"spread": [3.0, 2.5, 4.0], "kind": "unlabelled", "assume": "sd"},
    "changes.two_sided_quantile": {"df": [4.0, 9.0]},
    "contrasts.chi_square_test": {"corrected": True},
    "contrasts.compare": {"measure": "OR", "method": "woolf", "continuity": "haldane-anscombe"},
    "contrasts.exact_test": {"test": "fisher", "alternative": "less"},
    "contrasts.from_difference": {
        "estimate": [0.125, 0.25], "lower": [0.0, 0.125], "upper": [0.25, 0.5],
        "method": "newcombe",
    },
    "contrasts.from_ratio": {
        "ratio": [0.5, 1.5], "lower": [0.25, 1.0], "upper": [0.75, 2.0], "baseline": [0.25, 0.5],
        "measure": "OR", "response": "bad",
    },
    "contrasts.number_needed_to_treat": {"response": "bad", "method": "newcombe"},
    "contrasts.p_value_bounds": {
        "p_printed": ".04", "n_1": 9, "n_0": 8, "tests": ["fisher"], "operator": "=",
        "favours": "1",
    },
    "contrasts.p_values_of_all_tables": {
        "n_1": 6, "n_0": 5, "test": "fisher", "alternative": "two-sided", "within": (0.0, 0.5),
    },
    "counts.candidates": {"percent_printed": "31.8", "sizes": range(80, 90)},
    "counts.compatible": {"percent_printed": "31.8", "n": 88},
    "counts.decimals": {"percent_printed": "31.8"},
    "counts.prints_as": {"responders": 28, "percent_printed": "31.8", "n": 88},
    "doseresponse.fit": {"model": "linear", "bounds": {}, "offset": 0.5},
    "doseresponse.fit_all": {"models": ["linear"], "bounds": {}, "offset": 0.5},
    "doseresponse.fit_all_means": {"models": ["linear"], "bounds": {}, "offset": 0.5},
    "doseresponse.fit_means": {"model": "linear", "bounds": {}, "offset": 0.5},
    "doseresponse.mcp_mod": {
        "level": 0.025, "alternative": "greater", "continuity": 0.5, "offset": 0.5,
    },
    "doseresponse.mcp_mod_means": {
        "level": 0.025, "alternative": "less", "df": 20.0, "offset": 0.5,
    },
    "doseresponse.optimal_contrasts": {"means": [[0.0, 1.0, 2.0]], "variance": [1.0, 2.0, 1.0]},
    "doseresponse.predict": {"over_placebo": True},
    "doseresponse.target_dose": {"target": 0.125, "up_to": 8.0},
    "doseresponse.trend_test": {
        "scores": [0.0, 1.0, 3.0], "exact": True, "variance": "N", "alternative": "greater",
    },
    "incidence.interval": {"events": [0, 3, 7], "exposure": [26.0, 30.0, 12.5]},
    "pooling.all_subsets": {"sample": 5},
    "pooling.common_effect": {"covariance": None, "interval": "wald", "i2": "Q"},
    "pooling.contrast_effects": {"measure": "RR", "continuity": "all"},
    "pooling.funnel": {"levels": [0.9, 0.95]},
    "pooling.mantel_haenszel": {"measure": "RR"},
    "pooling.pool_contrasts": {
        "measure": "RR", "continuity": "all", "effect_correlation": 0.5, "model": "random",
        "tau2_method": "reml", "interval": "wald", "prediction": "k-1", "i2": "Q",
    },
    "pooling.meta_regression": {
        "moderators": {"dose": [0.5, 1.0, 4.0]}, "columns": ["dose"], "reference": {},
        "tau2_method": "dl", "interval": "wald",
    },
    "pooling.pool_means": {
        "mean_1": [-5.0, -7.5, -9.0], "sd_1": [3.0, 2.5, 4.0], "mean_0": [-2.0, -4.0, -3.5],
        "sd_0": [3.5, 2.0, 4.5], "measure": "MD", "control": ["a", "b", "c"],
        "effect_correlation": 0.5, "model": "random", "tau2_method": "dl", "interval": "wald",
        "prediction": "k-1", "i2": "Q",
    },
    "pooling.pool_proportions": {
        "method": "logit", "interval": "wald", "prediction": "k-1", "tau2_method": "dl",
    },
    "pooling.random_effects": {
        "covariance": None, "control": None, "effect_correlation": 0.5, "tau2_method": "dl",
        "interval": "wald", "prediction": "k-1", "i2": "Q",
    },
    "pooling.repool": {"model": "random", "tau2_method": "dl", "interval": "wald"},
    "pooling.robustness": {"null": 0.25, "tau2_methods": ["dl"], "intervals": ["wald"]},
    "pooling.shared_control_covariance": {
        "variance": [0.3, 0.4, 0.5], "control": ["a", "a", "b"],
        "control_variance": [0.1, 0.1, 0.2],
    },
    "pooling.glmm.fit": {"nodes": 17, "interval": "z", "prediction": "z"},
    "pooling.heterogeneity.tau2": {"method": "dl"},
    "pooling.missing.impute": {"strategy": "responder"},
    "pooling.strata.exact_conditional_test": {"alternative": "two-sided"},
    "pooling.transforms.back_freeman_tukey": {"n": [9.0, 11.0, 20.0]},
    "pooling.transforms.logit": {"continuity": 0.5},
    "proportions.interval": {"method": "wilson"},
    "proportions.tabulate": {
        "frame": FRAME, "responders": "Clear", "n": "N", "study": "Group", "method": "wilson",
    },
    "spreads.from_five_numbers": {
        "minimum": [1.0, 2.0, 0.5], "q1": [2.0, 5.0, 1.5], "median": [3.0, 6.0, 2.0],
        "q3": [4.0, 9.0, 4.0], "maximum": [6.0, 15.0, 8.0],
    },
    "spreads.from_interval": {
        "lower": [-7.0, -9.5, -12.0], "upper": [-3.0, -5.5, -6.0], "quantile": "t",
    },
    "spreads.from_p": {"difference": [3.8, 2.0, 1.0], "p_value": [0.008, 0.5, 0.25]},
    "spreads.from_quartiles": {
        "q1": [2.0, 5.0, 1.5], "median": [3.0, 6.0, 2.0], "q3": [4.0, 9.0, 4.0],
    },
    "spreads.from_range": {
        "minimum": [1.0, 2.0, 0.5], "median": [3.0, 6.0, 2.0], "maximum": [6.0, 15.0, 8.0],
    },
    "spreads.from_t": {"difference": [3.8, 2.0, 1.0], "t": [2.78, 1.0, -0.5]},
    "trialdesign.approximate_power": {"variance": "pooled"},
    "trialdesign.detectable_difference": {
        "n_1": 12, "n_0": 9, "power": 0.5, "test": "chi-square",
    },
    "trialdesign.exact_power": {"n_1": 12, "n_0": 9, "test": "chi-square"},
    "trialdesign.many_to_one_power": {"rates": [0.25, 0.5, 0.75], "test": "chi-square"},
    "trialdesign.sample_size": {
        "power": [0.5, 0.75, 0.875], "allocation": 2.0, "corrected": True, "variance": "pooled",
    },
    "trialdesign.simulate": {"replicates": 100, "mapper": map},
    "trialdesign.trend_power": {"rates": [0.25, 0.5, 0.75], "scores": [0, 1, 3]},
    "bayes.Rate": {"alpha": [1.5, 2.0], "beta": [3.0, 2.5], "origin": "a guess"},
    "trialdesign.NormalMixture": {"weight": [1.0, 2.0], "mean": [0.0, 1.0], "sd": [0.5, 0.25]},
    "trialdesign.Scenario": {"name": "belief"},
    "trialdesign.TwoArmDesign": {
        "n_active": 12, "n_control": 9, "test": "chi-square", "delta": 0.25,
    },
}  # fmt: skip


@cache
def results() -> dict[str, Any]:
    """Results that other functions take."""
    line = doseresponse.fit_all([0, 2, 4], [4, 6, 9], [9, 11, 20], models=["linear"])
    normal = trialdesign.NormalMixture.normal
    control, effect = normal(-0.9, 0.2), normal(0.1, 0.05)
    few = pooling.random_effects([0.1, 0.3, 0.8], [0.01, 0.02, 0.02])
    many = pooling.random_effects(
        [0.1 * i for i in range(12)], [0.01 + 0.001 * i for i in range(12)]
    )
    change = changes.from_spread([-5.0, -7.0], [3.0, 2.5], [20, 30], kind="sd")
    return {
        "rate": bayes.posterior([4, 6, 9], [9, 11, 20]), "one": change, "other": change,
        "doseresponse.average models": line, "doseresponse.predict fit": line.fits[0],
        "doseresponse.target_dose fit": line.fits[0], "pooling.egger fit": many,
        "pooling.funnel fit": many, "fit": few, "control": control, "effect": effect,
        "design": trialdesign.TwoArmDesign(12, 9),
        "scenario": trialdesign.Scenario("belief", control, effect),
    }  # fmt: skip


def find(name: str) -> Any:
    """Return a function by its room and name."""
    room, _, last = name.rpartition(".")
    return getattr(module(room), last)


def module(room: str) -> ModuleType:
    """Return a room as users reach it."""
    if room == "counts":
        return atopic.counts
    return import_module(f"atopic.stats.{room}")


def right(name: str) -> dict[str, Any]:
    """Return arguments with which a function works."""
    own, made = OWN.get(name, {}), results()
    found = {}
    for argument in KINDS[name]:
        if argument in own:
            value = own[argument]
        elif KINDS[name][argument] == RESULT and argument not in ("models", "bounds"):
            value = made.get(f"{name} {argument}", made.get(argument))
        else:
            value = made.get(f"{name} {argument}", RIGHT.get(argument))
        if value is not None:
            found[argument] = value
    return found


def public() -> set[str]:
    """Every function that a room offers."""
    found: dict[Any, str] = {}
    for room in ROOMS:
        for name in module(room).__all__:
            value = getattr(module(room), name)
            if isfunction(value):
                found.setdefault(value, f"{room}.{name}")
    made = ("bayes.Rate", "trialdesign.NormalMixture", "trialdesign.Scenario",
            "trialdesign.TwoArmDesign")  # fmt: skip
    assert all(isclass(find(name)) for name in made)
    return {*found.values(), *made}


assert contrasts is module("contrasts")
