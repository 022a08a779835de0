"""The command line: options and help of each command; the rooms below do the work.

What `atopic build` then does is in `atopic.reporting.build_command`, and what that calls once for
any build in `atopic.reporting.build`.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

import atopic
from atopic.errors import AtopicError, UsageError
from atopic.paths import DATA_VARIABLE, bundled, data_folder
from atopic.streams import flush, stand_in, visible

if TYPE_CHECKING:
    from atopic.evidence.csv_rows import Problem

app = typer.Typer(
    name="atopic",
    help="Reported outcomes of trials, as reports that anyone can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _path(text: str) -> Path:
    """Return a path; an empty text would be the folder where the command happens to run."""
    if not text.strip() or "\0" in text:
        raise typer.BadParameter(f"{text!r} is no path")
    return Path(text)


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        parser=_path,
        help="Data folder: CSV files and their datapackage.json. Default: $ATOPIC_DATA, else "
        "the tables that come with atopic.",
    ),
]
ManifestOption = Annotated[
    Path | None,
    typer.Option(
        "--manifest",
        metavar="FILE",
        parser=_path,
        help="Manifest of reports. Default: reports.toml here, else the one that comes with "
        "atopic.",
    ),
]


MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="NAME=COLUMN",
        help="Which column is what, as responders=improved; or what is so in all rows, as "
        "outcome='=nausea'. In rows of several groups with a number, as n_2=controls.",
    ),
]
BetterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--better",
        metavar="[OUTCOME=]WAY",
        help="higher or lower: of all outcomes, or of one, as nausea=lower.",
    ),
]


def main() -> None:
    """Run the command line; the console script ``atopic``."""
    stand_in()
    _end_in_order()
    try:
        try:
            app(args=_joined_pairs(sys.argv[1:]))
        finally:
            flush()
    except AtopicError as error:
        _fail(str(error), 2 if isinstance(error, UsageError) else 1)
    except OSError as error:  # as when the disk of the temporary folder is full
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}", 1)


def _fail(words: str, status: int) -> NoReturn:
    """Say why nothing came of a command, also as JSON where that was asked for, and end."""
    for line in words.split("\n"):
        sys.stderr.write(f"atopic: {visible(line)}\n")
    if "--format=json" in sys.argv or ("--format", "json") in pairwise(sys.argv):
        with suppress(OSError):
            sys.stdout.write(json.dumps({"error": words}, ensure_ascii=False) + "\n")
            flush()
    sys.exit(status)


def _end_in_order() -> None:
    """Have a request to end, or a terminal that is closed, end a build as Ctrl-C does."""

    def end(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)  # the second time at once
        sys.exit(128 + number)  # as the shell tells it; what was built is recorded first

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) == signal.SIG_DFL:  # not under nohup
            signal.signal(number, end)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"atopic {atopic.__version__}")
        raise typer.Exit


@app.command()
def check(
    data: DataOption = None,
    format: Annotated[
        str, typer.Option("--format", metavar="text|json", help="How problems are printed.")
    ] = "text",
    codebook: Annotated[
        bool,
        typer.Option("--codebook", help="Only hold the column tables of README.md to the schema."),
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="With --codebook: rewrite those that differ.")
    ] = False,
) -> None:
    """Validate a data folder: its structure, and what the numbers must satisfy.

    One line a problem, with the row as a spreadsheet shows it; one fault in more
    than five rows of a column is one line with its rows. Contradictions of
    the sources that contradictions.csv declares are listed and do not fail the
    check, nor do warnings: what is implausible, not impossible, with the name of
    its rule in brackets. Those that accepted_warnings.csv accepts are listed as
    known. Exits 1 if there is a problem.
    """
    from atopic.evidence.checks import as_json, as_lines
    from atopic.evidence.checks import check as check_folder

    if format not in ("text", "json"):
        raise typer.BadParameter(f"{format!r} is not text or json", param_hint="--format")
    if write and not codebook:
        raise typer.BadParameter("rewrites the codebook: add --codebook", param_hint="--write")
    if codebook:
        _hold_codebook(_folder(data), write=write)
        return
    data = _folder(data)
    problems = check_folder(data, warnings=True)
    faults = [problem for problem in problems if problem.fails]
    if not faults:
        problems += _stale_overrides(data)
    warned = [one for one in problems if one.severity == "warning" and not one.known]
    if format == "json":
        typer.echo(as_json(problems))
    else:
        for line in as_lines(faults):
            typer.echo(visible(line), err=True)
        for problem in warned:
            typer.echo(visible(f"warning: {problem} [{problem.rule}]"), err=True)
        for problem in problems:
            if problem.known:
                typer.echo(visible(f"{problem} (known: {problem.known})"))
    if faults:
        raise typer.Exit(1)
    if format == "text":
        found = f"{len(warned)} warning{'s' * (len(warned) > 1)}, " if warned else ""
        typer.echo(f"{found}no new problem found")


def _stale_overrides(folder: Path) -> "list[Problem]":
    """Find overrides of what the rules of certainty compute anyway, where there are any."""
    table = folder / "certainty_judgements.csv"
    if not table.is_file() or "-override," not in table.read_text(encoding="utf-8-sig"):
        return []  # nothing to compute, which takes a second or two
    from atopic.evidence.folder import load
    from atopic.questions.certainty.stale import stale_overrides

    return stale_overrides(load(folder))


def _hold_codebook(folder: Path, *, write: bool) -> None:
    from atopic.evidence.codebook import CODEBOOK, out_of_step

    changed = ", ".join(out_of_step(folder, write=write))
    if changed and not write:
        how = f"run atopic check --codebook --write --data {folder}"
        typer.echo(f"{folder / CODEBOOK}: out of step with its schema: {changed}; {how}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{folder / CODEBOOK}: {f'rewrote {changed}' if changed else 'in step'}")


@app.command("list")
def list_reports(data: DataOption = None, manifest: ManifestOption = None) -> None:
    """List the reports and the parameters each accepts: type, default, meaning.

    Where a report sets a parameter, its value stands behind the notebook's default;
    where a report cannot be built, the reason.
    """
    from atopic.reporting.plan.manifest import read_manifest
    from atopic.reporting.plan.plan import plan
    from atopic.reporting.plan.value_code import as_shown

    path = _manifest(manifest)
    for one in plan(read_manifest(path, _data(data, path)), strict=False):
        title = f"{one.report.id}  {one.report.title}  ({one.report.notebook.name})"
        typer.echo(visible(title))
        for refusal in one.refusals:
            typer.echo(visible(f"    cannot be built: {refusal}"))
        for parameter in one.declared.values():
            value = one.parameters[parameter.name]
            here = "" if value == parameter.default else f", here {as_shown(value)}"
            default = as_shown(parameter.default)
            words = f"{parameter.type} = {default}{here}  {parameter.help}"
            typer.echo(visible(f"    {parameter.name}: {words}"))


@app.command()
def build(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID]...",
            help="Reports, also by patterns as 'dose-*'; all if none is given.",
        ),
    ] = None,
    data: DataOption = None,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Where the site is written: a folder, or an address such as s3://BUCKET/FOLDER "
            "(needs pip install 'atopic\\[s3]').",
        ),
    ] = "reports",
    manifest: ManifestOption = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME VALUE",
            help="A value for a parameter of every report built; may be given several times. "
            "Lists are written 12,16.",
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "-j", min=0, metavar="N", help="Reports built at once; 0 for all cores."
        ),
    ] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Build also what has not changed.")
    ] = False,
    only_failed: Annotated[
        bool,
        typer.Option("--only-failed", help="Build only what failed when it was last built there."),
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=0.1,
            max=31_622_400,
            metavar="SECONDS",
            help="What a report may take. Default: as reports.toml says of it, else 600.",
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="warm|kernel",
            help="Processes forked from one that has everything imported, or a Jupyter kernel "
            "for each report, which takes longer. The files are the same.",
        ),
    ] = "warm",
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Build on the Dask cluster of this scheduler, as tcp://HOST:8786, with as many "
            "at once as its workers take, or --jobs. The files are the same. Needs pip install "
            "'atopic\\[cluster]', and on each worker what is installed here.",
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Build everything again elsewhere, in another order, and compare every file "
            "with those in --out; write nothing there.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be built and why; build and write nothing."),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Build again whenever something is saved, until Ctrl-C."),
    ] = False,
    format: Annotated[
        str, typer.Option("--format", metavar="text|json", help="How the result is printed.")
    ] = "text",
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Tell of each cell as it begins.")
    ] = False,
) -> None:
    """Build reports: execute each notebook, write its page and files, and the index.

    Only what has changed is built: a report's notebook and parameters, the
    tables, the files that reports.toml calls its inputs, the code of atopic, the
    packages, or a file of the report itself. A
    report that fails gets a page with the traceback, the others are built, and
    the last good page of the failed one is kept. Exits 1 if a report failed, or
    if --verify finds a difference.
    """
    from atopic.reporting.build import Options
    from atopic.reporting.build_command import (
        Request,
        build_once,
        foresee_once,
        verify_once,
        watch_on,
    )
    from atopic.reporting.site.object_storage import is_remote

    for value, known, name in (
        (format, ("text", "json"), "--format"), (engine, ("warm", "kernel"), "--engine"),
    ):  # fmt: skip
        if value not in known:
            raise typer.BadParameter(f"{value!r} is not {' or '.join(known)}", param_hint=name)
    if not out.strip():
        raise UsageError("--out is empty; name a folder, or leave it out for reports")
    asked = [name for name, given in (("--watch", watch), ("--verify", verify),
                                      ("--dry-run", dry_run)) if given]  # fmt: skip
    if len(asked) > 1:
        raise UsageError(f"give {' or '.join(asked)}, not both")
    if verify and only_failed:
        raise UsageError("give --verify or --only-failed, not both")
    if watch and is_remote(out):
        raise UsageError(f"--watch writes to a folder; {out} is none")
    request = Request(
        manifest=_manifest(manifest),
        data=_data(data, _manifest(manifest)),
        out=out,
        ids=ids or [],
        overrides=_overrides(parameter or []),
        only_failed=only_failed,
        options=Options(
            jobs=jobs, engine=engine, force=force, timeout=timeout, scheduler=scheduler
        ),
        as_json=format == "json",
        verbose=verbose,
    )
    run = verify_once if verify else foresee_once if dry_run else build_once
    if watch:
        watch_on(request)
    elif not run(request):
        raise typer.Exit(1)


@app.command("diff")
def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="A folder that atopic build wrote, its tables.zip, a project, or a git revision.",
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, later.")] = ".",
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0,
            metavar="SIZE",
            help="Exit 1 if an estimate is new, gone, judged otherwise, or moved by more than "
            "this in its own unit (0.01: one point of a share); with 0 at any difference.",
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option("--format", metavar="text|markdown|json", help="How the changes are printed."),
    ] = "text",
) -> None:
    """Say what changed between two states of a review, and the rows that changed it.

    Estimates that are new, gone or moved, levels of certainty and verdicts on
    claims that changed, and the rows of the tables. Of a project and of a
    revision its data/ and reports/estimates.csv are read; nothing is built.
    """
    from atopic.reporting.compare import as_json, as_markdown, as_text, compare, read_state

    say = {"text": as_text, "markdown": as_markdown, "json": as_json}.get(format)
    if say is None:
        raise typer.BadParameter(f"{format!r} is not text, markdown or json", param_hint="--format")
    difference = compare(*(read_state(one, Path()) for one in (old, new)))
    typer.echo(visible(say(difference)) if format != "json" else say(difference))
    if threshold is not None and difference.beyond(threshold):
        raise typer.Exit(1)


@app.command("add-study")
def add_study(
    sheet: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SHEET]",
            parser=_path,
            help="A filled sheet, CSV or .xlsx; without one, the study is asked for here.",
        ),
    ] = None,
    data: DataOption = None,
    template: Annotated[
        Path | None,
        typer.Option(
            "--template",
            metavar="FILE",
            parser=_path,
            help="Only write an empty sheet to fill in, .xlsx, and stop.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
) -> None:
    """Add a study: to all tables or to none, and only what passes the check.

    Rows are added to a copy and checked there; what would change is shown; and only
    after a yes all tables are written. Ctrl-C, or a disk that is full, leaves
    everything as it was. Exits 1 if nothing was written.
    """
    from atopic.additions.command import add_study as add
    from atopic.additions.command import write_template

    folder = _folder(data)
    if template:
        write_template(folder, template)
    elif not add(folder, sheet, yes=yes):
        raise typer.Exit(1)


@app.command("import")
def import_(
    sheet: Annotated[
        Path, typer.Argument(metavar="SHEET", parser=_path, help="A sheet, CSV or .xlsx.")
    ],
    into: Annotated[
        Path,
        typer.Option("--into", metavar="DIR", parser=_path, help="The data folder; made if new."),
    ],
    mapped: MapOption = None,
    better: BetterOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written; write nothing.")
    ] = False,
) -> None:
    """Take over outcomes from a sheet: into all tables, or into none.

    A row is an arm (study, arm or agent, n, and responders, percent, or mean and
    sd), a comparison (metafor: ai n1i ci n2i; RevMan data-rows.csv), or a study
    with numbered groups (t1 r1 n1 t2 r2 n2). What was taken for granted is shown.
    A sheet that has changed can be imported again: cells changed by hand stay.
    """
    from atopic.importing.command import import_sheet

    if not import_sheet(sheet, into, mapped=mapped or [], better=better or [], dry_run=dry_run):
        raise typer.Exit(1)


@app.command("new")
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", parser=_path, help="Where the review begins.")
    ],
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="SHEET", parser=_path, help="Its outcomes, as atopic import takes."
        ),
    ] = None,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="Title of the site.")] = "",
    mapped: MapOption = None,
    better: BetterOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: take each default, which is shown.")
    ] = False,
) -> None:
    """Begin a review of your own: its words, tables, list of reports, and CI.

    Six questions with defaults: the title, what treatment and control are called,
    name and direction of each outcome, the unit of time, which arms are controls.
    The list of reports holds what the tables can answer. No file that is there is
    touched.
    """
    from atopic.scaffold.command import new_review

    asked = {"title": title, "yes": yes, "mapped": mapped or [], "better": better or []}
    if not new_review(folder, sheet, **asked):  # type: ignore[arg-type]
        raise typer.Exit(1)


@app.command("template")
def template(
    place: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", parser=_path, help="Default: outcomes.csv or .xlsx."),
    ] = None,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="A workbook with comments and lists to choose from.")
    ] = False,
) -> None:
    """Write an empty sheet for atopic import: a row an arm and outcome."""
    from atopic.importing.template import write_template

    typer.echo(write_template(place, xlsx=xlsx))


@app.command("new-report")
def new_report(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens.")
    ],
) -> None:
    """Begin a report here: a notebook NAME.ipynb to change, and NAME.toml, which names it."""
    from atopic.additions.report import write_report

    typer.echo(write_report(Path(), name))


def _joined_pairs(arguments: list[str]) -> list[str]:
    """Write each ``-p NAME VALUE``, the form that papermill users know, as ``-p NAME=VALUE``.

    typer has no option that takes two values and may be repeated.

    Examples
    --------
    >>> _joined_pairs(["build", "-p", "weeks", "12,16", "--out", "site"])
    ['build', '-p', 'weeks=12,16', '--out', 'site']
    """
    joined: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        joined.append(word)
        if word in ("-p", "--parameter") and len(rest) > 1 and "=" not in rest[0]:
            joined.append(f"{rest.pop(0)}={rest.pop(0)}")
    return joined


def _manifest(given: Path | None) -> Path:
    here = Path("reports.toml")
    return given or (here if here.is_file() else bundled("reports.toml"))


def _folder(given: Path | None) -> Path:
    """Return the data folder: as given, that of the review which stands here, or ours."""
    from atopic.reporting.plan.manifest import data_of_review

    named = None if given or os.environ.get(DATA_VARIABLE) else data_of_review(Path())
    return named or data_folder(given)


def _data(given: Path | None, manifest: Path) -> Path | None:
    """Return the data folder of a build: as given, as the manifest or the review says, or ours."""
    from atopic.reporting.plan.manifest import data_named, reads_tables

    if not reads_tables(manifest):
        if given:
            raise UsageError(f"{manifest}: data = false: its reports read no tables; omit --data")
        return None
    named = None if given or os.environ.get(DATA_VARIABLE) else data_named(manifest)
    return named or data_folder(given)


def _overrides(pairs: list[str]) -> dict[str, str]:
    """Return the texts of -p NAME=VALUE by name."""
    overrides: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"-p {pair} has no value; write -p NAME VALUE")
        if name in overrides:
            raise UsageError(f"-p {name} is given twice; give one value")
        overrides[name] = text
    return overrides
