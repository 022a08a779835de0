"""Links to rows of the tables: as JupyterLab opens them, marked so that pages lead to their own."""

import os
import re
from html import escape

from atopic.paths import folder_in_use


def row_link(table: str, row: int | str, words: str = "") -> str:
    """Return a link to a row of a table, in the data folder that was read last.

    JupyterLab opens the CSV and moves to ``#row=``, which counts from zero and without the header:
    the row that a spreadsheet calls 2 is its first, numbered 1 at its edge.

    Examples
    --------
    >>> row_link("safety", 2).partition(" href=")[0]
    '<a data-row="safety 2"'
    """
    place = f"{escape(_folder())}/{table}.csv#row={max(int(row) - 2, 0)}"
    return f'<a data-row="{table} {row}" href="{place}">{words or row}</a>'


def row_links(cell: object, table: str) -> str:
    """Return the row numbers of a cell as links into the table.

    Examples
    --------
    >>> row_links("2, 3", "safety").count("</a>, <a data-row=")
    1
    """
    return re.sub(r"\d+", lambda found: row_link(table, found[0]), escape(str(cell)))


def _folder() -> str:
    """Return the data folder as seen from the folder of the notebook, if there is a way there."""
    try:
        return os.path.relpath(folder_in_use()).replace(os.sep, "/")
    except (OSError, ValueError):  # the working folder is gone, or on another drive
        return "../data"
