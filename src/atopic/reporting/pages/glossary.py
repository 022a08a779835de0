"""Abbreviations spelled out: where a page first uses one, and in a list at its foot."""

import re
from collections.abc import Mapping

from markupsafe import escape

__all__ = ["explained"]

#: Comments, tags (with a > in an attribute, too) and characters written as their names.
_PARTS = re.compile(r"""(<!--.*?-->|<(?:"[^"]*"|'[^']*'|[^'">])*>|&\w+;)""", re.DOTALL)
#: What holds no prose, and headings and links, which say what they mean themselves.
_APART = frozenset(
    {"abbr", "a", "b", "button", "code", "h1", "h2", "h3", "head", "math", "nav", "pre", "script",
     "style", "summary", "svg", "title"}
)  # fmt: skip


def explained(html: str, glossary: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return a page whose first use of each term says what it means, and the terms it uses.

    A term counts as a whole word, within a longer one after a hyphen too: EASI in EASI-50. It is
    spelled out in running text alone; one that stands in figures and headings only is listed.

    Examples
    --------
    >>> page, used = explained("<h2>EASI</h2><p>EASI-50, EASI</p>", {"EASI": "A score", "X": "Y"})
    >>> page
    '<h2>EASI</h2><p><abbr title="A score">EASI</abbr>-50, EASI</p>'
    >>> used
    {'EASI': 'A score'}
    """
    if not glossary:
        return html, {}
    terms = sorted(glossary, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, terms))})(?!\w)")
    spelled: set[str] = set()
    met: set[str] = set()

    def spell(found: re.Match[str]) -> str:
        term = found[1]
        if term in spelled:
            return term
        spelled.add(term)
        return f'<abbr title="{escape(glossary[term])}">{term}</abbr>'

    parts, within = [], 0
    for part in _PARTS.split(html):
        tag = re.match(r"<(/?)([a-zA-Z][\w-]*)", part)
        if tag:
            if tag[2].lower() in _APART:
                within = max(within + (-1 if tag[1] else 1), 0)
        elif part and not part.startswith(("<!", "&")):
            met.update(pattern.findall(part))
            if not within and len(spelled) < len(terms):
                part = pattern.sub(spell, part)
        parts.append(part)
    return "".join(parts), {term: words for term, words in glossary.items() if term in met}
