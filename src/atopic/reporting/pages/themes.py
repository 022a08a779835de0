"""Figures and tables as a page shows them: in its colours, light and dark, and in its type."""

import math
import re
from collections import Counter
from functools import cache
from html import unescape

from atopic.display.file_names import FOLD

_HEX = r"#([0-9a-fA-F]{6})\b"
#: The page's own dark paper, in place of white.
_PAPER = "#12181d"
#: The contrast that text needs.
_TEXT = 4.5
#: A style that is safe in a sheet: nothing in it ends a rule or begins a tag.
_SAFE = re.compile(r""" style="([\w\s#:;.,()%'-]+)\"""")
_STYLE = re.compile(r'(?<= style=")[^"]*(?=")')
#: A tag; a quoted value may hold what else would end it.
_TAG = r'<(?:[^<>"]|"[^"]*")+>'
#: From how many letters on a cell has a line of its own in a list.
_HALF_LINE = 18
#: The digits of a number beyond hundredths.
_BEYOND = re.compile(r"(?<=\d\.\d\d)\d+")
_FONT = re.compile(r"font-family: ('DejaVu Sans'[^;\"]*); ")


class Colours:
    """The colours of the figures on one page, each of which has a twin for a dark page.

    Examples
    --------
    >>> colours = Colours()
    >>> colours.named('<path style="fill: #0b5fa5"/>')
    '<path style="fill: var(--c0b5fa5,#0b5fa5)"/>'
    >>> colours.dark
    '--c0b5fa5: #529be6;'
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._classes: dict[str, str] = {}

    @property
    def dark(self) -> str:
        """The declarations that give each colour its twin."""
        return " ".join(f"--c{one}: {_twin(one)};" for one in sorted(self._seen))

    @property
    def classes(self) -> str:
        """The rules of the classes that stand for styles which figures repeat."""
        return "".join(f".{name}{{{style}}}" for style, name in self._classes.items())

    def named(self, svg: str) -> str:
        """Return a figure whose colours are the page's to change; a file keeps them plain.

        A style that it repeats becomes a class of the page.
        """

        def name(found: re.Match[str]) -> str:
            one = found[1].lower()
            self._seen.add(one)
            return f"var(--c{one},#{one})"

        # The ground of a hatching has its colour as an attribute, where no variable can stand.
        svg = re.sub(rf'(<rect\b[^<>]*) fill="({_HEX})"', r'\1 style="fill: \2"', svg)
        svg = _STYLE.sub(lambda style: re.sub(_HEX, name, style[0]), svg)
        often = Counter(found[1] for found in _SAFE.finditer(svg))
        for style, times in often.items():
            if times > 1 and style not in self._classes:
                self._classes[style] = f"k{len(self._classes)}"

        def classed(tag: re.Match[str]) -> str:
            found = None if " class=" in tag[0] else _SAFE.search(tag[0])
            own = self._classes.get(found[1]) if found else None
            return tag[0].replace(found[0], f' class="{own}"', 1) if found and own else tag[0]

        return re.sub(_TAG, classed, svg)


@cache
def _twin(colour: str) -> str:
    """Return the colour of the same hue that is as light on a dark page as this one is dark.

    In OKLab (Ottosson 2020), whose lightness is that which people see; lighter still where text in
    it could be read on white (a contrast of 4.5, WCAG 2.2) and could not on the dark paper.
    """
    if colour == "ffffff":
        return _PAPER
    light, a, b = _oklab(_parts(colour))
    wanted = min(_contrast(_parts(colour), (1, 1, 1)), _TEXT)
    light = 0.2 + 0.8 * (1 - light) ** 0.8
    while True:
        made = _screen_colour(light, a, b)
        if light >= 1 or _contrast(_parts(made), _parts(_PAPER[1:])) >= wanted:
            return f"#{made}"
        light += 0.01


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return red, green, blue


def _contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Return the contrast of two colours, by WCAG 2.2."""
    low, high = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue
        for red, green, blue in (map(_linear, one), map(_linear, other))
    )
    return (high + 0.05) / (low + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _screen_colour(light: float, a: float, b: float) -> str:
    """Return a colour as screens show it, paler if they could not."""
    for part in range(10, -1, -1):
        made = _rgb(light, a * part / 10, b * part / 10)
        if all(-0.002 <= one <= 1.002 for one in made):
            break
    return "".join(f"{round(255 * min(max(one, 0), 1)):02x}" for one in made)


def _oklab(rgb: tuple[float, float, float]) -> tuple[float, float, float]:
    red, green, blue = map(_linear, rgb)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _rgb(light: float, a: float, b: float) -> list[float]:
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return [12.92 * one if one <= 0.0031308 else 1.055 * one ** (1 / 2.4) - 0.055 for one in linear]


def plain_table(html: str, listed: bool = False) -> str:
    """Return a table of great-tables without the sheet it brings, for pages have one of their own.

    What it says beside the scope of its headers goes too: that is said once for each cell. So do
    its caption and its notes, which a page has beside the table, where they wrap to the screen. One
    that phones show `listed`, row by row, gets the names of its columns for that.

    Examples
    --------
    >>> plain_table('<style>td { color: red }</style><td headers="a b" class="gt_row gt_left">1')
    '<td>1'
    """
    if html.startswith(FOLD):  # the page has a fold of its own
        html = html.partition("</summary>")[2].removesuffix("</details>")
    html = html.replace(' border="1" class="dataframe"', "")  # of pandas
    html = re.sub(r"<style scoped>.*?</style>\n?", "", html, count=1, flags=re.DOTALL)
    html = re.sub(r"<style>.*?</style>\n?", "", html, count=1, flags=re.DOTALL)
    html = re.sub(r'\s*<tr class="gt_heading">.*?</tr>', "", html, flags=re.DOTALL)
    html = re.sub(r'\s*<tr class="gt_sourcenotes">.*?</tr>', "", html, flags=re.DOTALL)
    html = re.sub(r' aria-labelledby="[^"<>]*-title"', "", html, count=1)
    html = re.sub(r'<td headers="[^"<>]*" class="gt_row gt_left">', "<td>", html)
    html = re.sub(r'<th scope="row" id="[^"<>]*" class="gt_row gt_left gt_stub">',
                  '<th scope="row">', html)  # fmt: skip
    html = re.sub(r'(<div id="[\w-]+") style="[^"<>]*overflow-x:auto[^"<>]*"', r"\1", html, count=1)
    html = html.replace(' rowspan="1" colspan="1"', "")
    return (_columns_named(html) if listed else "") + html


def _columns_named(html: str) -> str:
    """Return a sheet that names the cells of a table by their columns; a long one has a line.

    >>> made = _columns_named('<div id="t"><th scope="col">A</th><th scope="col">B</th><td>1</td>')
    >>> made.partition("{")[2]
    '#t tbody td:nth-of-type(1)::before{content:"B"}}</style>'
    """
    table = re.search(r'<div id="([\w-]+)"', html)
    names = _column_names(html)
    if not table or len(names) < 2:
        return ""
    widest = [0] * len(names)
    for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL):
        for place, cell in enumerate(re.findall(r"<td\b[^<>]*>(.*?)</td>", row, re.DOTALL)):
            if place < len(names):
                widest[place] = max(widest[place], len(re.sub(r"<[^<>]*>", "", cell)))
    rules = []
    for place, name in enumerate(names[1:]):
        cell = f"#{table[1]} tbody td:nth-of-type({place + 1})"
        words = re.sub(r'["\\<>\n]', lambda found: f"\\{ord(found[0]):x} ", name)
        rules.append(f'{cell}::before{{content:"{words}"}}')
        if widest[place] > _HALF_LINE:
            rules.append(f"{cell}{{grid-column:1/-1}}")
    return f"<style>@media screen and (max-width:46rem){{{''.join(rules)}}}</style>"


