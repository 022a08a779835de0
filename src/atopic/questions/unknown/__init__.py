"""What is not known: of which study, why it matters, where it could be found, whether free."""

from atopic.questions.unknown.estimates import unknown_things

__all__ = ["unknown_things"]


def __dir__() -> list[str]:
    return sorted(__all__)
