"""The notebooks with many values of their parameters, and without our runner."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from atopic.display.numbers import method_name, outcome_text
from atopic.reporting.plan.parameters import declared, read_notebook
from tests.conftest import REPOSITORY
from tests.running import run

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


RATES = REPOSITORY / "notebooks" / "response_rates.ipynb"


@pytest.mark.parametrize(
    ("weeks", "studies", "benchmarks"),
    list(itertools.product(([], [12], [16, 24], [13], [-1]), ([], ["kim-2017"], ["x"]), (0, 1))),
)
@pytest.mark.parametrize("outcome", ["EASI-50", "SCORAD-90", "IGA-0/1-maintained", "nonsense"])
def test_response_rates_answers_whatever_it_is_asked(
    outcome: str, weeks: list[int], studies: list[str], benchmarks: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    values = {
        "outcome": outcome, "weeks": weeks, "studies": studies,
        "include_benchmarks": bool(benchmarks),
    }  # fmt: skip
    shown = run(RATES, values, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    if "figure" in kinds:
        assert kinds.count("table") >= 2
        alt = next(metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure")
        assert alt.startswith(f"{outcome_text(outcome)} by group, ")
    else:
        assert kinds == ["finding", "note"]


EFFECT = REPOSITORY / "notebooks" / "controlled_effect.ipynb"


@pytest.mark.parametrize("weeks", [[], [12], [16], [13]])
@pytest.mark.parametrize("studies", [[], ["kangstem-2019"], ["seo-2024-phase-2"], ["x"]])
@pytest.mark.parametrize("outcome", ["EASI-50", "EASI-75", "SCORAD-50", "nonsense"])
def test_controlled_effect_answers_whatever_it_is_asked(
    outcome: str, weeks: list[int], studies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(EFFECT, {"outcome": outcome, "weeks": weeks, "studies": studies}, monkeypatch)
    kinds = [metadata["kind"] for metadata, _ in shown]
    assert kinds
    assert bool({"figure", "block"} & set(kinds)) == ("table" in kinds)
    for metadata, _ in shown:
        if metadata["kind"] == "figure" and metadata["name"] == "placebo":
            assert metadata["alt"].startswith(f"{outcome} in placebo groups: ")


@pytest.mark.parametrize(
    ("outcome", "studies", "weeks", "told"),
    [
        ("EASI-75", ["shr0302-phase-2", "breeze-ad7", "ecztra-6"], [], "Heterogeneity of 3 trials"),
        (
            "EASI-50",
            ["kangstem-2019", "shr0302-phase-2"],
            [12],
            "never pooled: benchmark, evidence",
        ),
        ("IGA-above-1", ["dupilumab-adolescents"], [16], "The phase 3 trial differs clearly"),
        ("SCORAD-90", ["shr0302-phase-2"], [12], "phase 2 trial"),
        ("EASI-50", [], [], "Neither phase 3 trial differs clearly from placebo: "),
    ],
)
@pytest.mark.parametrize("method", ["newcombe", "miettinen-nurminen"])
def test_controlled_effect_of_other_trials(
    outcome: str, studies: list[str], weeks: list[int], told: str, method: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    values = {"outcome": outcome, "studies": studies, "weeks": weeks, "method": method}
    values["pool_by"] = "all"
    shown = run(EFFECT, values, monkeypatch)
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    assert any(told in note for note in notes)
    captions = [metadata["caption"] for metadata, _ in shown if metadata["kind"] == "table"]
    assert any(f"95% {method_name(method)} intervals" in caption for caption in captions)


@pytest.mark.parametrize(("name", "value"), [("level", 95), ("method", "guess")])
def test_controlled_effect_refuses_what_is_no_level_or_method(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(EFFECT, {name: value}, monkeypatch)


@pytest.mark.parametrize(
    ("level", "method"),
    [(0.5, "wilson"), (0.99, "mid-p"), (0.8, "jeffreys"), (0.95, "agresti-coull")],
)
def test_response_rates_names_its_level_and_method(
    level: float, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(RATES, {"level": level, "method": method}, monkeypatch)
    captions = {metadata["kind"]: metadata["caption"] for metadata, _ in reversed(shown)
                if metadata["kind"] in ("figure", "table")}  # fmt: skip
    assert f"with {100 * level:g}% intervals" in captions["figure"]
    assert f"with {100 * level:g}% intervals ({method_name(method)})" in captions["table"]


@pytest.mark.parametrize(("name", "value"), [("level", 95), ("level", 0), ("method", "guess")])
def test_response_rates_refuses_what_is_no_level_or_method(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(RATES, {name: value}, monkeypatch)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_parameter_says_what_it_means_and_is_read(path: Path) -> None:
    notebook = read_notebook(path)
    code = "\n".join(
        cell["source"]
        for cell in notebook
        if cell["cell_type"] == "code" and "tags" not in cell["metadata"]
    )
    for parameter in declared(notebook, path.name).values():
        assert len(parameter.help) > 10
        assert parameter.name in code


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_under_plain_papermill_and_jupyter(path: Path, tmp_path: Path) -> None:
    commands = (
        ["-m", "papermill", str(path), str(tmp_path / "papermill.ipynb"), "-k", "python3"],
        ["-m", "jupyter", "execute", str(path), f"--output={tmp_path / 'jupyter.ipynb'}"],
    )
    for command in commands:
        done = subprocess.run(
            [sys.executable, *command], cwd=path.parent, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    for name in ("papermill", "jupyter"):
        text = (tmp_path / f"{name}.ipynb").read_text()
        shows = ('"kind": "table"', '"kind": "block"', "application/vnd.jupyter.widget-view+json")
        assert any(one in text for one in shows)
        assert '"output_type": "error"' not in text


@pytest.mark.slow
def test_an_installed_wheel_works_outside_the_repository(tmp_path: Path) -> None:
    import os
    import zipfile

    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    library = tmp_path / "library"
    zipfile.ZipFile(wheel).extractall(library)
    environment = {**os.environ, "PYTHONPATH": str(library)}
    command = [sys.executable, "-c", "from atopic.cli import main; main()", "build", "easi-50"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "28.4 to 99.5%" in (tmp_path / "reports" / "easi-50.html").read_text()
    where = subprocess.run(
        [sys.executable, "-c", "import atopic; print(atopic.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(library))
