"""Speed of the statistics as ratios to other software, each measured in this one run.

``python benchmarks/estimators.py`` prints one table; see README.md. Times are processor seconds,
medians of rounds in which the sides take turns. Answers are compared before times are.
"""

import sys

# A script's own folder is searched first, where this file would hide Python's `statistics`.
if __name__ == "__main__" and not sys.flags.safe_path:
    sys.path.pop(0)

import argparse
import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

# One thread for every side; has to stand before NumPy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from scipy.special import gammaln
from scipy.stats import binomtest, fisher_exact
from statsmodels.stats.proportion import proportion_confint

from atopic.stats import contrasts, doseresponse, pooling, proportions
from atopic.stats.pooling import glmm as single_arm_glmm

ORACLES = Path(__file__).parents[1] / "tests" / "oracles"
STATISTICS = ", ".join(
    f"atopic.stats.{name}"
    for name in (
        "proportions", "pooling.inverse_variance", "pooling.single_arm", "doseresponse.fit_model",
    )
)  # fmt: skip

#: Runs a task once; returns processor seconds for one item of it, and its answer.
Side = Callable[[], tuple[float, Any]]


class Line(NamedTuple):
    """A line of the table: what is compared, seconds per round of both, and what is asked."""

    what: str
    peer: str
    ours: list[float]
    theirs: list[float]
    target: str = "-"
    met: Callable[[float, float], bool] | None = None  # of the medians, ours and theirs

    def __str__(self) -> str:
        ratios = sorted(b / a for a, b in zip(self.ours, self.theirs, strict=True))
        a, b = median(self.ours), median(self.theirs)
        verdict = "-" if self.met is None else "met" if self.met(a, b) else "MISSED"
        spread = f"{_three(ratios[0])} to {_three(ratios[-1])}"
        columns = f"{_time(a):>8} {_time(b):>8} {_three(b / a):>8} {spread:>16}"
        return f"{self.what:<42} {self.peer:<32} {columns}  {self.target:<15} {verdict}"


def at_least(times: float) -> dict[str, Any]:
    return {"target": f"at least {times:g}", "met": lambda a, b: b / a >= times}


def at_most(cost: float) -> dict[str, Any]:
    return {"target": f"at least 1/{cost:g}", "met": lambda a, b: a / b <= cost}


def within(seconds: float) -> dict[str, Any]:
    return {"target": f"ours <= {_time(seconds)}", "met": lambda a, _: a <= seconds}


def here(work: Callable[[], Any], items: int = 1, repeat: int = 1) -> Side:
    """Time a call in this process, after it has run once."""

    def side() -> tuple[float, Any]:
        work()
        start = time.process_time()
        for _ in range(repeat):
            answer = work()
        return (time.process_time() - start) / repeat / items, answer

    return side


def in_r(work: str, items: int = 1, package: str = "metafor", **data: np.ndarray) -> Side:
    """Time an R expression of a package in a fresh R, after it has run there once."""
    given = "".join(
        f"{name} <- matrix(c({','.join(map(repr, values.ravel().tolist()))}), "
        f"ncol = {values.shape[-1]}, byrow = TRUE)\n"
        for name, values in data.items()
    )
    script = f"""suppressMessages(library({package}))
    {given}
    work <- function() {{ {work} }}
    invisible(work())
    start <- proc.time()
    answer <- work()
    cat(format(c(sum((proc.time() - start)[1:2]), answer), digits = 15))"""

    def side() -> tuple[float, Any]:
        run = subprocess.run(
            ["Rscript", "-"], input=script, capture_output=True, text=True, check=True
        )
        seconds, *answer = (float(number) for number in run.stdout.replace("NA", "nan").split())
        return seconds / items, np.array(answer)

    return side


def race(rounds: int, *sides: Side) -> tuple[list[list[float]], list[Any]]:
    """Let the sides take turns; return the times of each, and the last answer of each."""
    results = [[side() for side in sides] for _ in range(rounds)]
    times = [[seconds for seconds, _ in side] for side in zip(*results, strict=True)]
    return times, [answer for _, answer in results[-1]]


def same(ours: Any, theirs: Any, tolerance: float) -> None:
    np.testing.assert_allclose(np.where(np.isnan(theirs), ours, theirs), ours, atol=tolerance)


