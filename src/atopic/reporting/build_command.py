"""What `atopic build` does with what it is asked: once, again for comparison, or at every save."""

import csv
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from atopic.errors import ReportError, UsageError
from atopic.paths import bundled, ordinary_file
from atopic.reporting.build import Built, Options, Plan, begin_ahead, begin_for_many, build
from atopic.reporting.foresee import foresee
from atopic.reporting.plan.build_record import failed_reports, read_record
from atopic.reporting.plan.manifest import Report, read_manifest, selected
from atopic.reporting.plan.plan import plan
from atopic.reporting.plan.releases import of_these_tables
from atopic.reporting.progress import Progress
from atopic.reporting.site.object_storage import is_remote, local_folder, mirrored
from atopic.streams import visible


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    manifest: Path
    data: Path | None
    out: str  # a folder, or the address of one in object storage
    ids: list[str] = field(default_factory=list)  # of reports; all if empty
    overrides: Mapping[str, str] = field(default_factory=dict)  # of parameters
    only_failed: bool = False  # of those, what failed when it was last built
    options: Options = field(default_factory=Options)
    as_json: bool = False
    verbose: bool = False

    def place(self, name: str = "") -> str:
        """Return what users call a file of the output, or the output."""
        if is_remote(self.out):
            return f"{self.out.rstrip('/')}/{name}".rstrip("/")
        return str(local_folder(self.out) / name)

    def reports(self) -> tuple[Report, ...]:
        """Return all reports of the manifest."""
        reports = of_these_tables(read_manifest(self.manifest, self.data), self.data)
        _refuse_foreign(self.manifest, self.data, reports)
        return reports

    def plans(self, reports: tuple[Report, ...]) -> list[Plan]:
        """Return the plans of those that are asked for."""
        return plan(selected(reports, self.ids), self.overrides, strict=False)

    def left(self, plans: list[Plan], out: Path) -> list[Plan]:
        """Return those of some plans that are asked for by what became of them."""
        if not self.only_failed:
            return plans
        failed = failed_reports(read_record(out))
        return [one for one in plans if one.report.id in failed]

    @contextmanager
    def folder(self, *, write: bool) -> Iterator[Path]:
        """Give the output folder, or a copy of it; `write` puts that back where it belongs."""
        if not is_remote(self.out):
            yield local_folder(self.out)
            return
        with mirrored(self.out, write=write) as copy:
            try:
                yield copy
            except ReportError as error:  # of the copy, which nobody knows
                raise type(error)(str(error).replace(str(copy), self.place())) from None


def _refuse_foreign(manifest: Path, data: Path | None, reports: tuple[Report, ...]) -> None:
    """Refuse the reports that come with atopic for the tables of another review.

    They are of another if they hold studies, and none of those that the reports name.
    """
    own = bundled("reports.toml")
    if data is None or not own.exists() or not manifest.exists() or not own.samefile(manifest):
        return
    named = {str(one.parameters["study"]) for one in reports if "study" in one.parameters}
    try:  # what is wrong with it is said elsewhere
        with ordinary_file(data / "studies.csv").open(encoding="utf-8-sig", newline="") as file:
            held = {row.get("study_id") for row in csv.DictReader(file)} - {None}
    except (OSError, UnicodeDecodeError, csv.Error):
        return
    if held and named and not held & named:
        raise UsageError(
            f"{data}: these are the tables of another review than the reports of {manifest}, which "
            f"name {len(named)} studies, none of them there; write reports for it with atopic new "
            "DIR, or name your own with --manifest"
        )


def build_once(request: Request) -> bool:
    """Build what has changed, and say what became of it; return whether nothing failed."""
    start = time.perf_counter()
    reports = request.reports()
    if not is_remote(request.out) and not request.only_failed:
        asked = selected(reports, request.ids)
        folder = local_folder(request.out)
        begin_ahead(request.options, folder, asked, request.overrides, request.data)
    plans = request.plans(reports)
    with request.folder(write=True) as out:
        plans = request.left(plans, out)
        if request.only_failed and not plans:
            return _say_none_failed(request)
        with Progress(len(plans), request.verbose) as progress:
            results = build(
                plans, data=request.data, out=out, site=reports,
                options=request.options, listener=progress,
            )  # fmt: skip
    seconds = time.perf_counter() - start
    _summarise_on_github(results)
    failed = [result for result in results if result.failure]
    for result in failed:
        sys.stderr.write(visible(f"{request.place(result.page)}: {result.failure}\n"))
    if request.as_json:
        sys.stdout.write(_as_json(results, request, seconds))
    else:
        sys.stdout.write(_summary(results, request, seconds))
    return not failed


