"""What `atopic add-study` does: reads or asks, checks, shows, and writes after a yes."""

import sys
from pathlib import Path

import typer

from atopic.additions.interview import interview
from atopic.additions.sheet import TABLES, Draft, as_csv, read_sheet, template
from atopic.additions.tables import Addition, foresee, put, write_new
from atopic.errors import UsageError
from atopic.evidence.core import read_package
from atopic.evidence.schema import Package
from atopic.reporting.site import output_folder
from atopic.streams import visible


def add_study(folder: Path, sheet: Path | None, *, yes: bool = False) -> bool:
    """Add a study to a data folder, and say whether it was written.

    Raises
    ------
    UsageError
        For a folder that is part of an installed package, or tables that a study cannot go into.
    EvidenceError, ReportError
        If the folder or the sheet cannot be read, or the files cannot be written.
    """
    if folder.resolve().is_relative_to(Path(output_folder.__file__).parents[2]):
        raise UsageError(
            f"{folder}: these tables are part of the installed atopic; copy the folder, "
            "and give the copy with --data"
        )
    package = _package(folder)
    if sheet is None and not sys.stdin.isatty() and yes:
        raise UsageError("--yes needs a sheet; without one there are questions to answer")
    try:
        draft = read_sheet(sheet, package) if sheet else interview(folder, package)
        return _added(folder, package, draft, sheet, yes=yes)
    except typer.Abort:  # Ctrl-C, or the end of what was typed, at a question
        typer.echo(f"\n{folder}: nothing was written", err=True)
        raise typer.Exit(130) from None


def _added(folder: Path, package: Package, draft: Draft, sheet: Path | None, *, yes: bool) -> bool:
    addition = foresee(folder, draft, sheet.name if sheet else "")
    _show(addition)
    if addition.faults:
        typer.echo(f"{folder}: nothing was written", err=True)
        if sheet is None:
            _keep(draft, package)
        return False
    if not (yes or typer.confirm(f"\nWrite these rows into {folder}?", default=False)):
        typer.echo(f"{folder}: nothing was written", err=True)
        return False
    put(addition.folder, addition.before, addition.after)
    counts = ", ".join(f"{len(rows)} to {name}" for name, rows in draft.rows.items() if rows)
    typer.echo(f"{folder}: rows added: {counts}")
    return True


def write_template(folder: Path, place: Path) -> None:
    """Write an empty sheet for a data folder; nothing that is there is replaced."""
    if place.suffix.lower() != ".xlsx":
        raise UsageError(f"{place}: the sheet is a workbook; call it {place.stem}.xlsx")
    write_new(place, template(_package(folder)))
    typer.echo(f"{place}: fill in the sheet 'study', a line each result; then")
    typer.echo(f"atopic add-study {place} --data {folder}")


def _package(folder: Path) -> Package:
    package = read_package(folder)
    missing = [name for name in TABLES[:4] if name not in package.tables]
    if missing:
        raise UsageError(f"{folder}: has no table {missing[0]}, into which a study would go")
    return package


def _show(addition: Addition) -> None:
    for line in addition.difference().split("\n"):
        typer.echo(visible(line))
    for problem in addition.problems:
        mark = "" if problem.fails else "warning: "
        typer.echo(visible(f"{mark}{problem}"), err=True)


def _keep(draft: Draft, package: Package) -> None:
    """Write what was answered as a sheet, so that it need not be answered again."""
    place = Path(f"{draft.rows['studies'][0]['study_id']}.csv")
    write_new(place, as_csv(draft, package).encode())
    typer.echo(
        f"{place}: your answers; mend them there, and run atopic add-study {place}", err=True
    )