def intervals(rounds: int) -> Iterator[Line | str]:
    many, few = 100_000, 300
    random = np.random.default_rng(1)
    n = random.integers(1, 101, many)
    x = random.integers(0, n + 1)
    (ours, vector, loop), (limits, theirs, scalar) = race(
        rounds,
        here(lambda: proportions.interval(x, n)),
        here(lambda: proportion_confint(x, n, method="beta")),
        here(lambda: [_binomtest(x[i], n[i]) for i in range(few)], items=few),
    )
    same(limits, theirs, 1e-9)
    same(np.transpose(limits)[:few], scalar, 1e-9)
    what = "100,000 Clopper-Pearson intervals"
    yield Line(what, f"statsmodels {version('statsmodels')}", ours, vector)
    scaled = [seconds * many for seconds in loop]
    yield Line(what, f"scipy binomtest, {few} scaled up", ours, scaled)


def random_effects(rounds: int) -> Iterator[Line | str]:
    _, v = _bcg()
    random = np.random.default_rng(1)
    variance = random.choice(v, (10_000, v.size))
    tau2 = random.choice([0, 0.05, 0.1, 0.3, 1], (10_000, 1))
    effect = random.normal(-0.7, np.sqrt(variance + tau2))
    few = 200
    y, v = effect[:few], variance[:few]
    ours = here(lambda: pooling.random_effects(effect, variance).estimate, 10_000)
    peers = {}
    if _version("pymetaanalysis"):
        from meta_analyze import meta_analysis

        def one(i: int) -> float:
            return meta_analysis(effect=y[i], variance=v[i], ci_method="hartung-knapp").estimate

        name = f"PyMetaAnalysis {version('pymetaanalysis')}"
        peers[f"{name}, {few} fits"] = here(lambda: [one(i) for i in range(few)], few)
    if _version("pymare"):
        from pymare.estimators import VarianceBasedLikelihoodEstimator

        def columns(y: np.ndarray, v: np.ndarray) -> np.ndarray:
            fit = VarianceBasedLikelihoodEstimator(method="REML").fit(y, v, np.ones((13, 1)))
            return fit.params_["fe_params"][0]

        name = f"PyMARE {version('pymare')}"
        peers[f"{name}, {few} fits"] = here(
            lambda: [columns(y[i], v[i])[0] for i in range(few)], few
        )
        peers[f"{name}, all at once"] = here(lambda: columns(effect.T, variance.T), 10_000)
    if METAFOR:
        # A fit that does not converge there takes its time, but has no answer to compare.
        work = """sapply(1:nrow(y), function(i) tryCatch(
            coef(rma(y[i, ], v[i, ], test = "knha")), error = function(e) NA))"""
        peers[f"metafor {METAFOR}, {few} fits"] = in_r(work, few, y=y, v=v)
    (ours, *others), (answer, *theirs) = race(rounds, ours, *peers.values())
    what = "10,000 REML fits, k = 13: time of one"
    for name, seconds, other in zip(peers, others, theirs, strict=True):
        same(answer[: len(other)], other, 1e-4)
        yield Line(what, name, ours, seconds, **at_least(100 if "metafor" in name else 50))
    yield from _missing(what, "pymetaanalysis", "pymare", "metafor")


def single_arm(rounds: int) -> Iterator[Line | str]:
    case = json.loads((ORACLES / "glmm" / "values.json").read_text())["cases"]["pritz1997"]
    x, n = np.array(case["x"]), np.array(case["n"])
    ours = (
        here(lambda: single_arm_glmm.fit(x, n).beta[0], repeat=100),
        here(lambda: pooling.pool_proportions(x, n), repeat=100),
    )
    peers = {}
    if _version("glmm"):
        import glmm

        arms = {"x": x, "rest": n - x, "arm": [f"arm {i}" for i in range(x.size)]}
        peers[f"glmm {version('glmm')}, 25 nodes"] = here(
            lambda: glmm.fit(arms, "cbind(x, rest) ~ 1 + (1 | arm)", "binomial", nagq=25).beta[0],
            repeat=100,
        )
    if METAFOR:
        work = """for (i in 1:20) fit <- rma.glmm(measure = "PLO", xi = x[1, ], ni = n[1, ])
        coef(fit)"""
        peers[f"metafor {METAFOR}, rma.glmm"] = in_r(work, 20, x=x[None], n=n[None])
    (fit, pooled, *others), (answer, _, *theirs) = race(rounds, *ours, *peers.values())
    what = f"single-arm GLMM, k = {x.size}"
    for name, seconds, other in zip(peers, others, theirs, strict=True):
        same(answer, other, 1e-4)
        target = at_least(50 if "metafor" in name else 1)
        yield Line(f"{what}: glmm.fit", name, fit, seconds, **target)
        yield Line(f"{what}: pool_proportions", name, pooled, seconds, **target)
    yield from _missing(what, "glmm", "metafor")


