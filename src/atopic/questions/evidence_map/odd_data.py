"""What the check of the tables finds implausible, so that a reader knows of it."""

from __future__ import annotations

import pandas as pd

from atopic.evidence.folder import Evidence
from atopic.evidence.frames import row_dicts
from atopic.evidence.implausible import implausible
from atopic.evidence.lines import Folder, Row
from atopic.questions.asked import asked

_COLUMNS = ["table", "row", "column", "value", "rule", "message", "accepted"]


@asked()
def data_warnings(evidence: Evidence) -> pd.DataFrame:
    """Return the warnings of ``atopic check``: what is implausible in the tables, not impossible.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.

    Returns
    -------
    DataFrame
        One row a warning, in the order of tables and rows: ``table``, ``row``, ``column``,
        ``value``, ``rule``, ``message`` and ``accepted``, the place in accepted_warnings.csv,
        empty if it is open. Not whether a table shrank: that depends on what was committed.

    Examples
    --------
    >>> import atopic
    >>> found = data_warnings(atopic.load())
    >>> int(found["accepted"].eq("").sum())
    0
    """
    tables: dict[str, list[Row]] = {}
    for name in evidence:
        frame = evidence.table(name)
        fields = evidence.package.tables[name].fields
        # A rule says nothing of a column that is not there.
        absent = [one.name for one in fields if one.optional and frame[one.name].isna().all()]
        frame = frame.drop(columns=absent)
        cells = frame.astype("object").where(frame.notna(), None).reset_index()
        tables[name] = [
            {str(column): cell for column, cell in row.items()} for row in row_dicts(cells)
        ]
    names = {table.path: name for name, table in evidence.package.tables.items()}
    order = list(names.values())
    rows = [
        (names[one.file], one.row, one.column, one.value or "", one.rule, one.message,
         one.known or "")
        for one in implausible(Folder(evidence.package, tables))
    ]  # fmt: skip
    rows.sort(key=lambda one: (order.index(one[0]), one[1], one[2], one[4]))
    return pd.DataFrame(rows, columns=_COLUMNS)
