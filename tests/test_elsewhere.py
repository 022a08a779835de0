"""What the files for containers, Binder and VS Code name is there: `docs/elsewhere.md`."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from atopic.cli import app
from tests.conftest import REPOSITORY

BINDER = REPOSITORY / "binder"
TASKS = json.loads((REPOSITORY / ".vscode" / "tasks.json").read_text(encoding="utf-8"))
CONTAINER = json.loads(
    (REPOSITORY / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
)
COMMANDS = [CONTAINER["postCreateCommand"], *(task["command"] for task in TASKS["tasks"])]


def fault_of(command: str) -> str:
    """Return why a command of this repository cannot run, as far as it can be told unrun."""
    program, *words = shlex.split(command)
    if program == "make":
        made = subprocess.run(
            ["make", "-n", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        return made.stderr if made.returncode else ""
    if program != ".venv/bin/atopic":
        return f"no program of the environment: {program}"
    known = get_command(app).commands  # type: ignore[attr-defined]
    if words[0] not in known:
        return f"no command of atopic: {words[0]}"
    options = {name for one in known[words[0]].params for name in one.opts}
    return " ".join(one for one in words if one.startswith("-") and one not in options)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_an_editor_or_a_container_runs_is_there(command: str) -> None:
    assert fault_of(command) == ""


@pytest.mark.parametrize(
    "command",
    ["make lap", "atopic build", ".venv/bin/atopic biuld", ".venv/bin/atopic build --wtch"],
)
def test_one_that_is_not_would_be_found(command: str) -> None:
    assert fault_of(command)


def test_what_a_task_asks_for_is_asked() -> None:
    named = {one for command in COMMANDS for one in re.findall(r"\$\{input:(\w+)\}", command)}
    assert named == {one["id"] for one in TASKS["inputs"]}


def test_every_python_is_one_that_the_package_is_for() -> None:
    package = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = (CONTAINER["image"], (BINDER / "runtime.txt").read_text(encoding="utf-8"))
    for text in named:
        version = re.search(r"3\.\d+", text)
        assert version
        assert f"Programming Language :: Python :: {version[0]}" in package["classifiers"]


def test_the_container_uses_the_environment_that_make_sets_up() -> None:
    made = re.search(r"^VENV := (\S+)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert made
    assert CONTAINER["postCreateCommand"].startswith(f"make {made[1]}/")
    settings = CONTAINER["customizations"]["vscode"]["settings"]
    interpreter = settings["python.defaultInterpreterPath"]
    assert interpreter == f"${{containerWorkspaceFolder}}/{made[1]}/bin/python"


def test_binder_installs_the_lock_and_then_the_package_with_what_that_needs() -> None:
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (required,) = [line for line in lines if line and not line.startswith("#")]
    lock = (BINDER / required.removeprefix("-r ")).resolve()
    assert lock == REPOSITORY / "requirements.lock"
    build = (BINDER / "postBuild").read_text(encoding="utf-8")
    assert "--no-deps" in build
    pins = re.findall(r"^([a-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if "--no-build-isolation" in build:
        assert {"hatchling", "editables"} <= set(pins)
    assert "jupyterlab" in pins


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_a_script_of_binder_is_one(name: str) -> None:
    path = BINDER / name
    assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_binder_starts_with_the_settings_of_make_lab_at_a_notebook_that_is_there() -> None:
    start = (BINDER / "start").read_text(encoding="utf-8")
    named = re.search(r'JUPYTER_CONFIG_PATH="\$PWD/([^"]+)"', start)
    assert named
    folder = REPOSITORY / named[1]
    assert f"JUPYTER_CONFIG_PATH=$(CURDIR)/{named[1]}" in (REPOSITORY / "Makefile").read_text()
    settings = json.loads((folder / "jupyter_lab_config.json").read_text(encoding="utf-8"))
    guide = (REPOSITORY / "docs" / "elsewhere.md").read_text(encoding="utf-8")
    addresses = re.findall(r"urlpath=lab/tree/([^`\s]+)", guide)
    addresses.append(settings["LabApp"]["default_url"].removeprefix("/lab/tree/"))
    assert len(addresses) == 2
    assert all(Path(REPOSITORY / one).is_file() for one in addresses)


def test_every_option_of_make_that_the_guide_names_is_passed_on() -> None:
    guide = (REPOSITORY / "docs" / "elsewhere.md").read_text(encoding="utf-8")
    commands = re.findall(r"`(make [^`]+)`", guide)
    assert {"make lab", "make app"} <= set(commands)
    for command in commands:
        words = shlex.split(command)
        made = subprocess.run(
            ["make", "-n", *words[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout
        passed = [word.partition("=")[2] for word in words if "=" in word]
        assert all(one in made for one in passed), command
