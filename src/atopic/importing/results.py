"""The lines of a sheet, of whatever form, as one result an arm."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from atopic.additions.grid import Grid, Line, read_grid
from atopic.additions.workbook import Cell
from atopic.errors import ReportError
from atopic.evidence.controls import CONTROLS
from atopic.importing.columns import Columns, find_columns
from atopic.importing.revman import Analysis, read_settings
from atopic.importing.values import Unreadable, decimal, remark_apart, slug, whole, word

#: Words of a control, the kind that tells most first.
_CONTROLS = {
    "placebo": r"placebo|vehicle|dummy",
    "sham": r"sham",
    "usual-care": r"usual care|standard care|care as usual|treatment as usual|tau",
    "waiting-list": r"wait(ing)?[- ]?list",
    "no-treatment": r"no treatment|no intervention|untreated",
    "other-control": r"controls?|cg",
}
_ROLES = {
    "ig": "experimental", "cg": "other-control", "experimental": "experimental",
    "treatment": "experimental", "intervention": "experimental", "vehicle": "placebo",
    "control": "other-control", "active comparator": "active-comparator",
    "active control": "active-comparator", "active-control": "active-comparator",
    "comparator": "active-comparator", "active-comparator": "active-comparator", "mixed": "mixed",
    **{kind: kind for kind in CONTROLS}, **{kind.replace("-", " "): kind for kind in CONTROLS},
}  # fmt: skip
_COUNTS = ("responders", "nonresponders", "n", "randomised")
_NUMBERS = ("mean", "sd", "se")


@dataclass(frozen=True)
class Result:
    """What one line says of one arm: texts by field, blank where nothing is said."""

    line: int
    study_id: str
    texts: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Return the text of a field."""
        return self.texts.get(name, "")

    @property
    def arm_id(self) -> str:
        """The id of the arm, after its label."""
        return slug(self["label"])


@dataclass
class Reading:
    """What a sheet says, and what was taken for granted in reading it."""

    sheet: str
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: Columns | None = None
    directions: dict[str, str] = field(default_factory=dict)  # by outcome, as the sheet tells


def read_results(path: Path, mapped: tuple[str, ...] = ()) -> Reading:
    """Read the results of a sheet: an arm a line, two groups a line, or numbered groups.

    Raises
    ------
    ReportError
        In one line: the file, the row, the column, the value, and the mend.
    UsageError
        If `mapped` names what there is not.
    """
    grid = read_grid(path)
    columns = find_columns(grid.header, mapped, grid.name)
    _refuse_columns(grid, columns)
    reading = Reading(grid.name, notes=[*grid.notes], columns=columns)
    settings = read_settings(path)
    if settings:
        reading.notes.append("group labels, data types and directions from the settings beside it")
    comma = _writes_commas(grid, columns)
    found: list[tuple[int, dict[str, str]]] = []
    empty: list[int] = []
    for line in grid.lines:
        analysis = _analysis(grid, line, settings)
        arms = list(_arms(grid, columns, line, comma, analysis))
        if not arms:
            empty.append(line.number)
        for number, texts in arms:
            if analysis and analysis.direction:
                reading.directions[texts["outcome"]] = analysis.direction
            found.append((line.number, {**texts, "_group": str(number)}))
    if empty:
        listed = ", ".join(map(str, empty[:10])) + (" and more" if len(empty) > 10 else "")
        reading.notes.append(f"no count and no mean in row {listed}: left out")
    if not found:
        raise ReportError(f"{grid.name}: no row below the header holds a result")
    reading.results = _with_studies(grid, columns, found, reading.notes)
    _refuse_repeated(grid, columns, reading.results)
    return reading


#: Columns that hold a result of a group.
_FIGURES = ("responders", "nonresponders", "percent", "mean")


