"""Figures that do not fit those of other rows: sums, neighbours, rates against differences."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Any

from atopic.evidence.controls import CONTROLS
from atopic.evidence.csv_rows import Problem
from atopic.evidence.derivation import is_unsure_of_size
from atopic.evidence.lines import Folder, Row
from atopic.review import time_point, time_span, time_word

#: From here on a figure is many times its neighbours, as one with a digit too many is.
_MANY = 10

#: Follow-ups are longer than the last result that was printed, but seldom so many times.
_LONG = 4

_RESULTS = ("responses", "scores", "contrasts", "safety", "biomarkers")
_SETS_OF_SOME = ("subgroup", "pooled", "best-response")


def odd_figures(folder: Folder) -> Iterator[Problem]:
    """Find figures that hardly fit other rows, each as a warning."""
    yield from _sizes(folder)
    yield from _doses(folder)
    yield from _weeks(folder)
    yield from _spreads(folder)
    yield from _sums_of_arms(folder)
    yield from _differences(folder)
    yield from _patients(folder)
    yield from _denominators(folder)


def _neighbours(
    folder: Folder, table: str, column: str, cells: list[tuple[str, Row, str, float]], what: str
) -> Iterator[Problem]:
    """Find the cells of one table that are many times, or a fraction of, all the other cells."""
    numbers = [value for *_, value in cells]
    for here, row, name, value in cells:
        others = list(numbers)
        others.remove(value)
        if (here, name) != (table, column) or not others or not value or not min(others):
            continue
        if value >= _MANY * max(others) or value * _MANY <= min(others):
            near = f"{median(others):g}"
            message = f"{value:g} is far from {what} ({near}); is a digit or a point misplaced?"
            yield folder.problem(table, row, column, "far-from-neighbours", message, "warning")


def _sizes(folder: Folder) -> Iterator[Problem]:
    arms: dict[tuple[str, str], list[tuple[str, Row, str, float]]] = defaultdict(list)
    for table, column in (
        ("arms", "n_randomised"), ("arms", "n_analysed"), ("responses", "n"), ("scores", "n"),
        ("safety", "n"), ("biomarkers", "n"),
    ):  # fmt: skip
        for row in folder.rows(table, "study_id", "arm_id", column):
            some = row.get("analysis_set") in _SETS_OF_SOME or row.get("comparison") == "subset"
            if row[column] is not None and not some:
                arms[row["study_id"], row["arm_id"]].append((table, row, column, row[column]))
    for cells in arms.values():
        for table, column in sorted({(one[0], one[2]) for one in cells}):
            yield from _neighbours(folder, table, column, cells, "the other sizes of this arm")
    largest: dict[str, float] = {}
    for (study, _), cells in arms.items():
        largest[study] = max(largest.get(study, 0), *(n for *_, n in cells))
    for row in folder.rows("studies", "study_id", "n_enrolled"):
        known = largest.get(row["study_id"])
        if row["n_enrolled"] and known and row["n_enrolled"] >= _MANY * known:
            message = f"{row['n_enrolled']} is many times its largest number in an arm, {known:g}"
            yield folder.problem("studies", row, "n_enrolled", "far-from-arms", message, "warning")


def _doses(folder: Folder) -> Iterator[Problem]:
    agents: dict[tuple[str, str], list[tuple[str, Row, str, float]]] = defaultdict(list)
    for row in folder.rows("arms", "agent", "dose", "dose_unit", "role"):
        if row["dose"] and row["role"] not in CONTROLS:
            agents[row["agent"], row["dose_unit"]].append(("arms", row, "dose", row["dose"]))
    for cells in agents.values():
        yield from _neighbours(folder, "arms", "dose", cells, "the other doses of this product")
    given: dict[str, list[tuple[str, Row, str, float]]] = defaultdict(list)
    for row in folder.rows("arms", "agent", "administrations", "role"):
        if row["administrations"] and row["role"] not in CONTROLS:
            most = float(row["administrations"].rpartition("-")[2])
            given[row["agent"]].append(("arms", row, "administrations", most))
    for cells in given.values():
        what = "the numbers of doses in other arms of this product"
        yield from _neighbours(folder, "arms", "administrations", cells, what)


def _weeks(folder: Folder) -> Iterator[Problem]:
    weeks: dict[str, list[tuple[str, Row, str, float]]] = defaultdict(list)
    for table in _RESULTS:
        for row in folder.rows(table, "study_id", "week"):
            if row["week"]:
                weeks[row["study_id"]].append((table, row, "week", row["week"]))
    for row in folder.rows("studies", "study_id", "follow_up_weeks"):
        cells = weeks.get(row["study_id"], [])
        last = max((week for *_, week in cells), default=0)
        if row["follow_up_weeks"] is None:
            for table in sorted({table for table, *_ in cells}):
                what = f"the other {time_word(2)} of this study"
                yield from _neighbours(folder, table, "week", cells, what)
        elif last and row["follow_up_weeks"] > _LONG * last:
            message = (
                f"{time_span(row['follow_up_weeks'])}, but the last result printed is of "
                f"{time_point(f'{last:g}')}"
            )
            yield folder.problem(
                "studies", row, "follow_up_weeks", "long-follow-up", message, "warning"
            )


def _spreads(folder: Folder) -> Iterator[Problem]:
    """Find spreads of one outcome that are far apart, as an SD among SEs is."""
    names = ("study_id", "outcome", "week", "statistic", "unit")
    groups: dict[tuple[Any, ...], list[tuple[Row, float]]] = defaultdict(list)
    for row in folder.rows("scores", *names, "spread", "spread_kind", "n"):
        if row["spread"] and row["n"]:
            root = row["n"] ** 0.5 if row["spread_kind"] == "se" else 1
            groups[tuple(row[name] for name in names)].append((row, row["spread"] * root))
    for rows in groups.values():
        for row, sd in rows:
            others = [other for one, other in rows if one is not row]
            if others and (sd > 4 * max(others) or 4 * sd < min(others)):
                message = (
                    f"{row['spread']:g} ({row['spread_kind']}) is far from the spreads of the "
                    "other arms; is it of another kind?"
                )
                yield folder.problem("scores", row, "spread", "spread-of-another-kind", message,
                                     "warning")  # fmt: skip


def _sums_of_arms(folder: Folder) -> Iterator[Problem]:
    arms: dict[str, list[int | None]] = defaultdict(list)
    for row in folder.rows("arms", "study_id", "combined_arm", "n_randomised"):
        planned = row.get("n_randomised_basis") == "planned"
        if row["combined_arm"] == "no":
            arms[row["study_id"]].append(None if planned else row["n_randomised"])
    for row in folder.rows("studies", "study_id", "design", "n_enrolled", "n_enrolled_basis"):
        sizes = arms.get(row["study_id"], [])
        known = [size for size in sizes if size is not None]
        whole = len(sizes) > 1 and len(known) == len(sizes)
        randomised = (row["design"] or "").startswith("randomised")
        if (
            whole and randomised and row["n_enrolled"] and row["n_enrolled_basis"] != "planned"
            and sum(known) < row["n_enrolled"]
        ):  # fmt: skip
            message = (
                f"{row['n_enrolled']}, but the arms have {' + '.join(map(str, known))} = "
                f"{sum(known)} in arms.csv"
            )
            yield folder.problem("studies", row, "n_enrolled", "sum-of-arms", message, "warning")


def _differences(folder: Folder) -> Iterator[Problem]:
    """Hold differences and ratios to the figures of their two arms."""
    shares = _figures(folder, "responses", "percent_printed")
    changes = _figures(folder, "scores", "value")
    needed = ("arm_id", "reference_arm_id", "measure", "value", "outcome", "week", "analysis_set")
    yield from _words(folder, shares)
    for row in folder.rows("contrasts", "study_id", *needed):
        if row["value"] is None or row.get("value_operator") not in ("=", None):
            continue
        known = changes if row["measure"] == "mean_difference" else shares
        place = (row["study_id"], row["outcome"], row["week"], row["analysis_set"])
        one = known.get((*place, row["arm_id"]))
        other = known.get((*place, row["reference_arm_id"]))
        if one is None or other is None:
            continue
        if row["measure"] == "risk_ratio":
            if not other:
                continue
            found, near = one / other, 0.5 <= row["value"] * other / (one or 1) <= 2
        elif row["measure"] in ("risk_difference", "mean_difference"):
            found = one - other
            near = abs(row["value"] - found) <= max(0.25 * abs(found), 3)
        else:
            continue
        if not near:
            message = f"{row['value']:g}, but the figures of the two arms give {found:.4g}"
            yield folder.problem("contrasts", row, "value", "not-of-its-arms", message, "warning")


def _words(folder: Folder, shares: dict[tuple[Any, ...], float]) -> Iterator[Problem]:
    """Hold what is said of two arms to their percentages."""
    higher = {
        row["outcome"]: row["direction"] == "higher-is-better"
        for row in folder.rows("instruments", "outcome", "direction")
    }
    names = ("study_id", "outcome", "week", "analysis_set")
    for row in folder.rows("contrasts", *names, "arm_id", "reference_arm_id", "direction"):
        place = tuple(row[name] for name in names)
        one = shares.get((*place, row["arm_id"]))
        other = shares.get((*place, row["reference_arm_id"]))
        favoured = {"favours-arm": True, "favours-reference": False}.get(row["direction"])
        if None in (one, other, favoured) or one == other or row["outcome"] not in higher:
            continue
        if ((one or 0) > (other or 0)) is (favoured is not higher[row["outcome"]]):
            message = f"{row['direction']}, but the two arms have {one:g} and {other:g} percent"
            yield folder.problem(
                "contrasts", row, "direction", "not-of-its-arms", message, "warning"
            )


def _figures(folder: Folder, table: str, column: str) -> dict[tuple[Any, ...], float]:
    """Return the percentage, or the change in points, of each arm, outcome, week and set."""
    found = {}
    names = ("study_id", "outcome", "week", "analysis_set", "arm_id")
    for row in folder.rows(table, *names, column):
        if table == "scores" and row.get("statistic") != "mean_change":
            continue
        value = row[column]
        if value is None and row.get("responders") is not None and row.get("n"):
            value = 100 * row["responders"] / row["n"]
        if value is not None:
            found[tuple(row[name] for name in names)] = float(value)
    return found


def _patients(folder: Folder) -> Iterator[Problem]:
    """Hold counts of best responses to the single patients, and cycles to what is said of them."""
    answers: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    cycles: dict[tuple[str, str], set[int]] = defaultdict(set)
    rows = folder.rows("patients", "study_id", "patient_id", "outcome", "cycle", "responder")
    for row in rows:
        answers[row["study_id"], row["outcome"]][row["responder"]].add(row["patient_id"])
        if row["cycle"]:
            cycles[row["study_id"], row["patient_id"]].add(row["cycle"])
    for row in rows:
        known = cycles[row["study_id"], row["patient_id"]]
        again = row["outcome"] == "retreated-for-exacerbation" and row.get("occurred") == "no"
        if again and row["cycle"] and any(one > row["cycle"] for one in known):
            message = f"no, but {row['patient_id']!r} has a cycle after cycle {row['cycle']}"
            yield folder.problem("patients", row, "occurred", "treated-again", message, "warning")
        if row["cycle"] and row["cycle"] - 1 not in {0, *known}:
            message = f"cycle {row['cycle']}, but {row['patient_id']!r} has no cycle before it"
            yield folder.problem("patients", row, "cycle", "cycle-missing", message, "warning")
    for row in folder.rows("responses", "study_id", "outcome", "responders", "best_response"):
        seen = answers.get((row["study_id"], row["outcome"]))
        if not seen or row["best_response"] != "yes" or row["responders"] is None:
            continue
        yes, all_ = len(seen["yes"]), len(set().union(*seen.values()))
        no = len(seen["no"] - seen["yes"] - seen["unclear"])
        if not yes <= row["responders"] <= max(all_, row.get("n") or 0) - no:
            message = (
                f"{row['responders']}, but patients.csv has {yes} with this response at some time "
                f"and {no} without"
            )
            yield folder.problem(
                "responses", row, "responders", "not-of-its-patients", message, "warning"
            )


def _denominators(folder: Folder) -> Iterator[Problem]:
    names = ("study_id", "arm_id", "outcome", "week")
    of_size = ("n", "n_basis", "source_id", "n_source_id")
    asked = {
        tuple(row[name] for name in names)
        for row in folder.rows("responses", *names, *of_size)
        if is_unsure_of_size(*(row[name] for name in of_size))
    }
    for row in folder.rows("denominators", *names):
        if tuple(row[name] for name in names) not in asked:
            message = "each n at this place of responses.csv is sure, so this row is not used"
            yield folder.problem("denominators", row, "outcome", "not-used", message, "warning")
