"""An empty sheet for `atopic import`: a row an arm and outcome."""

import io
from pathlib import Path

from atopic.additions.tables import write_new
from atopic.errors import UsageError
from atopic.evidence.controls import CONTROLS
from atopic.review import UNITS

#: The columns, how wide they are, and what they are for.
_COLUMNS = (
    ("study", 18, "Needed. Name of the study; two of one author are told apart by year."),
    ("year", 7, "Year of publication."),
    ("arm", 26, "What the arm is called. May be left out if the agent is given."),
    ("agent", 16, "What was given, as placebo, sham or ixekizumab."),
    ("role", 14, "Left blank, placebo, sham, control, usual care and the like are controls."),
    ("dose", 8, "A number, without its unit."),
    ("dose_unit", 10, "As mg or mg/kg."),
    ("interval", 10, "Time between doses, as Q2W or every 4 weeks."),
    ("outcome", 16, "Needed if there is more than one. A short name, as PASI-75 or nausea."),
    ("week", 7, "Whole weeks after the start. Other times: time and time_unit."),
    ("time", 7, "A time that is not in weeks."),
    ("time_unit", 10, "The unit of time."),
    ("responders", 11, "How many patients had the outcome: a count as printed, not worked out."),
    ("n", 7, "Of how many patients."),
    ("percent", 9, "As printed, with its digits, where no count is printed."),
    ("mean", 9, "A mean, if the outcome is a score."),
    ("unit", 9, "Of the mean, as m or mm-hg; blank: points."),
    ("sd", 8, "Its standard deviation; or se."),
    ("se", 8, "Its standard error, if no standard deviation is printed."),
    ("statistic", 18, "What the mean is of; blank: the score itself."),
    ("blinding", 10, "Of the study."),
    ("source", 22, "Where the number was read; blank: this sheet."),
    ("page", 16, "The place in the source, as Table 2."),
    ("notes", 30, "Whatever a reader should know."),
)  # fmt: skip
_LISTS = {
    "role": ["experimental", *CONTROLS, "active-comparator", "mixed"],
    "time_unit": [*UNITS],
    "statistic": ["mean", "mean_change", "mean_percent_change", "ls_mean_change",
                  "ls_mean_percent_change", "percent_change"],
    "blinding": ["double", "single", "open", "unknown"],
}  # fmt: skip
_ROWS = 2000


def write_template(place: Path | None, *, xlsx: bool = False) -> str:
    """Write an empty sheet, a workbook if asked or named so; return what to do next.

    Raises
    ------
    ReportError
        If the file is there already.
    EvidenceError
        If it cannot be written.
    """
    place = place or Path(f"outcomes.{'xlsx' if xlsx else 'csv'}")
    ending = place.suffix.lower()
    if ending not in (".csv", ".xlsx") or (xlsx and ending != ".xlsx"):
        raise UsageError(f"{place}: call it {place.stem}.{'xlsx' if xlsx else 'csv or .xlsx'}")
    names = [name for name, _, _ in _COLUMNS]
    content = _workbook() if ending == ".xlsx" else (",".join(names) + "\n").encode()
    write_new(place, content)
    return f"{place}: a row an arm and outcome; then\natopic new DIR --from {place}"


def _workbook() -> bytes:
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        sheet, meanings = book.add_worksheet("outcomes"), book.add_worksheet("columns")
        sheet.freeze_panes(1, 1)
        for place, (name, width, words) in enumerate(_COLUMNS):
            sheet.set_column(place, place, width, text)  # what is typed keeps its digits
            sheet.write_string(0, place, name, bold)
            sheet.write_comment(0, place, words)
            meanings.write_string(place, 0, name, bold)
            meanings.write_string(place, 1, words)
            if name in _LISTS:
                chosen = {"validate": "list", "source": _LISTS[name]}
                sheet.data_validation(1, place, _ROWS, place, chosen)
        meanings.set_column(0, 0, 14)
        meanings.set_column(1, 1, 90)
    return stream.getvalue()
