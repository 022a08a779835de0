"""Asks for a study at the terminal: one question a cell, each answer checked at once."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

import typer

from atopic.additions.sheet import SHARED, Draft
from atopic.errors import did_you_mean
from atopic.evidence.checks import worded
from atopic.evidence.csv_rows import read_cell, read_rows
from atopic.evidence.schema import Field, Package

#: What is asked beside the columns that every row needs.
_ALSO = {
    "sources": ("doi", "url"),
    "studies": ("short_name", "year", "n_enrolled", "n_enrolled_basis", "exclusion_reason"),
    "arms": (
        "route", "dose", "dose_unit", "administrations", "n_randomised", "n_randomised_basis",
    ),
    "responses": ("week", "week_basis", "responders", "n", "n_basis", "percent_printed"),
}  # fmt: skip
#: Asked only if that other column was filled, or has that value.
_IF = {
    "n_basis": ("n", ""), "week_basis": ("week", ""), "n_randomised_basis": ("n_randomised", ""),
    "n_enrolled_basis": ("n_enrolled", ""), "dose_unit": ("dose", ""),
    "exclusion_reason": ("in_synthesis", "no"),
}  # fmt: skip


def interview(folder: Path, package: Package) -> Draft:
    """Ask for a source, a study, its groups, and what was reported of each.

    Nothing is written; Ctrl-C ends it with nothing done.
    """
    say = typer.echo
    say("Only what the source reports: leave blank what it does not say. Of a list, a number or")
    say("the beginning of a word will do. Ctrl-C writes nothing.")
    draft = Draft()
    say("\nThe source")
    known = _column(folder, package, "sources", "source_id")
    shared = {"source_id": _ask(package.tables["sources"].field("source_id"), (), needed=True)}
    if shared["source_id"] in known:
        say("    It is there already.")
    else:
        draft.add("sources", _row(package, "sources", shared))
    say("\nThe study")
    study = _row(package, "studies", shared)
    draft.add("studies", study)
    shared["study_id"] = study["study_id"]
    outcomes = _column(folder, package, "instruments", "outcome", kind="responder")
    while True:
        say("\nA group of its patients (blank id: no more groups)")
        arm = _row(package, "arms", shared, stop="arm_id")
        if not arm:
            return draft
        draft.add("arms", arm)
        while True:
            say(f"\nHow many of {arm['label']} responded (blank outcome: no more results)")
            of_arm = shared | {"arm_id": arm["arm_id"]}
            response = _row(package, "responses", of_arm, stop="outcome", words=outcomes)
            if not response:
                break
            draft.add("responses", response)


def _row(
    package: Package,
    table: str,
    given: Mapping[str, str],
    *,
    stop: str = "",
    words: tuple[str, ...] = (),
) -> dict[str, str]:
    """Ask for the cells of a row; nothing if the one that may stop it is left blank."""
    row = {name: given[name] for name in SHARED if name in given}
    fields = {one.name: one for one in package.tables[table].fields}
    names = [one for one in fields if fields[one].required or one in _ALSO[table]]
    for name in sorted((one for one in names if one not in given), key=lambda one: one != stop):
        other, value = _IF.get(name, ("", ""))
        if other and not (row.get(other) == value if value else row.get(other)):
            continue
        fits = words if name == "outcome" else ()
        row[name] = _ask(fields[name], fits, needed=fields[name].required and name != stop)
        if name == stop and not row[name]:
            return {}
    return row


def _ask(field: Field, words: tuple[str, ...], *, needed: bool) -> str:
    """Ask until the answer is one that the column may hold."""
    known = tuple(dict.fromkeys([*map(str, field.enum), *words]))
    typer.echo(f"  {field.name}{'' if needed else ' (may be blank)'}: {field.description}")
    if known:
        joint = "\N{NO-BREAK SPACE}"  # keeps a number beside its word
        numbered = ", ".join(f"{number}{joint}{word}" for number, word in enumerate(known, 1))
        lines = fill(
            numbered, 100, break_on_hyphens=False, initial_indent="    ", subsequent_indent="    "
        )
        typer.echo(lines.replace(joint, " "))
    while True:
        given = typer.prompt("   ", prompt_suffix="> ", default="", show_default=False)
        answer = _chosen(str(given).strip(), known)
        problem = _refused(field, known, answer, needed)
        if not problem:
            return answer
        typer.echo(f"    {problem}", err=True)


def _chosen(answer: str, known: tuple[str, ...]) -> str:
    """Return the word of a list that a number or its beginning stands for; else what was typed.

    >>> _chosen("2", ("evidence", "benchmark")), _chosen("ev", ("evidence", "benchmark"))
    ('benchmark', 'evidence')
    >>> _chosen("e", ("evidence", "erratum")), _chosen("erratum", ("erratum", "erratum-2"))
    ('e', 'erratum')
    """
    if not answer or answer in known:
        return answer
    if answer.isdecimal() and 1 <= int(answer) <= len(known):
        return known[int(answer) - 1]
    begun = [word for word in known if word.casefold().startswith(answer.casefold())]
    return begun[0] if len(begun) == 1 else answer


def _refused(field: Field, known: tuple[str, ...], answer: str, needed: bool) -> str:
    if not answer:
        return "this is needed" if needed else ""
    if known and answer not in known:
        return f"{answer!r} is none of these{did_you_mean(answer, known)}"
    _, broken = read_cell(field, answer)
    return worded(field, answer, broken)[1] if broken else ""


def _column(
    folder: Path, package: Package, table: str, column: str, **where: str
) -> tuple[str, ...]:
    """Return the cells of a column of the folder, of the rows with these cells."""
    rows, _ = read_rows(folder / package.tables[table].path)
    lines = [dict(zip(rows.header, one, strict=True)) for one in rows.cells] if rows else []
    return tuple(
        line[column] for line in lines if all(line.get(name) == it for name, it in where.items())
    )
