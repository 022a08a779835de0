"""What speaks of the whole site: index, search, every estimate, the tables, and build.json."""

import hashlib
import importlib
import json
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import atopic
from atopic.display.file_names import TABLES_FOLDER
from atopic.engine.temporary_folders import Temporary
from atopic.reporting.plan.build_record import RECORD, Record, bytes_of, is_intact
from atopic.reporting.plan.make_jobs import key_of, packages
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.places import CHANGES, FEED, FRONT, SEARCH, Place, Release
from atopic.reporting.plan.table_files import TableFiles
from atopic.reporting.site.output_folder import write

#: What `finish` imports, and nothing else does where nothing has changed.
_LATE = (
    "pages.index_page", "pages.search_page", "pages.table_pages", "site.downloads",
    "site.estimates", "site.search_index",
)  # fmt: skip
_LATE_AFTER_RELEASES = ("site.changes_files",)

#: By table and row the reports that use it: their names and pages.
Uses = dict[tuple[str, int], list[tuple[str, str]]]


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the sha256 of files."""
    return {name: hashlib.sha256(file).hexdigest() for name, file in files.items()}


def checkpoint(out: Path, record: Record, tables: TableFiles) -> None:
    """Write build.json while the build goes on, so that a killed one need not begin again."""
    write(out, {RECORD: _json(record, tables, [])})


def books_of(tables: TableFiles) -> dict[str, bytes]:
    """Return the tables as workbooks, by path in the site: what `finish` needs no report for."""
    from atopic.reporting.site.workbooks import workbooks

    if not tables.files:
        return {}
    with Temporary() as folder:
        tables.unpack(folder / "data")
        return workbooks(folder / "data")


def ahead(
    out: Path,
    site: tuple[Report, ...],
    tables: TableFiles,
    record: Record,
    books: dict[str, bytes] | None,
) -> dict[str, bytes] | None:
    """Import what `finish` needs, while reports are built elsewhere, and return its workbooks.

    None are needed if what is made of the tables stands there already.
    """
    for name in (*_LATE, *(_LATE_AFTER_RELEASES if _releases(site) else ())):
        importlib.import_module(f"atopic.reporting.{name}")
    from atopic.reporting.pages.page_template import compile_templates

    compile_templates()
    with suppress(OSError):  # pages that are being removed
        if _standing(out, record, _data_key(site, tables, _uses(out, site))):
            return None
    return books_of(tables) if books is None else books


def _releases(site: tuple[Report, ...]) -> tuple[Release, ...]:
    return site[0].place.site.releases if site else ()


def _place(site: tuple[Report, ...]) -> Place:
    """Return where the pages of no report stand."""
    return replace(site[0].place, section="") if site else Place()


def _data_key(site: tuple[Report, ...], tables: TableFiles, uses: Uses) -> str:
    """Return a hash of all that the files of the tables depend on."""
    leading = [[table, row, held] for (table, row), held in sorted(uses.items())]
    return key_of([asdict(_place(site)), tables.digest, tables.as_of, leading])


def _standing(out: Path, record: Record, key: str) -> dict[str, str]:
    """Return the files of the tables, with their sha256, if a build would make the same."""
    there = {
        name: value
        for name, value in record.outputs.items()
        if name.startswith(f"{TABLES_FOLDER}/")
    }
    return there if record.data == key and is_intact(out, there) else {}


def finish(
    out: Path,
    site: tuple[Report, ...],
    tables: TableFiles,
    record: Record,
    failures: Mapping[str, str],
    rebuilt: list[str],
    keep: Callable[[Iterable[str]], None],
    books: Mapping[str, bytes] | None = None,
) -> None:
    """Write index, search, estimates, tables and build.json, if they would not be the same.

    `failures` has the reason of each report that failed just now, `rebuilt` those that were built
    just now, well or not; `record` has their entries already. `keep` is told which files are about
    to be written; `books` is from `books_of`, if that was asked.
    """
    for name in list(record.entries):
        outputs = record.entries[name]["outputs"]
        if name not in rebuilt and not all((out / file).is_file() for file in outputs):
            del record.entries[name]
    states = {
        report.id: ((out / f"{report.id}.html").is_file(),
                    report.id in failures or (out / f"{report.id}.failed.html").is_file())
        for report in site
    }  # fmt: skip
    releases = _releases(site)
    made_of = [
        [[report.id, report.name, report.summary, report.section, report.group] for report in site],
        asdict(site[0].place) if site else {},
        states,
        dict(failures),
        {report.id: record.entries.get(report.id, {}).get("outputs") for report in site},
        tables.digest,
        [_digest(site[0].folder / one.tables) for one in releases],
    ]
    key = key_of(made_of)
    if not rebuilt and record.key == key and is_intact(out, record.outputs):
        return
    # Imported here: not needed where nothing has changed.
    from atopic.reporting.pages.index_page import Entry, render_index
    from atopic.reporting.pages.search_page import Item, render_search
    from atopic.reporting.site.downloads import downloads
    from atopic.reporting.site.estimates import every_estimate
    from atopic.reporting.site.search_index import searched

    listed = [
        Entry(report.id, report.name, _line(out, report, record), *states[report.id],
              failures.get(report.id, ""), report.section, report.group)
        for report in site
    ]  # fmt: skip
    place = _place(site)
    estimates = every_estimate(out, [report.id for report in site], record.entries)
    built = [name for name, (there, _) in states.items() if there]
    changes = None
    if releases:
        from atopic.reporting.site.changes_files import changes_since

        changes = changes_since(site, tables, estimates, built, atopic.__version__, place)
    if changes:
        name = f"What changed since {changes.since}"
        section = site[-1].section
        listed.append(
            Entry("changes", name, changes.first or changes.words, True, False, section=section)
        )
    front = out / f"{place.site.front}.html"
    texts = dict[str, str]()
    uses = _uses(out, site)
    data_key = _data_key(site, tables, uses)
    standing = _standing(out, record, data_key)
    with Temporary() as folder:
        copy = folder / "data" if tables.files else None
        if copy:
            tables.unpack(copy)
        if copy and not standing:
            from atopic.reporting.pages.table_pages import evidence_files

            texts |= evidence_files(
                copy, atopic.__version__, place=place, uses=uses, data_as_of=tables.as_of
            )
        found = searched(out, site, place, copy)
        if changes:
            found[0].items.append(Item(listed[-1].name, CHANGES, changes.words))
    texts[SEARCH] = render_search(found, atopic.__version__, place=place, data_as_of=tables.as_of)
    texts[FRONT] = render_index(
        listed,
        atopic.__version__,
        place=place,
        front=front.read_text("utf-8") if front.is_file() else "",
        data_as_of=tables.as_of,
    )
    texts["estimates.csv"] = estimates
    texts |= changes.files if changes else {}
    files = {name: text.encode() for name, text in texts.items()}
    if tables.files:
        if not standing:
            files |= books_of(tables) if books is None else books
        files |= downloads(tables, estimates, place.site.cite)
    gone = [name for name in (CHANGES, FEED) if name in record.outputs and name not in files]
    record.key, record.data, record.outputs = key, data_key, standing | hashes(files)
    files[RECORD] = _json(record, tables, rebuilt)
    files = {name: file for name, file in files.items() if bytes_of(out / name) != file}
    keep([*files, *gone])
    write(out, files)
    for name in gone:
        (out / name).unlink(missing_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(bytes_of(path) or b"").hexdigest()


def _line(out: Path, report: Report, record: Record) -> str:
    """Return what a line of the index says of a report: what it found, else its summary.

    The interval stands on the page of the report.
    """
    from atopic.reporting.pages.report_files import FINDING

    name = f"{report.id}/{FINDING}"
    if name not in record.entries.get(report.id, {}).get("outputs", {}):
        return report.summary
    found: dict[str, str] = json.loads((out / name).read_text("utf-8"))
    sure = f"certainty {found['certainty']}" if found["certainty"] else ""
    short = re.sub(r" \([^()]*\bintervals?\b[^()]*\)", "", found["short"])
    return "; ".join(filter(None, (short, sure))) or found["words"]


def _uses(out: Path, site: Iterable[Report]) -> Uses:
    """Return the reports that lead to each row of a table, as their pages link to it."""
    uses: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for report in site:
        page = out / f"{report.id}.html"
        if page.is_file():
            links = re.findall(rf'href="{TABLES_FOLDER}/([a-z_]+)\.html#row-(\d+)"',
                               page.read_text("utf-8"))  # fmt: skip
            for table, row in dict.fromkeys(links):
                uses.setdefault((table, int(row)), []).append((report.name, page.name))
    return uses


def _json(record: Record, tables: TableFiles, rebuilt: list[str]) -> bytes:
    content: dict[str, Any] = {
        "atopic": atopic.__version__,
        "python": platform.python_version(),
        "packages": packages(),
        "code": record.code,
        "site": record.key,
        "data": record.data,
        "inputs": tables.hashes,
        "outputs": record.outputs,
        "rebuilt": rebuilt,
        "reports": record.entries,
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
