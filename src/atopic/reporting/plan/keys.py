"""What a report depends on, as one hash: it is built again when that changes, and only then."""

import hashlib
import json
from functools import cache
from typing import Any

from atopic.reporting.plan.installed import fingerprint, installed

__all__ = ["code_digest", "key_of"]


def key_of(*parts: Any) -> str:
    """Return one sha256 over values that JSON can hold, the code, and what is installed.

    Examples
    --------
    >>> key_of("a", 1) == key_of("a", 1), key_of("a", 1) == key_of("a", 2)
    (True, False)
    """
    text = json.dumps([*parts, code_digest()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_digest() -> str:
    """Return one sha256 over the source of atopic, Python, the platform and every package."""
    return fingerprint(installed())
