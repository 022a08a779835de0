"""What a notebook shows: figures, tables and notes that a page can carry whole.

Each is an ordinary Jupyter output, so that JupyterLab shows it too; beside the picture or the
HTML it carries the data (SVG, CSV) and a name, from which `atopic build` writes the files that lie
beside the page.

What has no rows is nothing: of an empty frame ``draw_*`` returns None, ``describe_*`` an empty text
and ``tabulate_*`` an empty table. Of nothing nothing is shown, or a note where `empty` gives one. A
figure that is drawn is shown even if it rests on no row of the tables, as a plan may.
"""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from atopic.display.article import article_html
from atopic.display.block_style import as_on_page
from atopic.display.figures import as_svg
from atopic.display.file_names import FOLD, NAME_RULE, NARROW_FIGURE, is_name
from atopic.display.marks import CERTAINTY_LEVELS, MARKS
from atopic.display.numbers import (
    SOURCE_GRADE,
    as_read,
    named_study,
    outcome_text,
    study_of,
    with_study_names,
)
from atopic.display.p_values import with_p_values
from atopic.display.row_links import row_link, row_links
from atopic.display.two_forms import narrow_form
from atopic.display.web_addresses import is_web_address
from atopic.review import called, time_heading

__all__ = ["article", "block", "figure", "finding", "note", "table"]


def __dir__() -> list[str]:
    return sorted(__all__)


#: What stands where a source has no address that others can open.
NO_ADDRESS = "no public address known"
#: A phone shows row by row what has a cell of so many letters, and a few rows of many columns.
_SENTENCE, _FEW, _NARROW = 60, 8, 4

#: What readers see above the columns that many tables share.
_LABELS = {
    "study_id": "Study",
    "arm_id": "Group",
    "label": "Group",
    "reference_arm_id": "Against",
    "reference_label": "Against",
    "outcome": "Outcome",
    "n": "n",
    "printed": "Reported",
    "analysis_set": "Analysis set",
    "source_id": "Source",
    "kind": "Kind",
    "citation": "Citation",
    "url": "Address",
    "locator": "Place",
    "gives": "Gives",
    "confidence": SOURCE_GRADE,
    "notes": "Remark",
    "row": "Row",
    "rows": "Rows",
}

#: Columns of the tables that hold a word of a closed vocabulary, written as a code there.
_CODED = ("kind", "analysis_set", "rule", "word", "kinds")

#: The headings under which studies are named.
_STUDY = ("Study", "Trial", "Cohort")


def figure(
    drawing: Figure | None,
    *,
    name: str,
    alt: str,
    caption: str,
    rows: Mapping[str, Iterable[int]] | None = None,
    empty: str = "",
) -> None:
    """Show a figure as SVG with real text, and on phones the form of it that is made for them.

    Parameters
    ----------
    drawing : Figure, or None if there is nothing to draw
    name : str
        File name without its ending, for example ``"response-rates"``: lower-case letters and
        digits joined by hyphens.
    alt : str
        What the figure shows, with its numbers, for readers who cannot see it.
    caption : str
        What it is and where its data come from.
    rows : mapping of str to iterable of int, optional
        The rows it is drawn from, by table: ``{"responses": frame["row"]}``. The page links each
        one under the caption.
    empty : str, optional
        What a note says where there is no figure.

    Raises
    ------
    ValueError
        If `alt` or `caption` of a figure is blank, or `name` cannot be a file name.
    """
    _check_name("figure", name)
    if drawing is None:
        note(empty)
        return
    if not alt.strip() or not caption.strip():
        raise ValueError(f"figure {name!r} needs an alt text and a caption")
    alt, caption = with_p_values(alt), with_p_values(caption)
    shown = {
        "kind": "figure",
        "name": name,
        "alt": alt,
        "caption": caption,
        "rows": {
            table: sorted({int(row) for row in found}) for table, found in (rows or {}).items()
        },
    }
    forms = {"image/svg+xml": as_svg(drawing, name, alt), "text/plain": alt}
    with narrow_form(drawing) as narrow:
        if narrow is not None:
            forms[NARROW_FIGURE] = as_svg(narrow, f"{name}-narrow", alt)
    display(forms, metadata={"atopic": shown}, raw=True)
    _caption(shown)


def _caption(shown: dict[str, Any]) -> None:
    """Show what a page writes under a figure by itself: notebooks show no metadata."""
    lines = [html.escape(shown["caption"])]
    for table_name, numbers in shown["rows"].items():
        links = ", ".join(row_link(table_name, number) for number in numbers)
        lines += [f"Rows of {html.escape(table_name)}.csv: {links}"] if links else []
    display(
        {
            "text/html": f'<p style="font-size:.9em">{"<br>".join(lines)}</p>',
            "text/plain": shown["caption"],
        },
        metadata={"atopic": {"kind": "caption"}},
        raw=True,
    )


