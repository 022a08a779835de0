"""Builds the reports of a manifest into a folder; one bad report never stops the others."""

import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atopic.engine.temporary_folders import sweep
from atopic.errors import ReportError
from atopic.reporting.interruptions import between_imports, uninterrupted
from atopic.reporting.plan.build_record import RECORD, Record, bytes_of, is_same, read_record
from atopic.reporting.plan.changes import is_known_good, reasons
from atopic.reporting.plan.job import Failure, Job, Result
from atopic.reporting.plan.make_jobs import code_digest, job_of, key_of, parts_of_job
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.plan import Plan, plan
from atopic.reporting.plan.table_files import TableFiles, check_tables, read_tables
from atopic.reporting.plan.value_code import as_json
from atopic.reporting.site.one_state import Before
from atopic.reporting.site.output_folder import lock, prepare, refuse, remove, write
from atopic.reporting.site.site_files import ahead, books_of, checkpoint, finish, hashes

if TYPE_CHECKING:
    from atopic.engine.warm_client import WarmProcess
    from atopic.reporting.run.dask_cluster import Cluster

__all__ = ["Built", "Listener", "Options", "Plan", "begin_ahead", "begin_for_many", "build", "plan"]

#: Seconds between two writings of build.json while a build goes on.
_CHECKPOINT = 5.0
#: Seconds that a report may take if nothing else is said.
_PATIENCE = 600.0


@dataclass(frozen=True)
class Built:
    """What became of one report."""

    id: str
    page: str  #: its file name
    seconds: float  #: of the build that wrote it
    failure: str | None  #: one line; None if the report was built
    outputs: dict[str, str] = field(default_factory=dict)  #: sha256 of each file, by its path
    reused: bool = False  #: it was there already, and nothing had changed


@dataclass(frozen=True)
class Options:
    """How to build."""

    jobs: int = 0  #: reports built at once; 0 for as many as there are cores
    engine: str = "warm"  #: "warm", or "kernel": a Jupyter kernel for each report
    alone: bool = False  #: each report in a process that has imported and run nothing before
    force: bool = False  #: build also what has not changed
    timeout: float | None = None  #: seconds that a report may take; None: as the manifest says
    scheduler: str | None = None  #: address of a Dask cluster; None for this machine


class Listener:
    """Hears how a build goes on; this one does nothing of it."""

    def planned(self, seconds: dict[str, float | None], side_by_side: int) -> None:
        """Hear which reports will be built, with the seconds each took last time, if known."""

    def begun(self, report: str) -> None:
        """Hear that a report is begun."""

    def cell(self, report: str, number: int) -> None:
        """Hear that a cell of it is begun."""

    def said(self, report: str, text: str) -> None:
        """Hear what a cell of it writes, in lines, as they come."""

    def ended(self, built: Built) -> None:
        """Hear what became of a report."""

    def notice(self, words: str) -> None:
        """Hear something else that the user should know."""


def build(
    plans: list[Plan],
    *,
    data: Path | None,
    out: Path,
    site: Iterable[Report],
    options: Options | None = None,
    listener: Listener | None = None,
) -> list[Built]:
    """Execute reports and write their pages, files and the index; return what became of each.

    Parameters
    ----------
    plans : list of Plan
    data, out : Path
        The data folder, None if no report reads tables; the output folder, made if need be.
        Another build there is waited for.
    site : iterable of Report
        Every report of the manifest, for the index: those not built now keep their pages.
    options : Options, optional
    listener : Listener, optional

    Returns
    -------
    list of Built
        In the order of `plans`. A failed report has a page ``<id>.failed.html`` with the
        traceback; its last good page, if there is one, is left as it was.

    Raises
    ------
    ReportError
        If the output folder cannot be written to, or the cluster cannot be used.
    EvidenceError
        If the data folder cannot be used. Nothing is then built.
    """
    options, listener, site = options or Options(), listener or Listener(), tuple(site)
    code_digest()  # first: what is saved from here on has the reports built again next time
    tables = read_tables(data)
    refuse(out, data, site)  # before anything that takes time
    for words in dict.fromkeys(words for one in plans for words in one.notices):
        listener.notice(words)
    jobs = [job_of(one, tables, options.engine, options.timeout) for one in plans]
    warm, books = _Warm(), None
    with between_imports(), _cluster(options) as cluster:

        def begin() -> _Build:
            return _Build(jobs, plans, tables, out, site, options, listener, warm, cluster, books)

        if not is_known_good(read_record(out), tables):
            if not cluster:
                warm.start([job.notebook for job in jobs])  # longer than checking the tables
            check_tables(tables, data)
            books = books_of(tables)
        if cluster and begin().changed():
            cluster.connect()  # before anything is written
        prepare(out, data, site)
        with lock(out, listener.notice):
            return begin().run()


