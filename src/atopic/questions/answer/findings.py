"""The summary of findings by product: what placebo and cells did on each outcome, and how sure."""

from math import nan
from typing import Any

import pandas as pd

from atopic.evidence.csv_rows import records
from atopic.evidence.folder import Evidence
from atopic.questions.answer.products import gradable_questions
from atopic.questions.asked import asked
from atopic.questions.certainty import Settings, answer_questions, summary_of_findings

__all__ = ["findings_by_product"]

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
        (what a source says of the comparison where there is no estimate) and ``p_printed``; those
        of one product first, by its first question.

    Examples
    --------
    >>> import atopic
    >>> found = findings_by_product(atopic.load())
    >>> found[["product", "outcome", "level"]].values.tolist()[0]
    ['cord-blood cells (FURESTEM-AD)', 'EASI-50', 'low']
    """
    columns = ["product", "question_id", "label", "week", "better", "ratings", "reported"]
    ids = gradable_questions(evidence)
    if not ids:
        return pd.DataFrame(columns=columns)
    table = evidence.certainty_questions.set_index("question_id", drop=False)
    ids = [one for one in ids if table.loc[one, "design"] == "randomised-placebo"]
    if not ids:
        return pd.DataFrame(columns=columns)
    answers = {one.question_id: one for one in answer_questions(evidence, settings, questions=ids)}
    products = evidence.studies.set_index("study_id")["product_words"]
    labels = evidence.instruments.drop_duplicates("outcome").set_index("outcome")["label"]
    rows = []
    for row in summary_of_findings(list(answers.values())).to_dict("records"):
        answer, question = answers[row["question_id"]], table.loc[row["question_id"]]
        studies = str(question["study_ids"]).split(";")
        own = set(products.reindex(studies).dropna())
        said = _said(evidence, studies, question["outcome"], question["week"])
        rows.append(
            {
                **row,
                "product": own.pop() if len(own) == 1 else "",
                "label": labels.get(row["outcome"]),
                "week": question["week"],
                "position": question["position"],
                "better": answer.better,
                "ratings": answer.ratings,
                "needed": answer.needed,
                "assumed": answer.effect.assumed if answer.effect else "",
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
