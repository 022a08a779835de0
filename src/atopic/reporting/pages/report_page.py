"""One executed notebook as one page: self-contained, offline, readable without a script."""

import re
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

from atopic.display.file_names import TABLES_FOLDER
from atopic.errors import ReportError
from atopic.reporting.pages.mathematics import markdown
from atopic.reporting.pages.page_template import TEMPLATES, render_page
from atopic.reporting.plan.job import Context, Failure

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["faulty_formula", "render"]

#: Where the template leaves room for the list of sections, and from how many there is one.
_CONTENTS, _SECTIONS = "<!-- contents -->", 3


def render(notebook: "NotebookNode", context: Context) -> str:
    """Return the HTML page of an executed notebook, which is not changed.

    It loads nothing: styles and figures are inside, formulas are MathML, and there is no script.
    It is headed by the title of the report in place of the notebook's first heading, and lists
    its sections if there are three or more. A formula that cannot be converted is a `ReportError`,
    unless the page tells of a failure anyway: then it stays as it was typed.
    """
    shown = deepcopy(notebook)
    if context.failure and context.failure.cell is not None:
        shown.cells[context.failure.cell].metadata["failed"] = True
    for cell in shown.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            cell.source = cell.source.partition("\n")[2].lstrip()
            break
    shown.cells = [cell for cell in shown.cells if cell.source.strip()]
    cells, _ = _exporter().from_notebook_node(shown, resources={"page": context})
    page = render_page("report.html.j2", page=context, cells=cells, version=context.version)
    return _with_contents(_linked(page))


def faulty_formula(notebook: "NotebookNode") -> Failure | None:
    """Return the first formula that cannot be converted, as the failure of its cell."""
    for number, cell in enumerate(notebook.cells):
        texts = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            texts.append(output.get("data", {}).get("text/markdown", ""))
        for text in texts:
            try:
                markdown(text, attachments=cell.get("attachments"))
            except ReportError as error:
                kind = "markdown cell" if cell.cell_type == "markdown" else "output of cell"
                words = f"Cell {number + 1} of the notebook ({kind}): {error}"
                return Failure(words, "", number)
    return None


def _with_contents(html: str) -> str:
    """Tell sections of one name apart, and list them under the title.

    Examples
    --------
    >>> _with_contents('<h2 id="section-a">A</h2><h2 id="section-a">A</h2>')
    '<h2 id="section-a">A</h2><h2 id="section-a-2">A</h2>'
    """
    seen: dict[str, int] = {}
    links = []

    def number(found: re.Match[str]) -> str:
        name, words = found.groups()
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name}-{seen[name]}"
        plain = re.sub(r"</?a\b[^>]*>", "", words)
        links.append(f'<li><a href="#{name}">{plain}</a></li>')
        return f'<h2 id="{name}">{words}</h2>'

    html = re.sub(r'<h2 id="(section[a-z0-9-]*)">(.*?)</h2>', number, html)
    contents = ""
    if len(links) >= _SECTIONS:
        items = "\n".join(links)
        contents = f'<nav class="contents" aria-label="On this page"><ul>\n{items}\n</ul></nav>'
    return html.replace(_CONTENTS, contents, 1)


def _linked(html: str) -> str:
    """Lead the links to rows, which JupyterLab follows to the CSVs, to the pages of the tables.

    Examples
    --------
    >>> _linked('<a href="../data/safety.csv#row-2">2</a>')
    '<a href="data/safety.html#row-2">2</a>'
    """
    to_csv = r'href="\.\./data/([a-z_]+)\.csv#(row-\d+)"'
    return re.sub(to_csv, rf'href="{TABLES_FOLDER}/\1.html#\2"', html)


@cache
def _exporter() -> Any:
    # Importing nbconvert takes a third of a second, and only a build needs it.
    from jinja2 import pass_context
    from nbconvert.exporters import HTMLExporter, TemplateExporter
    from nbconvert.filters import Highlight2HTML

    class PageExporter(HTMLExporter):  # type: ignore[misc]
        @pass_context
        def markdown2html(self, context: Any, source: str) -> str:
            return markdown(
                source,
                strict=not context["resources"]["page"].failure,
                attachments=context.get("cell", {}).get("attachments"),
            )

        def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
            # Not that of the parent: it parses the finished page again to add alt texts, which
            # ours has, and spoils the case of SVG attributes on the way.
            self.register_filter("highlight_code", Highlight2HTML("ipython3", parent=self))
            return TemplateExporter.from_notebook_node(self, nb, resources, **options)

    return PageExporter(
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
    )
