import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import atopic
from atopic.questions.claims import VERDICTS, observations, verdict_counts, verdicts
from atopic.questions.claims.chart import describe_claims, draw_claims
from atopic.questions.claims.sources_chart import describe_sources, draw_sources
from atopic.questions.claims.table import (
    tabulate_claims,
    tabulate_counts,
    tabulate_meanings,
    tabulate_numbers,
    tabulate_rows,
)


@pytest.fixture(scope="module")
def found(evidence: atopic.Evidence) -> pd.DataFrame:
    return verdicts(evidence)


@pytest.fixture(scope="module")
def numbers(evidence: atopic.Evidence) -> pd.DataFrame:
    return observations(evidence)


@pytest.mark.mpl_image_compare(filename="claims.png", savefig_kwargs={"dpi": 50})
def test_the_claims_one_by_one(found: pd.DataFrame, numbers: pd.DataFrame) -> Figure:
    return draw_claims(found, numbers)


@pytest.mark.mpl_image_compare(filename="claim_sources.png", savefig_kwargs={"dpi": 50})
def test_the_overview_by_source(found: pd.DataFrame) -> Figure:
    return draw_sources(found)


def test_no_words_overlap(found: pd.DataFrame, numbers: pd.DataFrame) -> None:
    for figure in (draw_claims(found, numbers), draw_sources(found)):
        renderer = FigureCanvasAgg(figure).get_renderer()
        boxes = [
            (text.get_text(), text.get_window_extent(renderer))
            for text in figure.axes[0].texts
            if text.get_text()
        ]
        width, height = figure.bbox.size
        for number, (words, box) in enumerate(boxes):
            assert -0.5 <= box.x0 < box.x1 <= width + 0.5, words
            assert -0.5 <= box.y0 < box.y1 <= height + 0.5, words
            for other, another in boxes[number + 1 :]:
                assert not box.overlaps(another), (words, other)


def test_the_alt_texts_state_the_verdicts_with_their_numbers(
    found: pd.DataFrame, numbers: pd.DataFrame
) -> None:
    words = describe_sources(found)
    # counted by hand from the verdicts of tests/questions/test_claims.py
    assert words.startswith(
        "40 claims: 4 supported, 13 supported with wide uncertainty, 8 not supported, "
        "5 contradicted, 10 cannot be tested."
    )
    assert "Journal abstract, 16: 2 supported, 9 supported with wide uncertainty" in words
    assert words.endswith("12 are about results without a control group.")
    told = describe_claims(found, numbers)
    assert (
        "c24 Kangstem 2019 EASI-50, week 12, claimed 31.82 %, held 28/88: 32 (22 to 43) %" in told
    )
    assert "c02 Shin 2021 EASI-50, week 16, claimed 80 %, held 1 or 2/5 (1 to 85) %" in told
    assert told.endswith("Cannot be tested: c03, c08, c12, c20, c21, c33, c37, c38, c39, c40.")


def test_only_controlled_claims_are_filled(found: pd.DataFrame) -> None:
    tiles = draw_sources(found).axes[0].patches
    filled = [tile for tile in tiles if tuple(tile.get_facecolor()[:3]) != (1.0, 1.0, 1.0)]
    assert len(filled) == 6 + 1  # c24, c25, c27, c32, c33, c36, and the one of the key


def test_nothing_to_draw_is_said(found: pd.DataFrame, numbers: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no claim to draw"):
        draw_claims(found.iloc[:0], numbers)
    with pytest.raises(ValueError, match="no claim to draw"):
        draw_sources(found.iloc[:0])


def test_the_tables_hold_every_claim(found: pd.DataFrame, numbers: pd.DataFrame) -> None:
    table = tabulate_claims(found)
    assert table["Claim"].to_list() == found["claim_id"].to_list()
    assert table["Verdict"].str.split("; ").str[0].isin(VERDICTS).all()
    counts = tabulate_counts(verdict_counts(found))
    assert counts.iloc[-1].to_list() == ["all", 40, 4, 13, 8, 5, 10]
    assert len(tabulate_meanings()) == 5
    rows = tabulate_rows(found).set_index("claim_id")
    assert rows.loc["c02", ["claims", "patients", "responses"]].to_list() == [
        "3", "2, 4, 7, 10, 13", "15",
    ]  # fmt: skip
    told = tabulate_numbers(numbers, found)
    assert len(told) == len(numbers)
    first = told[told["Claim"].eq("c36: 23.7 %")].iloc[0]
    assert (first["Count"], first["Estimate"]) == ("14/59", "0.2373")
