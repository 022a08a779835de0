"""What `atopic import` does: reads a sheet, says what it took for granted, checks, and writes."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import typer

from atopic.additions.tables import new_problems, put
from atopic.errors import EvidenceError, ReportError, UsageError
from atopic.evidence.csv_rows import Problem
from atopic.importing.columns import named
from atopic.importing.merge import RECORD, Merged, merge
from atopic.importing.results import Reading, read_results
from atopic.importing.tables import Tables, as_rows
from atopic.reporting.site import output_folder
from atopic.review import read_review
from atopic.streams import visible

_SHOWN = 12


def import_sheet(
    sheet: Path, folder: Path, *, mapped: Iterable[str] = (), better: Iterable[str] = (),
    dry_run: bool = False,
) -> bool:  # fmt: skip
    """Import a sheet into a data folder, and say whether it could be.

    Raises
    ------
    UsageError
        If an option names what there is not, or the folder is part of an installed package.
    EvidenceError, ReportError
        If the sheet or the folder cannot be read or written.
    """
    if folder.resolve().is_relative_to(Path(output_folder.__file__).parents[2]):
        raise UsageError(f"{folder}: these tables are part of the installed atopic; name another")
    if folder.exists() and not folder.is_dir():
        raise ReportError(f"{folder}: this is a file; give a folder")
    reading = read_results(sheet, tuple(mapped))
    tables = as_rows(reading, better_of(better), read_review(folder).time_unit)
    merged = merge(folder, reading.sheet, tables)
    problems = [_told(one, merged, reading) for one in new_problems(folder, merged.after)]
    say_taken(reading, tables)
    _say_changes(merged)
    faults = [one for one in problems if one.fails]
    for problem in problems:
        mark = "" if problem.fails else "warning: "
        typer.echo(visible(f"{mark}{problem}"), err=True)
    if faults:
        typer.echo(f"{folder}: nothing was written", err=True)
        return False
    if dry_run:
        typer.echo(f"{folder}: nothing was written; without --dry-run, it would be")
        return True
    if merged.after:
        _make(folder)
        put(folder, merged.before, merged.after)
        typer.echo(f"{folder}: written; {RECORD} keeps what came from the sheet")
    return True


def better_of(said: Iterable[str]) -> dict[str, str]:
    """Return which way is better by outcome, "" for all, of ``lower`` or ``OUTCOME=lower``.

    >>> better_of(["higher", "nausea=lower"])
    {'': 'higher', 'nausea': 'lower'}
    """
    found = {}
    for one in said:
        name, _, way = one.rpartition("=")
        if way not in ("higher", "lower"):
            raise UsageError(f"--better {one}: write higher or lower, or OUTCOME=lower")
        found[name.strip()] = way
    return found


def say_taken(reading: Reading, tables: Tables) -> None:
    """Say what a sheet holds, and what was taken for granted in reading it."""
    columns = reading.columns
    counts = {name: len(rows) for name, rows in tables.rows.items()}
    studies, arms, *results = (
        f"{counts[name]} {one if counts[name] == 1 else many}"
        for name, one, many in (
            ("studies", "study", "studies"),
            ("arms", "arm", "arms"),
            ("responses", "count or percentage", "counts or percentages"),
            ("scores", "mean", "means"),
        )
        if counts[name]
    )
    typer.echo(visible(f"{reading.sheet}: {studies}, {arms}, {' and '.join(results)}"))
    lines = []
    if columns:
        read = [f"{columns.header[place]} = {named(*key)}" for key, place in
                sorted(columns.places.items(), key=lambda pair: pair[1])
                if columns.header[place].lower() != key[0]]  # fmt: skip
        said = [f"{named(*key)} = {value!r} throughout" for key, value in columns.constants.items()]
        lines += [f"columns: {', '.join(read + said)}"] if read or said else []
        lines += [f"not read: {', '.join(columns.unread)}"] if columns.unread else []
    lines += [*reading.notes, *tables.notes]
    lines.append("every number as in the sheet; blinding, unless told, unknown")
    typer.echo("taken for granted:")
    for line in lines:
        typer.echo(visible(f"  {line}"))


def _say_changes(merged: Merged) -> None:
    for one in merged.kept[:_SHOWN]:
        typer.echo(visible(f"kept as it is: {one}"))
    if len(merged.kept) > _SHOWN:
        typer.echo(f"kept as they are: {len(merged.kept) - _SHOWN} more")
    for name, (new, changed, removed) in merged.counts.items():
        parts = [f"{number} {word}" for number, word in
                 ((new, "new"), (changed, "changed"), (removed, "removed")) if number]  # fmt: skip
        typer.echo(f"  {name}.csv: {', '.join(parts) or 'a header'}")
    if not merged.counts:
        typer.echo("nothing changes")


def _told(problem: Problem, merged: Merged, reading: Reading) -> Problem:
    """Return a problem of an imported row as one of the line of the sheet that it comes from."""
    line = merged.lines.get((problem.file, problem.row or 0))
    if not line:
        return problem
    table = problem.file.removesuffix(".csv")
    column = f"{table}.{problem.column}" if problem.column else table
    return replace(problem, file=reading.sheet, row=line, column=column)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvidenceError(f"{folder}: cannot be made: {error.strerror}") from None
