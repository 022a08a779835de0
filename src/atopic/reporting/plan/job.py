"""One report as a value: all that building it takes, and all that comes of it.

A `Job` can be pickled and run anywhere that atopic is installed: notebook, parameters and tables
are in it. `atopic.reporting.run.run_job.run_job` makes its files; whoever has the output folder
writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atopic.reporting.pages.report_page import Context, Failure
from atopic.reporting.plan.table_files import Tables

__all__ = ["Job", "Result"]


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
    tables : Tables
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
    tables: Tables
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
