"""Reported outcomes of stem-cell therapy for atopic dermatitis, as data, estimates and reports.

``atopic.load()`` reads the evidence. Statistics on arrays are in `atopic.stats`, the questions in
`atopic.questions`, one folder a notebook, each with its figures and tables.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from atopic.errors import AtopicError, EvidenceError, ReportError

if TYPE_CHECKING:
    from atopic.evidence.folder import Evidence, load

__all__ = ["AtopicError", "Evidence", "EvidenceError", "ReportError", "load"]

__version__ = "0.1.0"


#: Names that atopic offers, and where each is.
_ROOMS = {
    "ambiguity": "atopic.stats.over_candidates",
    "bayes": "atopic.stats.bayes",
    "benchmarks": "atopic.questions.benchmarks",
    "changes": "atopic.stats.changes",
    "claims": "atopic.questions.claims",
    "contrasts": "atopic.stats.contrasts",
    "controlled": "atopic.questions.controlled_effect",
    "counts": "atopic.evidence.counts",
    "doseresponse": "atopic.stats.doseresponse",
    "doses": "atopic.questions.dose_response",
    "durability": "atopic.questions.durability",
    "incidence": "atopic.stats.incidence",
    "overview": "atopic.questions.evidence_map",
    "placebo": "atopic.questions.benchmarks",
    "planning": "atopic.questions.next_trial",
    "pooling": "atopic.stats.pooling",
    "proportions": "atopic.stats.proportions",
    "rates": "atopic.questions.response_rates",
    "reductions": "atopic.questions.severity_reduction",
    "safety": "atopic.questions.safety",
    "selection": "atopic.evidence.selection",
    "trialdesign": "atopic.stats.trialdesign",
}


def __getattr__(name: str) -> Any:
    """Import what is first asked for, so that ``import atopic`` loads nothing heavy."""
    if name in ("Evidence", "load"):
        return getattr(import_module("atopic.evidence.folder"), name)
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    raise AttributeError(f"module 'atopic' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
