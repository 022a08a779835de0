"""JupyterLab as an explorer of the evidence meets it: every notebook, light and dark."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.lab.conftest import TOKEN

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(path.name for path in (REPOSITORY / "notebooks").glob("*.ipynb"))

#: Opens notebooks and runs all of each, two at a time, since most of it is waiting for kernels.
RUN_ALL = """names => {
  const app = window.jupyterapp;
  const rest = [...names];
  const told = Object.fromEntries(names.map(name => {
    let tell;
    const promise = new Promise(resolve => { tell = resolve; });
    return [name, {promise, tell}];
  }));
  window.ran = name => told[name].promise;
  const worker = async () => {
    for (let name = rest.shift(); name; name = rest.shift()) {
      try { told[name].tell(await run(name)); }
      catch (error) { told[name].tell([{kind: "error", name: "", text: String(error)}]); }
    }
  };
  let turn = Promise.resolve();
  const alone = action => turn = turn.then(action, action);
  async function run(name) {
    const widget = await app.commands.execute(
      "docmanager:open", {path: "notebooks/" + name, options: {activate: false}});
    await widget.context.ready;
    await widget.sessionContext.ready;
    let done;
    await alone(async () => {  // the command runs what is in front, which a test may look at
      while (window.looking) await new Promise(resolve => setTimeout(resolve, 50));
      app.shell.activateById(widget.id);
      await new Promise(resolve => setTimeout(resolve, 100));
      done = app.commands.execute("notebook:run-all-cells");
    });
    await done;
    const outputs = widget.content.widgets.filter(cell => cell.model.type === "code")
      .flatMap(cell => cell.model.sharedModel.getOutputs());
    return outputs.map(one => ({
      kind: one.output_type, name: one.name || "",
      text: String(one.text || one.evalue || ""), forms: Object.keys(one.data || {}),
    }));
  }
  worker(); worker();
}"""

#: Brings a notebook to the front, where it stays until it is closed.
FRONT = """async path => {
  const app = window.jupyterapp;
  window.looking = true;
  await new Promise(resolve => setTimeout(resolve, 250));
  app.shell.activateById([...app.shell.widgets("main")].find(
    one => one.context?.path === path).id);
}"""

#: Closes the notebook in front, and its kernel, saving nothing.
CLOSE = """async path => {
  const widget = [...window.jupyterapp.shell.widgets("main")].find(
    one => one.context?.path === path);
  window.looking = false;
  await widget.sessionContext.shutdown();
  await widget.context.revert();
  widget.dispose();
}"""

#: The lowest contrast of text in the outputs of the notebook in front, and where it is.
CONTRAST = """path => {
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(one).backgroundColor);
      if (a > 0.5) return [r, g, b];
    }
    return [255, 255, 255];
  };
  let worst = [21, ""];
  const front = [...window.jupyterapp.shell.widgets("main")].find(
    one => one.context?.path === path).node;
  for (const element of front.querySelectorAll(".jp-OutputArea-output *")) {
    const own = [...element.childNodes].some(one => one.nodeType === 3 && one.data.trim());
    if (!own || !element.getClientRects().length || element.closest("button, select")) continue;
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style.fill : style.color;
    if (!ink.startsWith("rgb") || style.visibility === "hidden") continue;
    const [one, other] = [light(parts(ink)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < worst[0]) worst = [ratio, element.outerHTML.slice(0, 200)];
  }
  return worst;
}"""


@pytest.fixture(scope="module", autouse=True)
def opened(page: Any, lab: str) -> None:
    page.goto(f"{lab}/?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)


def test_the_lab_opens_at_the_start_page_and_asks_nothing(page: Any) -> None:
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.context?.path === 'notebooks/start.ipynb'"
    )
    page.wait_for_timeout(1500)
    assert page.locator(".Toastify__toast, dialog:visible, .jp-Dialog:visible").count() == 0


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_notebook_runs_shows_its_figures_and_can_be_read(page: Any, name: str) -> None:
    if not page.evaluate("() => Boolean(window.ran)"):  # once for all that this process is given
        page.evaluate(RUN_ALL, NOTEBOOKS)
    outputs = page.evaluate("name => window.ran(name)", name)
    path = f"notebooks/{name}"
    try:
        wrong = [one for one in outputs if one["kind"] == "error" or one["name"] == "stderr"]
        assert wrong == []
        assert outputs
        drawn = [one for one in outputs if "image/svg+xml" in one["forms"]]
        page.evaluate(FRONT, path)
        front = page.locator(".jp-NotebookPanel:visible")
        if name == "explore.ipynb":
            front.locator(".atopic-picture svg").first.wait_for(timeout=30_000)
        page.wait_for_timeout(400)
        shown = [
            box for box in front.locator(
                ".jp-OutputArea-output svg, .jp-OutputArea-output img"
            ).evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
            if box > 200
        ]  # fmt: skip
        assert len(shown) >= len(drawn)
        if name == "start.ipynb":
            assert len(shown) >= 2
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            page.evaluate(
                "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
                theme,
            )
            page.wait_for_function(
                "dark => (document.body.dataset.jpThemeLight === 'false') === dark",
                arg=theme.endswith("Dark"),
            )
            page.wait_for_timeout(200)
            ratio, where = page.evaluate(CONTRAST, path)
            assert ratio >= 4.4, (theme, where)
    finally:
        page.evaluate(CLOSE, path)


def test_nothing_was_asked_of_anyone_else(outside: list[str]) -> None:
    assert outside == []


def test_links_of_the_start_page_lead_to_notebooks_and_papers_that_are_there() -> None:
    from atopic.reporting.plan.parameters import read_notebook

    cells = read_notebook(REPOSITORY / "notebooks" / "start.ipynb")
    text = "\n".join(cell["source"] for cell in cells)
    links = [one.split(")")[0] for one in text.split("](")[1:]]
    assert len(links) >= 3
    for link in links:
        assert Path(REPOSITORY / "notebooks" / link).resolve().is_file(), link
