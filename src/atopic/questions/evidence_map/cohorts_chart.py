"""How many patients stand behind the synthesis, cohort by cohort, and how each was made public."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from atopic.display.finding_words import capital
from atopic.display.numbers import study_name
from atopic.display.row_chart import RowChart, row_chart
from atopic.display.style import COLOURS, GREY, INK, styled, text_width
from atopic.evidence.controls import controlled_designs, kinds_of
from atopic.evidence.frames import records
from atopic.evidence.vocabulary import in_order
from atopic.questions.evidence_map import patients_of
from atopic.questions.evidence_map.words import PUBLISHED, published_words
from atopic.review import control_group, controlled_word

_SIZES: dict[str, Any] = {
    "row": 0.29,
    "axis": 5.4,
    "right": 1.7,
    "top": 0.12,
    "bottom": 0.76,
}
#: What stands left of the axis, unless names are longer.
_LEFT = 2.1
_CELLS = COLOURS["experimental"]

#: Keeps the grid out of the headings.
_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}


def draw_cohorts(groups: pd.DataFrame) -> Figure | None:
    """Draw the patients enrolled in each cohort of the synthesis.

    One bar a cohort, filled if placebo-controlled and hollow if not, hatched if neither a journal
    nor a conference has it. A study that counts the patients of a cohort again is a thin bar under
    it.

    >>> import atopic
    >>> from atopic.questions.evidence_map import patient_groups
    >>> len(draw_cohorts(patient_groups(atopic.load())).axes)
    1
    """
    lines = _lines(groups)
    if not lines:
        return None
    if not groups["n_enrolled"].notna().any():
        return None
    largest = max([1, *(int(n) for n in groups["n_enrolled"].dropna())])
    with styled():
        names = [
            text_width(study_name(line[0].study_id)) for line in lines if not isinstance(line, str)
        ]
        left = max(_LEFT, max(names, default=0) + 0.4)
        chart = row_chart(len(lines), left=left, **_SIZES)
        axes = chart.axes
        axes.set_xlim(0, 1.02 * largest)
        axes.set_xlabel("Patients enrolled")
        for y, line in enumerate(lines):
            if isinstance(line, str):
                chart.group(y + 0.12, line, indent=0.05, bbox=_WHITE)
            else:
                _bar(chart, y, line)
        under = len(lines) - 0.5 + 0.64 / _SIZES["row"]
        chart.name(under, _key(lines), indent=0.05, size=8, color=GREY)
    return chart.figure


def describe_cohorts(groups: pd.DataFrame) -> str:
    """Say what the bars of the cohorts show, for readers who cannot see them.

    >>> import atopic
    >>> from atopic.questions.evidence_map import patient_groups
    >>> describe_cohorts(patient_groups(atopic.load()))[28:103]
    ' Placebo-controlled, company statements and news only: 512 of 698 patients '
    """
    blocks = _blocks(groups)
    if not blocks:
        return ""
    sentences = ["Patients enrolled by cohort."]
    for title, main, _ in blocks:
        names = ", ".join(f"{study_name(row.study_id)} {_size(row)}" for row in records(main))
        sentences.append(f"{title} ({names}).")
    again = _again(groups)
    sentences += [
        f"{study_name(row.study_id)} counts {_size(row)} patients of "
        f"{study_name(row.cohort)} again."
        for row in records(again)
    ]
    return " ".join(sentences)


def _used(groups: pd.DataFrame) -> pd.DataFrame:
    return groups[groups["in_synthesis"].eq("yes") & groups["cohort"].notna()]


def _again(groups: pd.DataFrame) -> pd.DataFrame:
    """Return the studies that count patients of another study of the synthesis."""
    used = _used(groups)
    elsewhere = used["cohort"].isin(used["study_id"]) & used["cohort"].ne(used["study_id"])
    return used[elsewhere]


def _blocks(groups: pd.DataFrame) -> list[tuple[str, pd.DataFrame, bool]]:
    """Return title, cohorts and whether they are controlled, for each block of the chart."""
    used = _used(groups)
    main = used[~used["study_id"].isin(_again(groups)["study_id"])]
    controlled = controlled_designs(main["design"])
    kinds = kinds_of(main)
    blocks = []
    for beside, which, name in (
        (True, controlled, capital(controlled_word(*kinds))),
        (False, ~controlled, f"No {control_group(*kinds)}"),
    ):
        total = patients_of(main[which]) or 0
        others = [kind for kind in in_order(main["publication"]) if kind not in PUBLISHED]
        for kind in (*reversed(PUBLISHED), *others, ""):
            of_kind = main["publication"].eq(kind) if kind else main["publication"].isna()
            some = main[which & of_kind]
            if len(some):
                patients = f"{patients_of(some) or 0:,} of {total:,} patients"
                title = f"{name}, {published_words(kind)}: {patients}"
                some = some.sort_values("n_enrolled", ascending=False, kind="stable")
                blocks.append((title, some, beside))
    return blocks


def _lines(groups: pd.DataFrame) -> list[Any]:
    lines: list[Any] = []
    again = dict(iter(_again(groups).groupby("cohort", sort=False)))
    for title, some, controlled in _blocks(groups):
        lines.append(title)
        for row in records(some):
            lines.append((row, controlled, False))
            if row.cohort in again:
                lines += [(other, False, True) for other in records(again[row.cohort])]
    return lines


def _bar(chart: RowChart, y: int, line: tuple[Any, bool, bool]) -> None:
    axes = chart.axes
    row, filled, again = line
    n = 0 if pd.isna(row.n_enrolled) else int(row.n_enrolled)
    hatched = _is_in_none(row)
    axes.barh(
        [y], [n], height=0.3 if again else 0.6, color="#b9d3ea" if filled and hatched
        else _CELLS if filled else "white", edgecolor=_CELLS, linewidth=1.2,
        hatch="////" if hatched else None, zorder=2,
    )  # fmt: skip
    chart.name(y, study_name(row.study_id), indent=0.3 if again else 0.15, color=INK)
    of = " of these again" if again else ""
    words = f"{_size(row)}{of}, {published_words(row.publication, short=True)}"
    end = chart.axis * n / axes.get_xlim()[1]
    chart.write(end + 0.08, y, words, color=GREY if again else INK)


def _is_in_none(row: Any) -> bool:
    """Say whether a study is known to be in no journal and at no conference."""
    return pd.notna(row.publication) and row.publication not in ("journal", "conference")


def _size(row: Any) -> str:
    if pd.isna(row.n_enrolled):
        return "n not known"
    marked = "" if row.n_enrolled_basis == "printed" else f" ({row.n_enrolled_basis})"
    return f"{int(row.n_enrolled):,}{marked}"


def _key(lines: list[Any]) -> str:
    """Return what the bars mean that occur."""
    bars = [line for line in lines if not isinstance(line, str)]
    kinds = sorted({row.control for row, *_ in bars if row.control})
    seen = {
        f"filled: {controlled_word(*kinds)}": any(filled for _, filled, _ in bars),
        f"hollow: no {control_group(*kinds)}": any(
            not filled and not again for _, filled, again in bars
        ),
        "hatched: in no journal and at no conference": any(_is_in_none(row) for row, *_ in bars),
        "thin: counted above": any(again for *_, again in bars),
    }
    return ";  ".join(words for words, found in seen.items() if found)
