"""The evidence as its users get it: typed, joined on demand, and out of their reach."""

import contextlib
import copy
import csv
import json
import pickle
import shutil
import warnings
from pathlib import Path

import pandas as pd
import pytest

import atopic
from atopic.evidence.folder import answer_ahead, remember
from atopic.evidence.frames import records, row_dicts
from atopic.evidence.once import once
from atopic.paths import bundled
from atopic.questions.certainty import answer_questions
from atopic.reporting.run.warm_up import ask_before, asked_by_many

DATA = bundled("data")


@pytest.fixture(scope="module")
def evidence():
    return atopic.load(DATA)


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def raw(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_table_of_the_schema_is_an_attribute(evidence):
    package = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    names = [resource["name"] for resource in package["resources"]]
    assert list(evidence) == names
    assert set(names) <= set(dir(evidence))
    for name in names:
        pd.testing.assert_frame_equal(getattr(evidence, name), evidence.table(name))
        assert len(evidence.table(name)) == len(raw(name))


def test_every_cell_arrives(evidence):
    for name in evidence:
        table = evidence.package.tables[name]
        frame = evidence.table(name)
        for row, record in zip(frame.index, raw(name), strict=True):
            for field in table.fields:
                value, text = frame.loc[row, field.name], record[field.name]
                if text == "":
                    assert pd.isna(value), (name, row, field.name)
                elif field.type == "string":
                    assert value == text
                else:
                    assert value == float(text)


def test_the_index_is_the_row_of_the_spreadsheet(evidence):
    for name in evidence:
        frame = evidence.table(name)
        assert frame.index.to_list() == list(range(2, len(raw(name)) + 2))
        assert frame.index.name == "row"


def test_columns_are_typed(evidence):
    kinds = {name: str(kind) for name, kind in evidence.responses.dtypes.items()}
    assert kinds["responders"] == kinds["n"] == kinds["week"] == "Int64"
    assert kinds["ci_low"] == "float64"
    assert kinds["analysis_set"] == kinds["confidence"] == "category"
    # The digits say how a percentage was rounded, so they stay as printed.
    assert kinds["percent_printed"] == "str"
    printed = set(evidence.responses["percent_printed"].dropna())
    assert {"33.0", "40.0", "70", "0.0", "0", "31.82"} <= printed
    assert evidence.studies["pmid"].dropna().map(type).eq(str).all()


def test_what_a_user_does_to_a_table_reaches_nobody_else(evidence):
    before = {name: evidence.table(name) for name in evidence}
    for name in evidence:
        frame = evidence.table(name)
        frame[frame.columns[0]] = "changed"
        frame.index = frame.index + 1000
        del frame[frame.columns[1]]
        frame["new"] = 1
    as_joined = evidence.joined("responses", "arms")
    joined = evidence.joined("responses", "arms")
    joined["arms.label"] = "changed"
    for name in evidence:
        pd.testing.assert_frame_equal(evidence.table(name), before[name])
    pd.testing.assert_frame_equal(evidence.joined("responses", "arms"), as_joined)


def test_values_of_a_table_cannot_be_reached_through_its_array(evidence):
    values = evidence.arms["dose"].to_numpy(copy=False)
    if values.flags.writeable:
        values[:] = -1
    assert (evidence.arms["dose"].dropna() >= 0).all()
    for table in (evidence.responses, evidence.joined("responses", "arms")):
        table["week"].array[:] = -1
    assert not evidence.responses["week"].eq(-1).any()
    assert not evidence.joined("responses", "arms")["week"].eq(-1).any()


def test_evidence_has_no_attribute_to_set(evidence):
    with pytest.raises(AttributeError):
        evidence.responses = None
    with pytest.raises(AttributeError):
        evidence.path = Path("elsewhere")


def test_evidence_can_be_sent_to_another_process(evidence):
    for twin in (
        pickle.loads(pickle.dumps(evidence)),
        copy.copy(evidence),
        copy.deepcopy(evidence),
    ):
        assert twin.path == evidence.path
        pd.testing.assert_frame_equal(twin.responses, evidence.responses)


def test_an_unknown_table_is_named_with_those_there_are(evidence):
    with pytest.raises(
        atopic.EvidenceError, match=r"no table 'respones'; the tables are studies, "
    ):
        evidence.table("respones")
    with pytest.raises(AttributeError, match=r"no table 'respones' .* there are studies, arms, "):
        _ = evidence.respones
    assert not hasattr(evidence, "_nothing")


# Joining.


def test_joined_keeps_all_rows_in_order(evidence):
    responses = evidence.responses
    joined = evidence.joined("responses", "arms", "studies", "sources", "instruments")
    pd.testing.assert_frame_equal(joined[responses.columns], responses)
    assert list(joined.columns[: len(responses.columns)]) == list(responses.columns)


def test_joined_follows_the_keys(evidence):
    joined = evidence.joined("responses", "arms", "studies", "sources", "instruments")
    arms = {(one["study_id"], one["arm_id"]): one for one in raw("arms")}
    studies = {one["study_id"]: one for one in raw("studies")}
    sources = {one["source_id"]: one for one in raw("sources")}
    thresholds = {
        one["outcome"]: one["threshold_percent"]
        for one in raw("instruments")
        if one["kind"] == "responder"
    }
    for row in joined.to_dict("records"):
        arm = arms[row["study_id"], row["arm_id"]]
        assert row["arms.label"] == arm["label"]
        assert row["arms.role"] == arm["role"]
        assert row["studies.design"] == studies[row["study_id"]]["design"]
        assert row["sources.kind"] == sources[row["source_id"]]["kind"]
        threshold = thresholds[row["outcome"]]
        assert pd.isna(row["instruments.threshold_percent"]) == (threshold == "")
        assert threshold == "" or row["instruments.threshold_percent"] == float(threshold)


def test_joined_without_others_is_the_table(evidence):
    pd.testing.assert_frame_equal(evidence.joined("arms"), evidence.arms)


def test_a_blank_reference_joins_nothing(evidence):
    joined = evidence.joined("claims", "studies")
    blank = joined["study_id"].isna()
    assert blank.any()
    assert joined.loc[blank, "studies.title"].isna().all()


def test_a_table_that_is_not_referred_to_is_refused(evidence):
    with pytest.raises(
        atopic.EvidenceError, match="arms does not refer to 'responses'; it refers to sources, stud"
    ):
        evidence.joined("arms", "responses")
    with pytest.raises(atopic.EvidenceError, match="no table 'arm'"):
        evidence.joined("responses", "arm")


def test_several_rows_for_one_reference_are_refused(evidence):
    with pytest.raises(atopic.EvidenceError, match="instruments has several rows for one outcome"):
        evidence.joined("scores", "instruments")


# Which folder is read.


def test_without_a_folder_the_bundled_tables_are_read(monkeypatch):
    monkeypatch.delenv("ATOPIC_DATA", raising=False)
    assert atopic.load().path == DATA


def test_the_environment_names_a_folder_and_the_argument_wins(folder, monkeypatch):
    monkeypatch.setenv("ATOPIC_DATA", str(folder))
    assert atopic.load().path == folder
    assert atopic.load(DATA).path == DATA
    assert atopic.load(str(DATA)).path == DATA
    monkeypatch.setenv("ATOPIC_DATA", "")
    assert atopic.load().path == DATA


def test_a_folder_that_is_not_there(tmp_path, monkeypatch):
    with pytest.raises(atopic.EvidenceError, match="no such folder"):
        atopic.load(tmp_path / "nowhere")
    with pytest.raises(atopic.EvidenceError, match=r"datapackage\.json: no such file"):
        atopic.load(tmp_path)
    monkeypatch.setenv("ATOPIC_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(atopic.EvidenceError, match="nowhere: no such folder"):
        atopic.load()


def test_a_faulty_folder_is_refused_with_its_first_problem(folder):
    (folder / "arms.csv").unlink()
    (folder / "patients.csv").unlink()
    with pytest.raises(atopic.EvidenceError) as caught:
        atopic.load(folder)
    assert str(caught.value).startswith(f"{folder}: arms.csv: the file is missing; ")
    assert str(caught.value).endswith(" (1 more: run atopic check)")


def test_a_folder_of_other_tables(tmp_path):
    fields = [{"name": "arm_id", "type": "string"}, {"name": "dose", "type": "number"}]
    table = {"name": "doses", "path": "doses.csv", "schema": {"fields": fields}}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [table]}), encoding="utf-8")
    (tmp_path / "doses.csv").write_text("arm_id,dose\nlow,2.5e7\n", encoding="utf-8")
    evidence = atopic.load(tmp_path)
    assert list(evidence) == ["doses"]
    assert evidence.doses.loc[2, "dose"] == 2.5e7


