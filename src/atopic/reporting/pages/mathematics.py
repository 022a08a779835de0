r"""Markdown with formulas, as HTML with MathML that a browser draws without a script.

Formulas are written as JupyterLab shows them: ``$...$`` within a line and ``$$...$$`` apart.
A dollar opens a formula only if no space follows it, and closes one only if no space precedes it
and no digit follows, so that prices in prose stay prose, unless there is a space on each side of
what can be nothing but a formula; ``\$`` is always a dollar. Blocks of HTML may hold formulas, too.
"""

import html
import re
from functools import cache
from typing import Any, ClassVar

from atopic.errors import ReportError
from atopic.reporting.pages.mathml import formula

#: Words within a formula, which may have formulas of their own.
_WORDS = r"\\(?:text[a-z]*|mbox|hbox|fbox|emph|tag\*?)\s*\{(?:\\[^\n]|\{[^{}`]*\}|[^{}\\`])*\}"
_FORMULAS = re.compile(
    rf"(?<!\\)\$\$(?P<apart>.+?)(?<!\\)\$\$|(?<!\\)\$(?P<line>(?>{_WORDS}|\\.|[^$\\])+)\$"
    r"|\\\[(?P<bracket>.+?)\\\]|\\\((?P<paren>.+?)\\\)"
    r"|\\begin\{(?P<name>[a-zA-Z]+\*?)\}.*?\\end\{(?P=name)\}",
    re.DOTALL,
)


def _in_a_line(sign: str) -> str:
    """Return the pattern of a formula in a line, which is made of signs, commands and words.

    One with a space on each side inside is one if it can be nothing else.
    """
    return (
        r"(?<![$\\])\$(?:(?P<math_apart>(?=[ \t]+[^$`\n]*[ \t]\$)"
        r"(?=\s*[A-Za-z]\s*\$|\s*[A-Za-z]\w*\s*=|[^$]*?(?:\\[A-Za-z]{2}|\^|[A-Za-z]_[\w{\\])))"
        rf"|(?![\s$]))(?P<math_inline_tex>(?>{_WORDS}|\\[^\n]|{sign})+?)"
        r"(?(math_apart)|(?<!\s))\$(?![$\d])"
    )


#: In HTML, what holds no formula as it is, and formulas: none with a tag in it.
_IN_HTML = re.compile(
    r"<!--.*?-->|<(?P<as_it_is>script|style|pre|code|textarea|svg|math)\b.*?</(?P=as_it_is)\s*>"
    r"|<[a-z/!?](?:[^>\"']|\"[^\"]*\"|'[^']*')*>"
    r"|(?<!\\)\$\$(?P<apart>(?:[^$<]|<(?![a-z/]))+)\$\$|"
    + _in_a_line(r"(?:[^$\\`<]|<(?![a-zA-Z/]))"),
    re.DOTALL | re.IGNORECASE,
)


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


@cache
def _classes() -> tuple[Any, Any]:
    # nbconvert is slow to import, and only a build needs it.
    from mistune import HTMLRenderer
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MathInlineParser

    class Parser(MathInlineParser):  # type: ignore[misc]
        SPECIFICATION: ClassVar = {
            **MathInlineParser.SPECIFICATION,
            "inline_math_tex": _in_a_line("[^$\\\\`]"),
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

        def block_html(self, html: str) -> str:
            return str(super().block_html(_IN_HTML.sub(self._in_html, html)))

        def heading(self, text: str, level: int, **attrs: Any) -> str:
            if level == 2:
                attrs.setdefault("id", _slug(text))
            return str(super().heading(text, level, **attrs))

        def _in_html(self, found: re.Match[str]) -> str:
            if found["apart"]:
                return self.block_math(html.unescape(found["apart"]))
            if found["math_inline_tex"]:
                return self.inline_math(html.unescape(found["math_inline_tex"]))
            return found[0]

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
