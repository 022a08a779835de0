"""How far scores moved, as the page states it first: against placebo where that is possible."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import (
    Graded,
    change_limits,
    change_with_sign,
    rated,
    role_words,
    short_treatment,
    treatment_words,
    weeks_words,
)
from atopic.display.numbers import outcome_text, study_name, unit_text
from atopic.evidence.controls import CONTROLS, kinds_of
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.severity_reduction.estimates import reduction_differences, score_reductions
from atopic.questions.severity_reduction.scale_finding import drugs_finding, drugs_of
from atopic.review import control_word


def reductions_finding(
    evidence: Evidence, reductions: pd.DataFrame, differences: pd.DataFrame, graded: Graded
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the changes of scores.

    Parameters
    ----------
    reductions, differences : from `score_reductions` and `reduction_differences`.
    graded : of the questions about the first of these outcomes, from
        `atopic.questions.certainty.words.graded`.

    Returns
    -------
    dict: the difference from placebo of the first outcome in the first trial of cells that gives
        one, with an interval before one without; else how far the score fell in a group of its
        own. Where drugs stand beside, how far it fell with them and with their placebos: what
        cells did has a page of its own.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.severity_reduction import reduction_differences, score_reductions
    >>> evidence = atopic.load()
    >>> scores = score_reductions(evidence, ["EASI"], assume="sd")
    >>> found = reductions_finding(evidence, scores, reduction_differences(scores), {})
    >>> found["number"], found["unit"][:37]
    ('\N{MINUS SIGN}4.3', 'points, cells minus placebo (95% inte')
    """
    if reductions.empty:
        return {"words": "Not reported in the sources we read: how far these scores changed."}
    drugs = drugs_of(reductions)
    if len(drugs):
        return drugs_finding(_label(evidence, drugs["outcome"].iloc[0]), drugs)
    if differences.empty:
        return rated(fall_alone(evidence, reductions), {})
    first = _first(differences)
    agents = reductions.loc[reductions["row"].eq(first.row), "agent"]
    treatment = treatment_words(evidence.studies, [first.study_id], agents)
    name = short_treatment(treatment)
    control = control_word(*kinds_of(differences[differences["row"].eq(first.row)]))
    label, unit = _label(evidence, first.outcome), unit_text(first.unit)
    whole = unit == "%"
    own = graded.get(frozenset([first.study_id]), {})
    mine, other = (
        _change(_of(reductions, row, first), unit) for row in (first.row, first.reference_row)
    )
    verb = mine.partition(" ")[0]
    also = other.removeprefix(f"{verb} ")
    when = weeks_words([first.week])
    certain = own.get("certainty", "")
    doubt = ", but the evidence is very uncertain" if certain == "very low" else ""
    bounded = pd.notna(first.lower)
    others = differences[differences["row"].ne(first.row)]
    others = others[others["outcome"].eq(first.outcome) & others["unit"].eq(first.unit)]
    others = others[others["study_role"].eq(first.study_role)]
    others = others[others["study_id"].ne(first.study_id)]
    where = f" in {study_name(first.study_id)}" if len(others) else ""
    clear = bounded and (first.upper < 0 or first.lower > 0)
    if clear or not bounded:
        moved = _of(reductions, first.row, first).estimate or -first.estimate
        went, gone = ("fell", "fallen") if moved < 0 else ("rose", "risen")
        may = f"may have {gone}" if certain in ("low", "very low") else went
        further = "further" if (first.estimate < 0) == (moved < 0) else "less far"
        words = f"The mean {label} {may} {further} with {treatment} than with {control}"
        words += f"{where}{doubt}"
    else:
        words = f"The mean {label} did not differ clearly between {treatment} and {control}{where}"
    notes = [f"A higher {label} is better."] if first.better == "higher" else []
    if not bounded:
        notes.append("No spread was read, so there is no interval.")
    elif str(first.spread_used).startswith("assumed"):
        notes.append(_other_reading(evidence, first, whole=whole))
    for row in records(others):
        limits = change_limits(row.lower, row.upper, row.level, whole=whole)
        then = "" if row.week == first.week else weeks_words([row.week])
        notes.append(
            f"{study_name(row.study_id)}: {change_with_sign(row.estimate, whole=whole)}{unit} "
            f"against {control_word(*kinds_of(others))}{then}{limits or ', no interval'}."
        )
    found = {
        "words": f"{words}: it {mine} with {name} and {also} with {control}{when}.",
        "number": change_with_sign(first.estimate, whole=whole),
        "unit": f"{'percentage points' if whole else unit.strip()}, {name} minus {control}"
        f"{change_limits(first.lower, first.upper, first.level, whole=whole)}",
        "notes": notes,
    }
    return rated(found, own)


