"""The notebook of the claims with many values of its parameters."""

import pytest

from tests.conftest import REPOSITORY
from tests.running import run

CLAIMS = REPOSITORY / "notebooks" / "claims.ipynb"


@pytest.mark.parametrize(
    ("studies", "kinds", "figures"),
    [
        (["kim-2017"], [], 2),
        ([], ["safety"], 2),
        ([], ["epidemiology"], 2),
        (["atmsc-2025", "seo-2024-phase-2"], ["comparison-with-placebo"], 2),
        (["shin-2021"], ["biomarker"], 2),
        (["atmsc-2025"], ["safety"], 0),
        (["nobody"], [], 0),
        ([], ["nothing"], 0),
    ],
)
def test_it_answers_whatever_it_is_asked(
    studies: list[str], kinds: list[str], figures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = run(CLAIMS, {"studies": studies, "kinds": kinds}, monkeypatch)
    drawn = [metadata for metadata, _ in shown if metadata["kind"] == "figure"]
    assert len(drawn) == figures
    notes = [data["text/plain"] for metadata, data in shown if metadata["kind"] == "note"]
    if figures:
        assert " claim" in drawn[0]["alt"]
        assert "cannot be tested" in drawn[0]["alt"] or "supported" in drawn[0]["alt"]
    else:
        assert "No claim matches." in notes[0]


def test_the_level_and_the_limit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"kinds": ["response-rate"], "level": 0.9, "wide": 0.62}
    shown = run(CLAIMS, values, monkeypatch)
    captions = [metadata["caption"] for metadata, _ in shown if metadata["kind"] == "figure"]
    assert captions[1] == (
        "Claims by study, with 90 % intervals; wide is more than 62 percentage points."
    )
    alt = next(metadata["alt"] for metadata, _ in shown if metadata["kind"] == "figure")
    # 90 % intervals: those of 6/11 and 5/14 are narrower than 62 points, that of 4/5 is wider
    assert alt.startswith("6 claims: 2 supported, 1 supported with wide uncertainty")


@pytest.mark.parametrize(
    ("name", "value"), [("level", 95), ("level", 0), ("wide", 30), ("studies", "kim-2017")]
)
def test_it_refuses_what_is_no_level_limit_or_list(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=name):
        run(CLAIMS, {name: value}, monkeypatch)
