"""Runs jobs side by side: each in a process of its own, which ends with it or at its time limit."""

import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from atopic.engine.environment import surrounded
from atopic.engine.warm_client import Call, WarmProcess, ending, wait_for
from atopic.engine.written import Lines
from atopic.reporting.pages.highlighting import code_of
from atopic.reporting.plan.job import Failure, Job, Result
from atopic.reporting.plan.table_files import TableFiles
from atopic.reporting.run.plain_text import plainer
from atopic.reporting.run.run_job import Executed, Seen, run_job
from atopic.reporting.run.run_notebook import late
from atopic.reporting.run.warm_up import ASK, IMPORT, READ, SHOW, asked_by_many, named_by

_RUN, _EXECUTE, _MAKE_PAGE = (
    f"atopic.reporting.run.run_job:{name}" for name in ("run_job", "execute", "make_page")
)
#: What is told of a report while it is built: its id and the number of the cell that begins.
Watch = Callable[[str, int | None], None]
#: What is told of the text that a cell writes: the id of its report, and whole lines if it can be.
Said = Callable[[str, str], None]


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class _Running:
    job: Job
    seen: Seen
    until: float
    since: float
    late: bool = False
    trace: str = ""
    lines: Lines = field(default_factory=Lines)
    result: Result | None = None


def run_jobs(
    jobs: Iterable[Job],
    warm: WarmProcess,
    *,
    pages: WarmProcess | None = None,
    data: Path | None = None,
    side_by_side: int,
    timeout: float,
    watch: Watch,
    stop: Callable[[], bool] | None = None,
    said: Said = lambda *_words: None,
) -> Iterator[tuple[Job, Result]]:
    """Run jobs in forks of a warm process, begun in this order; yield each with its result.

    At most `side_by_side` at once, each for at most `timeout` seconds or as its job says. A process
    that dies or is stopped has a failed result. `stop` is asked twice a second; when it says so,
    what runs is ended and nothing more is begun. `data` is as for `run_job`. Pages are made in
    forks of `pages`, if there is such a process: what makes them need not be imported where cells
    run.
    """
    waiting = deque(jobs)
    running: dict[Call, _Running] = {}
    run_already = set[Call]()  # of which the page is being made
    processes = (warm, pages) if pages else (warm,)

    def begin(job: Job, since: float | None = None) -> None:
        if not job.failure:
            watch(job.id, None)
        apart = pages and not job.failure
        call = warm.call(_EXECUTE if apart else _RUN, job, data, apart=True)
        now = time.monotonic()  # not before: the process may have been warming up
        limit = job.timeout or timeout
        running[call] = _Running(job, Seen(job), now + limit, since or now)

    def go_on(one: _Running, run: Executed) -> None:
        """Have the page made of a notebook that has run, in the time that is left."""
        assert pages
        job = replace(one.job, tables=TableFiles({}))  # they have been read
        running[pages.call(_MAKE_PAGE, job, run, apart=True)] = one

    def fill(places: int = side_by_side) -> None:
        # One whose result is there only has to end: the next begins meanwhile.
        while waiting and sum(not one.result for one in running.values()) < places:
            begin(waiting.popleft())

    notebooks = [job.notebook for job in waiting]
    # First, for the process may be beginning, and does not take in what is long until it has.
    code = code_of(notebooks) if len(waiting) > 1 else {}
    if waiting and not all(job.failure for job in waiting):
        warm.prepare(IMPORT, named_by(notebooks))
        warm.prepare(READ, data or waiting[0].tables)
        warm.prepare(SHOW, code)
    try:
        for place, question in enumerate(asked_by_many(notebooks)):
            # The other cores need not wait for the answers.
            fill(side_by_side if place else side_by_side - 1)
            warm.prepare(ASK, [question])
        while waiting or running:
            fill()
            soonest = min(one.until for one in running.values()) - time.monotonic()
            longest = 0.5 if stop else 3600.0
            for call, words in wait_for(processes, min(max(0.0, soonest), longest)):
                one = running[call]
                match words:
                    case ("result", Executed() as run):
                        run_already.add(call)
                        go_on(one, run)
                    case ("result", result):
                        one.result = result
                        fill()
                    case ("broken", trace):
                        one.trace = trace
                    case None:
                        del running[call]
                        if call in run_already:
                            continue
                        if one.result and one.job.failure:  # with the time that led to it
                            seconds = time.monotonic() - one.since
                            yield one.job, replace(one.result, seconds=seconds)
                        elif one.result:
                            yield one.job, one.result
                        elif one.job.failure:  # not even its page can be made
                            yield one.job, Result({}, _summary(one.job), 0.0)
                        else:
                            begin(_failed(one, call, timeout), one.since)
                    case (kind, *rest):
                        one.seen.hear(kind, *rest)
                        if text := _lines(one.lines, kind, rest):
                            said(one.job.id, text)
                        if kind == "cell":
                            watch(one.job.id, rest[1])
            if stop and running and stop():
                return
            for call, one in running.items():
                if time.monotonic() > one.until and not one.late:
                    one.late = True
                    one.until = float("inf")
                    for process in processes:
                        process.kill(call)
    finally:  # also when the user stops it
        for process in processes:
            process.end(running)