def _other_reading(evidence: Evidence, row: Any, *, whole: bool) -> str:
    """Say what the interval takes a spread without a label for, and what it would be otherwise."""
    as_deviation = str(row.spread_used).endswith("sd")
    names = ["standard deviation", "standard error"]
    taken, other = names if as_deviation else names[::-1]
    words = f"The interval takes an unlabelled \N{PLUS-MINUS SIGN} for a {taken}"
    again = reduction_differences(
        score_reductions(
            evidence,
            [row.outcome],
            studies=[row.study_id],
            assume="se" if as_deviation else "sd",
            level=row.level,
        )
    )
    same = again[again["row"].eq(row.row) & again["lower"].notna()]
    if same.empty:
        return f"{words}."
    ends = (change_with_sign(same[end].iloc[0], whole=whole) for end in ("lower", "upper"))
    return f"{words}; were it a {other}, the interval would be {' to '.join(ends)}."


def _first(differences: pd.DataFrame) -> Any:
    """Return the difference to be stated: of cells, of the first outcome, with an interval.

    At the time at which most trials give one.
    """
    some = differences
    if some["study_role"].eq("evidence").any():
        some = some[some["study_role"].eq("evidence")]
    some = some[some["outcome"].eq(some["outcome"].iloc[0])]
    bounded = some[some["lower"].notna()]
    some = bounded if len(bounded) else some
    trials = some.groupby("week", dropna=False)["study_id"].transform("nunique")
    return next(records(some[trials.eq(trials.max())]))


def fall_alone(evidence: Evidence, reductions: pd.DataFrame) -> dict[str, Any]:
    """Return what is said of the first change of a score that stands beside no placebo group.

    `reductions` is from `score_reductions` and holds a row.
    """
    first = next(records(reductions))
    unit = unit_text(first.unit)
    whole = unit == "%"
    treatment = treatment_words(evidence.studies, [first.study_id])
    if first.arm_role in CONTROLS:
        treatment = role_words()[first.arm_role]
    bounded = pd.notna(first.lower)
    of = f" of {first.n} patients" if pd.notna(first.n) else ""
    return {
        "words": f"In a group{of} given {treatment} the mean {_label(evidence, first.outcome)} "
        f"{_change(first, unit)}{weeks_words([first.week])}; without a control group nobody knows "
        f"how far it would have {'risen' if first.estimate > 0 else 'fallen'} anyway.",
        "number": f"{change_with_sign(first.estimate, whole=whole)}{'%' if whole else ''}",
        "unit": f"{'' if unit == '%' else unit.strip() + ' '}{outcome_text(first.outcome)}, "
        "no control group"
        f"{change_limits(first.lower, first.upper, first.level, whole=whole)}",
        "notes": [] if bounded else ["No spread was read, so there is no interval."],
    }


def _of(reductions: pd.DataFrame, row: Any, first: Any) -> Any:
    found = reductions[reductions["row"].eq(row) & reductions["outcome"].eq(first.outcome)]
    return next(records(found))


def _change(row: Any, unit: str) -> str:
    """Return how far a score changed: ``fell by 10.5 points``."""
    value = change_with_sign(abs(row.estimate), whole=unit == "%").removeprefix("+")
    words = f"{value}{unit}"
    return f"fell by {words}" if row.estimate < 0 else f"rose by {words}" if row.estimate else words


def _label(evidence: Evidence, outcome: str) -> str:
    """Return what a score is called; that of its first row where several groups share it."""
    rows = evidence.instruments[evidence.instruments["outcome"].eq(outcome)]
    if rows.empty or "label" not in rows or pd.isna(rows["label"].iloc[0]):
        return outcome
    return str(rows["label"].iloc[0])
