"""What the front page rests on: whom it is about, how it was found, pooled and rated."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape

import pandas as pd

from atopic.display.finding_words import counted
from atopic.display.frequencies import limits_per_100
from atopic.display.numbers import plural
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.answer.products import OTHER_POOLING
from atopic.questions.certainty import Settings, answer_questions
from atopic.review import controlled_word

_METHODS = {
    "random": "a random-effects model",
    "common": "a common-effect model",
    "hartung-knapp": "the Hartung-Knapp method",
}


def basis_lines(
    evidence: Evidence,
    trials: pd.DataFrame,
    products: pd.DataFrame,
    *,
    settings: Settings | None = None,
    told: Mapping[str, str] | None = None,
) -> list[tuple[str, str]]:
    """Return what the answer rests on: what is told, and the words.

    Parameters
    ----------
    trials : from `atopic.questions.trials.placebo_trials`.
    products : from `atopic.questions.answer.product_answers`.
    settings : Settings, optional
        Of the certainty rules.
    told : mapping of str to str, optional
        What no table holds, such as the search, by its name.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.answer import product_answers
    >>> from atopic.questions.trials import placebo_trials
    >>> evidence = atopic.load()
    >>> trials = placebo_trials(evidence)
    >>> lines = dict(basis_lines(evidence, trials, product_answers(evidence, trials=trials)))
    >>> lines["Children"][:58]
    'Unknown. All five placebo-controlled trials took people of'
    """
    settings = settings or Settings()
    lines = [
        ("Children", _children(evidence, trials)),
        *(told or {}).items(),
        ("Pooling", _pooling(evidence, products, settings)),
        ("Ratings", _raters(evidence)),
    ]
    return [(name, words) for name, words in lines if words]


def basis_html(lines: Iterable[tuple[str, str]]) -> str:
    """Return what the answer rests on as a section; empty without any line of `basis_lines`."""
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(words)}</dd></div>" for name, words in lines
    )
    if not items:
        return ""
    return (
        '<section class="block" aria-labelledby="basis"><h2 id="basis">What this rests on</h2>\n'
        f'<dl class="facts basis">{items}</dl>\n<p class="fine"><a href="evidence-map.html">All '
        'studies, and why some were left out</a>; <a href="methods.html">methods</a></p></section>'
    )


def youngest(population: object) -> int | None:
    """Return the age from which a trial took people, in years; None where that is not told.

    >>> youngest("19-70 years, SCORAD above 20"), youngest("19 years or older"), youngest("ill")
    (19, 19, None)
    """
    if not isinstance(population, str):
        return None
    found = re.search(r"\b(\d+)(?:-\d+)? years\b(?! or more)", population)
    return int(found[1]) if found else None


def _children(evidence: Evidence, trials: pd.DataFrame) -> str:
    asked = dict.fromkeys(trials["study_id"])
    studies = evidence.studies.set_index("study_id").reindex(list(asked))
    ages = {study: youngest(words) for study, words in studies["population"].items()}
    known = [age for age in ages.values() if age is not None]
    if not known:
        told = studies["population"].notna().any()
        return f"Unknown: we found the ages of no {controlled_word()} trial." if told else ""
    every = counted(len(ages), f"{controlled_word()} trial")
    which = f"All {every}" if len(known) == len(ages) else f"{len(known)} of {every}"
    took = f"{which} took people of {min(known)} or older"
    rest = "" if len(known) == len(ages) else "; of the others we found no ages"
    return f"{'Unknown. ' if min(known) >= 18 else ''}{took}{rest}."


def _pooling(evidence: Evidence, products: pd.DataFrame, settings: Settings) -> str:
    """Say how trials of one product were pooled, and what another method makes of it."""
    words = []
    for row in records(products):
        if row.trials < 2 or row.known != "rates":
            continue
        ends = limits_per_100(row.lower, row.upper)
        said = f"{row.brand or row.name}: {_METHODS[settings.pooling]} gives {ends}"
        other = OTHER_POOLING[settings.pooling]
        if pd.notna(row.other_lower):
            limits = limits_per_100(row.other_lower, row.other_upper)
            said += f"; by {_METHODS[other]} it would be {limits}"
        if row.question_id:
            (answer,) = answer_questions(
                evidence, replace(settings, pooling=other), questions=[row.question_id]
            )
            if answer.effect:
                limits = limits_per_100(answer.effect.lower / 100, answer.effect.upper / 100)
                said += f"; by {_METHODS[other]} it would be {limits}, and the certainty "
                said += answer.level
        words.append(f"{said}.")
    return " ".join(words)


def _raters(evidence: Evidence) -> str:
    readers = evidence.bias_answers["reader"].nunique()
    if not readers:
        return ""
    by = "one rater" if readers == 1 else plural(readers, "rater")
    return f"Bias (RoB 2) and certainty (GRADE) follow by rule from the answers of {by}."
