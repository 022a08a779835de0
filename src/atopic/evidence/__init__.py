"""The tables: read, checked, derived from, selected, and led back to their sources."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atopic.evidence.folder import Evidence, load

__all__ = ["Evidence", "load"]


def __getattr__(name: str) -> Any:
    """Import what is first asked for: the schema alone needs no pandas."""
    if name in __all__:
        from atopic.evidence import folder

        return getattr(folder, name)
    raise AttributeError(f"module 'atopic.evidence' has no attribute {name!r}")