def run_jobs_alone(
    jobs: Iterable[Job], *, side_by_side: int, timeout: float, watch: Watch, said: Said
) -> Iterator[tuple[Job, Result]]:
    """Run each job in a process that has imported nothing and run nothing before it."""
    stopped = threading.Event()

    def alone(job: Job) -> tuple[Job, Result] | None:
        warm = WarmProcess(())
        try:
            results = run_jobs(
                [job], warm, side_by_side=1, timeout=timeout, watch=watch, stop=stopped.is_set,
                said=said,
            )  # fmt: skip
            return next(results, None)
        finally:
            warm.close()

    with ThreadPoolExecutor(side_by_side) as pool:
        try:
            for done in as_completed([pool.submit(alone, job) for job in jobs]):
                if pair := done.result():
                    yield pair
        finally:  # also when the user stops it
            stopped.set()
            pool.shutdown(cancel_futures=True)


def run_jobs_here(
    jobs: Iterable[Job],
    *,
    data: Path | None = None,
    timeout: float,
    watch: Watch,
    said: Said = lambda *_words: None,
) -> Iterator[tuple[Job, Result]]:
    """Run jobs one after another in kernels of their own, where nothing can be forked."""
    for job in jobs:
        watch(job.id, None)
        lines = Lines()

        def tell(kind: str, *rest: object, job: Job = job, lines: Lines = lines) -> None:
            if text := _lines(lines, kind, rest):
                said(job.id, text)
            if kind == "cell":
                watch(job.id, int(str(rest[1])))

        try:
            with surrounded():
                limit = job.timeout or timeout
                result = run_job(replace(job, engine="kernel"), data, tell, limit)
        except Exception:
            seen = _broken(job, traceback.format_exc())
            try:
                result = run_job(seen)
            except Exception:
                result = Result({}, _summary(seen), 0.0)
        yield job, result


def _lines(lines: Lines, kind: str, words: Sequence[Any]) -> str:
    """Return the lines that are whole with what is told, and at the end of a cell all others."""
    if kind == "text":
        return lines.take(*words)
    return "\n".join(text for _name, text in lines.rest()) if kind == "done" else ""


def _failed(one: _Running, call: Call, timeout: float) -> Job:
    """Return the job that makes the page of a report whose process is gone."""
    if one.trace:
        return _broken(one.seen.failed(""), one.trace)
    if one.late:
        return one.seen.failed(late(one.job.timeout or timeout))
    return one.seen.failed(f"The notebook's process ended{{where}}: {ending(call.status or 0)}")


def _broken(job: Job, trace: str) -> Job:
    """Return the job that makes the page of a report that atopic itself could not cope with."""
    trace = plainer({Path(job.folder): Path(job.folder).name})(trace).strip()
    words = f"atopic could not make the page: {trace.splitlines()[-1]}"
    return replace(job, failure=Failure(words, trace))


def _summary(job: Job) -> str:
    return job.failure.summary if job.failure else ""
