"""A formula in TeX as MathML, which a browser draws without a script."""

import re
from itertools import zip_longest
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
#: What TeX passes over.
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
