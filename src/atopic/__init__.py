"""Reported outcomes of stem-cell therapy for atopic dermatitis, as data, estimates and reports.

``atopic.load()`` reads the evidence. The statistics on arrays, such as `atopic.proportions`, are
those of `atopic.stats`; the questions are in `atopic.questions`, one folder a notebook.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from atopic.errors import AtopicError, EvidenceError, ReportError

if TYPE_CHECKING:
    from atopic.evidence.folder import Evidence, load

__all__ = ["AtopicError", "Evidence", "EvidenceError", "ReportError", "load"]

__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """Import what is first asked for, so that ``import atopic`` loads nothing heavy."""
    if name in ("Evidence", "load"):
        return getattr(import_module("atopic.evidence"), name)
    if name in ("questions", "stats"):
        return import_module(f"atopic.{name}")
    if name == "counts":
        return import_module("atopic.evidence.counts")
    if name in import_module("atopic.stats").__all__:
        return import_module(f"atopic.stats.{name}")
    raise AttributeError(f"module 'atopic' has no attribute {name!r}")


def __dir__() -> list[str]:
    offered = ("Evidence", "load", "questions", "stats", "counts")
    return sorted({*__all__, *offered, *import_module("atopic.stats").__all__})
