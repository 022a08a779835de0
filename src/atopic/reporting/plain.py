"""The words of a run without what only this machine knows: its folders and temporary names."""

import os
import re
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import atopic

__all__ = ["plainer"]

_ESCAPES = re.compile(r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[@-_])")
#: Where the path of a folder ends: before a separator, or where no longer name goes on.
_END = r"(?![\w-]|\.\w)"


def plainer(names: Mapping[Path, str]) -> Callable[[str], str]:
    r"""Return a function that makes a text the same in every folder, for every user, each time.

    Parameters
    ----------
    names : mapping of Path to str
        Folders, and the name that each gets in the text.

    Returns
    -------
    callable
        It drops terminal escapes and calls the file of a notebook's cell ``<cell>``, a module by
        its path as it is imported, and the home of the user ``~``.

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
    home = str(Path.home())
    # How a path begins, how it goes on, and its name.
    cell = str(Path(tempfile.gettempdir()) / "ipykernel_")
    found = [(cell, r"\d+[/\\]\d+\.py", "<cell>")]
    found += [(str(folder), _END, name) for folder, name in names.items() if folder.name]
    found += [(f"{folder}{os.sep}", "", "") for folder in imported]
    # IPython writes the home as ~ before we see it.
    found += [
        ("~" + path.removeprefix(home), end, name)
        for path, end, name in found
        if path.startswith(home + os.sep)
    ]
    found += [(home, _END, "~")] if len(home) > 1 else []
    found.sort(key=lambda one: len(one[0]), reverse=True)  # one path may begin another
    # Not behind a letter: the path of a web address stays.
    patterns = [
        (path, re.compile(rf"(?<![\w./~-]){re.escape(path)}{end}"), name)
        for path, end, name in found
    ]

    def plain(text: str) -> str:
        if "\x1b" in text:
            text = _ESCAPES.sub("", text)
        for path, pattern, name in patterns:
            if path in text:  # a hundred times faster to see than by the pattern
                text = pattern.sub(name, text)
        return text

    return plain
