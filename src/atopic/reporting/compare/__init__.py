"""What changed between two states of a review: estimates, verdicts, certainty, and the rows behind.

`read_state` reads a state (`state`), `changed_rows` compares tables (`rows`), `changed_estimates`
estimates (`estimates`); `compare` joins them, and `as_text`, `as_markdown`, `as_json` say it.
"""

from atopic.reporting.compare.estimates import Change, changed_estimates
from atopic.reporting.compare.rows import RowChange, changed_rows
from atopic.reporting.compare.state import State, read_state
from atopic.reporting.compare.summary import Difference, compare
from atopic.reporting.compare.words import as_json, as_markdown, as_text

__all__ = [
    "Change", "Difference", "RowChange", "State", "as_json", "as_markdown", "as_text",
    "changed_estimates", "changed_rows", "compare", "read_state",
]  # fmt: skip
