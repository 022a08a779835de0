"""What a page shows of an output, and what it says in place of what it cannot show.

Of the forms that an output has the page shows the richest that needs no script. What has no such
form leaves its plain text and a sentence that names it: no output is without a trace.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from atopic.display.block_style import bare_block
from atopic.display.file_names import NARROW_FIGURE
from atopic.errors import ReportError
from atopic.reporting.pages.drawings import Address
from atopic.reporting.pages.embedding import embed
from atopic.reporting.pages.images import LIMIT, image_type
from atopic.reporting.pages.inert_svg import is_inert
from atopic.reporting.pages.mathematics import latex, markdown

#: Forms from the richest on; images come behind, then what is text, then plain text.
_ORDER = ("text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg")
#: What the forms are called that a page cannot show, by how their names begin, and why it cannot.
_SCRIPTS = "which needs a script"
_CALLED = (
    ("application/vnd.jupyter.widget", "a widget", _SCRIPTS),
    ("application/javascript", "a script", "which a page does not run"),
    ("text/javascript", "a script", "which a page does not run"),
    ("application/vnd.plotly", "a Plotly chart", _SCRIPTS),
    ("application/vnd.vega", "a Vega chart", _SCRIPTS),
    ("application/vnd.bokeh", "a Bokeh chart", _SCRIPTS),
    ("application/vnd.holoviews", "a HoloViews chart", _SCRIPTS),
    ("application/geo+json", "a map", _SCRIPTS),
    ("application/pdf", "a PDF document", "which a page cannot hold"),
    ("video/", "a video", "which a page does not play"),
    ("audio/", "sound", "which a page does not play"),
    ("image/", "an image", "which no browser shows"),
    ("", "an output", "which needs a program that a page does not have"),
)
_TEXTUAL = re.compile(r"text/.+|application/(.+\+)?(json|xml|yaml|x-yaml|toml|sql)")
#: A frame as pandas shows it.
_FRAME = re.compile(
    r'<div>\s*(<style scoped>.*?</style>\s*)?<table border="1" class="dataframe">', re.DOTALL
)
_OBJECT = re.compile(r"<[\w.]+(\sobject)?(\sat\s0x\S+)?>")
_CONTROL = {number: 0x2400 + number for number in range(32) if chr(number) not in "\t\n\r"}


@dataclass(frozen=True)
class Part:
    """One thing on a page."""

    kind: str  # figure, table, html, prose, image, text, warning, error, missing
    content: str
    alt: str = ""
    narrow: str = ""  # the form of a figure for phones


def parts(output: Mapping[str, Any], address: Address, faults: list[ReportError]) -> list[Part]:
    """Return what a page shows of one output of a cell.

    An image that is not there and a formula that cannot be drawn, for which the output has no
    other form, are added to `faults`.
    """
    kind = output.get("output_type")
    if kind == "stream":
        style = "warning" if output.get("name") == "stderr" else "text"
        return [Part(style, printed(output.get("text")))]
    if kind == "error":
        trace = output.get("traceback")
        lines = "\n".join(map(str, trace)) if isinstance(trace, list) and trace else ""
        return [Part("error", printed(lines or f"{output.get('ename')}: {output.get('evalue')}"))]
    noted = output.get("metadata")
    noted = noted if isinstance(noted, Mapping) else {}
    shown = noted.get("atopic")
    data = output.get("data")
    data = data if isinstance(data, Mapping) else {}
    if isinstance(shown, Mapping) and shown.get("kind") == "caption":
        return []  # pages write it under the figure
    if isinstance(shown, Mapping) and shown.get("kind") == "cut":
        return [Part("missing", str(data.get("text/plain", "")))]
    return _Forms(data, noted, address, faults).chosen()


def printed(text: Any) -> str:
    r"""Return text without escapes for a terminal; other control characters become visible.

    Examples
    --------
    >>> printed("\x1b[31mred\x1b[0m\x00")
    'red␀'
    """
    words = "".join(map(str, text)) if isinstance(text, list) else "" if text is None else str(text)
    words = re.sub(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[@-_])", "", words)
    return words.translate(_CONTROL)


class _Unusable(Exception):
    """A form cannot be shown; the words say what it is and why."""


class _Forms:
    """The forms of one output."""

    def __init__(
        self, data: Mapping[str, Any], noted: Mapping[str, Any], address: Address,
        faults: list[ReportError],
    ) -> None:  # fmt: skip
        self._data, self._noted = data, noted
        self._address, self._faults = address, faults
        self._missing: list[str] = []

    def chosen(self) -> list[Part]:
        """Return the richest form, and what is to be said of those that are not shown."""
        names = [*self._data]
        rich = [name for name in _ORDER if name in names]
        rich += [name for name in names if name.startswith("image/") and name not in rich]
        plain = [name for name in names if name == "text/plain"]
        rest = [name for name in names if name not in {*rich, *plain}]
        found: list[Part] = []
        whole = False
        for name in rich:
            before = len(self._missing)
            try:
                made = self._rich(name)
            except _Unusable as reason:
                self._missing.append(str(reason))
                continue
            found += made
            if whole := bool(made) and len(self._missing) == before:
                break
        if not whole:
            for name in rest:
                found += self._other(name)
            found += self._plain(found)
        if not found and not self._missing:
            held = ", ".join(names)
            self._missing.append(f"an output without content{f' ({held})' if held else ''}")
        if self._missing:
            words = " and ".join(dict.fromkeys(self._missing))
            return [Part("missing", f"Not on this page: {words}."), *found]
        return found

    def _rich(self, name: str) -> list[Part]:
        content = self._data[name]
        if isinstance(content, list) and all(isinstance(one, str) for one in content):
            content = "".join(content)
        if not isinstance(content, str):
            raise _Unusable(f"{_what(name)} that is malformed")
        if not content.strip():
            raise _Unusable(f"{_what(name)} that is empty")
        if len(content) > LIMIT * 4 / 3:
            size = f"{len(content) / 1e6:,.0f} MB"
            raise _Unusable(f"{_what(name)} of {size}, which is too large for a page")
        match name:
            case "text/html":
                return self._html(content)
            case "text/markdown":
                return self._markdown(content)
            case "text/latex":
                return self._latex(content)
            case "image/svg+xml":
                return self._svg(content)
        return self._image(name, content)

    def _html(self, content: str) -> list[Part]:
        made, needs = embed(bare_block(content), self._address, self._faults)
        shown = self._noted.get("atopic")
        if not needs and not made.strip():
            raise _Unusable("an output (text/html) that is empty")
        if not needs:
            is_table = isinstance(shown, Mapping) and shown.get("kind") == "table"
            is_table = is_table or bool(_FRAME.match(made))
            return [Part("table" if is_table else "html", made)]
        self._missing.append(f"{' and '.join(needs)}, which a page does not load or run")
        without = re.sub(r"<style\b.*?</style>", "", made, flags=re.DOTALL | re.IGNORECASE)
        seen = re.sub(r"<!--.*?-->|<(?!img|svg|image|input)[^>]*>|\s", "", without, flags=re.DOTALL)
        return [Part("html", made)] if seen else []

    def _markdown(self, content: str) -> list[Part]:
        made = markdown(content, faults=self._faults)
        made, needs = embed(made, self._address, self._faults)
        if needs:
            self._missing.append(f"{' and '.join(needs)}, which a page does not load or run")
        return [Part("prose", made)]

    def _latex(self, content: str) -> list[Part]:
        plain = self._data.get("text/plain")
        try:
            return [Part("prose", latex(content))]
        except ReportError as error:
            if isinstance(plain, str) and plain.strip() and not _OBJECT.fullmatch(plain.strip()):
                raise _Unusable(f"the same as a formula: {error}") from None
            self._faults.append(error)
        return [Part("text", printed(content))]

    def _svg(self, content: str) -> list[Part]:
        try:
            made = self._checked(content)
        except (ElementTree.ParseError, ValueError) as error:
            raise _Unusable(f"an image (image/svg+xml) that is malformed: {error}") from None
        try:
            narrow = self._checked(str(self._data.get(NARROW_FIGURE, "")))
        except (ElementTree.ParseError, ValueError):
            narrow = ""
        return [Part("figure", made, narrow=narrow)]

    def _checked(self, content: str) -> str:
        """Return an SVG as a page may hold it; raises for what is none."""
        bare = re.sub(r"^\s*(<\?xml.*?\?>|<!DOCTYPE[^>[]*>|<!--.*?-->|\s)*", "", content,
                      flags=re.DOTALL | re.IGNORECASE)  # fmt: skip
        root = ElementTree.fromstring(_declared(bare))
        if is_inert(bare, root):
            return bare
        made, needs = embed(bare, self._address, self._faults)
        if needs:
            self._missing.append(f"{' and '.join(needs)}, which a page does not load or run")
        return made

    def _image(self, name: str, content: str) -> list[Part]:
        try:
            found = image_type(base64.b64decode(re.sub(r"\s", "", content), validate=True))
        except (ValueError, binascii.Error):
            found = None
        if found is None:
            known = ("png", "jpeg", "gif", "webp", "bmp", "avif", "x-icon", "apng")
            why = "that is malformed" if name[6:] in known else "which no browser shows"
            raise _Unusable(f"an image ({name}) {why}")
        noted = self._noted.get(name)
        alt = noted.get("alt") if isinstance(noted, Mapping) else None
        words = str(alt or "Figure without a description")
        return [Part("image", f"data:{found};base64,{content}", words)]

    def _other(self, name: str) -> list[Part]:
        """Return a form that is text, whatever its type; say what another is."""
        content = self._data[name]
        called = next(one for one in _CALLED if name.startswith(one[0]))
        if called[0] or not _TEXTUAL.fullmatch(name) or "vnd." in name:
            self._missing.append(f"{called[1]} ({name}), {called[2]}")
            if name != "application/geo+json":
                return []
        if not isinstance(content, str):
            content = json.dumps(content, indent=1, ensure_ascii=False)
        if not content.strip():
            self._missing.append(f"an output ({name}) that is empty")
            return []
        return [Part("text", printed(content))]

    def _plain(self, found: list[Part]) -> list[Part]:
        plain = self._data.get("text/plain")
        if isinstance(plain, list):
            plain = "".join(map(str, plain))
        if plain is None or (found and _OBJECT.fullmatch(str(plain).strip())):
            return []
        words = printed(plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False))
        return [Part("text", words)] if words.strip() else []


def _what(name: str) -> str:
    """Return what a form is called.

    Examples
    --------
    >>> _what("text/html"), _what("image/png")
    ('an output (text/html)', 'an image (image/png)')
    """
    return f"{'an image' if name.startswith('image/') else 'an output'} ({name})"


def _declared(svg: str) -> str:
    """Return an SVG that may stand in HTML as one that XML takes: its prefixes declared."""
    if "xlink:" in svg and "xmlns:xlink" not in svg:
        svg = re.sub(r"<svg\b", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"', svg, count=1)
    return re.sub(r"&(?!#|amp;|lt;|gt;|quot;|apos;)(\w+;)", lambda one: html.unescape(one[0]), svg)
