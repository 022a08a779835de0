"""The library beside other software: the record of every comparison, or the comparison anew.

The values that other software computed lie in the repository (``tests/oracles``). What comparing
with them gave is recorded in a table that comes with atopic; the tests hold it in step.
"""

import io
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from atopic.errors import ReportError
from atopic.evidence.selection import as_names

#: What a bar is for, by the kind of a comparison.
KINDS = {
    "closed": "closed forms and roots",
    "iterative": "searches and integrals",
    "sampled": "drawn probabilities",
    "printed": "published values, to the last digit printed",
    "loose": "the reference is the less accurate side",
}

_RECORD = Path(__file__).with_name("oracles.csv")


def repository() -> Path | None:
    """Return the repository that this atopic is run from, if it has the oracles.

    None for an installed atopic, which carries the record only.

    >>> found = repository()
    >>> found is None or (found / "tests" / "oracles" / "compare.py").is_file()
    True
    """
    root = Path(__file__).parents[4]
    return root if (root / "tests" / "oracles" / "compare.py").is_file() else None


def comparisons(rooms: Iterable[str] = (), *, recompute: bool = False) -> pd.DataFrame:
    """Return the comparisons of the library with other software, and with print.

    Parameters
    ----------
    rooms : iterable of str; rooms of the library, such as ``"pooling"``; none given means all.
    recompute : bool; whether to compare anew where the repository is at hand, in some seconds, in
        place of reading the record.

    Returns
    -------
    DataFrame: one row a comparison, in the order of docs/validation.md: ``room``, ``function``,
        ``what`` is compared, ``reference`` (software with its version, or publication), ``data``,
        the ``values`` compared, ``error``, the largest difference from the reference relative to
        it, rounded up to 1, 2 or 5 times a power of ten and never less than 1e-14 but 0 for exact
        equality, the ``bar`` that it may not pass (nan for published and loose references), its
        ``kind`` (of `KINDS`), ``theirs`` and ``ours`` where the difference is largest, ``remark``,
        and the ``folder`` of tests/oracles with the values.

    Raises
    ------
    ValueError: for a room without comparisons.
    ReportError: if the comparison ends with an error.

    Examples
    --------
    >>> frame = comparisons(["proportions"])
    >>> frame[["function", "what", "bar"]].values.tolist()[0]
    ['proportions.interval', 'clopper-pearson', 1e-08]
    """
    root = repository() if recompute else None
    frame = _read(_compare(root) if root else _RECORD.read_text(encoding="utf-8"))
    frame.insert(0, "room", frame["function"].str.partition(".")[0])
    known = list(dict.fromkeys(frame["room"]))
    wanted = as_names("rooms", rooms, known)
    return frame[frame["room"].isin(wanted or known)].reset_index(drop=True)


def comparisons_note(*, recompute: bool = False) -> str:
    """Say whether the numbers are those of the record or computed now.

    `recompute` is as in `comparisons`.

    >>> comparisons_note().split(":")[0]
    'These numbers are the record that comes with atopic'
    """
    if recompute and repository():
        return "These numbers were computed when this page was built."
    words = (
        "These numbers are the record that comes with atopic: its tests compute them anew at "
        "every change and fail if one is out of step."
    )
    if recompute:
        words += " To compare anew, the values in tests/oracles are needed: use the repository."
    return words


def _read(text: str) -> pd.DataFrame:
    frame = pd.read_csv(io.StringIO(text), dtype={"remark": str})
    return frame.assign(remark=frame["remark"].fillna(""))


def _compare(root: Path) -> str:
    # In a process of its own: the oracles are no part of the library, and import all of it.
    path = [str(Path(__file__).parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "tests.oracles.compare", "--print"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReportError(f"the comparison with the oracles failed: {done.stderr.strip()}")
    return done.stdout
