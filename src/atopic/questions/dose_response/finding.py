"""What a higher dose did, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import (
    Graded,
    change_limits,
    change_with_sign,
    more_per_hundred,
    more_span,
    of_hundred,
    rated,
    responder_unit,
    signed_points,
    treatment_words,
    weeks_words,
)
from atopic.display.numbers import dose_text, plural
from atopic.evidence.controls import CONTROLS
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.dose_response import DoseArms
from atopic.questions.outcomes import outcome_words
from atopic.questions.severity_reduction import reduction_differences
from atopic.review import control_group, control_word


def doses_finding(
    evidence: Evidence, arms: DoseArms, contrasts: pd.DataFrame, graded: Graded
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of the doses of one study.

    Parameters
    ----------
    arms, contrasts : from `dose_arms` and `dose_contrasts`.
    graded : of the question about these doses, from `atopic.questions.certainty.words.graded`.

    Returns
    -------
    dict: the highest dose against the lowest, or against placebo where there is one.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.dose_response import dose_arms, dose_contrasts
    >>> evidence = atopic.load()
    >>> arms = dose_arms(evidence, "kim-2017", "EASI-50", week=12)
    >>> found = doses_finding(evidence, arms, dose_contrasts(arms), {})
    >>> found["number"], found["words"][:40]
    ('+19', 'Not shown: 55 of 100 patients had their ')
    """
    if arms.frame.empty:
        return {"words": "These doses cannot be compared." if arms.refused else ""}
    own = graded.get(frozenset([arms.study_id]), {})
    found = _of_counts(evidence, arms, contrasts) if arms.kind == "counts" else _of_means(arms)
    doubt = own.get("certainty") == "very low" and not found["words"].startswith("Not shown")
    if doubt:
        found["words"] = f"The evidence is very uncertain. {found['words']}"
    return rated(found, own)


def _of_counts(evidence: Evidence, arms: DoseArms, contrasts: pd.DataFrame) -> dict[str, Any]:
    had = outcome_words(evidence.instruments, arms.outcome)
    rows = list(records(arms.frame))
    low, high = rows[0], rows[-1]
    when = weeks_words([arms.week])
    rates = (
        f"{of_hundred(high.estimate)} of 100 patients {had}{when} with {_dose(high)} and "
        f"{of_hundred(low.estimate)} of 100 with {_dose(low)}"
    )
    some = contrasts[contrasts["measure"].eq("difference")] if len(contrasts) else contrasts
    if some.empty:
        return {"words": f"Not known: {rates}, and no difference can be computed."}
    row = next(records(some))
    apart = row.lower_min > 0 or row.upper_max < 0
    more, to = "More" if row.estimate > 0 else "Fewer", "with" if arms.lower_is_better else "to"
    did = f"{had} with" if arms.lower_is_better else "responded to"
    given = arms.frame.loc[~arms.frame["arm_role"].isin(CONTROLS), "agent"]
    treatment = treatment_words(evidence.studies, [arms.study_id], given)
    if apart and low.dose == 0:
        words = f"{more} patients {did} the highest dose of {treatment} than {to} {control_word()}"
    elif apart:
        words = f"{more} patients {did} the higher dose"
    else:
        words = "Not shown"
    tail = "" if apart else f"; with {_people(arms)} chance can explain the difference"
    return {
        "words": f"{words}: {rates}{tail}.",
        "number": signed_points(row.estimate),
        "unit": responder_unit(
            row.lower_min,
            row.upper_max,
            row.level,
            fewer=arms.lower_is_better,
            number=signed_points(row.estimate),
        ),
        "short": f"{more_per_hundred(row.estimate)} per 100 "
        f"({more_span(row.lower_min, row.upper_max)})",
        "notes": [] if arms.controlled else [f"There was no {control_group()}."],
    }


def _of_means(arms: DoseArms) -> dict[str, Any]:
    rows = list(records(arms.frame))
    low, high = rows[0], rows[-1]
    unit = "%" if str(high.unit) == "percent" else f" {high.unit}"
    whole = unit == "%"
    by = [change_with_sign(abs(row.estimate), whole=whole).lstrip("+") for row in (high, low)]
    verb = "fell" if high.estimate < 0 else "rose"
    words = (
        f"The mean {arms.outcome} score {verb} by {by[0]}{unit} with {_dose(high)} and "
        f"by {by[1]}{unit} with {_dose(low)}{weeks_words([arms.week])}"
    )
    differences = reduction_differences(arms.frame)
    own = differences[differences["row"].eq(high.row)] if len(differences) else differences
    if own.empty:
        return {"words": f"{words}."}
    row = next(records(own))
    return {
        "words": f"{words}.",
        "number": change_with_sign(row.estimate, whole=whole),
        "unit": f"{'percentage points' if unit == '%' else unit.strip()}, highest dose minus "
        f"{control_word() if low.dose == 0 else 'lowest'}"
        f"{change_limits(row.lower, row.upper, row.level, whole=whole)}",
    }


def _dose(row: Any) -> str:
    if row.dose == 0:
        return control_word()
    return dose_text(row.dose, row.dose_unit) or str(row.label)


def _people(arms: DoseArms) -> str:
    known = arms.frame["n"].notna().all()
    return plural(int(arms.frame["n"].sum()), "patient") if known else "so few patients"
