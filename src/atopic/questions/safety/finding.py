"""What is known of harms, as the page states it first."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import Graded, capital, counted, interval_words, of_hundred, rated
from atopic.display.numbers import fraction, listed, plural, study_name
from atopic.evidence.controls import controlled_designs, is_control
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.vocabulary import plain
from atopic.questions.evidence_map import patient_groups, patients_of
from atopic.questions.safety.table import agents_of
from atopic.questions.safety.words import placebo_note
from atopic.review import control_word, controlled_word, words_in_use

#: What the events of safety.csv are to a reader; the id where nothing better is known.
_EVENTS = {
    "sae": "serious adverse event",
    "treatment-related-sae": "serious adverse event related to treatment",
    "drug-related-ae": "adverse event related to treatment",
    "ae-any": "adverse event",
    "discontinuation-due-to-ae": "adverse event that ended treatment",
}


def safety_finding(
    evidence: Evidence, adverse: pd.DataFrame, summed: pd.DataFrame, graded: Graded
) -> dict[str, Any]:
    """Return what `atopic.display.show.finding` says of adverse events.

    Parameters
    ----------
    adverse, summed : from `adverse_events` and `summed_events`.
    graded : of the question about harms, from `atopic.questions.certainty.words.graded`.

    Returns
    -------
    dict: the arms taken together where several saw none of an event, serious ones first, with the
        most that is still possible; else the largest arm with a count.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.safety import adverse_events, summed_events
    >>> evidence = atopic.load()
    >>> adverse = adverse_events(evidence)
    >>> found = safety_finding(evidence, adverse, summed_events(adverse), {})
    >>> found["number"], found["unit"]
    ('Unknown', 'whether cells add risk')
    """
    known = adverse[adverse["count"].notna() & adverse["n"].notna() & adverse["upper"].notna()]
    own = next(iter(graded.values()), {}) if len(graded) == 1 else {}
    if known.empty and summed.empty:
        return rated({"words": "We found no count of side effects."}, own)
    treated = known[~is_control(known)]
    row = _subject(summed if len(summed) else treated if len(treated) else known)
    studies = str(row.studies).split("; ") if hasattr(row, "studies") else [row.study_id]
    among = f"{row.n} patients{_given(summed)} in {counted(len(studies), 'study', 'studies')}"
    up_to = of_hundred(row.upper)
    found: dict[str, Any]
    if row.count:
        seen = events_seen(row.count, row.event)
        found = {
            "words": f"{seen[:1].upper()}{seen[1:]} counted among {among}{_beside(known, row)}.",
            "number": f"{row.count} of {row.n}",
            "unit": f"{patients_with_event(row.event)} ({interval_words(row.level)} "
            f"{of_hundred(row.lower)} to {up_to} of 100)",
        }
    else:
        treatment = words_in_use().treatment
        adds = f"{treatment} {treatment.verb('add')}"
        found = {
            "words": f"We cannot say whether {adds} risk. {capital(events_seen(0, row.event))} "
            f"was counted among {among}, so up to {up_to} in 100 remains possible.",
            "number": "Unknown",
            "unit": f"whether {adds} risk",
            "short": f"Unknown: no serious event in {row.n} counted patients, none counted on "
            f"{control_word()}",
        }
    found["notes"] = [placebo_note(evidence), _silent(evidence, adverse)]
    return rated(found, own)


def _beside(known: pd.DataFrame, row: Any) -> str:
    """Return how many had an event in the control group beside a group with a count of it."""
    same = known["study_id"].eq(row.study_id) & known["event"].eq(row.event)
    control = known[same & known["week"].eq(row.week).fillna(False) & is_control(known)]
    if control.empty or row.arm_id in set(control["arm_id"]):
        return ""
    one = next(records(control))
    return f", and {one.count:,} among {one.n:,} on {control_word(one.arm_role)}"


def sum_notes(evidence: Evidence, adverse: pd.DataFrame, summed: pd.DataFrame) -> tuple[str, ...]:
    """Say whose patients the sum that the page states counts, and which counts it leaves out.

    `adverse` and `summed` are from `adverse_events` and `summed_events`; empty without a sum.
    """
    if summed.empty:
        return ()
    row = _subject(summed)
    which = f"The {row.n} were treated in {listed(map(study_name, str(row.studies).split('; ')))}."
    return (
        which + _rated_of(evidence, adverse, row), _left_out(adverse, row), _related(adverse)
    )  # fmt: skip


def events_seen(count: float, event: str) -> str:
    """Return a count of an event of safety.csv in words.

    >>> events_seen(0, "sae"), events_seen(2, "drug-related-ae")
    ('no serious adverse event', '2 adverse events related to treatment')
    """
    name = _EVENTS.get(event, plain(event))
    if not count:
        return f"no {name}"
    several = name.replace("event", "events", 1) if "event" in name else f"{name}s"
    return plural(int(count), name, several)


def patients_with_event(event: str) -> str:
    """Return the patients who had an event of safety.csv, in words.

    >>> patients_with_event("sae"), patients_with_event("ae-any")
    ('patients with a serious adverse event', 'patients with an adverse event')
    """
    name = _EVENTS.get(event, plain(event))
    return f"patients with {'an' if name[0] in 'aeiou' else 'a'} {name}"


def _given(summed: pd.DataFrame) -> str:
    """Return what the patients of the stated sum were given, where there are sums of others."""
    if summed.empty or summed["agents"].nunique() < 2:
        return ""
    return f" given {agents_of(_subject(summed))}"


def _subject(rows: pd.DataFrame) -> Any:
    """Return the row to be stated: of serious events where they are counted, of most patients."""
    serious = rows[rows["event"].eq("sae")]
    some = serious if len(serious) else rows
    return next(records(some.sort_values("n", ascending=False, kind="stable")))


def _rated_of(evidence: Evidence, adverse: pd.DataFrame, row: Any) -> str:
    """Say of which patients the certainty of this event is rated, where they are others."""
    if "certainty_questions" not in set(evidence):
        return ""
    asked = evidence.certainty_questions
    asked = asked[asked["outcome"].eq(row.event) & controlled_designs(asked["design"])]
    if len(asked) != 1:
        return ""
    about = str(asked["study_ids"].iloc[0]).split(";")
    groups = patient_groups(evidence)
    patients = patients_of(groups[groups["study_id"].isin(about)]) or 0
    mine = adverse["study_id"].isin(str(row.studies).split("; "))
    both = adverse[adverse["event"].eq(row.event) & adverse["enters"] & mine]
    shared = int(both.loc[both["study_id"].isin(about), "n"].sum())
    return (
        f" The certainty is rated for the {patients:,} patients of {controlled_word()} trials with "
        f"a report of this event ({listed(study_name(one) for one in about)}), in all groups: "
        f"{shared} of them are among the {row.n}."
    )


def _left_out(adverse: pd.DataFrame, row: Any) -> str:
    """Say which count of the same event a sum leaves out, and why."""
    same = adverse[adverse["event"].eq(row.event) & adverse["study_role"].eq("evidence")]
    left = same[~same["enters"] & same["count"].notna()]
    out = [
        f"{study_name(one.study_id)} ({fraction(one.count, one.n)}): {one.reason}"
        for one in records(left)
    ]
    return f"Left out of the {row.n}: {'; '.join(out)}." if out else ""


def _related(adverse: pd.DataFrame) -> str:
    """Say what the largest count of serious events related to treatment is."""
    some = adverse[adverse["event"].eq("treatment-related-sae") & adverse["count"].notna()]
    if some.empty:
        return ""
    row = next(records(some.sort_values("n", ascending=False, kind="stable")))
    return (
        f"Serious events called related to treatment: {row.count} of {row.n} in "
        f"{study_name(row.study_id)}, {row.label}."
    )


def _silent(evidence: Evidence, adverse: pd.DataFrame) -> str:
    """Say of how many patients of placebo-controlled trials no count by group was read."""
    if not adverse["study_role"].eq("evidence").any():
        return ""
    groups = patient_groups(evidence)
    trials = groups[groups["in_synthesis"].eq("yes") & controlled_designs(groups["design"])]
    counts = set(adverse.loc[adverse["event"].eq("sae") & adverse["count"].notna(), "study_id"])
    silent = trials[~trials["study_id"].isin(counts)]
    patients = patients_of(silent)
    if not patients:
        return ""
    return (
        f"For {patients:,} other patients of {controlled_word()} trials we found no count of "
        "serious events by group."
    )
