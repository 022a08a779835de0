"""The rows of one study as tables to be read."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from atopic.display.numbers import (
    SOURCE_GRADE,
    TIME_NOT_STATED,
    dose_text,
    outcome_text,
    patient_text,
    week_text,
)
from atopic.display.table_cells import of_what_is_told
from atopic.evidence.controls import CONTROLS
from atopic.evidence.frames import records
from atopic.evidence.vocabulary import plain
from atopic.questions.evidence_map.table import as_printed
from atopic.questions.evidence_map.words import design_words, published_words
from atopic.questions.response_rates.table import tabulate_rates
from atopic.review import in_words, time_heading, time_span, time_word

#: Facts that `atopic.questions.one_study.card` says, and the title of the page.
ON_CARD = (
    *("Name", "What was given", "Citation", "DOI", "Registry", "Published in", "Phase", "Design"),
    *("Blinding", "Country", "Patients", "Number of patients", "Longest follow-up, {times}"),
)


_DIRECTIONS = {
    "favours-arm": "favours the group",
    "favours-reference": "favours the other group",
    "unclear": "not said",
}


def card_text(card: pd.DataFrame) -> str:
    """Return the facts of a card as lines of text; from `card_facts`."""
    return "\n".join(f"{row.fact}: {row.value or 'not known'}" for row in records(card))


def tabulate_facts(facts: pd.DataFrame, *, without: Iterable[str] = ()) -> pd.DataFrame:
    """Return the facts of a study as a table to be read; each row it is from stands once."""
    facts = facts[~facts["fact"].isin([in_words(one) for one in without])].reset_index(drop=True)
    tables = list(dict.fromkeys(facts["table"]))
    first = ~facts["table"].duplicated()
    rows = {
        name: facts["row"].astype(str).where(first & facts["table"].eq(name), "") for name in tables
    }
    designs = facts["value"].map(design_words)
    value = facts["value"].mask(facts["fact"].eq("Design"), designs)
    return facts[["fact"]].assign(value=value, **rows)


def tabulate_arms(arms: pd.DataFrame, *, every: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the arms of a study as a table to be read.

    `every` are the arms of the review: what is told of none of them has no column.
    """
    rows = list(records(arms))
    every = arms if every is None else every
    table = pd.DataFrame(
        {
            "Group": arms["label"]
            + [
                " (contains others, never added to them)" if row.combined_arm == "yes" else ""
                for row in rows
            ],
            "Product": arms["agent"],
            "Origin": [
                "none"
                if row.cell_source == "none"
                else ", ".join(plain(one) for one in (row.cell_source, row.donor) if pd.notna(one))
                or None
                for row in rows
            ],
            "Dose": [
                ("none" if row.dose == 0 else dose_text(row.dose, row.dose_unit))
                or ("–" if row.role in CONTROLS else "not one dose known")
                for row in rows
            ],
            "Given": [_given(row) for row in rows],
            "Route": arms["route"].astype("object").fillna("not known"),
            in_words("{Background}"): arms["background_topicals"].astype(str),
            "n randomised": [_size(row.n_randomised, row.n_randomised_basis) for row in rows],
            "n analysed": [_size(row.n_analysed, row.n_analysed_basis) for row in rows],
            "Row": arms["row"].astype(str),
        }
    )
    background = every["background_topicals"]
    told = {
        "Dose": every["dose"],
        "Given": every["administrations"].notna() | every["interval_weeks"].notna(),
        "Route": every["route"],
        in_words("{Background}"): background.where(background.ne("unknown")),
        "n randomised": every["n_randomised"],
        "n analysed": every["n_analysed"],
    }
    return of_what_is_told(table, told)


def tabulate_circumstances(circumstances: pd.DataFrame) -> pd.DataFrame:
    """Return when, where and how a study was done as a table to be read."""
    if circumstances.empty:
        return pd.DataFrame()
    rows = list(records(circumstances))
    return pd.DataFrame(
        {
            "What": [str(row.variable).replace("-", " ") for row in rows],
            "What is known": [_circumstance(row) for row in rows],
            "Of": [{"all": "the whole study"}.get(row.arm_id, row.arm_id) for row in rows],
            SOURCE_GRADE: [str(row.confidence) for row in rows],
            "Row": [str(row.row) for row in rows],
        }
    )


#: Units of facts that are no unit, or that the fact is named after.
_SAID = ("text", "month", "date", "patients", "authors", "sites")


