"""Drawings in SVG that are shown as images, with the images that they name inside."""

import html
import re
from collections.abc import Callable

from atopic.errors import ReportError

Address = Callable[[str], str]

#: An address in a style.
URL = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)\"']*))\s*\)", re.IGNORECASE)
#: The elements that show another file, and the name of that.
_SHOWING = re.compile(
    r"<(?:\w+:)?(image|feImage|use)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE
)
_HREF = re.compile(r"(\s(?:[\w-]+:)?href\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')")


def embed_in_svg(source: str, address: Address) -> str:
    """Return an SVG that is to be shown as an image, with those that it names inside.

    Browsers load nothing for one, and show none without the namespace. What need not change does
    not, by a byte.

    Examples
    --------
    >>> embed_in_svg('<svg><image href="a.png"/></svg>', lambda name: f"data:{name}")
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="data:a.png"/></svg>'
    """

    def held(name: str, tag: str) -> str:
        name = html.unescape(name).strip()
        if not name or name.startswith("#"):
            return ""
        hold_use(name, tag)
        return html.escape(address(name))

    def shown(found: re.Match[str]) -> str:
        def named(one: re.Match[str]) -> str:
            made = held(one[2] or one[3] or "", found[1])
            return f'{one[1]}"{made}"' if made else one[0]

        return _HREF.sub(named, found[0])

    def styled(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3] or ""
        made = "" if name.strip().lower().startswith("data:") else held(name, "")
        return f"url({made})" if made else found[0]

    source = URL.sub(styled, _SHOWING.sub(shown, source))
    if not re.search(r"xmlns(:\w+)?\s*=\s*[\"']http://www\.w3\.org/2000/svg[\"']", source):
        source = re.sub(r"<svg\b", '<svg xmlns="http://www.w3.org/2000/svg"', source, count=1)
    return source


def hold_use(name: str, tag: str) -> None:
    """Refuse a part of another drawing, which browsers put into none that holds it."""
    if tag.lower() == "use" and not name.startswith("#"):
        raise ReportError(
            f"the drawing {name[:200]!r} is named by <use>, by which a page shows its own parts "
            "alone; name it by <image>, or copy the part"
        )
