"""The index of a site of reports."""

from collections.abc import Iterable
from dataclasses import dataclass

from atopic.reporting.pages.page_template import render_page

__all__ = ["Entry", "render_index"]


@dataclass(frozen=True)
class Entry:
    """One report on the index."""

    id: str
    title: str
    summary: str
    built: bool  # there is a page of it
    failed: bool  # its latest build failed
    reason: str = ""  # one line, if it failed just now
    section: str = ""  # the heading it stands under; blank for none


def render_index(entries: Iterable[Entry], version: str) -> str:
    """Return the index page: every report of the manifest, with what became of it.

    Sections stand in the order of their first report.

    Examples
    --------
    >>> page = render_index([Entry("easi-50", "EASI-50", "", True, False)], "0")
    >>> '<a href="easi-50.html">EASI-50</a>' in page
    True
    """
    sections: dict[str, list[Entry]] = {}
    for entry in entries:
        sections.setdefault(entry.section, []).append(entry)
    return render_page("index.html.j2", sections=sections, version=version)
