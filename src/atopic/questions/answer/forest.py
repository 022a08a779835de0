"""Every placebo-controlled trial on one plot, and trials of one product together."""

from typing import Any

import pandas as pd

from atopic.display.forest_table import ForestRow
from atopic.display.frequencies import limits_per_100, more_per_100, per_100
from atopic.display.pooling_names import pooled_by
from atopic.evidence.frames import records
from atopic.questions.trials.forest import forest_html, result_heading
from atopic.review import controlled_word

_LIGHTS = '; <a href="certainty.html">the answers behind each light</a>'
_ALL = {2: "Both", 3: "All three", 4: "All four", 5: "All five"}


def trials_html(
    trials: pd.DataFrame, products: pd.DataFrame, lights: pd.DataFrame, *, level: float = 0.95
) -> str:
    """Return all trials as a section with a forest plot; empty without a trial.

    Parameters
    ----------
    trials : from `atopic.questions.trials.placebo_trials`.
    products : from `atopic.questions.answer.product_answers`; those of several trials get a row.
    lights : from `atopic.questions.trials.lights_of`.
    level : float, optional
        Of the intervals.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.answer import product_answers
    >>> from atopic.questions.trials import lights_of, placebo_trials
    >>> evidence = atopic.load()
    >>> trials = placebo_trials(evidence)
    >>> made = trials_html(trials, product_answers(evidence), lights_of(evidence, trials))
    >>> made.count('scope="row"'), made.count('class="point unsure"')
    (5, 2)
    """
    if trials.empty:
        return ""
    together = {
        (result_heading(row), row.product): _together(row)
        for row in records(products)
        if row.trials > 1 and row.known == "rates"
    }
    table = forest_html(trials, lights, together=together, level=level)
    return (
        '<section class="block" aria-labelledby="all-trials">'
        f'<h2 id="all-trials">Every {controlled_word()} trial</h2>\n'
        f"{table}\n"
        '<p class="fine"><a href="trials.html">All trials with their numbers</a>'
        f"{_LIGHTS if len(lights) else ''}</p></section>"
    )


def _together(product: Any) -> ForestRow:
    all_of = _ALL.get(product.trials, f"All {product.trials}")
    sure = f"certainty {product.certainty}" if product.certainty else "certainty not rated"
    how = pooled_by(product.model, product.interval)
    return ForestRow(
        f"{all_of} {product.brand or product.name} trials",
        f"together: {how}; {sure}",
        cells=per_100(product.treated),
        placebo=per_100(product.placebo),
        estimate=100 * product.estimate,
        lower=100 * product.lower,
        upper=100 * product.upper,
        kind="pooled",
        difference=more_per_100(product.estimate),
        limits=limits_per_100(product.lower, product.upper),
    )
