"""Pages of a review without doses, other treatments and stated facts do not speak of them."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import atopic
from atopic.display.forest_table import ForestRow
from atopic.display.frequencies import limits_per_100
from atopic.questions.answer import product_answers, short_answers
from atopic.questions.answer.basis import basis_html, basis_lines
from atopic.questions.answer.cards import cards_html
from atopic.questions.answer.short_cards import describe_short_answers
from atopic.questions.answer.words import answer_note
from atopic.questions.controlled_effect import pooled_effect, trial_effects
from atopic.questions.durability import responses_over_time, worst_case, worst_case_note
from atopic.questions.evidence_map import patient_groups, publication_counts, study_flow
from atopic.questions.evidence_map.finding import map_finding
from atopic.questions.evidence_map.flow_chart import draw_flow
from atopic.questions.one_study import study_effects, study_rates, study_scores
from atopic.questions.one_study.finding import study_finding
from atopic.questions.safety import adverse_events, summed_events
from atopic.questions.safety.finding import safety_finding
from atopic.questions.safety.words import silence_note
from atopic.questions.severity_reduction import reduction_differences, score_reductions
from atopic.questions.severity_reduction.chart import draw_reductions
from atopic.questions.severity_reduction.finding import reductions_finding
from atopic.questions.trials import forest, placebo_trials
from atopic.questions.trials.words import with_several
from atopic.review import Review, use_review
from atopic.scaffold.command import new_review
from tests.conftest import REPOSITORY
from tests.reviews import change_cells, psoriasis
from tests.running import run

WALKED, FALL, DISTANCE = "walked 30 m further", "fall", "walking distance"
#: Of each trial: treated, sham, and of each outcome at a day how many in both groups.
TRIALS = {
    "Trial A": (40, 40, {(WALKED, 28): (14, 8), (WALKED, 84): (19, 9), (FALL, 84): (3, 5)}),
    "Trial B": (62, 60, {(WALKED, 28): (21, 15), (WALKED, 84): (29, 18), (FALL, 84): (6, 4)}),
    "Trial C": (50, 51, {(WALKED, 84): (24, 17), (FALL, 84): (0, 2)}),
}
METRES = {"Trial A": (31, 9), "Trial B": (25, 8), "Trial C": (18, 10)}
EVENTS = """study_id,arm_id,event,patients_or_events,count,n,week
trial-a,training,sae,patients,1,39,84
trial-a,sham,sae,patients,2,40,84
"""


def sheet(path: Path, *, sign: int = 1) -> Path:
    """Write what trials of a training against sham found, in days, without any dose."""
    head = ("study", "arm", "agent", "outcome", "day", "responders", "n", "randomised", "mean",
            "sd", "statistic", "unit")  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for study, (treated, sham, found) in TRIALS.items():
        for place, (arm, n) in enumerate((("Training", treated), ("sham", sham))):
            agent = "training" if arm == "Training" else "sham"
            rows += [
                (study, arm, agent, outcome, day, both[place], n - 2, n, "", "", "", "")
                for (outcome, day), both in found.items()
            ]
            mean = sign * METRES[study][place]
            rows.append(
                (study, arm, agent, DISTANCE, 84, "", n - 2, n, mean, 41, "mean_change", "m")
            )
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])
    return path


def begun(place: Path, *, sign: int = 1) -> Path:
    better = [f"{FALL}=lower", f"{DISTANCE}={'higher' if sign > 0 else 'lower'}"]
    place.mkdir()
    assert new_review(place / "review", sheet(place / "sheet.csv", sign=sign), title="Training",
                      yes=True, better=better)  # fmt: skip
    data = place / "review" / "data"
    (data / "safety.csv").write_text(EVENTS, encoding="utf-8")
    return data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return begun(tmp_path_factory.mktemp("training") / "up")


@pytest.fixture
def training(data: Path) -> Iterator[atopic.Evidence]:
    evidence = atopic.load(data, absent="empty")
    use_review(evidence.review)
    yield evidence
    use_review(Review())


@pytest.fixture
def drugs(tmp_path: Path) -> Iterator[atopic.Evidence]:
    evidence = atopic.load(psoriasis(tmp_path / "psoriasis"), absent="empty")
    use_review(evidence.review)
    yield evidence
    use_review(Review())


_TAGS = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)
ASKED: dict[str, list[dict[str, Any]]] = {
    "answer": [{}],
    "trials": [{}],
    "evidence_map": [{}],
    "response_rates": [{"outcome": "fall"}],
    "controlled_effect": [{"outcome": "walked-30-m-further", "weeks": [84]}],
    "durability": [{"outcome": "fall"}],
    "severity_reduction": [{}],
    "safety": [{}],
    "certainty": [{}],
    "next_trial": [{"outcome": "fall", "week": 84, "replicates": 100}],
    "one_study": [{"study": "trial-a"}],
}


@pytest.fixture(scope="module")
def pages(data: Path) -> dict[str, str]:
    """Return what a reader of each page sees and hears: no cell of a CSV, and no method."""
    read = {}
    for name, asked in ASKED.items():
        with pytest.MonkeyPatch.context() as patch:
            shown = [
                one
                for values in asked
                for one in run(
                    REPOSITORY / "notebooks" / f"{name}.ipynb", {"data": str(data), **values}, patch
                )
            ]
        texts = [
            _TAGS.sub(" ", made.get("text/html", "")) + f"\n{told.get('alt', '')}"
            for told, made in shown
            if told["kind"] != "caption"  # which a page has under its figure, as told
        ]
        texts += [told.get("caption", "") for told, _ in shown]
        read[name] = "\n".join(texts)
    use_review(Review())
    return read


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(r"walked-30-m-further|walking-distance|30-m\b", id="codes of outcomes"),
        pytest.param(r"\b[Dd]os(?:e|es|ing)\b", id="doses"),
        pytest.param(r"\b[Dd]rugs?\b|\b[Bb]enchmarks?\b", id="other treatments"),
        pytest.param(
            "patients not found|route not found|[Mm]aker|publication not stated|"
            "no reported comparison|RoB|bias",
            id="facts of no trial",
        ),
        pytest.param("[Cc]hildren", id="ages that nobody gave"),
    ],
)
@pytest.mark.parametrize("name", ASKED)
def test_no_page_speaks_of(pages: dict[str, str], name: str, words: str) -> None:
    found = [pages[name][max(0, one.start() - 60) : one.end() + 40]
             for one in re.finditer(words, pages[name])]  # fmt: skip
    assert found == []


@pytest.mark.parametrize("name", ["durability", "response_rates"])
def test_a_harm_is_no_response_and_a_lost_patient_no_failure(
    pages: dict[str, str], name: str
) -> None:
    assert re.findall(r"[^.]*(?:[Rr]espond|[Rr]esponse\b|failure)[^.]*", pages[name]) == []
    assert "fall" in pages[name]


def test_a_score_has_its_own_unit(pages: dict[str, str]) -> None:
    assert "points" not in pages["severity_reduction"]
    assert "31 m" in pages["severity_reduction"]


def test_of_no_count_of_harms_one_sentence_is_said(drugs: atopic.Evidence) -> None:
    adverse = adverse_events(drugs)
    assert adverse.empty
    assert safety_finding(drugs, adverse, summed_events(adverse), {})["words"] == (
        "We found no count of side effects."
    )
    assert silence_note(drugs, adverse) == "There may have been some."


def test_of_no_number_treated_one_sentence_is_said(drugs: atopic.Evidence) -> None:
    over_time = responses_over_time(drugs, "PASI-75")
    said = worst_case_note(over_time, worst_case(drugs, over_time))
    assert said.startswith("No worst case can be computed")
    assert "UNCOVER" not in said


def test_a_score_of_several_trials_says_whose_it_is(pages: dict[str, str]) -> None:
    assert "than with sham in Trial A: it rose by 31 m" in pages["severity_reduction"]


def test_what_is_there_is_asked(training: atopic.Evidence, drugs: atopic.Evidence) -> None:
    use_review(training.review)
    assert "dose" not in describe_short_answers(short_answers(training))
    use_review(drugs.review)
    said = describe_short_answers(short_answers(drugs))
    assert "Does a higher dose do more?" in said
    assert "Dose: " in cards_html(product_answers(drugs))


def test_what_is_told_of_one_study_stands_beside_what_is_told_of_all(tmp_path: Path) -> None:
    folder = begun(tmp_path / "thesis")

    def tell(row: dict[str, str]) -> None:
        row.update(publication="doctoral-thesis" if row["study_id"] == "trial-a" else "")
        row.update(n_enrolled="80" if row["study_id"] == "trial-a" else "")

    change_cells(folder, "studies", tell)
    evidence = atopic.load(folder, absent="empty")
    use_review(evidence.review)
    figure = draw_flow(study_flow(evidence))
    assert figure is not None
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [one for axes in figure.axes for one in axes.texts if one.get_text().strip()]
    words = [one.get_text() for one in texts]
    assert "publication not stated" in words  # of the others, as one of them states it
    boxes = [one.get_window_extent(renderer) for one in texts]
    for number, box in enumerate(boxes):
        for other, another in enumerate(boxes[number + 1 :], start=number + 1):
            assert not box.overlaps(another), (words[number], words[other])
    use_review(Review())


@pytest.mark.parametrize(
    ("published", "said"),
    [
        ([], "; where they were published is not stated."),
        (["trial-a"], "; where 2 of them were published is not stated."),
        (["trial-a", "trial-b", "trial-c"], "none of these is known from company statements"),
    ],
)
def test_where_nobody_says_a_trial_was_published_it_is_not_called_published(
    tmp_path: Path, published: list[str], said: str
) -> None:
    folder = begun(tmp_path / "published")

    def tell(row: dict[str, str]) -> None:
        where = "journal" if row["study_id"] in published else ""
        row.update(publication=where, n_enrolled="122")

    change_cells(folder, "studies", tell)
    evidence = atopic.load(folder, absent="empty")
    use_review(evidence.review)
    groups = patient_groups(evidence)
    found = map_finding(publication_counts(groups), groups)
    use_review(Review())
    assert said in found["words"]
    assert found["number"] == ("0%" if len(published) == 3 else "366")


def mirrored(words: str) -> str:
    """Return a sentence of scores with rise and fall in each other's place."""
    other = {"rose": "fell", "fell": "rose", "risen": "fallen", "fallen": "risen"}
    return re.sub(r"\b(rose|fell|risen|fallen)\b", lambda one: other[one[0]], words)


