"""Write r_calls.json: what R prints for the calls with which results say how to repeat them.

Run: python make_calls.py   (needs atopic, and Rscript with metafor)
"""

import json
import subprocess
import tempfile
from pathlib import Path

from atopic.stats import pooling

HERE = Path(__file__).parent
VALUES = json.loads((HERE / "values.json").read_text(encoding="utf-8"))

# After each call, the numbers with all their digits; a fit by rma.mv calls tau2 sigma2.
PRINT = """
local({{
  invisible(capture.output({{
{call}
  }}))
  tau2 <- if (inherits(fit, "rma.mv")) sum(fit$sigma2) else fit$tau2
  limits <- if (exists("interval", inherits = FALSE)) interval else c(fit$ci.lb, fit$ci.ub)
  out <- c(c(fit$beta), tau2, limits, if (exists("prediction", inherits = FALSE)) prediction)
  writeLines(paste(sprintf("%.17g", out), collapse = " "))
}})
"""


def fits() -> dict[str, pooling.Pooled]:
    """Return the results to repeat: every method, interval, prediction and kind of data."""
    bcg = VALUES["cases"][0]
    y, v = bcg["yi"], bcg["vi"]
    found = {
        f"tau2 by {method}": pooling.random_effects(y, v, tau2_method=method)
        for method in ("reml", "pm", "dl", "ml", "eb", "sj")
    }
    for interval in ("wald", "hartung-knapp", "hartung-knapp-safeguarded"):
        found[f"{interval}, random"] = pooling.random_effects(y, v, interval=interval, level=0.9)
        found[f"{interval}, common"] = pooling.common_effect(y, v, interval=interval)
    for prediction in (
        "normal",
        "k-1",
        "hartung-knapp-k-1",
        "hartung-knapp-k-2",
        "hartung-knapp-safeguarded-k-1",
        "hartung-knapp-safeguarded-k-2",
    ):
        found[f"predicted by {prediction}"] = pooling.random_effects(y, v, prediction=prediction)
    found["one study"] = pooling.random_effects(y[:1], v[:1], interval="wald")
    found["two studies"] = pooling.random_effects(y[:2], v[:2])
    large = VALUES["cases"][7]
    found["tau2 above 100"] = pooling.random_effects(large["yi"], large["vi"], tau2_method="pm")
    for number, data in enumerate(VALUES["maxima"]):
        found[f"two maxima, {number}"] = pooling.random_effects(data["yi"], data["vi"])
    shared = VALUES["shared"]
    counts = [shared[name] for name in ("x1", "n1", "x0", "n0")]
    for model in ("random", "common"):
        for interval in ("wald", "hartung-knapp", "hartung-knapp-safeguarded"):
            found[f"shared control, {model}, {interval}"] = pooling.pool_contrasts(
                *counts, measure="OR", control=shared["study"], model=model, interval=interval
            )
    return found


def main() -> None:
    """Run every call in one R session."""
    calls = {name: fit.r_call() for name, fit in fits().items()}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "calls.R"
        text = "suppressMessages(library(metafor))\noptions(warn = -1)\n"
        script.write_text(
            text + "".join(PRINT.format(call=call) for call in calls.values()), encoding="utf-8"
        )
        run = subprocess.run(
            ["Rscript", str(script)], capture_output=True, text=True, check=True, encoding="utf-8"
        )
    printed = [[float(x) for x in line.split()] for line in run.stdout.splitlines()]
    cases = [
        {"name": name, "call": call, "printed": numbers}
        for (name, call), numbers in zip(calls.items(), printed, strict=True)
    ]
    table = {"versions": VALUES["versions"], "cases": cases}
    (HERE / "r_calls.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
