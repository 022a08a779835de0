"""The warm process that all calls of this process share: started when it is first needed."""

import atexit
import os
from collections.abc import Iterable

from atopic.engine import warm_client
from atopic.engine.warm_client import WarmProcess, WarmProcessError

_shared: dict[tuple[int, bool, bool], WarmProcess] = {}


def end_shared() -> None:
    """End the warm process of this one, if there is one."""
    for key in [key for key in _shared if key[0] == os.getpid()]:
        _shared.pop(key).close()


def shared(
    modules: Iterable[str], warm_up: str = "", *, users_own: bool = False, cells: bool = True
) -> WarmProcess:
    """Return the warm process of this one: started at the first call, ended with this process.

    It begins with `modules`. What else a notebook imports is imported in its own child, so that
    none finds what another imports. There may be another one that is not for `cells`. A
    `WarmProcessError` says why there can be none.
    """
    if not warm_client.can_fork():
        raise WarmProcessError("this system cannot fork")
    me = os.getpid(), users_own, cells
    if me in _shared and users_own and not _shared[me].is_as_now():
        _shared.pop(me).close()
    if me not in _shared or not _shared[me].is_alive():
        try:
            _shared[me] = WarmProcess(modules, warm_up, users_own=users_own, cells=cells)
        except OSError as error:
            raise WarmProcessError(str(error)) from None
        atexit.register(_shared[me].close)
    return _shared[me]