def _column_names(html: str) -> list[str]:
    """Return what the columns of a table are called; of those under a common heading with it.

    >>> _column_names('<th scope="colgroup" colspan="2">A</th></tr><tr><th scope="col">B</th>'
    ...               '<th scope="col">C</th>')
    ['A: B', 'A: C']
    """
    head, *below = re.split(r"</tr>", html.partition("</thead>")[0])
    cell = re.compile(r'<th\b([^<>]*scope="col(?:group)?"[^<>]*)>(.*?)</th>', re.DOTALL)
    lower = iter(cell.findall("".join(below)))
    names = []
    for marks, words in cell.findall(head):
        wide = re.search(r'colspan="(\d+)"', marks)
        if "colgroup" in marks and wide:
            names += [
                f"{words}: {one}" for _, (_, one) in zip(range(int(wide[1])), lower, strict=False)
            ]
        else:
            names.append(words)
    return [
        " ".join(unescape(re.sub(r"<[^<>]*>", "", one)).split()).replace(" :", ":") for one in names
    ]


def plain_figure(svg: str) -> str:
    r"""Return a figure of matplotlib without what no browser needs: a third of it.

    Its font is named once, places are to the hundredth of a point, and what nothing refers to has
    no name.

    Examples
    --------
    >>> plain_figure('<svg role="img"><g id="a">\n <path d="M 1.23456 2\nL 3 4"/>\n</g></svg>')
    '<svg role="img"><g><path d="M 1.23 2 L 3 4"/></g></svg>'
    """
    start = re.match(_TAG, svg)
    if not start:
        return svg
    head, body = start[0], svg[start.end() :]
    font = _FONT.search(body)
    if font:
        head = f'{head[:-1]} font-family="{font[1]}">'
        body = body.replace(font[0], "")
    used = set(re.findall(r"(?:url\(|href=\")#([^\")]+)", body))
    body = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", body)
    body = re.sub(r' transform="rotate\(-?0 [^")]*\)"', "", body)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    if "<tspan" not in body:
        body = re.sub(r">\s*\n\s*<", "><", body)
    body = _STYLE.sub(lambda found: found[0].replace(": ", ":").replace("; ", ";"), body)
    return head + re.sub(_TAG, _shortened, body)


def _shortened(tag: re.Match[str]) -> str:
    """Return a tag with its line breaks as blanks and its numbers to two places."""
    short = tag[0]
    if "\n" in short:
        short = re.sub(r"\s*\n\s*", " ", short)
    if "." in short:
        short = _BEYOND.sub("", short)
    return short.replace(' "', '"')
