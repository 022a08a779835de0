"""How far a build is: a bar on a terminal, plain lines elsewhere."""

import sys
from types import TracebackType
from typing import Any, Self

from atopic.reporting.build import Built, Listener

__all__ = ["Progress"]


class Progress(Listener):
    """Tells on standard error what is being built.

    Parameters
    ----------
    total : int
        Number of reports.
    verbose : bool
        Also tell of each cell that begins, so that a run that hangs shows where.
    """

    def __init__(self, total: int, verbose: bool = False) -> None:
        self._total, self._verbose = total, verbose
        self._done = 0
        self._left: dict[str, float] = {}
        self._side_by_side = 1
        self._bar: Any = None
        self._task: Any = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            words = TextColumn("{task.description}")
            self._bar = Bar(*columns, words, console=Console(stderr=True))
            self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def planned(self, seconds: dict[str, float], side_by_side: int) -> None:
        """Take note of how long the reports took last time."""
        self._left, self._side_by_side = dict(seconds), side_by_side

    def begun(self, report: str) -> None:
        """Take note that a report is begun."""
        if self._bar:
            self._bar.update(self._task, description=f"{report}{self._remaining()}")

    def cell(self, report: str, number: int) -> None:
        """Take note that a cell is begun."""
        if self._verbose:
            self._say(f"{report}: cell {number}")

    def ended(self, built: Built) -> None:
        """Take note that a report is done."""
        self._done += 1
        self._left.pop(built.id, None)
        if self._bar:
            self._bar.advance(self._task)
        if built.reused:
            if self._verbose:
                self._say(f"{self._place()}reused {built.id}")
            return
        state = "failed" if built.failure else "built"
        # A bar shows the rest itself.
        rest = "" if self._bar else self._remaining()
        self._say(f"{self._place()}{state:6} {built.id} ({built.seconds:.1f} s){rest}")

    def notice(self, words: str) -> None:
        """Pass on something that the user should know."""
        self._say(f"atopic: {words}")

    def _place(self) -> str:
        return "" if self._bar else f"[{self._done}/{self._total}] "

    def _remaining(self) -> str:
        """Return how long the reports left took last time, told from when each is begun."""
        seconds = sum(self._left.values()) / self._side_by_side
        return f", about {seconds:.0f} s left" if seconds >= 1 else ""

    def _say(self, line: str) -> None:
        if self._bar:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
