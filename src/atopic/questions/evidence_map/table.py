"""What evidence exists, as tables to be read."""

from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import SOURCE_GRADE, dose_text, outcome_text
from atopic.display.table_cells import of_what_is_told
from atopic.evidence.controls import is_controlled_design, kinds_of
from atopic.evidence.frames import records
from atopic.questions.evidence_map import KINDS
from atopic.questions.evidence_map.words import (
    design_words,
    direction_words,
    published_words,
    source_kind,
)
from atopic.review import (
    control_group,
    control_word,
    controlled_word,
    in_words,
    time_heading,
    time_word,
)

#: A page lists no more warnings than are soon read; `atopic check` has them all.
MOST_WARNINGS = 20


def tabulate_characteristics(characteristics: pd.DataFrame) -> pd.DataFrame:
    """Return the characteristics of studies as a table to be read."""
    rows = list(records(characteristics))
    kinds = kinds_of(characteristics)
    table = pd.DataFrame(
        {
            "Study": characteristics["study_id"],
            "Year": [_or(row.year, "not known") for row in rows],
            "Design": [_design(row) for row in rows],
            "n": [_size(row) for row in rows],
            f"Against {control_word(*kinds)}, as reported": characteristics["result"].replace(
                f"no {control_group()}", "–"
            ),
            "Published": characteristics["publication"].map(published_words),
            "Treatment": [
                "; ".join(
                    word.replace("-", " ")
                    for word in (row.origin or row.agents, row.routes)
                    if word
                )
                for row in rows
            ],
            "Dose": [_doses(row) for row in rows],
            in_words("{Background}"): characteristics["background_topicals"],
            f"Follow-up, {time_word(2)}": [_or(row.follow_up_weeks, "not known") for row in rows],
            "In synthesis": characteristics["in_synthesis"].astype("str"),
            "Row": characteristics["row"].astype("str"),
        }
    )
    result = characteristics["result"]
    table = of_what_is_told(
        table,
        {
            "Year": characteristics["year"],
            "n": characteristics["n_enrolled"],
            str(table.columns[4]): ~result.astype(str).str.startswith("no "),
            "Published": characteristics["publication"],
            "Dose": _has_doses(characteristics),
            f"Follow-up, {time_word(2)}": characteristics["follow_up_weeks"],
        },
    )
    # A column that says the same of every study says it better in a note.
    return (
        table
        if background_note(characteristics) == ""
        else table.drop(columns=in_words("{Background}"))
    )


def design_note(characteristics: pd.DataFrame) -> str:
    """Say what the marks of the designs mean, and of what the doses are."""
    kinds = kinds_of(characteristics)
    dose = " A dose is that of one administration." if _has_doses(characteristics).any() else ""
    return f"● {controlled_word(*kinds)}, ○ no {control_group(*kinds)}.{dose}"


def _has_doses(characteristics: pd.DataFrame) -> pd.Series:
    return characteristics["doses"].astype(str).str.contains(r"\d").astype(bool)


def comparisons_caption(characteristics: pd.DataFrame) -> str:
    """Return what the table of comparisons holds."""
    return f"Every comparison with {control_word(*kinds_of(characteristics))}, as reported"


def background_note(characteristics: pd.DataFrame) -> str:
    """Say that nothing is known of topical treatment beside the cells, if that is so."""
    known = set(characteristics["background_topicals"]) - {"", "unknown"}
    if known or characteristics.empty:
        return ""
    return in_words("Of no study here is it known whether patients had {background}.")


def tabulate_warnings(warnings: pd.DataFrame) -> pd.DataFrame:
    """Return the open warnings of the check as a table to be read, the first of many."""
    some = warnings[warnings["accepted"].eq("")].head(MOST_WARNINGS)
    return pd.DataFrame(
        {
            "Where": [f"{row.table}.csv, row {row.row}" for row in records(some)],
            "Column": some["column"],
            "Warning": some["message"],
        }
    )


def tabulate_left_out(left_out: pd.DataFrame) -> pd.DataFrame:
    """Return the studies left out as a table to be read."""
    cells = left_out.astype("object").where(left_out.notna(), "")
    return pd.DataFrame(
        {
            "Study": cells["study_id"],
            "Citation": cells["short_citation"],
            "Year": cells["year"].astype("str"),
            "Species": cells["species"].astype("str"),
            "Intervention": cells["intervention"],
            "n": cells["n"].astype("str"),
            "Reason": cells["reason_code"].astype("str").str.replace("-", " ")
            + ": "
            + cells["reason"].astype("str"),
            "Reported": cells["key_result"],
            "Row": cells["row"].astype("str"),
            "Row of studies": cells["studies_row"].astype("str"),
        }
    )


