"""How the placebo-controlled trials came out, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import NOT_RATED, Graded, counted, signed_points
from atopic.display.numbers import listed, outcome_text, span_text
from atopic.questions.trials.words import range_words
from atopic.review import controlled_word, words_in_use


def trials_finding(trials: pd.DataFrame, graded: Graded) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of all trials.

    Parameters
    ----------
    trials : from `placebo_trials`.
    graded : of the questions on its results, from `atopic.questions.certainty.words.graded`.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.trials import placebo_trials
    >>> trials_finding(placebo_trials(atopic.load()), {})["number"]
    '+3 to +5'
    """
    if trials.empty:
        return {"words": f"There is no {controlled_word()} trial of {words_in_use().treatment}."}
    rates = trials[trials["known"].eq("rates")]
    whole = trials["study_id"].nunique()
    every = counted(whole, f"{controlled_word()} trial")
    if rates.empty:
        return {"words": f"We found the rates of both groups of none of {every}."}
    reported = rates["study_id"].nunique()
    first = rates[rates["outcome"].eq(rates["outcome"].iloc[0])]
    low, high = (signed_points(end) for end in (first["estimate"].min(), first["estimate"].max()))
    fewer = first["fewer"].fillna(False).any()
    unit = "patients per 100, fewer is better:" if fewer else "responders per 100 by"
    outcome = outcome_text(first["outcome"].iloc[0])
    return {
        "words": range_words(rates),
        "number": span_text(low, high),
        "unit": f"{unit} {outcome}, {counted(first['study_id'].nunique(), 'trial')}",
        "notes": [
            f"There {'is' if whole == 1 else 'are'} {every} of {words_in_use().treatment}; "
            f"{counted(reported, 'trial')} "
            f"published the rates of both groups.",
            _only_p(trials),
            _certainty(trials, graded),
            _goals(trials),
        ],
    }


def _only_p(trials: pd.DataFrame) -> str:
    """Say of which trials no rates are known."""
    words = []
    for known, said in (("only-p", "only a P value"), ("none", "no result")):
        names = list(dict.fromkeys(trials.loc[trials["known"].eq(known), "short_name"]))
        if names:
            words.append(f"Of {listed(names)} we found {said}.")
    return " ".join(words)


def _goals(trials: pd.DataFrame) -> str:
    goals = trials.drop_duplicates("study_id")["primary_met"].astype(str).value_counts()
    if not {"yes", "no"} & set(goals.index):
        return "Whether the trials met their main goals is not known."
    parts = [
        f"{said} {counted(int(goals[goal]), 'trial')}"
        for goal, said in (("yes", "met by"), ("no", "missed by"), ("unknown", "unknown in"))
        if goals.get(goal, 0)
    ]
    return f"The main goal was {listed(parts)}."


def _certainty(trials: pd.DataFrame, graded: Graded) -> str:
    """Say how sure the results are, product by product."""
    products = trials.drop_duplicates("study_id").set_index("study_id")["product_words"].dropna()
    levels: dict[str, list[str]] = {}
    for studies, one in graded.items():
        for name in dict.fromkeys(products.reindex(sorted(studies)).dropna()):
            levels.setdefault(str(one["certainty"]), []).append(str(name).partition(" (")[0])
    words = [f"{level} for {listed(names)}" for level, names in levels.items()]
    return f"Certainty: {'; '.join(words)}." if words else NOT_RATED
