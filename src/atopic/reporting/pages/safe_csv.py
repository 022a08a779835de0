"""CSVs that a spreadsheet opens as what they are: text that it would run stays text."""

import csv
import io
import re

#: How a cell begins that a spreadsheet takes for a formula, and the numbers among those.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTES = '""'
_NUMBER = re.compile(
    r"[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?( ?%)?|[+-]?(inf|infinity|nan)", re.IGNORECASE
)


def safe_csv(text: str) -> str:
    r"""Return a CSV with an apostrophe before each cell that a spreadsheet would run.

    As the Open Worldwide Application Security Project advises: cells that begin with ``=``, ``+``,
    ``-``, ``@``, a tab or an end of line, also behind blanks. Numbers stay numbers, and a CSV
    without such cells stays the same.

    Examples
    --------
    >>> safe_csv("a,b\n=1+1,-2.5\n")
    'a,b\n"\'=1+1",-2.5\n'
    """
    if not any(sign in text for sign in _RUNS):
        return text
    csv.field_size_limit(1 << 30)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    safe = [[f"'{cell}" if _runs(cell) else cell for cell in row] for row in rows]
    if safe == rows:
        return text
    return "".join(f"{','.join(map(_quoted, row)) or _QUOTES}\n" for row in safe)


def _quoted(cell: str) -> str:
    if not re.search("[,\"\r\n]|^'", cell):
        return cell
    return f'"{cell.replace(_QUOTES[0], _QUOTES)}"'


def _runs(cell: str) -> bool:
    if not cell or cell[0].isalnum():
        return False
    starts = cell.startswith(_RUNS) or cell.lstrip().startswith(_RUNS)
    return starts and not _NUMBER.fullmatch(cell.strip(" "))
