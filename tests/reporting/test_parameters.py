import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.errors import ReportError
from atopic.reporting.plan.parameters import (
    Parameter,
    check_values,
    declared,
    from_text,
    read_notebook,
)


def tagged(source: str, times: int = 1) -> list[dict[str, Any]]:
    cell = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return [cell] * times


def test_names_types_defaults_and_help_are_read() -> None:
    source = (
        'outcome: str = "EASI-50"  # a responder outcome\n'
        "weeks: list[int] = [12]\n"
        "level = 0.95  # share\n"
        "data: str | None = None\n"
    )
    found = declared(tagged(source), "n.ipynb")
    assert list(found.values()) == [
        Parameter("outcome", "str", "EASI-50", "a responder outcome"),
        Parameter("weeks", "list[int]", [12], ""),
        Parameter("level", "float", 0.95, "share"),
        Parameter("data", "str | None", None, ""),
    ]


def test_types_and_help_are_read_however_they_are_written() -> None:
    source = (
        "# above\n"
        "weeks: list [ int ] = [\n    12,  # the first\n    16,\n]  # those wanted\n"
        "mark: str = '# no comment'  # a 'quoted' # sign\n"
        "low: int = -1; high: int|None = None  # both\n"
        "words: str = ('one '\n    'two')\n"
    )
    assert list(declared(tagged(source), "n.ipynb").values()) == [
        Parameter("weeks", "list[int]", [12, 16], "those wanted"),
        Parameter("mark", "str", "# no comment", "a 'quoted' # sign"),
        Parameter("low", "int", -1, "both"),
        Parameter("high", "int | None", None, "both"),
        Parameter("words", "str", "one two", ""),
    ]


def test_a_refusal_tells_what_would_do() -> None:
    with pytest.raises(ReportError, match=r"'x' is not of type int \| None; .* 12, or none$"):
        from_text(Parameter("p", "int | None", None, ""), "x")
    with pytest.raises(ReportError, match=r"= 12 is not of type list\[int\]; .* \[12, 16\]$"):
        check_values({"weeks": 12}, KNOWN, "report 'r'")


def test_a_notebook_without_tagged_cell_has_no_parameters() -> None:
    cell = {"cell_type": "code", "source": "x = 1", "metadata": {}}
    assert declared([cell], "n.ipynb") == {}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = f()", "must be a literal"),
        ("import os", "only lines like"),
        ("x, y = 1, 2", "plain name"),
        ("x: int", "plain name and a default"),
        ("x: dict = {}", "is not one of int"),
        ("x: int = 'a'", "the default of 'x' is not of type int"),
        ("x = = 1", "line 1"),
        ("x: int = 1\nx: int = 2", "declares 'x' twice"),
        ("x: float = 1e400", "the default of 'x' is not of type float"),
        ("x: int = 10**3", "must be a literal"),
        ("x: list[list[int]] = []", "is not one of int"),
        ("x = None", "is not one of int"),
        ("%time", "line 1"),
        ('"""Words."""', "only lines like"),
    ],
)
def test_a_cell_that_declares_something_else_is_refused(source: str, words: str) -> None:
    with pytest.raises(ReportError, match=r"^n\.ipynb: ") as caught:
        declared(tagged(source), "n.ipynb")
    assert words in str(caught.value)


def test_two_tagged_cells_are_refused() -> None:
    with pytest.raises(ReportError, match="2 cells are tagged"):
        declared(tagged("x = 1", times=2), "n.ipynb")


KNOWN = {
    "weeks": Parameter("weeks", "list[int]", [12], ""),
    "level": Parameter("level", "float", 0.95, ""),
    "flag": Parameter("flag", "bool", False, ""),
    "data": Parameter("data", "str | None", None, ""),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [("weeks", []), ("weeks", [1, 2]), ("level", 1), ("flag", True), ("data", None), ("data", "d")],
)
def test_values_of_the_declared_type_are_accepted(name: str, value: object) -> None:
    check_values({name: value}, KNOWN, "report 'r'")


@pytest.mark.parametrize(
    ("name", "value"),
    [("weeks", 12), ("weeks", ["12"]), ("weeks", [True]), ("level", "0.95"), ("level", True),
     ("flag", 1), ("data", 3), ("level", float("nan")), ("level", float("inf")),
     ("level", 10**400), ("weeks", [[]]), ("weeks", {}), ("data", datetime.date(2020, 1, 1))],
)  # fmt: skip
def test_values_of_another_type_are_refused(name: str, value: object) -> None:
    with pytest.raises(ReportError, match=f"report 'r': parameter '{name}' = .* is not of type"):
        check_values({name: value}, KNOWN, "report 'r'")


def test_an_undeclared_parameter_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ReportError, match="it declares: weeks, level, flag, data"):
        check_values({"week": [12]}, KNOWN, "report 'r'")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("str", "007", "007"),
        ("str", "true", "true"),
        ("int", "12", 12),
        ("float", "1e-3", 0.001),
        ("bool", "False", False),
        ("bool", "yes", True),
        ("list[int]", "", []),
        ("list[int]", "[]", []),
        ("list[int]", "[12, 16]", [12, 16]),
        ("list[str]", "kim-2017,'shin-2021'", ["kim-2017", "shin-2021"]),
        ("list[str]", "'a, b',\"c\", it's", ["a, b", "c", "it's"]),
        ("list[str]", "['007', 08]", ["007", "08"]),
        ("list[float]", "[0.5, 1]", [0.5, 1.0]),
        ("list[bool]", "true, no", [True, False]),
        ("list[int] | None", "none", None),
        ("list[int] | None", "[]", []),
        ("int | None", " 7 ", 7),
        ("str | None", "none", None),
        ("str | None", "nonesuch", "nonesuch"),
    ],
)
def test_text_is_converted_by_the_declared_type(kind: str, text: str, value: object) -> None:
    assert from_text(Parameter("p", kind, None, ""), text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("int", "1.5"), ("int", "1_000"), ("int", "١٢"), ("float", "x"), ("bool", "2"),
     ("list[int]", "12,x"), ("list[int]", "[12"), ("list[int]", "12]"), ("list[int]", "12,"),
     ("int", ""), ("int", "0x10"), ("float", "nan"), ("float", "-inf"), ("float", "1e999"),
     ("bool", ""), ("int | None", "null")],
)  # fmt: skip
def test_text_of_no_such_value_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ReportError, match=r"parameter 'p': .* is not of type"):
        from_text(Parameter("p", kind, None, ""), text)


@given(st.lists(st.integers()))
def test_a_list_written_as_python_comes_back(values: list[int]) -> None:
    assert from_text(Parameter("p", "list[int]", [], ""), str(values)) == values


def test_a_file_that_is_no_notebook_is_refused(tmp_path) -> None:
    texts = {"a": "not json", "b": "[]", "c": '{"nbformat": 3}', "d": '{"nbformat": 4}'}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    for path in (*(tmp_path / name for name in texts), tmp_path / "none.ipynb", tmp_path):
        with pytest.raises(ReportError, match="notebook"):
            read_notebook(path)