def heads(figure: Any) -> dict[tuple[int, str], float]:
    """Return where the ends of each axis of a chart are said to be the better and the worse."""
    wanted = ("better", "worse", "improved")
    found = {}
    for panel, axes in enumerate(figure.axes):
        for text in axes.texts:
            if text.get_text() in wanted:
                found[panel, text.get_text()] = text.get_position()[0]
    return found


def test_a_score_of_which_more_is_better_is_told_as_the_mirror_of_one_of_which_less_is(
    data: Path, tmp_path: Path
) -> None:
    found = []
    for folder in (data, begun(tmp_path / "down", sign=-1)):
        evidence = atopic.load(folder, absent="empty")
        use_review(evidence.review)
        scores = score_reductions(evidence, ["walking-distance"])
        differences = reduction_differences(scores)
        said = reductions_finding(evidence, scores, differences, {})
        alone = reductions_finding(evidence, scores, differences.iloc[:0], {})
        found.append((said, alone, heads(draw_reductions(scores, differences=differences))))
    use_review(Review())
    (more, more_alone, more_heads), (less, less_alone, less_heads) = found
    assert "rose further with training than with sham" in more["words"]
    assert mirrored(more["words"]) == less["words"]
    assert mirrored(more_alone["words"]) == less_alone["words"]
    assert "A higher walking distance is better." in more["notes"]
    assert more_heads.keys() == less_heads.keys() == {(0, "improved"), (1, "better"), (1, "worse")}
    assert more_heads[0, "improved"] > less_heads[0, "improved"]
    assert more_heads[1, "better"] == pytest.approx(less_heads[1, "worse"])
    assert more_heads[1, "worse"] == pytest.approx(less_heads[1, "better"])


