"""The chart of what placebo and other drugs did, by class and background treatment."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from atopic.display.finding_words import capital
from atopic.display.numbers import percent, plural, span_text
from atopic.evidence.controls import CONTROLLED, is_control_arm
from atopic.evidence.frames import records
from atopic.evidence.selection import setting_words
from atopic.questions.response_rates.chart import draw_rates
from atopic.review import called, control_word, in_words, words_in_use

_TOPICALS = {
    "yes": "with {background}",
    "no": "without {background}",
    "unknown": "{background} not stated",
}


def draw_benchmarks(rates: pd.DataFrame) -> Figure | None:
    """Draw the response rates of benchmark trials: placebo arms together, then drugs by class.

    >>> import atopic
    >>> from atopic.questions.benchmarks.estimates import benchmark_rates
    >>> len(draw_benchmarks(benchmark_rates(atopic.load(), "EASI-75", weeks=[16])).axes)
    1
    """
    return draw_rates(rates, headings=[_under(row) for row in records(rates)])


def describe_benchmarks(rates: pd.DataFrame) -> str:
    """Say what the chart of benchmarks shows, for readers who cannot see it.

    >>> import atopic
    >>> from atopic.questions.benchmarks.estimates import benchmark_rates
    >>> describe_benchmarks(benchmark_rates(atopic.load(), "SCORAD-50", weeks=[16]))[:76]
    'SCORAD-50 in benchmark trials. Placebo: drug trials, with background topical'
    """
    if rates.empty:
        return ""
    headings = pd.Series([_under(row) for row in records(rates)], index=rates.index, dtype=object)
    sentences = [f"{rates['outcome'].iloc[0]} in benchmark trials."]
    for first in dict.fromkeys(heading[0] for heading in headings):
        spans = []
        for heading in dict.fromkeys(headings):
            if heading[0] == first:
                shares = rates.loc[[one == heading for one in headings], "estimate"]
                span = span_text(percent(shares.min()), percent(shares.max()))
                spans.append(f"{heading[1]}, {span}% ({plural(len(shares), 'group')})")
        sentences.append(f"{first}: {'; '.join(spans)}.")
    return " ".join(sentences)


def _under(row: Any) -> tuple[str, str]:
    """Return the two headings that a row stands under."""
    topicals = in_words(_TOPICALS[row.background_topicals])
    if row.setting not in CONTROLLED:
        return setting_words(row.setting), topicals
    if is_control_arm(row):
        words = words_in_use()
        given = words.treatment if row.study_role == "evidence" else words.comparator
        kind = f"{given.adjective} trials"
        return capital(control_word()), f"{kind}, {topicals}"
    if pd.isna(row.intervention_class) or row.intervention_class == "unknown":
        return capital(in_words("{comparator.one} not named")), topicals
    return capital(called(row.intervention_class)), topicals
