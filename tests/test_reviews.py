"""Every notebook on data folders of other reviews, and on ours with something taken out of it."""

import re
import subprocess
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from atopic.evidence.checks import check
from atopic.evidence.core import core_tables
from atopic.evidence.vocabulary import plain
from tests.conftest import REPOSITORY
from tests.reviews import change_cells, optional_columns, ours, psoriasis, take_out, without_rows
from tests.running import run

NOTEBOOKS = {
    path.stem: path
    for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
    if path.stem not in ("explore", "start")  # of controls, and of a first look at ours
}
#: What is asked of the psoriasis sheet.
PASI = {
    "response_rates": {"outcome": "PASI-75", "weeks": [12]},
    "controlled_effect": {"outcome": "PASI-75", "weeks": [12]},
    "benchmarks": {"outcome": "PASI-75", "weeks": [12]},
    "durability": {"outcome": "PASI-75", "weeks": [12]},
    "dose_response": {"study": "erasure", "outcome": "PASI-75", "week": 12},
    "next_trial": {"outcome": "PASI-75", "week": 12},
    "one_study": {"study": "uncover-1"},
}  # fmt: skip
OPTIONAL = optional_columns()
NOT_NEEDED = [name for name, table in core_tables().items() if not table.needed]
#: In each round one column of every table goes, so that in all rounds each has gone.
ROUNDS = [
    {(table, column) for table, column in zip(OPTIONAL, columns, strict=True) if column}
    for columns in zip_longest(*OPTIONAL.values())
]
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")
_UNREADABLE = re.compile(r"(?<!\w)(?:nan|<NA>|&lt;NA&gt;|NaN|NaT)(?!\w)|\bNone\b(?! of)")

