"""SVG in which nothing loads, runs or leads elsewhere, so that a page holds it as it is."""

from xml.etree.ElementTree import Element

from atopic.reporting.pages.embedding import STYLES

_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_SHEET = f"{_SVG}style"
#: What the figures of matplotlib are made of; whatever is made of more is read as other HTML is.
_TAGS = {
    f"{_SVG}{name}"
    for name in ("svg", "g", "defs", "style", "path", "rect", "text", "use", "clipPath", "pattern")
}
_NAMES = {
    "aria-label", "clip-path", "d", "fill", "height", "id", "patternUnits", "role", "style",
    "transform", "type", "version", "viewBox", "width", "x", "y", _LINK,
}  # fmt: skip


def is_inert(svg: str, root: Element) -> bool:
    """Say whether an SVG is shapes and texts alone, of its text and of the element that XML reads.

    Examples
    --------
    >>> from xml.etree import ElementTree
    >>> for style in ("fill: none", "fill: url(#a)", "fill: url(a.png)"):
    ...     svg = f'<svg xmlns="http://www.w3.org/2000/svg"><path style="{style}"/></svg>'
    ...     print(is_inert(svg, ElementTree.fromstring(svg)))
    True
    True
    False
    """
    return not ("<!" in svg or "<?" in svg) and all(map(_is_inert, root.iter()))


def _is_inert(one: Element) -> bool:
    return (
        one.tag in _TAGS
        and _NAMES.issuperset(one.keys())
        and not any("(" in one.get(name, "").replace("url(#", "") for name in STYLES)
        and one.get(_LINK, "#").startswith("#")
        and not (one.tag == _SHEET and (len(one) or {"@", "("} & set(one.text or "")))
    )