def subsets(rounds: int) -> Iterator[Line | str]:
    what = "all 8,191 subsets of 13 trials"
    if not METAFOR:
        yield from _missing(what, "metafor")
        return
    y, v = _bcg()
    whole, few = pooling.random_effects(y, v, interval="wald"), 1000
    work = f"""set.seed(1)
    g <- gosh(rma(y[1, ], v[1, ]), subsets = {few}, progbar = FALSE)
    c(g$incl %*% 2^(0:12), g$res$estimate)"""
    (ours, theirs), (frame, drawn) = race(
        rounds, here(lambda: pooling.all_subsets(whole)), in_r(work, few, y=y[None], v=v[None])
    )
    # Rows are numbered as the drawn subsets are: by the trials as binary digits.
    same(frame["estimate"].to_numpy()[drawn[:few].astype(int) - 1], drawn[few:], 1e-3)
    scaled = [seconds * 8191 for seconds in theirs]
    yield Line(what, f"metafor {METAFOR}, {few} scaled up", ours, scaled, **at_least(300))


def trend(rounds: int) -> Iterator[Line | str]:
    cases = [
        ([20, 28, 35, 45], 100, "every table, by NumPy", _enumerate, 1e-9),
        ([5, 8, 10, 9, 14, 12, 16, 20], 50, "10,000 permutations, by NumPy", _permute, 0.02),
    ]
    for x, n, name, peer, tolerance in cases:
        (ours, theirs), (test, p) = race(
            rounds,
            here(lambda x=x, n=n: doseresponse.trend_test(range(len(x)), x, n, exact=True)),
            here(lambda x=x, n=n, peer=peer: peer(np.array(x), n)),
        )
        same(test.p_value, p, tolerance)
        yield Line(f"exact trend test, {len(x)} arms of {n}", name, ours, theirs, **within(0.05))


def dose_signal(rounds: int) -> Iterator[Line | str]:
    what = "MCP-Mod with its default candidates"
    dose, mean = np.array([0, 0.05, 0.2, 0.6, 1]), np.array([0.345, 0.457, 0.81, 0.935, 0.949])
    ours = here(lambda: doseresponse.mcp_mod_means(dose, mean, [0.15] * 5).table["statistic"])
    if not DOSEFINDING:
        (alone,), _ = race(rounds, ours)
        yield f"{what:<42} {_time(median(alone))}"
        yield from _missing(what, "DoseFinding")
        return
    # The offset of the log-linear candidate is 1% of the highest dose there, too.
    work = """shapes <- Mods(linear = NULL, linlog = NULL, emax = 0.2, sigEmax = c(0.5, 3),
            exponential = 0.28, logistic = c(0.5, 0.1), doses = dose[1, ],
            addArgs = list(off = 0.01))
        MCPMod(dose[1, ], mean[1, ], S = diag(0.15^2, 5), type = "general", models = shapes,
            Delta = 0.2)$MCTtest$tStat"""
    peer = in_r(work, package="DoseFinding", dose=dose[None], mean=mean[None])
    (seconds, other), (statistic, theirs) = race(rounds, ours, peer)
    same(np.asarray(statistic), theirs, 1e-6)
    yield Line(what, f"DoseFinding {DOSEFINDING}", seconds, other, **within(1))


