"""Manifest entries that stand for one report a study of the tables."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from atopic.errors import ReportError
from atopic.evidence.csv_rows import parse_number, read_rows

#: What an entry can be repeated for.
EACH = ("studies", "dose-studies")
_NAMED = ("id", "title", "summary", "section", "group", "short", "kicker")


def one_for_each(
    entry: Mapping[str, Any], data: Path | None, where: str
) -> Iterator[dict[str, Any]]:
    """Yield an entry for each study, with ``{study}`` and ``{citation}`` filled in.

    The parameter ``study`` is set to the id of the study. ``"studies"`` are those of the role
    evidence, in their order; ``"dose-studies"`` those of them with two or more doses of one agent,
    told by the ``outcome`` and the ``week`` that the entry's parameters set, if they do.

    Raises
    ------
    ReportError
        If the entry asks for what there is not, or the tables cannot be read.
    """
    kind = entry["for_each"]
    if kind not in EACH:
        raise ReportError(f"{where}: for_each {kind!r} must be {' or '.join(EACH)}")
    if data is None:
        raise ReportError(f"{where}: for_each needs tables, and this manifest reads none")
    if "{study}" not in str(entry.get("id", "")):
        raise ReportError(f"{where}: with for_each, the id must hold {{study}}, as study-{{study}}")
    parameters = entry.get("parameters", {})
    if not isinstance(parameters, dict):
        raise ReportError(f"{where}: parameters must be a table, [report.parameters]")
    studies = [row for row in _rows(data, "studies", where) if row.get("role") != "benchmark"]
    if kind == "dose-studies":
        wanted = _with_doses(data, parameters, where)
        studies = [row for row in studies if row.get("study_id") in wanted]
    for row in studies:
        study = row.get("study_id", "")
        words = {"{study}": study, "{citation}": row.get("short_citation") or study}
        texts = {name: _filled(entry[name], words) for name in _NAMED if name in entry}
        rest = {name: value for name, value in entry.items() if name != "for_each"}
        yield {**rest, **texts, "parameters": {**parameters, "study": study}}


def _filled(text: object, words: Mapping[str, str]) -> object:
    if isinstance(text, str):
        for name, word in words.items():
            text = text.replace(name, word)
    return text


def _with_doses(data: Path, parameters: Mapping[str, Any], where: str) -> set[str]:
    """Return the studies in which two doses of an agent have a result."""
    held = {
        (row.get("study_id", ""), row.get("arm_id", ""))
        for row in _rows(data, "responses", where)
        if all(
            str(parameters[name]) == row.get(name, "")
            for name in ("outcome", "week") if name in parameters
        )
    }  # fmt: skip
    doses: dict[tuple[str, str], set[float]] = {}
    for row in _rows(data, "arms", where):
        study = row.get("study_id", "")
        dose = parse_number(row.get("dose", ""), whole=False)  # what is none, the check tells
        if dose and row.get("agent") and (study, row.get("arm_id", "")) in held:
            doses.setdefault((study, row["agent"]), set()).add(dose)
    return {study for (study, _), found in doses.items() if len(found) > 1}


def _rows(data: Path, name: str, where: str) -> list[dict[str, str]]:
    rows, problems = read_rows(data / f"{name}.csv")
    if rows is None:
        raise ReportError(f"{where}: for_each: {data}: {problems[0]}")
    return [dict(zip(rows.header, cells, strict=True)) for cells in rows.cells]
