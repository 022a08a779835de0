"""The panels of the evidence map: which studies stand side by side, with which outcomes."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import study_name
from atopic.evidence.controls import controlled_designs, kinds_of
from atopic.evidence.frames import records
from atopic.evidence.vocabulary import plain
from atopic.review import control_group, control_word, controlled_word, with_article, words_in_use

# Inches: of a week, between studies, and of all studies of a panel; letters in a line of a name.
_WIDTH, _GAP, _CONTENT, _NAME = 0.42, 0.14, 7.5, 16


@dataclass(frozen=True)
class MapColumn:
    """A study of a panel; None, last of its weeks, is for results of no week; places in inches."""

    study: str
    below: str
    weeks: tuple[Any, ...]
    left: float
    width: float


@dataclass(frozen=True)
class MapPanel:
    """Studies side by side, the outcomes they print, and those that only other cell studies do."""

    title: str
    columns: tuple[MapColumn, ...]
    outcomes: tuple[str, ...]
    unprinted: tuple[str, ...]


def panels_of(
    kinds: pd.DataFrame, characteristics: pd.DataFrame, *, content: float = _CONTENT
) -> Iterable[MapPanel]:
    """Yield the panels: controlled trials of cells, other studies of cells, then benchmarks.

    What is wider than `content`, in inches, goes on in a further panel.
    """
    drawn = characteristics[characteristics["study_id"].isin(kinds["study_id"])]
    weeks_of = dict(iter(kinds.groupby("study_id", sort=False)["week"]))
    printed = {
        str(study): set(outcomes)
        for study, outcomes in kinds.groupby("study_id", sort=False)["outcome"]
    }
    order = list(kinds.sort_values("outcome_order")["outcome"].drop_duplicates())
    controlled = controlled_designs(drawn["design"])
    cells, treatment = drawn["role"].eq("evidence"), words_in_use().treatment
    of_cells, of_others = kinds_of(drawn[cells]), kinds_of(drawn[~cells])
    for title, some in (
        (f"{capital(controlled_word(*of_cells))} trials of {treatment}", drawn[cells & controlled]),
        (
            f"{capital(treatment.many)} without {with_article(control_group(*of_cells))}",
            drawn[cells & ~controlled],
        ),
        (f"Benchmarks: {words_in_use().comparator} and {control_word(*of_others)}", drawn[~cells]),
    ):
        # What one panel of cell studies lacks of the other is named; benchmarks only fill a page.
        others = [] if title.startswith("Benchmarks") else list(drawn.loc[cells, "study_id"])
        there = {outcome for study in others for outcome in printed[study]}

        def panel(
            columns: list[MapColumn], title: str = title, there: set[str] = there
        ) -> MapPanel:
            here = {outcome for column in columns for outcome in printed[column.study]}
            rows = tuple(one for one in order if one in here)
            rest = tuple(one for one in order if one in there - here)
            return MapPanel(title, tuple(columns), rows, rest)

        columns: list[MapColumn] = []
        left = 0.0
        for row in records(some):
            weeks = _weeks(weeks_of[row.study_id])
            size = "n not known" if pd.isna(row.n_enrolled) else f"n = {row.n_enrolled}"
            published = "" if pd.isna(row.publication) else plain(row.publication)
            names = [*name_lines(row.study_id), size, published]
            wide = max(_WIDTH * len(weeks), 0.08 * max(map(len, names)) + 0.06)
            if columns and left + wide > content:
                yield panel(columns)
                columns, left = [], 0.0
            below = f"{size}\n{published}"
            columns.append(MapColumn(row.study_id, below, weeks, left, wide))
            left += wide + _GAP
        if columns:
            yield panel(columns)


def _weeks(weeks: pd.Series) -> tuple[Any, ...]:
    """Return the weeks in order, None last for results that belong to no week."""
    known = sorted(int(week) for week in weeks.dropna().unique())
    return (*known, None) if weeks.isna().any() else tuple(known)


def name_lines(study: str) -> list[str]:
    """Return the name of a study in lines that fit over its weeks."""
    return textwrap.wrap(study_name(study), _NAME)
