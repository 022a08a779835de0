from xml.etree import ElementTree

import pytest

from atopic.reporting.pages.embedding import embed
from atopic.reporting.pages.inert_svg import is_inert

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def inert(content: str) -> bool:
    svg = f"{OPEN}{content}</svg>"
    found = is_inert(svg, ElementTree.fromstring(svg))
    if found:  # then a page leaves it as it is
        assert embed(svg, lambda name: f"changed:{name}") == (svg, [])
    return found


@pytest.mark.parametrize("content", [
    "", "<g/>", '<g id="a"><text x="1">1 &lt; 2 &amp; 3</text></g>',
    '<use xlink:href="#a" style="fill: url(#b); stroke: #ffffff"/>',
    '<defs><style type="text/css">*{stroke-linejoin: round}</style></defs>',
    '<path fill="url(#a)" clip-path="url(#p)" d="M 0 0" transform="scale(1)"/>',
    '<clipPath id="p"><rect x="0" y="0" width="1" height="1"/></clipPath>',
    "<text>&lt;script&gt;url(a.png)&lt;/script&gt;</text>",
])  # fmt: skip
def test_shapes_and_texts_are_inert(content):
    assert inert(content)


@pytest.mark.parametrize("content", [
    "<script>x()</script>", "<image xlink:href='a.png'/>", "<use xlink:href='a.svg#b'/>",
    "<use href='a.svg#b'/>", "<a xlink:href='javascript:x()'><text>1</text></a>",
    "<g onload='x()'/>", "<g style='background: url(a.png)'/>", "<g style='fill: url( #a )'/>",
    "<g style='fill: url(#a) url(b.png)'/>", "<style>@import 'a.css'</style>",
    "<style>g { fill: url(a.png) }</style>", "<style><g/>@import 'a.css'</style>",
    "<path fill='url(a.svg#b)'/>", "<g clip-path='url(https://example.org/a.svg#b)'/>",
    "<foreignObject/>", "<g background='a.png'/>", "<!-- a --><g/>", "<text><![CDATA[<b>]]></text>",
    "<?a?><g/>", "<g xmlns='http://www.w3.org/1999/xhtml'/>", "<style xmlns=''>@import 'a'</style>",
    "<x:script xmlns:x='http://www.w3.org/2000/svg'>x()</x:script>", "<animate href='#a'/>",
    "<g xmlns:xlink='http://example.org' xlink:href='a.svg'/>",
])  # fmt: skip
def test_whatever_is_more_is_read_as_other_html(content):
    assert not inert(content)