@pytest.fixture
def remembered(folder):
    """A folder whose evidence `load` need not read again."""
    remember(folder)
    yield folder
    remember(DATA)


def test_what_is_remembered_is_what_would_be_read(remembered, evidence, tmp_path, monkeypatch):
    elsewhere = Path(shutil.copytree(remembered, tmp_path / "elsewhere"))
    monkeypatch.setattr("atopic.evidence.folder.read_rows", None)
    again = atopic.load(elsewhere)
    assert again.path == elsewhere
    assert again.package == evidence.package
    assert list(again) == list(evidence)
    for name in evidence:
        pd.testing.assert_frame_equal(again.table(name), evidence.table(name))
    for name in ("responses", "scores", "contrasts"):
        joined = evidence.joined(name, "arms", "studies")
        pd.testing.assert_frame_equal(again.joined(name, "arms", "studies"), joined)


def test_what_is_done_to_remembered_evidence_reaches_no_other_reader(remembered, evidence):
    spoilt = atopic.load(remembered)
    joined = ("responses", "arms", "studies")
    for frame in [*map(spoilt.table, spoilt), spoilt.joined(*joined)]:
        frame.iloc[:, 0] = frame.iloc[-1, 0]
        for column in frame.select_dtypes("float64"):
            frame[column].array[:] = -1.0
    spoilt._frames.pop("arms")
    spoilt._joined.clear()
    spoilt.package.tables.clear()
    again = atopic.load(remembered)
    assert list(again) == list(again.package.tables) == list(evidence)
    for name in evidence:
        pd.testing.assert_frame_equal(again.table(name), evidence.table(name))
    pd.testing.assert_frame_equal(again.joined(*joined), evidence.joined(*joined))