def begin_ahead(
    options: Options,
    out: Path,
    reports: Iterable[Report],
    overrides: Mapping[str, str],
    data: Path | None,
) -> None:
    """Start the process that reports are forked from, if a build will need it as far as is known.

    It takes a second to begin, in which what is to be built can be found out. Whether it will be
    needed is told by the files alone; where they do not tell it, `build` starts it later.
    """
    if options.scheduler is not None or options.alone:
        return
    code = code_digest()  # as in `build`: before any code is read
    record = read_record(out)
    notebooks = []
    if not options.force and record.code == code and _are_same(data, record.inputs):
        for report in reports:
            text, digest = _as_it_lies(report, overrides)
            if text and digest != record.entries.get(report.id, {}).get("asked"):
                notebooks.append(text)
        if not notebooks:
            return
    _Warm().start(notebooks)


def begin_for_many(options: Options) -> None:
    """Start the process that reports are forked from, where build follows build."""
    if options.scheduler is None and not options.alone:
        code_digest()
        _Warm().start()


def _as_it_lies(report: Report, overrides: Mapping[str, str]) -> tuple[str, str]:
    """Return the notebook of a report, empty if there is none, and a hash of what is asked of it.

    By that hash alone nothing is left out: it only tells early what will be built.
    """
    text = (bytes_of(report.notebook) or b"").decode("utf-8", "replace")
    asked = (text, report.title, report.summary, report.parameters, report.timeout, overrides)
    return text, hashlib.sha256(repr(asked).encode("utf-8", "replace")).hexdigest()


def _are_same(data: Path | None, hashes: Mapping[str, str]) -> bool:
    """Return whether the tables are those of the last build, as far as it knew of them."""
    return all(data and is_same(data / name, value) for name, value in hashes.items())


def _cluster(options: Options) -> "AbstractContextManager[Cluster | None]":
    if options.scheduler is None:
        return nullcontext()
    from atopic.reporting.run.dask_cluster import Cluster

    return Cluster(options.scheduler)


class _Warm:
    """The process that reports are forked from, if it is needed."""

    def __init__(self) -> None:
        self.why = ""
        self.pages: WarmProcess | None = None  # makes the pages, if not the first one does

    def start(self, notebooks: Collection[str] = ()) -> "WarmProcess | None":
        """Start it, unless it has been or cannot be; `why` says why not.

        `notebooks` are all that it is for, as far as is known.
        """
        from atopic.engine.shared_process import end_shared, shared
        from atopic.engine.warm_client import WarmProcessError
        from atopic.reporting.run.warm_up import WARM_UP_PAGES, beginning

        if self.why:
            return None
        try:
            modules, warm_up = beginning(notebooks)
            warm = shared(modules, warm_up)
            if warm_up and not warm.warm_up:  # it was begun for few
                end_shared()
                warm = shared(modules, warm_up)
            self.pages = None if warm.warm_up else shared((), WARM_UP_PAGES, cells=False)
        except WarmProcessError as error:
            self.why = str(error)
            return None
        return warm


