"""Code of cells as plain Python, and the names that it reads: nothing is executed."""

import ast
import re
from collections.abc import Iterable
from functools import cache


def plain_python(source: str) -> str:
    r"""Return a cell with its lines for IPython and the shell written as Python.

    Examples
    --------
    >>> plain_python("%matplotlib inline\nx = 1")
    "get_ipython().run_line_magic('matplotlib', 'inline')\nx = 1\n"
    """
    if _parses(source):
        return source
    # A third of a second, for a cell that is not plain Python.
    from IPython.core.inputtransformer2 import TransformerManager

    head, _, rest = source.partition("\n")
    if head.startswith("%%") and _parses(rest):  # as %%time: the lines stay where they are
        return f"\n{rest}"
    try:
        return str(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError):
        return source


def names_read(sources: Iterable[str]) -> set[str]:
    """Return the names that cells read, as far as can be told without running them.

    A name that is only assigned to is not read. Words within texts count, since ``query``, ``eval``
    and their like read names from there; so does every word of what is not plain Python, such as
    lines for IPython or the shell, so that nothing read is left out.

    Examples
    --------
    >>> sorted(names_read(["weeks = 1; print(f'{level}')", "%run $name", "f.query('a == @b')"]))
    ['a', 'b', 'f', 'level', 'name', 'print', 'run']
    """
    texts = list(sources)
    found = set[str]().union(*map(_names, texts))
    if found & {"globals", "locals", "vars", "eval", "exec"}:
        found = found.union(*map(_words, texts))
    return found


@cache
def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@cache  # hundreds of reports may be of one notebook
def _names(source: str) -> frozenset[str]:
    if not _parses(source):
        return _words(source)
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            found |= _words(str(node.value))
    return frozenset(found)


def _words(source: str) -> frozenset[str]:
    # With dots, too: they may be a part of a name, as in R.
    return frozenset(re.findall(r"\w+", source) + re.findall(r"[\w.]+", source))
