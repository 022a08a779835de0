"""Whatever the check accepts is loaded, shown and reported, without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import atopic
from atopic.evidence.checks import check
from atopic.questions.claims import observations, verdicts
from atopic.questions.evidence_map import data_warnings, placebo_comparisons, study_characteristics
from atopic.reporting.pages.table_pages import evidence_files
from tests.conftest import REPOSITORY
from tests.mutants import mutant
from tests.reporting.test_table_pages import Page, shuffled


@pytest.mark.parametrize("seed", range(3))
def test_what_the_check_accepts_is_loaded_and_judged(seed: int, tmp_path: Path) -> None:
    mutant(seed, tmp_path / "data")
    cells = shuffled(tmp_path / "data", seed)
    assert not [one for one in check(tmp_path / "data", warnings=True) if one.fails]
    site = evidence_files(tmp_path / "data", "0")
    assert {name: Page(site[f"data/{name}.html"]).cells() for name in cells} == cells
    evidence = atopic.load(tmp_path / "data")
    found, numbers = verdicts(evidence), observations(evidence)
    assert len(found) == len(evidence.claims)
    assert set(numbers["claim_id"]) <= set(found["claim_id"])
    assert len(study_characteristics(evidence)) <= len(evidence.studies)
    assert len(placebo_comparisons(evidence)) <= len(evidence.contrasts)
    assert set(data_warnings(evidence)["table"]) <= set(evidence)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
def test_what_the_check_accepts_gives_every_report(seed: int, tmp_path: Path) -> None:
    done = mutant(seed, tmp_path / "data")
    built = subprocess.run(
        [
            sys.executable, "-c", "from atopic.cli import main; main()", "build",
            "--data", str(tmp_path / "data"), "--out", str(tmp_path / "site"),
        ],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    told = f"{'; '.join(done)}\n{built.stdout}{built.stderr}"
    assert "Traceback" not in told, told
    assert built.returncode == 0, told
