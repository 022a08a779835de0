"""Builds the reports of a manifest into a folder; a file appears there whole or not at all."""

import csv
import hashlib
import io
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import atopic
from atopic.errors import ReportError
from atopic.reporting.execution import execute
from atopic.reporting.manifest import Report
from atopic.reporting.page import Context, Failure, render
from atopic.reporting.parameters import Parameter, check_values, declared, read_notebook
from atopic.reporting.site import Entry, render_index
from atopic.schema import read_package

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Built", "Plan", "build", "plan"]

_PACKAGES = ("numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert", "great-tables")


@dataclass(frozen=True)
class Plan:
    """A report with the parameters its notebook declares and the values it will get."""

    report: Report
    declared: Mapping[str, Parameter]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Built:
    """What became of one report.

    Attributes
    ----------
    id : str
    page : str
        File name of the page that was written.
    seconds : float
    failure : str or None
        One line; None if the report was built.
    outputs : dict
        sha256 of each file written, by its path in the output folder.
    """

    id: str
    page: str
    seconds: float
    failure: str | None
    outputs: dict[str, str] = field(default_factory=dict)


def plan(reports: Iterable[Report], overrides: Mapping[str, Any] | None = None) -> list[Plan]:
    """Read the notebooks of reports and check every parameter before anything runs.

    Parameters
    ----------
    reports : iterable of Report
    overrides : mapping, optional
        Values that replace those of the manifest, for every report.

    Raises
    ------
    ReportError
        For a notebook that cannot be read, a parameter that it does not declare (with those it
        does), or a value of another type.
    """
    plans = []
    for report in reports:
        known = declared(read_notebook(report.notebook), report.notebook.name)
        values = {**report.parameters, **(overrides or {})}
        check_values(values, known, f"report {report.id!r}")
        plans.append(Plan(report, known, values))
    return plans


def build(
    plans: list[Plan],
    *,
    data: Path,
    out: Path,
    site: Iterable[Report],
    progress: Callable[[str, Built | None], None] = lambda _id, _built: None,
) -> list[Built]:
    """Execute reports and write their pages, files and the index.

    Parameters
    ----------
    plans : list of Plan
        From `plan`.
    data : Path
        The data folder.
    out : Path
        The output folder; made if need be.
    site : iterable of Report
        Every report of the manifest, for the index: those not built now keep their pages.
    progress : callable, optional
        Called with a report's id before it is built, and with its id and result after.

    Returns
    -------
    list of Built
        A failed report has a page ``<id>.failed.html`` with the traceback; its last good page,
        if there is one, is left as it was.

    Raises
    ------
    ReportError
        If the output folder cannot be written to.
    EvidenceError
        If the data folder has no schema that can be read.
    """
    inputs = _inputs(data)
    _prepare(out)
    results = []
    for one in plans:
        progress(one.report.id, None)
        results.append(_build_one(one, data, out, inputs))
        progress(one.report.id, results[-1])
    _finish(out, tuple(site), results, inputs)
    return results


def _build_one(one: Plan, data: Path, out: Path, inputs: Mapping[str, str]) -> Built:
    start = time.perf_counter()
    report = one.report
    run = execute(report.notebook, one.values, data)
    context = _context(one, inputs)
    beside, twice = _shown_files(run.notebook, report.id)
    failure = run.failure or twice
    if failure:
        page = f"{report.id}.failed.html"
        files = {page: render(run.notebook, replace(context, failure=failure))}
        _write(out, files)
        seconds = time.perf_counter() - start
        return Built(report.id, page, seconds, failure.summary, _hashes(files))
    page = f"{report.id}.html"
    main = {page: render(run.notebook, context)}
    _write_folder(out, report.id, beside)
    _write(out, main)
    (out / f"{report.id}.failed.html").unlink(missing_ok=True)
    seconds = time.perf_counter() - start
    return Built(report.id, page, seconds, None, _hashes({**main, **beside}))


