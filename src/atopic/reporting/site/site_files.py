"""What speaks of the whole site: the index, every estimate, the tables, and build.json."""

import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import atopic
from atopic.engine.temporary_folders import Temporary
from atopic.reporting.plan.build_record import RECORD, Record, is_intact
from atopic.reporting.plan.make_jobs import key_of, packages
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.table_files import TableFiles
from atopic.reporting.site.output_folder import write

__all__ = ["checkpoint", "finish", "hashes"]


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the sha256 of files."""
    return {name: hashlib.sha256(file).hexdigest() for name, file in files.items()}


def checkpoint(out: Path, record: Record, tables: TableFiles) -> None:
    """Write build.json while the build goes on, so that a killed one need not begin again."""
    write(out, {RECORD: _json(record, tables, [])})


def finish(
    out: Path,
    site: tuple[Report, ...],
    tables: TableFiles,
    record: Record,
    failures: Mapping[str, str],
    rebuilt: list[str],
    keep: Callable[[Iterable[str]], None],
) -> None:
    """Write the index, the estimates, the tables and build.json, if they would not be the same.

    `failures` has the reason of each report that failed just now, `rebuilt` those that were built
    just now, well or not; `record` has their entries already. `keep` is told which files are about
    to be written.
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
    made_of = [
        [[report.id, report.title, report.summary, report.section] for report in site],
        states,
        dict(failures),
        {report.id: record.entries.get(report.id, {}).get("outputs") for report in site},
        tables.digest,
    ]
    key = key_of(made_of)
    if not rebuilt and record.key == key and is_intact(out, record.outputs):
        return
    # Imported here: not needed where nothing has changed.
    from atopic.reporting.pages.index_page import Entry, render_index
    from atopic.reporting.pages.table_pages import evidence_files
    from atopic.reporting.site.estimates import every_estimate

    listed = [
        Entry(report.id, report.title, report.summary, *states[report.id],
              failures.get(report.id, ""), report.section)
        for report in site
    ]  # fmt: skip
    with Temporary() as folder:
        copy = folder / "data"
        tables.unpack(copy)
        texts = evidence_files(copy, atopic.__version__)
    texts["index.html"] = render_index(listed, atopic.__version__)
    texts["estimates.csv"] = every_estimate(out, [report.id for report in site], record.entries)
    files = {name: text.encode() for name, text in texts.items()}
    record.key, record.outputs = key, hashes(files)
    files[RECORD] = _json(record, tables, rebuilt)
    keep(files)
    write(out, files)


def _json(record: Record, tables: TableFiles, rebuilt: list[str]) -> bytes:
    content: dict[str, Any] = {
        "atopic": atopic.__version__,
        "python": platform.python_version(),
        "packages": packages(),
        "code": record.code,
        "site": record.key,
        "inputs": tables.hashes,
        "outputs": record.outputs,
        "rebuilt": rebuilt,
        "reports": record.entries,
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
