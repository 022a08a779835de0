"""The comparisons with other software: within their bars, complete, and in step with the page."""

import importlib
import inspect
import json
import re
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

import atopic
from atopic.stats import contrasts, pooling, proportions
from atopic.stats.doseresponse.models import MODELS
from atopic.stats.pooling import single_arm
from tests.oracles import compare
from tests.oracles.comparison import BARS, Comparison

#: Modules whose functions are statistics, below the rooms that read tables.
STATISTICS = [
    "proportions", "incidence", "contrasts", "pooling", "pooling.heterogeneity", "pooling.strata",
    "pooling.missing", "pooling.transforms", "pooling.glmm", "pooling.betabinomial", "bayes",
    "doseresponse", "changes", "ambiguity", "counts",
    "spreads", "trialdesign",
]  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> list[Comparison]:
    return compare.comparisons()


@pytest.fixture(scope="module")
def text() -> str:
    return compare.PAGE.read_text(encoding="utf-8")


def named(name: str) -> object:
    room, *rest = name.split(".")
    found = getattr(atopic, room, None) or importlib.import_module(f"atopic.{room}")
    for part in rest:
        found = getattr(found, part, None) or importlib.import_module(f"{found.__name__}.{part}")
    return found


def public() -> dict[object, str]:
    """Public functions, each by the shortest name under which it is reached."""
    functions = {}
    for module in STATISTICS:
        room = named(module)
        for name in room.__all__:
            if inspect.isfunction(getattr(room, name)):
                functions.setdefault(getattr(room, name), f"{module}.{name}")
    return functions


def test_every_error_is_within_its_bar(rows):
    over = [f"{row.key}: {row.error:.1e}, gain {row.gain}" for row in rows if not row.passes]
    assert not over


def test_the_bars_are_those_of_the_project():
    assert (BARS["closed"], BARS["iterative"]) == (1e-8, 1e-6)


def test_no_row_is_said_twice_and_all_compare_something(rows):
    assert len({row.key for row in rows}) == len(rows)
    assert min(row.size for row in rows) > 0


def test_the_page_has_every_row_and_no_other(rows, text):
    printed = [tuple(cells[:4]) for cells in compare.table_rows(text)]
    assert printed == [(f"`{row.function}`", *row.key[1:]) for row in rows]


def test_the_page_is_in_step(rows, text):
    assert compare.out_of_step(text, rows) == []


def test_every_public_function_has_a_row_or_a_reason(rows):
    compared = {named(row.function) for row in rows}
    without = {name for function, name in public().items() if function not in compared}
    assert without == set(compare.WITHOUT)


def test_rows_and_lists_name_functions_of_the_library(rows):
    for name in {row.function for row in rows} | set(compare.WITHOUT) | set(compare.UNCOVERED):
        assert callable(named(name)), name


def options() -> list[tuple[str, str]]:
    """Every named method of every function that has several."""
    of_tau2 = get_args(pooling.Tau2Method)
    intervals = get_args(pooling.IntervalMethod)
    found = {
        "proportions.interval": proportions.METHODS,
        "contrasts.compare": [
            f"{measure}, {method}" for measure, all_ in contrasts.METHODS.items() for method in all_
        ],
        "contrasts.exact_test": ["fisher", "barnard", "boschloo", "boschloo-minlike"],
        "pooling.random_effects": [
            *(f"{method}, {interval}" for method in of_tau2 for interval in intervals),
            *(f"prediction interval {name}" for name in get_args(pooling.Prediction)),
        ],
        "pooling.common_effect": intervals,
        "pooling.heterogeneity.tau2": of_tau2,
        "pooling.pool_proportions": list(single_arm.METHODS),
        "pooling.mantel_haenszel": ["OR", "RR", "RD"],
        "doseresponse.fit": MODELS,
        "doseresponse.fit_means": [model for model in MODELS if model != "constant"],
        "doseresponse.trend_test": ["asymptotic", "exact"],
        "bayes.meta_analysis": ["half-normal", "half-cauchy"],
        "trialdesign.exact_power": ["chi-square", "chi-square-corrected", "fisher", "boschloo"],
        "trialdesign.approximate_power": ["pooled", "unpooled"],
    }  # fmt: skip
    return [(function, name) for function, names in found.items() for name in names]


def test_every_method_has_a_row(rows):
    variants = [(row.function, row.variant) for row in rows]
    missing = [
        (function, name)
        for function, name in options()
        if not any(f == function and v.startswith(name) for f, v in variants)
    ]
    assert not missing


def test_loose_references_are_listed_with_their_reason(rows, text):
    section = text.split("## Where the reference is the loose one")[1].split("## What has no")[0]
    loose = [row for row in rows if row.kind == "loose"]
    assert section.count("\n- ") == len(loose)
    assert all(row.remark and row.remark in section for row in loose)


def test_a_page_that_lost_a_row_or_hides_an_error_is_out_of_step(rows, text):
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("| `"))
    assert compare.out_of_step("\n".join(lines[:at] + lines[at + 1 :]), rows)
    worse = [replace(rows[0], ours=np.asarray(rows[0].ours) * (1 + 1e-9)), *rows[1:]]
    assert "error 1.0e-09" in compare.out_of_step(text, worse)[0]
    better = [replace(rows[0], ours=rows[0].theirs), *rows[1:]]
    assert compare.out_of_step(text, better) == []


def test_the_index_of_the_oracles_names_every_folder_and_its_versions():
    folder = compare.PAGE.parents[1] / "tests" / "oracles"
    index = (folder / "README.md").read_text(encoding="utf-8").split("\n")
    for path in folder.glob("*/values.json"):
        values = json.loads(path.read_text(encoding="utf-8"))
        versions = values.get("versions") or values["software"]
        (line,) = (each for each in index if each.startswith(f"| `{path.parent.name}` |"))
        for package, version in versions.items():
            number = re.search(r"\d+(\.\d+)+", version)[0]
            assert f"{package} {number}" in line


def one(ours, theirs, **options) -> Comparison:
    return Comparison("f", "", "", "", ours, theirs, **options)


def test_errors_are_relative_and_missing_values_fail():
    assert one([2.0, np.inf], [4.0, np.inf]).error == 0.5
    assert one([1e-9], [0.0], unit=0.01).error == pytest.approx(1e-7)
    assert one([1.0, 5.0], [1.0, np.nan]).size == 1
    assert not one([np.nan], [1.0]).passes
    assert not one([1.0], [1.0], gain=-1e-6).passes
    assert not one([1.0], [1.1], kind="loose").passes
    assert one([0.12345], [0.1235], kind="printed", step=1e-4).passes
    assert not one([0.1234], [0.1235], kind="printed", step=1e-4).passes
    with pytest.raises(ValueError, match="shapes"):
        _ = one([1.0], [1.0, 2.0]).error
