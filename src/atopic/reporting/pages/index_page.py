"""The front page of a site: the report that the manifest puts there, and the list of all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from atopic.reporting.pages.page_template import DOWNLOADS, render_page
from atopic.reporting.plan.places import FRONT, Place, anchor

#: Where the page of the front report leaves room for the list of all reports.
_LIST = "<!-- reports -->"


@dataclass(frozen=True)
class Entry:
    """One report on the index."""

    id: str
    name: str
    line: str  # what it found, or its summary
    built: bool  # there is a page of it
    failed: bool  # its latest build failed
    reason: str = ""  # one line, if it failed just now
    section: str = ""  # the part of the site it stands in; blank for none
    group: str = ""  # the heading it stands under, if not the section


@dataclass(frozen=True)
class _Group:
    name: str
    anchor: str
    entries: tuple[Entry, ...]


def render_index(
    entries: Iterable[Entry],
    version: str,
    *,
    place: Place | None = None,
    front: str = "",
    data_as_of: str = "",
) -> str:
    """Return the index page: every report of the manifest, with what became of it.

    Headings stand in the order of their first report. Below a front report they are folded, but
    for those of a report that failed.

    Parameters
    ----------
    place : Place, optional
        Where the page stands: it has the bar.
    front : str, optional
        The page of the report that is the front of the site, in which the list takes its place; a
        page with the list alone if it is empty.

    Examples
    --------
    >>> page = render_index([Entry("easi-50", "EASI-50", "", True, False)], "0")
    >>> '<a href="easi-50.html">EASI-50</a>' in page
    True
    """
    place = place or Place()
    groups = _groups(
        [one for one in entries if one.failed or not front or one.id != place.site.front]
    )
    if front:
        listed = Markup(render_page("list.html.j2", groups=groups, folded=True))
        return front.replace(_LIST, listed, 1)
    return render_page(
        "index.html.j2", groups=groups, folded=False, place=place, version=version, root="",
        here=FRONT, data_as_of=data_as_of, downloads=DOWNLOADS,
    )  # fmt: skip


def _groups(entries: Sequence[Entry]) -> list[_Group]:
    """Put reports under their headings; the first one of a section is where links to it lead."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.section, entry.group or entry.section), []).append(entry)
    led: set[str] = set()
    groups = []
    for (section, name), held in found.items():
        place = anchor(section) if section and section not in led else ""
        led.add(section)
        groups.append(_Group(name, place, tuple(held)))
    return groups
