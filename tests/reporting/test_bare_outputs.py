"""A figure or frame as the last line of a cell is a figure or table of the page."""

import re
from pathlib import Path

import pytest

import atopic
from atopic.paths import bundled
from atopic.reporting.build import build, plan
from atopic.reporting.plan.manifest import Report

CELLS = (
    """level: float = 0.95  # level
data: str | None = None  # folder""",
    """import atopic
import pandas as pd
from atopic.questions.response_rates import response_rates
from atopic.questions.response_rates.chart import draw_rates
rates = response_rates(atopic.load(data), "EASI-75", weeks=[16], level=level)
draw_rates(rates)""",
    "draw_rates(rates)",
    "rates",
    "pd.DataFrame({'dose': [1, 2], 'responders': ['<i>', '4/5']})",
    "atopic.load(data)",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import nbformat

    folder = tmp_path_factory.mktemp("bare")
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, folder / "bare.ipynb")
    report = Report("bare", "Bare", folder / "bare.ipynb", {})
    (built,) = build(plan([report]), data=bundled("data"), out=folder / "site", site=[report])
    assert built.failure is None
    return folder / "site"


def test_a_figure_is_drawn_described_and_kept(site: Path) -> None:
    page = (site / "bare.html").read_text()
    assert "&lt;Figure" not in page
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 2
    names = atopic.load().studies.set_index("study_id")["short_name"]
    for number, figure in enumerate(figures, 1):
        assert str(names["atmsc-2025"]) in figure
        assert f"Figure {number}, as its cell shows it." in figure
        assert f'href="bare/unnamed-figure-{number}.svg"' in figure
        assert (site / f"bare/unnamed-figure-{number}.svg").read_text().startswith("<svg")


def test_frames_are_tables_of_the_page(site: Path) -> None:
    page = (site / "bare.html").read_text()
    assert 'border="1"' not in page
    assert "<style scoped>" not in page
    tables = re.findall(r'<div class="table">.*?</table>', page, re.DOTALL)
    assert any("&lt;i&gt;" in table and "4/5" in table for table in tables)
    estimates = next(table for table in tables if "14/59" in table)
    assert "24% (14 to 37)" in estimates
    csv = (site / "bare/unnamed-table-1.csv").read_text()
    assert csv.splitlines()[0].startswith("study_id,arm_id,outcome,week,")


def test_evidence_is_told_in_a_few_lines(site: Path) -> None:
    page = (site / "bare.html").read_text()
    assert "responses" in page
    assert len(page) < 400_000
