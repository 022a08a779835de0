"""HTML that a page can hold: its images inside, its tags closed, without what loads or runs."""

import html
import re
from html.parser import HTMLParser

from atopic.errors import ReportError
from atopic.reporting.pages.drawings import URL, Address, hold_use

#: Attributes that hold a style, or what SVG takes for part of one.
STYLES = {
    "style", "fill", "stroke", "clip-path", "mask", "filter", "cursor", "marker", "marker-start",
    "marker-mid", "marker-end",
}  # fmt: skip

#: What names an image, by element; of all elements `style` and `background`.
_NAMES = {
    "img": ("src", "srcset"), "source": ("srcset",), "input": ("src",),
    "image": ("href", "xlink:href", "src", "srcset"), "feimage": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}  # fmt: skip
#: Tags that a page leaves out, and what it says of each; their content stays, but for scripts.
_NEEDS = {
    "script": "a script", "iframe": "a frame", "frame": "a frame", "video": "a video",
    "audio": "sound", "object": "an embedded document", "embed": "an embedded document",
    "applet": "an applet", "portal": "a frame", "link": "a style sheet", "base": "a base address",
    "meta": "",
}  # fmt: skip
_QUIET = {"html", "head", "body", "noscript", "plaintext", "frameset"}
_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "frame",
}  # fmt: skip
_OPTIONAL = {
    "p", "li", "td", "th", "tr", "dt", "dd", "option", "optgroup", "tbody", "thead", "tfoot",
    "colgroup", "rt", "rp", "caption",
}  # fmt: skip
_ENDINGS = {"png", "jpg", "jpeg", "gif", "webp", "svg", "bmp", "avif", "ico"}
_SETS = re.compile(r"image-set\((?:[^()]|\([^()]*\))*\)", re.IGNORECASE)
_IMPORT = re.compile(r"@import\b[^;]*;?", re.IGNORECASE)
#: Letters that CSS writes by their numbers, as it may those of ``url``.
_NUMBERED = re.compile(r"\\0{0,4}([46][1-9a-f]|[57][0-9a])(?![0-9a-f])\s?|\\.", re.IGNORECASE)
_FONT = re.compile(r"@font-face\s*\{[^}]*\}", re.IGNORECASE)


def embed(
    source: str, address: Address, faults: list[ReportError] | None = None
) -> tuple[str, list[str]]:
    """Return HTML with its images inside, and the names of what was in it that a page cannot show.

    `address` gives the address that holds an image; what it raises is raised, or added to `faults`
    and the image left out. What need not change does not, by a byte.

    Examples
    --------
    >>> embed('<p><img src="a.png">', lambda name: f"data:{name}")
    ('<p><img src="data:a.png">', [])
    >>> embed("<b>x</b><script>draw()</script></div>", str)
    ('<b>x</b>', ['a script'])
    """
    before = len(faults or ())
    reader = _Reader(source, address, faults)
    if reader.is_open:
        from bs4 import BeautifulSoup

        cut = re.search(r"<(?:!--(?:(?!-->).)*|[a-zA-Z/!?][^>]*)$", source, re.DOTALL)
        if cut:  # a tag or comment that is never closed would swallow what follows
            source = source[: cut.start()] + html.escape(source[cut.start() :])
        if faults is not None:
            del faults[before:]
        reader = _Reader(str(BeautifulSoup(source, "html.parser")), address, faults)
    return reader.made(), list(dict.fromkeys(reader.needs))


