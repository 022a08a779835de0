"""The second form of a figure, which phones show: drawn anew, or a chart of rows set again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from matplotlib.figure import Figure

from atopic.display.narrow_chart import set_narrow
from atopic.display.row_chart import RowFigure

_P = ParamSpec("_P")
_Drawn = TypeVar("_Drawn", bound=Figure | None)


def drawn_in_two_forms(draw: Callable[_P, _Drawn]) -> Callable[_P, _Drawn]:
    """Let figures remember how they are drawn for a phone: by the same call, with ``narrow=True``.

    Examples
    --------
    >>> @drawn_in_two_forms
    ... def draw_square(*, narrow: bool = False) -> Figure:
    ...     return Figure(figsize=(3.3, 3.3) if narrow else (7, 7))
    >>> with narrow_form(draw_square()) as figure:
    ...     print(float(figure.get_figwidth()))
    3.3
    """

    @wraps(draw)
    def drawn(*args: _P.args, **kwargs: _P.kwargs) -> _Drawn:
        figure = draw(*args, **kwargs)
        if figure is not None and not kwargs.get("narrow"):
            kwargs["narrow"] = True
            figure.draw_narrow = partial(draw, *args, **kwargs)  # type: ignore[attr-defined]
        return figure

    return drawn


@contextmanager
def narrow_form(figure: Figure) -> Iterator[Figure | None]:
    """Give the form of a figure for phones, valid inside the context; None if it has none."""
    draw = getattr(figure, "draw_narrow", None)
    found: Figure | None = draw() if draw else figure
    if isinstance(found, RowFigure):
        with set_narrow(found):
            yield found
    else:
        yield found if draw else None
