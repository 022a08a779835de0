r"""What formulas may be made of, and the parts that the converter does not draw right.

Environments, texts and boxes are taken out of a formula before it is converted, a letter for
private use in place of each, and put back as MathML that browsers draw: styles align columns.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from atopic.errors import ReportError

#: Commands that the converter draws right.
_COMMANDS = """
dfrac tfrac frac cfrac binom dbinom tbinom sqrt over choose left right middle big Big bigg Bigg
bigl bigr Bigl Bigr biggl biggr Biggl Biggr overline underline overbrace underbrace hat bar vec
dot ddot tilde widehat widetilde check breve acute grave overrightarrow overleftarrow overset
underset stackrel sum prod int iint iiint oint coprod bigcup bigcap bigoplus bigotimes bigvee
bigwedge limits nolimits lim limsup liminf sup inf max min Pr gcd det dim ker exp sin cos tan
cot sec csc arcsin arccos arctan sinh cosh tanh coth log ln lg deg hom argmax argmin bmod pmod
mod operatorname mathbb mathbf mathrm mathcal mathfrak mathsf mathit mathtt mathscr boldsymbol
bm quad qquad enspace hspace phantom hphantom vphantom displaystyle textstyle scriptstyle
scriptscriptstyle textcolor xrightarrow xleftarrow prime neq ne le leq ge geq leqslant geqslant
ll gg lt gt approx equiv sim simeq cong propto asymp doteq prec succ preceq succeq lesssim
gtrsim pm mp times div cdot ast star circ bullet oplus ominus otimes odot wedge vee land lor cap
cup uplus sqcap sqcup setminus subset subseteq subsetneq supset supseteq in notin ni forall
exists nexists neg lnot emptyset varnothing infty partial nabla hbar ell Re Im aleph wp angle
triangle square therefore because mid nmid parallel perp models vdash dashv top bot dagger
ddagger to rightarrow leftarrow Rightarrow Leftarrow Leftrightarrow leftrightarrow mapsto
longmapsto longrightarrow longleftarrow Longrightarrow Longleftarrow Longleftrightarrow
hookrightarrow hookleftarrow uparrow downarrow updownarrow Uparrow Downarrow implies impliedby
iff gets nearrow searrow swarrow nwarrow rightleftharpoons leadsto ldots cdots vdots ddots dots
dotsc dotsb colon backslash degree S vert Vert lvert rvert lVert rVert langle rangle lfloor
rfloor lceil rceil lbrace rbrace lbrack rbrack alpha beta gamma delta epsilon varepsilon zeta
eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma varsigma tau upsilon phi
varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega digamma
"""
_KNOWN = frozenset(_COMMANDS.split()) | frozenset(",;:! {}|%$&#_")
_FIRST = 0xE000
_TEXTS = {"text": "", "textrm": "", "textnormal": "", "mbox": "", "hbox": "",
          "textbf": "font-weight:bold", "textit": "font-style:italic", "emph": "font-style:italic",
          "texttt": "font-family:monospace", "textsf": "font-family:sans-serif"}  # fmt: skip
#: Environments of rows whose columns are right and left by turns, and of rows in the middle.
_ALIGNED = {"aligned", "align", "alignat", "alignedat", "split", "flalign"}
_GATHERED = {"gather", "gathered", "equation", "displaymath", "math", "multline"}
_FENCES = {"matrix": ("", ""), "smallmatrix": ("", ""), "pmatrix": ("(", ")"),
           "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"), "vmatrix": ("|", "|"),
           "Vmatrix": ("‖", "‖"), "cases": ("{", ""), "dcases": ("{", ""),
           "rcases": ("", "}"), "drcases": ("", "}")}  # fmt: skip
_INNERMOST = re.compile(
    r"\\begin\s*\{(?P<name>[A-Za-z]+)(?P<star>\*?)\}"
    r"(?P<body>(?:(?!\\begin\s*\{|\\end\s*\{).)*)\\end\s*\{(?P=name)(?P=star)\}",
    re.DOTALL,
)
#: A bar with a side, and what makes it as high as what it stands around.
_BAR = re.compile(r"(\\(?:left|right|middle|[bB]igg?[lrm]?)\s*)?\\([lr])(vert|Vert)(?![a-zA-Z])")
_SIDES = {"l": "left", "r": "right", "c": "center"}

Convert = Callable[[str], list[Element]]


def check_commands(tex: str) -> None:
    r"""Refuse by its name a command that would not be drawn right.

    Examples
    --------
    >>> check_commands(r"\frac{\alpha}{2}\,x")
    >>> check_commands(r"\cancel{x}")
    Traceback (most recent call last):
    atopic.errors.ReportError: \cancel is not known
    """
    for name in re.findall(r"\\([A-Za-z]+|.|$)", tex, re.DOTALL):
        if name not in _KNOWN:
            known = name != "\\"
            raise ReportError(f"\\{name} is {'not known' if known else 'outside of its rows'}")
    if "&" in tex.replace(r"\&", ""):
        raise ReportError("& is outside of its columns")
    if re.search(r"(?<!\\)#", tex):
        raise ReportError("# is no sign of a formula")


@dataclass
class Pieces:
    """Parts of one formula that are drawn here."""

    convert: Convert  # what the converter makes of the rest
    made: list[Element] = field(default_factory=list)

    def taken(self, tex: str) -> str:
        """Return a formula with a letter in place of each such part."""
        if re.search("[\ue000-\uf8ff]", tex) and not self.made:
            raise ReportError("a letter for private use is in it")
        tex = re.sub(r"\\not\s*=", r"\\neq ", tex)
        tex = re.sub(r"\\not\s*\\in(?![a-zA-Z])", r"\\notin ", tex)
        tex = re.sub(r"\\arg\s*\\(max|min)(?![a-zA-Z])", r"\\arg\1 ", tex)
        tex = re.sub(r"\\arg(?![a-zA-Z])", r"\\operatorname{arg}", tex)
        tex = tex.replace(r"\hspace*", r"\hspace")
        # The converter sets one letter in braces as a variable.
        tex = re.sub(r"\\mathrm\s*\{\s*([A-Za-z])\s*\}", r"{\\mathrm \1}", tex)
        tex = _BAR.sub(lambda found: found[0] if found[1] else self._bar(found), tex)
        tex = re.sub(r"\\operatorname\*\s*\{\s*arg\s*\\,\s*(max|min)\s*\}", r"\\arg\1 ", tex)
        if re.search(r"\\operatorname(?!\*?\s*\{\s*[A-Za-z]+\s*\})", tex):
            raise ReportError("\\operatorname is of something else than letters")
        tex = re.sub(r"\\(nonumber|notag)(?![a-zA-Z])|\\label\s*\{[^{}]*\}", "", tex)
        tex = self._arguments(tex, rf"\\({'|'.join(_TEXTS)})(?![a-zA-Z])\s*", self._text)
        tex = self._arguments(tex, r"\\(tag\*?)\s*(?=\{)", self._tag)
        tex = self._arguments(tex, r"\\(substack)\s*(?=\{)", self._stack)
        tex = self._arguments(tex, r"\\(boxed|fbox)\s*(?=\{)", self._box)
        while found := _INNERMOST.search(tex):
            piece = self._environment(found["name"], found["body"])
            tex = tex[: found.start()] + self._letter(piece) + tex[found.end() :]
        if found := re.search(r"\\(begin|end)\s*\{([^}]*)\}", tex):
            raise ReportError(f"\\{found[1]}{{{found[2]}}} has no other end")
        return tex

    def put_back(self, root: Element) -> None:
        """Put the parts in place of their letters."""
        for element in list(root.iter()):
            text = element.text or ""
            if not element.tag.startswith("m") or not re.search("[\ue000-\uf8ff]", text):
                continue
            pieces = [self.made[ord(one) - _FIRST] for one in text if ord(one) >= _FIRST]
            element.text, element.attrib = None, {}
            element.tag = "mrow"
            element[:] = pieces

    def _bar(self, found: re.Match[str]) -> str:
        """Take a bar that opens or closes: of one without a side browsers take neither."""
        form = "prefix" if found[2] == "l" else "postfix"
        bar = Element("mo", {"form": form, "stretchy": "false"})
        bar.text = "|" if found[3] == "vert" else "‖"
        return self._letter(bar)

    def _letter(self, piece: Element) -> str:
        self.made.append(piece)
        return f"{{{chr(_FIRST + len(self.made) - 1)}}}"

    def _arguments(self, tex: str, command: str, make: Callable[[str, str], Element]) -> str:
        while found := re.search(command, tex):
            end = _end_of_group(tex, found.end())
            if end is None:
                raise ReportError(f"\\{found[1]} has no argument in braces")
            piece = make(found[1], tex[found.end() + 1 : end - 1])
            tex = tex[: found.start()] + self._letter(piece) + tex[end:]
        return tex

    def _text(self, name: str, words: str) -> Element:
        row = Element("mrow")
        for place, part in enumerate(re.split(r"(?<!\\)\$", words)):
            if place % 2:
                row.extend(self.convert(part))
                continue
            part = re.sub(r"\\([%$&#_{} ])", r"\1", part).replace("~", "\N{NO-BREAK SPACE}")
            if found := re.search(r"\\([A-Za-z]+|.)", part):
                raise ReportError(f"\\{found[1]} is in \\{name}, which holds words")
            if part:
                text = Element("mtext", {"style": _TEXTS[name]} if _TEXTS[name] else {})
                text.text = re.sub(r"[{}]", "", part).replace(" ", "\N{NO-BREAK SPACE}")
                row.append(text)
        if len(row) and all(part.tag == "mtext" for part in row):
            # Browsers take words alone for space: a sign between two would lose its own.
            row.append(Element("mi"))
        return row[0] if len(row) == 1 else row

    def _tag(self, name: str, words: str) -> Element:
        piece = self._text("text", words if name.endswith("*") else f"({words})")
        row = Element("mrow")
        row.extend([Element("mspace", {"width": "2em"}), piece])
        return row

    def _stack(self, _name: str, body: str) -> Element:
        return self._table([[cell] for cell in _rows(body)], "subarray", lambda _: "center")

    def _box(self, name: str, body: str) -> Element:
        row = Element("mrow", {"style": "border:1px solid;padding:.2em"})
        row.extend([self._text("text", body)] if name == "fbox" else self.convert(body))
        return row

    def _environment(self, name: str, body: str) -> Element:
        if name in ("aligned", "alignedat", "gathered"):
            body = re.sub(r"^\s*\[[tbc]\]", "", body)  # where it stands by a line of words
        rows = [_cells(row) for row in _rows(body)]
        if name in _ALIGNED:
            if name in ("alignat", "alignedat"):
                rows[0][0] = re.sub(r"^\s*\{\s*\d+\s*\}", "", rows[0][0])
            return self._table(rows, name, lambda at: "left" if at % 2 else "right")
        if name == "eqnarray":
            return self._table(rows, name, lambda at: ("right", "center", "left")[min(at, 2)])
        if name in _GATHERED:
            if any(len(row) > 1 for row in rows):
                raise ReportError(f"& is in {name}, which has no columns")
            if len(rows) == 1:
                row = Element("mrow")
                row.extend(self.convert(rows[0][0]))
                return row
            if name in ("equation", "displaymath", "math"):
                raise ReportError(f"\\\\ is in {name}, which has one row")
            return self._table(rows, name, lambda _: "center")
        if name in _FENCES:
            aside = re.match(r"\s*\[([lcr])\]", rows[0][0])
            if aside and name.endswith("matrix"):
                rows[0][0] = rows[0][0][aside.end() :]
            side = _SIDES[aside[1]] if aside else "left" if "cases" in name else "center"
            return _fenced(self._table(rows, name, lambda _: side), *_FENCES[name])
        if name in ("array", "subarray"):
            return self._array(name, body)
        raise ReportError(f"the environment {name} is not known")

    def _array(self, name: str, body: str) -> Element:
        found = re.match(r"\s*(?:\[[tbc]\])?\s*\{([^{}]*)\}", body)
        if not found or re.search(r"[^lcr|\s]", found[1]):
            raise ReportError(f"the columns of {name} are not made of l, c, r and | alone")
        spec = found[1].replace(" ", "")
        sides, bars = re.findall("[lcr]", spec), set[int]()
        for part in re.finditer(r"\|", spec):
            bars.add(len(re.findall("[lcr]", spec[: part.start()])))
        rows, lines = [], set[int]()
        for number, row in enumerate(_rows(body[found.end() :], keep=True)):
            bare = re.sub(r"\\hline(?![a-zA-Z])", "", row)
            if bare != row:
                lines.add(number)
            rows.append(bare)
        if rows and not rows[-1].strip():
            rows.pop()
        cells = [_cells(row) for row in rows]
        if any(len(row) > len(sides) for row in cells):
            raise ReportError(f"a row of {name} has more columns than it declares")
        table = self._table(cells, name, lambda at: _SIDES[sides[at]])
        table.set("style", "border-collapse:collapse")
        for number, line in enumerate(table):
            for at, cell in enumerate(line):
                style = cell.get("style", "")
                style += ";border-left:1px solid" if at in bars else ""
                style += ";border-right:1px solid" if at + 1 == len(sides) in bars else ""
                style += ";border-top:1px solid" if number in lines else ""
                below = number + 1 == len(rows) and number + 1 in lines
                cell.set("style", style + (";border-bottom:1px solid" if below else ""))
        return table

    def _table(self, rows: list[list[str]], name: str, side: Callable[[int], str]) -> Element:
        table = Element("mtable")
        paired = name in _ALIGNED or name == "eqnarray"
        if paired or name in _GATHERED or name in ("dcases", "drcases"):
            table.set("displaystyle", "true")
        if name in ("smallmatrix", "subarray"):
            table.set("scriptlevel", "1")
        if name == "subarray" or name == "smallmatrix":
            table.set("style", "math-depth:auto-add")
        width = max(map(len, rows))
        for number, row in enumerate(rows):
            line = Element("mtr")
            for at in range(width):
                where = side(at)
                if name == "multline" and len(rows) > 1:
                    where = {0: "left", len(rows) - 1: "right"}.get(number, "center")
                style = f"text-align:{where};text-align:-webkit-{where}"
                if paired:
                    left = "2em" if at and at % 2 == 0 and name != "eqnarray" else "0"
                    left = ".28em" if name == "eqnarray" and at else left
                    style += f";padding-left:{left};padding-right:0"
                cell = Element("mtd", {"columnalign": where, "style": style})
                parts = self.convert(row[at]) if at < len(row) and row[at].strip() else []
                if paired and at % 2 and parts and parts[0].tag == "mo":
                    parts[0].set("form", "infix")
                inner = Element("mrow")
                inner.extend(parts)
                cell.append(inner)
                line.append(cell)
            table.append(line)
        return table


def _fenced(table: Element, before: str, after: str) -> Element:
    row = Element("mrow")
    for sign, form, part in ((before, "prefix", table), (after, "postfix", None)):
        if sign:
            fence = Element("mo", {"fence": "true", "stretchy": "true", "form": form})
            fence.text = sign
            row.append(fence)
        if part is not None:
            row.append(part)
    return row


def _end_of_group(tex: str, start: int) -> int | None:
    """Return the place behind the brace that closes the one at a place."""
    if tex[start : start + 1] != "{":
        return None
    depth = 0
    for found in re.finditer(r"\\.|[{}]", tex[start:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return start + found.end()
    return None


def _parted(tex: str, mark: str) -> list[str]:
    r"""Return the parts between marks that stand in no group.

    Examples
    --------
    >>> _parted(r"a & {b & c} & \& d", "&")
    ['a ', ' {b & c} ', ' \\& d']
    """
    parts, depth, at = [], 0, 0
    for found in re.finditer(r"\\.|[{}&]", tex, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if found[0] == mark and depth == 0:
            parts.append(tex[at : found.start()])
            at = found.end()
    return [*parts, tex[at:]]


def _rows(body: str, keep: bool = False) -> list[str]:
    body = re.sub(r"\\(cr|tabularnewline)(?![a-zA-Z])", r"\\\\", body)
    rows = [
        re.sub(r"^\*?\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]|^\*", "", row) if at else row
        for at, row in enumerate(_parted(body, r"\\"))
    ]
    if not keep and len(rows) > 1 and not rows[-1].strip():
        rows.pop()
    return rows


def _cells(row: str) -> list[str]:
    return _parted(row, "&")
