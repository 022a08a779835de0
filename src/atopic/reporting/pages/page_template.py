"""The one loader of the templates of pages, all of which extend base.html.j2."""

from functools import cache
from pathlib import Path
from typing import Any

from atopic.display.block_style import SHEETS
from atopic.display.marks import certainty_html, mark_html

#: What the foot of every page offers: what it is called, and its address in the site.
DOWNLOADS = (
    ("All tables (ZIP)", "tables.zip"),
    ("All estimates (CSV)", "estimates.csv"),
    ("BibTeX", "citations.bib"),
    ("RIS", "citations.ris"),
    ("The evidence, row by row", "data/studies.html"),
)
TEMPLATES = Path(__file__).parent / "templates"


def render_page(template: str, **values: object) -> str:
    """Return a page of one of the templates, its values escaped."""
    return str(_environment().get_template(template).render(values))


def compile_templates() -> None:
    """Read every template now, so that no page waits for it."""
    for name in _environment().list_templates(extensions=["j2"]):
        _environment().get_template(name)


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader

    made = Environment(
        loader=FileSystemLoader([TEMPLATES, SHEETS]), autoescape=True, keep_trailing_newline=True
    )
    made.globals["certainty"] = certainty_html
    made.globals["mark"] = mark_html
    return made