def _refuse_columns(grid: Grid, columns: Columns) -> None:
    listed = f"the columns are {', '.join(grid.header)}"
    if not columns.has("study"):
        raise ReportError(
            f"{grid.name}:1: no column tells the study; {listed}; say which with --map study=COLUMN"
        )
    if not columns.has(*_FIGURES):
        raise ReportError(
            f"{grid.name}:1: no column holds responders, a percentage or a mean; {listed}; say "
            "which with --map responders=COLUMN"
        )
    for number in columns.groups:
        one = {name for name, group in (*columns.places, *columns.constants) if group == number}
        has_arm = one & {"arm", "agent"} or columns.pairs or not number
        if not has_arm:
            raise ReportError(
                f"{grid.name}:1: nothing says what group {number} got; add --map "
                f"arm_{number}=COLUMN, or --map arm_{number}='=placebo'"
            )


def _writes_commas(grid: Grid, columns: Columns) -> bool:
    """Whether numbers have decimal commas, told by a cell that can be nothing else."""
    places = [
        place for (name, _), place in columns.places.items() if name in (*_NUMBERS, "percent")
    ]
    texts = [line.cells[place].text.strip() for line in grid.lines for place in places]
    return any(
        re.fullmatch(r"-?[0-9]+,([0-9]{1,2}|[0-9]{4,})%?|-?0,[0-9]+%?", one) for one in texts
    )


def _analysis(
    grid: Grid, line: Line, settings: Mapping[tuple[str, str], Analysis]
) -> Analysis | None:
    if not settings:
        return None
    cells = dict(zip(grid.header, line.cells, strict=True))
    key = tuple(
        cells.get(name, Cell("")).text.strip() for name in ("Analysis group", "Analysis number")
    )
    return settings.get(key)  # type: ignore[arg-type]


