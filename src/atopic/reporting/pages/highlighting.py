"""The code of cells with its words told apart, as in a notebook."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from markupsafe import Markup

_PYTHON = "ipython3"
#: Code of Python with its words told apart, by what it is without.
_KNOWN: dict[str, str] = {}


def highlighted(source: str, noted: Mapping[str, Any]) -> Markup:
    """Return the code of a cell, with what is noted of it, in the classes of Pygments.

    Examples
    --------
    >>> '<span class="mi">1</span>' in highlighted("1", {})
    True
    """
    if "magics_language" in noted:
        return Markup(_marked(source, noted["magics_language"]))
    if source not in _KNOWN:
        _KNOWN[source] = _marked(source, _PYTHON)
    return Markup(_KNOWN[source])


def code_of(notebooks: Iterable[str]) -> dict[str, str]:
    """Return each piece of Python in notebooks with its words told apart, for `show_as`.

    Examples
    --------
    >>> cell = {"cell_type": "code", "metadata": {}, "source": "n = 1"}
    >>> list(code_of([json.dumps({"cells": [cell]}), "no notebook"]))
    ['n = 1']
    """
    found = {}
    for text in set(notebooks):
        with suppress(ValueError, LookupError, TypeError):  # a report tells what is wrong with it
            for cell in json.loads(text)["cells"]:
                source = "".join(cell["source"])
                if cell["cell_type"] == "code" and "magics_language" not in cell["metadata"]:
                    found[source] = str(highlighted(source, {}))
    return found


def show_as(code: Mapping[str, str]) -> None:
    """Show what `code_of` found from here on, in this process and in those forked from it."""
    _KNOWN.update(code)


def _marked(source: str, language: str) -> str:
    # Imported here: only a build shows code.
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    made = HtmlFormatter(cssclass=f" highlight hl-{_PYTHON}")
    return str(highlight(source or " ", _lexer(language), made))


@cache
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.lexers.special import TextLexer
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return TextLexer()
