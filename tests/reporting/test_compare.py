"""What changed between two states of a review, from folders, sites and git revisions."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.errors import UsageError
from atopic.reporting.compare import (
    State,
    as_json,
    as_markdown,
    as_text,
    changed_estimates,
    changed_rows,
    compare,
    distinct,
    read_state,
)
from atopic.reporting.plan.manifest import read_manifest
from tests.conftest import REPOSITORY

#: What a number of a study is of, and what it is.
IDENTITY = ("study_id", "arm_id", "reference_arm_id", "outcome", "event", "week", "measure",
            "level", "scenario", "claim_id", "question_id", "estimate", "lower", "upper",
            "verdict")  # fmt: skip
HEAD = ("report", "table", "study_id", "outcome", "week", "measure", "method", "estimate",
        "lower", "upper", "responders", "n", "more")  # fmt: skip


def estimate(**cells: str) -> dict[str, str]:
    return {"report": "controlled", "table": "pooled", "measure": "RD", **cells}


def rate(study: str, share: str, responders: str, report: str = "rates") -> dict[str, str]:
    row = {"study_id": study, "estimate": share, "responders": responders, "n": "10"}
    return estimate(report=report, outcome="EASI-50", **row) | {"measure": "", "table": "rates"}


def verdict(words: str) -> dict[str, str]:
    more = json.dumps({"claim_id": "c01", "verdict": words})
    return estimate(report="claims", more=more) | {"table": "verdicts"}


def atopic(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from atopic.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def written(folder: Path, responses: list[dict[str, str]], estimates: list[dict[str, str]]) -> None:
    """Write a small project: two tables with their schema, and the estimates."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "reports").mkdir(exist_ok=True)
    keys = {"studies": ["study_id"], "responses": [], "claims": ["claim_id"]}
    resources = [
        {"name": name, "path": f"{name}.csv", "schema": {"fields": [], "primaryKey": key}}
        for name, key in keys.items()
    ]
    (folder / "data" / "datapackage.json").write_text(json.dumps({"resources": resources}))
    studies = [{"study_id": "first-2019", "short_name": "First trial, 2019"},
               {"study_id": "second-2024", "short_name": "Second trial, 2024"}]  # fmt: skip
    claims = [{"claim_id": "c01", "claim": "The cells work"}]
    for name, rows in (("studies", studies), ("responses", responses), ("claims", claims)):
        _csv(folder / "data" / f"{name}.csv", list(rows[0]), rows)
    _csv(folder / "reports" / "estimates.csv", list(HEAD), estimates)


def _csv(path: Path, names: list[str], rows: list[dict[str, str]]) -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")


def response(study: str, percent: str) -> dict[str, str]:
    return {"study_id": study, "arm_id": "active", "outcome": "EASI-50", "week": "12",
            "percent": percent}  # fmt: skip