def _circumstance(row: Any) -> str:
    """Return a value with its unit, unless its kind of fact says it, and with its spread."""
    words = str(row.value).replace("/", " to ") if row.unit == "month" else str(row.value)
    words += f" {plain(row.unit)}" if str(row.unit) not in _SAID else ""
    if pd.isna(row.statistic):
        return words
    spread = f", standard deviation {row.spread:g}" if pd.notna(row.spread) else ""
    return f"{words} ({row.statistic}{spread})"


def tabulate_study_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Return the rates of a study as `tabulate_rates` does, with their outcome first."""
    table = tabulate_rates(rates).drop(columns="Study")
    table.insert(0, "Outcome", rates["outcome"].to_list())
    return table


def tabulate_contrasts(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Return what a study printed of its arms, by their labels, as a table to be read."""
    return pd.DataFrame(
        {
            "Outcome": contrasts["outcome"],
            time_heading(): contrasts["week"]
            .astype("object")
            .where(contrasts["week"].notna(), "not stated"),
            "Group": contrasts["label"],
            "Against": contrasts["reference_label"],
            "Reported": as_printed(contrasts),
            "Direction": [
                _DIRECTIONS.get(one, one.replace("-", " "))
                for one in contrasts["direction"].astype("str")
            ],
            SOURCE_GRADE: contrasts["confidence"].astype("str"),
            "Remark": contrasts["notes"].fillna(""),
            "Row": contrasts["row"].astype(str),
        }
    )


def tabulate_biomarkers(markers: pd.DataFrame) -> pd.DataFrame:
    """Return the directions of biomarkers as a table to be read, without columns of nothing."""
    arrows = {
        "decrease": "↓\N{NO-BREAK SPACE}decrease",
        "increase": "↑\N{NO-BREAK SPACE}increase",
        "no-change": "no change",
    }
    table = pd.DataFrame(
        {
            "Marker": markers["marker"],
            "Direction": markers["direction"].map(lambda one: arrows.get(one, one)),
            "Significance": markers["significance"],
            "Value": markers["value"],
            "n": markers["n"].astype("object").where(markers["n"].notna(), "not known").astype(str),
            time_heading(): [week_text(row.week, row.week_basis) for row in records(markers)],
            "Compared with": markers["comparison"],
            "Remark": markers["notes"].fillna(""),
            "Row": markers["row"].astype(str),
        }
    )
    unread = ["no test read", "no value read", "not known", TIME_NOT_STATED]
    nothing = table.isin(unread).all()
    return table.loc[:, ~nothing]


def tabulate_events_of_patients(events: pd.DataFrame) -> pd.DataFrame:
    """Return what is told of single patients outside their cycles as a table to be read."""
    return pd.DataFrame(
        {
            "Patient": events["patient_id"].map(patient_text),
            "Event": events["outcome"].map(outcome_text),
            "Occurred": events["occurred"].astype("object").fillna("not known"),
            time_heading(): [week_text(row.week, row.week_basis) for row in records(events)],
            SOURCE_GRADE: events["confidence"].astype(str),
            "Remark": events["notes"].fillna(""),
            "Row": events["row"].astype(str),
        }
    )


def tabulate_source_rows(sources: pd.DataFrame) -> pd.DataFrame:
    """Return which rows name each source, by table, without what else is known of it."""
    return sources.drop(columns=["kind", "citation", "url"])


def tabulate_related(related: pd.DataFrame) -> pd.DataFrame:
    """Return the records tied to a study as a table to be read."""
    blank = related.astype("object").where(related.notna(), "not known")
    return pd.DataFrame(
        {
            "Study": related["study_id"],
            "What it is to this one": related["relation"],
            "Citation": related["short_citation"],
            "Published": related["publication"].map(published_words),
            "n": blank["n_enrolled"].astype(str),
            f"Follow-up, {time_word(2)}": blank["follow_up_weeks"].astype(str),
            "In synthesis": related["in_synthesis"].astype(str),
            "Remark": related["notes"].fillna(""),
            "Row": related["row"].astype(str),
        }
    )


def _given(row: Any) -> str:
    times, every = row.administrations, row.interval_weeks
    apart = time_word() if every == 1 else time_span(float(every)) if pd.notna(every) else ""
    if pd.isna(times):
        return f"every {apart}" if apart else "not known"
    if str(times) == "1":
        return "once"
    return f"{times} times" + (f", every {apart}" if apart else "")


def _size(n: Any, basis: Any) -> str:
    return "not known" if pd.isna(n) else f"{n} ({'reported' if basis == 'printed' else basis})"
