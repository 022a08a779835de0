"""How many responded, as the page states it first: beside placebo where there is a placebo arm."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from atopic.display.finding_words import Graded, counted, interval_words, rated, shares_span
from atopic.evidence.controls import is_control, is_controlled, kinds_of
from atopic.evidence.folder import Evidence
from atopic.questions.outcomes import outcome_words
from atopic.questions.response_rates.words import few_together_notes
from atopic.review import control_word, controlled_word, words_in_use

#: Settings of rates that say how long a response lasts, which is a question of its own.
_LATER = ("follow-up", "after-crossover")


def rates_finding(
    evidence: Evidence,
    outcome: str,
    rates: pd.DataFrame,
    graded: Graded,
    *,
    together: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of response rates.

    Parameters
    ----------
    rates : from `response_rates`: one outcome.
    graded : of the questions about this outcome, against placebo and without a comparison, from
        `atopic.questions.certainty.words.graded`.
    together : from `rates_together`, optional; told in notes, never as the number.

    Returns
    -------
    dict: the number is of the active arms with a placebo arm beside them, else of those without;
        of cells where there are any, with their lowest and outermost limits.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import response_rates
    >>> evidence = atopic.load()
    >>> rates = response_rates(evidence, "EASI-50", weeks=[12])
    >>> found = rates_finding(evidence, "EASI-50", rates, {})
    >>> found["number"], found["unit"][:56]
    ('32 to 33', 'of 100 with cells in placebo-controlled trials (95% inte')
    """
    had = outcome_words(evidence.instruments, outcome)
    if rates.empty:
        return {"words": f"Not reported in the sources we read: how many patients {had}."}
    single = rates[rates["combined_arm"].ne("yes")]
    # A combined arm counts patients of its parts again; where it is all there is, it stands.
    own = single if len(single) else rates
    cells = own[own["study_role"].eq("evidence")]
    own_words = words_in_use()
    named = (cells, own_words.treatment.many), (own, f"the {own_words.comparator}")
    subject, name = named[0] if len(cells) else named[1]
    beside, placebo, alone = _parts(subject)
    control = control_word(*kinds_of(placebo))
    sentences, notes = [], []
    if len(beside):
        trials = counted(
            beside["study_id"].nunique(), f"{controlled_word(*kinds_of(beside))} trial"
        )
        words = f"In {trials} {shares_span(beside['estimate'])} of 100 patients {had} with {name}"
        if len(placebo):
            words += f" and {shares_span(placebo['estimate'])} of 100 with {control}"
        sentences.append(f"{words}.")
        if len(alone):
            shares = shares_span(alone["estimate"])
            one = len(alone) == 1
            notes.append(
                f"Without a control group the {'rate is' if one else 'rates are'} {shares} of 100: "
                f"{'it does' if one else 'they do'} not say what the treatment added."
            )
    elif len(alone):
        followed = alone[alone["setting"].eq("follow-up")]
        if len(followed) and len(followed) < len(alone):
            rest = alone[~alone["setting"].eq("follow-up")]
            notes.append(
                f"Other groups without a control group: {shares_span(rest['estimate'])} of 100."
            )
            alone = followed
        sentences.append(
            f"{_some(alone)} {shares_span(alone['estimate'])} of 100 patients {had}, without a "
            "control group: nobody knows how many would have done so without the treatment."
        )
    else:
        sentences.append(
            f"With {control} {shares_span(placebo['estimate'])} of 100 patients {had}; no rate "
            "with treatment was read."
        )
    if len(cells):
        notes += _drugs(own[own["study_role"].ne("evidence")])
    if together is not None and not len(beside):
        notes += few_together_notes(together)
    shown, where = (
        (beside, f"with {name} in {controlled_word(*kinds_of(beside))} trials")
        if len(beside)
        else (alone, f"with {name}, without a control group")
        if len(alone)
        else (placebo, f"with {control}")
    )
    found = {
        "words": " ".join(sentences),
        "number": shares_span(shown["estimate"]),
        "unit": f"of 100 {where}{_limits(shown)}",
        "notes": notes,
    }
    studies = set(shown["study_id"])
    if len(beside):
        about = [one for one in graded if one & studies]
        return rated(found, graded.get(frozenset(studies), {}), elsewhere=bool(about))
    return rated(found, _of_later(shown, graded))


def _of_later(alone: pd.DataFrame, graded: Graded) -> Mapping[str, Any]:
    """Return the certainty of the one question that asks how long these responses last."""
    later = alone[alone["setting"].isin(_LATER)]
    about = [level for one, level in graded.items() if one & set(later["study_id"])]
    return about[0] if len(about) == 1 else {}


def _parts(rates: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return active arms with a placebo arm beside them, placebo arms, and other active arms."""
    placebo = is_control(rates)
    controlled = is_controlled(rates)
    return (
        rates[~placebo & controlled],
        rates[placebo & controlled],
        rates[~placebo & ~controlled],
    )


def _some(alone: pd.DataFrame) -> str:
    studies = counted(alone["study_id"].nunique(), "study", "studies")
    return f"In {studies}" if len(alone) > 1 else "In one group"


def _drugs(drugs: pd.DataFrame) -> list[str]:
    beside, placebo, _ = _parts(drugs)
    if beside.empty or placebo.empty:
        return []
    trials = counted(beside["study_id"].nunique(), f"{words_in_use().comparator.adjective} trial")
    return [
        f"For scale, {trials} of other patients: {shares_span(beside['estimate'])} of 100 with the "
        f"{words_in_use().comparator} and {shares_span(placebo['estimate'])} of 100 with "
        f"{control_word(*kinds_of(placebo))}. This does not compare "
        "treatments."
    ]


def _limits(shown: pd.DataFrame) -> str:
    known = shown[shown["lower_min"].notna()]
    if known.empty:
        return ""
    ends = shares_span([known["lower_min"].min(), known["upper_max"].max()])
    several = len(known) > 1
    name = interval_words(known["level"].iloc[0])
    return f" ({name}s from {ends})" if several else f" ({name} {ends})"
