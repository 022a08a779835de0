"""Rules that a data folder declares: what they say holds, and what means nothing is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atopic.errors import EvidenceError
from atopic.evidence.checks import check
from atopic.evidence.own_rules import OwnRule
from atopic.paths import bundled

RULE: dict[str, Any] = {
    "name": "own",
    "column": "country",
    "when": {"country": "KR"},
    "message": "{country}, studied by {design}",
}


def _folder(tmp_path: Path, rules: object, table: str = "studies") -> Path:
    folder = tmp_path / "data"
    shutil.copytree(bundled("data"), folder)
    file = folder / "datapackage.json"
    package = json.loads(file.read_text())
    for resource in package["resources"]:
        resource["schema"].pop("rules", None)
        if resource["name"] == table:
            resource["schema"]["rules"] = rules
    file.write_text(json.dumps(package))
    return folder


def test_a_folder_says_what_cannot_stand_in_one_row(tmp_path: Path) -> None:
    told = [one for one in check(_folder(tmp_path, [RULE])) if one.rule == "own"]
    assert {one.column for one in told} == {"country"}
    assert {one.value for one in told} == {"KR"}
    assert all(one.fails for one in told)
    assert any(one.message == "KR, studied by single-arm" for one in told)


def test_a_rule_may_only_warn(tmp_path: Path) -> None:
    folder = _folder(tmp_path, [RULE | {"severity": "warning"}])
    assert not [one for one in check(folder) if one.rule == "own"]
    told = [one for one in check(folder, warnings=True) if one.rule == "own"]
    assert told
    assert {one.severity for one in told} == {"warning"}


def test_a_rule_reads_what_its_row_points_at(tmp_path: Path) -> None:
    rule = {
        "name": "own",
        "column": "label",
        "when": {"studies/design": "single-arm", "role": {"not": ["placebo", None]}},
        "message": "{studies/short_name}",
    }
    told = [one for one in check(_folder(tmp_path, [rule], "arms")) if one.rule == "own"]
    assert any("Shin 2021" in one.message for one in told)


def test_a_message_tells_blanks_and_what_is_not_there(tmp_path: Path) -> None:
    rule = RULE | {
        "message": "{parent_study_id} {year} {parent/year}",
        "when": {"study_id": "shin-2021"},
    }
    (told,) = [one for one in check(_folder(tmp_path, [rule])) if one.rule == "own"]
    assert told.message == "blank 2021 unknown"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"when": {}}, "no condition"),
        ({"when": {"trial/design": "x"}}, "points at nothing; before / stands one of studies"),
        ({"when": {"year": {"under": 3}}}, "no comparison; use one of not, below, above, outside"),
        ({"when": {"year": {"below": "3"}}}, "give a number"),
        ({"when": {"year": {"outside": 3}}}, "give two numbers"),
        ({"when": {"year": []}}, "no word of a cell"),
        ({"when": {"year": {"not": {"not": 3}}}}, "no word of a cell"),
        ({"when": 3}, "an object is needed"),
        ({"message": "{country"}, "single brace"),
        ({"message": "{country:g}"}, "write {country} alone"),
        ({"message": "{country!r}"}, "write {country} alone"),
        ({"severity": "fatal"}, "write error or warning"),
        ({"wehn": {}}, 'unknown key "wehn"'),
        ({"name": None}, "no 'name'"),
    ],
)
def test_what_means_nothing_is_refused_in_one_line(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        check(_folder(tmp_path, [RULE | change]))
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "cell"),
    [
        ({"column": "contry"}, "contry"),
        ({"when": {"contry": "KR"}}, "contry"),
        ({"message": "{contry}"}, "contry"),
        ({"message": "{country.upper}"}, "country.upper"),
    ],
)
def test_a_rule_of_no_column_is_a_problem(
    tmp_path: Path, change: dict[str, Any], cell: str
) -> None:
    (told,) = check(_folder(tmp_path, [RULE | change]))
    assert told.column == "studies.rules.own"
    assert f"speaks of {cell!r}, which is no column of studies; " in told.message


WORDS = st.one_of(st.none(), st.sampled_from(["a", "b"]), st.integers(-3, 3))


@given(cell=WORDS, words=st.lists(WORDS, min_size=1))
def test_not_is_the_opposite(cell: object, words: list[object]) -> None:
    def applies(wanted: object) -> bool:
        return OwnRule("own", "x", {"x": wanted}, "").applies({"x": cell})

    assert applies(words) == any(applies(one) for one in words)
    assert applies({"not": words}) != applies(words)


@given(cell=st.floats(-9, 9), low=st.floats(-9, 9), high=st.floats(-9, 9))
def test_outside_is_below_or_above(cell: float, low: float, high: float) -> None:
    def applies(wanted: object) -> bool:
        return OwnRule("own", "x", {"x": wanted}, "").applies({"x": cell})

    assert applies({"outside": [low, high]}) == (
        applies({"below": low}) or applies({"above": high})
    )
