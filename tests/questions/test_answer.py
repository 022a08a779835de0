"""The front page: words that follow the tables, and numbers that are those of other pages."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

import atopic
from atopic.display.finding_words import counted
from atopic.display.frequencies import limits_per_100, more_per_100, per_100
from atopic.questions.answer import (
    findings_by_product,
    product_answers,
    short_answers,
    telling_claims,
    verdict_totals,
)
from atopic.questions.answer.basis import basis_html, basis_lines, youngest
from atopic.questions.answer.cards import cards_html, describe_cards
from atopic.questions.answer.claims_board import claims_html, describe_claims
from atopic.questions.answer.findings_table import describe_findings, findings_html
from atopic.questions.answer.forest import trials_html
from atopic.questions.answer.reasons import rating_reasons
from atopic.questions.answer.short_cards import describe_short_answers, short_answers_html
from atopic.questions.answer.unknown_list import describe_unknown, unknown_html
from atopic.questions.answer.words import answer_note, counted_note
from atopic.questions.certainty import answer_questions, summary_of_findings
from atopic.questions.certainty.body import Rating
from atopic.questions.certainty.grade import HOLDS_MARK, NO_ESTIMATE, TOO_FEW
from atopic.questions.certainty.lights import describe_lights
from atopic.questions.controlled_effect import pooled_effect, trial_effects
from atopic.questions.durability import responses_over_time, worst_case
from atopic.questions.safety import adverse_events, summed_events
from atopic.questions.trials import lights_of, placebo_trials
from atopic.questions.trials.words import results_note
from atopic.questions.unknown import unknown_things

Change = Callable[[dict[str, pd.DataFrame]], None]


def changed(evidence: atopic.Evidence, change: Change) -> atopic.Evidence:
    frames = {name: evidence.table(name) for name in evidence}
    # The other columns of responses are derived again from these.
    stored = [field.name for field in evidence.package.tables["responses"].fields]
    frames["responses"] = frames["responses"][
        [name for name in stored if name in frames["responses"]]
    ]
    change(frames)
    return atopic.Evidence(evidence.path, evidence.package, frames, review=evidence.review)


class Words(HTMLParser):
    """Collects what a reader sees, and checks that every element is closed."""

    def __init__(self, made: str) -> None:
        super().__init__()
        self.text, self.open = "", list[str]()
        self.feed(made)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        if not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(evidence: atopic.Evidence, *, claims_too: bool = False) -> dict[str, str]:
    """Return what each part of the front page says; to judge all claims again takes seconds."""
    trials = placebo_trials(evidence)
    products = product_answers(evidence, trials=trials)
    short = short_answers(evidence, trials=trials)
    findings = findings_by_product(evidence)
    claims = (
        (pd.DataFrame(), verdict_totals(evidence).iloc[:0])
        if not claims_too
        else (telling_claims(evidence), verdict_totals(evidence))
    )
    unknown = unknown_things(evidence)
    made = {
        "cards": cards_html(products),
        "basis": basis_html(basis_lines(evidence, trials, products)),
        "short": short_answers_html(short),
        "forest": trials_html(trials, products, lights_of(evidence, trials)),
        "findings": findings_html(findings),
        "claims": claims_html(*claims),
        "unknown": unknown_html(unknown),
    }
    told = {
        "cards": describe_cards(products),
        "short": describe_short_answers(short),
        "findings": describe_findings(findings),
        "claims": describe_claims(*claims) if claims_too else "",
        "unknown": describe_unknown(unknown),
    }
    assert all(told[name].strip() for name in told if made[name])
    assert not any("nan" in text.lower().split() for text in (*made.values(), *told.values()))
    read = {name: " ".join(Words(html).text.split()) for name, html in made.items()}
    return read | {"lead": answer_note(products), "counted": counted_note(trials)}


@pytest.fixture(scope="module")
def trials(evidence: atopic.Evidence) -> pd.DataFrame:
    return placebo_trials(evidence)


@pytest.fixture(scope="module")
def products(evidence: atopic.Evidence, trials: pd.DataFrame) -> pd.DataFrame:
    return product_answers(evidence, trials=trials)


@pytest.fixture(scope="module")
def before(evidence: atopic.Evidence) -> dict[str, str]:
    """What the front page says of the tables as they are."""
    return page(evidence, claims_too=True)


def test_the_page_says_what_its_tables_hold(trials: pd.DataFrame, before: dict[str, str]) -> None:
    said = before
    shown = trials[trials["known"].ne("none")]
    enrolled = int(shown.drop_duplicates("study_id")["n_enrolled"].sum())
    assert f"{trials['study_id'].nunique()} placebo-controlled trials" in said["counted"]
    assert f"{shown['study_id'].nunique()} with a result" in said["counted"]
    assert f"{enrolled} patients" in said["counted"]
    for name in trials["short_name"]:
        assert name in said["forest"]
    assert said["lead"].startswith("Not shown so far.")


def test_the_numbers_are_those_of_the_pages_they_lead_to(
    evidence: atopic.Evidence, products: pd.DataFrame, before: dict[str, str]
) -> None:
    said = before
    products = products.set_index("brand")
    pooled = pooled_effect(trial_effects(evidence, "EASI-50", weeks=[12]), model="common").iloc[0]
    outermost = {"estimate": "estimate", "lower": "lower_min", "upper": "upper_max"}
    for name, over_all_counts in outermost.items():
        assert products.loc["FURESTEM-AD", name] == pytest.approx(pooled[over_all_counts])
    limits = limits_per_100(pooled["lower_min"], pooled["upper_max"])
    assert f"{more_per_100(pooled['estimate'])} per 100 95% interval: {limits}" in said["cards"]
    summary = summary_of_findings(answer_questions(evidence)).set_index("question_id")
    for row in products[products["known"].eq("rates")].to_dict("records"):
        graded = summary.loc[row["question_id"]]
        assert 1000 * row["placebo"] == pytest.approx(graded["without"])
        assert 1000 * row["treated"] == pytest.approx(graded["with_treatment"])
        assert row["certainty"] == graded["level"]
        assert f"{per_100(row['treated'])} of 100" in said["cards"].replace("\xa0", " ")
    worst = worst_case(evidence, responses_over_time(evidence, "EASI-50"))
    later = worst[worst["setting"].eq("follow-up")]
    low, high = per_100(later["estimate"].min()), per_100(later["estimate"].max())
    assert f"{low} to {high} if those who did not come back count as failures" in said["short"]
    summed = summed_events(adverse_events(evidence, events=["sae"])).iloc[0]
    assert f"None of {summed['n']} counted patients" in said["short"]
    assert f"up to {per_100(summed['upper'])} in 100" in said["short"]


def test_a_reason_reads_the_numbers_that_lowered_a_rating(products: pd.DataFrame) -> None:
    def said(effect: tuple[float, float, float], *because: str, patients: int = 900) -> str:
        rating = Rating("imprecision", -1, "", because)
        how = {"minimal": 10.0, "unit": "in 100", "patients": patients, "needed": 600}
        ((head, words),) = rating_reasons([rating], effect, **how)  # type: ignore[arg-type]
        assert head == "Imprecision, rated down once."
        return words

    assert (
        said((4, -5, 13), HOLDS_MARK)
        == "A benefit of 10 in 100, which would matter, is still possible."
    )
    assert said((-4, -13, 5), HOLDS_MARK).startswith("A harm of 10 in 100")
    assert "below 10 in 100, too small" in said((16, 3, 29), HOLDS_MARK)
    assert said((4, 1, 7), TOO_FEW, patients=300) == "300 patients, about 600 needed."
    assert said((float("nan"),) * 3, NO_ESTIMATE).startswith("No numbers")
    assert (
        len(
            rating_reasons(
                [Rating("bias", 0, "none")], (4, 1, 7), minimal=1, unit="", patients=1, needed=None
            )
        )
        == 0
    )
    assert all(row["ratings"] for row in products.to_dict("records"))


def test_few_patients_are_a_reason_only_where_the_rule_went_by_them(
    evidence: atopic.Evidence,
) -> None:
    answers = {one.question_id: one for one in answer_questions(evidence)}

    def said(question: str) -> str:
        one = answers[question]
        assert one.effect is not None
        ends = (one.effect.estimate, one.effect.lower, one.effect.upper)
        told = rating_reasons(
            one.ratings, ends, minimal=one.minimal or float("nan"), unit="points",
            patients=one.patients, needed=one.needed,
        )  # fmt: skip
        return dict(told)["Imprecision, rated down once."]

    # 169 patients of 126 needed, and no mark inside: the assumed interval is all there is.
    assert said("cord-blood-easi") == "The interval rests on an assumption."
    # The relative effect is not large: the rule does not ask for the 694 patients needed.
    assert "patients" not in said("cord-blood-easi-50")


def test_every_level_that_imprecision_or_missing_results_take_has_a_reason(
    evidence: atopic.Evidence,
) -> None:
    for one in answer_questions(evidence):
        for rating in one.ratings:
            if rating.domain in ("imprecision", "reporting"):
                assert bool(rating.because) == bool(rating.levels)


def test_reading_one_answer_changes_the_lights_and_levels_of_the_front_page_too(
    evidence: atopic.Evidence, before: dict[str, str]
) -> None:
    study = "seo-2024-phase-2"

    def read(frames: dict[str, pd.DataFrame]) -> None:
        table = frames["bias_answers"]
        # What was left out could not have mattered, nor what is missing hang on how the skin did.
        mine = table["study_id"].eq(study) & table["outcome"].isna()
        mine &= table["question"].isin(["2.7", "3.4"])
        assert mine.sum() == 2
        table.loc[mine, ["answer", "basis"]] = ["N", "read"]

    def lights(one: atopic.Evidence) -> str:
        trials = placebo_trials(one)
        (own,) = (words for words in describe_lights(lights_of(one, trials)).split(". ")
                  if words.startswith("SCM-AGH"))  # fmt: skip
        return own

    after = changed(evidence, read)
    said = page(after)
    levels = {}
    for one, findings in ((evidence, before["findings"]), (after, said["findings"])):
        (answer,) = answer_questions(one, questions=["bone-marrow-itch"])
        # Where no number says it, what is more than very uncertain is said in words.
        assert (answer.sentence in findings) == (answer.level != "very low")
        levels[answer.level] = answer.sentence
    assert set(levels) == {"very low", "low"}
    low = (findings_by_product(after)["level"] == "low").sum()
    assert low > (findings_by_product(evidence)["level"] == "low").sum()
    number = counted(low, "").removesuffix(" s")
    assert f" and low for {number}." in said["findings"]
    assert lights(after) != lights(evidence)
    trials = placebo_trials(evidence), placebo_trials(after)
    forests = [
        trials_html(rows, product_answers(one, trials=rows), lights_of(one, rows))
        for one, rows in zip((evidence, after), trials, strict=True)
    ]
    assert forests[0] != forests[1]


def _responders(study: str, arm: str, outcome: str, count: int, n: int) -> Change:
    def change(frames: dict[str, pd.DataFrame]) -> None:
        table = frames["responses"]
        mine = table["study_id"].eq(study) & table["arm_id"].eq(arm) & table["outcome"].eq(outcome)
        mine &= table["week"].eq(12)
        table.loc[mine, ["responders", "n"]] = [count, n]
        table.loc[mine, "n_basis"] = "printed"
        table.loc[mine, "percent_printed"] = pd.NA

    return change


def test_a_trial_that_becomes_clearly_positive_changes_the_words(
    evidence: atopic.Evidence, products: pd.DataFrame, before: dict[str, str]
) -> None:
    found = changed(evidence, _responders("kangstem-2024", "active", "EASI-50", 140, 206))
    after = page(found)
    trials = placebo_trials(found)
    row = product_answers(found, trials=trials).set_index("brand").loc["FURESTEM-AD"]
    assert row["treated"] > products.set_index("brand").loc["FURESTEM-AD", "treated"]
    assert after["lead"] != before["lead"]
    trial = trials.set_index("study_id").loc["kangstem-2024"]
    assert trial["lower"] > 0
    assert (
        f"{more_per_100(trial['estimate'])} {limits_per_100(trial['lower'], trial['upper'])}"
        in (after["forest"])
    )
    # The range of the trials, with the ends of their limits, and its new upper end.
    assert "3 to 5 more in 100" in results_note(placebo_trials(evidence))
    most = 100 * (140 / 206 - 28 / 94)
    assert f"5 to {most:.0f} more in 100" in results_note(trials)


def test_a_product_of_which_all_trials_are_clearly_positive_is_said_to_help_as_surely_as_graded(
    evidence: atopic.Evidence,
) -> None:
    def both(frames: dict[str, pd.DataFrame]) -> None:
        _responders("kangstem-2024", "active", "EASI-50", 140, 206)(frames)
        _responders("kangstem-2019", "active", "EASI-50", 58, 88)(frames)

    products = product_answers(changed(evidence, both))
    row = products.iloc[0]
    assert (row["brand"], row["direction"]) == ("FURESTEM-AD", "more")
    starts = {"moderate": "Yes, with", "low": "Perhaps, with", "very low": "Not shown"}
    assert answer_note(products).startswith(starts[row["certainty"]])
    said = {
        "moderate": "cells probably help more patients than placebo",
        "low": "cells may help more patients than placebo",
        "very low": "saw more patients respond than on placebo",
    }
    assert said[row["certainty"]] in answer_note(products)
    assert f"about {more_per_100(row['estimate'])} in 100 had" in answer_note(products)


def _without_placebo(frames: dict[str, pd.DataFrame]) -> None:
    studies = frames["studies"]
    gone = set(studies.loc[studies["design"].eq("randomised-placebo"), "study_id"])
    gone &= set(studies.loc[studies["role"].eq("evidence"), "study_id"])
    for name, frame in frames.items():
        if "study_id" in frame:
            frames[name] = frame[~frame["study_id"].isin(gone)]
    questions = frames["certainty_questions"]
    lost = questions["study_ids"].map(lambda cell: bool(gone & set(str(cell).split(";"))))
    kept = set(questions.loc[~lost, "question_id"])
    frames["certainty_questions"] = questions[~lost]
    judged = frames["certainty_judgements"]
    frames["certainty_judgements"] = judged[
        judged["question_id"].isna() | judged["question_id"].isin(kept)
    ]


def test_without_any_placebo_controlled_trial_the_page_says_that_nobody_can_say(
    evidence: atopic.Evidence,
) -> None:
    said = page(changed(evidence, _without_placebo), claims_too=True)
    assert said["lead"].startswith("Nobody can say.")
    assert said["cards"] == said["forest"] == said["findings"] == said["counted"] == ""
    assert "What is claimed" in said["claims"]
    assert "No drug trial" in said["short"]


def test_a_product_that_is_added_gets_a_card_that_is_not_rated_yet(
    evidence: atopic.Evidence, before: dict[str, str]
) -> None:
    def add(frames: dict[str, pd.DataFrame]) -> None:
        for name in ("studies", "arms", "responses"):
            frame = frames[name]
            new = frame[frame["study_id"].eq("atmsc-2025")].assign(study_id="new-2026")
            if name == "studies":
                new = new.assign(
                    product_words="tonsil cells (NEWCELL)", short_name="NEWCELL phase 2, 2026"
                )
            new.index = pd.RangeIndex(frame.index.max() + 1, frame.index.max() + 1 + len(new))
            frames[name] = pd.concat([frame, new.rename_axis(frame.index.name)])

    found = changed(evidence, add)
    said = page(found)
    row = product_answers(found).set_index("brand").loc["NEWCELL"]
    assert (row["certainty"], row["trials"], row["direction"]) == ("", 1, "more")
    assert "Tonsil cells" in said["cards"]
    assert "not rated yet" in said["cards"]
    assert "NEWCELL phase 2, 2026" in said["forest"]
    assert "Three smaller trials of other cells" in said["lead"]
    assert "not rated yet" not in before["cards"]


def test_a_trial_that_no_question_of_certainty_asks_about_leaves_its_product_unrated(
    evidence: atopic.Evidence, products: pd.DataFrame
) -> None:
    def drop(frames: dict[str, pd.DataFrame]) -> None:
        table = frames["certainty_questions"]
        table.loc[table["question_id"].eq("cord-blood-easi-50"), "study_ids"] = "kangstem-2019"

    found = product_answers(changed(evidence, drop)).set_index("brand")
    graded = products.set_index("brand")
    assert found.loc["FURESTEM-AD", "certainty"] == ""
    assert found.loc["FURESTEM-AD", "estimate"] == pytest.approx(
        graded.loc["FURESTEM-AD", "estimate"]
    )


def test_text_of_the_tables_is_text_on_the_page(
    evidence: atopic.Evidence, trials: pd.DataFrame, products: pd.DataFrame
) -> None:
    hostile = '<b onclick="x()">&'
    named = trials.assign(short_name=hostile, product_words=hostile)
    cards = products.assign(name=hostile, brand=hostile, product=hostile)
    unknown = unknown_things(evidence).assign(what=hostile, where_to_look=hostile)
    claims = telling_claims(evidence).assign(claim=hostile, reason=hostile)
    for made in (
        cards_html(cards),
        trials_html(named, cards, lights_of(evidence, trials)),
        findings_html(findings_by_product(evidence).assign(product=hostile, sentence=hostile)),
        claims_html(claims, verdict_totals(evidence)),
        unknown_html(unknown),
    ):
        assert "<b onclick" not in made
        assert hostile in Words(made).text


def test_frequencies_keep_the_order_and_the_side_of_both_limits() -> None:
    assert limits_per_100(-0.2, -0.03) == "20 to 3 fewer"
    assert limits_per_100(0.0, 0.2) == "0 to 20 more"
    assert limits_per_100(float("nan"), float("nan")) == ""
    assert more_per_100(-0.004) == "as many"


def test_whom_the_trials_took_follows_the_tables(evidence: atopic.Evidence) -> None:
    asked = placebo_trials(evidence), product_answers(evidence)
    ages = evidence.studies.set_index("study_id")["population"].map(youngest)
    own = ages[list(dict.fromkeys(asked[0]["study_id"]))]
    assert own.notna().all()
    told = dict(basis_lines(evidence, *asked))["Children"]
    assert told.startswith(f"Unknown. All {counted(len(own), 'placebo-controlled trial')}")
    assert f"people of {int(own.min())} or older" in told

    def one_takes_children(frames: dict[str, pd.DataFrame]) -> None:
        table = frames["studies"]
        table.loc[table["study_id"].eq("atmsc-2025"), "population"] = "12-17 years, EASI above 12"
        table.loc[table["study_id"].eq("kangstem-2019"), "population"] = pd.NA

    told = dict(basis_lines(changed(evidence, one_takes_children), *asked))["Children"]
    assert told.startswith(f"{len(own) - 1} of ")
    assert "people of 12 or older; of the others we found no ages." in told
    assert youngest("adults, atopic dermatitis for 3 years or more") is None
