r"""Markdown with formulas, as HTML with MathML that a browser draws without a script.

Formulas are written as JupyterLab shows them: ``$...$`` within a line and ``$$...$$`` apart.
A dollar opens a formula only if no space follows it, and closes one only if no space precedes it
and no digit follows, so that prices in prose stay prose; ``\$`` is always a dollar.
"""

import html
import re
from functools import cache
from itertools import zip_longest
from typing import Any, ClassVar
from unicodedata import category, lookup, name
from xml.etree import ElementTree

from atopic.errors import ReportError
from atopic.reporting.pages.tex import Pieces, check_commands

#: Number of parts that an element of MathML must have; the converter lets some go missing.
_PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "mroot": 2, "msubsup": 3,
          "munderover": 3}  # fmt: skip
#: What a formula may consist of; the converter lets markup inside ``text`` through.
_TAGS = {*_PARTS, "math", "mi", "mn", "mo", "mrow", "mspace", "msqrt", "mstyle", "mtable", "mtd",
         "mtext", "mtr", "mpadded", "menclose", "mphantom"}  # fmt: skip
#: Signs that the converter takes for letters, which then stand too close to their neighbours.
_OPERATORS = {"±": "±", "∓": "∓", "~": "∼"}
#: Words within a formula, which may have formulas of their own.
_WORDS = r"\\(?:text[a-z]*|mbox|hbox|fbox|emph|tag\*?)\s*\{(?:\\[^\n]|\{[^{}`]*\}|[^{}\\`])*\}"
_FORMULAS = re.compile(
    rf"(?<!\\)\$\$(?P<apart>.+?)(?<!\\)\$\$|(?<!\\)\$(?P<line>(?>{_WORDS}|\\.|[^$\\])+)\$"
    r"|\\\[(?P<bracket>.+?)\\\]|\\\((?P<paren>.+?)\\\)"
    r"|\\begin\{(?P<name>[a-zA-Z]+\*?)\}.*?\\end\{(?P=name)\}",
    re.DOTALL,
)
_COMMENT = re.compile(r"(?m)((?:^|[^\\])(?:\\\\)*)%.*")
_FENCES = frozenset("()[]{}|‖∥⟨⟩⌊⌋⌈⌉")
#: Signs that are set as letters, without space around them.
_LETTERS = frozenset("∞∅⊤⊥§ο⌀∂∇∀∃∄¬∠")
#: How Unicode calls the alphabets, also where letters are older than the alphabet.
_ALPHABETS = {"bold-italic": ("BOLD ITALIC", ""), "fraktur": ("FRAKTUR", "BLACK-LETTER"),
              "sans-serif": ("SANS-SERIF", "")}  # fmt: skip
_THIN = "0.167em"
#: Marks names of functions while a formula is set.
_FUNCTION = "function"
#: Names that take a thin space before a bare argument, and those with what they range over below.
_EXTREMES = ("max", "min")
_BELOW = {*_EXTREMES, "lim", "sup", "inf", "det", "gcd", "Pr", "lim\u2006sup", "lim\u2006inf",
          "arg\u2009max", "arg\u2009min"}  # fmt: skip
#: Signs that belong to what follows them, unless they stand behind what they could take it from.
_SIGNS = frozenset("+-−±∓")
_BEHIND = frozenset(")]}⟩⌋⌉!%′″‴…⋯∞")


def markdown(source: str, *, faults: list[ReportError] | None = None) -> str:
    """Return Markdown as HTML, with its formulas in MathML and ids for headings of level two.

    A formula that cannot be converted is a `ReportError`, or is added to `faults` and stays as it
    was typed. Code keeps its dollars, and images their names.

    Examples
    --------
    >>> print(markdown("Costs $5, not `$x$`."))
    <p>Costs $5, not <code>$x$</code>.</p>
    <BLANKLINE>
    """
    parser, renderer = _classes()
    from nbconvert.filters.markdown_mistune import MarkdownWithMath

    made = renderer(escape=False, exclude_anchor_links=True)
    made.faults = faults
    return str(MarkdownWithMath(renderer=made, inline=parser(hard_wrap=False)).render(source))


def latex(source: str) -> str:
    r"""Return LaTeX, as an object shows itself, as HTML: its formulas as such, the rest as text.

    Examples
    --------
    >>> latex("n is $n$")[:16]
    '<p>n is <math di'
    """
    made, at = [], 0
    for found in _FORMULAS.finditer(source):
        made.append(html.escape(source[at : found.start()]))
        at = found.end()
        if found["line"] is not None or found["paren"] is not None:
            made.append(formula(found["line"] or found["paren"] or ""))
        else:
            inner = found["apart"] or found["bracket"] or found[0]
            made.append(_apart(formula(inner, display=True)))
    return f"<p>{''.join([*made, html.escape(source[at:])])}</p>"


