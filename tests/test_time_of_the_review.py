"""Times are told in the unit of the review: sentences, headings, axes, rates over time."""

import ast
import csv
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from atopic.cli import app
from atopic.display.finding_words import weeks_words
from atopic.display.numbers import when_text
from atopic.importing.values import in_unit, interval
from atopic.questions.benchmarks.beside_placebo import near_times
from atopic.questions.durability.finding import since_words
from atopic.review import UNITS, Review, time_span, time_word, units_a_year, use_review
from tests.conftest import REPOSITORY
from tests.reviews import ours
from tests.test_words_of_the_review import literals

SOURCE = REPOSITORY / "src" / "atopic"
WEEK = re.compile(r"\bweek(?:s|ly)?\b", re.IGNORECASE)
#: Where a text speaks of weeks whatever the review counts, and why.
ALLOWED = {
    "additions/report.py": "names of parameters in the code of a new notebook",
    "importing": "the column week of a sheet is in weeks, and is converted",
    "scaffold": "the choice of the unit, and what a review without one has",
    "review.py": "the units that there are",
    "questions/benchmarks/beside_placebo.py": "how near is near, by unit",
    "questions/durability/swimmer_chart.py": "the ticks of each unit",
}
#: Columns of tables, whose names stay what they are.
COLUMNS = ("week", "weeks")
#: Names of columns and parameters, which stay what they are.
_CODE = re.compile(r"weeks?|\w*_\w*|\{[^}]*\}|[\w-]*-[\w-]*")


@pytest.fixture(autouse=True)
def _weeks_again() -> Iterator[None]:
    yield
    use_review(Review())


def test_no_sentence_of_the_program_says_week() -> None:
    named = []
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        if any(place.startswith(one) for one in ALLOWED):
            continue
        for line, text in literals(path):
            bare = re.sub(r"\{[^}]*\}", "", text)
            if WEEK.search(bare) and not _CODE.fullmatch(text):
                named.append(f"{place}:{line}: {text[:60]!r}")
    assert named == []


def test_nothing_is_counted_or_drawn_in_weeks() -> None:
    counted = [
        f"{path.name}:{node.lineno}"
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in ("plural", "counted", "text")
        for one in node.args
        if isinstance(one, ast.Constant) and WEEK.fullmatch(str(one.value))
    ]
    assert counted == []


def _name(function: ast.expr) -> str:
    return str(getattr(function, "id", getattr(function, "attr", "")))


@pytest.mark.parametrize("place", ALLOWED)
def test_each_exception_is_needed(place: str) -> None:
    files = [SOURCE / place] if place.endswith(".py") else sorted((SOURCE / place).rglob("*.py"))
    assert any(WEEK.search(text) for file in files for _, text in literals(file))


def test_no_prose_of_a_notebook_says_week() -> None:
    named = []
    for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb")):
        if path.stem in ("start", "explore"):  # of this review alone
            continue
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                named += [
                    f"{path.stem}: {line}" for line in source.split("\n") if WEEK.search(line)
                ]
                continue
            for node in ast.walk(ast.parse(source)):
                text = node.value if isinstance(node, ast.Constant) else ""
                if isinstance(text, str) and WEEK.search(text) and not _CODE.fullmatch(text):
                    named.append(f"{path.stem}: {text}")
    assert named == []


@pytest.mark.parametrize("unit", UNITS)
def test_words_follow_the_unit(unit: str) -> None:
    use_review(Review(time_unit=unit))
    assert (time_word(), time_span(1), time_span(2)) == (unit, f"1 {unit}", f"2 {unit}s")
    assert when_text(7) == weeks_words([7]) == f" at {unit} 7"
    assert weeks_words([2, 7]) == f" at {unit}s 2 and 7"
    year = int(units_a_year())
    assert since_words([year, 3 * year]) == "one to three years on"
    assert since_words([year - 1]) in (f"at {unit} {year - 1}", f"at {unit} 0")


def test_results_of_hours_or_days_apart_are_not_near() -> None:
    found = {}
    for unit in UNITS:
        use_review(Review(time_unit=unit))
        found[unit] = near_times()
    assert found == {"hour": 0, "day": 0, "week": 4, "month": 1, "year": 0}