def test_the_front_page_takes_the_time_that_most_trials_have(training: atopic.Evidence) -> None:
    (row,) = product_answers(training).to_dict("records")
    assert (row["outcome"], row["week"], row["trials"]) == ("walked-30-m-further", 84, 3)


def test_the_front_page_says_what_the_page_of_the_effect_leads_with(
    training: atopic.Evidence,
) -> None:
    trials, products = placebo_trials(training), product_answers(training)
    effects = trial_effects(training, "walked-30-m-further", weeks=[84])
    (safe,) = pooled_effect(effects, interval="hartung-knapp-safeguarded").to_dict("records")
    limits = limits_per_100(safe["lower"], safe["upper"])
    said = dict(basis_lines(training, trials, products))["Pooling"]
    assert said.endswith(f"by the Hartung-Knapp method it would be {limits}.")
    assert "fewer" in limits  # and the card says that more patients walked further


def test_a_front_page_of_which_nothing_is_told_has_no_section_for_it() -> None:
    assert basis_html([]) == ""


def test_no_trial_is_counted_twice_on_the_front_page(drugs: atopic.Evidence) -> None:
    """Two trials of brodalumab compared ustekinumab with placebo, too."""
    products = product_answers(drugs)
    said = answer_note(products)
    numbers = {"Three": 3, "20": 20}
    counted = [numbers[one] for one in re.findall(r"(\w+) (?:smaller )?trials", said)]
    assert sum(counted) == placebo_trials(drugs)["study_id"].nunique() == 23
    assert "smaller" not in said  # nobody says how many patients any of them had


