"""Which names the code of a notebook reads, as far as can be told without running it."""

import ast
import re
from collections.abc import Iterable
from functools import cache

__all__ = ["names_read"]


def names_read(sources: Iterable[str]) -> set[str]:
    """Return the names that cells read.

    Parameters
    ----------
    sources : iterable of str
        The texts of code cells.

    Returns
    -------
    set of str
        A name that is only assigned to is not read. Of code that is not plain Python, such as
        lines for IPython or the shell, every word counts, so that nothing read is left out.

    Examples
    --------
    >>> sorted(names_read(["weeks = 1; print(f'{level}')", "%run $name"]))
    ['level', 'name', 'print', 'run']
    """
    texts = list(sources)
    found = set[str]().union(*map(_names, texts))
    if found & {"globals", "locals", "vars", "eval", "exec"}:
        found = found.union(*map(_words, texts))
    return found


@cache  # hundreds of reports may be of one notebook
def _names(source: str) -> frozenset[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return _words(source)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return frozenset(found)


def _words(source: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", source))