@pytest.mark.parametrize(
    ("number", "said", "wanted", "found"),
    [
        (2, "weeks", "day", "14"), (48, "hours", "day", "2"), (36, "hours", "day", ""),
        (1, "week", "hour", "168"), (2, "years", "month", "24"), (6, "months", "year", ""),
        (1, "month", "week", ""), (52, "weeks", "year", ""), (3, "fortnights", "week", ""),
    ],
)  # fmt: skip
def test_times_are_converted_only_where_they_are_whole(
    number: float, said: str, wanted: str, found: str
) -> None:
    assert in_unit(number, said, wanted) == found


@pytest.mark.parametrize(
    ("said", "unit", "found"),
    [("Q2W", "day", "14"), ("every 8 hours", "hour", "8"), ("daily", "hour", "24"),
     ("monthly", "week", None), ("3 months", "month", "3"), ("BID", "day", None)],
)  # fmt: skip
def test_intervals_of_doses_are_in_the_unit(said: str, unit: str, found: str | None) -> None:
    assert interval(said, unit) == found


def _in_hours(folder: Path) -> Path:
    """Write this review as one whose times are hours, in its own words too."""

    def hours(text: str) -> str:
        text = re.sub(r"\b[Ww]eek(s?)\b", r"hour\1", text)
        return re.sub(r"\bweekly\b", "hourly", text)

    folder.mkdir()
    data = ours(folder / "data")
    for path in data.glob("*.csv"):
        with path.open(newline="", encoding="utf-8-sig") as opened:
            header, *rows = list(csv.reader(opened))
        with path.open("w", newline="", encoding="utf-8") as opened:
            writer = csv.writer(opened, lineterminator="\n")
            writer.writerows([header, *([hours(cell) for cell in row] for row in rows)])
    words = (data / "review.toml").read_text(encoding="utf-8")
    (data / "review.toml").write_text(hours(words), encoding="utf-8")
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    (data / "datapackage.json").write_text(json.dumps(_told(package, hours)), encoding="utf-8")
    lines = (REPOSITORY / "reports.toml").read_text(encoding="utf-8")
    lines = re.sub(r"\[\[release\]\]\n([^\n]+\n)*", "", lines)
    lines = re.sub(r"(?m)^notebook = \"notebooks/(\w+)\.ipynb\"", r'notebook = "atopic:\1"', lines)
    (folder / "reports.toml").write_text(
        "\n".join(one if re.match(r"weeks? = ", one) else hours(one) for one in lines.split("\n")),
        encoding="utf-8",
    )
    return folder


def _told(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    """Change the texts of a schema, but not the names in it."""
    if isinstance(value, dict):
        return {name: _told(one, change, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_told(one, change, key) for one in value]
    names = ("name", "key", "primaryKey", "column", "fields", "blankWith", "path")
    return change(value) if isinstance(value, str) and key not in names else value


def visible(page: str) -> list[str]:
    """Return the texts that a reader sees, without code and without names of columns."""
    page = re.sub(r"<(script|style|pre|code)\b.*?</\1>", "", page, flags=re.DOTALL)
    words = re.findall(r'(?:alt|aria-label|title|placeholder)="([^"]*)"', page)
    return [html.unescape(one) for one in (*re.split(r"<[^>]+>", page), *words)]


@pytest.mark.slow
def test_a_site_in_hours_nowhere_says_week(tmp_path: Path) -> None:
    folder, site = _in_hours(tmp_path / "hours"), tmp_path / "site"
    asked = ["build", "--manifest", str(folder / "reports.toml"), "--data", str(folder / "data"),
             "--out", str(site)]  # fmt: skip
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 0, ran.output
    # What other software found, which this page repeats, was in weeks.
    pages = [one for one in sorted(site.rglob("*.html")) if one.name != "validation.html"]
    assert len(pages) > 30
    said = {
        (page.name, text.strip()[:120])
        for page in pages
        for text in visible(page.read_text(encoding="utf-8"))
        if WEEK.search(text) and text.strip() not in COLUMNS
    }
    assert sorted(said) == []
    pictures = [one for one in site.rglob("*.svg") if WEEK.search(one.read_text(encoding="utf-8"))]
    assert pictures == []
