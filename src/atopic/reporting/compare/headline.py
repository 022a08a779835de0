"""What changed in a few sentences, the answer first."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from atopic.display.numbers import (
    change_text,
    listed,
    percent_text,
    plural,
    points_limits,
    points_signed,
    rate_limits,
    ratio_text,
    signed,
)
from atopic.display.p_values import p_text
from atopic.reporting.compare.estimates import Change
from atopic.reporting.compare.summary import Difference, is_pooled

Row = dict[str, str]

#: More answers or claims than this are counted, not named.
_NAMED = 3
#: Measures on the scale of shares, and shares themselves.
_DIFFERENCES = frozenset({"RD", "difference", "difference of shares"})
_SHARES = frozenset({"", "assurance", "power", "probability", "share"})
#: Ratios, at any distance of doses.
_RATIOS = ("RR", "OR", "odds ratio")


def headline(difference: Difference) -> str:
    """Return what changed: answers, certainty, verdicts, and then how many numbers.

    Examples
    --------
    >>> from atopic.reporting.compare import State, compare
    >>> row = {"report": "r", "table": "pooled", "outcome": "EASI-50", "measure": "RD"}
    >>> before = State("v1", estimates=[row | {"estimate": "0.04", "certainty": "low"}])
    >>> after = State("v2", estimates=[row | {"estimate": "0.06", "certainty": "low"}])
    >>> headline(compare(before, after))
    'The pooled difference in EASI-50 moves from +4.0 to +6.0 points; certainty stays low. \
In all, 1 number changed.'
    """
    return " ".join([*first_sentences(difference), _counted(difference)])


def first_sentences(difference: Difference) -> list[str]:
    """Return what became of answers, of their certainty, and of verdicts, a sentence each."""
    return [*_answers(difference), *_verdicts(difference)]


def _answers(difference: Difference) -> Iterator[str]:
    judged = [one for one in difference.estimates if one.row.get("question_id")]
    paired = [one for one in judged if one.kind == "changed" and one.shows]
    pooled = [
        one for one in _one_a_report(difference.estimates) if not any(
            _both(one, "estimate") == _both(other, "estimate") for other in paired
        )
    ]  # fmt: skip
    moved = [*paired, *pooled]
    for one in moved[:_NAMED]:
        yield _moves(one, difference)
    if len(moved) > _NAMED:
        yield f"{plural(len(moved) - _NAMED, 'more answer')} changed."
    for kind, words in (("new", "has|have a level of certainty for the first time"),
                        ("gone", "is|are no longer judged")):  # fmt: skip
        if some := [one for one in judged if one.kind == kind]:
            verb = words.split(" ", 1)[0].split("|")[len(some) > 1]
            levels = Counter(one.row.get("certainty", "unknown") for one in some)
            each = listed(f"{count} {level}" for level, count in sorted(levels.items()))
            yield f"{plural(len(some), 'answer')} {verb} {words.split(' ', 1)[1]}: {each}."


def _one_a_report(changes: Iterable[Change]) -> list[Change]:
    """Return the first pooled estimate of each report that moved, and those judged otherwise."""
    found: dict[str, Change] = {}
    for one in changes:
        if one.kind == "changed" and is_pooled(one.row) and not math.isnan(one.moved) and one.moved:
            found.setdefault(one.row.get("report", ""), one)
    return list(found.values())


def _moves(one: Change, difference: Difference) -> str:
    row, (was, now) = one.row, _both(one, "estimate")
    subject = row.get("question") or f"pooled {_measure(row)} in {row.get('outcome', '')}"
    parts = []
    if was != now:
        movers = list(dict.fromkeys(
            difference.names.study(by.row) for by in difference.cause(one) if by.row.get("study_id")
        ))  # fmt: skip
        old, new = (_plain_value(row | {"estimate": value}) for value in (was, now))
        if row.get("measure") in _DIFFERENCES and was and now:
            old = old.removesuffix(" points")
        if row.get("question"):
            start = f"{subject}: {old} becomes {new}"
            start += f", by rows of {_few(movers)}" if movers else ""
        elif movers:
            verb = "moves" if len(movers) == 1 else "move"
            start = f"{_few(movers)} {verb} the {subject} from {old} to {new}"
        else:
            start = f"The {subject} moves from {old} to {new}"
        parts.append(start)
    else:
        parts.append(subject)
    levels = _both(one, "certainty")
    if levels[0] != levels[1]:
        parts.append(f"certainty goes from {levels[0] or 'none'} to {levels[1] or 'none'}")
    elif levels[0]:
        parts.append(f"certainty stays {levels[0]}")
    return f"{'; '.join(parts)}."


def _few(names: list[str]) -> str:
    return listed([*names[:2], *([f"{len(names) - 2} more"] if len(names) > 2 else [])])


def _measure(row: Row) -> str:
    return {"RR": "risk ratio", "OR": "odds ratio"}.get(row.get("measure", ""), "difference")


def _verdicts(difference: Difference) -> Iterator[str]:
    if difference.unrecorded:
        yield f"Verdicts on claims are not compared: {difference.unrecorded} did not record them."
    judged = [one for one in difference.estimates if one.row.get("verdict")]
    changed = [one for one in judged if one.kind == "changed" and "verdict" in one.values]
    if changed:
        start = plural(len(changed), "claim changes its verdict", "claims change their verdict")
        named = "; ".join(
            f"“{difference.names.about(one.row)}” from "
            + " to ".join(word or "none" for word in _both(one, "verdict"))
            for one in changed[:_NAMED]
        )
        more = f"; and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        yield f"{start}: {named}{more}."
    if new := [one for one in judged if one.kind == "new"]:
        yield f"{plural(len(new), 'claim is', 'claims are')} judged for the first time."
    if gone := [one for one in judged if one.kind == "gone"]:
        yield f"{plural(len(gone), 'claim is', 'claims are')} no longer judged."
    if not changed and (new or gone):
        yield "No other verdict changed."


def _counted(difference: Difference) -> str:
    """Return how many numbers changed, and how many of the new ones have a row behind them."""
    numbers = [one for one in difference.estimates if not one.row.get("verdict")]
    kinds = Counter(one.kind if one.shows else "other" for one in numbers)
    parts = []
    if kinds["changed"]:
        parts.append(f"{plural(kinds['changed'], 'number')} changed")
    if kinds["new"]:
        added = sum(one.kind == "new" and bool(difference.cause(one)) for one in numbers)
        words = f"{kinds['new']:,} {'is' if kinds['new'] == 1 else 'are'} new"
        if difference.rows:
            of = "that one" if kinds["new"] == 1 else f"{added:,} of them"
            words += f" ({of} from new or changed rows)" if added else " (none from a changed row)"
        parts.append(words)
    if kinds["gone"]:
        parts.append(f"{kinds['gone']:,} {'is' if kinds['gone'] == 1 else 'are'} gone")
    if parts:
        words = listed(parts)
        return f"In all, {words if kinds['changed'] else 'of the numbers ' + words}."
    verdicts = any(one.row.get("verdict") for one in difference.estimates)
    words = "No number changed" if not verdicts else "No other number changed"
    words += f", {plural(kinds['other'], 'record')} in other cells" if kinds["other"] else ""
    rows = f"; {plural(len(difference.rows), 'row')} of the tables did" if difference.rows else ""
    return f"{words}{rows}."


def _both(one: Change, name: str) -> tuple[str, str]:
    return (one.old or {}).get(name, ""), (one.new or {}).get(name, "")


def value_words(row: Row) -> str:
    """Return an estimate with its limits, counts and judgement, in the unit that readers know."""
    parts = [_plain_value(row, limits=True)] if not math.isnan(_float(row.get("estimate"))) else []
    if row.get("responders") and row.get("n") and row.get("measure") not in _DIFFERENCES:
        parts.append(f"{row['responders']}/{row['n']}")
    parts += [row["verdict"]] if row.get("verdict") else []
    parts += [f"certainty {row['certainty']}"] if row.get("certainty") else []
    return ", ".join(parts) or "no number"


def moved_words(one: Change) -> tuple[str, str]:
    """Return what an estimate was and is; what moved by less than is written says so."""
    was, now = ("" if row is None else value_words(row) for row in (one.old, one.new))
    return was, f"{now}, in later digits" if was == now and abs(one.moved) > 0 else now


def _plain_value(row: Row, *, limits: bool = False) -> str:
    estimate, lower, upper = (_float(row.get(name)) for name in ("estimate", "lower", "upper"))
    known = limits and not (math.isnan(lower) or math.isnan(upper))
    if math.isnan(estimate):
        return "none"
    if math.isinf(estimate):
        return "not reached"
    if row.get("measure") in _DIFFERENCES:
        around = f" ({points_limits(lower, upper)})" if known and not math.isinf(lower) else ""
        return f"{points_signed(estimate)} points{around}"
    measure, unit = row.get("measure", ""), row.get("unit", "")
    shares = measure in _SHARES and not row.get("statistic")
    if shares and not unit and 0 <= estimate <= 1:
        around = f" ({rate_limits(lower, upper)})" if known else ""
        return f"{percent_text(estimate, tenths=True)}{around}"
    if measure == "P":
        return p_text(estimate)
    if measure.startswith(_RATIOS):
        return ratio_text(estimate, lower, upper) if known else ratio_text(estimate)
    if unit.startswith(("percent", "points")):
        around = f" ({change_text(lower)} to {change_text(upper)})" if known else ""
        return f"{change_text(estimate, unit)}{around}"
    around = f" ({_number(lower)} to {_number(upper)})" if known else ""
    return f"{_number(estimate)} {unit}".rstrip() + around


def _number(value: float) -> str:
    """Return a number to three figures, or to one decimal."""
    form = ".3g" if abs(value) < 1 else ",.1f" if abs(value) < 1000 else ",.0f"
    return "open" if math.isinf(value) else signed(value, form).removesuffix(".0")


def _float(cell: str | None) -> float:
    try:
        return float(cell or "")
    except ValueError:
        return math.nan
