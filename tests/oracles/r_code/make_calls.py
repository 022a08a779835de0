"""Writes calls.R: the calls that results carry, for make.R to run.

Run from the repository: ``python -m tests.oracles.r_code.make_calls``; then here make.R.
"""

from pathlib import Path

from atopic.stats import bayes, doseresponse, pooling
from atopic.stats.results import Result

#: Trials of cells and of made-up counts: responders and patients, treated and placebo.
TRIALS = ([28, 68, 14], [88, 206, 59], [22, 28, 4], [81, 94, 55])


def results() -> dict[str, Result]:
    """Return the results whose calls are run, by name."""
    wald = {"interval": "wald", "prediction": "normal"}
    return {
        "risk_ratio": pooling.pool_contrasts(*TRIALS, measure="RR", **wald),
        "odds_ratio": pooling.pool_contrasts(*TRIALS, measure="OR", **wald),
        "rate": bayes.posterior(4, 5),
        "line": doseresponse.fit([0, 1, 2, 4], [1, 4, 6, 8], [10, 11, 12, 10], model="linear"),
    }


if __name__ == "__main__":
    calls = (f"{name} <- quote({{\n{one.r_code()}\n}})\n" for name, one in results().items())
    (Path(__file__).parent / "calls.R").write_text("".join(calls), encoding="utf-8")
