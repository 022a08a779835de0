"""Whatever a parameter of a notebook names, and the tables or the library do not know, is told."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atopic.reporting.plan.parameters import declared, read_notebook
from tests.conftest import REPOSITORY
from tests.running import run

#: What a parameter is given, what was probably meant, and something else that there is.
SLIPS: dict[str, tuple[Any, str, str]] = {
    "absolute": ("diference", "difference", "ratio"),
    "agents": (["furestem-ad"], "FURESTEM-AD", "SCM-AGH"),
    "arms": (["placebos"], "placebo", "active"),
    "events": (["saes"], "sae", "ae-any"),
    "exclude": (["kim2017"], "kim-2017", "studies.csv"),
    "kinds": (["response-rates"], "response-rate", "safety"),
    "measure": ("RS", "", "RD, RR, OR"),
    "method": ("wilsen", "wilson", "mid-p"),
    "models": (["emx"], "emax", "linear"),
    "outcome": ("EASI76", "EASI-75", "EASI-50"),
    "outcomes": (["EASl"], "EASI", ""),
    "pool_by": ("agnt", "agent", "class"),
    "pooling": ("randm", "random", "common"),
    "rooms": (["poolin"], "pooling", "bayes"),
    "some_concerns": ("hihg", "high", "low"),
    "studies": (["kim2017"], "kim-2017", "studies.csv"),
    "study": ("kim2017", "kim-2017", "studies.csv"),
    "target": ("importent", "important", "any"),
    "test": ("chisquare", "chi-square", "fisher"),
    "topicals": (["unknwn"], "unknown", "yes"),
    "unread": ("as-answerd", "as-answered", "worst"),
    # Of a number nothing was probably meant; of two words neither is far away.
    "assume": ("sdd", "", "'sd' or 'se'"),
    "week": (13, "", "weeks reported: 12"),
    "weeks": ([13], "", "weeks reported: "),
}
#: Where the same name means something else.
HERE: dict[tuple[str, str], tuple[Any, str, str]] = {
    ("controlled_effect", "method"): ("newcomb", "newcombe", "miettinen-nurminen"),
    ("controlled_effect", "topicals"): ("unknwn", "unknown", "yes"),
    ("trials", "method"): ("newcomb", "newcombe", "miettinen-nurminen"),
}
#: What names no row, column or option: the folder, and what no table holds.
FREE = {"data", "rests_on"}


def parameters() -> Iterator[tuple[str, str]]:
    """Yield each parameter of each notebook that is given texts, and the weeks."""
    for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb")):
        for one in declared(read_notebook(path), path.name).values():
            names = "str" in str(one.type) or one.name in ("week", "weeks")
            if names and one.name not in FREE:
                yield path.stem, one.name


def said(notebook: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the first notes of a page, or the error that there is in its place."""
    path: Path = REPOSITORY / "notebooks" / f"{notebook}.ipynb"
    try:
        shown = run(path, values, monkeypatch, until="note")
    except ValueError as refused:
        return str(refused)
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    return re.sub(r"\s+", " ", " ".join(notes))


@pytest.mark.parametrize(("notebook", "name"), list(parameters()))
def test_a_name_that_is_unknown_is_told_with_what_there_is_and_what_was_meant(
    notebook: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip, meant, there = HERE.get((notebook, name)) or SLIPS[name]
    [value] = slip if isinstance(slip, list) else [slip]
    told = said(notebook, {name: slip}, monkeypatch)
    assert (repr(value) if isinstance(value, str) else f"at week {value}") in told
    if meant:
        assert f"; did you mean {meant!r}?" in told
    assert "?;" not in told
    assert there in told
