"""The page on what is handed over to other software: its Python runs, and its R finds the files."""

import csv
import re
import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pytest

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "beyond-atopic.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
R = re.findall(r"```r\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in PYTHON:
        exec(block, names)
    return tmp_path


def test_what_r_reads_was_written_with_the_columns_it_names(handed_over: Path, capsys) -> None:
    heads = {}
    for path in handed_over.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            heads[path.name] = next(csv.reader(file))
    asked = {name for block in R for name in re.findall(r'read\.csv\("(.*?)"\)', block)}
    assert asked == set(heads)
    assert {"Trial", "yi", "vi"} <= set(heads["effects.csv"])
    assert heads["pairs.csv"] == ["Trial", "treat1", "treat2", "TE", "seTE"]
    covariance = np.loadtxt(handed_over / "covariance.csv", delimiter=",", skiprows=1)
    assert covariance.shape == (6, 6)
    assert np.count_nonzero(covariance - np.diag(np.diag(covariance))) == 2
    assert np.all(np.linalg.eigvalsh(covariance) > 0)


def test_pairs_of_a_trial_with_three_arms_are_consistent(handed_over: Path) -> None:
    with (handed_over / "pairs.csv").open(encoding="utf-8", newline="") as file:
        of_smith = [row for row in csv.DictReader(file) if row["Trial"] == "Smith 2015"]
    effect = {(row["treat1"], row["treat2"]): float(row["TE"]) for row in of_smith}
    through = effect["high", "placebo"] - effect["low", "placebo"]
    assert through == pytest.approx(effect["high", "low"])


@pytest.mark.slow
@pytest.mark.skipif(which("Rscript") is None, reason="R is not installed")
def test_the_r_of_metafor_runs_on_the_files(handed_over: Path) -> None:
    for block in R:
        if "library(metafor)" in block:
            run = subprocess.run(
                ["Rscript", "-e", block], cwd=handed_over, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            if "no package called" in run.stderr:
                pytest.skip("metafor is not installed")
            assert run.returncode == 0, run.stderr
            assert "Model Results" in run.stdout
