"""A Dask cluster: a connection to workers that are like this machine, and a `map` over them.

`distributed` (the extra ``cluster``) is imported only when a cluster is asked for.
"""

import asyncio
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from atopic.errors import ReportError, UsageError
from atopic.reporting.plan.installed import differences, fingerprint, installed, loaded

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["connected", "mapper", "strangers"]

#: Seconds for a scheduler to answer.
ANSWER = 10.0
#: Seconds for a first worker to join.
PATIENCE = 30.0
#: Calls are sent in so many tasks for each thread of the cluster.
_BATCHES = 8

#: An expression, since a worker may have another atopic, or none.
_ASK = (
    "(lambda found: (found.installed(), found.loaded()))"
    "(__import__('importlib').import_module('atopic.reporting.plan.installed'))"
)


@contextmanager
def mapper(address: str) -> Iterator[Callable[..., Iterator[Any]]]:
    """Give a `map` that calls its function on the workers of a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler, as in ``tcp://192.168.0.7:8786``; ``tls://`` takes its certificates from
        the configuration of Dask.

    Yields
    ------
    callable
        Called as ``map``: the results come in order, and an exception of the function is raised
        here. A call whose worker is lost is made again on another.

    Raises
    ------
    UsageError
        If `distributed` is not installed or the address is none.
    ReportError
        If no scheduler answers, no worker joins, or a worker has another atopic, Python, platform
        or package than this machine: its numbers might differ. Also if call after call loses its
        worker.

    Notes
    -----
    `atopic.stats.trialdesign.simulate` takes it as ``mapper``; its counts do not depend on where
    they were drawn.

    Examples
    --------
    >>> with mapper("tcp://192.168.0.7:8786") as spread:  # doctest: +SKIP
    ...     found = simulate(design, scenario, replicates=10_000_000, mapper=spread)
    """
    with connected(address) as client:

        def spread(function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterator[Any]:
            code = fingerprint(installed())
            calls = list(zip(*iterables, strict=False))
            # A task costs Dask a few milliseconds, so that short calls go in one.
            workers = client.scheduler_info(n_workers=-1)["workers"].values()
            threads = sum(worker["nthreads"] for worker in workers)
            size = max(1, -(-len(calls) // (_BATCHES * max(1, threads))))
            batches = [calls[start : start + size] for start in range(0, len(calls), size)]
            futures = [client.submit(_call, code, function, one, pure=False) for one in batches]
            try:
                for results in client.gather(futures):
                    yield from results
            except Exception as error:
                raise _in_plain_words(error, address) from None

        yield spread


@contextmanager
def connected(address: str) -> Iterator["Client"]:
    """Connect to a Dask cluster whose workers have what is installed here, or raise as `mapper`."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError(
            "a Dask cluster needs one more package: pip install 'atopic[cluster]'"
        ) from None
    if not address.strip():
        raise UsageError("the address of the scheduler is empty; write tcp://HOST:PORT")
    with _quiet():
        _probe(address)
        try:
            with warnings.catch_warnings():  # of other versions: they are compared below
                warnings.simplefilter("ignore")
                client = Client(address, timeout=ANSWER, set_as_default=False)
        except Exception as error:
            raise ReportError(f"{address}: no Dask scheduler: {_line(error)}") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError:
                words = f"no worker joined the scheduler within {PATIENCE:g} s"
                raise ReportError(f"{address}: {words}") from None
            for worker, words in strangers(client).items():
                like = "a worker needs what is installed here: install there what pip freeze lists"
                raise ReportError(f"worker {worker}: {words}; {like}")
            yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep `distributed` from telling at length what an error says in one line."""
    logs = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {name: logging.getLogger(name).level for name in logs}
    for name in logs:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def strangers(client: "Client") -> dict[str, str]:
    """Return the workers that have not what is installed here, and in what they differ."""
    ours = installed()
    found = {}
    for worker, answer in client.run(eval, _ASK, on_error="return").items():
        if isinstance(answer, OSError):
            continue  # it has gone
        if isinstance(answer, BaseException):
            found[worker] = f"it has no such atopic ({_line(answer)})"
        elif words := differences(answer[0], ours):
            found[worker] = words
        elif answer[0] != answer[1]:
            found[worker] = "it was started before atopic was changed there; start it again"
    return found


def _probe(address: str) -> None:
    """Refuse an address at which nothing answers; a failed `Client` would complain for long."""
    from distributed import Security
    from distributed.comm.core import connect

    async def knock() -> None:
        arguments = Security().get_connection_args("client")
        comm = await connect(address, timeout=ANSWER, **arguments)
        await comm.close()

    try:
        with ThreadPoolExecutor(1) as pool:  # there may be an event loop here, as in Jupyter
            pool.submit(asyncio.run, knock()).result()
    except OSError as error:
        why = "" if "Timed out" in str(error) else f": {_line(error)}"
        raise ReportError(f"{address}: no scheduler answers within {ANSWER:g} s{why}") from None
    except Exception as error:  # what Dask says to a malformed address has no base
        raise UsageError(f"{address}: no address of a Dask scheduler: {_line(error)}") from None


def _call(code: str, function: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[Any]:
    """Call a function on a worker, which may have joined since all were compared."""
    if fingerprint(loaded()) != code:
        raise ReportError("a worker that joined later has not what is installed here")
    return [function(*arguments) for arguments in calls]


def _in_plain_words(error: Exception, address: str) -> Exception:
    """Return what is to be raised for an error of the cluster; one of the function stays."""
    from distributed import CancelledError, KilledWorker

    if isinstance(error, KilledWorker):
        deaths = error.allowed_failures + 1
        return ReportError(f"{address}: {deaths} workers in a row died of one call (KilledWorker)")
    if isinstance(error, CancelledError):
        return ReportError(f"{address}: the scheduler was lost")
    return error


def _line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
