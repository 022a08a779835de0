"""Turns plans into jobs, and says of each on what it depends."""

import hashlib
import json
import platform
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import atopic
from atopic.reporting.plan.build_record import RECORD
from atopic.reporting.plan.installed import fingerprint, installed
from atopic.reporting.plan.job import Context, Failure, Job
from atopic.reporting.plan.plan import Plan
from atopic.reporting.plan.table_files import TableFiles

__all__ = [
    "code_digest",
    "job_of",
    "key_of",
    "key_of_job",
    "modules_beside",
    "packages",
    "sources_of_job",
]

_PACKAGES = (
    "numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert", "great-tables",
    "latex2mathml",
)  # fmt: skip


#: What the metadata of a cell may hold that a run or its page depends on.
_TELLING = ("tags", "failed", "magics_language")


@cache
def packages() -> dict[str, str]:
    """Return the versions of the packages that pages name."""
    return {name: version(name) for name in _PACKAGES}


def job_of(one: Plan, tables: TableFiles, engine: str) -> Job:
    """Return the job that builds a report; a notebook that is not Python gets its own kernel."""
    path = one.report.notebook
    text, failure = "", None
    try:
        text = _without_outputs(path.read_text(encoding="utf-8"))
    except Exception as error:  # it was readable when it was planned
        words = f"papermill failed: {type(error).__name__}: {error}"
        failure = Failure(words, words)
    return Job(
        id=one.report.id,
        notebook=text,
        folder=str(path.parent.resolve()),
        values=one.values,
        tables=tables,
        context=_context(one, tables),
        engine=engine if _is_python(text) else "kernel",
        failure=failure,
    )


def key_of_job(job: Job) -> str:
    """Return the hash of what the files of a job depend on.

    Those are its notebook without outputs, ids and what editors note in cells, its values, all
    tables, what the page says, the modules and packages beside the notebook, the code of atopic,
    and what is installed.
    """
    content = json.loads(job.notebook or "{}")
    cells = [_essence(cell) for cell in content.get("cells", [])]
    folder = Path(job.folder)
    modules = modules_beside(folder).items()
    beside = {name: hashlib.sha256(text).hexdigest() for name, text in modules}
    kernel = content.get("metadata", {}).get("kernelspec")
    values = {name: repr(value) for name, value in job.values.items()}
    parts = (cells, kernel, values, job.tables.digest, asdict(job.context), beside, folder.name)
    return key_of(job.id, job.engine, *parts)


def key_of(*parts: Any) -> str:
    """Return one sha256 over values that JSON can hold, the code, and what is installed.

    Examples
    --------
    >>> key_of("a", 1) == key_of("a", 1), key_of("a", 1) == key_of("a", 2)
    (True, False)
    """
    text = json.dumps([*parts, code_digest()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_digest() -> str:
    """Return one sha256 over the source of atopic, Python, the platform and every package."""
    return fingerprint(installed())


def modules_beside(folder: Path) -> dict[str, bytes]:
    """Return the modules and packages that notebooks of a folder may import, by their paths."""
    files = list(folder.glob("*.py"))
    for package in folder.glob("*/__init__.py"):
        files += package.parent.rglob("*.py")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(files)
        if path.is_file()
    }


def _essence(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return what matters of a cell."""
    kept = {name: value for name, value in cell.items() if name not in ("id", "outputs")}
    noted = cell.get("metadata", {})
    return kept | {"metadata": {name: noted[name] for name in _TELLING if name in noted}}


def sources_of_job(job: Job) -> list[str]:
    """Return the texts of the code cells of a job."""
    cells = json.loads(job.notebook or "{}").get("cells", [])
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _without_outputs(text: str) -> str:
    content = json.loads(text)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(content)


def _is_python(text: str) -> bool:
    known: Mapping[str, Any] = json.loads(text or "{}").get("metadata", {}).get("kernelspec", {})
    return bool(known.get("name", "python3") == "python3")


def _context(one: Plan, tables: TableFiles) -> Context:
    report = one.report
    software = ", ".join(f"{name} {number}" for name, number in packages().items())
    options = [word for pair in one.overrides.items() for word in ("-p", *pair)]
    return Context(
        id=report.id,
        title=report.title,
        summary=report.summary,
        notebook=report.notebook.name,
        parameters=tuple((name, repr(value)) for name, value in one.parameters.items()),
        overrides=tuple((name, repr(one.values[name])) for name in one.overrides),
        data=f"{len(tables.files)} files, sha256 {tables.digest[:12]} over all; of each: {RECORD}",
        software=f"atopic {atopic.__version__}, Python {platform.python_version()}, {software}",
        command=shlex.join(["atopic", "build", report.id, *options]),
        version=atopic.__version__,
    )
