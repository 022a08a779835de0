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
    cell = re.escape(str(Path(tempfile.gettempdir()) / "ipykernel_")) + r"\d+[/\\]\d+\.py"
    home = str(Path.home())
    pairs = {cell: "<cell>"}
    pairs |= {
        re.escape(str(folder)) + r"(?![\w-]|\.\w)": name
        for folder, name in names.items()
        if folder.name
    }
    pairs |= {re.escape(f"{folder}{os.sep}"): "" for folder in imported}
    # IPython writes the home as ~ before we see it. The longest first: one path may begin another.
    pairs |= {
        "~" + pattern.removeprefix(re.escape(home)): name
        for pattern, name in pairs.items()
        if pattern.startswith(re.escape(home + os.sep))
    }
    pairs |= {re.escape(home) + r"(?![\w-]|\.\w)": "~"} if len(home) > 1 else {}
    ordered = sorted(pairs.items(), key=lambda pair: len(pair[0]), reverse=True)
    # Not behind a letter: the path of a web address stays.
    patterns = [(re.compile(rf"(?<![\w./~-]){pattern}"), name) for pattern, name in ordered]

    def plain(text: str) -> str:
        text = _ESCAPES.sub("", text)
        for pattern, name in patterns:
            text = pattern.sub(name, text)
        return text

    return plain
