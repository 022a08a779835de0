"""The summary of findings by product: what placebo and cells did on each outcome, and how sure."""

from __future__ import annotations

from math import nan
from typing import Any

import pandas as pd

from atopic.evidence.controls import is_controlled_design
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records, row_dicts
from atopic.questions.answer.products import gradable_questions
from atopic.questions.asked import asked
from atopic.questions.certainty import Settings, answer_questions, summary_of_findings
from atopic.questions.severity_reduction import reduction_differences, score_reductions

_ORDER = {"critical": 0, "important": 1}


@asked()
def findings_by_product(evidence: Evidence, *, settings: Settings | None = None) -> pd.DataFrame:
    """Return the graded comparisons with placebo, product by product.

    Parameters
    ----------
    settings : Settings, optional
        Thresholds of the certainty rules.

    Returns
    -------
    DataFrame: the rows of `atopic.questions.certainty.summary_of_findings` that compare with
        placebo, with ``product`` (``product_words`` of the studies; empty where they are of
        several), ``label`` and ``week`` of the outcome, ``better``, ``ratings``, ``reported``
        (what a source says of the comparison where there is no estimate), ``p_printed``, and
        ``other_lower`` and ``other_upper``, the limits if an assumption on a spread is wrong; those
        of one product first, by its first question.

    Examples
    --------
    >>> import atopic
    >>> found = findings_by_product(atopic.load())
    >>> found[["product", "outcome", "level"]].values.tolist()[0]
    ['cord-blood cells (FURESTEM-AD)', 'EASI-50', 'low']
    """
    settings = settings or Settings()
    columns = ["product", "question_id", "label", "week", "better", "ratings", "reported"]
    ids = gradable_questions(evidence)
    if not ids:
        return pd.DataFrame(columns=columns)
    table = evidence.certainty_questions.set_index("question_id", drop=False)
    ids = [one for one in ids if is_controlled_design(table.loc[one, "design"])]
    if not ids:
        return pd.DataFrame(columns=columns)
    answers = {one.question_id: one for one in answer_questions(evidence, settings, questions=ids)}
    products = evidence.studies.set_index("study_id")["product_words"]
    labels = evidence.instruments.drop_duplicates("outcome").set_index("outcome")["label"]
    rows: list[dict[str, Any]] = []
    for row in row_dicts(summary_of_findings(list(answers.values()))):
        answer, question = answers[row["question_id"]], table.loc[row["question_id"]]
        studies = str(question["study_ids"]).split(";")
        own = set(products.reindex(studies).dropna())
        said = _said(evidence, studies, question["outcome"], question["week"])
        rows.append(
            {
                **{str(name): value for name, value in row.items()},
                "product": own.pop() if len(own) == 1 else "",
                "label": labels.get(row["outcome"]),
                "week": question["week"],
                "position": question["position"],
                "better": answer.better,
                "ratings": answer.ratings,
                "needed": answer.needed,
                "assumed": answer.effect.assumed if answer.effect else "",
                **_other_limits(evidence, studies, question, settings),
                "reported": said["reported_significance"],
                "p_printed": said["p"],
            }
        )
    frame = pd.DataFrame(rows)
    first = frame.groupby("product")["position"].transform("min").where(frame["product"].ne(""))
    frame = frame.assign(
        place=first.fillna(frame["position"].max() + 1), rank=frame["importance"].map(_ORDER)
    ).sort_values(["place", "rank", "position"], kind="stable")
    return frame.drop(columns=["place", "rank"]).reset_index(drop=True).astype({"week": "Int64"})


def _other_limits(
    evidence: Evidence, studies: list[str], question: Any, settings: Settings
) -> dict[str, float]:
    """Return the limits of one trial if its spread without a label is a standard error, if any."""
    nothing = {"other_lower": nan, "other_upper": nan}
    if question["measure"] != "mean_difference" or len(studies) > 1:
        return nothing
    weeks = [] if pd.isna(question["week"]) else [int(question["week"])]
    arms = score_reductions(
        evidence, question["outcome"], weeks=weeks, studies=studies, assume="se",
        level=settings.level,
    )  # fmt: skip
    rows = reduction_differences(arms[arms["unit"].eq("points")])
    rows = rows[rows["spread_used"].eq("assumed se")]
    if rows.empty:
        return nothing
    return {"other_lower": rows["lower"].iloc[0], "other_upper": rows["upper"].iloc[0]}


def _said(evidence: Evidence, studies: list[str], outcome: str, week: Any) -> dict[str, Any]:
    """Return what the sources say of a comparison in words, and the P value they give."""
    table = evidence.contrasts
    mine = table[table["study_id"].isin(studies) & table["outcome"].eq(outcome)]
    if pd.notna(week):
        mine = mine[mine["week"].isna() | mine["week"].eq(week)]
    words, p = "", nan
    for row in records(mine):
        words = words or ("" if pd.isna(row.reported_significance) else row.reported_significance)
        if row.measure == "p_value" and pd.notna(row.value):
            p = row.value
    return {"reported_significance": words, "p": p}