Ran = Callable[..., list[tuple[dict[str, Any], dict[str, str]]]]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Run notebooks on a folder, and return what they showed: no blank cell shows its type."""

    def run_all(folder: Path, *names: str, values: dict[str, Any] | None = None) -> Any:
        faults = [problem for problem in check(folder) if problem.fails]
        assert faults == []
        every = []
        for name in names or NOTEBOOKS:
            more = (values or {}).get(name, {})
            shown = run(NOTEBOOKS[name], {"data": str(folder), **more}, monkeypatch)
            for metadata, data in shown:
                text = _TAG.sub("|", data.get("text/html", "")) + str(metadata.get("alt", ""))
                found = _UNREADABLE.search(text)
                assert not found, (
                    name,
                    metadata.get("name"),
                    text[max(0, found.start() - 60) :][:90],
                )
            every += shown
        return every

    return run_all


@pytest.mark.slow
def test_a_folder_without_rows(tmp_path: Path, ran: Ran) -> None:
    assert ran(without_rows(tmp_path / "empty"))


@pytest.mark.slow
def test_a_site_of_tables_without_rows(tmp_path: Path) -> None:
    without_rows(tmp_path / "data")
    kinds = [
        f'[[report]]\nid = "{name.replace("_", "-")}"\ntitle = "T"\nnotebook = "atopic:{name}"\n'
        for name in NOTEBOOKS
    ]
    (tmp_path / "reports.toml").write_text("".join(kinds))
    command = [sys.executable, "-c", "from atopic.cli import main; main()", "build"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"{len(NOTEBOOKS)} built, 0 failed" in done.stderr + done.stdout
    assert done.returncode == 0
    for page in (tmp_path / "reports").glob("*.html"):
        read = re.sub(r"<(style|script).*?</\1>", "", page.read_text(), flags=re.DOTALL)
        assert not re.search(r"(?<!\w)nan(?!\w)|&lt;NA&gt;", read), page.name
        # That page tells what the library was compared on, whatever tables are read.
        assert page.stem == "validation" or not re.search("eczema|EASI", read), page.name


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_sheet_of_another_review(tmp_path: Path, ran: Ran, name: str) -> None:
    assert ran(psoriasis(tmp_path / "psoriasis"), name, values=PASI)


def test_what_a_trial_adds_to_placebo_in_another_review(tmp_path: Path, ran: Ran) -> None:
    """45 differences and no axis for each: the counts of all are printed."""
    shown = ran(psoriasis(tmp_path / "psoriasis"), "controlled_effect", values=PASI)
    assert "figure" in [metadata["kind"] for metadata, _ in shown]


def test_a_time_that_is_not_stated_is_called_so(tmp_path: Path, ran: Ran) -> None:
    folder = psoriasis(tmp_path / "psoriasis")
    change_cells(folder, "responses", lambda row: row.update(week=""))
    values = {"response_rates": {"outcome": "PASI-75", "weeks": []}}
    text = str(ran(folder, "response_rates", values=values))
    assert "time not stated" in text
    assert "differs" not in text


@pytest.mark.slow
@pytest.mark.parametrize("table", [*NOT_NEEDED, "all of them"])
def test_a_folder_without_a_table(tmp_path: Path, ran: Ran, table: str) -> None:
    """Rows that point at it are told by the check; where none does, all is built."""
    folder = ours(tmp_path / "data")
    take_out(folder, (), NOT_NEEDED if table == "all of them" else [table])
    faults = [problem for problem in check(folder) if problem.fails]
    if faults:
        needs = {"dangling-reference", "unappraised", "no-indirectness"}
        assert {problem.rule for problem in faults} <= needs
    else:
        assert ran(folder)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(ROUNDS)))
def test_a_folder_without_a_column_of_each_table(tmp_path: Path, ran: Ran, number: int) -> None:
    """What other columns cannot do without is told by the check; without the rest all is built."""
    taken = set(ROUNDS[number])
    for attempt in range(len(taken) + 1):
        folder = ours(tmp_path / f"data-{attempt}")
        take_out(folder, taken)
        faults = [problem for problem in check(folder) if problem.fails]
        if not faults:
            break
        assert all(problem.column and problem.message for problem in faults)
        named = {core_table(problem.file) for problem in faults}
        taken = {one for one in taken if one[0] not in named} if taken & _of(named) else set()
    assert ran(folder)


def core_table(path: str) -> str:
    return next(name for name, table in core_tables().items() if table.path == path)


def _of(tables: set[str]) -> set[tuple[str, str]]:
    return {(table, column) for table in tables for column in OPTIONAL[table]}


#: A word that nobody has words or a place for, and the page that shows it.
OWN_WORDS = [
    ("studies", "publication", "doctoral-thesis", "evidence_map", {}),
    ("studies", "design", "cluster-randomised", "evidence_map", {}),
    ("arms", "route", "through-a-tube", "one_study", {"study": "uncover-1"}),
    ("arms", "dose_unit", "drops", "one_study", {"study": "uncover-1"}),
    ("arms", "cell_source", "amnion", "one_study", {"study": "uncover-1"}),
    ("arms", "donor", "of-a-sibling", "one_study", {"study": "uncover-1"}),
    ("studies", "intervention_class", "surgery", "benchmarks",
     {"outcome": "PASI-75", "weeks": [12]}),
]  # fmt: skip


def readable(shown: list[tuple[dict[str, Any], dict[str, str]]]) -> str:
    """Return what a reader of a page sees or hears, which the CSV beside it is not."""
    forms = ("text/html", "image/svg+xml", "text/plain")
    return "\n".join(str(data.get(form, "")) for _, data in shown for form in forms).lower()


@pytest.mark.parametrize(("table", "column", "word", "name", "values"), OWN_WORDS)
def test_an_own_word_is_shown(
    tmp_path: Path, ran: Ran, table: str, column: str, word: str, name: str, values: dict[str, Any]
) -> None:
    folder = psoriasis(tmp_path / "psoriasis")
    more = {}
    if column == "intervention_class":
        more = {"role": "benchmark", "in_synthesis": "no", "exclusion_reason": "a benchmark"}

    def change(row: dict[str, str]) -> None:
        if column != "dose_unit" or row["dose"]:
            row.update({column: word, **more})

    change_cells(folder, table, change)
    shown = readable(ran(folder, name, values={name: values}))
    assert word in shown or plain(word) in shown


#: The same of tables that the psoriasis sheet has not: their rows, and the page that shows it.
OWN_TABLES = [
    ("scores", "unit", "mm-of-ruler", "severity_reduction", {},
     "study_id,arm_id,outcome,week,statistic,value,unit,n\n"
     "uncover-1,placebo,PASI,12,mean_change,-3,mm-of-ruler,431\n"),
    ("patients", "outcome", "hair-loss", "one_study", {"study": "uncover-1"},
     "study_id,patient_id,record_type,outcome,occurred,responder\n"
     "uncover-1,case-1,event,hair-loss,yes,\n"),
    ("safety", "event", "serious-infection", "one_study", {"study": "uncover-1"},
     "study_id,arm_id,event,count,n,week\nuncover-1,placebo,serious-infection,2,431,12\n"),
    ("biomarkers", "unit", "drops", "one_study", {"study": "uncover-1"},
     "study_id,arm_id,marker,value,unit\nuncover-1,placebo,IgE,12,drops\n"),
    ("sources", "kind", "letter-to-us", "one_study", {"study": "uncover-1"},
     "source_id,kind,citation\nmine,letter-to-us,A letter\n"),
    ("claims", "unit", "spoons", "claims", {},
     "claim_id,source_id,claim,kind,study_id,claimed_value,unit\n"
     "c1,,Five spoons,design,uncover-1,5,spoons\n"),
    ("excluded_studies", "reason_code", "too-old", "evidence_map", {},
     "study_id,category,reason_code,species\nother-2020,leftover,too-old,cat\n"),
    ("characteristics", "variable", "eye-colour", "one_study", {"study": "uncover-1"},
     "study_id,variable,value,unit\nuncover-1,eye-colour,12,hues\n"),
    ("characteristics", "unit", "hues", "one_study", {"study": "uncover-1"},
     "study_id,variable,value,unit\nuncover-1,eye-colour,12,hues\n"),
]  # fmt: skip
#: What no page words: `atopic` shows the tables with them, row by row.
IN_TABLES_ALONE = {("excluded_studies", "category"), ("excluded_studies", "species")}


@pytest.mark.parametrize(("table", "column", "word", "name", "values", "rows"), OWN_TABLES)
def test_an_own_word_of_another_table_is_shown(
    tmp_path: Path, ran: Ran, table: str, column: str, word: str, name: str,
    values: dict[str, Any], rows: str,
) -> None:  # fmt: skip
    folder = psoriasis(tmp_path / "psoriasis")
    (folder / core_tables()[table].path).write_text(rows, encoding="utf-8")
    if table == "scores":
        file = folder / "instruments.csv"
        file.write_text(
            file.read_text(encoding="utf-8").replace("direction", "direction,kind")
            .replace("-is-better", "-is-better,responder") + "PASI,lower-is-better,score\n",
            encoding="utf-8",
        )  # fmt: skip
    if table == "sources":
        change_cells(folder, "studies", lambda row: row.update(source_id="mine"))
    shown = readable(ran(folder, name, values={name: values}))
    assert word in shown or plain(word) in shown


def test_every_open_vocabulary_is_asked() -> None:
    open_ = {(name, one.name) for name, table in core_tables().items()
             for one in table.fields if one.open}  # fmt: skip
    asked = {(row[0], row[1]) for row in [*OWN_WORDS, *OWN_TABLES]}
    assert open_ == asked | IN_TABLES_ALONE


def test_an_own_adverse_event_is_counted(tmp_path: Path, ran: Ran) -> None:
    folder = psoriasis(tmp_path / "psoriasis")
    (folder / "safety.csv").write_text(
        "study_id,arm_id,event,count,n,week\n"
        "uncover-1,placebo,serious-infection,2,431,12\n"
        "uncover-1,placebo,sae,5,431,12\n"
    )
    text = str(ran(folder, "safety"))
    assert text.index("Serious adverse event") < text.index("Serious infection")
    of_study = str(ran(folder, "one_study", values={"one_study": {"study": "uncover-1"}}))
    assert "Serious infection" in of_study
    assert "No count of adverse events" not in of_study
