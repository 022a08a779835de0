"""What `atopic new` does: reads a sheet if there is one, asks six questions, writes a folder."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import typer

from atopic.additions.tables import new_problems
from atopic.errors import EvidenceError, ReportError
from atopic.evidence.controls import CONTROLS
from atopic.importing.command import better_of, say_taken
from atopic.importing.merge import RECORD, merge
from atopic.importing.results import Reading, read_results, role_of_control
from atopic.importing.tables import Row, Tables, as_rows, with_control
from atopic.review import LONGEST_NOUN, UNITS
from atopic.scaffold.files import Review, files
from atopic.scaffold.reports import entries
from atopic.streams import visible

_DATA = "data"
#: What the unit of time changes in a row of results.
_TIMES = ("week", "week_basis", "notes")


def new_review(
    folder: Path, sheet: Path | None = None, *, title: str = "", yes: bool = False,
    mapped: Iterable[str] = (), better: Iterable[str] = (),
) -> bool:  # fmt: skip
    """Begin a review in a folder, and say whether it was.

    Raises
    ------
    ReportError
        If one of the files is there already, or the sheet cannot be read.
    EvidenceError
        If the folder cannot be written.
    """
    _refuse(folder)
    reading = read_results(sheet, tuple(mapped)) if sheet else Reading("")
    unit = _unit(reading)
    tables = as_rows(reading, better_of(better), unit) if sheet else Tables()
    if sheet:
        say_taken(reading, tables)
    try:
        review, answered = _asked(folder, tables, title, unit, yes=yes)
        if sheet and review.time_unit != unit:
            tables = as_rows(reading, better_of(better), review.time_unit)
            answered = _with_times(answered, tables)
    except typer.Abort:
        typer.echo(f"\n{folder}: nothing was written", err=True)
        raise typer.Exit(130) from None
    with tempfile.TemporaryDirectory() as nowhere:
        place = Path(nowhere) / _DATA
        pure = merge(place, reading.sheet, tables)
        held = merge(place, reading.sheet, answered)
        written = dict(held.after)
        if sheet:  # an answer is no word of the sheet's: to a later import it is a change by hand
            written[RECORD] = pure.after[RECORD]
        else:
            written.pop(RECORD, None)
        faults = [one for one in new_problems(place, written) if one.fails]
    for problem in faults:
        line = held.lines.get((problem.file, problem.row or 0))
        told = replace(problem, file=reading.sheet, row=line) if line else problem
        typer.echo(visible(str(told)), err=True)
    if faults:
        typer.echo(f"{folder}: nothing was written", err=True)
        return False
    rows = {name: [row.cells for row in held_rows] for name, held_rows in answered.rows.items()}
    asked = review.question or review.title
    reports = entries(rows, review.control[0], review.time_unit, asked)
    contents = {name: text.encode() for name, text in files(review, reports).items()}
    contents |= {f"{_DATA}/{name}": content for name, content in written.items()}
    _write(folder, contents)
    typer.echo(f"{folder}: written: {', '.join(sorted(contents))}")
    typer.echo(f"cd {folder}; atopic build")
    return True


def _refuse(folder: Path) -> None:
    names = {name.split("/")[0] for name in files(Review(""), [])} | {_DATA}
    if folder.exists() and not folder.is_dir():
        raise ReportError(f"{folder}: this is a file; name a folder")
    for name in sorted(names):
        there = folder / name
        if there.exists() or there.is_symlink():
            raise ReportError(
                f"{there}: is there already; atopic new writes only where none of its files is: "
                "name another folder, or add to this one with atopic import"
            )


def _asked(
    folder: Path, tables: Tables, title: str, unit: str, *, yes: bool
) -> tuple[Review, Tables]:
    """Return what is said of the review, and the tables as the answers change them."""

    def ask(words: str, default: str) -> str:
        if yes:
            return default
        said = " ".join(str(typer.prompt(words, default=default)).split())
        if len(said) > LONGEST_NOUN:
            raise ReportError(
                f"{said[:40]!r}... has {len(said)} characters, more than the {LONGEST_NOUN} that "
                "titles and charts have room for; begin anew with a shorter one"
            )
        return said

    agents = _agents(tables, "experimental")
    controls = _agents(tables, *CONTROLS)
    one = agents[0] if len(agents) == 1 else "treatment"
    default = title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    title = title or ask("1. Title of the review", default)
    single = ask("2. What is the treatment called", one)
    group = ask("   and all of them", single if single == one != "treatment" else f"{single}s")
    control = ask(
        "3. What is the control called", _in_text(controls[0]) if len(controls) == 1 else "control"
    )
    labels, ways = {}, {}
    for number, row in enumerate(tables.rows["instruments"]):
        outcome = row.cells["outcome"]
        said = row.cells.get("label") or outcome
        lead = "4. " if not number else "   "
        labels[outcome] = ask(f"{lead}{outcome}: its name for readers", said)
        way = row.cells["direction"].partition("-")[0]
        ways[outcome] = _one_of(ask, f"   {outcome}: is higher or lower better", way,
                                ("higher", "lower"))  # fmt: skip
    unit = _one_of(ask, "5. Unit of time", unit, tuple(UNITS))
    listed = ", ".join(controls)
    chosen = ask("6. Which arms are controls, by agent", listed or "none") if tables.rows["arms"] \
        else ""  # fmt: skip
    names = [name.strip() for name in chosen.split(",") if name.strip() not in ("", "none")]
    known = [row.cells["agent"] for row in tables.rows["arms"]]
    for name in names:
        if name not in known:
            raise ReportError(
                f"no arm has the agent {name!r}; they are {', '.join(sorted(set(known)))}"
            )
    population = ""
    review = Review(title, treatment=(single, group), control=(control, control),
                    population=population, time_unit=unit)  # fmt: skip
    called = role_of_control(control) or "other-control"
    return review, _answered(tables, labels, ways, names if chosen != listed else controls, called)


def _in_text(name: str) -> str:
    """Return a name as it stands within a sentence: "placebo" of "Placebo"."""
    return name.lower() if name.istitle() else name


def _answered(
    tables: Tables, labels: Mapping[str, str], ways: Mapping[str, str], controls: Sequence[str],
    called: str,
) -> Tables:  # fmt: skip
    """Return tables with what was answered: names, directions, and which arms are controls."""
    answered = Tables({name: list(rows) for name, rows in tables.rows.items()})
    for place, row in enumerate(tables.rows["instruments"]):
        outcome = row.cells["outcome"]
        said = {"direction": f"{ways[outcome]}-is-better"}
        if labels[outcome] != outcome:
            said["label"] = labels[outcome]
        answered.rows["instruments"][place] = Row({**row.cells, **said}, row.line)
    for place, row in enumerate(tables.rows["arms"]):
        role = row.cells["role"]
        if row.cells["agent"] in controls:
            # What the sheet does not tell the answer does: what the control is called.
            role = role if role in CONTROLS and role != "other-control" else called
        elif role in CONTROLS:
            role = "experimental"
        answered.rows["arms"][place] = Row({**row.cells, "role": role}, row.line)
    held = with_control(answered)
    for place, row in enumerate(tables.rows["responses"]):
        is_controlled = "yes" if row.cells["study_id"] in held else "no"
        answered.rows["responses"][place] = Row(
            {**row.cells, "controlled": is_controlled}, row.line
        )
    return answered


def _with_times(answered: Tables, tables: Tables) -> Tables:
    """Return tables with what was answered, their times in the unit that was."""
    timed = {"arms": ("interval_weeks",), "responses": _TIMES, "scores": _TIMES}
    rows = dict(answered.rows)
    for name, columns in timed.items():
        rows[name] = [
            Row({**{column: cell for column, cell in row.cells.items() if column not in columns},
                 **{column: new.cells[column] for column in columns if column in new.cells}},
                row.line)
            for row, new in zip(answered.rows[name], tables.rows[name], strict=True)
        ]  # fmt: skip
    return Tables(rows)


def _agents(tables: Tables, *roles: str) -> list[str]:
    return list(dict.fromkeys(row.cells["agent"] for row in tables.rows["arms"]
                              if row.cells["role"] in roles))  # fmt: skip


def _unit(reading: Reading) -> str:
    said = {one["time_unit"].lower().rstrip("s") for one in reading.results if one["time"]}
    return next(iter(said)) if len(said) == 1 and said <= UNITS.keys() else "week"


def _one_of(ask: object, words: str, default: str, known: Sequence[str]) -> str:
    """Ask until the answer is one of some words."""
    while True:
        answer = str(ask(f"{words} ({', '.join(known)})", default)).lower().rstrip("s")  # type: ignore[operator]
        if answer in known:
            return answer
        typer.echo(f"    {answer!r} is none of {', '.join(known)}")


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write a review: its files all appear, or, whatever happens, none of them."""
    made = not folder.exists()
    put: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".atopic-") as stage:
            for name, content in contents.items():
                place = Path(stage, name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            for one in sorted(Path(stage).iterdir()):
                put.append(folder / one.name)
                one.rename(folder / one.name)
    except BaseException as error:  # also Ctrl-C between two files
        for one in put:
            shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
        if made and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        if isinstance(error, OSError):
            raise EvidenceError(f"{folder}: cannot be written: {error.strerror}") from None
        raise
