"""Where each report stands in the site: its section, its neighbours, and what it is akin to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The page that every other one leads back to.
FRONT = "index.html"
#: The page on which the site is searched.
SEARCH = "search.html"
#: How many reports a page names as akin to it.
_AKIN = 6

#: What is said of a page, and its address in the site.
Link = tuple[str, str]


#: The page that says what changed since the last release, and the log to subscribe to.
CHANGES, FEED = "changes.html", "feed.xml"


@dataclass(frozen=True)
class Release:
    """A state of the review that was published or kept, with its tables and estimates."""

    name: str  # as pages call it: "version 0.1.0", "the tables before the update"
    day: str  # that it is of, as 2026-11-27
    tables: str  # the archive that a build wrote as tables.zip, from the folder of the manifest
    note: str = ""  # what else readers should know of it


@dataclass(frozen=True)
class Site:
    """What the manifest says of the whole site; texts that are blank are not shown."""

    name: str = "Reports"  # stands at the left of the bar
    title: str = "Reports"  # heading of the front page if no report is in its place
    front: str = ""  # id of the report that is the front page
    cite: str = ""  # how to cite the site
    licence: str = ""  # of tables and code
    advice: str = ""  # what the site is not
    address: str = ""  # where it is published, for links from elsewhere
    glossary: tuple[tuple[str, str], ...] = ()  # abbreviations, and what they mean
    tables: bool = True  # whether its reports read tables
    releases: tuple[Release, ...] = ()  # earlier states, the oldest first


@dataclass(frozen=True)
class Standing:
    """What the place of a report follows from."""

    id: str
    name: str  # what links to it say
    section: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a report stands."""

    site: Site = field(default_factory=Site)
    bar: tuple[Link, ...] = ()  # the sections of the site
    section: str = ""  # that of the report
    previous: Link | None = None
    next: Link | None = None
    akin: tuple[Link, ...] = ()
    studies: tuple[Link, ...] = ()  # ids of studies, and the page of each
    pages: tuple[str, ...] = ()  # addresses of all reports of the site

    @property
    def list_of_section(self) -> str:
        """Where the front page lists the reports of the section."""
        return f"{FRONT}#{anchor(self.section)}"


def places(site: Site, reports: Iterable[Standing]) -> dict[str, Place]:
    """Return the place of each report, by id.

    The bar holds the front page, the sections in the order of their first report, and the search.
    A section leads to its first report. Reports are akin if they share a study or an outcome among
    their parameters. A report is the page of its parameter ``study`` if its id is ``study-`` and
    the id of that study.

    Examples
    --------
    >>> one = Standing("a", "A", "Results", {"outcome": "EASI-50"})
    >>> two = Standing("b", "B", "Results", {"outcome": "EASI-50"})
    >>> places(Site(), [one, two])["b"].akin
    (('A', 'a.html'),)
    >>> places(Site(), [one, two])["b"].bar[:2]
    (('Reports', 'index.html'), ('Results', 'a.html'))
    """
    every = list(reports)
    shown = [one for one in every if one.id != site.front]
    sections: dict[str, list[Standing]] = {}
    for one in shown:
        if one.section:
            sections.setdefault(one.section, []).append(one)
    bar = (
        (("Answer" if site.front else "Reports"), FRONT),
        *((name, _page(held[0])) for name, held in sections.items()),
        ("Search", SEARCH),
    )
    studies = tuple(
        (one.parameters["study"], _page(one))
        for one in shown
        if isinstance(one.parameters.get("study"), str)
        and one.id == f"study-{one.parameters['study']}"
    )
    pages = tuple(map(_page, shown))
    found = {}
    for place, one in enumerate(shown):
        found[one.id] = Place(
            site, bar, one.section,
            _link(shown[place - 1]) if place else None,
            _link(shown[place + 1]) if place + 1 < len(shown) else None,
            tuple(map(_link, _akin(one, shown))), studies, pages,
        )  # fmt: skip
    if site.front in {one.id for one in every}:
        found[site.front] = Place(site, bar, studies=studies, pages=pages)
    return found


def anchor(words: str) -> str:
    """Return the id of a heading, of its letters and digits.

    >>> anchor("Methods & data")
    'section-methods-data'
    """
    kept = "".join(letter if letter.isalnum() else " " for letter in words.lower())
    return "-".join(["section", *kept.split()])


def _akin(report: Standing, every: list[Standing]) -> list[Standing]:
    """Return the reports that share most studies and outcomes with one, the first ones first."""
    own = _subjects(report)
    shared = [(len(own & _subjects(other)), other) for other in every if other.id != report.id]
    ranked = sorted((pair for pair in shared if pair[0]), key=lambda pair: -pair[0])
    return [other for _, other in ranked[:_AKIN]]


def _subjects(report: Standing) -> set[str]:
    found = set()
    for name in ("study", "studies", "outcome", "outcomes"):
        value = report.parameters.get(name, ())
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list | tuple):
            found |= {f"{name[:5]}:{one}" for one in values if isinstance(one, str)}
    return found


def _page(report: Standing) -> str:
    return f"{report.id}.html"


def _link(report: Standing) -> Link:
    return report.name, _page(report)
