"""Which reports to build, from which notebooks, with which values: all refused that can be."""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from atopic.errors import ReportError, UsageError
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.parameters import (
    Notebook,
    Parameter,
    check_names,
    check_values,
    declared,
    from_text,
    read_notebook,
)

__all__ = ["Plan", "plan"]


@dataclass(frozen=True)
class Plan:
    """A report with the parameters its notebook declares and the values it will get."""

    report: Report
    declared: Mapping[str, Parameter]
    values: Mapping[str, Any]  # those that differ from the notebook's defaults
    overrides: Mapping[str, str] = field(default_factory=dict)  # as they were typed

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter with the value used."""
        return {name: known.default for name, known in self.declared.items()} | dict(self.values)


def plan(reports: Iterable[Report], overrides: Mapping[str, str] | None = None) -> list[Plan]:
    """Read the notebooks of reports and check every parameter before anything runs.

    `overrides` are texts for values that replace those of the manifest, for every report. Refused
    are a parameter that a notebook does not declare, or declares and never reads, a value of
    another type, and the parameter ``data``, which is no choice of a report: by a `UsageError` if
    an override is to blame, else a `ReportError`.
    """
    plans = []
    for report in reports:
        notebook = read_notebook(report.notebook)
        known = declared(notebook, report.notebook.name)
        where = f"{report.notebook.name}: report {report.id!r}"
        _refuse_data(report.parameters, where, ReportError)
        check_values(report.parameters, known, where)
        values = {**report.parameters, **_from_texts(overrides or {}, known, where)}
        _refuse_unread(values, notebook, where, overrides or {})
        plans.append(Plan(report, known, values, overrides or {}))
    return plans


def _refuse_data(names: Iterable[str], where: str, error: type[ReportError]) -> None:
    if "data" in names:
        raise error(
            f"{where}: give the data folder with --data, so that the page records what it read"
        )


def _refuse_unread(
    values: Mapping[str, Any], notebook: Notebook, where: str, overrides: Mapping[str, str]
) -> None:
    """Refuse a value that would change nothing: a report must not look as if it had."""
    code = [cell for cell in notebook if cell["cell_type"] == "code"]
    tagged = ["parameters" in cell["metadata"].get("tags", []) for cell in code]
    later = [cell["source"] for cell in code[tagged.index(True) + 1 :]] if any(tagged) else []
    for name in sorted(set(values) - _names_read(later)):
        raise (UsageError if name in overrides else ReportError)(
            f"{where}: no cell after the parameters reads {name!r}; read it there or leave it out"
        )


def _from_texts(
    texts: Mapping[str, str], known: Mapping[str, Parameter], where: str
) -> dict[str, Any]:
    _refuse_data(texts, where, UsageError)
    try:
        check_names(texts, known, where)
        return {name: from_text(known[name], text, where) for name, text in texts.items()}
    except ReportError as error:
        raise UsageError(str(error)) from None


def _names_read(sources: Iterable[str]) -> set[str]:
    """Return the names that cells read, as far as can be told without running them.

    A name that is only assigned to is not read. Of code that is not plain Python, such as lines
    for IPython or the shell, every word counts, so that nothing read is left out.

    Examples
    --------
    >>> sorted(_names_read(["weeks = 1; print(f'{level}')", "%run $name"]))
    ['level', 'name', 'print', 'run']
    """
    texts = list(sources)
    found = set[str]().union(*map(_names, texts))
    if found & {"globals", "locals", "vars", "eval", "exec"}:
        found = found.union(*map(_words, texts))
    return found


@cache  # hundreds of reports may be of one notebook
def _names(source: str) -> frozenset[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return _words(source)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return frozenset(found)


def _words(source: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", source))
