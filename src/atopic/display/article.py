"""The HTML of a short section with an address of its own, and tables behind folds."""

import html
from collections.abc import Iterable, Sequence

import pandas as pd


def article_html(
    anchor: str,
    heading: str,
    words: Sequence[str],
    points: Sequence[str],
    folds: Iterable[tuple[str, pd.DataFrame]],
    under: str = "",
) -> str:
    """Return the section that `atopic.display.show.article` shows."""
    parts = [f'<section class="article" id="{anchor}">', f"<h3>{html.escape(heading)}</h3>"]
    parts += [f"<p>{html.escape(one)}</p>" for one in words]
    if points:
        listed = "".join(f"<li>{html.escape(one)}</li>" for one in points)
        parts.append(f"<ul>{listed}</ul>")
    opened = [_fold(summary, frame) for summary, frame in folds if len(frame)]
    if under and opened:
        name = html.escape(under)
        opened = [f'<details class="fold"><summary>{name}</summary>', *opened, "</details>"]
    parts += opened
    return "\n".join([*parts, "</section>"])


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
