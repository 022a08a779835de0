"""Write pymare.json: the regressions of values.json by PyMARE, a second implementation.

Run in an environment of its own: ``pip install pymare``, then ``python make_pymare.py``. Only its
DerSimonian-Laird estimate is in closed form; its likelihood estimates stop early.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def main() -> None:
    """Fit every case, and store coefficients, standard errors and tau2."""
    from pymare.estimators import DerSimonianLaird

    cases = json.loads((HERE / "values.json").read_text(encoding="utf-8"))["cases"]
    found = []
    for case in cases:
        y, v = (np.array(case[name])[:, None] for name in ("yi", "vi"))
        x = np.column_stack([np.ones(len(y)), np.array(case["mods"]).reshape(len(y), -1)])
        result = DerSimonianLaird().fit(y, v, x).summary()
        found.append(
            {
                "dl": {
                    "estimate": result.fe_params[:, 0].tolist(),
                    "se": result.fe_se[:, 0].tolist(),
                    "tau2": float(np.ravel(result.tau2)[0]),
                }
            }
        )
    names = {name: version(name) for name in ("PyMARE", "numpy")}
    text = json.dumps({"versions": names, "cases": found}, indent=1)
    (HERE / "pymare.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
