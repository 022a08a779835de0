"""Domains of results that were judged by the same answers, so that a page says each once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from atopic.evidence.frames import records


class Alike(NamedTuple):
    """One domain, as it was judged of one or more results of a study.

    Attributes
    ----------
    results : tuple of (outcome, week)
    row : row of `atopic.questions.certainty.bias_judgements`, of the first of them
    answers : DataFrame: its rows of `atopic.questions.certainty.bias_paths`
    """

    results: tuple[tuple[Any, Any], ...]
    row: Any
    answers: pd.DataFrame


def alike_domains(judgements: pd.DataFrame, paths: pd.DataFrame, study: str) -> list[Alike]:
    """Return the domains of a study's results, each set of answers once, domain by domain.

    `judgements` is from `atopic.questions.certainty.bias_judgements`, `paths` from `bias_paths`.

    >>> import atopic
    >>> from atopic.questions.certainty import bias_judgements, bias_paths
    >>> evidence = atopic.load()
    >>> found = alike_domains(bias_judgements(evidence), bias_paths(evidence), "kangstem-2019")
    >>> [(one.row.domain, len(one.results)) for one in found][:4]
    [('1', 2), ('2', 2), ('3', 1), ('3', 1)]
    """
    found: dict[tuple[Any, ...], Alike] = {}
    for row, answers in _domains(judgements, paths, study):
        key = (row.domain, row.judgement, row.override, *answers["row"])
        results = found[key].results if key in found else ()
        first = found.get(key, Alike((), row, answers))
        found[key] = first._replace(results=(*results, (row.outcome, row.week)))
    return sorted(found.values(), key=lambda one: str(one.row.domain))


def _domains(
    judgements: pd.DataFrame, paths: pd.DataFrame, study: str
) -> Iterator[tuple[Any, pd.DataFrame]]:
    mine = judgements[judgements["study_id"].eq(study) & judgements["domain"].ne("overall")]
    for row in records(mine):
        same = paths["study_id"].eq(study) & paths["domain"].eq(int(row.domain))
        for name, value in (("outcome", row.outcome), ("week", row.week)):
            same &= paths[name].isna() if pd.isna(value) else paths[name].eq(value).fillna(False)
        yield row, paths[same]
