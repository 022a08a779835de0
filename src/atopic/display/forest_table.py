"""A forest plot that is a table: names, numbers and words are cells, and one cell is drawn.

The drawing takes its places in percent of the cell, so that one markup fits every width; what it
shows stands as text in the cells beside it. Its looks are in ``parts.css``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isnan, nan

from atopic.display.finding_words import capital
from atopic.display.forest_drawing import Axis, Drawn, RatioAxis, axis_html, drawn_row, mark_of
from atopic.display.marks import LIGHTS, light_html
from atopic.display.own_frame import Row, Scale, ends_of_axis
from atopic.review import words_in_use


@dataclass(frozen=True)
class Light:
    """One judgement on the risk of bias.

    Attributes
    ----------
    letter, domain : str
        What stands over the column, and what it means.
    judgement : str
        ``low``, ``some-concerns`` or ``high``; empty if it was not judged.
    """

    letter: str
    domain: str
    judgement: str


@dataclass(frozen=True)
class ForestRow:
    """One trial, or several together.

    Attributes
    ----------
    name, small, link, study : str
        What it is called, what stands under it in small print, and where the name leads: to an
        address, or to the page of a study if there is one.
    cells, placebo : str
        Rates as they are read; empty where there is none.
    estimate, lower, upper : float
        In points, or ratios; nan where there is none. A row without limits has an empty track.
    kind : str
        ``counts``, ``only-p`` (nothing but a P value is known: a triangle on a dashed line) or
        ``pooled``.
    role : str
        ``experimental`` or ``drug``: what was given, for the colour.
    difference, limits : str
        The same in words.
    weight : float
        Area of the square against that of the others; nan for the smallest.
    new : tuple of float, optional
        Limits for a new trial, in points, drawn as a bar below the diamond.
    lights : tuple of Light
    absent : str
        What stands where there is no rate and no difference; empty where none belongs.
    """

    name: str
    small: str = ""
    link: str = ""
    study: str = ""
    cells: str = ""
    placebo: str = ""
    estimate: float = nan
    lower: float = nan
    upper: float = nan
    kind: str = "counts"
    role: str = "experimental"
    difference: str = ""
    limits: str = ""
    weight: float = nan
    new: tuple[float, float] | None = None
    lights: tuple[Light, ...] = ()
    absent: str = "not found"


def sides_of(fewer: Iterable[object], treated: str, control: str = "") -> tuple[str, str]:
    """Return what lies left and right of zero: who did better, if that is one for all rows.

    `fewer` says of each row whether fewer patients with its outcome is the better result; `control`
    is what it was compared with, by default what the review calls its control.

    >>> sides_of([False, False], "drugs"), sides_of([True], "drugs")
    (('placebo better', 'drugs better'), ('drugs better', 'placebo better'))
    >>> sides_of([True, False], "drugs")
    ('fewer with drugs', 'more with drugs')
    """
    ways = {bool(one) for one in fewer}
    if len(ways) > 1:
        return f"fewer with {treated}", f"more with {treated}"
    sides = (f"{control or words_in_use().control.many} better", f"{treated} better")
    return sides[::-1] if True in ways else sides


def forest_table(
    groups: Iterable[tuple[str, Sequence[ForestRow]]],
    *,
    caption: str,
    marks: Mapping[str, str],
    heads: tuple[str, str, str, str, str] | None = None,
    sides: tuple[str, str] | None = None,
    ratios: bool = False,
) -> str:
    """Return a forest plot as an HTML table.

    Parameters
    ----------
    groups : iterable of (str, sequence of ForestRow)
        Rows under a heading, as of one outcome; a group without rows is left out.
    marks : mapping of str to str
        What the key says of each kind of row, and of ``new``; those that occur are in it.
    heads : tuple of str, optional
        Over the names, both rates, the drawing and the words.
    sides : tuple of str, optional
        What the left and the right of zero mean.
    ratios : bool, optional
        Whether estimates are ratios, on an axis of logarithms; else they are points.

    Returns
    -------
    str: empty without rows.

    Examples
    --------
    >>> row = ForestRow("A", cells="32", placebo="27", estimate=5, lower=-9, upper=18)
    >>> made = forest_table([("Week 12", [row])], caption="All", marks={"counts": "counts"})
    >>> made.count('role="row"'), "placebo better" in made
    (4, True)
    """
    shown = [(heading, list(rows)) for heading, rows in groups]
    shown = [(heading, rows) for heading, rows in shown if rows]
    rows = [row for _, group in shown for row in group]
    if not rows:
        return ""
    treatment, control = words_in_use().treatment.many, words_in_use().control.many
    heads = heads or (
        "Trial", f"{capital(treatment)}, per 100", f"{capital(control)}, per 100",
        "Difference per 100", "More or fewer",
    )  # fmt: skip
    sides = sides or (f"{control} better", f"{treatment} better")
    axis = _axis(rows, ratios)
    letters = next((row.lights for row in rows if row.lights), ())
    width = 6 if letters else 5
    largest = max((row.weight for row in rows if not isnan(row.weight)), default=nan)
    parts = ['<table class="forest stack" role="table">', f"<caption>{escape(caption)}</caption>"]
    parts.append(_head(heads, letters))
    for heading, group in shown:
        parts.append('<tbody role="rowgroup">')
        if heading:
            parts.append(
                '<tr class="group" role="row"><th role="columnheader" scope="colgroup" '
                f'colspan="{width}">{escape(heading)}</th></tr>'
            )
        parts += [_row(row, axis, heads, largest, bool(letters)) for row in group]
        parts.append("</tbody>")
    if axis:
        parts.append(axis_html(axis, sides, width))
    parts += ["</table>", _key(rows, marks)]
    return "\n".join(parts)


def _axis(rows: Sequence[ForestRow], ratios: bool) -> Axis | None:
    """Return the axis of the trials; what is pooled may stretch it by a quarter on either side."""
    trials = [row for row in rows if row.kind != "pooled"] or rows
    known = [Row(row.name, row.estimate, row.lower, row.upper) for row in trials]
    if all(isnan(row.lower) for row in known):
        return None
    more = [end for row in rows for end in (row.lower, row.upper, *(row.new or ()))]
    if ratios:
        low, high = ends_of_axis(known, Scale("RR"))
        wider = (high / low) ** 0.25
        ends = [min(max(end, low / wider), high * wider) for end in more if not isnan(end)]
        return RatioAxis.of(ends)
    low, high = ends_of_axis(known, Scale("points"))
    room = (high - low) / 4
    return Axis.of([min(max(end, low - room), high + room) for end in more if not isnan(end)])


def _head(heads: Sequence[str], letters: Sequence[Light]) -> str:
    kinds = ["", ' class="n"', ' class="n"', ' class="plot"', ""]
    cells = [
        f'<th role="columnheader" scope="col"{kind}>{escape(head)}</th>'
        for head, kind in zip(heads, kinds, strict=True)
    ]
    if letters:
        names = "".join(
            f'<abbr title="{escape(one.domain)}">{escape(one.letter)}</abbr>' for one in letters
        )
        cells.append(
            '<th role="columnheader" scope="col">Risk of bias '
            f'<span class="letters">{names}</span></th>'
        )
    return f'<thead role="rowgroup"><tr role="row">{"".join(cells)}</tr></thead>'


def _row(row: ForestRow, axis: Axis | None, heads: Sequence[str], largest: float, lit: bool) -> str:
    name = escape(row.name)
    if row.link:
        name = f'<a href="{escape(row.link)}">{name}</a>'
    elif row.study:
        name = f'<span data-study="{escape(row.study)}">{name}</span>'
    small = f"<small>{escape(row.small)}</small>" if row.small else ""
    hole = f'<span class="hole">{escape(row.absent)}</span>' if row.absent else ""
    style = ' class="sum"' if row.kind == "pooled" else ""
    rates = ""
    for head, rate in zip(heads[1:3], (row.cells, row.placebo), strict=True):
        shown = escape(rate) or hole
        label = f'<span class="lab">{escape(head.partition(",")[0])} </span>' if shown else ""
        rates += f'<td role="cell" class="n rate">{label}{shown}</td>'
    drawn = ""
    if axis:
        share = row.weight / largest
        values = row.estimate, row.lower, row.upper
        drawn = drawn_row(axis, Drawn(row.kind, *values, share, row.role, row.new))
    limits = f" <small>{escape(row.limits)}</small>" if row.limits else ""
    words = f"<b>{escape(row.difference)}</b>{limits}" if row.difference else hole
    cells = [
        f'<th role="rowheader" scope="row">{name}{small}</th>',
        rates,
        f'<td role="cell" class="plot">{drawn}</td>',
        f'<td role="cell" class="words">{words}</td>',
    ]
    if lit:
        label = '<span class="lab">Risk of bias </span>' if row.lights else ""
        cells.append(f'<td role="cell" class="lights">{label}{lights_html(row.lights)}</td>')
    return f'<tr role="row"{style}>{"".join(cells)}</tr>'


def _key(rows: Sequence[ForestRow], marks: Mapping[str, str]) -> str:
    """Return what the marks and lights mean that occur."""
    drawn = [row for row in rows if not isnan(row.lower)]
    items = []
    for kind, words in marks.items():
        if any(row.new if kind == "new" else row.kind == kind for row in drawn):
            mark = f'<svg x="17" y="8" overflow="visible">{mark_of(kind)}</svg>'
            style = {"only-p": " unsure", "new": " new"}.get(kind, "")
            line = f'<line class="span{style}" x1="0" x2="34" y1="8" y2="8"/>'
            items.append(
                '<li><svg width="34" height="16" aria-hidden="true">'
                f"{'' if kind == 'pooled' else line}{'' if kind == 'new' else mark}</svg>"
                f"{escape(words)}</li>"
            )
    found = lights_key(light for row in rows for light in row.lights)
    return (f'<ul class="key">{"".join(items)}</ul>' if items else "") + found


def lights_html(lights: Iterable[Light]) -> str:
    """Return lights side by side; where no letters stand over the column, each has its own."""
    return "".join(light_html(one.domain, one.judgement, letter=one.letter) for one in lights)


def lights_key(lights: Iterable[Light]) -> str:
    """Return what the lights mean that occur; empty without any."""
    found = list(lights)
    judged = {light.judgement for light in found}
    items = [
        f"<li>{light_html('', judgement)} {words}</li>"
        for judgement, (_, words) in LIGHTS.items()
        if judgement in judged
    ]
    names = dict.fromkeys((light.letter, light.domain) for light in found)
    if names:
        said = " \N{MIDDLE DOT} ".join(f"{escape(a)} {escape(b.lower())}" for a, b in names)
        items.append(f"<li>{said}</li>")
    return f'<ul class="key">{"".join(items)}</ul>' if items else ""
