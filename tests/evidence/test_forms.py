import json
import re

import pytest

from atopic.evidence import patterns
from atopic.evidence.forms import _KNOWN, form_words
from tests.conftest import REPOSITORY

FILES = ("data/datapackage.json", "src/atopic/evidence/core.json")


def every_pattern() -> list[str]:
    found = set()
    for name in FILES:
        for table in json.loads((REPOSITORY / name).read_text())["resources"]:
            for field in table["schema"]["fields"]:
                found.add(field.get("constraints", {}).get("pattern"))
    return sorted(found - {None})


@pytest.mark.parametrize("pattern", every_pattern())
def test_every_pattern_of_the_tables_is_told_in_words(pattern: str) -> None:
    assert not re.search(r"[\[\]{}*\\^$]|\(\w", form_words(pattern)), form_words(pattern)


@pytest.mark.parametrize(("pattern", "examples"), [(one, e) for one, (_, e) in _KNOWN.items()])
def test_an_example_has_the_form_that_it_shows(pattern: str, examples: tuple[str, ...]) -> None:
    assert all(patterns.fits(pattern, one) for one in examples)


def test_words_are_kept_for_patterns_that_tables_have() -> None:
    used = {re.sub(r"(.+)\(;\1\)\*", r"\1", one) for one in every_pattern()}
    assert set(_KNOWN) <= used
