"""How far a build is: a bar on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from contextlib import suppress
from typing import Any, Self

from atopic.reporting.build import Built, Listener
from atopic.streams import visible

#: After so many seconds without a word it is told what runs.
_QUIET = 30.0


class Progress(Listener):
    """Tells on standard error what is being built, and if `verbose` of each cell.

    Where nothing has been told for a while, and when a build is broken off, it names the cells
    that run.
    """

    def __init__(self, total: int, verbose: bool = False) -> None:
        self._total, self._verbose = total, verbose
        self._done = 0
        self._left: dict[str, float | None] = {}
        self._took: list[float] = []
        self._side_by_side = 1
        self._running: dict[str, tuple[int | None, float]] = {}  # cell, and when it began
        self._began: dict[str, float] = {}
        self._said = time.monotonic()
        self._lock, self._over = threading.RLock(), threading.Event()
        self._bar: Any = None
        self._task: Any = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn())
            words = TextColumn("{task.description}", markup=False)
            self._bar = Bar(*columns, words, console=Console(stderr=True))
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        self._said = time.monotonic()
        if self._bar:
            self._bar.start()
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._over.set()
        if self._bar:
            self._bar.update(self._task, description="")
            self._bar.stop()
        if kind and self._running:
            self._say(f"broken off: {self._what_runs()}")

    def planned(self, seconds: dict[str, float | None], side_by_side: int) -> None:
        """Take note of what will be built, and how long it took last time."""
        self._left, self._side_by_side = dict(seconds), side_by_side

    def begun(self, report: str) -> None:
        """Take note that a report is begun."""
        with self._lock:
            now = time.monotonic()
            self._running[report], self._began[report] = (None, now), now
        self._describe(report)

    def cell(self, report: str, number: int) -> None:
        """Take note that a cell is begun."""
        with self._lock:
            self._running[report] = number, time.monotonic()
        self._describe(f"{report}: cell {number}")
        if self._verbose:
            self._say(f"{report}: cell {number}")

    def said(self, report: str, text: str) -> None:
        """Pass on what a cell writes."""
        if self._verbose:
            for line in text.splitlines():
                self._say(f"{report}: {line}")

    def ended(self, built: Built) -> None:
        """Take note that a report is done."""
        with self._lock:
            self._done += 1
            self._left.pop(built.id, None)
            self._running.pop(built.id, None)
            self._began.pop(built.id, None)
        if self._bar:
            self._bar.advance(self._task)
        if built.reused:
            if self._verbose:
                self._say(f"{self._place()}reused {built.id}")
            return
        self._took.append(built.seconds)
        state = "failed" if built.failure else "built"
        # A bar shows the rest itself.
        rest = "" if self._bar else self._remaining()
        self._say(f"{self._place()}{state:6} {built.id} ({built.seconds:.1f} s){rest}")

    def notice(self, words: str) -> None:
        """Pass on something that the user should know."""
        self._say(f"atopic: {words}")

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            with self._lock:
                if time.monotonic() - self._said < _QUIET:
                    continue
                if self._running:
                    self._say(f"still running: {self._what_runs()}")
                elif self._left:  # as where no worker of a cluster takes them
                    self._say(f"still waiting for {', '.join(self._left)}")

    def _what_runs(self) -> str:
        """Name the cells that run, the one that began first at the head."""
        now = time.monotonic()
        with self._lock:
            running = sorted(self._running.items(), key=lambda one: one[1][1])
        return "; ".join(
            f"{report}{f', cell {cell}' if cell else ''}, for {now - since:.0f} s"
            for report, (cell, since) in running
        )

    def _place(self) -> str:
        return "" if self._bar else f"[{self._done}/{self._total}] "

    def _remaining(self) -> str:
        """Return how long the reports left will take, if they take as long as the last time.

        One that has not been built before is taken to need the mean of the others.
        """
        known = [one for one in self._left.values() if one is not None] + self._took
        if not known:
            return ""
        usual, now = sum(known) / len(known), time.monotonic()
        left = [
            max(0.0, (usual if one is None else one) - (now - self._began.get(report, now)))
            for report, one in self._left.items()
        ]
        seconds = max(sum(left) / self._side_by_side, max(left, default=0.0))
        if seconds >= 120:
            return f", about {seconds / 60:.0f} min left"
        return f", about {seconds:.0f} s left" if seconds >= 1 else ""

    def _describe(self, words: str) -> None:
        if self._bar:
            self._bar.update(self._task, description=visible(f"{words}{self._remaining()}"))

    def _say(self, line: str) -> None:
        # That nobody reads it any more, as behind a closed pipe, is no reason to stop building.
        with self._lock, suppress(OSError):
            self._said = time.monotonic()
            line = visible(line)
            if self._bar:
                self._bar.console.print(line, highlight=False, markup=False)
            else:
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
