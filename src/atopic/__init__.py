"""Reported outcomes of stem-cell therapy for atopic dermatitis, as data, estimates and reports.

``atopic.load()`` reads the evidence. The statistics are in `atopic.proportions` and its
neighbours, the questions in `atopic.rates`, the figures in `atopic.charts`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from atopic.errors import AtopicError, EvidenceError, ReportError

if TYPE_CHECKING:
    from atopic.evidence import Evidence, load

__all__ = ["AtopicError", "Evidence", "EvidenceError", "ReportError", "load"]

__version__ = "0.1.0"


_ROOMS = (
    "ambiguity",
    "bayes",
    "benchmarks",
    "changes",
    "claims",
    "contrasts",
    "controlled",
    "counts",
    "doseresponse",
    "doses",
    "durability",
    "incidence",
    "overview",
    "paired_means",
    "placebo",
    "planning",
    "pooling",
    "proportions",
    "rates",
    "reductions",
    "safety",
    "selection",
    "severity",
    "trialdesign",
)


def __getattr__(name: str) -> Any:
    """Import what is first asked for, so that ``import atopic`` loads nothing heavy."""
    if name in ("Evidence", "load"):
        return getattr(import_module("atopic.evidence"), name)
    if name in _ROOMS:
        return import_module(f"atopic.{name}")
    raise AttributeError(f"module 'atopic' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
