"""Text that is not what it looks like: invisible, run by a spreadsheet, or written in two ways."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from atopic.evidence.csv_rows import Problem, parse_number
from atopic.evidence.lines import Folder, Row
from atopic.evidence.schema import Field

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
    """Find text that is not what it looks like, each as a warning."""
    cells = []
    for table in folder.package.tables.values():
        for field in table.fields:
            if field.type == "string" and not field.enum:
                for row in folder.rows(table.name, field.name):
                    if isinstance(row[field.name], str):
                        cells.append((table.name, row, field))
    terms = _terms(folder)
    for name, row, field in cells:
        text = row[field.name]
        message = _wrong(text)
        if not message and _is_prose(field) and (term := terms.joined_in_part(text)):
            message = f"{term!r} is joined in part; join its words by hyphens, or by spaces"
        if message:
            yield folder.problem(name, row, field.name, "odd-text", message, "warning")
    prose = [(name, row, field.name) for name, row, field in cells if _is_prose(field)]
    yield from _spellings(folder, prose, _words)
    for place in sorted({(name, column) for name, _, column in prose if column in _NAMES}):
        some = [one for one in prose if (one[0], one[2]) == place]
        yield from _spellings(folder, some, _phrases)


def _is_prose(field: Field) -> bool:
    """Say whether a column holds words; ids, addresses and vocabularies have forms of their own."""
    return not field.pattern or field.name in _NAMES


@dataclass(frozen=True)
class _Terms:
    """Terms of several words, as they may be joined in a text, and how many words each has."""

    pattern: re.Pattern[str]
    words: Mapping[str, int]

    def joined_in_part(self, text: str) -> str | None:
        """Return a term with a space here and a hyphen there, or with neither."""
        for match in self.pattern.finditer(text):
            joints = re.findall("[ -]", match[0])
            if len(set(joints)) > 1 or len(joints) + 1 < self.words[_key(match[0])]:
                return match[0]
        return None


def _terms(folder: Folder) -> _Terms:
    """Return the terms of the vocabularies."""
    words = {
        word
        for table in folder.package.tables.values()
        for field in table.fields
        for word in field.enum
        if isinstance(word, str) and re.fullmatch(r"[a-z]{2,}(-[a-z]{2,})+", word)
    }
    either = "|".join(
        word.replace("-", "[ -]?") for word in sorted(words, key=lambda one: (-len(one), one))
    )
    pattern = re.compile(rf"\b(?:{either})\b" if words else r"(?!)", re.IGNORECASE)
    return _Terms(pattern, {_key(word): word.count("-") + 1 for word in words})


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
            if form != usual[key] and _shape(form) != _shape(usual[key]):
                message = f"{form!r} is written {usual[key]!r} elsewhere; write it in one way"
                yield folder.problem(table, row, column, "two-spellings", message, "warning")
                break


def _wrong(text: str) -> str | None:
    """Say what is wrong with the characters of a cell."""
    for character in "" if text.isascii() and text.isprintable() else text:
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
    return None if text.isascii() else _odd_letters(text)


def _odd_letters(text: str) -> str | None:
    """Say what is wrong with letters that look like others."""
    for word in _WORD.findall(text):
        scripts = {unicodedata.name(one, "").split(" ")[0] for one in word if one.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "ARMENIAN", "CHEROKEE", "FULLWIDTH"}:
            return f"{word!r} mixes letters of two alphabets that look alike; write it anew"
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
