"""What the tests share: a browser, small notebooks, and one real build."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from hypothesis import settings

import atopic
from atopic.paths import bundled
from atopic.reporting.build import build, plan
from atopic.reporting.plan.manifest import read_manifest, selected

REPOSITORY = Path(__file__).parents[1]

# How long an example takes says more about the machine than about the code.
# The same examples for everyone; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("atopic", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "atopic"))


@pytest.fixture(scope="session")
def evidence() -> atopic.Evidence:
    return atopic.load(REPOSITORY / "data")


@pytest.fixture(scope="session")
def lenient() -> atopic.Evidence:
    """The same, as pages ask it: what is not there is no row."""
    return atopic.load(REPOSITORY / "data", absent="empty")


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook from its code cells; the first is its parameters cell."""

    def write(*cells: str, name: str = "small.ipynb") -> Path:
        content = nbformat.v4.new_notebook()
        content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        content.cells = [nbformat.v4.new_markdown_cell("# A small notebook\n\nSome words.")]
        content.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
        content.cells[1].metadata["tags"] = ["parameters"]
        path = tmp_path / name
        nbformat.write(content, path)
        return path

    return write


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three reports of the manifest, built for real."""
    reports = read_manifest(REPOSITORY / "reports.toml")
    out = tmp_path_factory.mktemp("site")
    built = build(
        plan(selected(reports, ["easi-50", "controlled-easi-50", "easi-75"])),
        data=bundled("data"),
        out=out,
        site=reports,
    )
    assert [result.failure for result in built] == [None] * 3
    return out


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """An installed Chromium, headless, without a network."""
    names = ("chromium", "google-chrome", "chromium-browser")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None:
        if os.environ.get("ATOPIC_REQUIRE_BROWSER"):
            pytest.fail("no Chromium is installed")
        pytest.skip("no Chromium is installed; .ci/run installs one")
    from playwright.sync_api import sync_playwright

    flags = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium refuses to sandbox for root
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()
