"""One report as a value: all that building it takes, and all that comes of it.

A `Job` can be pickled and run anywhere that atopic is installed: notebook, parameters and tables
are in it. `atopic.reporting.run.run_job.run_job` makes its files; whoever has the output folder
writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atopic.reporting.plan.table_files import TableFiles

__all__ = ["Context", "Failure", "Job", "Result"]


@dataclass(frozen=True)
class Failure:
    """Why a report could not be built.

    Attributes
    ----------
    summary : str
        One line: the cell and the error.
    traceback : str
        Plain text.
    cell : int or None
        Index of the failing cell in the notebook; None if it was none.
    """

    summary: str
    traceback: str
    cell: int | None = None


@dataclass(frozen=True)
class Context:
    """What a page says beside the cells of its notebook.

    Attributes
    ----------
    id, title, summary : str
        As in the manifest.
    notebook : str
        File name.
    parameters : tuple of (name, text)
        Every parameter with the value used.
    overrides : tuple of (name, text)
        Those of them that replace what the manifest says.
    data, software, command, version : str
        The tables read, the packages, how to build the page again, the version of atopic.
    failure : Failure or None
    """

    id: str
    title: str
    summary: str
    notebook: str
    parameters: tuple[tuple[str, str], ...]
    overrides: tuple[tuple[str, str], ...]
    data: str
    software: str
    command: str
    version: str
    failure: Failure | None = None


@dataclass(frozen=True)
class Job:
    """What it takes to build a report.

    Attributes
    ----------
    id : str
    notebook : str
        The notebook as JSON.
    folder : str
        Where the notebook lies. Cells run there; where there is no such folder, in an empty one.
    values : mapping
        The parameters that differ from the notebook's defaults, already checked.
    tables : TableFiles
    context : Context
        What the page says beside the cells.
    engine : str
        ``"warm"``, in a process forked for it, or ``"kernel"``.
    failure : Failure or None
        If the report has failed already, and only the page that says so is wanted.
    elsewhere : str or None
        Another folder for the cells to run in; what they print of it is called as `folder` is.
    """

    id: str
    notebook: str
    folder: str
    values: Mapping[str, Any]
    tables: TableFiles
    context: Context
    engine: str = "warm"
    failure: Failure | None = None
    elsewhere: str | None = None


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes
    ----------
    files : dict of str to bytes
        By their path in the site, the page last.
    failure : str or None
        One line; None if the report was built.
    seconds : float
    """

    files: dict[str, bytes]
    failure: str | None
    seconds: float = field(compare=False)
