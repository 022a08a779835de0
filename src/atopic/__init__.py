"""Reported outcomes of stem-cell therapy for atopic dermatitis, as data, estimates and reports.

``atopic.load()`` reads the evidence. The statistics are in `atopic.proportions` and its
neighbours, the questions in `atopic.rates`, the figures in `atopic.charts`.
"""

from atopic.errors import AtopicError, EvidenceError, ReportError
from atopic.evidence import Evidence, load

__all__ = ["AtopicError", "Evidence", "EvidenceError", "ReportError", "load"]

__version__ = "0.1.0"
