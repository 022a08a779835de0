"""Results of a sheet as rows of the core tables."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from atopic.errors import ReportError, UsageError
from atopic.evidence.controls import ACTIVE, CONTROLS, control_kind
from atopic.importing.results import Reading, Result
from atopic.importing.values import in_unit, interval, slug

#: What a study with a control group is called if nobody says whether it was randomised.
_CONTROLLED = "controlled"

#: What tells the rows of a table apart, for a sheet that is imported again.
KEYS = {
    "sources": ("source_id",),
    "studies": ("study_id",),
    "arms": ("study_id", "arm_id"),
    "instruments": ("outcome",),
    "responses": ("study_id", "arm_id", "outcome", "week", "analysis_set"),
    "scores": ("study_id", "arm_id", "outcome", "week", "statistic", "analysis_set"),
}
_LOWER = re.compile(
    r"nausea|vomit|death|died|mortal|relapse|recur|infect|adverse|event|pain|failure|stroke|bleed|"
    r"infarct|drop.?out|withdraw|discontinu|exacerbat|hospital|vasospasm|fracture|side.?effect|"
    r"swelling|o?edema|systolic|diastolic|hypotens|thrombo|toxic|depress|anxiety|severity|disab|"
    r"symptom",
    re.IGNORECASE,
)
#: What makes a good outcome of a bad thing: "pain-free", "pressure controlled", "event resolved".
_GOOD = re.compile(
    r"free|(?<!un)control|(?<!non)(?<!non-)respon|remission|remit|resol|improv|success|surviv|"
    r"reduc|relief",
    re.IGNORECASE,
)
_STUDY = ("title", "year", "doi", "pmid", "registry_id", "phase", "design", "blinding", "country")
_STATISTICS = ("mean", "mean_change", "mean_percent_change", "ls_mean_change",
               "ls_mean_percent_change", "percent_change")  # fmt: skip
_THRESHOLD = re.compile(r"([A-Za-z]+)[- ]?(20|50|70|75|90|100)")


@dataclass(frozen=True)
class Row:
    """A row of a table as texts by column, and the line of the sheet that it comes from."""

    cells: Mapping[str, str]
    line: int


@dataclass
class Tables:
    """The rows of each table, and what was taken for granted in making them."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in KEYS})
    notes: list[str] = field(default_factory=list)

    def add(self, table: str, line: int, cells: Mapping[str, str]) -> None:
        """Add a row, without blank cells."""
        self.rows[table].append(Row({name: cell for name, cell in cells.items() if cell}, line))


def as_rows(reading: Reading, better: Mapping[str, str], unit: str = "week") -> Tables:
    """Return the rows of the core tables for what a sheet says.

    Parameters
    ----------
    better : mapping
        By the name of an outcome, or ``""`` for all, ``"higher"`` or ``"lower"``.
    unit : {"week", "hour", "day", "month", "year"}, optional
        What the review counts time in: other times become whole numbers of it, or remarks.

    Raises
    ------
    ReportError
        If the lines of a study or an arm say different things of it.
    UsageError
        If `better` names an outcome that the sheet does not have.
    """
    tables, results, columns = Tables(), reading.results, reading.columns
    codes = {one["outcome"]: _code(one["outcome"]) for one in results}
    unknown = sorted(set(better) - {"", *codes, *codes.values()})
    if unknown:
        raise UsageError(
            f"--better {unknown[0]}: {reading.sheet} has no such outcome; it has {', '.join(codes)}"
        )
    own_source = slug(PurePath(reading.sheet).stem) or "sheet"
    _add_sources(tables, reading, own_source)
    _add_studies(tables, reading, own_source)
    _add_arms(tables, reading, own_source, unit)
    _add_instruments(tables, reading, codes, better, own_source)
    controlled = with_control(tables)
    for one in results:
        _add_result(tables, reading, one, codes[one["outcome"]], own_source, controlled, unit)
    if columns and columns.has("time") and not columns.has("week", "time_unit"):
        tables.notes.append(f"{columns.called('time')} is taken for {unit}s")
    _say_roles(tables)
    return tables


