import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.errors import ReportError
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.parameters import (
    Parameter,
    check_values,
    declared,
    from_text,
    read_notebook,
)
from atopic.reporting.plan.plain_python import may_read_all, names_read
from atopic.reporting.plan.plan import plan
from atopic.reporting.plan.value_code import as_code, as_json, injected


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


D = datetime.date(2026, 1, 31)
#: What people write into the tagged cell, a value for ``x`` as TOML and as typed, and what it is.
WRITTEN = [
    ("x = None", 3, "3", 3),
    ("x = None", "a", "a", "a"),
    ("x = None", [12, 16], "12,16", [12, 16]),
    ("x = []", [1, 2], "[1, 2]", [1, 2]),
    ("x = {}", {"a": 1}, "a=1", {"a": 1}),
    ("x = {'a': {'b': [1]}}", {"a": 1}, '{"a": 1}', {"a": 1}),
    ("x = (1, 2)", [3, 4], "3,4", (3, 4)),
    ("x = ('a',)", ["b"], "(b,)", ("b",)),
    ("x = {'a', 'b'}", ["c"], "c", {"c"}),
    ("x = 2 * m", 5, "5", 5),
    ("x = 10**3", 5, "5", 5),
    ("x = -1", -5, "-5", -5),
    ("x = f'{m} of'", "5", "5", "5"),
    ("x: int", 5, "5", 5),
    ("x: int = None", 5, "5", 5),
    ("x: int = 'a'", 5, "5", 5),
    ("a = x = 1", 5, "5", 5),
    ("a, x = 1, 2", 5, "5", 5),
    ("(a, [x, *b]) = 1, [2, 3]", 5, "5", 5),
    ("x = 1; x = 'a'", "5", "5", "5"),
    ("import os; from datetime import date\nx = 1", 5, "5", 5),
    ('"""Words."""\nx = 1', 5, "5", 5),
    ("%matplotlib inline\n!ls\nx = 1", 5, "5", 5),
    ("%%time\nx = 1", 5, "5", 5),
    ("if True:\n    x = 1\nelse:\n    x = 2", 5, "5", 5),
    ("x = (\n  1 +\n  2\n)", 5, "5", 5),
    ("x: float = 1e400", 0.5, "0.5", 0.5),
    ("x: Optional[str] = None", "a", "a", "a"),
    ("x: typing.Optional[int] = 3", 4, "4", 4),
    ("x: None | str = None", None, "none", None),
    ("x: 'int | None' = None", None, "none", None),
    ("x: Union[int, str] = 1", 7, "7", 7),
    ("x: Literal['fast', 'slow', 3] = 'fast'", "slow", "slow", "slow"),
    ("x: Literal[1, None] = 1", None, "none", None),
    ("x: list[list[int]] = []", [[1], [2, 3]], "[1], [2, 3]", [[1], [2, 3]]),
    ("x: list = []", [1, "a"], "[1, 'a']", [1, "a"]),
    ("x: dict = {}", {"a": [1]}, "{'a': [1]}", {"a": [1]}),
    ("x: dict[int, float] = {}", {"1": 0.5}, "{1: 0.5}", {1: 0.5}),
    ("x: tuple[int, str] = (1, 'a')", [2, "b"], "2,b", (2, "b")),
    ("x: tuple[int, ...] = ()", [1, 2, 3], "(1, 2, 3)", (1, 2, 3)),
    ("x: set[str] = set()", ["a"], "{a}", {"a"}),
    ("x: Sequence[str] = ()", ["a"], "a", ["a"]),
    ("x: Final[int] = 1", 5, "5", 5),
    ("x: Any = 1", "a", "a", "a"),
    ("x = date(2020, 1, 1)", D, "2026-01-31", D),
    ("x: dt.date = dt.date.today()", "2026-01-31", "2026-01-31", D),
    ("x: date | None = None", D, "2026-01-31", D),
    ("x: Path = Path('a') / 'b'", "c/d", "c/d", Path("c/d")),
]


@pytest.mark.parametrize(("source", "value", "text", "meant"), WRITTEN)
def test_parameters_are_read_as_people_write_them(
    source: str, value: object, text: str, meant: object
) -> None:
    parameter = declared(tagged(source), "n.ipynb")["x"]
    assert from_text(parameter, text) == meant
    assert check_values({"x": value}, {"x": parameter}, "r") == {"x": meant}


