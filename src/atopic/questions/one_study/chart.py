"""One study on one page: its rates under their outcomes, and first what it can show."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from atopic.display.finding_words import interval_words, more_per_hundred, more_span
from atopic.display.numbers import outcome_text
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.questions.controlled_effect.finding import allowed_words
from atopic.questions.one_study.facts import rows_of
from atopic.questions.one_study.printed import study_contrasts
from atopic.questions.outcomes import outcome_words
from atopic.questions.response_rates.chart import describe_rates, draw_rates
from atopic.review import control_word, time_point, time_word, with_article, words_in_use

#: Said of an outcome that is no good one.
_FEWER = " (fewer is better)"


def rate_panels(rates: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the rates that may share an axis, each with a name and what they are shares of.

    >>> import atopic
    >>> from atopic.questions.one_study import study_rates
    >>> rates = study_rates(atopic.load(), "seo-2024-phase-1")
    >>> [(name, len(some)) for name, _, some in rate_panels(rates)]
    [('responses', 3), ('kept', 3)]
    """
    # A share of earlier responders starts at all of them: it needs an axis of its own.
    kept = rates["setting"].eq("maintained")
    for name, words, some in (
        ("responses", "Patients with each outcome", rates[~kept]),
        ("kept", "Response kept: shares of earlier responders, not of all patients", rates[kept]),
    ):
        if len(some):
            yield name, words, some.reset_index(drop=True)


def draw_study_rates(rates: pd.DataFrame) -> Figure | None:
    """Draw the rates of one panel of `rate_panels`, under headings of outcome and setting.

    >>> import atopic
    >>> from atopic.questions.one_study import study_rates
    >>> len(draw_study_rates(study_rates(atopic.load(), "shin-2021")).axes)
    1
    """
    several = len(set(rates["outcome"])) > 1
    headings = [
        (
            outcome_text(row.outcome)
            + (_FEWER if several and row.direction == "lower-is-better" else ""),
            setting_words(row.setting),
        )
        for row in records(rates)
    ]
    return draw_rates(rates, headings=headings)


def describe_study_rates(rates: pd.DataFrame) -> str:
    """Say what the chart of a study's rates shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.one_study import study_rates
    >>> describe_study_rates(study_rates(atopic.load(), "kangstem-2019"))[26:]
    'FURESTEM-AD phase 3, 2019, controlled: cells 32% (22 to 43) against placebo 27% (18 to 38).'
    """
    return " ".join(describe_rates(rows) for _, rows in rates.groupby("outcome", sort=False))


def differences_note(
    evidence: Evidence, study: str, effects: pd.DataFrame, allowed: pd.DataFrame
) -> str:
    """Say what a trial shows against its control group beyond its finding; empty without one.

    Of one result, which is the finding, it says only what the source calls it. Effects and what P
    values allow are from `study_effects`.

    >>> import atopic
    >>> from atopic.questions.one_study import study_effects
    >>> evidence = atopic.load()
    >>> differences_note(evidence, "kangstem-2024", *study_effects(evidence, "kangstem-2024"))
    'The difference was reported as not significant.'
    """
    said = study_contrasts(evidence, study)
    if len(effects) + len(allowed) == 1:
        called = "".join(_called(one, said) for one in records(effects))
        return f"The difference was {called}." if called else ""
    benchmark = rows_of(evidence, "studies", study)["role"].eq("benchmark").any()
    several = len(set(effects["label"])) > 1 or benchmark
    treated = words_in_use().treatment.many
    return " ".join(
        [
            _difference(evidence, effect, said, effect.label if several else treated)
            for effect in records(effects)
        ]
        + [allowed_words(one) for one in records(allowed)]
    )


def standing_note(evidence: Evidence, study: str) -> str:
    """Say what part a study has if it is no ordinary one; empty for others and an unknown one.

    >>> import atopic
    >>> standing_note(atopic.load(), "kangstem-2019-follow-up")
    'Follow-up without a control group of its own.'
    """
    sentences = []
    for row in records(rows_of(evidence, "studies", study)):
        if row.design == "follow-up":
            sentences.append("Follow-up without a control group of its own.")
        if row.role == "benchmark":
            sentences.append(f"A benchmark: no {words_in_use().treatment.one}.")
        elif row.in_synthesis == "no":
            sentences.append(f"Not in the synthesis: {row.exclusion_reason}.")
    return " ".join(sentences)


def _difference(evidence: Evidence, row: Any, said: pd.DataFrame, treated: str) -> str:
    """Say what a trial shows of one outcome, and what its source says of significance."""
    known = pd.notna(row.week)
    when = (
        f"At {time_point(row.week)}"
        if known
        else f"At {with_article(time_word())} that we do not know"
    )
    had = outcome_words(evidence.instruments, row.outcome)
    words = (
        f"{when}, {more_per_hundred(row.estimate)} in 100 {had} with {treated} than with "
        f"{control_word(row.control)} "
        f"({interval_words(row.level)} {more_span(row.lower_min, row.upper_max)})"
    )
    return f"{'; '.join(filter(None, (words, _called(row, said))))}."


def _called(row: Any, said: pd.DataFrame) -> str:
    """Return what the source calls a difference, as ``reported as significant``, if anything."""
    same = said["outcome"].eq(row.outcome) & said["week"].eq(row.week)
    called = said.loc[same & said["arm_id"].eq(row.arm_id), "printed"].astype(str)
    called = called[called.str.startswith("called ")].drop_duplicates()
    return called.iloc[0].replace("called", "reported as") if len(called) == 1 else ""
