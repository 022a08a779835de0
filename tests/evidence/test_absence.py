"""What a result that is not there is called depends on whether all was read."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import atopic
from atopic.evidence.absence import NOT_FOUND, NOT_REPORTED, absent_words
from atopic.questions.trials import placebo_trials
from atopic.questions.trials.table import tabulate_trials
from tests.conftest import REPOSITORY

Reading = Callable[[str], atopic.Evidence]


@pytest.fixture
def after_reading(tmp_path: Path) -> Reading:
    """Load the data as they are once a source was read in full."""

    def load(source: str) -> atopic.Evidence:
        folder = tmp_path / (source or "nothing")
        shutil.copytree(REPOSITORY / "data", folder)
        path = folder / "sources.csv"
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if row["source_id"] == source:
                row["full_text_read"] = "yes"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return atopic.load(folder)

    return load


@pytest.mark.parametrize("source", ["seo-2024-abstract", "ctgov-nct04179760"])
def test_only_what_was_read_in_full_does_not_report(
    evidence: atopic.Evidence, after_reading: Reading, source: str
) -> None:
    both = ["seo-2024-phase-2", "kangstem-2019"]
    assert absent_words(evidence, both[:1]) == absent_words(evidence, both) == NOT_FOUND
    read = after_reading(source)
    assert absent_words(read, both[:1]) == NOT_REPORTED
    assert absent_words(read, both) == NOT_FOUND


def test_of_no_study_nothing_was_read(evidence: atopic.Evidence) -> None:
    assert absent_words(evidence, []) == absent_words(evidence, ["nobody-1900"]) == NOT_FOUND
    with pytest.raises(ValueError, match="studies must be a list, such as"):
        absent_words(evidence, "seo-2024-phase-2")


def test_a_table_says_of_each_trial_whether_all_was_read(after_reading: Reading) -> None:
    for source, words in (("", NOT_FOUND), ("seo-2024-abstract", NOT_REPORTED)):
        table = tabulate_trials(placebo_trials(after_reading(source)))
        rates = table.set_index("Trial").loc["SCM-AGH phase 2, 2024", ["Cells", "Placebo"]]
        assert rates.to_list() == [words, words]
