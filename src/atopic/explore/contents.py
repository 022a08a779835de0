"""The questions, the notebook that answers each, and the reports made of it, from the manifest."""

import html
from collections.abc import Iterable
from pathlib import Path

from atopic.display import show
from atopic.paths import bundled
from atopic.reporting.plan.manifest import Report, read_manifest
from atopic.reporting.plan.parameters import read_notebook


def show_contents(manifest: str | Path | None = None) -> None:
    """Show which notebook answers which question, each as a link that opens it.

    Parameters
    ----------
    manifest : path, optional
        A reports.toml; without it, the one that comes with atopic.

    Raises
    ------
    ReportError
        If the manifest or one of its notebooks cannot be read.
    """
    reports = read_manifest(Path(manifest) if manifest else bundled("reports.toml"))
    lines = list(_lines(reports))
    rows = "".join(
        f'<tr><td><a href="{html.escape(name)}">{html.escape(question)}</a></td>'
        f"<td>{html.escape(', '.join(titles))}</td></tr>"
        for name, question, titles in lines
    )
    head = "<tr><th>Question and its notebook</th><th>Reports made of it</th></tr>"
    # JupyterLab sets cells to the right, without a wrap.
    style = (
        "<style>.atopic-contents td, .atopic-contents th {text-align: left; white-space: normal; "
        "vertical-align: top}</style>"
    )
    show.block(
        f'{style}<table class="atopic-contents"><thead>{head}</thead><tbody>{rows}</tbody></table>',
        name="contents",
        text="\n".join(f"{question}: {name}" for name, question, _ in lines),
    )


def _lines(reports: Iterable[Report]) -> Iterable[tuple[str, str, list[str]]]:
    """Return file name, question and titles of reports, a notebook each."""
    titles: dict[Path, list[str]] = {}
    for report in reports:
        titles.setdefault(report.notebook, []).append(report.name)
    for path, names in titles.items():
        yield path.name, _heading(path), names


def _heading(path: Path) -> str:
    """Return the first heading of a notebook, which is its question; else its file name."""
    cells = read_notebook(path)
    words = (cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    first = next(words, "").lstrip().split("\n", 1)[0]
    return first.removeprefix("# ") if first.startswith("# ") else path.name
