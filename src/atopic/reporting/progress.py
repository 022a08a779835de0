"""How far a build is: a bar on a terminal, plain lines elsewhere."""

import sys
from types import TracebackType
from typing import Any, Self

from atopic.reporting.build import Built

__all__ = ["Progress"]


class Progress:
    """Tells what is being built; called by `atopic.reporting.build.build`.

    Parameters
    ----------
    total : int
        Number of reports.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
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

    def __call__(self, report: str, built: Built | None) -> None:
        """Take note that a report is begun (None) or done."""
        if built is None:
            if self._bar:
                self._bar.update(self._task, description=report)
            return
        self._done += 1
        state = "failed" if built.failure else "built"
        line = f"{state:6} {report} ({built.seconds:.1f} s)"
        if self._bar:
            self._bar.advance(self._task)
            self._bar.console.print(line, highlight=False)
        else:
            sys.stderr.write(f"[{self._done}/{self._total}] {line}\n")
