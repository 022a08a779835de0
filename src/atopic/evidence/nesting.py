"""Whoever reaches a high threshold has reached the lower ones of the same instrument."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby

from atopic.evidence import counts
from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row
from atopic.review import time_word

#: Ending of an outcome that is counted among earlier responders only (codebook, "What must not be
#: pooled together"), so that no threshold is nested in another.
MAINTAINED = "-maintained"

# Python refuses to read numbers of thousands of digits.
_PLAIN_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")


def nested_thresholds(folder: Folder) -> Iterator[Problem]:
    """Find outcomes with more responders than one with a lower threshold of the instrument."""
    scale = {
        row["outcome"]: (row["instrument"], row["threshold_percent"])
        for row in folder.rows("instruments", "outcome", "instrument", "kind", "threshold_percent")
        if row["kind"] == "responder"
        and row["outcome"]
        and row["threshold_percent"] is not None
        and not row["outcome"].endswith(MAINTAINED)
    }
    needed = ("study_id", "arm_id", "outcome", "week", "analysis_set")
    figures = ("responders", "n", "percent_printed")

    def group(row: Row) -> tuple[str, ...]:
        place = ("study_id", "arm_id", "week", "analysis_set")
        return (str(scale[row["outcome"]][0]), *(str(row[name]) for name in place))

    rows = [
        one
        for one in folder.rows("responses", *needed, *figures)
        if one["outcome"] in scale and not folder.is_unsure("responses", {one["row"]}, "week")
    ]
    for _, members in groupby(sorted(rows, key=group), key=group):
        steps = sorted(members, key=lambda one: float(scale[one["outcome"]][1]))
        for place, strict in enumerate(steps):
            height = scale[strict["outcome"]][1]
            lower = [one for one in steps[:place] if scale[one["outcome"]][1] < height]
            if not lower:
                continue
            # The nearest threshold is enough: a higher step stands on it.
            near = scale[lower[-1]["outcome"]][1]
            for loose in lower:
                if scale[loose["outcome"]][1] == near and (fault := _above(strict, loose)):
                    column, found = fault
                    message = (
                        f"{found} (row {loose['row']}) in the same arm, {time_word()} and "
                        "analysis set; correct one of them"
                    )
                    yield folder.problem("responses", strict, column, "thresholds-nested", message)
                    break


def _above(strict: Row, loose: Row) -> tuple[str, str] | None:
    """Return the column and the finding if the stricter outcome has surely more responders."""
    here, there = strict["outcome"], loose["outcome"]
    count, other = strict["responders"], loose["responders"]
    if count is not None and other is not None and strict["n"] == loose["n"]:
        if count <= other:
            return None
        return "responders", f"{count} with {here} is more than {other} with {there}"
    share, reference = _share(strict), _share(loose)
    if share is None or reference is None or share[0] <= reference[1]:
        return None
    column = "responders" if count is not None else "percent_printed"
    found, most = (f"{float(sum(one) / 2):.4g}" for one in (share, reference))
    return column, f"{found} percent with {here} is more than {most} percent with {there}"


def _share(row: Row) -> tuple[Fraction, Fraction] | None:
    """Return the smallest and largest percentage that a row can stand for."""
    if row["responders"] is not None and row["n"]:
        exact = Fraction(100 * int(row["responders"]), int(row["n"]))
        return exact, exact
    text = row["percent_printed"]
    value = fraction(text) if text is not None else None
    if value is None or value > 100:
        return None
    half = Fraction(1, 2 * 10 ** counts.decimals(text))
    return value - half, value + half


def fraction(text: str) -> Fraction | None:
    """Return the exact value of plain decimal text, which may be more than 100."""
    return Fraction(text) if _PLAIN_DECIMAL.fullmatch(text) else None
