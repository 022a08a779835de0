"""The documentation: its examples run, it names every public thing, its links lead somewhere."""

import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import matplotlib.pyplot as plt
import nbformat
import pytest

from atopic import pooling, stats
from tests.conftest import REPOSITORY
from tests.test_elsewhere import fault_of

DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = {page.stem: page.read_text(encoding="utf-8") for page in PAGES}
REFERENCE = "\n".join(
    page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.rst"))
)

#: What others import: the reference has all of it.
FACES = [
    "atopic", "atopic.display", "atopic.display.show", "atopic.evidence.counts",
    "atopic.reporting.build", "atopic.reporting.plan.manifest",
    "atopic.reporting.run.dask_connection",
    *(f"atopic.stats.{name}" for name in stats.__all__),
    *(
        f"atopic.questions.{path.parent.name}"
        for path in sorted((REPOSITORY / "src" / "atopic" / "questions").glob("*/__init__.py"))
        if "__all__" in path.read_text(encoding="utf-8")
    ),
]  # fmt: skip


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXTS[page], re.DOTALL)


@pytest.mark.parametrize("page", ["library", "why-counts"])
def test_the_python_of_a_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(block.replace('"another/folder"', "None"), names)
    plt.close("all")


def test_the_python_of_every_page_is_run_by_some_test() -> None:
    run = {"library", "why-counts", "papermill", "any-notebooks"}  # here
    run |= {"beyond-atopic", "cluster"}  # test_beyond.py, reporting/test_dask_cluster.py
    assert {page for page in TEXTS if blocks(page, "python")} == run


def shell_lines() -> Iterator[tuple[str, str]]:
    texts = TEXTS | {"README": (REPOSITORY / "README.md").read_text(encoding="utf-8")}
    for page, text in texts.items():
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            for line in block.splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0].removeprefix(".venv/bin/") in ("atopic", "make"):
                    yield page, line


