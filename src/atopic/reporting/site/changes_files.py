"""What changed since earlier states, as a page and as a feed to subscribe to."""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from atopic.display.file_names import TABLES_FOLDER
from atopic.errors import ReportError, UsageError
from atopic.reporting.compare import (
    Difference,
    State,
    compare,
    first_sentences,
    headline,
    read_state,
    state_of,
)
from atopic.reporting.pages.changes_page import render_changes
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.places import CHANGES, FEED, FRONT, Place, Site
from atopic.reporting.plan.table_files import TableFiles

#: Characters that no XML can hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Changes:
    """What changed since the last of the earlier states."""

    since: str
    words: str  # in a few sentences
    first: str  # the first of them
    files: Mapping[str, str]  # the page and the feed


def changes_since(
    site: Sequence[Report], tables: TableFiles, estimates: str, built: Iterable[str], version: str,
    place: Place,
) -> Changes | None:  # fmt: skip
    """Compare a site with the earlier states that its manifest names; None if it names none.

    Parameters
    ----------
    estimates : str
        The estimates.csv of the site.
    built : iterable of str
        The reports that are built: of those of the site that are not, nothing is compared.
    """
    kept = place.site.releases
    if not kept:
        return None
    now = state_of("this site", _files(tables, estimates))
    try:
        states = [read_state(str(site[0].folder / one.tables), Path()) for one in kept]
    except UsageError as error:
        raise ReportError(str(error)) from None
    left = {report.id for report in site} - set(built)
    last = replace(
        states[-1], estimates=[row for row in states[-1].estimates if row.get("report") not in left]
    )
    difference = compare(last, now)
    names = {report.id: report.name for report in site}
    page = render_changes(
        difference, kept[-1], version, place=place, reports=names, data_as_of=tables.as_of
    )
    log = [compare(old, new) for old, new in pairwise(states)]
    day = max(tables.day, kept[-1].day)
    return Changes(
        kept[-1].name, headline(difference), next(iter(first_sentences(difference)), ""),
        {CHANGES: page, FEED: feed(place.site, states[0], [*log, difference], day)},
    )  # fmt: skip


def _files(tables: TableFiles, estimates: str) -> dict[str, "_Read"]:
    held = {f"{TABLES_FOLDER}/{name}": content for name, content in tables.files.items()}
    held["estimates.csv"] = estimates.encode()
    return {name: _Read(content) for name, content in held.items()}


@dataclass(frozen=True)
class _Read:
    content: bytes

    def __call__(self) -> bytes:
        return self.content


def feed(site: Site, first: State, log: Sequence[Difference], day: str) -> str:
    """Return an Atom feed (RFC 4287): an entry for each release, the newest first.

    No clock is read: an entry is of the day of its release, and what came since the last one of
    `day`, that of the tables. Ids are made of names, so that they stay when the site moves; that of
    an entry is of the release before it, so that what is news today is the same entry when it is
    released. Addresses are whole if the manifest says where the site is.

    Parameters
    ----------
    site : Site
        With at least one release.
    first : State
        That of the first release.
    log : sequence of Difference
        Between one release and the next, and from the last to the present.
    day : str
        Of the present tables, as 2026-11-27.
    """
    root = f"{site.address.rstrip('/')}/" if site.address else ""
    kept = site.releases
    entries = [(f"first {kept[0].name}", f"First record: {kept[0].name}", kept[0].day,
                f"{len(first.estimates):,} estimates were recorded.")]  # fmt: skip
    for number, difference in enumerate(log, start=1):
        old = kept[number - 1].name
        title = kept[number].name if number < len(kept) else f"Changes since {old}"
        of = kept[number].day if number < len(kept) else day
        entries.append((f"after {old}", title, of, headline(difference)))

    ET.register_namespace("", _ATOM)
    top = ET.Element(f"{{{_ATOM}}}feed")
    _add(top, "id", _id(site, "feed"))
    _add(top, "title", f"What changed: {site.title}")
    _add(top, "updated", _moment(max(one[2] for one in entries)))
    _add(_add(top, "author"), "name", site.name)
    _add(top, "link", rel="alternate", type="text/html", href=f"{root}{FRONT}")
    if root:
        _add(top, "link", rel="self", type="application/atom+xml", href=f"{root}{FEED}")
    for number, (name, title, of, words) in reversed(list(enumerate(entries))):
        entry = _add(top, "entry")
        _add(entry, "id", _id(site, name))
        _add(entry, "title", title)
        _add(entry, "updated", _moment(of))
        if number == len(entries) - 1:
            _add(entry, "link", rel="alternate", type="text/html", href=f"{root}{CHANGES}")
        _add(entry, "content", words, type="text")
    ET.indent(top)
    text = ET.tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add(parent: ET.Element, name: str, words: str = "", **said: str) -> ET.Element:
    one = ET.SubElement(parent, f"{{{_ATOM}}}{name}", said)
    one.text = _NO_XML.sub("\N{REPLACEMENT CHARACTER}", words) or None
    return one


def _id(site: Site, name: str) -> str:
    """Return an id that no other site and no other entry has."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join((site.name, site.title, name))).urn


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"
