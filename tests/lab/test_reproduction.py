"""What the explorer writes under a chart, run by itself, gives the numbers of its table."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from atopic.cli import _joined_pairs, app

pytest.importorskip("ipywidgets")
pytest.importorskip("anywidget")

from atopic.explore.answers import Answer
from atopic.explore.explorer import Explorer

#: The rows of a table or frame by what tells them apart, each with its numbers as they are read.
Numbers = set[tuple[int, str]]


@dataclass(frozen=True)
class Shown:
    """What is chosen in a tab, and which of its columns say which estimates of which frame."""

    chosen: Mapping[str, Any]
    result: str  # the name that the code gives to the frame
    file: str  # that a build writes of it
    columns: str  # a pattern of the columns that are numbers of the frame
    estimates: tuple[str, ...]
    scale: int = 100
    digits: int = 1
    key: tuple[str, str] = ("", "row")  # in the table, else the place of each line; in the frame


SHOWN = {
    "Rates": Shown(
        {"level": 0.8, "method": "wilson", "benchmarks": True}, "rates", "response-rates.csv",
        "Rate|Interval", ("estimate", "lower", "upper"),
    ),
    "Against placebo": Shown(
        {"level": 0.9, "method": "miettinen-nurminen", "benchmarks": True}, "effects",
        "differences.csv", "Difference, points|Interval", ("estimate", "lower", "upper"),
    ),
    "Beating placebo": Shown(
        {"placebo_spread": 2.0}, "above", "above-placebo.csv",
        "Mean placebo response|Placebo group .*", ("estimate_min", "estimate_max"), digits=0,
    ),
    "Dose": Shown(
        {"level": 0.99}, "arms", "doses.csv", "Rate|Interval", ("estimate", "lower", "upper"),
    ),
    "Next trial": Shown(
        {"delta": 0.25, "control_rate": 0.4, "alpha": 0.01}, "past", "past-trials.csv",
        r"\d+ points", ("estimate", "estimate_min", "estimate_max"), key=("Treated", "n_active"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    """What each tab shows after its choice, which changed its numbers."""
    explorer, found = Explorer(), {}
    for tab, how in SHOWN.items():
        room = explorer.rooms[tab]
        room.refresh()
        before = room.answer
        for name, value in how.chosen.items():
            room.controls[name].value = value
        assert before is not None
        assert room.answer is not None
        assert read(room.answer, how) != read(before, how)
        found[tab] = room.answer
    return found


def read(answer: Answer, how: Shown) -> Numbers:
    """Return the numbers of a table as a reader finds them."""
    table = answer.table
    keys = table[how.key[0]] if how.key[0] else [row for _, row in answer.places]
    cells = table[[column for column in table if re.fullmatch(how.columns, column)]]
    return {
        (int(key), number)
        for key, line in zip(keys, cells.to_numpy(), strict=True)
        for cell in line
        for number in re.findall(
            r"-?\d+\.\d+" if how.digits else r"\d+", cell.replace("\N{MINUS SIGN}", "-")
        )
    }


def written(frame: pd.DataFrame, how: Shown) -> Numbers:
    """Return the numbers of a frame, rounded as readers round."""
    found = set()
    for line in frame.to_dict("records"):
        known = [float(line[name]) for name in how.estimates if pd.notna(line[name])]
        found |= {(int(line[how.key[1]]), f"{how.scale * value:.{how.digits}f}") for value in known}
    return found


@pytest.mark.parametrize("tab", list(SHOWN))
def test_the_code_gives_the_numbers_of_the_table(answers: dict[str, Answer], tab: str) -> None:
    answer, how = answers[tab], SHOWN[tab]
    results: dict[str, Any] = {}
    exec(answer.code, results)
    result = results[how.result]
    numbers = written(getattr(result, "frame", result), how)
    assert len(numbers) > 3
    assert read(answer, how) == numbers


def test_a_choice_that_was_answered_is_answered_at_once_until_other_tables_are_opened() -> None:
    explorer = Explorer()
    room = explorer.rooms["Rates"]
    first = room.answer
    room.controls["level"].value = 0.8
    assert room.answer is not first
    room.controls["level"].value = 0.95
    assert room.answer is first
    explorer._reopen()
    assert room.answer is not first
    assert first is not None
    assert room.answer is not None
    assert room.answer.table.equals(first.table)


@pytest.mark.slow
@pytest.mark.parametrize("tab", list(SHOWN))
def test_the_command_builds_a_report_with_the_numbers_of_the_table(
    answers: dict[str, Answer], tab: str, tmp_path: Path
) -> None:
    answer, how = answers[tab], SHOWN[tab]
    _, *words = shlex.split(answer.command)
    words[words.index("--out") + 1] = str(tmp_path)
    done = CliRunner().invoke(app, _joined_pairs(words))
    assert done.exit_code == 0, done.output
    (path,) = tmp_path.glob(f"*/{how.file}")
    assert read(answer, how) == written(pd.read_csv(path), how)
