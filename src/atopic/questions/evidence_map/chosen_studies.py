"""Which studies an overview is about, and what to say of what was asked for and is not there."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atopic.errors import hinted
from atopic.evidence.controls import control_kinds, controlled_designs
from atopic.evidence.folder import Evidence
from atopic.evidence.once import once
from atopic.evidence.selection import as_names, of_choice
from atopic.evidence.unknown_names import unknown_names
from atopic.questions.asked import asked

#: Tables that hold what a source printed on an outcome.
OUTCOME_TABLES = ("responses", "scores", "contrasts")


@asked()
@once
def chosen_studies(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> pd.DataFrame:
    """Return the studies of an overview in the order in which they are read.

    Parameters
    ----------
    studies : iterable of str; study ids; none given means every cell-therapy study. Unknown ids are
        left out here; `scope_note` names them.
    exclude : iterable of str; ids of studies to leave out.
    controlled : bool; whether only placebo-controlled trials are kept.
    include_benchmarks : bool; whether drug and placebo benchmark trials are added when no study is
        named.

    Returns
    -------
    DataFrame: the columns of studies.csv with ``row`` and ``control``, the kind of the control
        group of a controlled design (else empty): the reviewed before benchmarks, studies of
        the synthesis before those left out, controlled before others, then by year.

    Raises
    ------
    ValueError: if `studies` is one text instead of several.

    Examples
    --------
    >>> import atopic
    >>> chosen_studies(atopic.load())["study_id"].to_list()[:3]
    ['kangstem-2019', 'kangstem-2024', 'seo-2024-phase-2']
    """
    wanted = as_names("studies", studies)
    frame = evidence.studies.rename_axis("row").reset_index()
    if wanted:
        frame = frame[frame["study_id"].isin(wanted)]
    elif not include_benchmarks:
        frame = frame[frame["role"].eq("evidence")]
    left = of_choice(evidence, frame["study_id"], exclude=exclude, controlled=controlled)
    frame = frame[left]
    kinds = control_kinds(evidence.arms, evidence.studies)
    beside = frame["study_id"].map(kinds).where(controlled_designs(frame["design"]), "")
    frame = frame.assign(control=beside.astype("str"))
    keys = {
        "role": frame["role"].ne("evidence"),
        "in_synthesis": frame["in_synthesis"].ne("yes"),
        "controlled": ~controlled_designs(frame["design"]),
        "year": frame["year"].astype("float64"),
        "study_id": frame["study_id"],
    }
    order = pd.DataFrame(keys, index=frame.index).sort_values(list(keys)).index
    return frame.loc[order].reset_index(drop=True)


def scope_note(
    evidence: Evidence,
    *,
    outcomes: Iterable[str] = (),
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    include_benchmarks: bool = False,
) -> str:
    """Say in words what was asked for and is not there.

    Parameters
    ----------
    outcomes : iterable of str; outcomes of instruments.csv; none given means all.
    studies, exclude, controlled, include_benchmarks : as in `chosen_studies`.

    Returns
    -------
    str: one or more sentences; empty if everything asked for was found.

    Raises
    ------
    ValueError: if `outcomes` or `studies` is one text instead of several.

    Examples
    --------
    >>> import atopic
    >>> scope_note(atopic.load(), studies=["kim-2071"])
    "There is no study 'kim-2071'; did you mean 'kim-2017'? See studies.csv for the ids."
    """
    known = set(evidence.instruments["outcome"])
    wanted, asked = as_names("outcomes", outcomes), as_names("studies", studies)
    sentences = list(
        filter(None, [unknown_names(evidence, [*asked, *as_names("exclude", exclude)])])
    )
    see = "see instruments.csv for the names"
    sentences += [
        f"There is no outcome {outcome!r}{hinted(outcome, known, see)}."
        for outcome in wanted
        if outcome not in known
    ]
    chosen = chosen_studies(
        evidence._within(),
        studies=asked,
        exclude=exclude,
        controlled=controlled,
        include_benchmarks=include_benchmarks,
    )
    printed: set[str] = set()
    for table in OUTCOME_TABLES:
        rows = evidence.table(table)
        printed |= set(rows.loc[rows["study_id"].isin(chosen["study_id"]), "outcome"])
    sentences += [
        f"Nothing was read of these studies on {outcome}."
        for outcome in wanted
        if outcome in known - printed
    ]
    return " ".join(sentences)