@pytest.mark.parametrize(("page", "line"), sorted(set(shell_lines())))
def test_a_command_of_a_page_is_one(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    if words[0] == "atopic":
        words[0] = ".venv/bin/atopic"
    assert fault_of(shlex.join(words)) == ""


def test_the_reference_is_of_every_public_module() -> None:
    assert sorted(re.findall(r"automodule:: (\S+)", REFERENCE)) == sorted(FACES)


def test_every_page_is_in_the_contents_once() -> None:
    listed = re.findall(r"^(?:.*<)?([\w/-]+)>?$", TEXTS["index"], re.MULTILINE)
    assert sorted(set(TEXTS) - {"index"} | {"reference/index"}) == sorted(listed)
    index = (DOCS / "reference" / "index.rst").read_text(encoding="utf-8")
    inside = re.findall(r"^   ([\w/-]+)$", index, re.MULTILINE)
    assert sorted(inside) == sorted(
        path.stem for path in (DOCS / "reference").glob("*.rst") if path.stem != "index"
    )


@pytest.mark.parametrize(
    "page", [*PAGES, REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"],
    ids=lambda page: page.stem,
)  # fmt: skip
def test_a_link_of_a_source_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def write_rain(folder: Path) -> None:
    """Write the project of the page on any notebooks."""
    page = "any-notebooks"
    (manifest,) = blocks(page, "toml")
    (table,) = blocks(page, "text")
    parameters, code, _ = blocks(page, "python")
    assert tomllib.loads(manifest)["report"][0]["inputs"] == ["rain.csv"]
    (folder / "reports.toml").write_text(manifest, encoding="utf-8")
    (folder / "rain.csv").write_text(table, encoding="utf-8")
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Rain"),
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(code),
    ]
    nbformat.write(notebook, folder / "rain.ipynb")


def run_shell(line: str, folder: Path) -> None:
    words = shlex.split(line, comments=True)
    settings = {}
    while "=" in words[0]:
        name, _, settings[name] = words.pop(0).partition("=")
    starts = {
        "atopic": "atopic.cli import main",
        "papermill": "papermill.cli import papermill as main",
    }
    command = [sys.executable, "-c", f"from {starts[words[0]]}; main()", *words[1:]]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | settings
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_any_notebooks_become_a_site_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rain(tmp_path)
    for line in "".join(blocks("any-notebooks", "sh")).splitlines():
        run_shell(line, tmp_path)
    site = tmp_path / "site"
    assert "241 mm fell." in (site / "summer.html").read_text(encoding="utf-8")
    assert "<script" not in (site / "summer.html").read_text(encoding="utf-8")
    assert {path.name for path in (site / "summer").iterdir()} >= {"rain.svg", "months.csv"}
    index = (site / "index.html").read_text(encoding="utf-8")
    assert 'href="summer.html"' in index
    assert 'href="winter.html"' in index
    assert "93 mm fell." in (tmp_path / "elsewhere" / "winter.html").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(blocks("any-notebooks", "python")[-1], {})


@pytest.mark.slow
def test_papermill_runs_a_notebook_with_this_engine_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.cells = [
        nbformat.v4.new_code_cell("month = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("import os; month + 1, os.environ.get('TZ')"),
    ]
    nbformat.write(notebook, tmp_path / "rain.ipynb")

    def shown() -> str:
        cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
        (tmp_path / "out.ipynb").unlink()
        return str(cells[-1].outputs[0]["data"]["text/plain"])

    monkeypatch.setenv("TZ", "Asia/Seoul")
    plain, same = "".join(blocks("papermill", "sh")).splitlines()
    run_shell(plain, tmp_path)
    assert shown() == "(8, 'Asia/Seoul')"
    run_shell(same, tmp_path)
    assert shown() == "(2, 'UTC')"
    monkeypatch.chdir(tmp_path)
    exec(blocks("papermill", "python")[0], {})
    assert shown() == "(8, 'Asia/Seoul')"


class Links(HTMLParser):
    """What a page has, and what it leads to or loads."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.leads: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.ids |= {said[name] for name in ("id", "name") if name in said}
        if tag == "a" and "href" in said:
            self.leads.append(said["href"])
        if tag == "link" and said.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(said["href"])
        if "src" in said:
            self.loads.append(said["src"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built as `make docs` does."""
    out = tmp_path_factory.mktemp("docs")
    command = (sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(out / "trees"))
    done = subprocess.run(
        [*command, str(DOCS), str(out / "html")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return out / "html"


def test_only_what_the_reference_lists_has_a_list_of_names() -> None:
    """Elsewhere a name without an underscore is what a module offers, and no list repeats it."""
    source = REPOSITORY / "src"
    modules = {
        ".".join(path.relative_to(source).with_suffix("").parts)
        for path in source.rglob("*.py")
        if path.name != "__init__.py"
        and re.search(r"^__all__ = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    whole = {f"atopic.stats.pooling.{name}" for name in set(dir(pooling)) - set(pooling.__all__)}
    assert len(modules) > len(FACES) / 3
    assert sorted(modules - {*FACES, *whole}) == []


@pytest.mark.slow
def test_every_public_name_is_in_the_reference(built: Path) -> None:
    from sphinx.util.inventory import InventoryFile

    inventory = InventoryFile.loads((built / "objects.inv").read_bytes(), uri="").data
    listed = {name for kind, names in inventory.items() if kind.startswith("py:") for name in names}
    listed.add("atopic.stats.incidence.Interval")  # that of proportions
    public = {f"{face}.{name}" for face in FACES for name in importlib.import_module(face).__all__}
    assert len(public) > 200
    assert sorted(public - listed) == []


@pytest.mark.slow
def test_its_links_are_whole_and_it_loads_nothing_from_elsewhere(built: Path) -> None:
    pages: dict[Path, Links] = {}
    for path in sorted(built.rglob("*.html")):
        pages[path] = Links()
        pages[path].feed(path.read_text(encoding="utf-8"))
    assert len(pages) > 30
    for path, links in pages.items():
        for target in links.loads:
            assert "//" not in target, (path.name, target)
            assert (path.parent / unquote(target.partition("?")[0])).exists(), (path.name, target)
        for target in links.leads:
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = unquote(target).partition("#")
            there = (path.parent / file).resolve() if file else path
            assert there.exists(), (path.name, target)
            if anchor and there in pages and there.name != "genindex.html":
                assert anchor in pages[there].ids, (path.name, target)
    for style in built.rglob("*.css"):
        assert not re.search(r"url\([\"']?(https?:)?//", style.read_text(encoding="utf-8"))


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_pages_fit_and_the_search_finds_without_a_network(
    built: Path, browser: Any, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    page.route("**/*", lambda route: asked.append(route.request.url) or route.continue_())
    for name in ("index", "codebook", "reference/pooling", "reference/doseresponse"):
        page.goto((built / f"{name}.html").as_uri())
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, name
    page.goto((built / "search.html").as_uri() + "?q=meta_regression")
    page.wait_for_selector("#search-results li a")
    assert "reference/pooling" in page.inner_html("#search-results")
    assert asked
    assert all(address.startswith(("file:", "data:")) for address in asked)
    page.close()
