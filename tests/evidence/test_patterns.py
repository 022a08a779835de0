"""Patterns of the schema mean what they mean to Python, and none takes long to match."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atopic.evidence.core import read_package
from atopic.evidence.patterns import PatternError, fits, understood
from atopic.paths import bundled

PATTERNS = sorted(
    {field.pattern
     for table in read_package(bundled("data")).tables.values()
     for field in table.fields if field.pattern}
)  # fmt: skip

atoms = st.sampled_from(
    [
        "a",
        "b",
        "-",
        r"\.",
        ".",
        "[ab]",
        "[^a]",
        "[a-c0]",
        r"\d",
        r"\W",
        r"[\s-]",
        "é",
        "(?:)",
        "\\n",
    ]
)
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(str.__add__, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("({}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])),
        st.builds("({}){}".format, inner, st.sampled_from(["*?", "+?", "??", "{0,2}?"])),
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(patterns, st.lists(st.text("ab-.0 é\n_٣", max_size=7), max_size=6))
def test_a_whole_cell_matches_as_python_says(pattern: str, cells: list[str]) -> None:
    for cell in cells:
        assert fits(pattern, cell) == bool(re.fullmatch(pattern, cell)), (pattern, cell)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_of_our_schema_is_understood(pattern: str) -> None:
    understood(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r".*foo.*", r"https?://.*\.(org|com)/.*", r"^a|b$", r"\A[0-9]+\Z", "", "a|", ".{0,900}",
     r"(\w+ )*\w+", "(ab|cd)+", "[^;]+(;[^;]+)*", "a?a?a?", "(a|b)*a(a|b){80}", "a**"[:2]],
)  # fmt: skip
def test_patterns_of_everyday_use(pattern: str) -> None:
    understood(pattern)
    for cell in ("", "a", "b", "xfoox", "https://a.org/x", "12", "aa", "ab;cd", "one two", "abcd"):
        assert fits(pattern, cell) == bool(re.fullmatch(pattern, cell))


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a*)*b", "(a|a)*", "(a|ab|b)*c", r"(\w+\s?)*", "([a-z]+-?)+", "(.*a)*",
     "((a|b)+)*c", r"(\d+\d*)+x", "(x(a?)?)*", "([^-]|[a-z])*", "(a{1,2})+", "(a+?)+?"],
)  # fmt: skip
def test_what_could_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="take for ever"):
        understood(pattern)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [("(", "no regular expression"), (r"(a)\1", "looks around or back"), ("a(?=b)", "looks around"),
     ("(?i)a", "flag"), ("(?i:a)", "flag"), ("a^b", "looks around"), (r"\bx", "looks around"),
     ("a++", "looks around"), ("a{9999}", "more than 1000 letters"), ("(a{99}){99}", "more than"),
     ("a{99999999999}", "repeats too often"), ("(" * 2000 + ")" * 2000, "nested too deeply"),
     ("a" * 6000, "longer than"), ("[z-a]", "no regular expression"), ("a**", "no regular")],
)  # fmt: skip
def test_what_is_no_pattern_of_a_schema_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        understood(pattern)


@pytest.mark.parametrize(
    "pattern", [".*.*.*.*.*x", "(a|b)*a(a|b){200}", "(a*b?){9}", "(.{0,99}){2}y"]
)
def test_the_time_grows_with_the_cell_alone(pattern: str) -> None:
    begun = time.perf_counter()
    assert not fits(pattern, "a" * 3000 + "!")
    assert time.perf_counter() - begun < 3
