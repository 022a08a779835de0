"""The claims, their numbers and their rows as tables to be read."""

import re
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import (
    as_read,
    change_text,
    fraction,
    outcome_text,
    percent_text,
    points_limits,
    points_signed,
    rate_limits,
    study_name,
)
from atopic.display.p_values import p_reported, p_text
from atopic.evidence.frames import records
from atopic.questions.claims import VERDICTS
from atopic.questions.claims.chart import claimed_text, observed_text
from atopic.questions.claims.facts import WITHOUT_CONTROL
from atopic.questions.claims.finding import SUPPORTED, WIDE
from atopic.questions.claims.rules_safety import EVENTS
from atopic.questions.evidence_map.words import source_kind
from atopic.review import time_point

#: Limits after the number that they are of, in its unit: said once.
_LIMITS = re.compile(
    r"(?P<unit> points|%[a-z ]*), [\d.]+% interval (?P<limits>\S+ to \S+?)(?P=unit)"
)
#: Measures in the unit of a score.
_OF_SCORES = frozenset({"change", "difference of changes"})
#: What the caption of the table says once.
_INTERVAL = re.compile(r"\b[\d.]+% interval (?=[\d\N{MINUS SIGN}])| \([\d.]+% interval\)")


def tabulate_claims(found: pd.DataFrame, *, reasons: bool = True) -> pd.DataFrame:
    """Return the claims, the surest verdict first; with reasons also what each verdict means.

    ``Verdict`` is the same for the rows of one verdict: the heading that they stand under.
    """
    order = found["verdict"].map(list(VERDICTS).index) + found["control"].eq(WITHOUT_CONTROL) / 2
    found = found.loc[order.sort_values(kind="stable").index]
    kinds = found["source_kind"].map(source_kind)
    kinds = found["is_reading"].map({True: "a reading of: ", False: ""}) + kinds
    table = pd.DataFrame(
        {
            "Verdict": [_verdict(row, meaning=reasons) for row in records(found)],
            "Claim": found["claim_id"],
            "In our words": found["claim"].map(as_read) + " (" + kinds + ")",
            "Reason": [
                _INTERVAL.sub("", _LIMITS.sub(r"\g<unit> (\g<limits>)", reason))
                for reason in found["reason"]
            ],
            "Row": found["row"],
        }
    )
    table = table.reset_index(drop=True)
    return table if reasons else table.drop(columns="Reason")


def _verdict(row: Any, *, meaning: bool) -> str:
    """Return the verdict, and its meaning; of a result without a control group, that it is one."""
    words, means = capital(row.verdict), VERDICTS[row.verdict]
    if row.control == WITHOUT_CONTROL and row.verdict in (SUPPORTED, WIDE):
        wide = ", with wide uncertainty" if row.verdict == WIDE else ""
        words = f"Quoted correctly{wide}"
        means = "Without a control group this is no evidence of an effect."
    return f"{words}. {means}" if meaning else words


def tabulate_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how many claims got which verdict, by kind of source, with their sum."""
    table = counts.assign(source_kind=counts["source_kind"].map(source_kind))
    total = {"source_kind": "all"} | table.drop(columns="source_kind").sum().to_dict()
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def tabulate_numbers(numbers: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers that the verdicts rest on, percent and points to tenths."""
    claimed = {row.claim_id: claimed_text(row) for row in records(found)}
    return pd.DataFrame(
        {
            "Claim": [
                f"{claim}: {claimed[claim]}" if claimed[claim] else claim
                for claim in numbers["claim_id"]
            ],
            "Number": [
                f"{row.role}, {row.method}" if row.role == "test of the difference" else row.role
                for row in records(numbers)
            ],
            "Of": [_measured(row) for row in records(numbers)],
            "Count": [_count(row) for row in records(numbers)],
            "Estimate": [_estimate(row) for row in records(numbers)],
            "Interval": [_limits(row) if pd.notna(row.lower) else "" for row in records(numbers)],
        }
    )


def tabulate_rows(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that each verdict rests on: one column for each table that was used."""
    used = [dict(part.split(": ") for part in text.split("; ") if part) for text in found["used"]]
    tables = sorted({name for one in used for name in one})
    frame = found[["claim_id", "rule"]].assign(
        row_source=found["row_source"].map({"same source": "itself", "another source": "another"}),
        claims=found["row"].astype(str),
    )
    for name in tables:
        frame[name] = [one.get(name, "") for one in used]
    return frame.assign(remark=found["remark"])


def _measured(row: Any) -> str:
    """Return what a number is of: the study, outcome and week."""
    week = "" if pd.isna(row.week) else time_point(row.week)
    outcome = "" if pd.isna(row.outcome) else EVENTS.get(row.outcome, outcome_text(row.outcome))
    return ", ".join(word for word in (study_name(row.study_id), outcome, week) if word)


def _count(row: Any) -> str:
    """Return the count of a share and what it rests on; of anything else what was printed."""
    if row.measure == "count":
        return observed_text(row)
    if row.measure != "share" or pd.isna(row.responders):
        return ""
    counts = fraction(row.responders, row.n)
    if row.table == "patients":
        return f"{row.printed}, one by one"
    return counts if row.basis == "printed" else f"{counts}, {row.basis}"


def _estimate(row: Any) -> str:
    """Return a share in percent, a difference in points, and anything else as it was reported."""
    if pd.isna(row.estimate):
        return ""
    if row.measure == "share":
        return percent_text(row.estimate, tenths=True)
    if row.measure == "difference of shares":
        return f"{points_signed(row.estimate)} points"
    if row.measure == "P":
        return p_reported(row.printed) if row.printed else p_text(row.estimate)
    if row.measure in _OF_SCORES:
        return change_text(row.estimate, row.unit)
    return f"{row.estimate:.6g}"


def _limits(row: Any) -> str:
    if row.measure == "share":
        return rate_limits(row.lower, row.upper)
    if row.measure == "difference of shares":
        return points_limits(row.lower, row.upper)
    if row.measure in _OF_SCORES:
        return f"{change_text(row.lower)} to {change_text(row.upper)}"
    return f"{row.lower:.4g} to {row.upper:.4g}"