@pytest.mark.parametrize(
    ("source", "value"),
    [("x: Literal['a', 'b'] = 'a'", "c"), ("x: tuple[int, str] = (1, 'a')", [1]), ("x = (1,)", "a"),
     ("x: dict[str, int] = {}", {"a": "b"}), ("x = date(2020, 1, 1)", "soon"), ("x = {1}", [[1]]),
     ("x: pd.DataFrame = None", 1), ("x: Optional[Model] = None", "a"), ("x = {}", [1]),
     ("x: Callable[[int], int] = f", 1), ("x: Path = Path()", 3), ("x = f''", 1),
     ("x: None | str = None", 3), ("x = None", float("nan")), ("x = None", [float("inf")])],
)  # fmt: skip
def test_only_what_is_set_and_cannot_be_is_refused(source: str, value: object) -> None:
    known = declared(tagged(source), "n.ipynb")
    assert set(known) == {"x"}
    with pytest.raises(ReportError, match=r"^report 'r': parameter 'x'"):
        check_values({"x": value}, known, "report 'r'")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
        | st.dates() | st.datetimes() | st.sampled_from([Path("a/b"), Path("it's")]),
        lambda inner: st.lists(inner) | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner) | st.sets(st.text() | st.dates()),
        max_leaves=8,
    )
)  # fmt: skip
def test_the_code_of_a_value_is_that_value(value: object) -> None:
    assert eval(as_code(value)) == value
    json.dumps(as_json(value), allow_nan=False)


def test_a_number_too_long_to_be_written_in_digits_is_written_as_it_can_be() -> None:
    huge = 16**9000
    found = check_values({"x": huge}, declared(tagged("x = 0x" + "f" * 9000), "n.ipynb"), "r")
    assert eval(as_code(found["x"])) == huge
    assert json.loads(json.dumps(as_json([huge]))) == [hex(huge)]
    assert list(eval(as_code(injected([huge], "python")))) == [huge]


def test_a_cell_that_is_not_python_declares_nothing() -> None:
    with pytest.raises(ReportError, match=r"n\.ipynb: the parameters cell, line 1"):
        declared(tagged("x = = 1"), "n.ipynb")


def test_names_in_texts_and_magics_count_as_read() -> None:
    for code in ("df.query('year == @x')", "f'{x}'", "eval('x')", "globals()['x']", "!echo {x}",
                 "%run $x", "f'{y:{x}}'", "sql('where a = :x')", "%%bash\necho $x",
                 "getattr(m, 'x')", "x += 1", "b'x'"):  # fmt: skip
        assert "x" in names_read([code]), code
    for code in ("x = 1", "# x", "for x in []: pass", "import x"):
        assert "x" not in names_read([code]), code


@pytest.mark.parametrize(
    ("code", "all_of_them"),
    [
        ("'{x}'.format(**globals())", True), ("template.render(locals())", True),
        ("for name in list(globals()): print(name)", True),
        ("exec(compile(code, 'f', 'exec'))", True),
        ("%run -i other.py", True), ("%run -t -i other.py", True), ("def f(): return vars()", True),
        ("globals()['y']", False), ("globals().get('y', 1)", False), ("'y' in locals()", False),
        ("eval('y')", False), ("vars(thing)", False), ("%run other.py -i", False),
    ],
)  # fmt: skip
def test_who_looks_at_all_names_reads_all_parameters(
    code: str, all_of_them: bool, notebook: Callable[..., Path]
) -> None:
    assert may_read_all([code]) == all_of_them
    report = Report("r", "R", notebook("limit: int = 1", code), parameters={"limit": 2})
    (planned,) = plan([report], strict=False)
    assert (planned.refusal == "") == all_of_them


def test_parameters_are_what_the_cell_leaves(notebook: Callable[..., Path]) -> None:
    cell = (
        "(a := 1)\nb = 1\nb += 1\nc = [1]\nc.append(2)\nd = {}\nd['x'] = 1\ngone = 1\ndel gone\n"
        "match b:\n    case 2: e = 1\nf = (g := 2) + 1\nh, i = 1, 2\ndel i\nj = c.copy()\n"
        "def k():\n    (hidden := 1)"
    )
    found = declared(tagged(cell), "n.ipynb")
    assert list(found) == ["a", "b", "c", "d", "e", "f", "g", "h", "j"]
    assert {name for name, one in found.items() if one.default == "..."} == set("bcde")
    assert (found["a"].default, found["g"].type, found["b"].type) == (1, "int", "int")


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
