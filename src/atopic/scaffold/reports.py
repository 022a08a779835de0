"""The reports that a review's tables can answer, as entries of a manifest."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atopic.evidence.controls import CONTROLS
from atopic.importing.values import slug

Cells = Mapping[str, str]
_SECTIONS = {"rates": "Rates", "effects": "Against {control}", "course": "Over time"}


def entries(
    tables: Mapping[str, Sequence[Cells]],
    control: str,
    unit: str = "week",
    question: str = "Answer",
) -> list[dict[str, Any]]:
    """Return the entries of a manifest for the rows of a review's tables.

    An effect is asked of one agent at a time: what several have in common is no effect of any.

    Parameters
    ----------
    tables : mapping
        By name the rows, as texts by column.
    control : str
        What the control is called.
    unit : {"week", "hour", "day", "month", "year"}, optional
        What times are counted in.
    question : str, optional
        Title of the front page, which answers it where a trial has a control.

    Examples
    --------
    >>> [one["id"] for one in entries({}, "placebo")]
    ['evidence-map', 'methods']
    """
    found = [_entry("evidence-map", "What evidence exists", "Overview", "evidence_map")]
    arms = {(row["study_id"], row["arm_id"]): row for row in tables.get("arms", ())}
    responders, scores = ([row for row in tables.get("instruments", ())
                           if row.get("kind", "responder") == kind]
                          for kind in ("responder", "score"))  # fmt: skip
    one: dict[str, Any]
    inert = False  # whether any comparison with a control that is no other treatment is there
    effects: list[dict[str, Any]] = []
    courses: list[dict[str, Any]] = []
    planned: list[dict[str, Any]] = []
    planned_for = 0  # results of the outcome that most is known of
    doses: list[dict[str, Any]] = []
    for instrument in responders:
        outcome = instrument["outcome"]
        rows = [row for row in tables.get("responses", ()) if row["outcome"] == outcome]
        if not rows:
            continue
        week = _week(rows)
        weeks = [] if week is None else [week]
        at = [row for row in rows if week is None or row.get("week") == str(week)]
        name = instrument.get("label") or outcome
        name = name[:1].upper() + name[1:]
        when = "" if week is None else f" at {unit} {week}"
        stem = slug(outcome)
        choice = {"outcome": outcome, "weeks": weeks}
        found.append(_entry(stem, f"{name}{when}", _SECTIONS["rates"], "response_rates", **choice))
        agents = _controlled_agents(at, arms)
        inert = inert or any(kinds & set(CONTROLS) for kinds in agents.values())
        for agent in agents:
            only = {"agents": [agent]} if len(agents) > 1 else {}
            who = f": {agent}" if only else ""
            against = _called(agents[agent], control)
            title = f"{name}{when} against {against}{who}"
            own = f"{stem}-{slug(agent)}" if only else f"{stem}-controlled"
            section = _SECTIONS["effects"].format(control=control)
            effects.append(_entry(own, title, section, "controlled_effect", **choice, **only))
        if _has_course(rows):
            courses.append(_entry(f"{stem}-over-time", f"{name} over time", _SECTIONS["course"],
                                  "durability", outcome=outcome))  # fmt: skip
        if agents and len(at) > planned_for:
            title, planned_for = "What the next controlled trial would need", len(at)
            one = {"outcome": outcome, **({} if week is None else {"week": week})}
            planned = [_entry("next-trial", title, "What next", "next_trial", **one)]
        if week is not None and not doses and _has_doses(at, arms):
            one = {"outcome": outcome, "week": week}
            dose = _entry("dose-{study}", "Dose: {citation}", "Dose", "dose_response", **one)
            doses.append({**dose, "for_each": "dose-studies"})
    # A mean alone is no change, and nothing is said of it.
    held = {row["outcome"] for row in tables.get("scores", ()) if row.get("statistic") != "mean"}
    means = [row["outcome"] for row in scores if row["outcome"] in held]
    reduced = [_entry("scores", "Scores", "Scores", "severity_reduction", outcomes=means)]
    if inert:
        every = _entry("trials", "Every controlled trial", "Overview", "trials")
        found[:0] = [_entry("answer", question, "", "answer"), every]
    found += [*effects, *courses, *(reduced if means else []), *doses]
    if tables.get("studies"):
        one = _entry("study-{study}", "{citation}", "Study by study", "one_study")
        found.append({**one, "for_each": "studies"})
    return [*found, *planned, _entry("methods", "Methods", "How it was done", "methods")]


def _entry(name: str, title: str, section: str, notebook: str, **values: Any) -> dict[str, Any]:
    entry = {"id": name, "title": title, "section": section, "notebook": f"atopic:{notebook}"}
    entry = {name: words for name, words in entry.items() if words}
    return {**entry, "parameters": values} if values else entry


def _week(rows: Sequence[Cells]) -> int | None:
    """Return the week with most results, the earliest of several; None if none is told."""
    counts = Counter(int(row["week"]) for row in rows if row.get("week"))
    return min(counts, key=lambda week: (-counts[week], week)) if counts else None


def _controlled_agents(
    rows: Sequence[Cells], arms: Mapping[tuple[str, str], Cells]
) -> dict[str, set[str]]:
    """Return the agents that some study compares with a control, the most studied first.

    And of each with what: the kinds of its controls, or the agents that it is compared with.
    """
    held = list(_arms(rows, arms))
    kinds: dict[str, set[str]] = {}
    for roles in (CONTROLS, ("active-comparator",)):
        # What a trial with an inert control has besides is compared with that control too.
        known = set(kinds)
        for arm in held:
            if arm["role"] in roles and arm["study_id"] not in known:
                given = arm["role"] if arm["role"] in CONTROLS else arm["agent"]
                kinds.setdefault(arm["study_id"], set()).add(given)
    studies: dict[str, set[str]] = {}
    for arm in held:
        inert = kinds.get(arm["study_id"], set()) & set(CONTROLS)
        treated = arm["role"] not in CONTROLS if inert else arm["role"] == "experimental"
        if treated and arm["study_id"] in kinds:
            studies.setdefault(arm["agent"], set()).add(arm["study_id"])
    order = sorted(studies, key=lambda agent: (-len(studies[agent]), agent))
    return {agent: set().union(*(kinds[study] for study in studies[agent])) for agent in order}


def _called(kinds: set[str], control: str) -> str:
    """Return what an agent is compared with, in the word of the review where that is it."""
    if len(kinds) > 1:
        return control if kinds <= {"placebo", "other-control"} else "control"
    (kind,) = kinds
    return control if kind in ("placebo", "other-control") else CONTROLS.get(kind, kind)


def _has_course(rows: Sequence[Cells]) -> bool:
    weeks = {(row["study_id"], row["arm_id"], row.get("week")) for row in rows if row.get("week")}
    return any(number > 1 for number in Counter(key[:2] for key in weeks).values())


def _has_doses(rows: Sequence[Cells], arms: Mapping[tuple[str, str], Cells]) -> bool:
    pairs = {(arm["study_id"], arm["agent"], float(arm["dose"])) for arm in _arms(rows, arms)
             if arm.get("dose")}  # fmt: skip
    return any(number > 1 for number in Counter(key[:2] for key in pairs if key[2]).values())


def _arms(rows: Sequence[Cells], arms: Mapping[tuple[str, str], Cells]) -> Iterator[Cells]:
    for row in rows:
        arm = arms.get((row["study_id"], row["arm_id"]))
        if arm:
            yield arm
