"""What evidence says of itself in a notebook: its tables, their rows, and what is odd in them."""

from collections.abc import Iterable
from html import escape
from typing import Any


def evidence_text(evidence: Any) -> str:
    """Return evidence in one line."""
    rows = sum(map(len, evidence._frames.values()))
    title = f": {evidence.package.title}" if evidence.package.title else ""
    return f"<Evidence of {len(evidence._frames)} tables, {rows:,} rows, {evidence.path}{title}>"


def evidence_html(evidence: Any, found: Iterable[Any] | None) -> str:
    """Return the tables of evidence with their rows and titles, and what a check `found` in them.

    Nothing is said of a check that could not read the folder: None.
    """
    package = evidence.package
    lines = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th><td>{len(frame):,}</td>'
        f'<td style="text-align:left">{escape(package.tables[name].title)}</td></tr>'
        for name, frame in evidence._frames.items()
    )
    version = f", version {escape(package.version)}" if package.version else ""
    return (
        f"<div><p><b>{escape(package.title or 'Evidence')}</b>{version}<br>"
        f"<code>{escape(evidence.path.name)}</code></p>"
        '<table><thead><tr><th style="text-align:left">Table</th><th>Rows</th>'
        f'<th style="text-align:left">What it holds</th></tr></thead><tbody>{lines}</tbody></table>'
        f"{'' if found is None else _found(list(found))}</div>"
    )


def _found(found: list[Any]) -> str:
    """Return problems and warnings, folded."""
    new = [one for one in found if not one.known]
    known = [str(one) for one in found if one.known]
    problems = [str(one) for one in new if one.severity == "error"]
    warnings = [str(one) for one in new if one.severity != "error"]
    return (
        _folded("problem", problems)
        + _folded("warning", warnings)
        + _folded("declared contradiction or accepted warning", known)
    )


def _folded(what: str, lines: Iterable[str]) -> str:
    lines = list(lines)
    if not lines:
        return f"<p>No {what}.</p>"
    several = what.replace("contradiction ", "contradictions ")
    words = f"1 {what}" if len(lines) == 1 else f"{len(lines)} {several}s"
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>{words}</summary><ul>{items}</ul></details>"
