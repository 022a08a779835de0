"""Words that readers may not know: in a list at the foot, abbreviations at first use, too."""

import re
from collections.abc import Mapping

from markupsafe import escape

#: Comments, tags (with a > in an attribute, too) and characters written as their names.
_PARTS = re.compile(r"""(<!--.*?-->|<(?:"[^"]*"|'[^']*'|[^'">])*>|&\w+;)""", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
#: What holds no prose, and headings and links, which say what they mean themselves.
_APART = frozenset(
    {"abbr", "a", "b", "button", "code", "h1", "h2", "h3", "head", "math", "nav", "pre", "script",
     "style", "summary", "svg", "title"}
)  # fmt: skip


def explained(html: str, glossary: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return a page whose first use of each abbreviation says what it means, and the terms it uses.

    A term counts as a whole word, within a longer one after a hyphen too: EASI in EASI-50. It is
    spelled out in running text alone; one that stands in figures and headings only is listed. So
    is a term with a word of the language in it: it counts in the plural, and with a capital.

    Examples
    --------
    >>> page, used = explained("<h2>EASI</h2><p>EASI-50, EASI</p>", {"EASI": "A score", "X": "Y"})
    >>> page
    '<h2>EASI</h2><p><abbr title="A score">EASI</abbr>-50, EASI</p>'
    >>> used
    {'EASI': 'A score'}
    >>> explained("<p>Responders</p>", {"responder": "Who got better"})
    ('<p>Responders</p>', {'responder': 'Who got better'})
    """
    # Few of them are there at all: to look for the others at each letter takes long.
    there = [term for term in glossary if any(form in html for form in (term, *_forms(term)))]
    if not there:
        return html, {}
    terms = sorted(there, key=len, reverse=True)
    words = {form: term for term in terms for form in _forms(term)}
    abbreviations = [term for term in terms if term not in words]
    pattern = _any_of([*words, *terms])
    short = _any_of(abbreviations) if abbreviations else None
    spelled: set[str] = set()
    texts: set[str] = set()

    def spell(found: re.Match[str]) -> str:
        term = found[1]
        if term in spelled:
            return term
        spelled.add(term)
        return f'<abbr title="{escape(glossary[term])}">{term}</abbr>'

    parts, within = [], 0
    for part in _PARTS.split(html):
        if tag := _TAG.match(part):
            if tag[2].lower() in _APART:
                within = max(within + (-1 if tag[1] else 1), 0)
        elif part and not part.isspace() and not part.startswith(("<!", "&")):
            texts.add(part)
            if short and not within and len(spelled) < len(abbreviations):
                part = short.sub(spell, part)
        parts.append(part)
    # Most words of a page stand in it many times.
    met = {words.get(form, form) for form in pattern.findall("\0".join(texts))}
    return "".join(parts), {term: words for term, words in glossary.items() if term in met}


def _forms(term: str) -> tuple[str, ...]:
    """Return the forms of a term with a word of the language in it; none of an abbreviation.

    >>> _forms("risk of bias"), _forms("EASI")
    (('risk of bias', 'Risk of bias', 'risk of biass', 'Risk of biass'), ())
    """
    if not re.search("[a-z]{4}", term):
        return ()
    each = (term, term[0].upper() + term[1:])
    return (*each, *(f"{one}s" for one in each))


def _any_of(terms: list[str]) -> re.Pattern[str]:
    ordered = sorted(terms, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, ordered))})(?!\w)")
