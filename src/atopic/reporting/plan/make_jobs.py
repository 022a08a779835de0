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
from atopic.errors import ReportError
from atopic.reporting.plan.build_record import RECORD
from atopic.reporting.plan.inputs import input_hashes
from atopic.reporting.plan.installed import fingerprint, installed
from atopic.reporting.plan.job import Context, Failure, Job
from atopic.reporting.plan.kernels import as_metadata, kernel_of
from atopic.reporting.plan.notebook_file import content_of
from atopic.reporting.plan.plan import Plan
from atopic.reporting.plan.table_files import TableFiles
from atopic.reporting.plan.value_code import as_shown

_PACKAGES = (
    "numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert", "great-tables",
    "latex2mathml",
)  # fmt: skip


#: What the metadata of a cell may hold that a run or its page depends on.
_TELLING = (
    "tags", "failed", "magics_language", "jupyter", "hide_input", "collapsed", "raw_mimetype",
    "format",
)  # fmt: skip

#: What of a page's context its words are, beside the cells.
_WORDS = ("title", "summary", "kicker", "name", "place", "failure")


@cache
def packages() -> dict[str, str]:
    """Return the versions of the packages that pages name."""
    return {name: version(name) for name in _PACKAGES}


def job_of(one: Plan, tables: TableFiles, engine: str, timeout: float | None = None) -> Job:
    """Return the job that builds a report; a notebook that is not Python gets its own kernel.

    `timeout` is what a report may take, whatever the manifest says of it.
    """
    path = one.report.notebook
    text, failure, python, inputs = "", None, True, {}
    try:
        if one.refusal:
            failure = Failure(one.refusal, "")
        else:
            content = content_of(path)
            kernel = kernel_of(content["metadata"])
            content["metadata"] |= as_metadata(kernel, content["metadata"])
            text, python = json.dumps(content), kernel.is_python
            inputs = input_hashes(one.report.folder, one.report.inputs)
    except ReportError as error:
        failure = Failure(str(error), "")
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
        engine=engine if python else "kernel",
        failure=failure,
        timeout=None if timeout else one.report.timeout,
        inputs=inputs,
        inputs_from=str(one.report.folder.resolve()),
    )


def parts_of_job(job: Job) -> dict[str, str]:
    """Return a hash of each thing that the files of a job depend on, as it is called.

    Those are its notebook without outputs, ids and what editors note in cells, its values, all
    tables, what the page says, the modules and packages beside the notebook, its other inputs, the
    code of atopic, and what is installed.
    """
    content = json.loads(job.notebook or "{}")
    cells = [_essence(cell) for cell in content.get("cells", [])]
    folder = Path(job.folder)
    beside = {
        name: hashlib.sha256(text).hexdigest() for name, text in modules_beside(folder).items()
    }
    metadata = content.get("metadata", {})
    kernel = metadata.get("kernelspec"), asdict(kernel_of(metadata))
    page = asdict(job.context)
    words = {name: page.pop(name) for name in _WORDS}
    values = {name: as_shown(value) for name, value in job.values.items()}
    parts = {
        "the notebook": (cells, kernel, folder.name, page.pop("notebook")),
        "the tables": (job.tables.digest, page.pop("data")),
        "the title or the summary": words,
        "the modules beside the notebook": beside,
        "other inputs": dict(job.inputs),
        "the engine": job.engine,
        "the code of atopic or a package": (
            code_digest(),
            page.pop("software"),
            page.pop("version"),
        ),
        "the parameters": (values, page),
    }
    return {name: _hash(part) for name, part in parts.items()}


def key_of(*parts: Any) -> str:
    """Return one sha256 over values that JSON can hold, the code, and what is installed.

    Examples
    --------
    >>> key_of("a", 1) == key_of("a", 1), key_of("a", 1) == key_of("a", 2)
    (True, False)
    """
    return _hash([*parts, code_digest()])


def _hash(part: Any) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()


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


def _how_early(one: Plan, name: str) -> str:
    """Say that a default was computed from others before those were set."""
    early = one.early.get(name, ())
    return f" (before {', '.join(early)} was set)" if early else ""


def _context(one: Plan, tables: TableFiles) -> Context:
    report = one.report
    software = ", ".join(f"{name} {number}" for name, number in packages().items())
    options = [word for pair in one.overrides.items() for word in ("-p", *pair)]
    return Context(
        id=report.id,
        title=report.title,
        summary=report.summary,
        notebook=report.notebook.name,
        parameters=tuple(
            (name, as_shown(value) + _how_early(one, name))
            for name, value in one.parameters.items()
        ),
        overrides=tuple(
            (name, as_shown(one.values.get(name, typed))) for name, typed in one.overrides.items()
        ),
        data=f"{len(tables.files)} files, sha256 {tables.digest[:12]} over all; of each: {RECORD}"
        if tables.files
        else "",
        software=f"atopic {atopic.__version__}, Python {platform.python_version()}, {software}",
        command=shlex.join(["atopic", "build", report.id, *options]),
        version=atopic.__version__,
        kicker=report.kicker,
        name=report.name,
        place=report.place,
        data_as_of=tables.as_of,
    )
