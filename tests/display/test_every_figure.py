"""What holds of every figure that the reports show, in both forms: asked of what is drawn."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from atopic.display import show
from atopic.display.alphabet import CHANGE, COUNT, DIFFERENCE, ONLY_P, PERCENT, SIGNS
from atopic.display.numbers import outcome_text
from atopic.display.two_forms import narrow_form
from atopic.reporting.plan.manifest import read_manifest
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow

#: Those of the alphabet, an arrow head to either side.
SHAPES = (COUNT, PERCENT, CHANGE, ">", DIFFERENCE, ONLY_P)
REPORTS = read_manifest(REPOSITORY / "reports.toml")
#: Inches without a mark or a word that a figure may have in one piece, and their share of it.
BAND, SHARE = 0.62, 0.34


@dataclass(frozen=True)
class Shown:
    """A figure in one of its forms, drawn."""

    place: str
    figure: Figure
    words: str  # its caption


@pytest.fixture(scope="module", params=[one.id for one in REPORTS])
def figures(request: pytest.FixtureRequest) -> list[tuple[str, Figure, str]]:
    """The figures of a report, by running its cells here."""
    report = next(one for one in REPORTS if one.id == request.param)
    found: list[tuple[str, Figure, str]] = []

    def note(drawing: Figure | None, *, name: str, alt: str, caption: str, **_: Any) -> None:
        if drawing is not None:
            found.append((f"{report.id}/{name}", drawing, f"{caption} {alt}"))

    quiet = {one: lambda *_, **__: None for one in ("block", "finding", "note", "table", "article")}
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, instead in (quiet | {"figure": note}).items():
            patch.setattr(show, name, instead)
        for cell in json.loads(report.notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)
                if "parameters" in cell["metadata"].get("tags", []):
                    names.update(report.parameters)
    return found


def forms(figures: list[tuple[str, Figure, str]]) -> Iterator[Shown]:
    for place, figure, caption in figures:
        FigureCanvasAgg(figure).draw()
        yield Shown(place, figure, caption)
        with narrow_form(figure) as narrow:
            if narrow is not None:
                FigureCanvasAgg(narrow).draw()
                yield Shown(f"{place}, narrow", narrow, caption)


def marks(figure: Figure) -> list[Artist]:
    """What is drawn in the axes, keys left out."""
    return [one for axes in figure.axes for one in (*axes.lines, *axes.patches, *axes.collections)]


def is_seen(one: Artist) -> bool:
    if isinstance(one, Line2D):
        return one.get_marker() not in ("", "None", None) or one.get_linestyle() != "None"
    return one.get_visible()


def face(line: Line2D) -> str:
    """Return whether a marker is filled, hollow or a ring."""
    colour = line.get_markerfacecolor()
    if isinstance(colour, str) and colour == "none":
        return "ring"
    return "hollow" if to_hex(colour) == "#ffffff" else "filled"


def pattern(one: Any) -> str:
    """Return how a line is broken: dots are shorter than their gaps are wide, or nearly so."""
    dashes = getattr(one, "_unscaled_dash_pattern", (0, None))[1]
    if not dashes or one.get_linewidth() == 0:
        return "solid"
    return "dotted" if dashes[0] < 2 else "dashed"


def signs(figure: Figure) -> set[str]:
    """Return the signs of the alphabet that are drawn."""
    found: set[str] = set()
    for one in marks(figure):
        if not isinstance(one, Line2D):
            continue
        shape = one.get_marker()
        if shape in SHAPES and len(one.get_xdata()) == 1:
            found |= {face(one), str(shape)}
        elif shape in ("None", "", None):
            found.add(pattern(one))
    return found & set(SIGNS)


def texts(figure: Figure) -> str:
    return " ".join(one.get_text() for one in figure.findobj(Text) if one.get_visible())


def same(handle: Artist, words: str, one: Artist) -> bool:
    """Return whether what a key shows is what is drawn, in that for which it stands in the key."""
    if isinstance(handle, Line2D) and handle.get_marker() not in ("", "None", None):
        shape, kind = handle.get_marker(), words.partition(":")[0]
        if not isinstance(one, Line2D):
            return isinstance(one, PathCollection) and bool(colours(handle) & colours(one))
        if kind in ("filled", "hollow"):
            return one.get_marker() in SHAPES and face(one) == kind
        if shape == "|":  # a stroke across a row
            return len(set(one.get_xdata())) == 1 < len(one.get_ydata())
        same_face = kind in ("cross", "square") or face(one) == face(handle)
        return one.get_marker() == shape and (same_face or handle.get_markersize() < 9)
    if isinstance(handle, Line2D):
        if pattern(handle) != "solid":
            return isinstance(one, Line2D) and pattern(one) == pattern(handle)
        return to_hex(handle.get_color()) in colours(one)
    return isinstance(one, Patch) or bool(colours(handle) & colours(one))


def is_written(handle: Artist, figure: Figure) -> bool:
    """Return whether a mark of a key is a letter that a figure writes."""
    letter = str(handle.get_marker()).strip("$") if isinstance(handle, Line2D) else ""
    return len(letter) == 1 and any(one.get_text() == letter for one in figure.findobj(Text))


def colours(one: Artist) -> set[str]:
    found = []
    for name in ("color", "facecolor", "edgecolor", "markeredgecolor"):
        value = getattr(one, f"get_{name}", list)()
        found += list(value) if isinstance(value, np.ndarray) and value.ndim == 2 else [value]
    return {to_hex(value) for value in found if len(value) and str(value) != "none"}


def test_a_key_has_what_is_drawn_and_what_is_drawn_is_named(
    figures: list[tuple[str, Figure, str]],
) -> None:
    for shown in forms(figures):
        drawn = [one for one in marks(shown.figure) if is_seen(one)]
        for legend in shown.figure.legends:
            if not legend.get_visible():
                continue
            for handle, words in zip(legend.legend_handles, legend.get_texts(), strict=True):
                assert handle is not None
                if isinstance(handle, Patch) and to_hex(handle.get_facecolor()) == "#000000":
                    continue  # a line of words without a mark
                named = f"{shown.place}: {words.get_text()}"
                assert any(same(handle, words.get_text(), one) for one in drawn) or is_written(
                    handle, shown.figure
                ), named
        said = f"{texts(shown.figure)} {shown.words}".lower()
        for sign in signs(shown.figure):
            if sign == "filled" and "hollow" not in signs(shown.figure):
                continue
            named = f"{shown.place}: nothing names {sign!r}"
            assert any(word.lower() in said for word in SIGNS[sign]), named


def test_no_band_of_a_figure_is_empty(figures: list[tuple[str, Figure, str]]) -> None:
    for shown in forms(figures):
        guides = [line for axes in shown.figure.axes for line in axes.get_xgridlines()]
        # What runs through all rows would fill an empty one.
        guides += [
            line for axes in shown.figure.axes for line in axes.lines
            if len(line.get_ydata()) == 2 and list(line.get_ydata()) == [0, 1]
        ]  # fmt: skip
        seen = [one.get_visible() for one in guides]
        for one in guides:
            one.set_visible(False)
        high, empty = ink(shown.figure)
        for one, before in zip(guides, seen, strict=True):
            one.set_visible(before)
        longest = max(empty, default=0.0)
        assert longest <= BAND, f"{shown.place}: {longest:.2f} of {high:.1f} inches are empty"
        assert sum(empty) / high <= SHARE, f"{shown.place}: {sum(empty) / high:.0%} is empty"


def ink(figure: Figure) -> tuple[float, list[float]]:
    """Return how high a figure is, and how high each band without ink that is no line gap is."""
    figure.set_facecolor("white")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
    blank = (pixels >= 250).all(axis=(1, 2))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], blank.astype(int), [0]))))
    runs = (edges[1::2] - edges[::2]) / figure.dpi
    return blank.size / figure.dpi, [float(run) for run in runs if run > 0.2]


def test_no_word_of_a_figure_is_a_code_of_the_tables(
    figures: list[tuple[str, Figure, str]], evidence: Any
) -> None:
    codes = {*evidence.studies["study_id"], *evidence.patients["patient_id"]}
    codes |= {one for one in evidence.instruments["outcome"] if outcome_text(one) != one}
    for shown in forms(figures):
        words = {word.strip(".,;:()") for word in f"{texts(shown.figure)} {shown.words}".split()}
        assert not codes & words, shown.place
