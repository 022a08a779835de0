"""The explorer: the questions with controls, charts that follow them, and the code behind each.

`app` is what ``notebooks/explore.ipynb`` shows, and ``make app`` serves as a page.
"""

import gc
from functools import cache
from typing import Any

__all__ = ["app", "settle"]


def app(data: str | None = None) -> Any:
    """Return the explorer as a widget.

    Parameters
    ----------
    data : str, optional
        The data folder, as for `atopic.load`. A box of the explorer opens another one.

    Returns
    -------
    ipywidgets.Widget
        To be shown as the last line of a cell, in JupyterLab or under voila.

    Raises
    ------
    EvidenceError
        If the data folder cannot be read.
    UsageError
        If the packages of ``atopic[explore]`` are not installed.

    Examples
    --------
    >>> import atopic.explore
    >>> type(atopic.explore.app()).__name__  # doctest: +SKIP
    'VBox'
    """
    from atopic.errors import UsageError

    try:
        from atopic.explore.explorer import Explorer
    except ImportError as error:
        raise UsageError(
            f"the explorer needs {error.name}, which is not installed; "
            "pip install 'atopic[explore]', or open it by make lab"
        ) from None
    settle()
    return Explorer(data).widget


@cache
def settle() -> None:
    """Have no answer wait for a search for garbage among what is imported, which takes 0.3 s."""
    gc.collect()
    gc.freeze()
