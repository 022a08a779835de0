"""Figures of the frames of estimates: one style, one colour a role; nothing is shown or saved.

Of a reader's own frame, or of a pooled result: `forest`, `rates` and `funnel`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atopic.display.forest_chart import forest, rates
    from atopic.display.funnel_chart import funnel

__all__ = ["forest", "funnel", "rates"]

_PLACES = {"forest": "forest_chart", "rates": "forest_chart", "funnel": "funnel_chart"}


def __getattr__(name: str) -> Any:
    """Import what draws when it is first asked for."""
    if name in _PLACES:
        return getattr(import_module(f"atopic.display.{_PLACES[name]}"), name)
    raise AttributeError(f"module 'atopic.display' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