def formula(tex: str, *, display: bool = False) -> str:
    r"""Return the TeX of a formula as a ``<math>`` element, with the TeX as alternative text.

    An unknown command, a missing part or brace is a `ReportError`.

    Examples
    --------
    >>> formula("x<n")
    '<math display="inline" alttext="x&lt;n"><mrow><mi>x</mi><mo>&lt;</mo><mi>n</mi></mrow></math>'
    """
    tex = " ".join(_COMMENT.sub(r"\1", tex).split())
    try:
        root = _drawn(tex, display)
    except ReportError as error:
        raise ReportError(f"the formula {_short(tex)} cannot be converted: {error}") from None
    root.set("alttext", tex)
    return ElementTree.tostring(root, encoding="unicode")


@cache
def _classes() -> tuple[Any, Any]:
    # nbconvert is slow to import, and only a build needs it.
    from mistune import HTMLRenderer
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MathInlineParser

    class Parser(MathInlineParser):  # type: ignore[misc]
        SPECIFICATION: ClassVar = {
            **MathInlineParser.SPECIFICATION,
            "inline_math_tex": rf"(?<![$\\])\$(?![\s$])"
            rf"(?P<math_inline_tex>(?>{_WORDS}|\\[^\n]|[^$\\`])+?)(?<!\s)\$(?![$\d])",
        }

    class Renderer(IPythonRenderer):  # type: ignore[misc]
        faults: list[ReportError] | None = None

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return str(HTMLRenderer.image(self, text, url, title))

        def inline_math(self, body: str) -> str:
            return self._shown(body, f"${body}$", display=False)

        def block_math(self, body: str) -> str:
            return self._shown(body, f"$${body}$$", display=True)

        def latex_environment(self, name: str, body: str) -> str:
            typed = f"\\begin{{{name}}}{body}\\end{{{name}}}"
            return self._shown(typed, typed, display=True)

        def heading(self, text: str, level: int, **attrs: Any) -> str:
            if level == 2:
                attrs.setdefault("id", _slug(text))
            return str(super().heading(text, level, **attrs))

        def _shown(self, tex: str, typed: str, *, display: bool) -> str:
            try:
                made = formula(tex, display=display)
            except ReportError as error:
                if self.faults is None:
                    raise
                self.faults.append(error)
                return f"<code>{html.escape(typed)}</code>"
            return _apart(made) if display else made

    return Parser, Renderer


def _apart(made: str) -> str:
    # A span, since it stands in a paragraph; a wide formula scrolls, also by keyboard.
    opening = '<span class="formula" role="group" aria-label="Formula" tabindex="0">'
    return f"{opening}{made}</span>"


def _slug(heading: str) -> str:
    """Return the id of a heading.

    Examples
    --------
    >>> _slug("Where it was <em>printed</em>, and what to know of it")
    'section-where-it-was-printed-and-what-to-know-of-it'
    """
    words = re.findall(r"[a-z0-9]+", html.unescape(re.sub(r"<[^>]*>", "", heading)).lower())
    return "-".join(["section", *words])


def _short(tex: str) -> str:
    return repr(tex if len(tex) <= 200 else f"{tex[:200]}\N{HORIZONTAL ELLIPSIS}")


def _drawn(tex: str, display: bool) -> ElementTree.Element:
    """Return a formula as MathML."""
    pieces = Pieces(lambda part: list(_drawn_by(pieces, part, display)[0]))
    return _drawn_by(pieces, tex, display)


def _drawn_by(pieces: Pieces, tex: str, display: bool) -> ElementTree.Element:
    from latex2mathml.converter import convert

    tex = tex if tex.strip() else "{}"  # nothing, as between two pairs of dollars
    plain = pieces.taken(tex)
    check_commands(plain)
    braces = re.sub(r"\\.", "", plain)
    if braces.count("{") != braces.count("}"):
        raise ReportError("a brace is missing")
    try:
        made = convert(plain, display="block" if display else "inline")
        root = ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", made, count=1))
    except Exception as error:  # the converter has no base for what it raises
        raise ReportError(str(error) or type(error).__name__) from error
    _check(root)
    for part in root.iter("msub"):
        if display and part[0].get("movablelimits") and (part[0].text or "").isalpha():
            part.tag = "munder"
    _tidy(root)
    for part in root.iter():
        part.attrib.pop(_FUNCTION, None)
    if display:
        for part in root.iter("msub"):
            if part[0].text in _BELOW:
                part.tag = "munder"
    pieces.put_back(root)
    return root


def _check(root: ElementTree.Element) -> None:
    """Find what the converter passes over in silence."""
    for element in root.iter():
        text = element.text or ""
        if re.match(r"\\[A-Za-z]", text):
            raise ReportError(f"{text} is not known")
        if element.tag not in _TAGS:
            raise ReportError(f"<{element.tag}> in it")
        if len(element) != _PARTS.get(element.tag, len(element)):
            raise ReportError("a part is missing")
        _redraw(element)