def table(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    labels: Mapping[str, str] | None = None,
    links: tuple[str, ...] = (),
    rows: str | Mapping[str, str] = "",
    notes: tuple[str, ...] = (),
    data: pd.DataFrame | None = None,
    folded: bool = False,
    empty: str = "",
    spanners: Mapping[str, Sequence[str]] | None = None,
    heads: str = "",
    footnotes: Iterable[tuple[str, int, str]] = (),
) -> None:
    """Show a frame as a table with a caption, column headers and a row header.

    On a phone a table with sentences in it, of a few rows and many columns or with headings over
    columns is a list, row by row; another one scrolls.

    Parameters
    ----------
    frame : DataFrame
        The cells as they are to be read; numbers already as text where digits matter. The first
        column names the row. Another one that is blank in every row is left out.
    name : str
        File name of its CSV without the ending, as for `figure`.
    caption : str
    labels : mapping, optional
        Column headers by column name, where they differ from those that all tables share.
    links : tuple of str, optional
        Columns that hold web addresses. Each becomes a link; what is no address stays text, and of
        a blank the page says that no public address is known.
    rows : str or mapping of str to str, optional
        The table whose rows the column ``row``, ``rows``, ``Row`` or ``Rows`` numbers, or the
        table by the name of the column. Each number becomes a link to that row.
    notes : tuple of str, optional
        Source notes under the table.
    data : DataFrame, optional
        What the CSV holds if not `frame`: the unrounded values. A frame of estimates (columns
        ``estimate`` and ``method``) also enters the estimates.csv of the site.
    folded : bool, optional
        Whether the page shows the caption alone until a reader opens the table: for what is
        looked up rather than read.
    empty : str, optional
        What a note says in place of a table without rows.
    spanners : mapping of str to sequence of str, optional
        Headings over neighbouring columns.
    heads : str, optional
        A column whose value heads the rows that share it, which stand together; it is no column
        of the table then.
    footnotes : iterable of (str, int, str), optional
        Column, number of the row from 0 on, and what a letter beside that cell says under the
        table.

    Raises
    ------
    ValueError
        If `name` cannot be a file name.
    """
    _check_name("table", name)
    if frame.empty:
        note(empty)
        return
    shown = frame if data is None else data
    labels = {**_LABELS, "week": time_heading(), **(labels or {})}
    texts = _read_cells(frame, labels)
    # Takes a third of a second, which a page without tables need not wait for.
    from great_tables import GT, loc

    from atopic.display.table_cells import cells_of

    links = tuple(column for column in links if column in texts)
    addresses = {column: [cell or NO_ADDRESS for cell in texts[column]] for column in links}
    cells = cells_of(texts | addresses, frame.index)
    studies = [column for column in cells.columns if _is_study(column, labels)]
    header = next(str(name) for name in cells.columns if name != heads)
    # One id per table, from its name: a random one would make two builds differ.
    parts = {"rowname_col": header, "groupname_col": heads or None}
    styled = GT(cells, **parts, id=name, auto_align=False)  # all are aligned below
    styled = styled.fmt(_study_link, columns=studies)
    for column in links:
        filled = [number for number, cell in enumerate(addresses[column]) if is_web_address(cell)]
        styled = styled.fmt(_web_link, columns=column, rows=filled)
    for column, table_name in _row_columns(rows, texts).items():
        styled = styled.fmt(lambda cell, name=table_name: row_links(cell, name), columns=column)
    styled = (
        styled.tab_header(title=caption)
        .tab_stubhead(label=labels.get(header, header))
        .cols_label(**{key: labels[key] for key in texts if key in labels})
        .cols_align("left")
    )
    for heading, columns in (spanners or {}).items():
        there = [column for column in columns if column in texts]
        styled = styled.tab_spanner(label=heading, columns=there) if there else styled
    for column, number, words in footnotes:
        where = loc.body(columns=column, rows=[number])
        styled = styled.tab_footnote(footnote=_as_read(words), locations=where)
    if footnotes:
        styled = styled.opt_footnote_marks("letters")
    notes = tuple(filter(None, notes))
    for words in notes:
        styled = styled.tab_source_note(_as_read(words))
    shown_as: dict[str, Any] = {"kind": "table", "name": name, "caption": caption}
    read = [column for name, column in texts.items() if name not in (header, heads)]
    longest = max((len(cell) for column in read for cell in column), default=0)
    wide = len(cells) <= _FEW and len(cells.columns) > _NARROW
    marks = {"folded": folded, "listed": longest >= _SENTENCE or wide or spanners}
    shown_as |= {mark: True for mark, holds in marks.items() if holds}
    shown_as |= {"notes": list(notes)} if notes else {}
    display(
        {
            "text/html": _in_notebook(styled.as_raw_html(), name, caption if folded else ""),
            "text/csv": _as_csv(shown),
            "text/plain": f"{caption}\n{_as_text(texts)}",
        },
        metadata={"atopic": shown_as},
        raw=True,
    )


