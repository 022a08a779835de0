"""The project's own errors: each message says what was expected, what was found, and where."""

from collections.abc import Iterable
from difflib import get_close_matches
from reprlib import Repr

#: More words than this are not compared with a slip.
_MOST = 2000
#: Columns that a message lists.
_LISTED = 30
#: Characters of the name of a column.
_repr = Repr()
_repr.maxstring = 80


class AtopicError(Exception):
    """Base of every error that atopic raises for its users."""


class EvidenceError(AtopicError):
    """A data folder, a table or a selection from it cannot be used as it stands."""


class ReportError(AtopicError):
    """A manifest, a notebook or an output folder cannot be used as it stands."""


class UsageError(ReportError):
    """The command line asks for something that there is not."""


def did_you_mean(text: object, words: Iterable[str]) -> str:
    """Return a hint that names the nearest word, great and small letters alike; empty if none is.

    >>> did_you_mean("kim-2071", ["kim-2017", "ra-2011"])
    "; did you mean 'kim-2017'?"
    """
    if not isinstance(text, str):
        return ""
    known = {word.casefold(): word for word in sorted(words)}
    # Comparing takes a time for each word, and a folder can hold as many slips as rows.
    near = (
        get_close_matches(text.casefold(), known, n=1, cutoff=0.75) if len(known) <= _MOST else []
    )
    return f"; did you mean {known[near[0]]!r}?" if near else ""


def hinted(text: str, words: Iterable[str], there: str) -> str:
    """Return what was probably meant, and what there is, as the end of a sentence.

    >>> hinted("kim2017", ["kim-2017"], "see studies.csv")
    "; did you mean 'kim-2017'? See studies.csv"
    """
    near = did_you_mean(text, words)
    return f"{near} {there[:1].upper()}{there[1:]}" if near else f"; {there}"


def no_column(name: object, columns: Iterable[object]) -> str:
    """Say that a frame has no such column, what was probably meant, and which there are.

    >>> no_column("Doses", ["Dose", "N"])
    "the frame has no column 'Doses'; did you mean 'Dose'? There are: 'Dose', 'N'"
    """
    known = list(columns)
    listed = ", ".join(map(_repr.repr, known[:_LISTED]))
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    there = hinted(str(name), map(str, known), f"there are: {listed}{more}")
    return f"the frame has no column {_repr.repr(name)}{there}"
