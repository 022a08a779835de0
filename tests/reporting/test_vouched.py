"""What is imported before there is a notebook: nothing of it shows, whatever else is built."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atopic.engine.shared_process import end_shared
from atopic.engine.warm_client import WarmProcess, wait_for
from atopic.reporting.plan.manifest import Report
from atopic.reporting.run.warm_up import (
    IMPORT,
    VOUCHED,
    VOUCHED_IF_NAMED,
    WARM_UP,
    named_by,
    vouched,
)
from tests.conftest import REPOSITORY
from tests.engine.settings_of_process import settings, unusual
from tests.reporting.test_side_by_side import PARAMETERS, made

#: Filters that silence or repeat a module's own warnings, and no others.
OWN = ("SpecialFunctionWarning", "the matrix subclass is not the", "bleach._vendor")
CHANGING = """
import decimal, logging, os, random, warnings
import matplotlib, numpy, pandas
print("said at import")
pandas.set_option("display.precision", 1)
numpy.set_printoptions(precision=1)
matplotlib.rcParams["font.size"] = 30
warnings.warn("changed")
warnings.filterwarnings("ignore", message="never mind")
decimal.getcontext().prec = 3
os.environ["CHANGED"] = "1"
logging.basicConfig()
random.seed(1)
"""
CHANGES = """
import sys, numpy, papermill.engines, IPython
from atopic.engine.shell import make_shell
from tests.engine.settings_of_process import changed_by
for line in changed_by(lambda: __import__(sys.argv[1])):
    print(line)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "module", [*VOUCHED, *VOUCHED_IF_NAMED, "atopic.questions.claims", "nbconvert"]
)
def test_to_import_what_is_vouched_for_changes_nothing_else(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHANGES, module], capture_output=True, text=True, check=True,
        cwd=REPOSITORY,
    )  # fmt: skip
    left = [line for line in done.stdout.splitlines() if not any(own in line for own in OWN)]
    assert (left, done.stderr) == ([], "")


def test_the_test_sees_what_a_module_changes(tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text(CHANGING)
    done = subprocess.run(
        [sys.executable, "-c", CHANGES, "loud"], capture_output=True, text=True, check=True,
        cwd=REPOSITORY, env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    found = done.stdout
    for what in ("warning: changed", "filter of warnings: ", "printing of numpy", "decimal",
                 "environment", "loggers", "random", "pandas display.precision",
                 "matplotlib font.size", "said at import"):  # fmt: skip
        assert what in found


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), *sys.path]))
    made = WarmProcess(vouched(), WARM_UP)
    yield made
    made.close()


@pytest.mark.parametrize("named", [[], list(VOUCHED_IF_NAMED)])
def test_what_is_warm_is_as_if_nothing_had_been_used(warm: WarmProcess, named: list[str]) -> None:
    warm.prepare(IMPORT, named)
    call = warm.call("tests.reporting.test_vouched:state_of_the_warm")
    told: list[Any] = []
    while call.status is None or None not in told:
        told += [words for _who, words in wait_for((warm,), 60)]
    *state, imported = told[0][1]
    assert imported == named
    assert tuple(state) == ([], 8, "{'divide': 'warn', 'over': 'warn', 'under': 'ignore', "
                            "'invalid': 'warn'}", [], "WARNING", "C.UTF-8", 28)  # fmt: skip


def state_of_the_warm(tell: Callable[..., None]) -> tuple[Any, ...]:
    import decimal
    import logging

    import numpy as np

    found = settings()
    root = found["loggers"]
    return (
        unusual(found), found["printing of numpy"]["precision"], repr(np.geterr()), root[1],
        logging.getLevelName(root[0]), os.environ["LC_ALL"], decimal.getcontext().prec,
        [name for name in VOUCHED_IF_NAMED if name in sys.modules],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("import scipy.stats as st", True),
        ("from scipy import special, stats", True),
        ("x = 1\nimport scipy.stats", True),
        ("from scipy import special\nfrom atopic import stats", False),
        ("import myscipy.stats", False),
    ],
)
def test_what_a_notebook_names_is_imported_for_it(source: str, named: bool) -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": source}]})
    assert named_by([notebook]) == (["scipy.stats"] if named else [])


#: Where a report may import what changes everything.
PLACES = {
    "never called": "def never():\n    import changing",
    "tried": "try:\n    import changing.no_such\nexcept ImportError:\n    pass",
    "for types": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import changing",
    "called": "import importlib\nimportlib.import_module('changing')",
    "by a helper": "import helping",
    "plainly": "import changing",
}


def test_what_reports_import_shows_on_no_other_page(
    tmp_path: Path, notebook: Callable[..., Path]
) -> None:
    (tmp_path / "changing.py").write_text(CHANGING)
    (tmp_path / "helping.py").write_text("import changing")
    look = (
        "import sys, warnings, decimal, numpy as np, pandas as pd, matplotlib as mpl\n"
        "print(pd.Series([1 / 3]), np.array([1 / 3]), decimal.Decimal(1) / 3)\n"
        "print(mpl.rcParams['font.size'], 'never mind' in repr(warnings.filters))\n"
        "print('changing' in sys.modules)\nwarnings.warn('mine')"
    )
    reports = [
        Report(
            f"r{number}", place, notebook(PARAMETERS, code, "print('end')", name=f"{number}.ipynb")
        )
        for number, (place, code) in enumerate(PLACES.items())
    ]
    other = Report("other", "Other", notebook(PARAMETERS, look, name="other.ipynb"))
    end_shared()
    built = made(tmp_path / "all", *reports, other)
    assert not [one.failure for one in built if one.failure]
    made(tmp_path / "alone", other, engine="kernel")
    page = (tmp_path / "all" / "other.html").read_text()
    assert page == (tmp_path / "alone" / "other.html").read_text()
    assert "0.333333" in page
    for report in reports:
        said = (tmp_path / "all" / f"{report.id}.html").read_text().partition("Code 3")[0]
        imports = report.title not in ("never called", "for types")
        assert ("said at import" in said, "UserWarning: changed" in said) == (imports, imports)
