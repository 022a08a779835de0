"""The manifest: which reports there are, from which notebook, with which parameters."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atopic.display.file_names import NAME_RULE, TABLES_FOLDER, is_name
from atopic.errors import ReportError, UsageError

__all__ = ["Report", "read_manifest", "selected"]

_RESERVED = {"index", "estimates", "build", TABLES_FOLDER}


@dataclass(frozen=True)
class Report:
    """One report of the manifest."""

    id: str  # the name of its page, by the rule of `atopic.display.file_names`
    title: str
    notebook: Path
    summary: str = ""  # one or two sentences for the index
    section: str = ""  # the heading of the index that it stands under; blank for none
    parameters: dict[str, Any] = field(default_factory=dict)  # in place of the defaults


def read_manifest(path: Path) -> tuple[Report, ...]:
    """Read reports.toml; a `ReportError` names the file, the report, and what is wrong with it.

    It has ``[[report]]`` tables with ``id``, ``title``, ``notebook`` (a path from the manifest's
    folder) and, if wanted, ``summary``, ``section`` and ``[report.parameters]``.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such manifest") from None
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReportError(f"{path}: not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"{path}: not TOML: {error}") from None
    unknown = sorted(set(content) - {"report"})
    if unknown:
        raise ReportError(f"{path}: unknown key {unknown[0]!r}; reports are [[report]] tables")
    entries = content.get("report", [])
    if not isinstance(entries, list) or not entries:
        raise ReportError(f"{path}: no report; add a [[report]] table")
    reports = tuple(_report(path, number, entry) for number, entry in enumerate(entries, start=1))
    ids = [report.id for report in reports]
    for name in ids:
        if ids.count(name) > 1:
            raise ReportError(f"{path}: two reports have the id {name!r}; rename one")
    return reports


def selected(reports: tuple[Report, ...], ids: list[str]) -> tuple[Report, ...]:
    """Return the reports of the given ids, all if none is given; refuse an id that none has."""
    known = {report.id: report for report in reports}
    for name in ids:
        if name not in known:
            raise UsageError(f"no report {name!r}; the reports are {', '.join(known)}")
    return tuple(report for report in reports if not ids or report.id in ids)


def _report(path: Path, number: int, entry: object) -> Report:
    where = f"{path}: report {number}"
    if not isinstance(entry, dict):
        raise ReportError(f"{where}: expected a [[report]] table")
    name = entry.get("id")
    if not isinstance(name, str) or not is_name(name):
        raise ReportError(f"{where}: id {name!r} must be {NAME_RULE}")
    if name in _RESERVED:
        raise ReportError(f"{where}: the id {name!r} is taken by a file of the site; rename it")
    where = f"{path}: report {name!r}"
    for key in entry:
        if key not in ("id", "title", "notebook", "summary", "section", "parameters"):
            raise ReportError(
                f"{where}: unknown key {key!r}; "
                "the keys are id, title, notebook, summary, section and parameters"
            )
    for key in ("title", "notebook"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ReportError(f"{where}: {key} must be a text")
    for key in ("summary", "section"):
        if not isinstance(entry.get(key, ""), str):
            raise ReportError(f"{where}: {key} must be a text")
    if not isinstance(entry.get("parameters", {}), dict):
        raise ReportError(f"{where}: parameters must be a table, [report.parameters]")
    return Report(
        id=name,
        title=entry["title"].strip(),
        notebook=path.parent / entry["notebook"],
        summary=entry.get("summary", "").strip(),
        section=entry.get("section", "").strip(),
        parameters=entry.get("parameters", {}),
    )
