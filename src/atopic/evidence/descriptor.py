"""The file ``datapackage.json`` as objects of JSON, each of which knows its place in the file."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from atopic.errors import EvidenceError
from atopic.paths import NotAFileError, ordinary_file

#: Name that the Data Package standard gives to the file.
DESCRIPTOR = "datapackage.json"
#: More tables, columns or words than any folder has.
_MOST = 10_000


def read_json(file: Path) -> object:
    """Return what the file holds; an `EvidenceError` of one line if it holds no JSON."""
    folder = file.parent
    if not folder.exists():
        raise EvidenceError(f"{folder}: no such folder; give a folder that holds {DESCRIPTOR}")
    if not folder.is_dir():
        raise EvidenceError(f"{folder}: a file, not a folder; give the folder that holds it")
    try:
        # A byte-order mark, which some editors write, is not part of the JSON.
        text = ordinary_file(file).read_text(encoding="utf-8-sig")
        content = json.loads(text, object_pairs_hook=_object, parse_int=_whole)
        json.dumps(content, ensure_ascii=False).encode()
    except FileNotFoundError:
        raise EvidenceError(
            f"{file}: no such file; a data folder needs one, or at least studies.csv, arms.csv, "
            "responses.csv and instruments.csv"
        ) from None
    except NotAFileError as error:
        raise EvidenceError(f"{file}: {error.strerror}, not a file; put the schema there") from None
    except OSError as error:
        raise EvidenceError(f"{file}: cannot be read ({error.strerror}); check the file") from None
    except UnicodeDecodeError as error:
        raise EvidenceError(
            f"{file}: not UTF-8 at byte {error.start}; save it with the encoding UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        raise EvidenceError(
            f"{file}:{error.lineno}:{error.colno}: not JSON ({error.msg}); mend this place"
        ) from None
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start])
        raise EvidenceError(f"{file}: {half} is half a character; write the whole one") from None
    except _TwiceError as error:
        raise EvidenceError(
            f"{file}: {show(str(error))} stands twice in one object; remove one"
        ) from None
    except RecursionError:
        raise EvidenceError(f"{file}: nested too deeply; a schema has few levels") from None
    return cast(object, content)


class _TwiceError(Exception):
    """A name stands twice in one object, so that one of its values would be lost."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return found


def _whole(text: str) -> int | float:
    # Python reads no number of thousands of digits.
    return int(text) if len(text) <= 300 else math.inf


@dataclass(frozen=True)
class Node:
    """An object of the file, with the place that an error names."""

    value: object
    file: Path
    place: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, dict):
            raise self.error(f"an object is needed, not {show(self.value)}", "write {...}")

    def error(self, wrong: str, mend: str) -> EvidenceError:
        """Return the error that names this place, in one line."""
        place = f"{self.place}: " if self.place else ""
        line = f"{place}{wrong if len(wrong) <= 300 else wrong[:297] + '...'}; {mend}"
        # A name of the file can hold anything, also a line break.
        shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)
        return EvidenceError(f"{self.file}: {shown}")

    def get(self, key: str) -> Any:
        """Return a value, None if there is none."""
        return cast(dict[str, Any], self.value).get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text, or the default where there is none; without a default it is needed."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self._wrong(key, "a text", value)
        return value

    def optional(self, key: str) -> str | None:
        """Return a text, None if there is none or an empty one."""
        return self.text(key, "") or None

    def number(self, key: str) -> float | None:
        """Return a number, None if there is none."""
        value = self.get(key)
        if value is not None and not is_number(value):
            kind = "a finite number" if isinstance(value, float) else "a number"
            raise self._wrong(key, kind, value)
        return cast(float | None, value)

    def flag(self, key: str) -> bool:
        """Return true or false, which is also what is not there."""
        value = self.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return bool(value)

    def texts(self, key: str, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """Return a list of texts; the standard lets a single one stand without brackets."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise self._wrong(key, "a list of texts", value)
        return tuple(values)

    def node(self, key: str) -> "Node":
        """Return an object."""
        return Node(self.get(key), self.file, f"{self.place} {key}".strip())

    def nodes(self, key: str) -> "Iterator[Node]":
        """Walk through a list of objects that must not be empty."""
        values = self.get(key)
        if not isinstance(values, list) or not values:
            raise self._wrong(key, "a list of objects", values)
        if len(values) > _MOST:
            raise self.error(f"{len(values)} {key} are more than {_MOST}", "remove some")
        for number, value in enumerate(values, start=1):
            name = value.get("name") if isinstance(value, dict) else None
            label = name[:80] if isinstance(name, str) and name.strip() else number
            yield Node(value, self.file, f"{self.place} {key.removesuffix('s')} {label}".strip())

    def mapping(self, key: str) -> dict[str, str]:
        """Return an object of texts, an empty one if there is none."""
        value = self.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise self._wrong(key, "an object of texts", value)
        return value

    def _wrong(self, key: str, needed: str, value: object) -> EvidenceError:
        if value is None:
            return self.error(f"no {key!r}", f"add {needed}")
        return self.error(f"{key!r} must be {needed}, not {show(value)}", "correct it")


def is_text(value: object) -> bool:
    """Return whether a value of JSON is a text."""
    return isinstance(value, str)


def is_number(value: object) -> bool:
    """Return whether a value of JSON is a number that can be counted with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def show(value: object) -> str:
    """Return a value as the file has it, shortened."""
    if isinstance(value, list | dict) and len(value) > 20:
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."
