"""Adds rows to the tables of a data folder: checked elsewhere first, then all of them or none."""

import csv
import io
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from atopic.additions.sheet import TABLES, Draft
from atopic.errors import EvidenceError, ReportError
from atopic.evidence.checks import check
from atopic.evidence.core import read_package
from atopic.evidence.csv_rows import Problem, read_rows
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.evidence.schema import Package
from atopic.reporting.site import output_folder


@dataclass(frozen=True)
class Addition:
    """What adding a draft would do.

    Attributes
    ----------
    folder : Path
    before, after : dict of str to bytes
        Files that would change, as they are and as they would be, in the order of `TABLES`.
    problems : list of Problem
        What the check finds that it does not find now; a row from a sheet is told by its line.
    """

    folder: Path
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    problems: list[Problem]

    @property
    def faults(self) -> list[Problem]:
        """The problems for which nothing may be written."""
        return [one for one in self.problems if one.fails]

    def difference(self) -> str:
        """Return what would change, as a unified difference of the files."""
        lines: list[str] = []
        for name, content in self.after.items():
            old, new = (text.decode("utf-8-sig") for text in (self.before[name], content))
            lines += unified_diff(old.splitlines(), new.splitlines(), name, name, n=0, lineterm="")
        return "\n".join(lines)


def foresee(folder: Path, draft: Draft, sheet: str = "") -> Addition:
    """Return what adding a draft to a folder would do; nothing is written there.

    Raises
    ------
    EvidenceError
        If a table cannot be read, or holds one of the studies already.
    """
    package = read_package(folder)
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    lines: dict[tuple[str, int], int] = {}
    for table in TABLES:
        new = draft.rows[table]
        if not new:
            continue
        name = package.tables[table].path
        rows, problems = read_rows(folder / name)
        if problems or rows is None:
            raise EvidenceError(f"{folder}: {problems[0]}; run atopic check")
        if table == "studies":
            _refuse_known(name, rows.header, rows.cells, rows.numbers, new)
        before[name] = (folder / name).read_bytes()
        after[name] = _with_rows(before[name], rows.header, new)
        first = max(rows.numbers, default=rows.header_number) + 1
        lines |= {(name, first + place): line for place, line in enumerate(draft.lines[table])}
    problems = new_problems(folder, after)
    return Addition(folder, before, after, [_told(one, lines, sheet, package) for one in problems])


def put(folder: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
    """Write files into a folder: whatever happens meanwhile, all are new or all as they were.

    `before` holds the files that were read; one that is written and not among them must not exist.

    Raises
    ------
    EvidenceError
        If a file has changed since it was read.
    ReportError
        If a file cannot be written.
    """
    with output_folder.lock(folder, lambda _: None):
        for name in {**before, **after}:
            place = folder / name
            if (place.read_bytes() if place.exists() else None) != before.get(name):
                raise EvidenceError(f"{place}: has changed meanwhile; begin again")
        try:
            output_folder.write(folder, after)
        except BaseException:  # also Ctrl-C between two files
            for name in set(after) - set(before):
                (folder / name).unlink(missing_ok=True)
            output_folder.write(folder, before)
            raise


def write_new(place: Path, content: bytes) -> None:
    """Write a file where none is yet; else raise ReportError, or EvidenceError if none can be."""
    try:
        with place.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        raise ReportError(f"{place}: is there already; give another name") from None
    except OSError as error:
        raise EvidenceError(f"{place}: cannot be written: {error.strerror}") from None


def _with_rows(content: bytes, header: tuple[str, ...], rows: list[dict[str, str]]) -> bytes:
    """Return a file with rows at its end; what is there stays as it is, byte for byte."""
    end = "\r\n" if b"\r\n" in content else "\n"
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", lineterminator=end, extrasaction="ignore")
    writer.writerows(rows)
    gap = b"" if content.endswith(b"\n") else end.encode()
    return content + gap + stream.getvalue().encode()


def new_problems(folder: Path, after: Mapping[str, bytes]) -> list[Problem]:
    """Check a copy of a folder with some new files, and return what is not found now."""
    there = [DESCRIPTOR] if (folder / DESCRIPTOR).is_file() else []
    there += [one.name for one in folder.glob("*.csv") if one.is_file()]
    known = {str(one) for one in check(folder, warnings=True)} if there else set()
    with tempfile.TemporaryDirectory() as place:
        for name in there:
            shutil.copyfile(folder / name, Path(place, name))
        for name, content in after.items():
            Path(place, name).write_bytes(content)
        return [one for one in check(place, warnings=True) if str(one) not in known]


def _told(
    problem: Problem, lines: Mapping[tuple[str, int], int], sheet: str, package: Package
) -> Problem:
    """Return a problem of a new row as one of the line of the sheet that it comes from."""
    line = lines.get((problem.file, problem.row or 0))
    if not line:
        return problem
    table = next(name for name, one in package.tables.items() if one.path == problem.file)
    column = f"{table}.{problem.column}" if problem.column else table
    return replace(problem, file=sheet, row=line, column=column)


def _refuse_known(
    name: str,
    header: tuple[str, ...],
    cells: tuple[tuple[str, ...], ...],
    numbers: tuple[int, ...],
    new: list[dict[str, str]],
) -> None:
    place = header.index("study_id") if "study_id" in header else 0
    known = {line[place]: number for line, number in zip(cells, numbers, strict=True)}
    for row in new:
        if row.get("study_id") in known:
            study = row["study_id"]
            raise EvidenceError(
                f"{name}:{known[study]}: study_id: {study!r} is there already; give the new study "
                "another id, or add its rows to the tables by hand"
            )
