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


def may_read_all(sources: Iterable[str]) -> bool:
    """Return whether cells look at names that stand nowhere in them, as by ``**globals()``.

    So does a file that is run with the names of the notebook, and code that is put together.

    Examples
    --------
    >>> [may_read_all([one]) for one in ("globals()['a']", "dict(globals())", "exec(code)")]
    [False, True, True]
    """
    return any(map(_is_open, sources))


@cache
def _is_open(source: str) -> bool:
    source = plain_python(source)
    nodes = _nodes(source)
    if nodes is None:
        return bool(re.search(r"\b(globals|locals|vars|exec|eval)\(|%run\s.*-\w*i", source))
    calls = [one for one in nodes if isinstance(one, ast.Call)]
    named = set()  # the calls of which one name is taken
    for node in nodes:
        match node:
            case ast.Subscript(value=owner, slice=ast.Constant()):
                named.add(owner)
            case ast.Call(func=ast.Attribute(value=owner), args=[ast.Constant(), *_]):
                named.add(owner)
            case ast.Compare(comparators=[owner], left=ast.Constant()):
                named.add(owner)
    for call in calls:
        match call:
            case ast.Call(func=ast.Name(id="globals" | "locals" | "vars"), args=[]):
                if call not in named:
                    return True
            case ast.Call(func=ast.Name(id="exec" | "eval"), args=[what, *_]):
                if not isinstance(what, ast.Constant):
                    return True
            case ast.Call(
                func=ast.Attribute(attr="run_line_magic"),
                args=[ast.Constant("run"), ast.Constant(str(words)), *_],
            ):
                if re.match(r"(-\w+\s+)*-\w*i", words):
                    return True
    return False


def _parses(source: str) -> bool:
    return _nodes(source) is not None


@cache
def _nodes(source: str) -> tuple[ast.AST, ...] | None:
    """Return the parts of code; None if it is not Python."""
    try:
        return tuple(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@cache  # hundreds of reports may be of one notebook
def _names(source: str) -> frozenset[str]:
    nodes = _nodes(source)
    if nodes is None:
        return _words(source)
    found = set()
    for node in nodes:
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
