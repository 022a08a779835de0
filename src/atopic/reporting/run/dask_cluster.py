"""Builds on a Dask cluster: each job is a task of its own, and its result comes back as bytes.

A job travels with its notebook, its parameters, the modules beside the notebook, the images that
it names and its other inputs; the tables travel once for all, by content. Workers share no file
system with the caller: `atopic.reporting.run.dask_worker` says what a notebook misses there.
"""

import pickle
import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from atopic.errors import ReportError
from atopic.reporting.plan.installed import fingerprint, installed
from atopic.reporting.plan.job import Failure, Job, Result
from atopic.reporting.plan.table_files import TableFiles
from atopic.reporting.run.dask_connection import PATIENCE, connected, strangers
from atopic.reporting.run.dask_worker import TOPIC, Errand, run_errand
from atopic.reporting.run.luggage import packed
from atopic.reporting.run.run_job import run_job
from atopic.reporting.run.side_by_side import Watch

if TYPE_CHECKING:
    from distributed import Client, Future

#: Seconds between two looks at whether scheduler and workers are still there.
_LOOK = 2.0
#: A job is sent anew at most so often because of what others did to its worker.
_SENT = 5


class Cluster:
    """A Dask cluster to build on; connected to when it is first needed."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._stack = ExitStack()
        self._client: Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def connect(self) -> "Client":
        """Connect, unless it is connected."""
        if self._client is None:
            self._client = self._stack.enter_context(connected(self._address))
        return self._client

    def threads(self) -> int:
        """Return how many jobs it can run at once now."""
        workers = self.connect().scheduler_info(n_workers=-1)["workers"].values()
        return sum(worker["nthreads"] for worker in workers)

    def run_jobs(
        self,
        jobs: Iterable[Job],
        *,
        at_once: int,
        timeout: float,
        watch: Watch,
        notice: Callable[[str], None],
    ) -> Iterator[tuple[Job, Result]]:
        """Run jobs on the workers, begun in this order; yield each with its result as they end.

        At most `at_once` at once; 0 for as many as the workers take. `notice` is told of a worker
        that cannot be used. A job whose worker is lost is run again elsewhere, as often as Dask's
        ``allowed-failures`` says; then it has a failed result. If the scheduler is lost, or no
        worker is left, that is a `ReportError`.
        """
        run = _Run(self.connect(), self._address, list(jobs), timeout, notice)
        try:
            yield from run.results(at_once, watch)
        finally:  # also when the user stops it
            run.end()


@dataclass
class _Task:
    job: Job
    future: "Future[Any]"
    rank: int
    only_on: list[str] | None
    sent: int


class _Run:
    """Some jobs on their way."""

    def __init__(
        self,
        client: "Client",
        address: str,
        jobs: list[Job],
        timeout: float,
        notice: Callable[[str], None],
    ) -> None:
        self._client, self._address, self._notice = client, address, notice
        self._waiting, self._timeout = deque(enumerate(jobs)), timeout
        self._build = uuid.uuid4().hex
        self._code = fingerprint(installed())
        self._tables: dict[str, Future[bytes]] = {}
        self._tasks: dict[str, _Task] = {}
        self._strange: dict[str, str] = {}
        self._told: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._cells: dict[str, int | None] = {}  # of each report that has begun
        self._hinted = False
        self._seen = time.monotonic()  # when there last was a worker

    def results(self, at_once: int, watch: Watch) -> Iterator[tuple[Job, Result]]:
        """Send the jobs and yield what comes back."""
        waiting = self._waiting
        self._client.subscribe_topic(TOPIC, lambda event: self._told.put(("told", event[1])))
        look = time.monotonic() + _LOOK
        while waiting or self._tasks:
            while waiting and (not at_once or len(self._tasks) < at_once):
                rank, job = waiting.popleft()
                self._send(job, rank)
            with suppress(queue.Empty):
                kind, what = self._told.get(timeout=_LOOK)
                if kind == "ended" and what in self._tasks:
                    if pair := self._ended(self._tasks.pop(what)):
                        yield pair
                elif kind == "told" and what["build"] == self._build:
                    self._cells[what["report"]] = what["cell"]
                    watch(what["report"], what["cell"])
            if time.monotonic() > look:
                self._look()
                look = time.monotonic() + _LOOK

    def end(self) -> None:
        """Cancel what is still on its way: the workers end it."""
        if self._client.status != "running":
            return
        with suppress(Exception):  # the scheduler cancels what it is not asked for any more
            self._client.unsubscribe_topic(TOPIC)
            if self._tasks:
                self._client.cancel([one.future for one in self._tasks.values()], force=True)

    def _send(self, job: Job, rank: int, sent: int = 1) -> None:
        digest = job.tables.digest
        if digest not in self._tables:
            # A task rather than scattered data: should its workers be lost, it is run again.
            files = pickle.dumps(dict(job.tables.files))
            key = f"atopic-tables-{digest}"
            self._tables[digest] = self._client.submit(bytes, files, key=key)
        bare = replace(job, tables=TableFiles({}))
        errand = Errand(bare, self._build, packed(job), self._timeout)
        only_on = None
        if self._strange:
            only_on = [name for name in self._workers() if name not in self._strange]
        key = f"{job.id}-{uuid.uuid4().hex}"
        future = self._client.submit(
            run_errand, key, self._code, pickle.dumps(errand), self._tables[digest],
            key=key, pure=False, priority=-rank, workers=only_on,
        )  # fmt: skip
        self._tasks[key] = _Task(job, future, rank, only_on, sent)
        future.add_done_callback(lambda one: self._told.put(("ended", one.key)))

    def _ended(self, task: _Task) -> tuple[Job, Result] | None:
        """Return what became of a task, or send it again if that was only a strange worker's."""
        from distributed import CancelledError, KilledWorker

        job = task.job
        try:
            kind, value = task.future.result()
        except KilledWorker as error:
            if job.id not in self._cells and task.sent < _SENT:
                # Dask blames also those that waited at the worker when it was lost.
                self._send(job, task.rank, task.sent + 1)
                return None
            return job, self._killed(job, error)
        except CancelledError:
            self._tasks[str(task.future.key)] = task
            raise self._lost() from None
        except Exception as error:
            self._find_strangers()
            if task.sent == _SENT or not self._strange:
                words = f"report {job.id!r} cannot be built on {self._address}: {error}"
                raise ReportError(words) from None
            self._send(job, task.rank, task.sent + 1)
            return None
        if kind == "broken":
            raise ReportError(value)
        if (value.failure or "").find("NotFoundError: ") > 0 and not self._hinted:
            self._hinted = True
            self._notice(
                "on a worker a notebook has the tables, the modules in its own folder, the images "
                "it names, its inputs in reports.toml, and no other file of this machine"
            )
        return job, value

    def _killed(self, job: Job, error: Any) -> Result:
        if job.failure:  # not even its page can be made
            return Result({}, job.failure.summary, 0.0)
        cell = self._cells.get(job.id)
        where = f" in cell {cell}" if cell else ""
        words = f"{error.allowed_failures + 1} workers were lost while they ran it{where}"
        failure = Failure(f"KilledWorker: {words}", str(error))
        return run_job(replace(job, failure=failure))

    def _find_strangers(self) -> None:
        """Look for workers that joined with another atopic; nothing is sent to them any more."""
        found = strangers(self._client)
        for worker, words in found.items():
            if worker not in self._strange:
                self._notice(f"worker {worker} is not used: {words}")
        self._strange |= found
        if self._strange and not set(self._workers()) - set(self._strange):
            worker, words = next(iter(self._strange.items()))
            raise ReportError(f"no worker is left that can be used; worker {worker}: {words}")

    def _look(self) -> None:
        """Notice that the scheduler or all workers are gone; free tasks that wait for lost ones."""
        if self._client.status != "running":
            raise self._lost()
        workers = set(self._workers())
        if workers - set(self._strange):
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > PATIENCE:
            words = f"there has been no worker for {PATIENCE:g} s"
            raise ReportError(f"{self._address}: {words}; {self._left()}")
        for key, task in list(self._tasks.items()):
            if task.only_on is not None and not workers & set(task.only_on) and workers:
                self._client.cancel([self._tasks.pop(key).future], force=True)
                self._strange = {
                    name: why for name, why in self._strange.items() if name in workers
                }
                self._send(task.job, task.rank, task.sent)

    def _workers(self) -> list[str]:
        return list(self._client.scheduler_info(n_workers=-1)["workers"])

    def _lost(self) -> ReportError:
        return ReportError(f"{self._address}: the scheduler was lost; {self._left()}")

    def _left(self) -> str:
        return f"reports not built: {len(self._tasks) + len(self._waiting)}"
