"""What changed between two states of a review: estimates, verdicts, certainty, and the rows behind.

`read_state` reads a state (`state`), `changed_rows` compares tables (`rows`), `changed_estimates`
estimates (`estimates`); `compare` joins them (`summary`); `headline` says it in a few sentences,
and `as_text`, `as_markdown` and `as_json` (`words`) whole.
"""

from atopic.reporting.compare.estimates import PAGES, Change, changed_estimates, distinct
from atopic.reporting.compare.headline import first_sentences, headline, moved_words
from atopic.reporting.compare.rows import RowChange, changed_rows
from atopic.reporting.compare.state import State, read_state, state_of
from atopic.reporting.compare.summary import Difference, Part, Section, compare
from atopic.reporting.compare.words import (
    NO_ROW,
    as_json,
    as_markdown,
    as_text,
    by_table,
    counts,
    row_words,
)

__all__ = [
    "NO_ROW", "PAGES", "Change", "Difference", "Part", "RowChange", "Section", "State", "as_json",
    "as_markdown", "as_text", "by_table", "changed_estimates", "changed_rows", "compare", "counts",
    "distinct", "first_sentences", "headline", "moved_words", "read_state", "row_words", "state_of",
]  # fmt: skip
