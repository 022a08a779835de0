"""Reported outcomes of stem-cell therapy for atopic dermatitis, as data, estimates and reports."""

__version__ = "0.1.0"
