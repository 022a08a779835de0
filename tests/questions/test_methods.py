"""The methods report: its worked numbers, its functions and its references."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import atopic
from atopic.questions.methods.worked import TOPICS, references, worked
from tests.conftest import REPOSITORY
from tests.reach import place_of, reached
from tests.running import run
from tests.stats.test_validation import named, public

NOTEBOOK = REPOSITORY / "notebooks" / "methods.ipynb"

SENSITIVITY = "sensitivity of a pooled result, which a next report shows"

#: Public statistical functions that no report computes, and why they are there.
UNUSED = {
    "pooling.leave_one_out": SENSITIVITY,
    "pooling.leave_one_out_rates": SENSITIVITY,
    "pooling.subgroups": SENSITIVITY,
    "pooling.all_subsets": SENSITIVITY,
    "pooling.influence": "diagnostics beside those, for a next report",
    "pooling.egger": "effects of small studies: refused below ten trials, more than a report pools",
    "pooling.funnel": "the picture of that test",
    "contrasts.from_ratio": "a ratio at a baseline risk, for a reader's own numbers",
    "pooling.meta_regression": "moderators, which the few trials of cells do not bear",
    "pooling.pool_means": "for a reader's own frame",
    "proportions.tabulate": "for a reader's own frame",
    "spreads.from_five_numbers": "for a reader's own frame",
    "spreads.from_interval": "for a reader's own frame",
    "spreads.from_p": "for a reader's own frame",
    "spreads.from_quartiles": "for a reader's own frame",
    "spreads.from_range": "for a reader's own frame",
    "spreads.from_se": "for a reader's own frame",
    "spreads.from_t": "for a reader's own frame",
    "changes.from_limits": "no source of the tables prints limits of a change; the next one may",
}


def prose() -> str:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def mentioned() -> set[str]:
    return set(re.findall(r"`atopic\.([a-z0-9_.]+)`", prose()))


def test_every_function_that_is_named_exists() -> None:
    assert len(mentioned()) > 70
    for name in mentioned():
        assert callable(named(name)), name


def test_every_statistical_function_is_used_by_a_report_or_excepted() -> None:
    places = reached()
    unused = {name for function, name in public().items() if place_of(function) not in places}
    assert unused == set(UNUSED)


def test_what_no_report_reaches_is_found() -> None:
    places = reached()
    assert ("atopic.stats.proportions", "interval") in places
    assert ("atopic.questions.methods.worked", "_strata") in places  # by a table of functions
    assert ("atopic.stats.pooling.tau2", "estimate_tau2") in places  # by what functions call
    assert ("atopic.stats.pooling.sensitivity", "robustness") in places  # by a report of effects
    assert ("atopic.stats.pooling.sensitivity", "all_subsets") not in places
    assert not any(module == "atopic.stats.pooling.small_studies" for module, _ in places)


def test_the_page_names_what_reports_compute_or_an_exception() -> None:
    places, excepted = reached(), {named(name) for name in UNUSED}
    for name in mentioned():
        assert named(name) in excepted or place_of(named(name)) in places, name


def test_every_reference_is_one_of_the_function_that_it_names() -> None:
    frame = references()
    assert len(frame) == len(frame.drop_duplicates()) > 60
    for row in frame.itertuples():
        text = inspect.getdoc(named(row.function)) or ""
        assert row.year in text, row
        for author in row.authors.split(", "):
            assert author in text, row
        for number in re.findall(r"\d+:\d+", row.place):
            volume, first = number.split(":")
            assert re.search(rf"\b{volume}\b", text), row
            assert re.search(rf"\b{first}\b", text), row


def test_every_work_cited_in_the_prose_is_in_the_list() -> None:
    frame = references()
    listed = {(author.split()[-1], row.year) for row in frame.itertuples()
              for author in row.authors.split(", ")}  # fmt: skip
    listed |= {("Force", "1993")}
    cited = re.findall(r"([A-Z][A-Za-zö-]+) \(?((?:19|20)\d\d)\b", prose())
    assert len(cited) > 50
    for author, year in cited:
        assert (author, year) in listed, (author, year)


# Numbers of the report, from other software (see the folder of the room in tests/oracles) or by
# hand from responses.csv: 4 of 5, 14/59 v 4/55, 28/88 v 22/81, and 68/206 v 28/94, the sizes next
# to those planned that print 33.0 and 29.79.
@pytest.mark.parametrize(
    ("topic", "what", "value", "lower", "upper"),
    [
        ("intervals", "clopper-pearson", 0.8, 0.2836, 0.9949),  # binom.test
        ("two-arms", "RD, newcombe", 14 / 59 - 4 / 55, 0.0299, 0.2947),
        ("two-arms", "OR, conditional-exact", 3.92164, None, None),  # fisher.test
        ("tests", "P, fisher", 0.0204, None, None),  # fisher.test
        ("tests", "P, chi-square", 0.0161, None, None),  # chisq.test
        ("strata", "OR, Mantel-Haenszel", 1.195475, 0.790299, 1.808378),  # rma.mh
        ("missing", "RD, worst", 28 / 98 - 40 / 99, None, None),
        ("no-event", "one-sided upper limit, exact", 0, 0, 1 - 0.05 ** (1 / 35)),
        ("doses", "P for trend", 0.00046, None, None),  # prop.trend.test
    ],
)
def test_the_worked_numbers(evidence: atopic.Evidence, topic: str, what: str, value: float,
                            lower: float | None, upper: float | None) -> None:  # fmt: skip
    (row,) = worked(evidence, topic).query("what == @what").to_dict("records")
    assert row["value"] == pytest.approx(value, abs=6e-5)
    if lower is not None and upper is not None:
        assert (row["lower"], row["upper"]) == pytest.approx((lower, upper), abs=6e-5)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_numbers_with_rows_and_functions(
    evidence: atopic.Evidence, topic: str
) -> None:
    frame = worked(evidence, topic, level=0.9)
    assert len(frame)
    assert all(callable(named(name.removeprefix("atopic."))) for name in frame["function"])
    assert frame["rows"].str.fullmatch(r"\d+(, \d+)*").all()


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_what_is_no_level_is_refused(evidence: atopic.Evidence, level: float) -> None:
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        worked(evidence, "intervals", level=level)
    with pytest.raises(ValueError, match="topic must be one of intervals"):
        worked(evidence, "nonsense")


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_the_notebook_at_other_levels(level: float, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(NOTEBOOK, {"level": level}, monkeypatch)
    names = [metadata["name"] for metadata, _ in shown if metadata["kind"] == "table"]
    assert names == [f"worked-{topic}" for topic in order(names)] + ["references"]
    caption = next(meta["caption"] for meta, _ in shown if meta.get("name") == "worked-intervals")
    assert f"{100 * level:g}%" in caption


def order(names: list[str]) -> list[str]:
    found = [name.removeprefix("worked-") for name in names if name != "references"]
    assert set(found) == set(TOPICS)
    return found


def test_the_notebook_without_the_rows_of_its_examples(
    evidence: atopic.Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = dict(evidence._frames)
    for name in ("responses", "scores", "contrasts"):
        tables[name] = tables[name].iloc[:0]
    monkeypatch.setattr(
        atopic, "load", lambda _, **__: replace(evidence, _frames=tables, absent="empty")
    )
    kinds = [metadata["kind"] for metadata, _ in run(NOTEBOOK, {}, monkeypatch)]
    assert kinds == ["finding", "table"]


def test_a_refused_example_says_why_in_its_last_row(
    evidence: atopic.Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(evidence: atopic.Evidence, level: float) -> Iterator[Any]:
        yield ("P", "1 of 2", 0.5, 0.1, 0.9, "f", "2")
        raise ValueError("no variance")

    monkeypatch.setitem(TOPICS, "intervals", refused)
    frame = worked(evidence, "intervals")
    assert frame["what"].to_list() == ["P", "not computed from here on"]
    assert frame["example"].iloc[-1] == "no variance"
