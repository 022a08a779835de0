"""The output folder: a file appears there whole or not at all, and what is not ours stays."""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from atopic.display.file_names import TABLES_FOLDER, is_path
from atopic.errors import ReportError
from atopic.reporting.plan.manifest import Report

PREFIX = ".atopic-"


def refuse(out: Path, data: Path | None, site: Iterable[Report], *, touch: bool = True) -> None:
    """Refuse an output folder that cannot be one, as far as can be told without making it.

    Its files would land among the data or the notebooks, or nothing can be written there, which
    is tried if `touch`.
    """
    if data and _same(out, data):
        raise ReportError(f"{out}: this is the data folder; give another one with --out")
    folders = ({data} if data else set()) | {report.notebook.parent for report in site}
    for name in (TABLES_FOLDER, *(report.id for report in site)):
        for folder in folders:
            if _same(out / name, folder):
                raise ReportError(
                    f"{out}: the files of {name!r} would land in {folder}; "
                    "give another folder with --out"
                )
    place = next((one for one in (out, *out.absolute().parents) if one.exists()), out)
    if not place.is_dir():
        raise ReportError(f"{place}: this is a file; give a folder")
    if touch:
        _try(place, out)


def prepare(out: Path, data: Path | None, site: Iterable[Report]) -> None:
    """Make the output folder, unless it is refused or no file can be made in it."""
    refuse(out, data, site)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ReportError(f"{out}: this is a file; give a folder") from None
    except OSError as error:
        raise ReportError(f"{out}: cannot be written to: {error.strerror}") from None
    _try(out, out)


def _try(folder: Path, out: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=PREFIX):
            pass
    except OSError as error:
        raise ReportError(f"{out}: cannot be written to: {error.strerror}") from None


@contextmanager
def lock(out: Path, notice: Callable[[str], None], shared: bool = False) -> Iterator[None]:
    """Keep other builds out of a folder meanwhile, and first wait until they are.

    It is the folder itself that is locked, by the system: no file tells of it, and nothing of it
    is left when a build is killed. `notice` is told if there is need to wait; `shared` is for
    who only reads.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(out, os.O_RDONLY)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            notice(f"{out}: another build is at work here; waiting for it to end")
            fcntl.flock(descriptor, kind)
        except OSError:  # a file system without locks
            pass
        if not shared:
            _sweep(out)
        yield
    finally:
        os.close(descriptor)


def write(out: Path, files: Mapping[str, bytes]) -> None:
    """Write files in their order: each under another name, to disk, then renamed.

    If a place is taken or cannot be written to, nothing is half-written; nor is anything if a name
    leads out of the folder, or two are one where the case of letters does not count. Files and
    folders have the permissions that the user's umask leaves.
    """
    for name in files:
        if not is_path(name):
            raise ReportError(f"{out}: {name!r:.200} is no name for a file of the site")
        _refuse_taken(out, name)
    if len({name.lower() for name in files}) < len(files):
        names = sorted(files, key=str.lower)
        one = next(a for a, b in pairwise(names) if a.lower() == b.lower())
        raise ReportError(f"{out}: two files are called {one!r} but for the case of letters")
    staged: dict[Path, Path] = {}
    try:
        for name, content in files.items():
            target = out / name
            target.parent.mkdir(exist_ok=True)
            temporary = target.parent / f"{PREFIX}{secrets.token_hex(8)}"
            with temporary.open("xb") as stream:
                staged[temporary] = target
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        for path, target in staged.items():
            path.replace(target)
    except OSError as error:
        raise ReportError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        for path in staged:
            path.unlink(missing_ok=True)


def remove(out: Path, report: str, names: Iterable[str]) -> None:
    """Remove files that an earlier build wrote beside a report's page, and their empty folder."""
    folder = out / report
    if folder.is_symlink():
        return
    with suppress(OSError):
        for name in filter(is_path, names):
            if (out / name).parent == folder and (out / name).is_file():
                (out / name).unlink()
        folder.rmdir()


def _sweep(out: Path) -> None:
    """Remove what builds that were killed had begun to write."""
    for pattern in (f"{PREFIX}*", f"*/{PREFIX}*"):
        for path in out.glob(pattern):
            with suppress(OSError):
                if path.is_file() and not path.parent.is_symlink():
                    path.unlink()


def _refuse_taken(out: Path, name: str) -> None:
    target = out / name
    if target.is_dir():
        raise ReportError(f"{target}: a folder stands where a file is to be written; move it away")
    if target.parent != out and target.parent.is_symlink():
        raise ReportError(f"{target.parent}: a link stands where files are to be written; move it")
    if target.parent.exists() and not target.parent.is_dir():
        raise ReportError(f"{target.parent}: a file stands where a folder is needed; move it away")


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