def _source(one: Result, own: str) -> str:
    return slug(one["source"]) or own


def _add_sources(tables: Tables, reading: Reading, own: str) -> None:
    said: dict[str, Result | None] = {}
    for one in reading.results:
        said.setdefault(_source(one, own), one if slug(one["source"]) else None)
    for source, first in sorted(said.items()):
        citation = first["source"] if first else f"sheet {reading.sheet}"
        kind = "" if first else "data-set"
        line = first.line if first else 1
        tables.add("sources", line, {"source_id": source, "kind": kind, "citation": citation})


def _add_studies(tables: Tables, reading: Reading, own: str) -> None:
    for study, results in _grouped(reading.results, lambda one: (one.study_id,)).items():
        cells = {name: _one(reading, results, name) for name in _STUDY}
        if cells["blinding"]:
            cells["blinding"] = cells["blinding"].lower().removesuffix("-blind")
        citation = results[0]["study"]
        suffix = study[0].rsplit("-", 1)[-1]
        if len(study[0]) > len(slug(citation)):  # two of one name are told apart
            told = suffix == cells["year"]
            citation = f"{citation} {suffix}" if told else f"{citation} ({suffix})"
        head = {"study_id": study[0], "role": "evidence", "short_citation": citation}
        cells["design"] = cells["design"] or _design(results)
        source = {"source_id": _source(results[0], own)}
        tables.add("studies", results[0].line, {**head, **cells, "in_synthesis": "yes", **source})


def _design(results: Iterable[Result]) -> str:
    """Return what a study is taken for by its arms, which do not tell whether it was randomised."""
    arms = {one.arm_id: one for one in results}.values()
    kind = control_kind((one["role"] for one in arms), "")
    if kind and kind != ACTIVE:
        return _CONTROLLED
    if kind or len({one["agent"] for one in arms}) > 1:
        return "active-controlled"
    return "several-arms" if len(arms) > 1 else "single-arm"


def _add_arms(tables: Tables, reading: Reading, own: str, unit: str) -> None:
    unclear: dict[str, int] = {}
    beside: dict[str, int] = {}
    for (study, arm), results in _grouped(
        reading.results, lambda one: (one.study_id, one.arm_id)
    ).items():
        first = results[0]
        if len({one["label"] for one in results}) > 1:
            raise ReportError(
                f"{reading.sheet}:{results[-1].line}: arm: {results[-1]['label']!r}: written "
                f"{first['label']!r} in row {first.line}; write both alike"
            )
        dose, said = _one(reading, results, "dose"), _one(reading, results, "interval")
        between = interval(said, unit)
        for text, bad in ((dose, dose and not _is_number(dose)), (said, between is None)):
            if bad:
                unclear.setdefault(text, first.line)
        numeric = dose if _is_number(dose) else ""
        cells = {
            "study_id": study, "arm_id": arm, "label": first["label"],
            "role": _one(reading, results, "role"), "agent": first["agent"],
            "dose": numeric, "dose_unit": _one(reading, results, "dose_unit") if numeric else "",
            "interval_weeks": between or "",
            "n_randomised": _one(reading, results, "randomised"),
            "source_id": _source(first, own),
            "notes": "; ".join(dict.fromkeys(one["_remark"] for one in results if one["_remark"])),
        }  # fmt: skip
        if cells["notes"]:
            beside.setdefault(cells["notes"], first.line)
        tables.add("arms", first.line, cells)
    for text, line in beside.items():
        tables.notes.append(f"{text!r} beside an interval (row {line} first): in the arm's notes")
    for text, line in unclear.items():
        tables.notes.append(
            f"{text!r} (row {line} first) is no number of a dose or of {unit}s: in the label alone"
        )