class _Build:
    """One build under the lock of its output folder."""

    def __init__(
        self, jobs: list[Job], plans: list[Plan], tables: TableFiles, out: Path,
        site: tuple[Report, ...], options: Options, listener: Listener,
        warm: _Warm, cluster: "Cluster | None", books: dict[str, bytes] | None,
    ) -> None:  # fmt: skip
        self._jobs = jobs
        self._parts = {job.id: parts_of_job(job) for job in jobs}
        self._plans = {one.report.id: one for one in plans}
        self._tables, self._out, self._site = tables, out, site
        self._options, self._listener = options, listener
        self._warm, self._cluster, self._books = warm, cluster, books
        self._timeout = options.timeout or _PATIENCE
        self._record: Record = read_record(out)
        self._record.code = code_digest()
        self._built: dict[str, Built] = {}
        self._before = Before(out)
        self._ahead: Future[dict[str, bytes] | None] | None = None

    def changed(self) -> list[Job]:
        """Return the jobs to do."""
        force = self._options.force
        return [job for job in self._jobs if force or not self._is_built(job)]

    def run(self) -> list[Built]:
        """Build what has changed, and what speaks of all."""
        entries = self._record.entries
        waiting = self.changed()
        seconds = {job.id: _seconds(entries.get(job.id, {})) for job in waiting}
        for job in self._jobs:
            if job.id not in seconds:
                entry = entries[job.id]
                built = Built(job.id, f"{job.id}.html", entry.get("seconds", 0.0), None,
                              entry["outputs"], reused=True)  # fmt: skip
                self._built[job.id] = built
                self._listener.ended(built)
        # The longest first: a long one begun last would keep one core busy and the others idle.
        waiting.sort(key=lambda job: (-seconds[job.id], -_cells(job)))
        try:
            if waiting:
                self._build(waiting, seconds)
        finally:  # also when the user stops it: what was built is linked and recorded
            rebuilt = [job.id for job in waiting if job.id in self._built]
            failures = {one.id: one.failure for one in self._built.values() if one.failure}
            with uninterrupted():
                self._finish(failures, rebuilt)
        return [self._built[job.id] for job in self._jobs]

    def _finish(self, failures: dict[str, str], rebuilt: list[str]) -> None:
        """Write what speaks of all; if that fails, no page stays that it does not speak of."""
        out, site, record = self._out, self._site, self._record
        try:
            books = self._ahead.result() if self._ahead else self._books
            finish(out, site, self._tables, record, failures, rebuilt, self._before.keep, books)
        except BaseException:
            self._before.restore()
            raise
        finally:
            self._before.forget()

    def _build(self, jobs: list[Job], seconds: dict[str, float]) -> None:
        from atopic.reporting.run.side_by_side import cores

        here = self._cluster.threads() if self._cluster else cores()
        side_by_side = min(self._options.jobs or here, len(jobs))
        known = {name: None if value == float("inf") else value for name, value in seconds.items()}
        self._listener.planned(known, side_by_side)
        last = time.monotonic()
        sweep()
        helper = ThreadPoolExecutor(1)
        self._ahead = helper.submit(
            ahead, self._out, self._site, self._tables, self._record, self._books
        )
        helper.shutdown(wait=False)
        unwritten = []
        for job, result in self._results(jobs, side_by_side):
            if again := self._keep(job, result):
                unwritten.append(again)
            if time.monotonic() - last > _CHECKPOINT:
                self._before.keep([RECORD])
                checkpoint(self._out, self._record, self._tables)
                last = time.monotonic()
        for job, result in self._results(unwritten, side_by_side):
            self._keep(job, result)

    def _results(self, jobs: list[Job], side_by_side: int) -> Iterator[tuple[Job, Result]]:
        """Yield jobs with their results as they end, by whatever means there are here."""
        from atopic.engine.warm_client import WarmProcessError, can_fork
        from atopic.reporting.run.side_by_side import run_jobs, run_jobs_alone, run_jobs_here

        def watch(report: str, number: int | None) -> None:
            if number is None:
                self._listener.begun(report)
            else:
                self._listener.cell(report, number)

        if self._cluster:
            yield from self._cluster.run_jobs(
                jobs, at_once=self._options.jobs, timeout=self._timeout,
                watch=watch, notice=self._listener.notice,
            )  # fmt: skip
            return
        if self._options.alone and can_fork():
            yield from run_jobs_alone(
                jobs, side_by_side=side_by_side, timeout=self._timeout,
                watch=watch, said=self._listener.said,
            )  # fmt: skip
            return
        left = {job.id: job for job in jobs}
        warm = self._warm.start([job.notebook for job in jobs]) if jobs else None
        if warm:
            try:
                for job, result in run_jobs(
                    jobs, warm, pages=self._warm.pages, side_by_side=side_by_side,
                    timeout=self._timeout, watch=watch,
                ):  # fmt: skip
                    del left[job.id]
                    yield job, result
            except WarmProcessError as error:
                self._warm.why = str(error)
        if left and self._warm.why:
            words = "each report gets a kernel of its own, one after another"
            self._listener.notice(f"nothing can be forked ({self._warm.why}); {words}")
        yield from run_jobs_here(left.values(), timeout=self._timeout, watch=watch)

    def _keep(self, job: Job, result: Result) -> Job | None:
        """Write the files of a result; return the job of the page that says why if they cannot."""
        known = self._record.entries.get(job.id, {}).get("outputs", {})
        page, failed, one = f"{job.id}.html", f"{job.id}.failed.html", self._plans[job.id]
        files, failure = result.files, result.failure
        try:
            self._before.keep([*files, *known, failed])
            write(self._out, files)
            if not failure:
                remove(self._out, job.id, set(known) - set(files))
                if (self._out / failed).is_file():
                    (self._out / failed).unlink()
        except (OSError, ReportError) as error:
            if not job.failure and not failure:
                return replace(job, failure=Failure(str(error), ""))
            files = {}  # the index and the command still tell why
        outputs = hashes(files)
        built = Built(job.id, failed if failure else page, result.seconds, failure, outputs)
        self._built[job.id] = built
        self._record.entries[job.id] = {
            "parameters": as_json(one.parameters),
            "inputs": self._tables.digest,
            # The last good files outlive a failure.
            "outputs": {**known, **outputs} if failure else outputs,
            "seconds": round(result.seconds, 3),
            "failure": failure,
            "asked": _as_it_lies(one.report, one.overrides)[1],
            "key": key_of(self._parts[job.id]),
            "parts": self._parts[job.id],
            **({"images": dict(result.images)} if result.images else {}),
        }
        for words in result.notices:
            self._listener.notice(f"{job.id}: {words}")
        self._listener.ended(built)
        return None

    def _is_built(self, job: Job) -> bool:
        entry = self._record.entries.get(job.id, {})
        return not job.failure and not reasons(job, self._parts[job.id], entry, self._out)


def _cells(job: Job) -> int:
    """Return about how many cells of code it has, by which the time of a new report is guessed."""
    return job.notebook.count('"execution_count"')


def _seconds(entry: dict[str, Any]) -> float:
    seconds = entry.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else float("inf")
