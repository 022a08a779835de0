"""A report to begin with: a notebook with a figure and a table, and the manifest that names it."""

from pathlib import Path

import nbformat

from atopic.display.file_names import NAME_RULE, is_name
from atopic.errors import ReportError, UsageError

_PARAMETERS = """\
outcome: str | None = None  # a responder outcome of instruments.csv; None: the most reported
weeks: list[int] | None = None  # weeks after the first dose; [] for all; None: the most reported
level: float = 0.95  # confidence level of the intervals
data: str | None = None  # data folder; None for that of atopic build, else the one of atopic"""

_READ = """\
import atopic
from atopic.display import show
from atopic.questions.choices import usual_outcome, usual_weeks
from atopic.questions.response_rates import response_rates
from atopic.questions.response_rates.chart import describe_rates, draw_rates
from atopic.questions.response_rates.table import tabulate_rates

evidence = atopic.load(data)
outcome = usual_outcome(evidence, outcome)
weeks = usual_weeks(evidence, outcome, weeks)
rates = response_rates(evidence, outcome, weeks=weeks, level=level)"""

_FIGURE = """\
show.figure(
    draw_rates(rates),
    name="rates",
    alt=describe_rates(rates),
    caption=f"{outcome} by group, with {100 * level:g}% intervals.",
    rows={"responses": rates["row"]},
    empty=f"{outcome} was not reported at these weeks.",
)"""

_TABLE = """\
show.table(
    tabulate_rates(rates),
    name="rates",
    caption=f"{outcome}: patients by group",
    rows="responses",
    data=rates,
)"""

_MANIFEST = """\
# A manifest of one report: atopic build --manifest {name}.toml --out {name}-site
[[report]]
id = "{name}"
title = "{title}"
notebook = "{name}.ipynb"
summary = "What this report answers, in a sentence."
# Values in place of those in the notebook:
# [report.parameters]
# weeks = [12, 24]
"""


def write_report(folder: Path, name: str) -> str:
    """Write a notebook and its manifest into a folder, and return what to do next.

    Raises
    ------
    UsageError
        If the name cannot be one.
    ReportError
        If one of the files is there already, or cannot be written.
    """
    if not is_name(name):
        raise UsageError(f"the name of a report, {name!r}, must be {NAME_RULE}")
    title = name.replace("-", " ").capitalize()
    cells = [
        nbformat.v4.new_markdown_cell(f"# {title}"),
        nbformat.v4.new_code_cell(_PARAMETERS, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(_READ),
        nbformat.v4.new_markdown_cell("## The rate of each group"),
        nbformat.v4.new_code_cell(_FIGURE),
        nbformat.v4.new_markdown_cell("## The numbers"),
        nbformat.v4.new_code_cell(_TABLE),
        nbformat.v4.new_markdown_cell("## Method\n\nWhat was done, and what it cannot say."),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = str(number)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    files = {
        f"{name}.ipynb": nbformat.writes(notebook) + "\n",
        f"{name}.toml": _MANIFEST.format(name=name, title=title),
    }
    for file in files:
        if (folder / file).exists():
            raise ReportError(f"{file}: is there already; give another name")
    for file, text in files.items():
        try:
            (folder / file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise ReportError(f"{file}: cannot be written: {error.strerror}") from None
    return (
        f"{name}.ipynb: change it in JupyterLab; {name}.toml: its title and values; then\n"
        f"atopic build --manifest {name}.toml --out {name}-site"
    )