def _add_instruments(
    tables: Tables, reading: Reading, codes: Mapping[str, str], better: Mapping[str, str], own: str
) -> None:
    for code, results in _grouped(reading.results, lambda one: (codes[one["outcome"]],)).items():
        names = list(dict.fromkeys(one["outcome"] for one in results))
        if len(names) > 1:
            line = next(one.line for one in results if one["outcome"] == names[1])
            raise ReportError(
                f"{reading.sheet}:{line}: outcome: {names[1]!r}: {names[0]!r} is written for it, "
                "too; write both alike"
            )
        name, first = names[0], results[0]
        kinds = {bool(one["mean"]): one.line for one in results}
        if len(kinds) > 1:
            raise ReportError(
                f"{reading.sheet}:{max(kinds.values())}: outcome: {name!r}: has counts in some "
                "rows and means in others; give the means an outcome of their own"
            )
        said = better.get(name) or better.get(code[0]) or better.get("")
        direction = f"{said}-is-better" if said else reading.directions.get(name, "")
        why = "as the sheet's settings say" if direction else "by its name"
        direction = direction or _better_by_name(name) + "-is-better"
        if not said:
            tables.notes.append(
                f"{name}: {direction.replace('-', ' ')}, {why}; otherwise --better "
                f"{code[0]}={'higher' if direction.startswith('lower') else 'lower'}"
            )
        cells = {
            "outcome": code[0], "label": name if name != code[0] else "",
            "kind": "score" if first["mean"] else "responder", "direction": direction,
            "source_id": _source(first, own),
        }  # fmt: skip
        if (found := _THRESHOLD.fullmatch(code[0])) and not first["mean"]:
            cells |= {"instrument": found[1], "threshold_percent": found[2]}
            tables.notes.append(f"{name}: {found[1]} better by {found[2]}% or more")
        tables.add("instruments", first.line, cells)


def _add_result(
    tables: Tables, reading: Reading, one: Result, code: str, own: str, controlled: set[str],
    unit: str,
) -> None:  # fmt: skip
    where = f"{reading.sheet}, row {one.line}"
    week, basis, time = _week(reading, one, unit)
    notes = "; ".join(filter(None, (time and f"time: {time}", one["notes"])))
    head = {"study_id": one.study_id, "arm_id": one.arm_id, "outcome": code, "week": week,
            "week_basis": basis}  # fmt: skip
    tail = {"analysis_set": "as-reported", "source_id": _source(one, own),
            "locator": f"{where}; {one['page']}" if one["page"] else where,
            "notes": notes}  # fmt: skip
    if one["mean"]:
        statistic = one["statistic"].lower().replace(" ", "_") or "mean"
        if statistic not in _STATISTICS:
            raise ReportError(
                f"{reading.sheet}:{one.line}: statistic: {one['statistic']!r}: use "
                f"{', '.join(_STATISTICS[:-1])} or {_STATISTICS[-1]}"
            )
        spread = {"spread": one["sd"] or one["se"],
                  "spread_kind": "sd" if one["sd"] else "se" if one["se"] else ""}  # fmt: skip
        unit = "percent" if "percent" in statistic else one["unit"].replace(" ", "-") or "points"
        cells = {"statistic": statistic, "value": one["mean"], "unit": unit, **spread,
                 "n": one["n"]}  # fmt: skip
        tables.add("scores", one.line, {**head, **cells, **tail})
        return
    cells = {"responders": one["responders"], "n": one["n"], "percent_printed": one["percent"],
             "controlled": "yes" if one.study_id in controlled else "no"}  # fmt: skip
    tables.add("responses", one.line, {**head, **cells, **tail})


