"""A short section of a page with an address of its own, and what it rests on behind a fold."""

import html
from collections.abc import Iterable

import pandas as pd
from IPython.display import display

from atopic.display.file_names import NAME_RULE, is_name

__all__ = ["article"]


def article(
    anchor: str,
    heading: str,
    words: Iterable[str],
    *,
    items: Iterable[str] = (),
    folds: Iterable[tuple[str, pd.DataFrame]] = (),
) -> None:
    """Show a heading that can be linked to, its paragraphs, a list, and tables on demand.

    Parameters
    ----------
    anchor : str
        Id of the section, unique on the page: lower-case letters and digits joined by hyphens.
    heading : str
    words : iterable of str
        Paragraphs; empty ones are left out.
    items : iterable of str, optional
        Points of a list under them.
    folds : iterable of (str, DataFrame), optional
        What is said of a fold, and the table that opens: text cells, first column the row header.

    Raises
    ------
    ValueError
        If `anchor` cannot be the id of a section.
    """
    if not is_name(anchor):
        raise ValueError(f"the anchor of a section, {anchor!r}, must be {NAME_RULE}")
    paragraphs = [one for one in words if one]
    points = list(items)
    parts = [f'<section class="article" id="{anchor}">', f"<h3>{html.escape(heading)}</h3>"]
    parts += [f"<p>{html.escape(one)}</p>" for one in paragraphs]
    if points:
        listed = "".join(f"<li>{html.escape(one)}</li>" for one in points)
        parts.append(f"<ul>{listed}</ul>")
    parts += [_fold(summary, frame) for summary, frame in folds if len(frame)]
    parts.append("</section>")
    display(
        {"text/html": "\n".join(parts), "text/plain": "\n".join([heading, *paragraphs, *points])},
        metadata={"atopic": {"kind": "article", "anchor": anchor}},
        raw=True,
    )


def _fold(summary: str, frame: pd.DataFrame) -> str:
    """Return a table that opens on demand, for screen readers with headers of rows and columns."""
    head = "".join(f'<th scope="col">{html.escape(str(one))}</th>' for one in frame.columns)
    rows = []
    for first, *rest in frame.astype("object").where(frame.notna(), "").astype(str).to_numpy():
        cells = "".join(f"<td>{html.escape(one)}</td>" for one in rest)
        rows.append(f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>')
    label = html.escape(summary)
    return (
        f'<details class="fold"><summary>{label}</summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>'
        + "".join(rows)
        + "</tbody></table></div></details>"
    )