def tabulate_publications(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts by publication as a table to be read.

    >>> import atopic
    >>> from atopic.questions.evidence_map import patient_groups, publication_counts
    >>> table = tabulate_publications(publication_counts(patient_groups(atopic.load())))
    >>> table["Patients in these"].to_list()
    ['186', '0', '0', '512', '698']
    """
    stated = counts["publication"].notna() & ~counts["publication"].isin(["", "all"])
    if not counts.loc[stated, "studies"].any():
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "Published": counts["publication"].map(published_words),
            "Studies": counts["studies"].astype("str"),
            "Cohorts": counts["cohorts"].astype("str"),
            "Patients": [_or(number, "not known") for number in counts["patients"]],
            "Controlled trials": counts["controlled_studies"].astype("str"),
            "Patients in these": [
                _or(number, "not known") for number in counts["controlled_patients"]
            ],
            "Rows": counts["rows"],
        }
    )


def tabulate_shared(shared: pd.DataFrame) -> pd.DataFrame:
    """Return which records share patients or a paper as a table to be read.

    >>> import atopic
    >>> from atopic.questions.evidence_map import patient_groups, shared_patients
    >>> tabulate_shared(shared_patients(patient_groups(atopic.load())))["Patients"].to_list()[0]
    'the same as kangstem-2019, counted again'
    """
    words = {
        "same patients": "the same as {0}, counted again",
        "phase of one paper": "its own; a phase of {0}",
        "paper-level record": "none: counted by its phases",
    }
    return pd.DataFrame(
        {
            "Study": shared["study_id"],
            "Patients": [
                words[row.relation].format(row.parent_study_id) for row in records(shared)
            ],
            "n": [_or(row.n_enrolled, "not known") for row in records(shared)],
            "n of the parent": [_or(row.parent_n_enrolled, "") for row in records(shared)],
            "In synthesis": shared["in_synthesis"].astype("str"),
            "Remark": shared["notes"].fillna(""),
            "Row": shared["row"].astype("str"),
        }
    )


def tabulate_comparisons(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return what trials print of their comparison with placebo as a table to be read.

    >>> import atopic
    >>> from atopic.questions.evidence_map import placebo_comparisons
    >>> table = tabulate_comparisons(placebo_comparisons(atopic.load()))
    >>> table[["Outcome", "Reported"]].values.tolist()[0]
    ['EASI-50 (primary endpoint)', 'reported as not significant']
    """
    return pd.DataFrame(
        {
            "Study": comparisons["study_id"],
            "Outcome": [
                outcome_text(row.outcome) + (" (primary endpoint)" if row.primary == "yes" else "")
                for row in records(comparisons)
            ],
            time_heading(): [
                "not stated" if pd.isna(row.week) else str(row.week) for row in records(comparisons)
            ],
            "Reported": as_printed(comparisons),
            "Direction": comparisons["direction"].map(direction_words),
            SOURCE_GRADE: comparisons["confidence"].astype("str"),
            "Source": comparisons["source_id"]
            + " ("
            + comparisons["source_kind"].map(source_kind)
            + ")",
            "Remark": comparisons["notes"].fillna(""),
            "Row": comparisons["row"].astype("str"),
        }
    )


def tabulate_kinds(kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the marks of the evidence map as a table to be read."""
    return pd.DataFrame(
        {
            "Study": kinds["study_id"],
            "Outcome": kinds["outcome"],
            time_heading(): [
                "differs or not stated" if pd.isna(row.week) else str(row.week)
                for row in records(kinds)
            ],
            "Reported": kinds["kind"].map(KINDS),
            capital(control_group(*kinds_of(kinds))): kinds["controlled"].map(
                {True: "yes", False: "no"}
            ),
            "Source": [
                "; ".join(map(source_kind, some.split("; "))) for some in kinds["source_kinds"]
            ],
            "Responses": kinds["responses_rows"],
            "Scores": kinds["scores_rows"],
            "Contrasts": kinds["contrasts_rows"],
        }
    )


def as_printed(comparisons: pd.DataFrame) -> pd.Series:
    """Return what was printed of comparisons, and where no placebo group was left to compare."""
    crossed = comparisons["analysis_set"].astype("str").eq("after-crossover")
    words = crossed.map({True: f"; after crossover: no {control_group()} left", False: ""})
    return comparisons["printed"].astype("str").str.replace("called ", "reported as ") + words


def _design(row: Any) -> str:
    mark = "●" if is_controlled_design(row.design) else "○"
    words = [f"{mark} {design_words(row.design)}"]
    words.append("blinding not known" if row.blinding == "unknown" else f"{row.blinding}-blind")
    if row.blinding == "open":
        words[-1] = "open"
    if pd.notna(row.phase):
        phase = str(row.phase)
        words.append(f"phase {phase}" if phase[:1].isdigit() else phase)
    return ", ".join(words)


def _size(row: Any) -> str:
    """Return how many were enrolled, and where that comes from unless it was printed."""
    basis = "" if row.n_enrolled_basis == "printed" else f" ({row.n_enrolled_basis})"
    return "not known" if pd.isna(row.n_enrolled) else f"{row.n_enrolled}{basis}"


def _doses(row: Any) -> str:
    """Return the doses of the active arms, and how often they were given."""
    doses: dict[str, list[str]] = {}
    for dose in filter(None, row.doses.split("; ")):
        number, _, unit = dose.partition(" ")
        words = dose if number == "not" else dose_text(float(number), unit)
        amount, _, rest = words.partition(" ")
        doses.setdefault(rest, []).append(amount)
    unknown = doses.pop("known", None) if len(doses) > 1 else None
    said = " or ".join(f"{' or '.join(amounts)} {rest}" for rest, amounts in doses.items())
    said += " or an unknown dose" if unknown else ""
    given = f" × {row.administrations.replace('; ', ' or ')}" if row.administrations else ""
    return f"{said or 'not known'}{given}"


def _or(value: Any, blank: str) -> str:
    return blank if pd.isna(value) else str(value)