def _week(reading: Reading, one: Result, unit: str) -> tuple[str, str, str]:
    """Return the time in the unit of the review, how it is known, and as it was else written."""
    time, said = one["week"] or one["time"], "week" if one["week"] else one["time_unit"] or unit
    if not time:
        return "", "", ""
    said = said.lower().rstrip("s")
    if not _is_number(time.replace(",", ".")):
        if one["week"]:
            raise ReportError(
                f"{reading.sheet}:{one.line}: week: {time!r}: is not a number of weeks"
            )
        return "", "", time
    number = float(time.replace(",", "."))
    if number < 0:
        raise ReportError(f"{reading.sheet}:{one.line}: week: {time!r}: lies before the start")
    known = in_unit(number, said, unit)
    if known and known == in_unit(number, unit, unit):
        return known, "printed", ""
    written = f"{time} {said}{'' if number == 1 else 's'}"
    return (known, "converted", written) if known else ("", "", written)


def _say_roles(tables: Tables) -> None:
    names: dict[str, dict[str, None]] = {}
    for row in tables.rows["arms"]:
        names.setdefault(row.cells["role"], {})[row.cells["agent"]] = None
    words = {"experimental": "treatments", "active-comparator": "active comparators",
             "mixed": "arms of several roles",
             **{kind: f"controls ({name})" for kind, name in CONTROLS.items()},
             "other-control": "controls of no stated kind"}  # fmt: skip
    for role, agents in names.items():
        listed = list(agents)
        more = f" and {len(listed) - 12} more" if len(listed) > 12 else ""
        tables.notes.append(f"{words.get(role, role)}: {', '.join(listed[:12])}{more}")
    designs = Counter(row.cells["design"] for row in tables.rows["studies"])
    counted = ", ".join(f"{number} {name}" for name, number in designs.items())
    randomised = (
        "; whether these were randomised the sheet does not say: say it in a column design, as "
        "randomised-placebo"
    )
    tables.notes.append(f"designs: {counted}{randomised if _CONTROLLED in designs else ''}")
    studies = {row.cells["study_id"] for row in tables.rows["studies"]}
    held = with_control(tables)
    if held and (without := sorted(studies - held)):
        more = f" and {len(without) - 8} more" if len(without) > 8 else ""
        tables.notes.append(f"without a control arm: {', '.join(without[:8])}{more}")


def with_control(tables: Tables) -> set[str]:
    """Return the studies that have a control group, by their arms or the word of their design."""
    roles: dict[str, set[str]] = {}
    for row in tables.rows["arms"]:
        roles.setdefault(row.cells["study_id"], set()).add(row.cells["role"])
    designs = {row.cells["study_id"]: row.cells["design"] for row in tables.rows["studies"]}
    return {study for study, some in roles.items() if control_kind(some, designs.get(study))}


def _one(reading: Reading, results: Iterable[Result], name: str) -> str:
    """Return what the lines of a study or an arm say of it; all that say something must agree."""
    said: dict[str, int] = {}
    for one in results:
        if one[name]:
            said.setdefault(one[name], one.line)
    if len(said) > 1:
        (first, early), (other, late) = list(said.items())[:2]
        called = reading.columns.called(name) if reading.columns else name
        raise ReportError(
            f"{reading.sheet}:{late}: {called}: {other!r}: row {early} says {first!r} of the same "
            "study or arm; make them one, or leave one blank"
        )
    return next(iter(said), "")


def _grouped(
    results: Iterable[Result], key: Callable[[Result], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Result]]:
    groups: dict[tuple[str, ...], list[Result]] = {}
    for one in results:
        groups.setdefault(key(one), []).append(one)
    return groups


def _code(name: str) -> str:
    """Return an outcome as tables name it: letters, digits, and single marks between them."""
    if re.fullmatch(r"[A-Za-z0-9]+([-/][A-Za-z0-9]+)*", name):
        return name
    return slug(name) or "response"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text))


def _better_by_name(name: str) -> str:
    """Return which way an outcome is better that says it by its name alone.

    >>> [_better_by_name(name) for name in ("pain", "pain-free", "uncontrolled pain", "PASI-75")]
    ['lower', 'higher', 'lower', 'higher']
    """
    return "lower" if _LOWER.search(name) and not _GOOD.search(name) else "higher"
