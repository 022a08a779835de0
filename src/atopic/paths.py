"""Where the tables, notebooks and manifest that come with atopic lie."""

from pathlib import Path

__all__ = ["bundled"]


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
