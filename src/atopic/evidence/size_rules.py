"""What cannot be true of several rows together: more patients than there were, and the like."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from atopic.evidence.controls import control_kind
from atopic.evidence.csv_rows import Problem
from atopic.evidence.lines import Folder, Line, Row

#: An event, and the wider one that it is a part of.
_PART_OF = {"treatment-related-sae": "sae", "drug-related-ae": "ae-any", "sae": "ae-any"}

#: What the rows of one outcome in instruments.csv say alike, whatever its bands.
_ALIKE = ("instrument", "kind", "direction", "range_min", "range_max", "threshold_percent")


def size_problems(folder: Folder) -> Iterator[Problem]:
    """Find what does not hold between rows."""
    yield from _arms(folder)
    yield from _above_randomised(folder)
    for table, column in (("arms", "n_randomised"), ("responses", "n"), ("scores", "n")):
        yield from _sums(folder, table, column)
    yield from _parents(folder)
    yield from _patients(folder)
    yield from _events(folder)
    yield from _controls(folder)
    yield from _instruments(folder)
    yield from _excluded(folder)


def _arms(folder: Folder) -> Iterator[Problem]:
    for row in folder.rows("arms", "study_id", "arm_id", "n_randomised", "n_analysed"):
        line = Line(folder, "arms", row)
        planned = row.get("n_randomised_basis") == "planned"
        for column in ("n_randomised", "n_analysed"):
            enrolled = _enrolled(line)
            size = row[column]
            if size and enrolled and size > enrolled and not (planned and column != "n_analysed"):
                message = f"{size} is more than n_enrolled = {enrolled} in studies.csv; correct one"
                yield folder.problem("arms", row, column, "n-above-enrolled", message)


def _enrolled(line: Line) -> int | None:
    """Return how many patients a study enrolled; None if that is unknown or only planned."""
    try:
        planned = line["studies/n_enrolled_basis"] == "planned"
        return None if planned else line["studies/n_enrolled"]
    except KeyError:
        return None


def _above_randomised(folder: Folder) -> Iterator[Problem]:
    randomised = {}
    for row in folder.rows("arms", "study_id", "arm_id", "n_randomised"):
        size = row["n_randomised"]
        # A planned size is no limit: trials enrol more than they planned.
        if size is None or row.get("n_randomised_basis") == "planned":
            continue
        randomised[row["study_id"], row["arm_id"]] = size
        analysed = row.get("n_analysed")
        if analysed is not None and analysed > size:
            message = f"{analysed} is more than n_randomised = {size}; correct one of them"
            yield folder.problem("arms", row, "n_analysed", "n-above-randomised", message)
    for table in folder.package.tables:
        if table == "arms":
            continue
        for row in folder.rows(table, "study_id", "arm_id", "n"):
            size = randomised.get((row["study_id"], row["arm_id"]))
            if size is not None and row["n"] is not None and row["n"] > size:
                message = (
                    f"{row['n']} is more than n_randomised = {size} of arm {row['arm_id']!r} "
                    "in arms.csv; correct one of them"
                )
                yield folder.problem(table, row, "n", "n-above-randomised", message)


def _sums(folder: Folder, table: str, column: str) -> Iterator[Problem]:
    """Find arms that have more patients together than their study enrolled."""
    same = ("outcome", "week", "analysis_set", "statistic")
    together: dict[tuple[Any, ...], dict[str, Row]] = defaultdict(dict)
    for row in folder.rows(table, "study_id", "arm_id", column):
        arm = row
        if table != "arms":
            try:
                _, arm = folder.tied("arms", row)
            except KeyError:
                continue
        counted = row[column] is not None and arm.get("combined_arm") == "no"
        if counted and row.get(f"{column}_basis") != "planned":
            rows = together[(row["study_id"], *(row.get(name) for name in same))]
            arm_id = row["arm_id"]
            if arm_id not in rows or rows[arm_id][column] < row[column]:
                rows[arm_id] = row
    for rows in together.values():
        *_, last = rows.values()
        enrolled = _enrolled(Line(folder, table, last))
        sum_ = sum(row[column] for row in rows.values())
        if enrolled and len(rows) > 1 and sum_ > enrolled:
            message = (
                f"{' + '.join(str(row[column]) for row in rows.values())} = {sum_} is more than "
                f"n_enrolled = {enrolled} in studies.csv; correct one of them"
            )
            yield folder.problem(table, last, column, "sum-above-enrolled", message)


def _parents(folder: Folder) -> Iterator[Problem]:
    parents = {
        row["study_id"]: row["parent_study_id"]
        for row in folder.rows("studies", "study_id", "parent_study_id")
    }
    sound: set[str] = set()
    for row in folder.rows("studies", "study_id", "parent_study_id"):
        path = [row["study_id"]]
        while path[-1] not in sound and (parent := parents.get(path[-1])) is not None:
            if parent in path:
                if parent == row["study_id"] and len(path) > 1:
                    words = " of ".join(repr(one) for one in [parent, *reversed(path[1:]), parent])
                    message = f"a circle of parents: {words}; correct one of them"
                    yield folder.problem(
                        "studies", row, "parent_study_id", "parent-circle", message
                    )
                break
            path.append(parent)
        else:
            sound.update(path)


def _patients(folder: Folder) -> Iterator[Problem]:
    """Find single patients beyond the number enrolled."""
    known: dict[str, set[str]] = defaultdict(set)
    for row in folder.rows("patients", "study_id", "patient_id"):
        seen, patient = known[row["study_id"]], row["patient_id"]
        enrolled = _enrolled(Line(folder, "patients", row))
        if patient in seen:
            continue
        seen.add(patient)
        if enrolled and len(seen) > enrolled:
            message = f"{patient!r} is one patient more than n_enrolled = {enrolled}; correct one"
            yield folder.problem("patients", row, "patient_id", "patient-above-enrolled", message)


def _events(folder: Folder) -> Iterator[Problem]:
    """Find events that are more than the events of which they are a part."""
    place = ("study_id", "arm_id", "week", "patients_or_events", "source_id")
    needed = (*place, "event", "count")
    rows = folder.rows("safety", *needed)
    known = {(*(row[name] for name in place), row["event"]): row for row in rows}
    for row in rows:
        wider = known.get((*(row[name] for name in place), _PART_OF.get(row["event"])))
        if wider and None not in (row["count"], wider["count"]) and row["count"] > wider["count"]:
            message = (
                f"{row['count']} of {row['event']} is more than {wider['count']} of "
                f"{wider['event']} (row {wider['row']}); correct one of them"
            )
            yield folder.problem("safety", row, "count", "events-nested", message)


def _controls(folder: Folder) -> Iterator[Problem]:
    """Find comparisons with a control group that the study does not have."""
    roles: dict[str, set[str]] = {}
    for row in folder.rows("arms", "study_id", "role"):
        roles.setdefault(row["study_id"], set()).add(row["role"])
    designs = {
        row["study_id"]: row["design"] for row in folder.rows("studies", "study_id", "design")
    }
    unread = {study for study, some in roles.items() if None in some}
    controlled = {study for study, some in roles.items() if control_kind(some, designs.get(study))}
    placebo = {study for study, some in roles.items() if "placebo" in some}
    for table, column, word, what, held in (
        ("responses", "controlled", "yes", "control", controlled),
        ("biomarkers", "comparison", "versus-placebo", "placebo", placebo),
    ):
        for row in folder.rows(table, "study_id", column):
            study = row["study_id"]
            if row[column] == word and study in roles and study not in held | unread:
                message = f"{word}, but {study!r} has no {what} arm in arms.csv; correct one"
                yield folder.problem(table, row, column, f"no-{what}-arm", message)


def _instruments(folder: Folder) -> Iterator[Problem]:
    first: dict[str, Row] = {}
    for row in folder.rows("instruments", "outcome", *_ALIKE):
        other = first.setdefault(row["outcome"], row)
        for column in _ALIKE:
            either = (row[column], other[column])
            if row["outcome"] and either[0] != either[1] and None not in either:
                message = (
                    f"{row[column]}, but {other[column]} in row {other['row']}; an outcome has "
                    f"one {column}, whatever its bands"
                )
                yield folder.problem("instruments", row, column, "instrument-differs", message)


def _excluded(folder: Folder) -> Iterator[Problem]:
    studies = {row["study_id"]: row for row in folder.rows("studies", "study_id")}
    for row in folder.rows("excluded_studies", "study_id", "in_studies_csv", "reason"):
        study = studies.get(row["study_id"])
        if studies and (study is not None) != (row["in_studies_csv"] == "yes"):
            there = "is" if study else "is not"
            message = f"{row['in_studies_csv']}, but {row['study_id']!r} {there} in studies.csv"
            yield folder.problem(
                "excluded_studies", row, "in_studies_csv", "in-studies", f"{message}; correct it"
            )
        elif study and study.get("in_synthesis") == "yes":
            message = f"{row['study_id']!r} is in the synthesis by studies.csv; remove this row"
            yield folder.problem("excluded_studies", row, "study_id", "not-excluded", message)
        elif study and study.get("exclusion_reason") not in (None, row["reason"]):
            message = (
                f"studies.csv (row {study['row']}) has another reason, "
                f"{study['exclusion_reason']!r}; make them the same"
            )
            yield folder.problem("excluded_studies", row, "reason", "reason-differs", message)
