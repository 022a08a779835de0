"""Sources that are given for a row of one study and belong to another."""

from collections import defaultdict
from collections.abc import Iterator

from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Row

_TIES = ("parent_study_id", "shares_patients_with", "related_study_ids")
_LISTS = ("source_id", "supporting_source_ids")


def odd_sources(folder: Folder) -> Iterator[Problem]:
    """Find sources and identifiers that are those of another study, each as a warning.

    A source that studies.csv lists for a study of the same patients, the same paper or a related
    one is no reason for it, nor is one that it lists for none.
    """
    families = _families(folder)
    yield from _sources(folder, families)
    for column in ("doi", "pmid", "registry_id"):
        yield from _identifiers(folder, column, families)


def _identifiers(folder: Folder, column: str, families: dict[str, set[str]]) -> Iterator[Problem]:
    """Find identifiers of a paper or trial that an unrelated study with another source has too."""
    first: dict[str, Row] = {}
    for table in ("studies", "excluded_studies"):
        for row in folder.rows(table, column, "study_id", "source_id"):
            if None in (row[column], row["study_id"]):
                continue
            other = first.setdefault(row[column].lower(), row)
            tied = row["study_id"] in families.get(other["study_id"], {other["study_id"]})
            if not tied and row["source_id"] != other["source_id"]:
                message = f"also that of {other['study_id']}, which has another source; correct one"
                yield folder.problem(table, row, column, "id-of-another-study", message, "warning")


def _sources(folder: Folder, families: dict[str, set[str]]) -> Iterator[Problem]:
    """Find sources that studies.csv lists for other studies only."""
    owners = defaultdict(set)
    for row in folder.rows("studies", "study_id", "source_id"):
        for name in _named(row, _LISTS) if row["study_id"] else ():
            owners[name].add(row["study_id"])
    for table, schema in folder.package.tables.items():
        columns = [name for name in schema.columns if name.endswith("source_id")]
        if table in ("claims", "excluded_studies") or not columns:
            continue
        for row in folder.rows(table, "study_id"):
            for column in columns:
                of = owners.get(row.get(column) or "", set())
                family = families.get(row["study_id"])
                if of and family and not of & family:
                    message = (
                        f"{row[column]!r} is a source of {', '.join(sorted(of))} in studies.csv, "
                        f"and none of {row['study_id']}; correct it, or list it there"
                    )
                    yield folder.problem(
                        table, row, column, "source-of-another-study", message, "warning"
                    )


def _families(folder: Folder) -> dict[str, set[str]]:
    """Return the studies that each is tied to, itself among them."""
    found: dict[str, set[str]] = {}
    for row in folder.rows("studies", "study_id"):
        family = {row["study_id"], *_named(row, _TIES)} - {None}
        joined = set().union(family, *(found[one] for one in family if one in found))
        for one in joined:
            found[one] = joined
    return found


def _named(row: Row, columns: tuple[str, ...]) -> set[str]:
    """Return what the cells of a row name, parted by ``;``."""
    return {one for name in columns for one in (row.get(name) or "").split(";") if one}