#: How cells are read under the headings of which codes stand in the tables.
_READ_AS = {"Outcome": outcome_text, **dict.fromkeys(_STUDY, named_study)}


def _is_study(column: str, labels: Mapping[str, str]) -> bool:
    return labels.get(column, column) in _STUDY


#: What pandas writes for a blank cell when it makes text of a column.
_BLANK = ("nan", "<NA>", "NaT")


def _read_cells(frame: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, list[str]]:
    """Return each cell as the text that is read: the first column, and those that hold any."""
    texts: dict[str, list[str]] = {}
    for name, column in frame.items():
        read: Callable[[Any], str] = _READ_AS.get(labels.get(str(name), str(name)), _as_read)
        read = called if name in _CODED else read
        cells = [
            "" if blank or str(cell) in _BLANK else str(cell)
            for cell, blank in zip(column, column.isna(), strict=True)
        ]
        if not texts or any(cells):
            texts[str(name)] = [read(cell) for cell in cells]
    return texts


def _as_text(texts: Mapping[str, list[str]]) -> str:
    """Return a table whose columns stand below one another in letters of one width."""
    columns = [[name, *(" ".join(cell.split()) for cell in cells)] for name, cells in texts.items()]
    widths = [max(map(len, cells)) for cells in columns]
    rows = zip(*columns, strict=True)
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _in_notebook(made: str, name: str, folded: str) -> str:
    """Return a table as notebooks show it, readable in their dark theme; folded, if it has a name.

    great_tables paints the table and not its rows, which JupyterLab paints (great-tables#781).
    """
    rules = f"#{name} tbody tr{{background-color:#fff!important}}#{name} a{{color:#0b5fa5}}"
    made = made.replace("</style>", f"{rules}</style>", 1)
    return f"{FOLD}{html.escape(folded)}</summary>{made}</details>" if folded else made


def _as_csv(frame: pd.DataFrame) -> str:
    """Return a CSV with lines that end in a line feed; a carriage return in a cell is quoted.

    Else it would end the row; pandas quotes only what ends its rows.
    """
    text = frame.to_csv(index=False, lineterminator="\r\n")
    outside_and_inside = text.split('"')
    outside_and_inside[::2] = [part.replace("\r\n", "\n") for part in outside_and_inside[::2]]
    return '"'.join(outside_and_inside)


def note(words: str, *, link: tuple[str, str] | None = None) -> None:
    """Show a sentence set apart; nothing for an empty one.

    `link` is what a link at its end says and where it leads. Words that end in a colon say nothing
    without it: such a note is left out of a site that has no such page, and fills no section.
    """
    if words:
        words = _as_read(words)
        shown = html.escape(words)
        if link:
            shown += f' <a href="{html.escape(link[1])}">{html.escape(link[0])}</a>'
        kind = "pointer" if link and words.endswith(":") else "note"
        style = "note pointer" if kind == "pointer" else "note"
        display(
            {"text/html": f'<p class="{style}">{shown}</p>', "text/plain": words},
            metadata={"atopic": {"kind": kind}},
            raw=True,
        )


