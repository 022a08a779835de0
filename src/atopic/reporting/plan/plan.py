"""Which reports to build, from which notebooks, with which values: all refused that can be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from atopic.errors import ReportError, UsageError
from atopic.reporting.plan.inputs import input_files
from atopic.reporting.plan.kernels import kernel_of
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.notebook_file import read_content
from atopic.reporting.plan.parameters import (
    Notebook,
    Parameter,
    cells_of,
    check_names,
    check_values,
    declared,
    from_text,
)
from atopic.reporting.plan.plain_python import may_read_all, names_read


@dataclass(frozen=True)
class Plan:
    """A report with the parameters its notebook declares and the values it will get."""

    report: Report
    declared: Mapping[str, Parameter]
    values: Mapping[str, Any]  #: those that differ from the notebook's defaults
    overrides: Mapping[str, str] = field(default_factory=dict)  #: as they were typed
    refusals: tuple[ReportError, ...] = ()  #: why it cannot be built
    notices: tuple[str, ...] = ()  #: what the user should know

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter with the value used."""
        return {name: known.default for name, known in self.declared.items()} | dict(self.values)

    @property
    def early(self) -> dict[str, list[str]]:
        """Of each default that is computed from values set here, those: it is computed before."""
        found = {
            name: sorted(known.reads & set(self.values))
            for name, known in self.declared.items()
            if name not in self.values
        }
        return {name: names for name, names in found.items() if names}

    @property
    def refusal(self) -> str:
        """Why it cannot be built, in one line; empty if it can."""
        return "; ".join(map(str, self.refusals))


def plan(
    reports: Iterable[Report],
    overrides: Mapping[str, str] | None = None,
    *,
    strict: bool = True,
) -> list[Plan]:
    """Read the notebooks of reports and check every parameter before anything runs.

    `overrides` are texts for values that replace those of the manifest, for every report. Refused
    are a notebook that cannot be read, a parameter that it does not declare, or declares and never
    reads, a value of another type, and the parameter ``data``, which is no choice of a report: by
    a `UsageError` if an override is to blame, else a `ReportError`. If not `strict`, a plan holds
    what refuses it, and the error comes only where overrides refuse every one.
    """
    plans = [_planned(report, overrides or {}) for report in reports]
    refused = [error for one in plans for error in one.refusals]
    usage = [error for error in refused if isinstance(error, UsageError)]
    if strict and refused:
        raise refused[0]
    if usage and all(any(error in usage for error in one.refusals) for one in plans):
        raise UsageError("\n".join(dict.fromkeys(map(str, refused))))
    return plans


def _planned(report: Report, overrides: Mapping[str, str]) -> Plan:
    where = f"{report.notebook.name}: report {report.id!r}"
    try:
        content = read_content(report.notebook)
        kernel = kernel_of(content["metadata"])
        notebook = cells_of(content)
    except ReportError as error:
        return Plan(report, {}, {}, overrides, (error,))
    language = kernel.language or "unknown"
    refusals: list[ReportError] = []
    notices = []
    if kernel.asked:
        notices.append(
            f"the kernel {kernel.asked!r} is not used: notebooks in Python run in the environment "
            "of atopic"
        )
    known: Mapping[str, Parameter] = {}
    try:
        known = declared(notebook, report.notebook.name, language)
    except ReportError as error:
        if report.parameters or overrides:
            refusals.append(_told(error, where))
            return Plan(report, {}, {}, overrides, tuple(refusals), tuple(notices))
    read = _names_read(notebook, known)
    values: dict[str, Any] = {}
    for name in dict.fromkeys([*report.parameters, *overrides]):
        try:
            values |= _value(name, report, overrides, known, where)
            _refuse_unread(name, read, known, where)
        except ReportError as error:
            refusals.append(UsageError(str(error)) if name in overrides else error)
    try:
        for pattern, files in input_files(report.folder, report.inputs).items():
            if not files:
                notices.append(f"{where}: inputs {pattern!r} name no file")
    except ReportError as error:
        refusals.append(_told(error, where))
    found = Plan(report, known, values, overrides, tuple(refusals))
    for name, early in found.early.items():
        words = f"{name} = {known[name].default} is computed before {', '.join(early)} is set"
        notices.append(f"{where}: {words}; compute it in a later cell")
    return replace(found, notices=tuple(notices))


def _told(error: ReportError, where: str) -> ReportError:
    return ReportError(f"{where}: {error}")


def _value(
    name: str, report: Report, overrides: Mapping[str, str],
    known: Mapping[str, Parameter], where: str,
) -> dict[str, Any]:  # fmt: skip
    """Return the value that a parameter gets: what was typed goes before what the manifest says."""
    if name == "data":
        raise ReportError(
            f"{where}: give the data folder with --data, so that the page records what it read"
        )
    if name in overrides:
        check_names([name], known, where)
        return {name: from_text(known[name], overrides[name], where)}
    return check_values({name: report.parameters[name]}, known, where)


def _names_read(notebook: Notebook, known: Iterable[str]) -> set[str]:
    """Return the names that are read after the tagged cell; none if there is no such cell.

    That may be all that are known.
    """
    code = [cell for cell in notebook if cell["cell_type"] == "code"]
    tagged = ["parameters" in cell["metadata"].get("tags", []) for cell in code]
    later = [cell["source"] for cell in code[tagged.index(True) + 1 :]] if any(tagged) else []
    return names_read(later) | (set(known) if may_read_all(later) else set())


def _refuse_unread(name: str, read: set[str], known: Mapping[str, Parameter], where: str) -> None:
    """Refuse a value that would change nothing: a report must not look as if it had."""
    if name not in read:
        early = [other for other, one in known.items() if name in one.reads]
        words = f"; {early[0]} = {known[early[0]].default} is computed before" if early else ""
        raise ReportError(
            f"{where}: no cell after the parameters reads {name!r}; read it there or leave it out"
            f"{words}"
        )
