"""The project's own errors: each message says what was expected, what was found, and where."""

__all__ = ["AtopicError", "EvidenceError", "ReportError", "UsageError"]


class AtopicError(Exception):
    """Base of every error that atopic raises for its users."""


class EvidenceError(AtopicError):
    """A data folder, a table or a selection from it cannot be used as it stands."""


class ReportError(AtopicError):
    """A manifest, a notebook or an output folder cannot be used as it stands."""


class UsageError(ReportError):
    """The command line asks for something that there is not."""