def fisher(rounds: int) -> Iterator[Line | str]:
    few, many = 5_800_000, 5_801_500
    (ours, theirs), (p, other) = race(
        rounds,
        here(lambda: contrasts.exact_test(few, few + many, many, few + many)),
        here(lambda: fisher_exact([[few, many], [many, few]]).pvalue),
    )
    same(p, other, 1e-6)
    yield Line("Fisher, 5.8 million a cell", f"scipy {version('scipy')}", ours, theirs)


def imports(rounds: int) -> Iterator[Line | str]:
    modules = ["atopic", STATISTICS, "pandas, scipy.special"]
    (plain, statistics, peer), _ = race(2 * rounds + 1, *map(_fresh_import, modules))
    yield Line("import atopic", "import pandas, scipy.special", plain, peer, **at_most(1.2))
    yield Line("the same with its statistics", "import pandas, scipy.special", statistics, peer)


def _binomtest(x: int, n: int) -> tuple[float, float]:
    limits = binomtest(int(x), int(n)).proportion_ci(method="exact")
    return limits.low, limits.high


def _bcg() -> tuple[np.ndarray, np.ndarray]:
    case = json.loads((ORACLES / "pooling" / "values.json").read_text())["cases"][0]
    return np.array(case["yi"]), np.array(case["vi"])


def _enumerate(x: np.ndarray, n: int) -> float:
    """Sum the probabilities of all tables as far from expectation as the one observed."""
    first = np.indices((n + 1,) * (x.size - 1)).reshape(x.size - 1, -1)
    last = x.sum() - first.sum(axis=0)
    possible = (last >= 0) & (last <= n)
    tables = np.vstack([first, last])[:, possible]
    log_choose = gammaln(n + 1) - gammaln(np.arange(n + 1) + 1) - gammaln(np.arange(n, -1, -1) + 1)
    weight = log_choose[tables].sum(axis=0)
    weight = np.exp(weight - weight.max())
    away = np.abs((np.arange(x.size) - (x.size - 1) / 2) @ np.column_stack([x, tables]))
    return float(weight[away[1:] >= away[0]].sum() / weight.sum())


def _permute(x: np.ndarray, n: int) -> float:
    """Shuffle the doses among the patients."""
    dose = np.repeat(np.arange(x.size) - (x.size - 1) / 2, n)
    shuffled = np.random.default_rng(1).permuted(np.tile(dose, (10_000, 1)), axis=1)
    away = np.abs(shuffled[:, : x.sum()].sum(axis=1))
    return float(np.mean(away >= abs((np.arange(x.size) - (x.size - 1) / 2) @ x)))


def _fresh_import(modules: str) -> Side:
    code = f"import time; t = time.process_time(); import {modules}; print(time.process_time() - t)"

    def side() -> tuple[float, None]:
        run = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True)
        return float(run.stdout), None

    return side


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _r_version(package: str) -> str | None:
    if shutil.which("Rscript") is None:
        return None
    ask = f'cat(as.character(packageVersion("{package}")))'
    run = subprocess.run(["Rscript", "-e", ask], capture_output=True, text=True, check=False)
    return run.stdout if run.returncode == 0 else None


def _missing(what: str, *peers: str) -> Iterator[str]:
    of_r = {"metafor": METAFOR, "DoseFinding": DOSEFINDING}
    for peer in peers:
        if peer not in of_r and not _version(peer):
            yield f"{what:<42} {peer} is not installed: pip install {peer}"
        if peer in of_r and not of_r[peer]:
            yield f'{what:<42} {peer} is not installed: R, then install.packages("{peer}")'


def _three(number: float) -> str:
    """Three digits, never as a power of ten."""
    return f"{float(f'{number:.3g}'):g}"


def _time(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{_three(seconds / scale)} {unit}"
    return f"{_three(seconds / 1e-6)} µs"


METAFOR, DOSEFINDING = _r_version("metafor"), _r_version("DoseFinding")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each side (default 7)")
    wanted = parser.parse_args().rounds
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    print(f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores, 1 used")
    print(
        f"{'what':<42} {'peer':<32} {'ours':>8} {'peer':>8} {'ratio':>8} {'over rounds':>16}"
        f"  {'target':<15} met"
    )
    for part in (
        intervals,
        random_effects,
        single_arm,
        subsets,
        trend,
        dose_signal,
        fisher,
        imports,
    ):
        for line in part(wanted):
            print(line, flush=True)
