"""Where what comes with atopic lies, which tables to read, and which files can be read at all."""

import errno
import os
import stat
from pathlib import Path

#: Environment variable that names the data folder when none is given.
DATA_VARIABLE = "ATOPIC_DATA"

#: More than any file of text that a person keeps; reading it would take all memory.
_LARGEST = 2**30
#: Folders of the system, whose files can wait forever or never end though they look like others.
_SYSTEM = ("/proc/", "/sys/")
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISREG, ""),
)


_in_use: list[Path] = []


class NotAFileError(OSError):
    """What stands at a path is not a file that can be read to its end."""


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


def use_folder(folder: Path) -> None:
    """Remember a data folder as the one that was read last: links lead to its tables."""
    _in_use[:] = [folder.absolute()]


def folder_in_use() -> Path:
    """Return the data folder that was read last; before any was, the one to read."""
    return _in_use[0] if _in_use else data_folder()


def ordinary_file(path: Path) -> Path:
    """Return a path, unless what stands there cannot be read to its end.

    It is not opened: opening a pipe or a device could wait forever.

    Raises
    ------
    NotAFileError
        If it is a folder, a pipe, a socket, a device, a file of the system, or above 1 GiB.
    OSError
        If nothing stands there, it cannot be reached, or no file can have such a name.

    Examples
    --------
    >>> ordinary_file(bundled("data") / "arms.csv").name
    'arms.csv'
    """
    try:
        found = path.stat()
    except ValueError:  # a NUL or half a character
        raise OSError(errno.EINVAL, "no file can have such a name", str(path)) from None
    kind = next((name for is_, name in _KINDS if is_(found.st_mode)), "a device")
    if not kind and str(path.resolve()).startswith(_SYSTEM):
        kind = "a file of the system"
    if not kind and found.st_size > _LARGEST:
        kind = "larger than 1 GiB"
    if kind:
        raise NotAFileError(errno.EINVAL, kind, str(path))
    return path
