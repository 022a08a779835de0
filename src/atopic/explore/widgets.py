"""The widgets of the explorer that ipywidgets has not: a button that copies, a table, a figure."""

import html
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import anywidget
import pandas as pd
import traitlets
from ipywidgets import HTML, HBox, Layout, VBox
from itables.widget import ITable
from matplotlib.figure import Figure

from atopic.display.block_style import as_on_page
from atopic.display.figures import as_svg
from atopic.evidence.folder import Evidence
from atopic.explore.answers import Answer

_STYLE = """<style>
.jupyter-widget-tab > .lm-TabBar .lm-TabBar-content {flex-wrap: wrap}
.jupyter-widget-tab > .lm-TabBar .lm-TabBar-tab {flex: 0 1 auto; min-width: max-content}
.atopic-words p {margin: 0 0 .3em; line-height: 1.4; max-width: 60em}
.atopic-words .atopic-head {font-size: 1.25em; font-weight: 600}
.atopic-picture {background: #fff; overflow-x: auto; padding: 6px;
  width: fit-content; max-width: 100%}
.widget-html .widget-html-content > pre.atopic-code {white-space: pre-wrap;
  overflow-wrap: anywhere; word-break: normal; line-height: 1.4; margin: 0; padding: 8px;
  border: 1px solid #8a929c; border-radius: 4px; font-family: monospace; font-size: 13px}
.atopic-copy {width: auto}
.atopic-row {border-collapse: collapse; margin: 4px 0}
.atopic-row th, .atopic-row td {text-align: left; vertical-align: top; padding: 2px 10px 2px 0;
  line-height: 1.3}
.atopic-words, .atopic-code, .atopic-row {color: var(--jp-content-font-color1, #1f2430)}
</style>"""


class _Copy(anywidget.AnyWidget):
    """A button that puts a text on the clipboard."""

    _esm = """
    function render({model, el}) {
      const button = document.createElement("button");
      button.className = "jupyter-button widget-button atopic-copy";
      button.textContent = "Copy";
      button.title = "Copy " + model.get("what");
      button.onclick = async () => {
        const text = model.get("text");
        try { await navigator.clipboard.writeText(text); }
        catch {
          const area = document.createElement("textarea");
          area.value = text;
          document.body.append(area);
          area.select();
          document.execCommand("copy");
          area.remove();
        }
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      };
      el.append(button);
    }
    export default {render};
    """
    text = traitlets.Unicode().tag(sync=True)
    what = traitlets.Unicode().tag(sync=True)


class Code:
    """Code in a box, with a button that copies it; hidden where there is none."""

    def __init__(self, what: str) -> None:
        self._copy = _Copy(what=what)
        self._shown = HTML(layout=Layout(flex="1 1 0", width="0", min_width="0"))
        self.widget = VBox(
            [HTML(f"<b>{html.escape(what[0].upper() + what[1:])}</b>"),
             HBox([self._shown, self._copy], layout=Layout(align_items="flex-start"))]
        )  # fmt: skip

    def set(self, text: str) -> None:
        """Show a text."""
        self._copy.text = text
        self._shown.value = f'<pre class="atopic-code">{html.escape(text)}</pre>'
        self.widget.layout.display = "" if text else "none"


class Picture:
    """What was found in words, and the chart."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._words, self._figure = HTML(), HTML()
        self._drawn: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()
        self.widget = VBox([HTML(_STYLE), self._words, self._figure])

    def draw(self, answer: Answer) -> None:
        """Show the figure of an answer as SVG, with what it shows in words as the alternative."""
        drawn = self._html(answer) if answer.figure else ""
        self._figure.value = f'<div class="atopic-picture">{drawn}</div>' if drawn else ""

    def say(self, answer: Answer) -> None:
        """Show what was found."""
        said = "".join(f"<p>{html.escape(one)}</p>" for one in answer.words)
        if answer.head:
            said = f'<p class="atopic-head">{html.escape(answer.head)}</p>{said}'
        self._words.value = f'<div class="atopic-words">{said}</div>'

    def _html(self, answer: Answer) -> str:
        """Return a block as it is, and a figure as SVG, which takes a while and so is kept."""
        if not isinstance(answer.figure, Figure):
            return as_on_page(answer.figure or "")
        if answer.figure not in self._drawn:
            self._drawn[answer.figure] = as_svg(answer.figure, self._name, answer.alt)
        return self._drawn[answer.figure]


class Evidenced:
    """A table that sorts and searches; a click shows the row of the evidence behind a line."""

    def __init__(self, evidence: Callable[[], Evidence]) -> None:
        self._evidence = evidence
        self._places: Sequence[tuple[str, int]] = ()
        self._table = ITable(
            pd.DataFrame({"": []}), select="single", classes="display compact nowrap",
            lengthMenu=[10, 25, 100], showIndex=False, scrollX=True, maxBytes=0,
            text_in_header_can_be_selected=False,
        )  # fmt: skip
        self._row = HTML()
        self._hint = HTML("<i>Click a line to see the row of the evidence that it comes from.</i>")
        self.widget = VBox([self._table, self._hint, self._row])
        self._table.observe(self._click, "selected_rows")

    def set(self, answer: Answer) -> None:
        """Show the table of an answer; nothing of one without lines."""
        self._places = answer.places
        self._row.value = ""
        self.widget.layout.display = "" if len(answer.table) else "none"
        if len(answer.table):
            self._table.update(answer.table.reset_index(drop=True), selected_rows=[])

    def _click(self, _change: Any) -> None:
        places = [self._places[one] for one in self._table.selected_rows if one < len(self._places)]
        self._row.value = "".join(_row_html(self._evidence(), *one) for one in places)


def _row_html(evidence: Evidence, table: str, number: int) -> str:
    """Return a row of the evidence: each cell that is not blank, and the source."""
    row = evidence.table(table).loc[number]
    cells = {str(name): value for name, value in row.items() if _filled(value)}
    sources = evidence.sources.set_index("source_id")
    if cells.get("source_id") in sources.index:
        source = sources.loc[cells["source_id"]]
        cells["source"] = source["citation"]
        if _filled(source["url"]):
            cells["address"] = source["url"]
    lines = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{_cell(name, value)}</td></tr>"
        for name, value in cells.items()
    )
    return f'<b>{table}.csv, row {number}</b><table class="atopic-row">{lines}</table>'


def _filled(value: Any) -> bool:
    return bool(len(value)) if isinstance(value, tuple) else bool(pd.notna(value)) and value != ""


def _cell(name: str, value: Any) -> str:
    words = html.escape(str(value))
    return (
        f'<a href="{words}" target="_blank" rel="noopener">{words}</a>'
        if name == "address"
        else words
    )
