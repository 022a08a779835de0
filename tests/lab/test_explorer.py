"""The explorer in a browser: each control moves the chart, and the code under it gives the same."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

from tests.lab.conftest import TOKEN

pytestmark = pytest.mark.browser

#: By tab, each control and what it is changed to.
CHANGES: dict[str, list[tuple[str, str]]] = {
    "Rates": [
        ("Level", "80%"), ("Interval", "Wilson"), ("Week", "every week"),
        ("Leave out", "Bone-marrow cells in five adults (Shin 2021)"),
        ("Drug trials too", "on"), ("Only placebo-controlled", "on"), ("Outcome", "EASI-75"),
    ],
    "Against placebo": [
        ("Level", "99%"), ("Interval", "Miettinen-Nurminen"), ("Drug trials too", "on"),
        ("Leave out", "FURESTEM-AD phase 3, 2019"), ("Week", "every week"), ("Outcome", "EASI-75"),
    ],
    "Beating placebo": [
        ("Outcome", "EASI-75"), ("Outcome", "EASI-50"), ("Week", "week 104"), ("Week", "week 12"),
        ("Prior: how far placebo groups differ (log odds)", "0.25"),
        ("Leave out", "FURESTEM-AD phase 1/2a (Kim 2017)"),
    ],
    "Dose": [
        ("Dose a week", "on"), ("Study", "CHRONOS"), ("Week", "52"), ("Outcome", "IGA-0/1"),
        ("Curves (none: all)", "linear"), ("Improvement over dose 0", "30"), ("Level", "80%"),
    ],
    "Next trial": [
        ("Power", "90%"), ("Difference", "25 points"), ("Placebo rate", "40%"),
        ("Level of the test", "0.01"), ("Cells to placebo", "2 to 1"), ("Outcome", "EASI-75"),
    ],
}  # fmt: skip
#: What has one value here, and follows another control.
FOLLOWS = {"Next trial": {"Week"}}

TEXTS = """picture => {
  const walker = document.createTreeWalker(picture, NodeFilter.SHOW_TEXT), found = new Set();
  while (walker.nextNode())
    if (walker.currentNode.parentElement.localName !== "style")
      found.add(walker.currentNode.data.replace(/\\s+/g, " ").trim());
  found.delete("");
  return [...found];
}"""


class Panel:
    """A tab of the explorer, wherever it is shown."""

    def __init__(self, page: Any, tab: str) -> None:
        self.page = page
        page.locator(".lm-TabBar-tabLabel", has_text=re.compile(f"^{tab}$")).last.click()
        self.box = page.locator(".jupyter-widget-tab-contents, .widget-tab-contents").last
        self.settle()

    def settle(self, unlike: tuple[str, str] = ("", "")) -> None:
        """Wait until the kernel has answered: another chart, other code, and no more changes."""
        before = ("", "")
        for _ in range(100):
            self.page.wait_for_timeout(60)
            now = (self.shown(), self.code())
            # Of two choices without a chart the same may be said; the code comes after both.
            other = now[0] != unlike[0] or "<svg" not in now[0]
            if now == before and other and now[1] != unlike[1]:
                return
            before = now
        pytest.fail(f"nothing new in six seconds: {before[0][:300]}")

    def shown(self) -> str:
        """Return what is found and drawn, as a text to compare."""
        parts = self.box.locator(".atopic-words:visible, .atopic-picture:visible svg")
        return str(parts.evaluate_all("all => all.map(one => one.innerHTML).join()"))

    def change(self, label: str, value: str) -> None:
        before = (self.shown(), self.code())
        control = self.box.locator(".widget-inline-hbox:visible, .widget-checkbox:visible").filter(
            has_text=label
        )
        if value == "on":
            control = self.box.locator(".widget-checkbox:visible").filter(has_text=label)
            control.locator("input").check()
        else:
            named = control.filter(has=self.page.locator(f"label:text-is('{label}')"))
            if named.locator("select").count():
                named.locator("select").first.select_option(label=value)
            else:
                named.locator("input").first.fill(value)
                named.locator("input").first.press("Enter")
        self.settle(unlike=before)

    def labels(self) -> set[str]:
        """Return what the controls of the tab are called."""
        named = self.box.locator(".widget-label:visible, .widget-label-basic:visible")
        return {one.strip() for one in named.all_text_contents() if one.strip()}

    def texts(self) -> list[str]:
        return list(self.box.locator(".atopic-picture:visible").first.evaluate(TEXTS))

    def code(self) -> str:
        return str(self.box.locator(".atopic-code:visible").first.text_content())


def open_explorer(page: Any, lab: str) -> None:
    page.goto(f"{lab}/lab/tree/notebooks/explore.ipynb?token={TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel:visible .jp-CodeCell", timeout=60_000)
    page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.context?.path === 'notebooks/explore.ipynb'"
    )
    page.evaluate(
        """async () => {
          await window.jupyterapp.shell.currentWidget.sessionContext.ready;
          await window.jupyterapp.commands.execute("notebook:run-all-cells");
        }"""
    )
    page.wait_for_selector(".atopic-picture svg", timeout=60_000)


@pytest.fixture(scope="module")
def explorer(page: Any, lab: str) -> Any:
    open_explorer(page, lab)
    return page


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    manager, client = start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def texts_drawn_by(kernel: Any, code: str) -> set[str]:
    """Run a program in a kernel, and return the texts of what its last line draws."""
    told: list[str] = []
    kernel.execute_interactive(code, timeout=60, output_hook=lambda _: None)
    kernel.execute_interactive(
        "import html, json, re, matplotlib.text\n"
        "found = [html.unescape(one) for one in re.split('<[^>]*>', _)] if isinstance(_, str) "
        "else [one.get_text() for one in _.findobj(matplotlib.text.Text)]\n"
        "print(json.dumps(found))",
        timeout=60,
        output_hook=lambda message: told.append(message["content"].get("text", "")),
    )
    lines = [line for one in json.loads("".join(told)) for line in [one, *one.split("\n")]]
    return {" ".join(line.split()) for line in lines}


@pytest.mark.parametrize("tab", list(CHANGES))
def test_each_control_moves_the_chart_and_the_code_draws_the_same(
    explorer: Any, kernel: Any, tab: str
) -> None:
    panel = Panel(explorer, tab)
    assert panel.labels() == {label for label, _ in CHANGES[tab]} | FOLLOWS.get(tab, set())
    for label, value in CHANGES[tab]:
        panel.change(label, value)
    drawn = panel.texts()
    assert len(drawn) > 5
    assert any(re.search(r"\d", one) for one in drawn)
    assert set(drawn) - texts_drawn_by(kernel, panel.code()) == set()


def test_the_rows_follow_table_and_study_and_the_code_gives_as_many(
    explorer: Any, kernel: Any
) -> None:
    panel = Panel(explorer, "Rows")
    assert panel.labels() == {"Table", "Study"}
    for label, value in (("Table", "scores"), ("Study", "FURESTEM-AD phase 3, 2019")):
        panel.change(label, value)
        said = str(panel.box.locator(".atopic-words:visible").first.text_content())
        told: list[str] = []
        kernel.execute_interactive(panel.code(), timeout=60, output_hook=lambda _: None)
        kernel.execute_interactive(
            "print(len(rows))", timeout=60,
            output_hook=lambda message, told=told: told.append(message["content"].get("text", "")),
        )  # fmt: skip
        assert said.startswith(f"{int(''.join(told)):,} of ")
    # A table of few rows has no field to search it by.
    panel.change("Study", "every study")
    panel.change("Table", "responses")


def test_a_click_shows_the_row_and_a_word_filters(explorer: Any) -> None:
    explorer.locator(".lm-TabBar-tabLabel", has_text=re.compile("^Rows$")).last.click()
    rows = explorer.locator("table.dataTable tbody tr:visible")
    rows.first.wait_for()
    explorer.locator("input[type=search]:visible").fill("wilms tumour")
    explorer.wait_for_timeout(300)
    assert "No matching" in rows.first.text_content()
    explorer.locator("input[type=search]:visible").fill("phase-2a-low")
    explorer.wait_for_timeout(300)
    assert rows.count() == 1
    rows.first.click()
    found = explorer.locator(".atopic-row:visible")
    found.wait_for()
    assert "review-pmc11368146" in found.text_content()


def test_the_button_copies_the_code(explorer: Any) -> None:
    explorer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = Panel(explorer, "Rates")
    explorer.locator(".atopic-copy:visible").first.click()
    explorer.get_by_text("Copied").first.wait_for()
    assert explorer.evaluate("navigator.clipboard.readText()") == panel.code()


def test_a_study_that_was_added_is_in_the_charts(explorer: Any, lab: str) -> None:
    open_explorer(explorer, lab)
    panel = Panel(explorer, "Rates")
    assert "Demo trial, 2026" not in panel.texts()
    before = (panel.shown(), panel.code())
    explorer.locator("input[placeholder^='the tables']:visible").fill("mydata")
    explorer.get_by_role("button", name="Open", exact=True).click()
    panel.settle(unlike=before)
    assert {"Demo trial, 2026", "22/40"} <= set(panel.texts())
    assert "mydata" in panel.code()
    panel = Panel(explorer, "Against placebo")
    assert "Demo trial, 2026" in panel.texts()


def test_the_page_without_code_shows_the_same_and_asks_nobody_else(
    page: Any, app: str, kernel: Any, outside: list[str]
) -> None:
    page.goto(app)
    page.wait_for_selector(".atopic-picture svg", timeout=90_000)
    panel = Panel(page, "Rates")
    assert page.locator(".jp-CodeCell .jp-InputArea:visible").count() == 0
    panel.change("Level", "80%")
    assert set(panel.texts()) - texts_drawn_by(kernel, panel.code()) == set()
    assert outside == []


_BEYOND = """() => [...document.querySelectorAll("select, input, button, label, pre.atopic-code")]
  .map(one => [one.textContent.slice(0, 40), one.getBoundingClientRect()])
  .filter(([_, box]) => box.width && (box.left < 0 || box.right > innerWidth))
  .map(([words]) => words)"""


def test_on_a_phone_every_control_of_the_page_without_code_is_within_it(
    page: Any, app: str
) -> None:
    phone = page.context.new_page()
    phone.set_viewport_size({"width": 390, "height": 2400})
    phone.goto(app)
    phone.wait_for_selector(".atopic-picture svg", timeout=90_000)
    code = phone.locator("pre.atopic-code").first
    code.wait_for()
    assert phone.evaluate(_BEYOND) == []
    assert "mono" in code.evaluate("one => getComputedStyle(one).fontFamily")
    phone.close()
