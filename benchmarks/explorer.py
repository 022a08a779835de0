"""How long a change of each control of the explorer takes until its chart is on its way.

Every measured change is the first one in a process of its own, in which the tab has been looked at
once; what the browser then needs is not counted. Times are processor seconds: waiting for a busy
core does not count.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time
from typing import Any

import numpy as np
from ipywidgets import Checkbox, FloatText, SelectMultiple

from atopic.explore import settle
from atopic.explore.explorer import Explorer

#: How long a change may take, in seconds.
ALLOWED = 0.2


def other_values(control: Any) -> list[Any]:
    """Return what a control can be changed to."""
    if isinstance(control, Checkbox):
        return [not control.value]
    if isinstance(control, FloatText):
        return [control.value * 1.5]
    values = [one[1] if isinstance(one, tuple) else one for one in control.options]
    if isinstance(control, SelectMultiple):
        return [(one,) for one in values]
    return [one for one in values if one != control.value]


def in_a_fork(work: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """Return two numbers that a copy of this process works out."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, "{!r} {!r}".format(*work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        chart, whole = map(float, told.read().split())
    os.waitpid(child, 0)
    return chart, whole


def change(explorer: Explorer, tab: str, name: str, value: Any) -> tuple[float, float]:
    """Return the seconds until the chart is on its way, and until the table is too."""
    room = explorer.rooms[tab]
    began = process_time()
    room.controls[name].value = value
    return room.seconds, process_time() - began


def lines(rounds: int) -> Iterator[tuple[str, str, list[tuple[float, float]]]]:
    """Yield tab, control, and both times of each change."""
    explorer = Explorer()
    settle()
    for tab, room in explorer.rooms.items():
        room.refresh()
        for name, control in room.controls.items():
            values = other_values(control)
            asked = [values[one % len(values)] for one in range(rounds if values else 0)]
            times = [in_a_fork(partial(change, explorer, tab, name, value)) for value in asked]
            yield tab, control.description or name, times


def main() -> None:
    """Print a line a control."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="changes of each control")
    rounds = parser.parse_args().rounds
    print(f"{'tab':<16} {'control':<50} {'chart':>7} {'best':>7} {'worst':>7} {'all':>7}  ms")
    for tab, control, times in lines(rounds):
        if not times:
            print(f"{tab:<16} {control:<50} has one value")
            continue
        chart, whole = zip(*times, strict=True)
        found = [float(np.median(chart)), min(chart), max(chart), float(np.median(whole))]
        cells = " ".join(f"{1000 * one:7.0f}" for one in found)
        print(f"{tab:<16} {control:<50} {cells}  {'' if found[0] <= ALLOWED else 'MISSED'}")


if __name__ == "__main__":
    main()
