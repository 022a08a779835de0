"""The images that a cell names: read once from beside the notebook, or refused by name."""

import base64
import binascii
import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes
from xml.etree import ElementTree

from atopic.errors import ReportError, did_you_mean
from atopic.reporting.pages.drawings import embed_in_svg

#: Bytes that one image, or other part of a page that cannot be cut, may have.
LIMIT = 20_000_000

#: How the files of each type begin that browsers show.
_BEGINNINGS = (
    (rb"\x89PNG\r\n\x1a\n", "image/png"), (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"GIF8[79]a", "image/gif"), (rb"RIFF....WEBP", "image/webp"),
    (rb"BM.{4}\x00{4}", "image/bmp"), (rb"....ftypavi[fs]", "image/avif"),
    (rb"\x00\x00\x01\x00[^\x00]", "image/x-icon"),
)  # fmt: skip
#: What marks the folder of a project: an image may lie anywhere below.
_PROJECT = ("reports.toml", "pyproject.toml", ".git")


def image_type(content: bytes) -> str | None:
    """Return the MIME type of an image by what is in it; None if no browser would show it.

    Examples
    --------
    >>> image_type(b"GIF89a.."), image_type(b"<svg/>"), image_type(b"<!doctype html>")
    ('image/gif', 'image/svg+xml', None)
    """
    for pattern, name in _BEGINNINGS:
        if re.match(pattern, content, re.DOTALL):
            return name
    beginning = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not beginning.startswith(b"<") or b"<!ENTITY" in content:
        return None
    try:
        root = ElementTree.fromstring(content.lstrip())
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    return "image/svg+xml" if root.tag.rpartition("}")[2] == "svg" else None


class Images:
    """Gives the images that a notebook names, as addresses that hold them.

    A name is a path from the notebook's folder, as browsers read it, and leads into the project:
    the folder of the notebook, or the nearest above it with a manifest, ``pyproject.toml`` or
    ``.git``. Links are not followed, and nothing but a file is opened.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder else None
        self.files: dict[str, str] = {}  # sha256 of each file read, by its path from the folder

    def address(
        self,
        name: str,
        attachments: Mapping[str, Any] | None = None,
        within: tuple[Path, ...] = (),
    ) -> str:
        """Return an image as a ``data:`` address; a `ReportError` says why there is none.

        `within` are the drawings that it is in: its name is a path from the folder of the last.
        """
        name = name.strip()
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", name, re.IGNORECASE)
        kind = scheme[1].lower() if scheme else ""
        shown = repr(name if len(name) < 200 else f"{name[:200]}\N{HORIZONTAL ELLIPSIS}")
        if kind == "data":
            return self._held(name, shown, within)
        if kind == "attachment":
            return self._attached(unquote(name.partition(":")[2]), attachments)
        if kind in ("http", "https") or name.startswith("//"):
            raise ReportError(
                f"the image {shown} is remote, and a page loads nothing; save it beside the "
                "notebook and name the file"
            )
        if not name:
            raise ReportError("an image has no name; name a file beside the notebook")
        if kind or name.startswith(("/", "\\")):
            raise ReportError(
                f"the image {shown} is not named by a path from the notebook's folder; "
                "put it into the project and name it from there"
            )
        path, content = self._read(name, shown, within)
        if path in within:
            raise ReportError(f"the image {shown} is in itself")
        found = image_type(content)
        if found is None:
            raise ReportError(f"{shown} is no image that a browser shows: {_begins(content)}")
        return self._data(found, content, (*within, path))

    def _held(self, name: str, shown: str, within: tuple[Path, ...]) -> str:
        """Return the image that a ``data:`` address holds, as one that browsers show."""
        about, _, text = name[5:].partition(",")
        if about.lower().endswith(";base64"):
            try:
                content = base64.b64decode(re.sub(r"\s", "", unquote(text)) + "==")
            except (ValueError, binascii.Error):
                content = b""
        else:
            content = unquote_to_bytes(text)
        found = image_type(content)
        if found is None:
            raise ReportError(f"{shown} holds no image that a browser shows")
        given = about.lower().partition(";")[0].strip()
        if given.startswith("image/") and "svg" not in given + found:
            return name
        # Of a drawing browsers ask that the type is given, and take # for the end of it.
        return self._data(found, content, within)

    def _attached(self, name: str, attachments: Mapping[str, Any] | None) -> str:
        bundle = attachments.get(name) if isinstance(attachments, Mapping) else None
        if not isinstance(bundle, Mapping) or not bundle:
            raise ReportError(f"the cell has no attachment {name!r}; add the image again")
        # Vector over raster, and what loses nothing over what does.
        order = ("image/svg+xml", "image/png", "image/jpeg", *bundle)
        held = bundle[next(kind for kind in order if kind in bundle)]
        try:
            content = base64.b64decode(held, validate=False)
        except (TypeError, ValueError, binascii.Error):
            content = b""
        found = image_type(content)
        if found is None:
            raise ReportError(f"the attachment {name!r} is no image that a browser shows")
        return self._data(found, content, ())

    def _data(self, kind: str, content: bytes, within: tuple[Path, ...]) -> str:
        """Return the address that holds an image: of a drawing with those that it names."""
        if kind == "image/svg+xml":
            with contextlib.suppress(UnicodeDecodeError):
                text = content.decode("utf-8-sig")
                made = embed_in_svg(text, lambda name: self.address(name, None, within))
                content = content if made == text else made.encode()
        return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"

    def _read(self, name: str, shown: str, within: tuple[Path, ...]) -> tuple[Path, bytes]:
        if self._folder is None:
            raise ReportError(f"there is no folder to look for the image {shown} in")
        start = within[-1].parent if within else self._folder
        bare = re.sub(r"[?#].*", "", name, flags=re.DOTALL)
        names = dict.fromkeys((unquote(bare), name, unquote(name), bare))
        for one in (*names, unquote(bare).removeprefix("files/")):
            path = Path(os.path.normpath(start / one.replace("\\", "/")))
            if "\0" in one or not _is_there(path):
                continue
            self._refuse(path, shown)
            content = _content(path, shown)
            key = os.path.relpath(path, self._folder).replace(os.sep, "/")
            self.files[key] = hashlib.sha256(content).hexdigest()
            return path, content
        folder = (start / unquote(bare)).parent
        near = [one.name for one in folder.iterdir()] if _is_folder(folder) else []
        hint = did_you_mean(Path(unquote(bare)).name, near)
        raise ReportError(f"there is no image {shown} in the folder of the notebook{hint}")

    def _refuse(self, path: Path, shown: str) -> None:
        folder = self._folder or path.parent
        project = next(
            (one for one in (folder, *folder.parents) if any((one / n).exists() for n in _PROJECT)),
            folder,
        )
        if project not in path.parents:
            raise ReportError(f"the image {shown} lies outside the project; put a copy into it")
        if any(one.is_symlink() for one in (path, *path.parents) if project in one.parents):
            raise ReportError(
                f"the image {shown} is a link, which is not followed; put a copy there"
            )


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _content(path: Path, shown: str) -> bytes:
    """Return what is in a file, unless it is none or too large."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise ReportError(f"the image {shown} is no file")
    if path.stat().st_size > LIMIT:
        size = path.stat().st_size / 1e6
        raise ReportError(
            f"the image {shown} has {size:,.0f} MB, at most {LIMIT / 1e6:.0f} fit into a page; "
            "make it smaller"
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReportError(f"the image {shown} cannot be read: {error.strerror}") from None


def _begins(content: bytes) -> str:
    if not content:
        return "it is empty"
    return f"it begins with {content[:12].decode('latin-1')!r}"
