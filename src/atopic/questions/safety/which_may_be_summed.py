"""Which counts may be added: independent arms of cells, each patient once."""

import pandas as pd

from atopic.evidence.controls import CONTROLS
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.shared_patients import patients_counted, who_shares
from atopic.review import control_word, words_in_use

_CONFIDENCE = {"high": 0, "medium": 1, "low": 2}


def reasons_to_stay_out(evidence: Evidence, frame: pd.DataFrame, include_low: bool) -> pd.Series:
    """Return why each row stays out of the sum of independent arms; empty if it enters."""
    studies = evidence.studies
    in_synthesis = dict(zip(studies["study_id"], studies["in_synthesis"], strict=True))
    with_placebo = set(evidence.arms.loc[evidence.arms["role"].isin(CONTROLS), "study_id"])
    reasons = pd.Series("", index=frame.index, dtype="str")
    for row in records(frame):
        if row.study_role != "evidence" or row.arm_role not in ("experimental", "mixed"):
            reason = f"no {words_in_use().treatment.adjective} group"
        elif row.basis == "words-only":
            reason = "no count read"
        elif row.basis == "events":
            reason = "a count of events is no share of patients"
        elif in_synthesis[row.study_id] != "yes":
            reason = "study outside the synthesis"
        elif row.confidence == "low" and not include_low:
            reason = "low source grade"
        elif row.arm_role == "mixed":
            reason = f"{control_word()} patients are among them"
        elif row.combined_arm == "yes" and row.study_id in with_placebo:
            reason = f"the combined group may hold {control_word()} patients"
        else:
            continue
        reasons[row.Index] = reason
    for _, rows in frame[reasons.eq("")].groupby("event", observed=True):
        _leave_out_repeats(rows, patients_counted(evidence.studies), reasons)
    for _, rows in frame[reasons.eq("")].groupby(["event", "pooled_with"], observed=True):
        if rows["study_id"].nunique() < 2:
            reasons[rows.index] = "no second study"
    return reasons


def _leave_out_repeats(
    rows: pd.DataFrame, counted: dict[str, frozenset[str]], reasons: pd.Series
) -> None:
    """Give a reason to each row whose patients stand in another row of the same event."""
    sure = rows.assign(
        sure=rows["confidence"].astype(str).map(_CONFIDENCE), part=rows["combined_arm"].ne("yes")
    )
    arms: set[tuple[str, str]] = set()
    combined: set[str] = set()
    # Of studies with the same patients the one whose patients they first were enters.
    entering = sorted(set(rows["study_id"]), key=lambda study: (len(counted[study]), study))
    first = {
        study: next(one for one in entering if one == study or who_shares(counted, [one, study]))
        for study in entering
    }
    for row in records(
        sure.sort_values(["part", "sure", "n", "row"], ascending=[True, True, False, True])
    ):
        if first[row.study_id] != row.study_id:
            reasons[row.Index] = f"same patients as {first[row.study_id]}"
        elif (row.study_id, row.arm_id) in arms:
            reasons[row.Index] = "the group is already counted"
        elif row.study_id in combined:
            reasons[row.Index] = "part of a group already counted"
        else:
            arms.add((row.study_id, row.arm_id))
            if row.combined_arm == "yes":
                combined.add(row.study_id)
