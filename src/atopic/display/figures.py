"""Figures that show themselves, and what a figure is as SVG."""

import hashlib
import html
import io
import re
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text

from atopic.display.text_metrics import measured_once

_FAMILY, _LIKE_DEJAVU = "font-family: 'DejaVu Sans'", "Verdana, Arial, sans-serif"
#: What a page may call a figure that no cell named, and how many of its texts describe it.
_NAME, _TEXTS = "figure", 40


class Drawing(Figure):
    """A figure that Jupyter shows as SVG where it is the last line of a cell, without any magic.

    Its texts stand for a description: `atopic.display.show.figure` takes a better one, with a
    caption and the rows that it is drawn from.

    Examples
    --------
    >>> data, noted = Drawing()._repr_mimebundle_()
    >>> data["image/svg+xml"][:14], noted["atopic"]["kind"]
    ('<svg role="img', 'figure')
    """

    def _repr_mimebundle_(self, **_asked: Any) -> tuple[dict[str, str], dict[str, Any]]:
        alt = self._words()
        # Figures of one page must not share ids, and the same figure has the same ones each time.
        mark = hashlib.sha256(as_svg(self, _NAME, alt).encode()).hexdigest()[:8]
        data = {"image/svg+xml": as_svg(self, f"{_NAME}-{mark}", alt), "text/plain": alt}
        return data, {"atopic": {"kind": "figure", "alt": alt, "rows": {}}}

    def _words(self) -> str:
        """Return the texts that are drawn, each once."""
        found = [text.get_text() for text in self.findobj(Text) if text.get_visible()]
        texts = dict.fromkeys(" ".join(words.split()) for words in found)
        texts.pop("", None)
        words = "; ".join(list(texts)[:_TEXTS])
        return f"A figure with the texts: {words}." if words else "A figure without texts."


def as_svg(drawing: Figure, name: str, alt: str) -> str:
    """Return a figure as the ``<svg>`` element, the same bytes each time, ids of its own."""
    import matplotlib as mpl

    buffer = io.StringIO()
    no_metadata: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), measured_once():
        drawing.savefig(buffer, format="svg", metadata=no_metadata)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    # Several figures share one page: their ids must not meet.
    for refers in (' id="', "url(#", 'href="#'):
        svg = svg.replace(refers, f"{refers}{name}-")
    # matplotlib measured the text in its own font, which readers may lack: name some as wide.
    for ends in ';"':
        svg = svg.replace(f"{_FAMILY}{ends}", f"{_FAMILY}, {_LIKE_DEJAVU}{ends}")
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)
    # What no XML may hold.
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "\N{REPLACEMENT CHARACTER}", svg)
