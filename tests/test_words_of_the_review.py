"""Nothing that a page says of this review stands in the program: it comes from the tables."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import REPOSITORY

SOURCE = REPOSITORY / "src" / "atopic"
DATA = REPOSITORY / "data"

#: Columns of the tables whose words are this review's own.
OWN = {
    "studies": ("study_id", "short_name", "brand", "intervention_class"),
    "arms": ("agent", "cell_source", "donor", "dose_unit"),
    "instruments": ("outcome", "instrument"),
}
#: Words of these columns that are ordinary English in any review.
ORDINARY = {
    "global", "improvement", "mg", "none", "placebo", "unknown", "any-improvement",
    "sustained-improvement", "insomnia",
}  # fmt: skip
#: Where a word of the review means another thing, or stands for none of its pages, and why.
ALLOWED = {
    "cells": {
        "additions": "cells of a table",
        "display/table_cells.py": "cells of a table",
        "engine": "cells of a notebook",
        "evidence/csv_rows.py": "cells of a table",
        "importing": "cells of a table",
        "reporting": "cells of a notebook or of a table",
        "stats": "cells of a table of counts",
        "questions/claims/rules_design.py": "a cue of claims: what was seen in culture",
    },
    "placebo": {
        "evidence": "the role and the designs that the core schema knows, which checks name",
        "importing": "what sheets call a control group, and the role they are given",
        "review.py": "the word of a review that has none of its own",
        "stats": "what the literature calls dose 0 of a dose-response curve",
        "display/alphabet.py": "words that may be in a key, for a test of all keys",
    },
    "drug": {
        "importing/columns.py": "a heading of sheets",
        "review.py": "an example in an error message",
        "scaffold/files.py": "the word that a new review begins with",
        "questions/safety/events.py": "drug-related is what sources call an event",
        "questions/claims/rules_safety.py": "drug-related is what sources call an event",
    },
    "topicals": {"questions/benchmarks/estimates.py": "the name of a parameter, in its message"},
    "vehicle": {
        "importing": "what sheets call a control group",
        "evidence/row_warnings.py": "what labels call a control group",
    },
    "EASI-50": {"reporting/plan/parameter_types.py": "an example of a text in a message"},
    "kim-2017": {"reporting/plan/parameter_types.py": "an example of a list in a message"},
    "shin-2021": {"reporting/plan/parameter_types.py": "an example of a list in a message"},
}


def own_words() -> set[str]:
    """Return the words of this review, from its words and its tables."""
    words: set[str] = set()
    review = tomllib.loads((DATA / "review.toml").read_text(encoding="utf-8"))
    for said in review["words"].values():
        for one in [said] if isinstance(said, str) else said:
            words |= {one, *(part for part in one.split() if len(part) > 6)}
    for table, columns in OWN.items():
        frame = pd.read_csv(DATA / f"{table}.csv", dtype=str)
        for column in columns:
            words |= set(frame[column].dropna()) if column in frame else set()
    singular = {word.removesuffix("s") for word in words if word in ("cells", "drugs")}
    generic = {"background", "therapy", "people with atopic dermatitis", "background topicals"}
    return {word for word in words if len(word) > 1} - ORDINARY - generic - singular | {"placebo"}


def codes() -> set[str]:
    """Return what the core schema names: tables, columns and closed words, which are no prose."""
    core = json.loads((SOURCE / "evidence" / "core.json").read_text(encoding="utf-8"))
    named = set()
    for resource in core["resources"]:
        named.add(resource["name"])
        for field in resource["schema"]["fields"]:
            named |= {field["name"], *field.get("constraints", {}).get("enum", ())}
    return named


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each text of a module with its line, but for the docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, described) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and id(node) not in documented:
            yield node.lineno, node.value


def is_code(text: str, known: set[str]) -> bool:
    """Say whether a text is no prose: a name of Python, or a word of the core schema."""
    return text in known or re.fullmatch(r"\w*_\w*|[A-Z][a-z]+[A-Z]\w*", text) is not None


def allowed(word: str, path: str) -> bool:
    return any(
        path.startswith(place)
        for one, places in ALLOWED.items()
        if word.lower().rstrip("s") == one.lower().rstrip("s")
        for place in places
    )


def found() -> list[str]:
    known = codes()
    words = sorted(own_words(), key=len, reverse=True)
    pattern = re.compile(
        rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})s?(?![\w-])", re.IGNORECASE
    )
    named = []
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        for line, text in literals(path):
            if is_code(text, known):
                continue
            for word in pattern.findall(text):
                if not allowed(word, place):
                    named.append(f"{place}:{line}: {word!r} in {text[:60]!r}")
    return named


def test_no_text_of_the_program_names_what_this_review_is_about() -> None:
    assert found() == []


def test_the_words_are_those_of_the_tables() -> None:
    words = own_words()
    assert {"cells", "eczema", "placebo", "EASI-50", "SCORAD", "dupilumab", "kim-2017"} <= words


@pytest.mark.parametrize(
    ("word", "place"), [(word, place) for word, places in ALLOWED.items() for place in places]
)
def test_each_exception_is_needed(word: str, place: str) -> None:
    files = [SOURCE / place] if place.endswith(".py") else sorted((SOURCE / place).rglob("*.py"))
    one = re.compile(re.escape(word.rstrip("s")), re.IGNORECASE)
    assert any(one.search(text) for file in files for _, text in literals(file))
