"""The placebo-controlled trials as a table to be read."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import percent
from atopic.display.table_cells import of_what_is_told
from atopic.evidence.frames import records
from atopic.questions.evidence_map.words import published_words
from atopic.questions.trials.words import given_words, goal_words, with_several
from atopic.review import control_word, words_in_use

_BASES = {"derived": ", derived", "ambiguous": ", several fit"}


def tabulate_trials(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials as a table to be read, a line a comparison.

    >>> import atopic
    >>> from atopic.questions.trials import placebo_trials
    >>> table = tabulate_trials(placebo_trials(atopic.load()))
    >>> table[["Trial", "Cells", "Placebo"]].values.tolist()[2]
    ['ADSTEM phase 2, 2025', '14 of 59 (24%)', '4 of 55 (7%)']
    """
    rows = list(records(with_several(trials)))
    table = pd.DataFrame(
        {
            "Trial": trials["short_name"],
            "Product": [_product(row, routes=bool(trials["routes"].ne("").any())) for row in rows],
            "Patients": [_patients(row) for row in rows],
            capital(words_in_use().treatment.many): [
                _arm(row, row.responders, row.n, row.active_basis) for row in rows
            ],
            capital(control_word()): [
                _arm(row, row.reference_responders, row.reference_n, row.reference_basis)
                for row in rows
            ],
            "Main goal": [goal_words(row) for row in rows],
            "Published": [published_words(row.publication) for row in rows],
            "Counts": [_numbers(row.row, row.reference_row) for row in rows],
            "P": [_numbers(row.contrast_row) for row in rows],
        },
        index=trials.index,
    )
    goals = trials["primary_met"].isin(["yes", "no"]) | trials["primary_outcome"].notna()
    told = {
        "Patients": trials["n_enrolled"], "Main goal": goals, "Published": trials["publication"]
    }  # fmt: skip
    return of_what_is_told(table, told)


def _product(row: Any, *, routes: bool) -> str:
    words = str(row.absent if pd.isna(row.product_words) else row.product_words)
    words = given_words(row, words)
    return f"{words}, {row.routes or f'route {row.absent}'}" if routes else words


def _arm(row: Any, responders: Any, n: Any, basis: Any) -> str:
    if row.known != "rates":
        return "–" if row.known == "none" else str(row.absent)
    return f"{responders} of {n} ({percent(responders / n)}%{_BASES.get(str(basis), '')})"


def _patients(row: Any) -> str:
    if pd.isna(row.n_enrolled):
        return str(row.absent)
    basis = row.n_enrolled_basis
    return str(row.n_enrolled) if basis == "printed" else f"{row.n_enrolled} ({basis})"


def _numbers(*rows: Any) -> str:
    return ", ".join(str(row) for row in rows if pd.notna(row))
