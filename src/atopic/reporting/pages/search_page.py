"""The page on which a site is searched: a list of all there is, which a small script narrows."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup

from atopic.reporting.pages.page_template import DOWNLOADS, TEMPLATES, render_page
from atopic.reporting.plan.places import SEARCH, Link, Place


@dataclass(frozen=True)
class Item:
    """One thing that can be found."""

    name: str
    address: str = ""  # in the site; blank for what stands on this page alone
    line: str = ""  # what is said of it
    parts: tuple[Link, ...] = ()  # sections of it, each with its address
    more: str = ""  # what else it is found by, which nobody sees


@dataclass(frozen=True)
class Group:
    """Things of one kind."""

    name: str
    items: list[Item]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.items)


def render_search(
    groups: Iterable[Group], version: str, *, place: Place | None = None, data_as_of: str = ""
) -> str:
    """Return the search page, with the groups that are not empty.

    The list is the index: there is no second copy of it to fetch or to keep in step, and without a
    script the page is a list of all there is. The script is the only one of a site; the page lets
    a browser run it alone, by its hash.

    Examples
    --------
    >>> page = render_search([Group("Reports", [Item("EASI-50", "easi-50.html")])], "0")
    >>> '<a href="easi-50.html">EASI-50</a>' in page
    True
    """
    script, digest = _script()
    return render_page(
        "search.html.j2", groups=[one for one in groups if one.items], script=Markup(script),
        digest=digest, place=place or Place(), version=version, root="", here=SEARCH,
        data_as_of=data_as_of, downloads=DOWNLOADS,
    )  # fmt: skip


@cache
def _script() -> tuple[str, str]:
    """Return the script and the hash by which a browser knows it."""
    text = (TEMPLATES / "search.js").read_text("utf-8")
    return text, base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