def verify_once(request: Request) -> bool:
    """Compare the output folder with a second build of it; return whether they are the same."""
    from atopic.reporting.verify import verify

    reports = request.reports()
    plans = request.plans(reports)
    # Each report is built twice on this machine, once on a cluster.
    times = 1 if request.options.scheduler is not None else 2
    bar = Progress(times * len(plans), request.verbose)
    with request.folder(write=False) as out, bar as progress:
        outcome = verify(
            plans, data=request.data, out=out, site=reports,
            options=request.options, listener=progress,
        )  # fmt: skip
    differences = [line.replace(str(out), request.place()) for line in outcome.differences]
    for line in differences:
        sys.stderr.write(visible(f"{line}\n"))
    if request.as_json:
        content = {"out": request.place(), "compared": outcome.compared,
                   "differences": differences}  # fmt: skip
        sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    elif not differences:
        sys.stdout.write(
            f"{outcome.compared} files are the same when built again: {request.place()}\n"
        )
    return not differences


def foresee_once(request: Request) -> bool:
    """Say what would be built and why, and build nothing; return whether nothing is refused."""
    reports = request.reports()
    plans = request.plans(reports)
    for words in dict.fromkeys(words for one in plans for words in one.notices):
        sys.stderr.write(visible(f"atopic: {words}\n"))
    with request.folder(write=False) as out:
        plans = request.left(plans, out)
        found = foresee(plans, data=request.data, out=out, site=reports, options=request.options)
    if request.as_json:
        content = {"out": request.place(), "reports": [asdict(one) for one in found]}
        sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    for one in found:
        words = visible(f"{one.state:6} {one.id}{': ' if one.why else ''}{'; '.join(one.why)}\n")
        if one.state == "refuse":
            sys.stderr.write(words)
        elif not request.as_json and (one.state == "build" or request.verbose):
            sys.stdout.write(words)
    states = [one.state for one in found]
    if not request.as_json:
        sys.stdout.write(
            f"{states.count('build')} would be built, {states.count('reuse')} reused, "
            f"{states.count('refuse')} refused: {request.place('index.html')}\n"
        )
    return "refuse" not in states


def _say_none_failed(request: Request) -> bool:
    if request.as_json:
        sys.stdout.write(_as_json([], request, 0.0))
    else:
        sys.stdout.write(f"nothing failed in the last build: {request.place()}\n")
    return True


def watch_on(request: Request) -> None:
    """Build, and again whenever something is saved, until the user stops it."""
    from atopic.reporting.watch import watch

    begin_for_many(request.options)
    watch(request.manifest, request.data, lambda: build_once(request))


def _summary(results: list[Built], request: Request, seconds: float) -> str:
    failed = sum(bool(result.failure) for result in results)
    reused = sum(result.reused for result in results)
    parts = [f"{len(results) - failed - reused} built"]
    parts += [f"{reused} reused"] if reused else []
    parts += [f"{failed} failed"]
    return f"{', '.join(parts)} in {seconds:.1f} s: {request.place('index.html')}\n"


def _state(result: Built) -> str:
    return "failed" if result.failure else "reused" if result.reused else "built"


def _summarise_on_github(results: list[Built]) -> None:
    """Add a table to the summary of a job of GitHub Actions, if this is one."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        lines = ["| report | | seconds | |", "|---|---|---|---|"]
        for one in results:
            reason = (one.failure or "").replace("|", "\\|")
            lines.append(f"| {one.id} | {_state(one)} | {one.seconds:.1f} | {reason} |")
        # The reports are there: a summary that cannot be written does not make the build fail.
        with suppress(OSError), Path(path).open("a", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n\n")


def _as_json(results: list[Built], request: Request, seconds: float) -> str:
    reports = [
        {
            "id": result.id,
            "state": _state(result),
            "seconds": round(result.seconds, 3),
            "page": request.place(result.page),
            "reason": result.failure,
        }
        for result in results
    ]
    content = {"out": request.place(), "seconds": round(seconds, 3), "reports": reports}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