def test_what_was_asked_ahead_is_there_and_each_reader_has_a_copy(remembered):
    asked = []

    @once
    def count(evidence, table):
        asked.append(table)
        return pd.DataFrame({"n": [len(evidence.table(table))]})

    answer_ahead(lambda evidence: count(evidence, "arms"))
    first, second = atopic.load(remembered), atopic.load(remembered)
    whole = len(first.arms)
    mine = count(first, "arms")
    mine.loc[0, "n"] = -1
    count(first, "studies")
    assert count(first, "arms").loc[0, "n"] == count(second, "arms").loc[0, "n"] == whole
    assert asked == ["arms", "studies"]
    count(second, "studies")
    assert asked == ["arms", "studies", "studies"]  # what one reader asks is its own


@pytest.mark.parametrize("fault", ["warns", "raises"])
def test_what_would_be_heard_of_an_answer_is_heard_by_each_who_asks(remembered, fault):
    @once
    def ratio(evidence, table):
        if fault == "raises":
            raise ValueError(table)
        warnings.warn("divided by zero", RuntimeWarning, stacklevel=1)
        return len(evidence.table(table))

    for evidence in (None, atopic.load(remembered), atopic.load(remembered)):
        with contextlib.ExitStack() as heard:
            if fault == "raises":
                heard.enter_context(pytest.raises(ValueError, match="arms"))
            elif evidence is not None:
                heard.enter_context(pytest.warns(RuntimeWarning, match="zero"))
            if evidence is None:
                answer_ahead(lambda own: ratio(own, "arms"))
            else:
                ratio(evidence, "arms")


def test_what_many_reports_ask_of_certainty_need_not_be_computed_again(remembered, monkeypatch):
    notebook = "from atopic.questions.certainty import certainty_notes"
    assert asked_by_many([notebook] * 2) == []
    ask_before(asked_by_many([notebook] * 3))
    monkeypatch.setattr("atopic.questions.certainty.gathered.found_effect", None)
    assert len(answer_questions(atopic.load(remembered))) > 5


@pytest.mark.parametrize("how", ["changed", "of one length", "gone", "schema"])
def test_a_folder_that_changed_is_read_anew(remembered, how):
    arms = remembered / "arms.csv"
    text = arms.read_text(encoding="utf-8")
    if how == "changed":
        arms.write_text(text.replace("both doses, both phases", "all"), encoding="utf-8")
    elif how == "of one length":
        arms.write_text(text.replace("both doses", "BOTH DOSES"), encoding="utf-8")
    elif how == "gone":
        arms.unlink()
    else:
        (remembered / "datapackage.json").write_text("{")
    if how in ("gone", "schema"):
        with pytest.raises(atopic.EvidenceError):
            atopic.load(remembered)
    else:
        label = atopic.load(remembered).arms["label"].iloc[0]
        assert label == {"changed": "all", "of one length": "BOTH DOSES, both phases"}[how]


def test_the_evidence_of_one_study_is_its_rows_in_every_table(evidence):
    for study in evidence.studies["study_id"]:
        alone = evidence.of_study(study)
        for name in evidence:
            rows = evidence.table(name)
            if "study_id" in rows:
                rows = rows[rows["study_id"].eq(study)]
            pd.testing.assert_frame_equal(alone.table(name), rows)
    assert alone is evidence.of_study(study)
    assert evidence.of_study("none-such").responses.empty


def test_rows_are_those_that_pandas_gives(evidence):
    frames = [*map(evidence.table, evidence), evidence.joined("responses", "arms", "studies")]
    odd = pd.DataFrame({"a": pd.Categorical([1, None]), "b": pd.to_datetime(["2020", None])})
    for frame in [*frames, frames[0].iloc[:0], odd]:
        assert repr(row_dicts(frame)) == repr(frame.to_dict("records"))
        assert repr(list(records(frame))) == repr(list(frame.itertuples()))
