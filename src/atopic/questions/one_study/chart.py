"""One study on one page: its rates under their outcomes, and first what it can show."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from atopic.display.numbers import interval_name, points_text
from atopic.evidence.csv_rows import records
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import SETTINGS
from atopic.questions.controlled_effect.chart import describe_effects
from atopic.questions.evidence_map import study_characteristics
from atopic.questions.response_rates.chart import describe_rates, draw_rates

__all__ = [
    "describe_study_rates",
    "draw_study_rates",
    "rate_panels",
    "standing_note",
]

#: Sources print the share that did not respond for some outcomes.
_NOT = " (these did not respond)"


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
        ("responses", "Shares of the patients of a group", rates[~kept]),
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
            str(row.outcome) + (_NOT if several and row.direction == "lower-is-better" else ""),
            SETTINGS[row.setting],
        )
        for row in records(rates)
    ]
    return draw_rates(rates, headings=headings)


def describe_study_rates(rates: pd.DataFrame) -> str:
    """Say what the chart of a study's rates shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.one_study import study_rates
    >>> describe_study_rates(study_rates(atopic.load(), "kangstem-2019"))[24:]
    'Kangstem 2019, controlled: cells 32% (22 to 43) against placebo 27% (18 to 38).'
    """
    return " ".join(describe_rates(rows) for _, rows in rates.groupby("outcome", sort=False))


def standing_note(
    evidence: Evidence, study: str, effects: pd.DataFrame, allowed: pd.DataFrame
) -> str:
    """Say first what a study can show: its result against placebo, or that it has none.

    Empty for an unknown study; effects and what P values allow are from `study_effects`.

    >>> import atopic
    >>> from atopic.questions.one_study import study_effects
    >>> evidence = atopic.load()
    >>> standing_note(evidence, "shin-2021", *study_effects(evidence, "shin-2021"))[:60]
    'No placebo group: nothing on this page says what the treatme'
    """
    sentences = []
    for row in records(study_characteristics(evidence, studies=[study])):
        if row.design == "randomised-placebo":
            sentences.append(f"Against placebo: {row.result}.")
            sentences += [_difference(effect) for effect in records(effects)]
            if len(allowed):
                sentences.append(describe_effects(effects.iloc[:0], allowed=allowed))
        elif row.design == "follow-up":
            sentences.append("Follow-up without a control group of its own.")
        elif row.result == "no placebo group":
            sentences.append(
                "No placebo group: nothing on this page says what the treatment added."
            )
        if row.role == "benchmark":
            sentences.append("A benchmark: no cell therapy.")
        elif row.in_synthesis == "no":
            sentences.append(f"Not in the synthesis: {row.exclusion_reason}.")
    return " ".join(sentences)


def _difference(row: Any) -> str:
    """Say what a trial shows of one outcome, and whether no difference is compatible with it."""
    clear = "lies above zero" if row.lower_min > 0 else "lies below zero"
    zero = clear if row.lower_min > 0 or row.upper_max < 0 else "reaches across zero"
    limits = f"{points_text(row.lower_min)} to {points_text(row.upper_max)}"
    return (
        f"{row.outcome} at week {row.week}, difference from placebo ({row.label}): "
        f"{points_text(row.estimate)} percentage points ({limits}); "
        f"the {interval_name(row.level)} {zero}."
    )
