"""Words of open vocabularies: a folder may have some that nobody has words or a place for."""

from collections.abc import Iterable

import pandas as pd


def in_order(words: pd.Series, known: Iterable[str] = ()) -> list[str]:
    """Return known words in their order, then others that occur in the order of the folder.

    >>> in_order(pd.Series(["preprint", None, "press"], dtype="category"), ["journal", "press"])
    ['journal', 'press', 'preprint']
    """
    there = words.astype("category")
    others = [str(word) for word in there.cat.categories if (there == word).any()]
    return list(dict.fromkeys([*known, *others]))


def plain(word: object) -> str:
    """Return a word of a table as it is read.

    >>> plain("serious-infection")
    'serious infection'
    """
    return str(word).replace("-", " ")