BEFORE = [
    estimate(outcome="EASI-50", week="12", estimate="0.04", lower="-0.05", upper="0.13",
             more='{"certainty": "low"}'),
    verdict("supported"),
    rate("first-2019", "0.5", "5"),
]  # fmt: skip
AFTER = [
    estimate(outcome="EASI-50", week="12", estimate="0.06", lower="-0.02", upper="0.14",
             more='{"certainty": "low"}'),
    verdict("contradicted"),
    rate("first-2019", "0.5", "5"),
    rate("second-2024", "0.6", "6"),
    rate("second-2024", "0.6", "6", report="controlled"),
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with two commits, ``before`` and the present, and more in its folder."""
    folder = tmp_path_factory.mktemp("project")
    first = [response("first-2019", "50")]
    both = [*first, response("second-2024", "60")]
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for state, responses, estimates in (("before", first, BEFORE), ("after", both, AFTER)):
        written(folder, responses, estimates)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", state], check=True)
        subprocess.run([*git, "tag", state], check=True)
    return folder


def test_what_moved_and_the_row_that_moved_it(project: Path) -> None:
    text = as_text(compare(read_state("before", project), read_state("after", project)))
    first, *rest = text.splitlines()
    assert first == (
        "Second trial, 2024 moves the pooled difference in EASI-50 from +4.0 to +6.0 points; "
        "certainty stays low. 1 claim changes its verdict: “The cells work” from supported to "
        "contradicted. In all, 1 number changed and 1 is new (that one from new or changed rows)."
    )
    pooled = rest.index("controlled")
    assert rest[pooled + 1 : pooled + 3] == [
        "  changed: EASI-50, week 12: +4.0 points (−5.0 to 13.0), certainty low -> "
        "+6.0 points (−2.0 to 14.0), certainty low",
        "    by responses.csv row 3 (new)",
    ]
    assert "  changed: The cells work: supported -> contradicted" in rest
    second = rest.index("Second trial, 2024")
    assert rest[second + 1] == "  new: EASI-50: 60.0%, 6/10"
    assert "responses.csv: 1 new" in rest


def test_folders_sites_and_revisions_say_the_same(project: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "data").symlink_to(project / "data")
    (site / "estimates.csv").write_bytes((project / "reports" / "estimates.csv").read_bytes())
    states = [read_state(name, project) for name in ("after", "HEAD", str(project), str(site))]
    assert all(one.tables == states[0].tables for one in states)
    assert all(one.estimates == states[0].estimates for one in states)
    assert not compare(states[0], states[3]).estimates
    archive = tmp_path / "tables.zip"
    with zipfile.ZipFile(archive, "w") as held:
        for path in [*(project / "data").iterdir(), site / "estimates.csv"]:
            held.write(path, f"data/{path.name}" if path.parent.name == "data" else path.name)
    kept = read_state(str(archive), project)
    assert (kept.tables, kept.estimates) == (states[0].tables, states[0].estimates)


@pytest.mark.parametrize(
    ("threshold", "code"), [((), 0), (("--threshold", "0.01"), 1), (("--threshold", "0"), 1)]
)
def test_the_exit_code_follows_the_threshold(
    project: Path, threshold: tuple[str, ...], code: int
) -> None:
    assert atopic("diff", "before", "after", *threshold, cwd=project).returncode == code
    assert atopic("diff", "after", str(project), *threshold, cwd=project).returncode == 0


def test_a_small_move_is_within_a_threshold_and_a_verdict_is_not() -> None:
    old, new = State("a", estimates=[estimate(estimate="0.04")]), estimate(estimate="0.06")
    difference = compare(old, State("b", estimates=[new]))
    assert (len(difference.beyond(0.01)), len(difference.beyond(0.03))) == (1, 0)
    verdicts = [State(name, estimates=[estimate(estimate="0.04", verdict=name)]) for name in "ab"]
    assert compare(*verdicts).beyond(0.03)


def test_markdown_and_json_hold_what_the_text_holds(project: Path) -> None:
    difference = compare(read_state("before", project), read_state("after", project))
    markdown = as_markdown(difference)
    shown = "| controlled | EASI-50, week 12 | +4.0 points (−5.0 to 13.0), certainty low | "
    assert shown in markdown
    assert "<details><summary>1 new</summary>" in markdown
    assert "<details><summary>responses.csv: 1 new</summary>" in markdown
    whole = json.loads(as_json(difference))
    assert whole["headline"] == as_text(difference).splitlines()[0]
    moved = next(one for one in whole["estimates"] if one["new"].get("table") == "pooled")
    assert moved["moved"] == pytest.approx(0.02)
    assert moved["by"] == [{"table": "responses", "row": 3, "change": "new"}]


def test_hostile_text_cannot_leave_its_cell_in_markdown() -> None:
    row = estimate(study_id="a|b\n| <img src=x> |", estimate="0.1")
    markdown = as_markdown(compare(State("a"), State("b", estimates=[row])))
    line = next(line for line in markdown.splitlines() if "img" in line)
    assert line.replace("\\|", "").count("|") == 6
    assert "<img" not in line.replace("\\<", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "nowhere: neither a folder nor a revision of "),
        ("--output=x", "--output=x: neither a folder nor a revision of "),
        ("data", "data: holds no estimates.csv"),
    ],
)
def test_what_is_no_state_is_refused(
    project: Path, name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(UsageError) as refusal:
        read_state(name, project)
    assert str(refusal.value).startswith(words)


def test_a_folder_in_no_checkout_is_told_apart(tmp_path: Path) -> None:
    done = atopic("diff", "v1", "v2", cwd=tmp_path)
    assert done.returncode == 2
    assert "v1: no such folder, and . is in no git checkout" in done.stderr


cell = st.sampled_from(["", "1", "2", "a"])
rows = st.lists(st.fixed_dictionaries({"arm_id": cell, "week": cell, "n": cell}), max_size=8)


@given(rows, rows, st.sampled_from([(), ("arm_id",)]))
def test_the_changes_of_a_table_lead_from_the_old_to_the_new(
    old: list[dict[str, str]], new: list[dict[str, str]], key: tuple[str, ...]
) -> None:
    changes = changed_rows({"arms": old}, {"arms": new}, {"arms": key})
    left = list(old)
    for one in changes:
        if one.old is not None:
            left.remove(one.old)
    left += [one.new for one in changes if one.new is not None]

    def cells(rows: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
        return sorted(sorted(row.items()) for row in rows)

    assert cells(left) == cells(new)
    assert all(one.cells for one in changes if one.kind == "changed")
    assert changed_rows({"arms": new}, {"arms": new}, {"arms": key}) == []


values = st.sampled_from(["0.1", "0.2", "", "nan"])
some = st.lists(
    st.fixed_dictionaries({"report": st.sampled_from("ab"), "estimate": values}), max_size=6
)


@given(some, some)
def test_back_is_the_way_there(old: list[dict[str, str]], new: list[dict[str, str]]) -> None:
    there, back = changed_estimates(old, new), changed_estimates(new, old)
    kinds = {"new": "gone", "gone": "new", "changed": "changed"}
    assert sorted(kinds[one.kind] for one in there) == sorted(one.kind for one in back)
    assert len(new) - len(old) == sum({"new": 1, "gone": -1}.get(one.kind, 0) for one in there)


@pytest.fixture(scope="module")
def kept() -> list[State]:
    """The record that the site is compared with, and the committed present."""
    release = read_manifest(REPOSITORY / "reports.toml")[0].place.site.releases[-1]
    return [read_state(str(REPOSITORY / one), REPOSITORY) for one in (release.tables, ".")]


def test_the_committed_estimates_do_not_differ_from_themselves(kept: list[State]) -> None:
    for state in kept:
        difference = compare(state, state)
        assert (difference.estimates, difference.rows, difference.sections) == ([], [], [])


def test_an_estimate_that_is_taken_out_is_told_once(kept: list[State]) -> None:
    state = kept[1]
    one = next(row for row in state.estimates if row.get("study_id") and row["report"] == "safety")
    same = [
        row for row in state.estimates if row.get("estimate") and len(distinct([row, one])) == 1
    ]
    left = [row for row in state.estimates if all(row is not other for other in same)]
    [change] = compare(State("", state.tables, state.keys, left), state).estimates
    assert (change.kind, change.row["estimate"]) == ("new", one["estimate"])
    assert change.row["pages"].split() == list(dict.fromkeys(row["report"] for row in same))


def test_each_way_round_the_real_states_mirror_each_other(kept: list[State]) -> None:
    there, back = compare(*kept), compare(*reversed(kept))
    kinds = {"new": "gone", "gone": "new", "changed": "changed"}
    assert Counter(kinds[one.kind] for one in there.estimates) == Counter(
        one.kind for one in back.estimates
    )
    forth = Counter((one.table, kinds[one.kind]) for one in there.rows)
    assert forth == Counter((one.table, one.kind) for one in back.rows)


def test_every_number_that_changed_is_named_once(kept: list[State]) -> None:
    difference = compare(*kept)
    told = [one for section in difference.sections for one in section.changes]
    assert {id(one) for one in told} == {id(one) for one in difference.estimates if one.shows}
    assert len(told) == len({id(one) for one in told})
    said = Counter(
        tuple(one.row.get(name, "") for name in IDENTITY) for one in told if one.row.get("study_id")
    )
    assert [one for one, times in said.items() if times > 1] == []


def test_no_id_of_a_study_or_claim_is_in_the_first_line(kept: list[State]) -> None:
    first = as_text(compare(*kept)).splitlines()[0]
    for row in (*kept[1].tables["studies"], *kept[1].tables["claims"]):
        assert row.get("claim_id", row["study_id"]) not in first.split()


def test_verdicts_that_one_state_did_not_record_are_not_called_new(kept: list[State]) -> None:
    old, new = kept
    without = [row for row in old.estimates if not row.get("verdict")]
    before = State("the old one", old.tables, old.keys, without)
    for difference in (compare(before, new), compare(new, before)):
        assert not any(one.row.get("verdict") for one in difference.estimates)
        first = as_text(difference).splitlines()[0]
        assert "Verdicts on claims are not compared: the old one did not record them." in first


def test_a_row_of_which_only_words_changed_moves_no_number() -> None:
    rows = [{"study_id": "a", "arm_id": "x", "outcome": "O", "week": "1", "n": "9", "notes": note}
            for note in ("", "read again")]  # fmt: skip
    shares = [{"report": "r", "study_id": "a", "outcome": "O", "estimate": one} for one in "12"]
    states = [State(name, {"responses": [row]}, {}, [share])
              for name, row, share in zip("ab", rows, shares, strict=True)]  # fmt: skip
    difference = compare(*states)
    [change] = difference.estimates
    assert len(difference.rows) == 1
    assert difference.cause(change) == []