def test_results_of_one_trial_are_told_apart(
    drugs: atopic.Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = placebo_trials(drugs)
    rows: list[ForestRow] = []
    made = forest._trial
    monkeypatch.setattr(
        forest,
        "_trial",
        lambda *asked: rows.append(made(*asked)) or rows[-1],  # type: ignore[func-returns-value]
    )
    forest.forest_html(trials, pd.DataFrame(columns=["study_id", "outcome", "week"]))
    shown = with_several(trials)
    assert shown["several"].any()
    told = pd.DataFrame({
        "heading": [forest.result_heading(row) for row in trials.itertuples()],
        "row": [(row.name, row.small) for row in rows],
    })  # fmt: skip
    assert not told.duplicated().any()


def test_the_result_of_one_arm_is_not_told_as_that_of_all(drugs: atopic.Evidence) -> None:
    effects, allowed = study_effects(drugs, "uncover-2")
    found = study_finding(
        drugs, "uncover-2", effects=effects, allowed=allowed, adverse=pd.DataFrame(),
        rates=study_rates(drugs, "uncover-2"), scores=study_scores(drugs, "uncover-2"),
        judgements=pd.DataFrame(),
    )  # fmt: skip
    assert (
        "90 of 100 patients reached PASI-75 at week 12 with Ixekizumab 80 mg Q2W" in found["words"]
    )


def test_an_event_on_the_control_stands_beside_and_not_in_place_of_one_on_the_treatment(
    training: atopic.Evidence,
) -> None:
    adverse = adverse_events(training)
    found = safety_finding(training, adverse, summed_events(adverse), {})
    assert found["number"] == "1 of 39"
    assert found["words"].endswith("among 39 patients in one study, and 2 among 40 on sham.")


def test_a_study_that_states_a_fact_brings_its_column_back(data: Path, tmp_path: Path) -> None:
    folder = begun(tmp_path / "told")
    change_cells(folder, "arms", lambda row: row.update(dose="3", dose_unit="hours"))
    evidence = atopic.load(folder, absent="empty")
    use_review(evidence.review)
    assert "Does a higher dose do more?" in describe_short_answers(short_answers(evidence))
    assert "Dose: 3 hours" in cards_html(product_answers(evidence))
    use_review(Review())
