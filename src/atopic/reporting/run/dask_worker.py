"""What a Dask worker does for a build: one job, as a machine of its own would do it.

The job runs in a fork of a warm process that the worker keeps, so under a nanny and in any thread,
and in a folder of its own: of the caller's files it sees the tables, the modules beside the
notebook, the images that this names and its inputs. A notebook that opens another file there fails
on a cluster.
"""

import contextlib
import pickle
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from atopic.engine.warm_client import WarmProcess, WarmProcessError, can_fork
from atopic.errors import ReportError
from atopic.reporting.plan.installed import fingerprint, installed, loaded
from atopic.reporting.plan.job import Job, Result
from atopic.reporting.plan.table_files import TableFiles
from atopic.reporting.run.luggage import unpacked
from atopic.reporting.run.side_by_side import run_jobs, run_jobs_here
from atopic.reporting.run.warm_up import WARM_UP, vouched

#: Under which workers tell how far a report is.
TOPIC = "atopic"
#: Seconds that a warm process waits for the next job before it ends.
IDLE = 120.0

loaded()  # what is imported here stays as it is now


@dataclass(frozen=True)
class Errand:
    """What a worker gets beside the tables: as bytes, read only where atopic is the same."""

    job: Job  # without its tables
    build: str  # which build it is, in what is told of it
    beside: dict[str, bytes]  # the files that it finds, by their path from its notebook's folder
    timeout: float  # seconds that the job may take


def run_errand(key: str, code: str, packed: bytes, tables: bytes) -> tuple[str, Any]:
    """Do a job on a Dask worker; return ``"result"`` and it, or ``"broken"`` and why.

    Gets the key of the task, the fingerprint of what the caller has installed, and two pickles: an
    `Errand`, and a dict of the tables' files. A job that fails for its own reason has a failed
    result, so Dask does not run it again. `Reschedule` says that the task was cancelled meanwhile,
    which ends the job.
    """
    from distributed import Reschedule, get_worker

    if not fingerprint(loaded()) == fingerprint(installed()) == code:
        raise ReportError("this worker has not what is installed where the build was begun")
    errand: Errand = pickle.loads(packed)
    worker = get_worker()

    def watch(report: str, number: int | None) -> None:
        words = {"build": errand.build, "report": report, "cell": number}
        worker.log_event(TOPIC, words)

    def is_cancelled() -> bool:
        task = worker.state.tasks.get(key)  # a lost caller cancels its tasks, too
        leaving = worker.status.name in ("closing", "closed", "failed")
        return leaving or task is None or task.state in ("cancelled", "released", "forgotten")

    with tempfile.TemporaryDirectory(prefix="atopic-", dir=worker.local_directory) as folder:
        data = Path(folder).resolve() / "data"
        TableFiles(pickle.loads(tables)).unpack(data)
        home = unpacked(errand.beside, Path(errand.job.folder), data.parent / "home")
        errand = replace(errand, job=replace(errand.job, elsewhere=str(home)))
        try:
            result = _run(errand, data, watch, is_cancelled)
        except ReportError as error:
            return "broken", str(error)
    if result is None:
        raise Reschedule
    return "result", result


def _run(
    errand: Errand,
    data: Path,
    watch: Callable[[str, int | None], None],
    stop: Callable[[], bool],
) -> Result | None:
    if can_fork():
        with contextlib.suppress(WarmProcessError, OSError), _lent() as warm:
            results = run_jobs(
                [errand.job], warm, data=data, side_by_side=1, timeout=errand.timeout,
                watch=watch, stop=stop,
            )  # fmt: skip
            return next((result for _job, result in results), None)
    with _kernel:  # it changes the environment of this process
        ((_job, result),) = run_jobs_here(
            [errand.job], data=data, timeout=errand.timeout, watch=watch
        )
        return result


_kernel = threading.Lock()
_lock = threading.Lock()
_free: list[tuple[float, WarmProcess]] = []


@contextlib.contextmanager
def _lent() -> Iterator[WarmProcess]:
    """Lend a warm process: one that is free, else a new one. One thread has it at a time."""
    with _lock:
        warm = _free.pop()[1] if _free else None
    if warm and not warm.is_alive():
        warm.close()
        warm = None
    warm = warm or WarmProcess(vouched(), WARM_UP)
    good = False
    try:
        yield warm
        good = warm.is_alive()
    finally:
        if good:
            with _lock:
                _free.append((time.monotonic(), warm))
            timer = threading.Timer(IDLE + 1, _end_idle)
            timer.daemon = True
            timer.start()
        else:
            warm.close()


def _end_idle() -> None:
    oldest = time.monotonic() - IDLE
    with _lock:
        idle = [warm for since, warm in _free if since < oldest]
        _free[:] = [(since, warm) for since, warm in _free if since >= oldest]
    for warm in idle:
        warm.close()
