"""The words of a run without what only this machine knows: its folders and temporary names."""

import os
import re
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import atopic

#: Where an object is in memory, as ``repr`` writes it.
_ADDRESS = re.compile(r"(?<=\bat )0x[0-9A-Fa-f]{6,}\b")
#: Behind the name of a folder: not a longer name.
_END = r"(?![\w-]|\.\w)"
_ESCAPES = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[@-_])")


#: The ids that pandas and great_tables make up for a table, and others by `uuid4`, as Plotly does.
_IDS = re.compile(
    r'<table id="(T_[0-9a-f]{5})"|<div id="([a-z]{10})" style="padding-left:'
    r'|\bid="(?:[\w-]*?[^\W0-9a-f])?'
    r'([0-9a-f]{8}(-?)[0-9a-f]{4}\4[1-5][0-9a-f]{3}\4[89ab][0-9a-f]{3}\4[0-9a-f]{12})"'
)


def with_ids(html: str, prefix: str) -> str:
    """Return HTML with ids that are the same each time, in place of random ones.

    Examples
    --------
    >>> with_ids('<style>#T_1a2b3 {}</style><table id="T_1a2b3">', "cell-2")
    '<style>#cell-2-1 {}</style><table id="cell-2-1">'
    """
    for number, found in enumerate(_IDS.finditer(html), start=1):
        html = html.replace(found[1] or found[2] or found[3], f"{prefix}-{number}")
    return html


def plainer(names: Mapping[Path, str]) -> Callable[[str], str]:
    r"""Return a function that makes a text the same in every folder, for every user, each time.

    It gives folders the names they have in `names`, drops terminal escapes and addresses in memory,
    and calls the file of a notebook's cell ``<cell>``, a module by its path as it is imported, what
    `tempfile` makes ``<temporary>``, and the home of the user ``~``.

    Examples
    --------
    >>> plain = plainer({Path("/tmp/x7/data"): "data"})
    >>> plain("\x1b[31m/tmp/x7/data/arms.csv\x1b[0m: see https://x.org/tmp/x7/data")
    'data/arms.csv: see https://x.org/tmp/x7/data'
    """
    paths = sysconfig.get_paths()
    imported = [
        paths["purelib"],
        paths["platlib"],
        paths["stdlib"],
        Path(atopic.__file__).parents[1],
    ]
    temporary, home = str(Path(tempfile.gettempdir())), str(Path.home())
    # A place, a pattern for what follows it, and what both are called.
    places = [
        (f"{temporary}{os.sep}ipykernel_", r"\d+[/\\]\d+\.py", "<cell>"),
        (temporary, r"([/\\]tmp[a-z0-9_]{8})?" + _END, "<temporary>"),
        *((str(folder), _END, name) for folder, name in names.items() if folder.name),
        *((f"{folder}{os.sep}", "", "") for folder in imported),
    ]
    # IPython writes the home as ~ before we see it.
    places += [
        ("~" + place.removeprefix(home), rest, name)
        for place, rest, name in places
        if place.startswith(home + os.sep)
    ]
    places += [(home, _END, "~")] if len(home) > 1 else []
    # The longest first: one may begin another. Not behind a letter: a web address stays.
    patterns = [
        (place, re.compile(rf"(?<![\w./~-]){re.escape(place)}{rest}"), name)
        for place, rest, name in sorted(places, key=lambda one: -len(one[0]))
    ]

    def plain(text: str) -> str:
        # To see whether there is anything to replace is a hundred times faster than a pattern.
        if "\x1b" in text:
            text = _ESCAPES.sub("", text)
        if "at 0x" in text:
            text = _ADDRESS.sub("0x\N{HORIZONTAL ELLIPSIS}", text)
        for place, pattern, name in patterns:
            if place in text:
                text = pattern.sub(name, text)
        return text

    return plain
