"""Builds a site again elsewhere and compares: the same inputs must give the same bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from atopic.engine.temporary_folders import Temporary
from atopic.errors import ReportError
from atopic.reporting.build import Listener, Options, Plan, build
from atopic.reporting.plan.build_record import RECORD
from atopic.reporting.plan.manifest import Report
from atopic.reporting.run.side_by_side import cores
from atopic.reporting.site.output_folder import lock


@dataclass(frozen=True)
class Outcome:
    """What a comparison found."""

    compared: int  # number of files
    differences: list[str]  # one line for each file that differs, is missing, or is left over


def verify(
    plans: list[Plan],
    *,
    data: Path | None,
    out: Path,
    site: Iterable[Report],
    options: Options,
    listener: Listener,
) -> Outcome:
    """Build reports into a temporary folder and compare every file with those of a site.

    All are built anew, in the opposite order and with another number at once; and on this machine
    once more, in a third order, each alone in a process of its own that has imported and run
    nothing before: reports that change one another are found. Nothing is written to the site. The
    files of the whole site are compared if all its reports are.
    """
    if not (out / RECORD).is_file():
        raise ReportError(f"{out}: there is no build to compare with; run atopic build first")
    site = tuple(site)
    jobs = 1 if (options.jobs or cores()) > 1 else 2
    if options.scheduler is not None:
        jobs = options.jobs  # other workers come of themselves
    with Temporary() as folder:
        again, alone = folder / "again", folder / "alone"
        more: dict[str, Any] = {"data": data, "site": site, "listener": listener}
        anew = replace(options, jobs=jobs, force=True)
        results = build(plans[::-1], out=again, options=anew, **more)
        if options.scheduler is None:
            third = sorted(plans, key=lambda one: one.report.id[::-1])
            by_themselves = replace(anew, jobs=options.jobs, alone=True)
            results += build(third, out=alone, options=by_themselves, **more)
        ours = {name for result in results for name in result.outputs}
        with lock(out, listener.notice, shared=True):
            if {result.id for result in results} == {report.id for report in site}:
                ours = _files(again)
                folders = {report.id for report in site if (again / report.id).is_dir()}
                ours |= {name for name in _files(out) if _is_made(name, folders)}
                ours |= _files(alone) if alone.is_dir() else set()
            found = [
                _difference(out, again, name, "again")
                or (alone.is_dir() and _difference(out, alone, name, "alone"))
                for name in sorted(ours)
            ]
        differences = [line for line in found if line]
        failures = [f"{one.id}: {one.failure}" for one in results if one.failure]
        differences += dict.fromkeys(failures)
        return Outcome(len(ours), differences)


def _files(folder: Path) -> set[str]:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return names - {RECORD}


def _is_made(name: str, folders: set[str]) -> bool:
    """Return whether a file is of a kind and at a place where builds make them."""
    path = Path(name)
    at_home = path.parent == Path() or str(path.parent) in folders | {"data"}
    return at_home and path.suffix in (".html", ".csv", ".svg", ".xml")


def _difference(out: Path, again: Path, name: str, how: str) -> str:
    """Return where two files part, in one line; nothing if they are the same."""
    if not (out / name).is_file():
        return f"{out / name}: missing; a new build makes it"
    if not (again / name).is_file():
        return f"{out / name}: left over; a new build does not make it"
    old, new = ((folder / name).read_bytes() for folder in (out, again))
    if old == new:
        return ""
    lines = zip_longest(*(text.decode("utf-8", "replace").split("\n") for text in (old, new)))
    code = ""
    for number, (was, is_now) in enumerate(lines, start=1):
        if was != is_now:
            words = " is now ".join(_around(was or "", is_now or ""))
            return f"{out / name}:{number}:{code} differs when built {how}: {words}"
        if found := re.search(r'<div class="code[^"]*" data-cell="(\d+)">', was or ""):
            code = f" cell {found[1]}:"
    return f"{out / name}: differs when built {how}"


def _around(one: str, other: str) -> tuple[str, str]:
    """Return the place where two lines part, of each.

    Examples
    --------
    >>> _around("a long line with 1 in it", "a long line with 2 in it")
    ("'a long line with 1 in it'", "'a long line with 2 in it'")
    """
    same = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1),
        min(len(one), len(other)),
    )
    start = max(0, same - 30)
    return repr(one[start : same + 30]), repr(other[start : same + 30])