def _context(one: Plan, inputs: Mapping[str, str]) -> Context:
    report = one.report
    values = {name: known.default for name, known in one.declared.items()} | dict(one.values)
    digest = hashlib.sha256("".join(sorted(inputs.values())).encode()).hexdigest()[:12]
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return Context(
        id=report.id,
        title=report.title,
        summary=report.summary,
        notebook=report.notebook.name,
        parameters=tuple((name, repr(value)) for name, value in values.items()),
        data=f"{len(inputs)} files, sha256 {digest} over all",
        software=f"atopic {atopic.__version__}, Python {platform.python_version()}, {packages}",
        command=f"atopic build {report.id}",
        version=atopic.__version__,
    )


def _shown_files(notebook: "NotebookNode", report: str) -> tuple[dict[str, str], Failure | None]:
    """Return the tables and figures that a notebook showed, by their path in the site."""
    files: dict[str, str] = {}
    failure = None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shown = output.get("metadata", {}).get("atopic", {})
            kind = {"table": ("text/csv", "csv"), "figure": ("image/svg+xml", "svg")}
            if shown.get("kind") not in kind:
                continue
            mime, ending = kind[shown["kind"]]
            file = f"{shown['name']}.{ending}"
            if f"{report}/{file}" in files:
                failure = Failure(f"The report shows two things called {file}; rename one", "")
            files[f"{report}/{file}"] = output["data"][mime]
    return files, failure


def _finish(
    out: Path, site: tuple[Report, ...], results: list[Built], inputs: Mapping[str, str]
) -> None:
    """Write what speaks of the whole folder: the index, every estimate, and build.json."""
    failed = {result.id: result.failure for result in results if result.failure}
    entries = [
        Entry(
            id=report.id,
            title=report.title,
            summary=report.summary,
            built=(out / f"{report.id}.html").exists(),
            failed=(out / f"{report.id}.failed.html").exists(),
            reason=failed.get(report.id) or "",
        )
        for report in site
    ]
    files = {
        "index.html": render_index(entries, atopic.__version__),
        "estimates.csv": _estimates(out, [report.id for report in site]),
    }
    outputs = {name: digest for result in results for name, digest in result.outputs.items()}
    record = {
        "atopic": atopic.__version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "inputs": dict(inputs),
        "outputs": outputs | _hashes(files),
        "reports": [
            {"id": result.id, "seconds": round(result.seconds, 3), "failure": result.failure}
            for result in results
        ],
    }
    _write(out, {**files, "build.json": json.dumps(record, indent=2, ensure_ascii=False) + "\n"})


def _estimates(out: Path, reports: list[str]) -> str:
    """Return the estimates of every built report as one CSV, keyed by ``report``."""
    rows: list[dict[str, str]] = []
    columns = ["report"]
    for report in reports:
        for path in sorted((out / report).glob("*.csv")):
            reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
            names = reader.fieldnames or []
            if {"estimate", "method"} <= set(names):
                columns += [name for name in names if name not in columns]
                rows += [{"report": report, **row} for row in reader]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _inputs(data: Path) -> dict[str, str]:
    """Return the sha256 of every file of the data folder that its schema names."""
    names = ["datapackage.json", *(table.path for table in read_package(data).tables.values())]
    try:
        return {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in names}
    except OSError as error:
        raise atopic.EvidenceError(f"{error.filename}: {error.strerror}") from None


def _hashes(files: Mapping[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}


def _prepare(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except (FileExistsError, NotADirectoryError):
        raise ReportError(f"{out}: this is a file; give a folder") from None
    except OSError as error:
        raise ReportError(f"{out}: cannot be written to: {error.strerror}") from None


def _write(out: Path, files: Mapping[str, str]) -> None:
    """Write files so that each appears whole: under another name, to disk, then renamed."""
    for name, text in files.items():
        target = out / name
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".atopic-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except OSError as error:
            Path(temporary).unlink(missing_ok=True)
            raise ReportError(f"{target}: cannot be written: {error.strerror}") from None


def _write_folder(out: Path, name: str, files: Mapping[str, str]) -> None:
    """Replace a folder by one that holds just these files."""
    fresh = Path(tempfile.mkdtemp(dir=out, prefix=".atopic-"))
    fresh.chmod(0o755)
    target, old = out / name, fresh.with_name(fresh.name + "-old")
    try:
        _write(fresh, {Path(path).name: text for path, text in files.items()})
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    finally:
        if old.exists() and not target.exists():
            old.rename(target)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(fresh, ignore_errors=True)
