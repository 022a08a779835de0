"""The manifest: which reports there are, from which notebook, with which parameters."""

import tomllib
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from atopic.display.file_names import NAME_RULE, TABLES_FOLDER, is_name
from atopic.errors import ReportError, UsageError, did_you_mean
from atopic.paths import ordinary_file
from atopic.reporting.plan.inputs import is_inside
from atopic.reporting.plan.places import Place, Site, Standing, places

__all__ = ["Report", "read_manifest", "selected"]

_KEYS = (
    "id", "title", "short", "kicker", "notebook", "summary", "section", "group", "inputs",
    "timeout", "parameters",
)  # fmt: skip
_LARGEST = 16 * 2**20
_LONGEST = 366 * 24 * 3600  # seconds; more is no limit, and no clock counts to infinity
_RESERVED = {"index", "search", "estimates", "build", TABLES_FOLDER}


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


def read_manifest(path: Path) -> tuple[Report, ...]:
    """Read reports.toml; a `ReportError` names the file, the report, and what is wrong with it.

    It has ``[[report]]`` tables with ``id``, ``title``, ``notebook`` (a path from the manifest's
    folder) and, if wanted, ``summary``, ``section`` and ``group`` (of the index), ``short`` (what
    links say), ``kicker`` (a line above the title), ``inputs`` (patterns of files from there that
    the notebook reads besides the tables), ``timeout`` (seconds) and ``[report.parameters]``.
    ``[site]`` says what all pages say: the fields of `atopic.reporting.plan.places.Site`;
    ``[glossary]`` what abbreviations mean, a line each.
    """
    try:
        if ordinary_file(path).stat().st_size > _LARGEST:
            raise ReportError(f"{path}: no manifest is larger than {_LARGEST // 2**20} MB")
        content = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
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
    unknown = sorted(set(content) - {"report", "site", "glossary"})
    if unknown:
        raise ReportError(f"{path}: unknown key {unknown[0]!r}; reports are [[report]] tables")
    site = replace(
        _site(path, content.get("site", {})), glossary=_glossary(path, content.get("glossary", {}))
    )
    entries = content.get("report", [])
    if not isinstance(entries, list) or not entries:
        raise ReportError(f"{path}: no report; add a [[report]] table")
    reports = tuple(_report(path, number, entry) for number, entry in enumerate(entries, start=1))
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


def _site(path: Path, said: object) -> Site:
    if not isinstance(said, dict):
        raise ReportError(f"{path}: site must be a table, [site]")
    known = [one.name for one in fields(Site) if one.name != "glossary"]
    for key, value in said.items():
        if key not in known:
            near = did_you_mean(key, known)
            raise ReportError(
                f"{path}: site: unknown key {key!r}; the keys are {', '.join(known)}{near}"
            )
        if not isinstance(value, str):
            raise ReportError(f"{path}: site: {key} must be a text")
    texts: dict[str, Any] = {
        key: " ".join(value.split()) for key, value in said.items() if value.strip()
    }
    return Site(**texts)


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
        notebook=path.parent / entry["notebook"],
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