def _arms(
    grid: Grid, columns: Columns, line: Line, comma: bool, analysis: Analysis | None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each group of a line that holds a result, and what is said of it."""
    shared = _texts(grid, columns, line, 0, comma)
    if analysis:
        shared.setdefault("outcome", analysis.name)
    if not shared.get("study"):
        place = columns.called("study")
        raise ReportError(f"{grid.name}:{line.number}: {place}: is blank; name the study")
    shared.setdefault("outcome", "response")
    for number in columns.groups:
        texts = shared | (_texts(grid, columns, line, number, comma) if number else {})
        figures = [texts.get(name, "") for name in _FIGURES]
        if not any(figures):
            continue
        if texts.get("n") == "0":
            # A group of nobody is written with zeros; any other figure is of somebody.
            if any(one.strip("0.") for one in figures):
                place = f"{grid.name}:{line.number}: {columns.called('n', number)}"
                raise ReportError(f"{place}: '0': no patients, but a result; correct one of them")
            continue
        if columns.pairs and number <= 2:
            _name_pair(texts, number, columns, analysis)
        _complete(grid, columns, line, number, texts)
        yield number, texts


def _name_pair(
    texts: dict[str, str], number: int, columns: Columns,
    analysis: Analysis | None,
) -> None:  # fmt: skip
    own = {name for name, group in (*columns.places, *columns.constants) if group == number}
    label = analysis.labels[number - 1] if analysis else ""
    if number == 2 and "arm" not in own:
        for name in ("arm", "agent", "dose", "dose_unit", "interval", "role"):
            if name not in own:
                texts.pop(name, None)
    if not texts.get("arm") and not texts.get("agent"):
        texts["arm"] = label or ("treatment", "control")[number - 1]
    if number == 2:
        named = f"{texts.get('arm', '')} {texts.get('agent', '')}"
        texts["role"] = role_of_control(named) or "other-control"
    elif not texts.get("role"):
        texts["role"] = "experimental"


def _complete(grid: Grid, columns: Columns, line: Line, number: int, texts: dict[str, str]) -> None:
    """Add what follows from a line: n from both counts, the label and the role of the arm."""

    def refuse(name: str, words: str) -> ReportError:
        called = columns.called(name, number)
        return ReportError(f"{grid.name}:{line.number}: {called}: {texts.get(name, '')!r}: {words}")

    responders, others = texts.get("responders", ""), texts.get("nonresponders", "")
    if others and responders and not texts.get("n"):
        texts["n"] = str(int(responders) + int(others))
    elif others and texts.get("n") and not responders:
        texts["responders"] = str(int(texts["n"]) - int(others))
    if responders and texts.get("n") and int(responders) > int(texts["n"]):
        raise refuse("responders", f"more than the {texts['n']} patients; correct one of them")
    if responders and not texts.get("n"):
        raise refuse("responders", "of how many? fill in the number of patients")
    if texts.get("percent") and not 0 <= float(texts["percent"]) <= 100:
        raise refuse("percent", "a percentage lies between 0 and 100")
    if texts.get("sd") and float(texts["sd"]) < 0:
        raise refuse("sd", "a standard deviation is not negative")
    arm, agent = texts.get("arm", ""), texts.get("agent", "")
    said = remark_apart(texts.get("interval", ""), texts.get("dose_unit", ""))
    texts["interval"], texts["_remark"] = said
    parts = [texts.get("dose", ""), texts.get("dose_unit", ""), texts.get("interval", "")]
    given = " ".join(filter(None, parts)) if texts.get("dose") else texts.get("interval", "")
    texts["label"] = arm or " ".join(filter(None, (agent, given))) or "all"
    texts["agent"] = agent or arm or "treatment"
    role = texts.get("role", "")
    if role:
        if role.lower() not in _ROLES:
            known = ", ".join(["experimental", *CONTROLS, "active-comparator"])
            raise refuse("role", f"use {known} or mixed")
        texts["role"] = _ROLES[role.lower()]
        texts["_role_said"] = "yes"
    else:
        kind = role_of_control(texts["label"]) or role_of_control(texts["agent"])
        zero = bool(texts.get("dose")) and _number(texts["dose"]) == 0
        texts["role"] = kind or ("other-control" if zero else "experimental")
    if not slug(texts["label"]):
        raise refuse("arm", "has neither a letter from a to z nor a digit; name the arm in them")
    if len(texts["label"]) > 80:
        raise refuse("arm", "is longer than 80 characters; shorten it")


def role_of_control(words: str) -> str:
    """Return the role of an arm that is called a control; empty if it is not.

    >>> role_of_control("Sham acupressure"), role_of_control("control group"), role_of_control("P6")
    ('sham', 'other-control', '')
    """
    for kind, pattern in _CONTROLS.items():
        if re.search(rf"\b({pattern})\b", words, re.IGNORECASE):
            return kind
    return ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _texts(grid: Grid, columns: Columns, line: Line, number: int, comma: bool) -> dict[str, str]:
    """Return what the columns of a group say in a line, numbers as the tables hold them."""
    found = {name: said for (name, group), said in columns.constants.items() if group == number}
    cells = {name: line.cells[place] for (name, group), place in columns.places.items()
             if group == number}  # fmt: skip
    for name, cell in cells.items():
        try:
            found[name] = _text(name, cell, comma)
        except Unreadable as error:
            where = f"{grid.name}:{line.number}: {columns.called(name, number)}"
            raise ReportError(f"{where}: {cell.text.strip()!r}: {error}") from None
    if cells.get("percent", Cell("")).is_number and not found.get("responders"):
        where = f"{grid.name}:{line.number}: {columns.called('percent', number)}"
        raise ReportError(
            f"{where}: {found['percent']!r} was kept as a number, which loses the digits it was "
            "printed with; make the column text and type it again"
        )
    if cells.get("percent", Cell("")).is_number:
        found.pop("percent")
    return {name: text for name, text in found.items() if text}


def _text(name: str, cell: Cell, comma: bool) -> str:
    text = word(cell.text)
    if name in _COUNTS:
        return whole(text)
    if name == "year":
        year = whole(text)
        if year and not 1900 <= int(year) <= 2100:
            raise Unreadable("is no year from 1900 to 2100")
        return year
    if name in (*_NUMBERS, "percent"):
        return decimal(text, comma=comma, percent=name == "percent")
    if name == "dose" and re.fullmatch(r"[0-9.,]+", text):
        text = decimal(text, comma=comma)
        return re.sub(r"\.0*$", "", text)
    return re.sub(r"\.0+$", "", text) if name in ("week", "time") else text


def _with_studies(
    grid: Grid, columns: Columns, found: list[tuple[int, dict[str, str]]], notes: list[str]
) -> list[Result]:
    """Give each result the id of its study; in lines of a study each, two of a name stay two."""
    names: dict[str, tuple[str, int]] = {}
    by_line: dict[int, list[dict[str, str]]] = defaultdict(list)
    for number, texts in found:
        by_line[number].append(texts)
    trials: dict[str, list[int]] = defaultdict(list)
    for number, arms in by_line.items():
        name, year = arms[0]["study"], arms[0].get("year", "")
        own = slug(name)
        key = own if not year or year in own.split("-") else f"{own}-{year}"
        if not re.search("[a-z]", own):
            raise ReportError(
                f"{grid.name}:{number}: {columns.called('study')}: {name!r}: has no letter from a "
                "to z; add the name in them"
            )
        said = f"{name} {year}".strip() if key != own else name
        known, first = names.setdefault(key, (said, number))
        if known != said:
            raise ReportError(
                f"{grid.name}:{number}: {columns.called('study')}: {name!r}: written {known!r} in "
                f"row {first}; write both alike, or tell two studies apart by their year"
            )
        trials[key].append(number)
    if columns.groups == [0] and any(one.get("arm") or one.get("agent") != "treatment"
                                     for _, one in found):  # fmt: skip
        ids = {line: key for key, lines in trials.items() for line in lines}
    else:
        ids = _apart(trials, by_line, notes)
    return [Result(line, ids[line], texts) for line, texts in found]


def _apart(
    trials: Mapping[str, list[int]], by_line: Mapping[int, list[dict[str, str]]], notes: list[str]
) -> dict[int, str]:
    """Return the id of the study of each line where a line is a study, or a comparison of one."""
    ids: dict[int, str] = {}
    for key, lines in trials.items():
        same: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for line in lines:
            first = by_line[line][0]
            what = (first["outcome"], first.get("week", ""), first.get("time", ""))
            same[(*what, *(arm["label"] for arm in by_line[line]))].append(line)
        ordered = {one: sorted(group, key=lambda line: _content(by_line[line]))
                   for one, group in same.items()}  # fmt: skip
        most = max(map(len, ordered.values()))
        for group in ordered.values():
            for place, line in enumerate(group):
                part = slug(by_line[line][0].get("subgroup", ""))
                ids[line] = key if not place else f"{key}-{part or place + 1}"
        if most > 1:
            rows = ", ".join(str(line) for line in sorted(lines))
            notes.append(f"{key}: rows {rows} are taken for {most} studies of one name")
    return ids


def _content(arms: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    return [sorted(arm.items()) for arm in arms]


def _refuse_repeated(grid: Grid, columns: Columns, results: list[Result]) -> None:
    """Refuse two lines that say the number of the same arm, unless they say the same control."""
    known: dict[tuple[str, ...], Result] = {}
    kept = []
    for one in results:
        key = (one.study_id, one.arm_id, one["outcome"], one["week"], one["time"], one["statistic"])
        old = known.setdefault(key, one)
        if old is one:
            kept.append(one)
            continue
        alike = all(old[name] == one[name] for name in ("responders", "n", "percent", "mean", "sd"))
        if alike and columns.groups != [0]:
            continue  # a control that two comparisons share
        raise ReportError(
            f"{grid.name}:{one.line}: {columns.called('study')}: {one['study']!r}: says again what "
            f"row {old.line} says of {one['label']!r}, {one['outcome']}; remove one, or tell them "
            "apart by study, year, arm or week"
        )
    results[:] = [replace(one) for one in kept]