def _redraw(element: ElementTree.Element) -> None:
    """Write an element as browsers draw it: they know no variants of letters."""
    text = element.text or ""
    variant = element.get("mathvariant")
    if variant and variant != "normal":
        element.text = "".join(_lettered(letter, variant) for letter in text)
        del element.attrib["mathvariant"]
    if element.get("width") == "negativethinmathspace":
        element.attrib = {"style": f"margin-left:-{_THIN}"}
    elif element.tag == "mpadded" and element.get("lspace"):  # the words over an arrow
        element.tag, element.attrib = "mrow", {"style": "padding:0 .5em"}
    if text in ("\\{", "\\}"):
        element.text = text = text[1]
    if text == "\N{REVERSE SOLIDUS OPERATOR}":
        element.tag, element.text = "mo", "\N{SET MINUS}"
    elif element.tag == "mi" and len(text) == 1 and (text in ":;" or category(text) == "Sm"):
        if text not in _LETTERS and text not in _OPERATORS:
            element.tag = "mo"
    elif element.tag == "mo" and text in _LETTERS:
        element.tag, element.attrib = "mi", {}
    elif element.tag == "mo" and element.get("minsize"):
        element.attrib |= {"stretchy": "true", "symmetric": "true"}
    elif element.tag == "mo" and text in _FENCES and not element.attrib:
        element.set("stretchy", "false")
    elif len(element) == 2 and element[1].text == "\N{HORIZONTAL BAR}":  # over- or underlined
        side = "top" if element.tag == "mover" else "bottom"
        element.tag = "mrow"
        element.attrib = {"style": f"border-{side}:.06em solid;padding-{side}:.12em"}
        element.remove(element[1])


def _lettered(letter: str, variant: str) -> str:
    """Return a letter of another alphabet.

    Examples
    --------
    >>> _lettered("x", "bold"), _lettered("R", "double-struck"), _lettered("β", "bold-italic")
    ('𝐱', 'ℝ', '𝜷')
    """
    if not letter.isalnum() or ord(letter) > 0x1D3FF:
        return letter
    style, other = _ALPHABETS.get(variant, (variant.upper(), ""))
    plain = name(letter).replace("GREEK ", "").replace("LATIN ", "").replace("LETTER ", "")
    for made in (f"MATHEMATICAL {style} {plain}", f"{other or style} {plain}"):
        try:
            return lookup(made)
        except KeyError:
            continue
    if (letter, variant) == ("h", "italic"):
        return "\N{PLANCK CONSTANT}"
    raise ReportError(f"{letter!r} is in no {variant} alphabet")


def _tidy(element: ElementTree.Element) -> None:
    """Set names of several letters as one word, and give signs and functions their space."""
    kept: list[ElementTree.Element] = []
    for part in element:
        _tidy(part)
        if part.tag == "mi" and part.text in _OPERATORS:
            part.tag, part.text = "mo", _OPERATORS[part.text]
        upright = part.tag == "mi" and part.get("mathvariant") == "normal"
        before = kept[-1] if kept else None
        row = element.tag not in _PARTS
        if row and upright and before is not None and before.get("mathvariant") == "normal":
            before.text = (before.text or "") + (part.text or "")
        else:
            kept.append(part)
    for part in kept:
        if part.tag in ("mi", "mo") and len(part.text or "") > 1 and _is_name(part.text or ""):
            # A name of several letters is upright by itself, and spaced as a name.
            named = part.tag == "mo" or not part.get("mathvariant")
            part.tag, part.attrib = "mi", {_FUNCTION: ""} if named else {}
    element[:] = kept if element.tag in _PARTS else _spaced(kept)


def _is_name(text: str) -> bool:
    """Return whether a text is a name, which may have a narrow space in it."""
    return re.sub("[\u2006\u2009]", "", text).isalpha()


def _spaced(parts: list[ElementTree.Element]) -> list[ElementTree.Element]:
    """Return parts with a thin space around the names of functions, and signs where they belong."""
    found: list[ElementTree.Element] = []
    bars = 0
    for part, after in zip_longest(parts, parts[1:]):
        before = found[-1] if found else None
        if before is not None and (before.text, part.text) == (":", "="):
            before.text = ":="
            continue
        if part.tag == "mo" and part.text in _SIGNS and _opens(before, bars):
            part.set("form", "prefix")
        bars += part.text in ("|", "‖")
        if _is_function(part) and before is not None and _is_bare(before):
            found.append(ElementTree.Element("mspace", {"width": _THIN}))
        found.append(part)
        if _is_function(part) and after is not None and _is_bare(after) and not _is_function(after):
            found.append(ElementTree.Element("mspace", {"width": _THIN}))
    return found


def _is_function(part: ElementTree.Element) -> bool:
    name = part[0] if part.tag in ("msub", "msup", "msubsup", "munder") else part
    return name.tag == "mi" and _FUNCTION in name.attrib


def _is_bare(part: ElementTree.Element) -> bool:
    """Return whether a part is neither a sign nor a space nor in brackets."""
    return part.tag not in ("mo", "mspace") and (not len(part) or part[0].tag != "mo")


def _opens(before: ElementTree.Element | None, bars: int) -> bool:
    """Return whether what stands before a sign is none that it could take from."""
    if before is None or before.tag != "mo":
        return False
    return bool(bars % 2) if before.text in ("|", "‖") else before.text not in _BEHIND
