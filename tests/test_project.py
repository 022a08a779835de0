"""The house: notebooks, and what the project says of itself."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import atopic
from tests.conftest import REPOSITORY


def imports() -> list[tuple[str, str]]:
    found = []
    source = REPOSITORY / "src"
    for path in sorted(source.rglob("*.py")):
        name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("atopic"):
                members = [f"{node.module}.{alias.name}" for alias in node.names]
                rooms = [
                    one for one in members if (source / f"{one.replace('.', '/')}.py").exists()
                ]
                found += [(name, room) for room in rooms or [str(node.module)]]
    return found


def test_no_import_goes_in_a_circle() -> None:
    edges: dict[str, set[str]] = {}
    for room, other in imports():
        if room != "atopic" and other != "atopic":
            edges.setdefault(room, set()).add(other)
    # checks is imported by evidence inside a function, when a folder turns out to be faulty
    edges.get("atopic.evidence.folder", set()).discard("atopic.evidence.checks")
    done: set[str] = set()

    def visit(room: str, way: tuple[str, ...]) -> None:
        assert room not in way, " -> ".join((*way, room))
        if room not in done:
            for other in sorted(edges.get(room, ())):
                visit(other, (*way, room))
            done.add(room)

    for room in sorted(edges):
        visit(room, ())


#: What only building and checking reports needs, and what only drawing needs.
REPORTS = {"papermill", "nbconvert", "nbclient", "ipykernel", "IPython", "watchfiles", "typer",
           "rich", "great_tables", "latex2mathml"}  # fmt: skip
LIBRARY = ("proportions", "contrasts", "pooling", "bayes", "doseresponse", "trialdesign", "counts")
QUESTIONS = sorted(
    path.parent.name for path in REPOSITORY.glob("src/atopic/questions/*/__init__.py")
)


def loaded_by(code: str) -> set[str]:
    """Return the packages that code loads in a process of its own."""
    code += "; import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_atopic_loads_nothing_heavy() -> None:
    loaded = loaded_by("import atopic")
    assert "atopic" in loaded
    assert not loaded & (REPORTS | {"matplotlib", "numpy", "pandas", "scipy"})


@pytest.mark.parametrize(
    "code",
    ["import atopic; atopic.load()"]
    + [f"from atopic import {name}" for name in LIBRARY]
    + [f"import atopic.questions.{name}" for name in QUESTIONS],
)
def test_the_library_loads_what_draws_and_what_builds_reports_only_when_it_is_used(
    code: str,
) -> None:
    assert not loaded_by(code) & (REPORTS | {"matplotlib"})


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "notebooks").glob("*.ipynb")), ids=lambda path: path.name
)
def test_notebooks_are_stored_without_outputs(path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert re.match(r"# ", "".join(content["cells"][0]["source"]))


def locked(name: str) -> dict[str, str]:
    """Return the entries of a lock by their first line."""
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    return {entry.partition(" \\\n")[0]: entry for entry in entries}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_has_hashes_and_no_address(name: str) -> None:
    entries = locked(name)
    assert len(entries) > 80
    for entry in entries.values():
        assert re.match(r"[a-z0-9._-]+==[^ ]+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_what_reports_need_is_a_part_of_what_everything_needs_in_the_same_versions() -> None:
    def versions(name: str) -> set[str]:
        return {entry.partition(" ;")[0] for entry in locked(name)}

    small, all_of_it = versions("requirements.lock"), versions("requirements-dev.lock")
    assert small < all_of_it
    installs = {one.partition("==")[0] for one in small}
    assert {"numpy", "papermill", "jupyterlab", "hatchling", "editables"} <= installs
    assert not installs & {"pytest", "mypy", "moto", "playwright", "distributed", "statsmodels"}


def test_the_version_is_one() -> None:
    citation = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {atopic.__version__}\n" in citation
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {atopic.__version__}" in changelog
    zenodo = json.loads((REPOSITORY / ".zenodo.json").read_text(encoding="utf-8"))
    assert zenodo["version"] == atopic.__version__
    said = yaml.safe_load(citation)
    assert zenodo["title"] == said["title"]
    assert [one["name"] for one in zenodo["creators"]] == [one["name"] for one in said["authors"]]
    assert zenodo["keywords"] == said["keywords"]
    site = tomllib.loads((REPOSITORY / "reports.toml").read_text(encoding="utf-8"))["site"]
    assert f"version {atopic.__version__}," in site["cite"]


def test_the_readme_lists_every_report_of_the_manifest_once() -> None:
    manifest = tomllib.loads((REPOSITORY / "reports.toml").read_text(encoding="utf-8"))
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in readme.splitlines() if line.startswith("| `")]
    listed = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(listed) == sorted(report["id"] for report in manifest["report"])


#: Actions that take what another job has built, and give it to others.
PUBLISHES = {
    "actions/attest", "actions/deploy-pages", "actions/download-artifact",
    "pypa/gh-action-pypi-publish",
}  # fmt: skip
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.y*ml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_only_what_is_pinned_and_keeps_no_credentials(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["permissions"] == {"contents": "read"}
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    for line in lines:
        assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 90
        # Only a job that publishes or attests may write, and it runs nothing of the repository.
        done = {step.get("uses", "run").partition("@")[0] for step in job["steps"]}
        may = {"read", "write"} if done <= PUBLISHES else {"read"}
        assert set(job.get("permissions", {}).values()) <= may
        assert set(job.get("permissions", {})) <= {"contents", "pages", "id-token", "attestations"}
        assert job.get("permissions", {}).get("contents", "read") == "read"
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            # What others can write, as the title of a pull request, is no part of a command.
            assert "${{" not in step.get("run", "")


#: What may stand at each place of a workflow; GitHub refuses the rest, when it is too late.
KEYS = {
    "workflow": {"name", "on", "permissions", "concurrency", "jobs"},
    "job": {
        "runs-on", "timeout-minutes", "strategy", "steps", "needs", "if", "permissions",
        "environment",
    },
    "step": {"id", "name", "if", "uses", "with", "run", "env"},
    "strategy": {"matrix", "fail-fast"},
}  # fmt: skip


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_form_of_one(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["on"] = content.pop(True)  # YAML takes the word for yes
    assert set(content) <= KEYS["workflow"]
    assert set(content["on"]) <= {"push", "pull_request"}
    for job in content["jobs"].values():
        assert set(job) <= KEYS["job"]
        assert set(job.get("strategy", {})) <= KEYS["strategy"]
        assert job.get("needs", "build") in content["jobs"] or "needs" not in job
        known = {step["id"] for step in job["steps"] if "id" in step}
        chosen = job.get("strategy", {}).get("matrix", {})
        axes = set(chosen) | {name for one in chosen.get("include", []) for name in one}
        for step in job["steps"]:
            assert set(step) <= KEYS["step"]
            assert ("run" in step) != ("uses" in step)
            assert "with" not in step or "uses" in step
            if "run" in step:
                done = subprocess.run(["bash", "-n"], input=step["run"], text=True, check=False)
                assert done.returncode == 0, step["run"]
        text = yaml.safe_dump(job)
        assert set(re.findall(r"steps\.([\w-]+)\.", text)) <= known
        assert set(re.findall(r"matrix\.([\w-]+)", text)) <= axes
        for script in re.findall(r"bash (\.ci/\w+)", text):
            assert (REPOSITORY / script).is_file()
            subprocess.run(["bash", "-n", str(REPOSITORY / script)], check=True)
        for target in re.findall(r"\bmake (\w+)", text):
            done = subprocess.run(["make", "-n", target], cwd=REPOSITORY, capture_output=True)
            assert done.returncode == 0, target


def test_what_is_installed_is_audited() -> None:
    assert any("bash .ci/audit" in path.read_text(encoding="utf-8") for path in WORKFLOWS)


def test_a_bot_proposes_newer_actions_and_packages() -> None:
    text = (REPOSITORY / ".github" / "dependabot.yml").read_text(encoding="utf-8")
    updates = yaml.safe_load(text)["updates"]
    assert {one["package-ecosystem"] for one in updates} == {"github-actions", "pip"}
    assert all((REPOSITORY / one["directory"].strip("/")).is_dir() for one in updates)


@pytest.mark.parametrize(
    ("program", "code", "words"),
    [
        ("echo '{}' >$1", 0, "no known vulnerability in requirements-dev.lock"),
        ("echo '{\"dependencies\": []}' >$1; exit 1", 1, "::error title=Dependency audit::"),
        ("echo 'could not connect' >&2; exit 1", 0, "::warning title=Dependency audit::"),
        ("exit 127", 0, "the database of vulnerabilities could not be reached (exit 127)"),
    ],
)
def test_an_audit_that_could_not_ask_neither_passes_silently_nor_fails(
    tmp_path: Path, program: str, code: int, words: str
) -> None:
    fake = tmp_path / "fake"
    fake.write_text(f"#!/usr/bin/env bash\nwhile [ $# -gt 1 ]; do shift; done\n{program}\n")
    fake.chmod(0o755)
    done = subprocess.run(
        ["bash", ".ci/audit"], cwd=REPOSITORY, capture_output=True, text=True, check=False,
        env={**os.environ, "ATOPIC_AUDIT": str(fake)},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert words in done.stdout
    assert ("no known vulnerability" in done.stdout) == (words.startswith("no known"))


@pytest.mark.slow
@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="no checkout")
def test_what_a_run_leaves_in_a_notebook_is_no_difference(tmp_path: Path) -> None:
    clone = tmp_path / "clone"

    def call(*command: str) -> str:
        done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=True)
        return done.stdout

    subprocess.run(["git", "clone", "-q", str(REPOSITORY), str(clone)], check=True)
    (clone / ".venv").symlink_to(sys.prefix)
    call("make", "-s", "filter")
    paths = [clone / "notebooks" / name for name in ("claims.ipynb", "start.ipynb")]
    for path in paths:
        content = json.loads(path.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                cell["execution_count"] = 3
                cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["x"]}]
                cell["metadata"]["execution"] = {"iopub.status.busy": "2026-01-01"}
        content["metadata"]["language_info"] |= {"version": "3.11.7", "file_extension": ".py"}
        content["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert call("git", "diff", "--", *map(str, paths)) == ""
    changed = json.loads(path.read_text(encoding="utf-8"))
    changed["cells"][0]["source"] = ["# Other words"]
    path.write_text(json.dumps(changed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert "Other words" in call("git", "diff", "--", str(path))
