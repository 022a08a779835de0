"""Studies, arms and identifiers that disagree between rows or tables."""

import re
from collections import defaultdict
from collections.abc import Iterator

from atopic.evidence.controls import ACTIVE, CONTROLS, kind_of_design
from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row

#: What a study says alike in studies.csv and excluded_studies.csv.
_ALIKE = {name: name for name in ("short_citation", "title", "year", "doi", "pmid", "registry_id")}
_ALIKE["n"] = "n_enrolled"

_NAMED = {
    "registry_id": re.compile(r"NCT[0-9]{8}", re.IGNORECASE),
    "pmcid": re.compile(r"PMC[0-9]{5,}", re.IGNORECASE),
}

#: Where identifiers stand beside words that may name them.
_WORDS = {"studies": ("short_citation",), "sources": ("source_id", "citation"),
          "excluded_studies": ("study_id", "short_citation")}  # fmt: skip


def odd_records(folder: Folder) -> Iterator[Problem]:
    """Find records that hardly fit others, each as a warning."""
    yield from _pairs(folder)
    yield from _main_sources(folder)
    yield from _registry_records(folder)
    yield from _named(folder)
    yield from _excluded(folder)
    yield from _designs(folder)
    yield from _without_figures(folder)


def _pairs(folder: Folder) -> Iterator[Problem]:
    """Hold the DOI and the PubMed number of a paper to each other wherever both are given."""
    for one, other in (("doi", "pmid"), ("pmid", "doi"), ("doi", "pmcid"), ("pmcid", "doi")):
        known: dict[str, tuple[str, str]] = {}
        for table in ("sources", "studies", "excluded_studies"):
            for row in folder.rows(table, one, other):
                if row[one] is None or row[other] is None:
                    continue
                value, place = known.setdefault(
                    row[one].lower(), (row[other], f"{table}.csv:{row['row']}")
                )
                if value.lower() != row[other].lower():
                    message = f"{row[one]} goes with {row[other]} here, but with {value} in {place}"
                    yield folder.problem(table, row, one, "ids-disagree", message, "warning")


def _main_sources(folder: Folder) -> Iterator[Problem]:
    for table in ("studies", "excluded_studies"):
        for row in folder.rows(table, "source_id"):
            try:
                _, source = folder.tied("sources", row)
            except KeyError:
                continue
            for name in ("doi", "pmid", "registry_id"):
                here, there = row.get(name), source.get(name)
                if here and there and here.lower() != there.lower():
                    message = f"{here}, but {there} in its main source, {row['source_id']!r}"
                    yield folder.problem(table, row, name, "ids-disagree", message, "warning")


def _registry_records(folder: Folder) -> Iterator[Problem]:
    records = {
        row["source_id"]: row["registry_id"]
        for row in folder.rows("sources", "source_id", "kind", "registry_id")
        if row["kind"] == "registry" and row["registry_id"]
    }
    for row in folder.rows("studies", "registry_id", "source_id", "supporting_source_ids"):
        names = [row["source_id"], *(row["supporting_source_ids"] or "").split(";")]
        listed = {records[name] for name in names if name in records}
        if row["registry_id"] and listed and row["registry_id"] not in listed:
            message = f"{row['registry_id']}, but its registry records are {', '.join(listed)}"
            yield folder.problem("studies", row, "registry_id", "ids-disagree", message, "warning")


def _named(folder: Folder) -> Iterator[Problem]:
    """Hold identifiers to those that the words beside them name."""
    for table, columns in _WORDS.items():
        for name, pattern in _NAMED.items():
            for row in folder.rows(table, name, *columns):
                words = " ".join(row[column] or "" for column in columns)
                found = {one.upper() for one in pattern.findall(words)}
                if row[name] and found and row[name].upper() not in found:
                    message = f"{row[name]}, but the row names {', '.join(sorted(found))}"
                    yield folder.problem(table, row, name, "ids-disagree", message, "warning")


def _excluded(folder: Folder) -> Iterator[Problem]:
    studies = {row["study_id"]: row for row in folder.rows("studies", "study_id")}
    left_out = set()
    for row in folder.rows("excluded_studies", "study_id"):
        left_out.add(row["study_id"])
        study = studies.get(row["study_id"], {})
        for name, there in _ALIKE.items():
            here, other = row.get(name), study.get(there)
            if None not in (here, other) and here != other:
                message = f"{here!r}, but {other!r} in studies.csv (row {study['row']})"
                yield folder.problem(
                    "excluded_studies", row, name, "ids-disagree", message, "warning"
                )
    for row in folder.rows("studies", "study_id", "role", "in_synthesis", "design"):
        out = row["role"] == "evidence" and row["in_synthesis"] == "no"
        if left_out and out and row["design"] != "umbrella" and row["study_id"] not in left_out:
            message = "no, but excluded_studies.csv does not list the study"
            yield folder.problem("studies", row, "in_synthesis", "not-listed", message, "warning")


def _designs(folder: Folder) -> Iterator[Problem]:
    arms: dict[str, list[Row]] = defaultdict(list)
    for row in folder.rows("arms", "study_id", "role", "combined_arm"):
        arms[row["study_id"]].append(row)
    for row in folder.rows("studies", "study_id", "design"):
        known, design = arms.get(row["study_id"], []), row["design"]
        single = [one for one in known if one["combined_arm"] == "no"]
        roles = {one["role"] for one in known}
        named = kind_of_design(design)
        role = "active-comparator" if named == ACTIVE else named
        inert = next((kind for kind in CONTROLS if kind in roles), None)
        message = None
        if known and role and role not in roles:
            message = f"{design}, but no arm in arms.csv has the role {role}"
        elif inert and design in ("single-arm", "case-series", "case-report", "randomised-dose"):
            message = f"{design}, but the role of an arm in arms.csv is {inert}"
        elif design == "single-arm" and len(single) > 1:
            message = f"{design}, but arms.csv has {len(single)} arms"
        elif (design or "").startswith("randomised") and len(known) == 1:
            message = f"{design}, but arms.csv has one arm"
        if message:
            yield folder.problem("studies", row, "design", "design-and-arms", message, "warning")


def _without_figures(folder: Folder) -> Iterator[Problem]:
    tables = ("responses", "scores", "contrasts", "patients")
    some = {row["study_id"] for table in tables for row in folder.rows(table, "study_id")}
    for row in folder.rows("studies", "study_id", "in_synthesis"):
        if some and row["in_synthesis"] == "yes" and row["study_id"] not in some:
            message = "yes, but no table of results has a row of this study"
            yield folder.problem("studies", row, "in_synthesis", "no-result", message, "warning")
