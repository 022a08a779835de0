"""What notebooks find around them: the same variables, settings and fonts for every user.

Reports would else differ by what a user has set for Python, Jupyter or matplotlib, by the fonts
that are installed, and by what matplotlib remembers of them.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from atopic.engine.temporary_folders import Temporary

#: What is forked keeps no other.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
#: The same in every build.
_FIXED = {
    "PYTHONHASHSEED": "0",
    **ONE_THREAD,
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MPL_IGNORE_SYSTEM_FONTS": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": "315532800",  # 1980, the first year that every format knows
    "TQDM_DISABLE": "1",  # a bar tells how long everything took
    "JUPYTER_PREFER_ENV_PATH": "1",  # no kernel of the user's in place of the one here
}
#: What a kernel sets for programs that cells start.
_KERNEL = {
    "TERM": "xterm-color",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
}
#: Beginnings of the names of variables that change what notebooks show.
_LEFT_OUT = ("PYTHON", "IPYTHON", "MPL", "MATPLOTLIB", "PANDAS_", "NPY_", "TQDM_", "LC_", "LANG",
             "COLUMNS", "LINES", "NO_COLOR")  # fmt: skip
#: Those of them that say where things are, not how they look.
_KEPT = ("PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE")

_CONFIGURATION = "matplotlib"
_LIST = "fontlist-*.json"


def surroundings(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of notebooks, made of the user's, with settings in a folder.

    Examples
    --------
    >>> with Temporary() as folder:
    ...     found = surroundings(folder, {"PYTHONWARNINGS": "error", "MINE": "1"})
    >>> found["MINE"], found["TZ"], "PYTHONWARNINGS" in found
    ('1', 'UTC', False)
    """
    kept = {
        name: value
        for name, value in variables.items()
        if name in _KEPT or not name.startswith(_LEFT_OUT)
    }
    settings = folder / _CONFIGURATION
    if not settings.is_dir():
        settings.mkdir(parents=True)
        (settings / "matplotlibrc").write_text("svg.hashsalt: atopic\n")  # else ids are random
    own = {"MPLCONFIGDIR": str(settings), "IPYTHONDIR": str(folder / "ipython")}
    try:
        Path.home()
    except RuntimeError:  # a user whom the system does not know, as in containers
        own["HOME"] = str(folder)
    # Relative ones would be sought where the process starts.
    paths = [path for path in variables.get("PYTHONPATH", "").split(os.pathsep) if path]
    if paths:
        own["PYTHONPATH"] = os.pathsep.join(str(Path(path).resolve()) for path in paths)
    return kept | _FIXED | _KERNEL | own


def as_in_a_kernel(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that a kernel has of the user's.

    Examples
    --------
    >>> found = as_in_a_kernel({"TZ": "Asia/Seoul", "PAGER": "more"})
    >>> found["TZ"], found["PAGER"], "OMP_NUM_THREADS" in found
    ('Asia/Seoul', 'cat', False)
    """
    backend = {"MPLBACKEND": _FIXED["MPLBACKEND"]}
    return backend | dict(variables) | _KERNEL


def at_start(variables: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return the variables that a process heeds only when it starts, or a library when imported.

    Examples
    --------
    >>> at_start({"PYTHONHASHSEED": "7", "TZ": "UTC"})
    frozenset({('PYTHONHASHSEED', '7')})
    """
    return frozenset(item for item in variables.items() if item[0].startswith(_LEFT_OUT))


@contextlib.contextmanager
def surrounded() -> Iterator[None]:
    """Have this process see what notebooks see, and a folder for temporary files of their own."""
    before = dict(os.environ), tempfile.tempdir
    with Temporary() as folder:
        place = folder / "files"
        place.mkdir()
        try:
            _replace(surroundings(folder, os.environ) | {"TMPDIR": str(place)}, None)
            yield
        finally:
            _replace(*before)


def _replace(variables: Mapping[str, str], temporary: str | None) -> None:
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = temporary


def list_fonts(settings: Path) -> None:
    """Have matplotlib know the fonts that come with it, and no others, before it is imported.

    To read them takes a third of a second; so the list that it made of them is kept in the user's
    cache, by its sha256, and read from there only if it is still the same. `settings` is the
    folder that ``MPLCONFIGDIR`` names.
    """
    import matplotlib as mpl

    fonts = sorted(Path(mpl.get_data_path(), "fonts").rglob("*.*"))
    about = (mpl.__version__, [(path.name, path.stat().st_size) for path in fonts])
    with contextlib.suppress(OSError, RuntimeError):  # no home, or not to write to
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        kept = Path(home, "atopic", f"fonts-{_sha256(repr(about).encode())}")
        for path in kept.glob(f"*/{_LIST}"):
            content = path.read_bytes()
            if path.parent.name == _sha256(content):
                (settings / path.name).write_bytes(content)
                return
        import matplotlib.font_manager  # noqa: F401 (makes the list)

        kept.mkdir(parents=True, exist_ok=True)
        for path in settings.glob(_LIST):
            content = path.read_bytes()
            _write_whole(kept / _sha256(content) / path.name, content)


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever else reads or writes it never meets half of it."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        stream.write(content)
    Path(stream.name).replace(path)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
