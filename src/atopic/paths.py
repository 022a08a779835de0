"""Where the tables, notebooks and manifest that come with atopic lie, and which tables to read."""

import os
from pathlib import Path

__all__ = ["DATA_VARIABLE", "bundled", "data_folder"]

#: Environment variable that names the data folder when none is given.
DATA_VARIABLE = "ATOPIC_DATA"


def bundled(name: str) -> Path:
    """Return the path of something that comes with atopic.

    Parameters
    ----------
    name : str
        ``"data"``, ``"notebooks"`` or ``"reports.toml"``.

    Returns
    -------
    Path
        In the installed package; in a checkout (editable installation), in the repository.

    Examples
    --------
    >>> (bundled("data") / "responses.csv").is_file()
    True
    """
    package = Path(__file__).parent
    carried = package / "bundled" / name
    return carried if carried.exists() else package.parents[1] / name


def data_folder(path: str | os.PathLike[str] | None = None) -> Path:
    """Return the data folder to read.

    Parameters
    ----------
    path : path-like, optional
        A data folder. Without it, the one named by the environment variable ``ATOPIC_DATA``;
        without that, the tables that come with atopic.

    Returns
    -------
    Path
        The folder, which need not exist.

    Examples
    --------
    >>> data_folder("mine").name
    'mine'
    """
    return Path(path or os.environ.get(DATA_VARIABLE) or bundled("data"))
