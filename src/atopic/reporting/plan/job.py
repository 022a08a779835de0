"""One report as a value: all that building it takes, and all that comes of it.

A `Job` can be pickled and run anywhere that atopic is installed: notebook, parameters and tables
are in it. `atopic.reporting.run.run_job.run_job` makes its files; whoever has the output folder
writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atopic.reporting.plan.places import Place
from atopic.reporting.plan.table_files import TableFiles


@dataclass(frozen=True)
class Failure:
    """Why a report could not be built."""

    summary: str  # one line: the cell and the error
    traceback: str  # plain text
    cell: int | None = None  # index of the failing cell in the notebook; None if it was none


@dataclass(frozen=True)
class Context:
    """What a page says beside the cells of its notebook."""

    id: str
    title: str
    summary: str
    notebook: str  # file name
    parameters: tuple[tuple[str, str], ...]  # name and text of every value used
    overrides: tuple[tuple[str, str], ...]  # those that replace what the manifest says
    data: str  # the tables read
    software: str  # the packages
    command: str  # how to build the page again
    version: str  # of atopic
    failure: Failure | None = None
    kicker: str = ""  # what it is about, above the title
    name: str = ""  # what links to it say
    place: Place = field(default_factory=Place)  # in the site
    data_as_of: str = ""  # the date of the tables, as their package tells it


@dataclass(frozen=True)
class Job:
    """What it takes to build a report."""

    id: str
    notebook: str  # as JSON
    folder: str  # where it lies and cells run; if it is not there, they run in an empty one
    values: Mapping[str, Any]  # parameters that differ from the notebook's defaults, checked
    tables: TableFiles
    context: Context  # what the page says beside the cells
    engine: str = "warm"  # in a fork of the warm process; or "kernel"
    failure: Failure | None = None  # it has failed already: only the page that says so is wanted
    timeout: float | None = None  # seconds it may take, if not as long as any other
    inputs: Mapping[str, str] = field(default_factory=dict)  # sha256 of the other files it reads
    inputs_from: str = ""  # the folder that their paths lead from
    elsewhere: str | None = None  # where cells run instead; called as `folder` in what they print


@dataclass(frozen=True)
class Result:
    """What came of a job."""

    files: dict[str, bytes]  # by their path in the site, the page last
    failure: str | None  # one line; None if the report was built
    seconds: float = field(compare=False)
    notices: tuple[str, ...] = ()  # what the page says that it cannot show
    images: Mapping[str, str] = field(default_factory=dict)  # sha256 by path from the notebook
