"""The manifest: which reports there are, from which notebook, with which parameters."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from atopic.display.file_names import NAME_RULE, TABLES_FOLDER, is_name
from atopic.display.web_addresses import is_web_address
from atopic.errors import ReportError, UsageError, did_you_mean
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.paths import bundled, ordinary_file
from atopic.reporting.plan.inputs import is_inside
from atopic.reporting.plan.places import Place, Release, Site, Standing, places
from atopic.review import REVIEW

__all__ = ["Report", "data_named", "data_of_review", "read_manifest", "reads_tables", "selected"]

_KEYS = (
    "id", "title", "short", "kicker", "notebook", "summary", "section", "group", "inputs",
    "timeout", "for_each", "parameters",
)  # fmt: skip
_LARGEST = 16 * 2**20
_LONGEST = 366 * 24 * 3600  # seconds; more is no limit, and no clock counts to infinity
#: What a notebook that comes with atopic is named with.
_BUNDLED = "atopic:"
_RESERVED = {"index", "search", "changes", "feed", "estimates", "build", TABLES_FOLDER}


@dataclass(frozen=True)
class Report:
    """One report of the manifest."""

    id: str  #: the name of its page, by the rule of `atopic.display.file_names`
    title: str
    notebook: Path
    summary: str = ""  #: one or two sentences for the index
    section: str = ""  #: the part of the site that it stands in; blank for none
    group: str = ""  #: the heading of the index that it stands under, if not the section
    short: str = ""  #: what links to it say, if not the title
    kicker: str = ""  #: what it is about, above the title
    parameters: dict[str, Any] = field(default_factory=dict)  #: in place of the defaults
    inputs: tuple[str, ...] = ()  #: patterns of other files that it reads, below `folder`
    timeout: float | None = None  #: seconds that it may take, if not as long as any other
    folder: Path = Path()  #: that of the manifest
    place: Place = field(default_factory=Place)

    @property
    def name(self) -> str:
        """What links to it say."""
        return self.short or self.title


def read_manifest(path: Path, data: Path | None = None) -> tuple[Report, ...]:
    """Read reports.toml; a `ReportError` names the file, the report, and what is wrong with it.

    `data` is the folder whose studies ``for_each`` means; without it, the one that `data_named`
    returns, else the tables that come with atopic.

    It has ``[[report]]`` tables with ``id``, ``title``, ``notebook`` (a path from the manifest's
    folder, or ``atopic:NAME`` for one that comes with atopic) and, if wanted, ``summary``,
    ``section`` and ``group`` (of the index), ``short`` (what links say), ``kicker`` (a line above
    the title), ``inputs`` (patterns of files from there that the notebook reads besides the
    tables), ``timeout`` (seconds), ``for_each`` (`atopic.reporting.plan.studies`) and
    ``[report.parameters]``. ``data`` names the data folder, or is false: nothing reads tables.
    ``[site]`` says what all pages say: the fields of `atopic.reporting.plan.places.Site`;
    ``[glossary]`` what abbreviations mean, a line each; ``[[release]]`` tables which earlier states
    the site is compared with (`atopic.reporting.plan.places.Release`).
    """
    content = _content(path)
    unknown = sorted(set(content) - {"report", "site", "glossary", "data", "release"})
    if unknown:
        raise ReportError(f"{path}: unknown key {unknown[0]!r}; reports are [[report]] tables")
    has_tables = content.get("data") is not False
    if data is None and has_tables:
        data = data_named(path) or bundled("data")
    site = replace(
        _site(path, content.get("site", {})),
        glossary=_glossary(path, content.get("glossary", {})),
        tables=has_tables,
        releases=_releases(path, content.get("release", [])),
    )
    entries = content.get("report", [])
    if not isinstance(entries, list) or not entries:
        raise ReportError(f"{path}: no report; add a [[report]] table")
    every = [
        (number, one)
        for number, entry in enumerate(entries, start=1)
        for one in _expanded(path, number, entry, data if has_tables else None)
    ]
    reports = tuple(_report(path, number, entry) for number, entry in every)
    if not reports:
        raise ReportError(f"{path}: no report: for_each finds no study in {data}")
    ids = [report.id for report in reports]
    for name in ids:
        if ids.count(name) > 1:
            raise ReportError(f"{path}: two reports have the id {name!r}; rename one")
    if site.front and site.front not in ids:
        near = did_you_mean(site.front, ids)
        raise ReportError(f"{path}: site: front {site.front!r} is the id of no report{near}")
    standing = [Standing(one.id, one.name, one.section, one.parameters) for one in reports]
    where = places(site, standing)
    return tuple(replace(one, place=where[one.id]) for one in reports)


def reads_tables(manifest: Path) -> bool:
    """Whether the reports of a manifest read tables; a `ReportError` if it cannot be read."""
    return _content(manifest).get("data") is not False


def data_named(manifest: Path) -> Path | None:
    """Return the data folder that a manifest names, or that of the review beside it; else None.

    Raises
    ------
    ReportError
        If the manifest cannot be read.
    """
    return _data_folder(manifest) or data_of_review(manifest.parent)


def data_of_review(folder: Path) -> Path | None:
    """Return the folder ``data`` of a review that stands in a folder; None if there is none.

    It is one by its words, its schema, or its studies: a review needs neither of the first two.
    """
    data = folder / "data"
    known = (REVIEW, DESCRIPTOR, "studies.csv")
    return data if any((data / name).is_file() for name in known) else None


def _data_folder(path: Path) -> Path | None:
    said = _content(path).get("data")
    if said is None or said is False:
        return None
    if not isinstance(said, str) or not said.strip() or "\0" in said:
        raise ReportError(f"{path}: data {said!r} must be a folder, or false for no tables")
    return path.parent / said


def _expanded(path: Path, number: int, entry: object, data: Path | None) -> Iterable[object]:
    if not isinstance(entry, dict) or "for_each" not in entry:
        return [entry]
    from atopic.reporting.plan.studies import one_for_each

    return one_for_each(entry, data, f"{path}: report {number}")


def _content(path: Path) -> dict[str, Any]:
    try:
        if ordinary_file(path).stat().st_size > _LARGEST:
            raise ReportError(f"{path}: no manifest is larger than {_LARGEST // 2**20} MB")
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such manifest") from None
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReportError(f"{path}: not UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise ReportError(f"{path}: not TOML: nested too deeply") from None
    except (tomllib.TOMLDecodeError, ValueError) as error:  # as of a number of 5,000 digits
        raise ReportError(f"{path}: not TOML: {str(error).splitlines()[0]}") from None


def _site(path: Path, said: object) -> Site:
    if not isinstance(said, dict):
        raise ReportError(f"{path}: site must be a table, [site]")
    apart = ("glossary", "tables", "releases")
    known = [one.name for one in fields(Site) if one.name not in apart]
    for key, value in said.items():
        if key not in known:
            near = did_you_mean(key, known)
            raise ReportError(
                f"{path}: site: unknown key {key!r}; the keys are {', '.join(known)}{near}"
            )
        if not isinstance(value, str):
            raise ReportError(f"{path}: site: {key} must be a text")
    address = said.get("address", "").strip()
    if address and not is_web_address(address):
        raise ReportError(f"{path}: site: address {address!r} must be one of the web, as https://…")
    texts: dict[str, Any] = {
        key: " ".join(value.split()) for key, value in said.items() if value.strip()
    }
    return Site(**texts)


def _releases(path: Path, said: object) -> tuple[Release, ...]:
    """Read earlier states, which stand from the oldest to the newest."""
    if not isinstance(said, list):
        raise ReportError(f"{path}: releases are [[release]] tables")
    found: list[Release] = []
    for number, entry in enumerate(said, start=1):
        where = f"{path}: release {number}"
        if not isinstance(entry, dict) or set(entry) - {"note"} != {"name", "day", "tables"}:
            raise ReportError(
                f"{where}: must be a [[release]] table with name, day, tables and, if wanted, note"
            )
        name, day, tables = entry["name"], entry["day"], entry["tables"]
        note = entry.get("note", "")
        if not isinstance(note, str):
            raise ReportError(f"{where}: note must be a text")
        if not isinstance(name, str) or not name.strip():
            raise ReportError(f"{where}: name must be a text")
        if not isinstance(day, date) or isinstance(day, datetime):
            raise ReportError(f"{where}: day must be a date without quotes, as 2026-11-27")
        if not isinstance(tables, str) or not is_inside(tables):
            raise ReportError(
                f"{where}: tables must be a path below the folder of the manifest, "
                "as releases/0.1.0.zip"
            )
        if found and day.isoformat() <= found[-1].day:
            raise ReportError(f"{where}: its day is not after that of the release before")
        if name in {one.name for one in found}:
            raise ReportError(f"{where}: two releases have the name {name!r}; rename one")
        found.append(
            Release(" ".join(name.split()), day.isoformat(), tables, " ".join(note.split()))
        )
    return tuple(found)


def selected(reports: tuple[Report, ...], ids: list[str]) -> tuple[Report, ...]:
    """Return the reports of the given ids, all if none is given; refuse an id that none has.

    An id may be a pattern, as ``benchmarks-*``.
    """
    known = [report.id for report in reports]
    wanted = set[str]()
    for name in ids:
        found = {one for one in known if one == name or fnmatchcase(one, name)}
        if not found:
            near = did_you_mean(name.strip("*?"), known)
            raise UsageError(f"no report {name!r}; the reports are {', '.join(known)}{near}")
        wanted |= found
    return tuple(report for report in reports if not ids or report.id in wanted)


def _glossary(path: Path, said: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(said, dict):
        raise ReportError(f"{path}: glossary must be a table, [glossary]")
    for term, words in said.items():
        if not isinstance(words, str) or not words.strip() or not term.strip():
            raise ReportError(f"{path}: glossary: what {term!r} means must be a text")
    return tuple((term.strip(), " ".join(words.split())) for term, words in said.items())


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
        if key not in _KEYS:
            words = f"the keys are {', '.join(_KEYS[:-1])} and {_KEYS[-1]}"
            raise ReportError(f"{where}: unknown key {key!r}; {words}{did_you_mean(key, _KEYS)}")
    for key in ("title", "notebook"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise ReportError(f"{where}: {key} must be a text")
    for key in ("summary", "section", "group", "short", "kicker"):
        if not isinstance(entry.get(key, ""), str):
            raise ReportError(f"{where}: {key} must be a text")
    if not isinstance(entry.get("parameters", {}), dict):
        raise ReportError(f"{where}: parameters must be a table, [report.parameters]")
    if "\0" in entry["notebook"]:
        raise ReportError(f"{where}: notebook {entry['notebook']!r} can be no path")
    return Report(
        id=name,
        title=entry["title"].strip(),
        notebook=_notebook(path, entry["notebook"].strip(), where),
        summary=entry.get("summary", "").strip(),
        section=entry.get("section", "").strip(),
        group=entry.get("group", "").strip(),
        short=entry.get("short", "").strip(),
        kicker=entry.get("kicker", "").strip(),
        parameters=entry.get("parameters", {}),
        inputs=_inputs(entry.get("inputs", []), where),
        timeout=_timeout(entry.get("timeout"), where),
        folder=path.parent,
    )


def _notebook(path: Path, named: str, where: str) -> Path:
    """Return the path of a notebook: beside the manifest, or one that comes with atopic."""
    if not named.startswith(_BUNDLED):
        return path.parent / named
    there = {one.stem: one for one in sorted(bundled("notebooks").glob("*.ipynb"))}
    name = named.removeprefix(_BUNDLED)
    if name not in there:
        near = did_you_mean(name, there)
        raise ReportError(
            f"{where}: no notebook {named!r} comes with atopic; there are {', '.join(there)}{near}"
        )
    return there[name]


def _inputs(patterns: object, where: str) -> tuple[str, ...]:
    if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
        raise ReportError(f'{where}: inputs must be a list of texts, as ["extra/*.csv"]')
    for pattern in patterns:
        if not is_inside(pattern):
            raise ReportError(
                f"{where}: inputs {pattern!r} must be a path below the folder of the manifest, "
                "as extra/*.csv"
            )
    return tuple(patterns)


def _timeout(seconds: object, where: str) -> float | None:
    if seconds is None:
        return None
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 < seconds <= _LONGEST:  # type: ignore[operator]
        raise ReportError(
            f"{where}: timeout {seconds!r:.40} must be a number of seconds above 0, as 60"
        )
    return float(seconds)  # type: ignore[arg-type]
