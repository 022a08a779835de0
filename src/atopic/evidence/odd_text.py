"""Text that is not what it looks like: invisible, run by a spreadsheet, or written in two ways."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from atopic.evidence.csv_rows import Problem, parse_number
from atopic.evidence.lines import Folder, Row
from atopic.evidence.schema import Field

__all__ = ["odd_text"]

#: What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection").
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

#: Categories of Unicode that nobody sees: controls, formats, unassigned, and other blanks.
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}

#: Blank letters, and marks that change nothing, which Unicode does not call invisible.
_BLANK_LETTERS = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"}

#: Columns of names of things, in which one thing has one spelling.
_NAMES = (
    "agent", "label", "instrument", "marker", "patient_id", "phase", "locator", "intervention",
    "test", "population", "arm_id", "unit", "band_scheme",
)  # fmt: skip

#: Words are compared from this length on; "IN" and "In" are two.
_SHORTEST = 4

_TWO_WORDS = re.compile(r"(?<![\w-])(?=([^\W\d_]{2,}[ -][^\W\d_]{2,})(?![\w-]))")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


def odd_text(folder: Folder) -> Iterator[Problem]:
    """Find text that is not what it looks like.

    Parameters
    ----------
    folder : Folder

    Yields
    ------
    Problem
        All of them warnings.
    """
    cells = []
    for table in folder.package.tables.values():
        for field in table.fields:
            if field.type == "string" and not field.enum:
                for row in folder.rows(table.name, field.name):
                    if isinstance(row[field.name], str):
                        cells.append((table.name, row, field))
    terms = _terms(folder)
    for name, row, field in cells:
        if message := _wrong(row[field.name], terms if _is_prose(field) else ()):
            yield folder.problem(name, row, field.name, "odd-text", message, "warning")
    prose = [(name, row, field.name) for name, row, field in cells if _is_prose(field)]
    yield from _spellings(folder, prose, _words)
    for place in sorted({(name, column) for name, _, column in prose if column in _NAMES}):
        some = [one for one in prose if (one[0], one[2]) == place]
        yield from _spellings(folder, some, _phrases)


def _is_prose(field: Field) -> bool:
    """Say whether a column holds words; ids, addresses and vocabularies have forms of their own."""
    return not field.pattern or field.name in _NAMES


def _terms(folder: Folder) -> list[re.Pattern[str]]:
    """Return the terms of several words of the vocabularies, as they may be joined in a text."""
    words = {
        word
        for table in folder.package.tables.values()
        for field in table.fields
        for word in field.enum
        if isinstance(word, str) and re.fullmatch(r"[a-z]{2,}(-[a-z]{2,})+", word)
    }
    return [re.compile(rf"\b{word.replace('-', '([ -]?)')}\b", re.I) for word in sorted(words)]


def _spellings(
    folder: Folder,
    cells: list[tuple[str, Row, str]],
    forms_of: Callable[[str], list[tuple[str, str]]],
) -> Iterator[Problem]:
    """Find cells with a form that is not the usual one of its key."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    found = [(cell, forms_of(cell[1][cell[2]])) for cell in cells]
    for _, pairs in found:
        for key, form in pairs:
            forms[key][form] += 1
    usual = {key: max(some, key=lambda one: (some[one], one)) for key, some in forms.items()}
    for (table, row, column), pairs in found:
        for key, form in pairs:
            if _shape(form) != _shape(usual[key]):
                message = f"{form!r} is written {usual[key]!r} elsewhere; write it in one way"
                yield folder.problem(table, row, column, "two-spellings", message, "warning")
                break


def _wrong(text: str, terms: Iterable[re.Pattern[str]]) -> str | None:
    """Say what is wrong with the characters of a cell."""
    for character in text:
        hidden = unicodedata.category(character) in _INVISIBLE and character != " "
        if hidden or character in _BLANK_LETTERS or character == "\ufffd":
            name = unicodedata.name(character, "no name")
            return f"U+{ord(character):04X} ({name.lower()}) cannot be seen; remove it"
    if text != text.strip(" "):
        return "spaces at an end; remove them"
    if "  " in text:
        return "two spaces in a row; remove one"
    if text.startswith(_FORMULA) and parse_number(text, whole=False) is None and not _range(text):
        return f"a spreadsheet takes what begins with {text[0]} for a formula; begin with a letter"
    for word in _WORD.findall(text):
        scripts = {unicodedata.name(one, "").split(" ")[0] for one in word if one.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "ARMENIAN", "CHEROKEE", "FULLWIDTH"}:
            return f"{word!r} mixes letters of two alphabets that look alike; write it anew"
    for term in terms:
        for match in term.finditer(text):
            if len(set(match.groups())) > 1 or "" in match.groups():
                return f"{match[0]!r} is joined in part; join its words by hyphens, or by spaces"
    if not unicodedata.is_normalized("NFC", text):
        return "letters and their accents are apart; write it anew (as Unicode NFC)"
    return None


def _range(text: str) -> bool:
    return re.fullmatch(r"-?[0-9.e]+-[0-9.e]+", text) is not None


def _words(text: str) -> list[tuple[str, str]]:
    """Return the words of a cell that their capitals can tell apart."""
    return [(one.casefold(), one) for one in _WORD.findall(text) if len(one) >= _SHORTEST]


def _phrases(text: str) -> list[tuple[str, str]]:
    """Return the whole name, and each two words in a row."""
    pairs = [one[1].casefold() for one in _TWO_WORDS.finditer(text)]
    return [("whole " + _key(text), text), *((_key(one), one) for one in pairs)]


def _shape(text: str) -> str:
    """Return a text with its words beginning small, as they may anywhere."""
    return re.sub(r"\b[^\W\d_]", lambda one: one[0].lower(), text)


def _key(text: str) -> str:
    return re.sub(r"[\s-]+", "", text).casefold()
