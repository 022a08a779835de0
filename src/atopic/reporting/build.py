"""Builds the reports of a manifest into a folder; one bad report never stops the others."""

import hashlib
import json
import platform
import shlex
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import atopic
from atopic.errors import ReportError, UsageError
from atopic.reporting.estimates import every_estimate
from atopic.reporting.evidence_pages import evidence_files
from atopic.reporting.execution import execute
from atopic.reporting.manifest import Report
from atopic.reporting.output import prepare, remove, write
from atopic.reporting.page import Context, Failure, faulty_formula, render
from atopic.reporting.parameters import (
    Parameter,
    check_names,
    check_values,
    declared,
    from_text,
    read_notebook,
)
from atopic.reporting.record import RECORD, read_entries
from atopic.reporting.shown import shown_files
from atopic.reporting.site import Entry, render_index
from atopic.reporting.snapshot import digest, take_snapshot

__all__ = ["Built", "Plan", "build", "plan"]

_PACKAGES = ("numpy", "pandas", "scipy", "matplotlib", "papermill", "nbconvert", "great-tables")


@dataclass(frozen=True)
class Plan:
    """A report with the parameters its notebook declares and the values it will get.

    Attributes
    ----------
    report : Report
    declared : mapping of str to Parameter
    values : mapping
        Those that differ from the notebook's defaults by the manifest or by `overrides`.
    overrides : mapping of str to str
        Texts of the command line, as they were typed.
    """

    report: Report
    declared: Mapping[str, Parameter]
    values: Mapping[str, Any]
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter with the value used."""
        return {name: known.default for name, known in self.declared.items()} | dict(self.values)


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


def plan(reports: Iterable[Report], overrides: Mapping[str, str] | None = None) -> list[Plan]:
    """Read the notebooks of reports and check every parameter before anything runs.

    Parameters
    ----------
    reports : iterable of Report
    overrides : mapping, optional
        Texts for values that replace those of the manifest, for every report; each is read by
        the type that the report's notebook declares.

    Raises
    ------
    ReportError
        For a notebook that cannot be read, a parameter that it does not declare (with those it
        does), a value of another type, or the parameter ``data``, which is no choice of a report.
        A `UsageError` if an override is to blame.
    """
    plans = []
    for report in reports:
        known = declared(read_notebook(report.notebook), report.notebook.name)
        where = f"report {report.id!r}"
        _refuse_data(report.parameters, where, ReportError)
        check_values(report.parameters, known, where)
        values = {**report.parameters, **_from_texts(overrides or {}, known, where)}
        plans.append(Plan(report, known, values, overrides or {}))
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
        If the data folder cannot be used. Nothing is then built.
    """
    site = tuple(site)
    with tempfile.TemporaryDirectory(prefix="atopic-") as folder:
        copy = Path(folder).resolve() / "data"
        inputs = take_snapshot(data, copy)
        prepare(out, data, site)
        entries = read_entries(out)
        results: list[Built] = []
        try:
            for one in plans:
                progress(one.report.id, None)
                known = entries.get(one.report.id, {}).get("outputs", {})
                results.append(_build_one(one, copy, out, inputs, known))
                entries[one.report.id] = _entry(one, results[-1], inputs, known)
                progress(one.report.id, results[-1])
        finally:  # also when the user stops it: what was built is linked and recorded
            _finish(out, site, results, inputs, entries, copy)
    return results


def _refuse_data(names: Iterable[str], where: str, error: type[ReportError]) -> None:
    if "data" in names:
        raise error(
            f"{where}: give the data folder with --data, so that the page records what it read"
        )


def _from_texts(
    texts: Mapping[str, str], known: Mapping[str, Parameter], where: str
) -> dict[str, Any]:
    _refuse_data(texts, where, UsageError)
    try:
        check_names(texts, known, where)
        return {name: from_text(known[name], text, where) for name, text in texts.items()}
    except ReportError as error:
        raise UsageError(str(error)) from None


def _build_one(
    one: Plan, data: Path, out: Path, inputs: Mapping[str, str], known: Iterable[str]
) -> Built:
    """Build one report in place of what an earlier build wrote for it, the files `known`."""
    start = time.perf_counter()
    report, context = one.report.id, _context(one, inputs)
    run = execute(one.report.notebook, one.values, data)
    beside, fault = shown_files(run.notebook, report)
    failure = run.failure or fault or faulty_formula(run.notebook)
    page, failed = f"{report}.html", f"{report}.failed.html"
    if not failure:
        files = {**beside, page: render(run.notebook, context)}
        try:
            write(out, files)
            remove(out, report, set(known) - set(files))
            if (out / failed).is_file():
                (out / failed).unlink()
        except (OSError, ReportError) as error:
            failure = Failure(str(error), "")
    if failure:
        page = failed
        files = {page: render(run.notebook, replace(context, failure=failure))}
        try:
            write(out, files)
        except ReportError:  # the index and the command still tell why
            files = {}
    seconds = time.perf_counter() - start
    return Built(report, page, seconds, failure.summary if failure else None, _hashes(files))


def _context(one: Plan, inputs: Mapping[str, str]) -> Context:
    report = one.report
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    options = [word for pair in one.overrides.items() for word in ("-p", *pair)]
    return Context(
        id=report.id,
        title=report.title,
        summary=report.summary,
        notebook=report.notebook.name,
        parameters=tuple((name, repr(value)) for name, value in one.parameters.items()),
        overrides=tuple((name, repr(one.values[name])) for name in one.overrides),
        data=f"{len(inputs)} files, sha256 {digest(inputs)[:12]} over all; of each: {RECORD}",
        software=f"atopic {atopic.__version__}, Python {platform.python_version()}, {packages}",
        command=shlex.join(["atopic", "build", report.id, *options]),
        version=atopic.__version__,
    )


def _entry(
    one: Plan, result: Built, inputs: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, Any]:
    """Return the entry of a report in build.json; the last good files outlive a failure."""
    return {
        "parameters": one.parameters,
        "inputs": digest(inputs),
        "outputs": {**known, **result.outputs} if result.failure else result.outputs,
        "seconds": round(result.seconds, 3),
        "failure": result.failure,
    }


def _finish(
    out: Path,
    site: tuple[Report, ...],
    results: list[Built],
    inputs: Mapping[str, str],
    entries: Mapping[str, dict[str, Any]],
    data: Path,
) -> None:
    """Write what speaks of the whole folder: the index, every estimate, and build.json."""
    failed = {result.id: result.failure for result in results if result.failure}
    listed = [
        Entry(
            id=report.id,
            title=report.title,
            summary=report.summary,
            built=(out / f"{report.id}.html").is_file(),
            failed=report.id in failed or (out / f"{report.id}.failed.html").is_file(),
            reason=failed.get(report.id) or "",
            section=report.section,
        )
        for report in site
    ]
    files = {
        **evidence_files(data, atopic.__version__),
        "index.html": render_index(listed, atopic.__version__),
        "estimates.csv": every_estimate(out, [report.id for report in site], entries),
    }
    built = {result.id for result in results}
    record = {
        "atopic": atopic.__version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "inputs": dict(inputs),
        "outputs": _hashes(files),
        "reports": {
            name: entry
            for name, entry in entries.items()
            if name in built or all((out / file).is_file() for file in entry["outputs"])
        },
    }
    write(out, {**files, RECORD: json.dumps(record, indent=2, ensure_ascii=False) + "\n"})


def _hashes(files: Mapping[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
