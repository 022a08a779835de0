"""How the documentation is built: `make docs`. Nothing is fetched, and a warning is an error."""

from typing import Any

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

import atopic

project = "atopic"
author = "The atopic developers"
release = version = atopic.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
# Text in single backquotes is a name of the library where there is one, else it is code.
default_role = "py:obj"

autodoc_default_options = {"members": True, "imported-members": True}
autodoc_member_order = "groupwise"
autodoc_typehints = "none"  # the sections of a docstring say them in words
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
python_maximum_signature_line_length = 70
add_module_names = False
toc_object_entries_show_parents = "hide"

myst_heading_anchors = 3

html_theme = "furo"
html_title = "atopic"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_math_renderer = "mathml"


def _skip(_: object, __: str, ___: str, member: object, *____: object) -> bool | None:
    """Leave out the fields of a tuple that say no more than their number."""
    return str(getattr(member, "__doc__", "")).startswith("Alias for field number") or None


def _formula(writer: Any, node: Any) -> None:
    """Write a formula as MathML, which browsers draw without a script."""
    shown = "block" if node.tagname == "math_block" else "inline"
    writer.body.append(convert(node.astext(), display=shown))
    raise SkipNode


def setup(app: Any) -> None:
    """Tell Sphinx of both."""
    app.connect("autodoc-skip-member", _skip)
    app.add_html_math_renderer("mathml", (_formula, None), (_formula, None))