class _Reader(HTMLParser):
    """Reads HTML once and notes what is to be changed in it."""

    def __init__(self, source: str, address: Address, faults: list[ReportError] | None) -> None:
        super().__init__(convert_charrefs=True)
        self.needs: list[str] = []
        self.is_open = source.rfind("<!--") > source.rfind("-->")
        self._address, self._faults = address, faults
        self._source, self._changes = source, list[tuple[int, int, str]]()
        self._starts = [0, *(found.end() for found in re.finditer("\n", source))]
        self._stack: list[str] = []
        self._within: str | None = None
        self._dropped_from: int | None = None
        self.feed(source)
        rest = self.rawdata
        self.close()
        self.is_open |= bool(re.match(r"<[a-zA-Z/!?]", rest))
        self.is_open |= any(tag not in _OPTIONAL for tag in self._stack)
        if self._dropped_from is not None:
            self._changes.append((self._dropped_from, len(source), ""))

    def made(self) -> str:
        """Return the source with the changes."""
        parts, at = [], 0
        for start, end, text in self._changes:
            if start >= at:
                parts += [self._source[at:start], text]
                at = end
        return "".join([*parts, self._source[at:]])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._here()
        raw = self.get_starttag_text() or ""
        end = start + len(raw)
        if tag not in _VOID and not (raw.endswith("/>") and self._is_foreign(tag)):
            self._open(tag)
        if tag in ("script", "style"):
            self._within = tag
        if tag in _QUIET or tag in _NEEDS:
            picture = self._picture(tag, dict(attrs))
            if tag == "script":
                self._dropped_from = start
            else:
                self._changes.append((start, end, picture))
            if not picture or tag == "video":
                self._leave_out(tag, dict(attrs))
            return
        if tag in ("source", "track") and {"video", "audio"} & set(self._stack):
            self._changes.append((start, end, ""))
            return
        changed = self._changed(tag, attrs)
        if changed != attrs:
            closing = " /" if raw.endswith("/>") else ""
            words = "".join(
                f" {name}" if value is None else f' {name}="{html.escape(value)}"'
                for name, value in changed
            )
            self._changes.append((start, end, f"<{tag}{words}{closing}>"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        start = self._here()
        end = self._source.find(">", start) + 1 or len(self._source)
        self._within = None
        if tag == "script" and self._dropped_from is not None:
            self._changes.append((self._dropped_from, end, ""))
            self._dropped_from = None
        elif tag in _QUIET or tag in _NEEDS:
            self._changes.append((start, end, ""))
        while self._stack and self._stack[-1] != tag and self._stack[-1] in _OPTIONAL:
            if tag not in self._stack:
                break
            self._stack.pop()
        if self._stack and self._stack[-1] == tag:
            self._stack.pop()
        elif tag not in _VOID | {"p"} | _QUIET:
            self.is_open = True

    def handle_data(self, data: str) -> None:
        if self._within == "style":
            start = self._here()
            end = start + len(data)
            if (styled := self._style(data)) != data:
                self._changes.append((start, end, styled))

    def _open(self, tag: str) -> None:
        if tag in _OPTIONAL and self._stack and self._stack[-1] == tag:
            self._stack.pop()  # the one before is closed by it
        if tag not in _QUIET:
            self._stack.append(tag)

    def _here(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _is_foreign(self, tag: str) -> bool:
        return tag in ("svg", "math") or bool({"svg", "math"} & set(self._stack))

    def _picture(self, tag: str, attrs: dict[str, str | None]) -> str:
        """Return the image that stands for an element which a page leaves out, if it shows one."""
        name = attrs.get({"object": "data", "embed": "src", "video": "poster"}.get(tag, "")) or ""
        kind = (attrs.get("type") or "").lower()
        ending = re.sub(r"[?#].*", "", name).rpartition(".")[2].lower()
        named = kind.startswith("image/") or name.lower().startswith("data:image/")
        if not name or not (tag == "video" or named or ending in _ENDINGS):
            return ""
        address = self._image(name)
        return f'<img src="{html.escape(address)}" alt="">' if address else ""

    def _leave_out(self, tag: str, attrs: dict[str, str | None]) -> None:
        words = _NEEDS.get(tag, "")
        kind = (attrs.get("type") or "").lower()
        if tag == "script" and kind and not re.search("javascript|ecmascript|module|jsx", kind):
            return  # data, which nothing shows
        if tag == "body" and (attrs.get("background") or "url(" in (attrs.get("style") or "")):
            words = "a background"
        if tag == "meta" and (attrs.get("http-equiv") or "").lower() == "refresh":
            words = "a redirect"
        if tag == "link" and "stylesheet" not in (attrs.get("rel") or "").lower():
            return
        place = attrs.get("src") or attrs.get("href") or attrs.get("data") or ""
        place = "" if place.startswith("data:") else place[:100]
        if words:
            self.needs.append(f"{words} ({place})" if place else words)

    def _changed(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> list[tuple[str, str | None]]:
        changed: list[tuple[str, str | None]] = []
        names = (*_NAMES.get(tag, ()), "background")
        kind = (dict(attrs).get("type") or "").strip().lower()
        for name, value in attrs:
            new: str | None = value
            if name in names and not (tag == "input" and kind != "image"):
                new = self._set(value or "") if name == "srcset" else self._image(value or "", tag)
                if new == "":
                    continue
            elif name in STYLES and value and ("(" in value or "\\" in value):
                new = self._style(value)
            elif name in ("href", "xlink:href", "action", "formaction") and _leads_astray(value):
                continue
            elif name.startswith("on"):
                continue  # would not run
            changed.append((name, new))
        return changed

    def _set(self, value: str) -> str:
        """Return a set of images, each with its address."""
        made = []
        for found in re.finditer(r"[\s,]*(\S*[^\s,])(?:\s+([^\s,]+))?\s*(?:,|$)", value):
            if address := self._image(found[1]):
                made.append(f"{address} {found[2] or ''}".strip())
        return ", ".join(made)

    def _style(self, css: str) -> str:
        """Return a style with its images inside, without sheets and fonts from elsewhere."""
        if "\\" in css:
            css = _NUMBERED.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[0], css)
        lower = css.lower()
        if "@import" in lower:
            css = _IMPORT.sub(lambda found: self._need("a style sheet", found[0]), css)
        if "@font-face" in lower:
            css = _FONT.sub(lambda found: self._need("a font", found[0]), css)
        if "image-set(" in lower:
            css = _SETS.sub(
                lambda found: re.sub(
                    r"(?<!type\()(?<!url\()([\"'])(.*?)\1",
                    lambda one: f'"{self._image(one[2])}"',
                    found[0],
                ),
                css,
            )
        if "url(" in lower:
            css = URL.sub(self._named, css)
        return css

    def _named(self, found: re.Match[str]) -> str:
        name = html.unescape(found[1] or found[2] or found[3] or "").strip()
        if not name or name.startswith("#") or re.match("data:(?!image/)", name, re.IGNORECASE):
            return found[0]
        return f'url("{self._image(name)}")'

    def _need(self, words: str, rule: str) -> str:
        if words == "a font" and not re.search(r"url\(\s*[\"']?(?!data:)", rule):
            return rule
        self.needs.append(words)
        return ""

    def _image(self, name: str, tag: str = "") -> str:
        if name.startswith("#"):
            return name  # within the picture itself
        try:
            hold_use(name, tag)
            return self._address(name)
        except ReportError as error:
            if self._faults is None:
                raise
            self._faults.append(error)
            return ""


def _leads_astray(address: str | None) -> bool:
    r"""Return whether an address leads neither to the web nor to a place of the site.

    Examples
    --------
    >>> [_leads_astray(one) for one in ("https://x.org", "#a", "a.html", "java\nscript:x()")]
    [False, False, False, True]
    """
    plain = re.sub(r"[\x00-\x20]", "", address or "")
    scheme = re.match(r"[a-z][a-z0-9+.-]*:", plain, re.IGNORECASE)
    return bool(scheme) and scheme[0].lower() not in ("http:", "https:", "mailto:")  # type: ignore[index]
