"""How a block looks in a notebook: as on a page, in its light colours whatever the theme is."""

import re
from functools import cache
from pathlib import Path

#: The folder of the style sheets that pages and notebooks share.
SHEETS = Path(__file__).parent

_BEGIN, _END = '<div class="atopic-block"><style>', "</div>"
#: What notebooks paint or place themselves, and what pages say of all their text.
_GROUND = """background: var(--paper); color: var(--ink); color-scheme: light;
font: 15px/1.5 var(--sans); padding: .2rem 1rem 1rem; overflow-x: auto;
table { color: inherit !important; border-collapse: collapse; font-size: .88rem; }
tbody tr { background: none !important; }
th, td { text-align: left; vertical-align: top; white-space: normal; padding: .45rem .7rem;
border-top: 1px solid var(--rule); }
caption { text-align: left; color: var(--ink2); }
dt, dd { display: block; float: none; clear: none; width: auto; margin: 0; padding: 0; }
h2, h3 { font-family: var(--serif); }
a { color: var(--link) !important; }
small { color: var(--ink2); }
"""


class Block(str):
    """HTML that was made for a page, which Jupyter shows where it is the last line of a cell.

    Examples
    --------
    >>> bare_block(Block("<p>Three trials</p>")._repr_html_())
    '<p>Three trials</p>'
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        return as_on_page(self) if self else ""


def as_on_page(content: str) -> str:
    """Return the HTML of a block with the style that it has on pages.

    Examples
    --------
    >>> bare_block(as_on_page("<p>Three trials</p>"))
    '<p>Three trials</p>'
    """
    return f"{_BEGIN}{_sheet()}</style>{content}{_END}"


def bare_block(made: str) -> str:
    """Return the HTML of a block without what `as_on_page` added, for pages have it."""
    if not made.startswith(_BEGIN):
        return made
    return made.partition("</style>")[2].removesuffix(_END)


@cache
def _sheet() -> str:
    """Return the rules of blocks, for what is in one alone."""
    colours = (SHEETS / "colours.css").read_text(encoding="utf-8")
    light = colours.partition("{")[2].partition("}")[0].replace("color-scheme: light dark;", "")
    parts = (SHEETS / "parts.css").read_text(encoding="utf-8")
    parts = re.sub(r"/\*.*?\*/\n?", "", parts, flags=re.DOTALL)
    # Twice, so that it counts more than a rule of JupyterLab for what an output shows.
    return f".atopic-block.atopic-block {{{light}{_GROUND}{parts}}}"