def finding(
    words: str,
    *,
    number: str = "",
    unit: str = "",
    certainty: str = "",
    link: str = "",
    short: str = "",
    notes: Iterable[str] = (),
    marks: Mapping[str, str] | None = None,
) -> None:
    """State what the report found: at the head of its page, and wherever the site names it.

    Parameters
    ----------
    words : str
        The answer in one sentence, two at most; nothing is shown of an empty one.
    number : str, optional
        The one number it rests on, as ``"+4"``.
    unit : str, optional
        What it counts, with its interval: ``"responders per 100 (−5 to +13)"``.
    certainty : str, optional
        Level of certainty by GRADE: high, moderate, low or very low; empty if it is not graded.
    link : str, optional
        Where the reasons of the level are.
    short : str, optional
        What a line of the front page says of it; number and unit if nothing is given.
    notes : iterable of str, optional
        Short sentences under it.
    marks : mapping of str to str, optional
        The mark beside a note, by its words: one of `atopic.display.marks.mark_html`.

    Raises
    ------
    ValueError
        If `certainty` is no level, or there is no such mark.
    """
    if certainty not in ("", *CERTAINTY_LEVELS):
        known = ", ".join(CERTAINTY_LEVELS)
        raise ValueError(f"certainty {certainty!r} must be one of {known}, or empty")
    strange = set((marks or {}).values()) - set(MARKS)
    if strange:
        raise ValueError(f"marks must be of {', '.join(MARKS)}, not {min(strange)!r}")
    if not words:
        return
    words = with_p_values(words)
    shown = {
        "kind": "finding",
        "words": words,
        "number": number,
        "unit": unit,
        "certainty": certainty,
        "link": link,
        "short": short or " ".join(filter(None, (number, unit))),
        "notes": [with_p_values(one) for one in notes if one],
        "marks": dict(marks or {}),
    }
    level = f"Certainty: {certainty}." if certainty else ""
    lines = [" ".join(filter(None, (number, unit))), words, level, *shown["notes"]]
    lines = [one for one in lines if one]
    display(
        {
            "text/html": "".join(f"<p>{html.escape(one)}</p>" for one in lines),
            "text/plain": "\n".join(lines),
        },
        metadata={"atopic": shown},
        raw=True,
    )


def article(
    anchor: str,
    heading: str,
    words: Iterable[str],
    *,
    items: Iterable[str] = (),
    folds: Iterable[tuple[str, pd.DataFrame]] = (),
    under: str = "",
) -> None:
    """Show a section that can be linked to: a heading, paragraphs, a list, tables on demand.

    Parameters
    ----------
    anchor : str
        Id of the section, unique on the page: lower-case letters and digits joined by hyphens.
    heading : str
    words : iterable of str
        Paragraphs; empty ones are left out.
    items : iterable of str, optional
        Points of a list under them.
    folds : iterable of (str, DataFrame), optional
        What is said of a fold, and the table that opens; its first column is the row header. One
        without rows is left out.
    under : str, optional
        What is said of one fold that they all stand in.

    Raises
    ------
    ValueError
        If `anchor` cannot be the id of a section.
    """
    _check_name("section", anchor)
    paragraphs = [_as_read(one) for one in words if one]
    points = [_as_read(one) for one in items]
    folds = [(summary, frame.map(_cell_as_read)) for summary, frame in folds]
    display(
        {
            "text/html": article_html(anchor, heading, paragraphs, points, folds, under),
            "text/plain": "\n".join([heading, *paragraphs, *points]),
        },
        metadata={"atopic": {"kind": "article", "anchor": anchor}},
        raw=True,
    )


def block(content: str, *, name: str, text: str) -> None:
    """Show HTML that was made for the page: cards, a drawn table, a list; nothing if it is empty.

    Parameters
    ----------
    content : str
        Elements that are all closed, without scripts or addresses that load something.
    name : str
        What the block is, as a file name would be.
    text : str
        The same in words, for terminals.

    Raises
    ------
    ValueError
        If `name` cannot be a file name, or `text` of a block is blank.
    """
    _check_name("block", name)
    if not content:
        return
    if not text.strip():
        raise ValueError(f"block {name!r} needs its text")
    display(
        {"text/html": as_on_page(with_p_values(content)), "text/plain": text},
        metadata={"atopic": {"kind": "block", "name": name}},
        raw=True,
    )


def _as_read(text: str) -> str:
    """Return a text with studies by their names, and P values as pages write them."""
    return with_p_values(as_read(with_study_names(text)))


def _cell_as_read(cell: object) -> object:
    return _as_read(cell) if isinstance(cell, str) else cell


def _check_name(kind: str, name: object) -> None:
    if not is_name(name):
        raise ValueError(f"the name of a {kind}, {name!r}, must be {NAME_RULE}")


def _row_columns(rows: str | Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """Return the table that each column of row numbers speaks of."""
    if not isinstance(rows, str):
        return dict(rows)
    return {name: rows for name in columns if rows and name.lower() in ("row", "rows")}


def _study_link(cell: object) -> str:
    """Return the name of a study, marked so that a page can lead to that of the study.

    >>> _study_link("a < b")
    'a &lt; b'
    """
    words, study = html.escape(str(cell)), study_of(str(cell))
    return f'<span data-study="{html.escape(study)}">{words}</span>' if study else words


def _web_link(address: str) -> str:
    """Return an address as a link, named without its scheme.

    Examples
    --------
    >>> _web_link("https://doi.org/1?a&b")
    '<a href="https://doi.org/1?a&amp;b" target="_self">doi.org/1?a&amp;b</a>'
    """
    words = html.escape(address.removeprefix("https://"))
    return f'<a href="{html.escape(address)}" target="_self">{words}</a>'
