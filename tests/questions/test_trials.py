"""The page of all placebo-controlled trials, and the pages that each study must have."""

import tomllib

import numpy as np

import atopic
from atopic.display.finding_words import counted, more_span
from atopic.questions.certainty import bias_judgements
from atopic.questions.controlled_effect import allowed_effects, trial_effects
from atopic.questions.trials import lights_of, placebo_trials
from atopic.questions.trials.forest import forest_html
from atopic.questions.trials.table import tabulate_trials
from atopic.questions.trials.words import bias_note, describe_trials, trials_note
from tests.conftest import REPOSITORY


def test_every_placebo_controlled_trial_of_cells_is_there(evidence: atopic.Evidence) -> None:
    studies = evidence.studies
    own = studies["role"].eq("evidence") & studies["design"].eq("randomised-placebo")
    trials = placebo_trials(evidence)
    assert set(trials["study_id"]) == set(studies.loc[own, "study_id"])
    assert trials["n_enrolled"].is_monotonic_decreasing


def test_the_numbers_are_those_of_the_pages_of_each_outcome(evidence: atopic.Evidence) -> None:
    trials = placebo_trials(evidence)
    rates = trials[trials["known"].eq("rates")]
    assert len(rates) > 2
    numbers = ["estimate", "lower", "upper", "lower_min", "upper_max"]
    for row in rates.to_dict("records"):
        own = trial_effects(
            evidence, row["outcome"], studies=[row["study_id"]], weeks=[row["week"]]
        )
        assert own[numbers].iloc[0].to_list() == [row[name] for name in numbers]
    for row in trials[trials["known"].eq("only-p")].to_dict("records"):
        own = allowed_effects(evidence, row["outcome"], studies=[row["study_id"]]).iloc[0]
        assert (row["lower"], row["upper"]) == (own["interval_lower"], own["interval_upper"])
        assert np.isnan(row["estimate"])
        assert evidence.contrasts.loc[row["contrast_row"], "measure"] == "p_value"


def test_a_trial_of_which_only_p_is_known_is_hollow_and_one_without_a_result_has_no_row(
    evidence: atopic.Evidence,
) -> None:
    trials = placebo_trials(evidence)
    table, _, below = forest_html(trials, lights_of(evidence, trials)).partition("</table>")
    assert table.count('scope="row"') == trials["known"].ne("none").sum()
    assert table.count('class="span unsure"') == trials["known"].eq("only-p").sum() == 1
    assert table.count('<rect class="point"') == trials["known"].eq("rates").sum()
    for name in trials.loc[trials["known"].eq("none"), "short_name"]:
        assert name not in table
        assert "No result found: <a href" in below
        assert f">{name}</a>" in below
    assert "25 more? <" in table.replace("</b>", " <")


def test_the_finding_comes_first_and_each_goal_is_told(evidence: atopic.Evidence) -> None:
    trials = placebo_trials(evidence)
    told = trials_note(trials)
    rates = trials[trials["known"].eq("rates")]
    for _, own in rates.groupby("outcome"):
        span = more_span(own["estimate"].min(), own["estimate"].max())
        assert span in told
        assert f"In {counted(own['study_id'].nunique(), 'trial')} of " in told
        assert more_span(own["lower_min"].min(), own["upper_max"].max()) in told
    # How many trials differ clearly from placebo is no summary of what they found.
    assert "differ" not in told
    for goal, word in (("yes", "met by"), ("no", "missed by"), ("unknown", "not known for")):
        own = trials.loc[trials["primary_met"].eq(goal), "short_name"]
        assert f"{word} {own.iloc[0]}" in told
    assert told in describe_trials(trials)


def test_another_answer_of_the_tables_changes_the_page(evidence: atopic.Evidence) -> None:
    trials = placebo_trials(evidence)
    changed = trials.assign(primary_met="yes")
    assert "missed" not in trials_note(changed)
    assert tabulate_trials(changed)["Main goal"].str.startswith("met").all()


def test_the_table_says_what_each_rate_rests_on(evidence: atopic.Evidence) -> None:
    table = tabulate_trials(placebo_trials(evidence)).set_index("Trial")
    assert table.loc["ADSTEM phase 2, 2025", "Cells"] == "14 of 59 (24%)"
    assert table.loc["FURESTEM-AD phase 3, 2019", "Placebo"] == "22 of 81 (27%, derived)"
    assert table.loc["FURESTEM-AD phase 3, 2024", "Cells"].endswith("several fit)")
    assert table.loc["SCM-AGH phase 2, 2024", "Placebo"] == "not found"


def test_the_lights_are_those_of_the_page_on_certainty(evidence: atopic.Evidence) -> None:
    trials = placebo_trials(evidence)
    lights, every = lights_of(evidence, trials), bias_judgements(evidence)
    assert len(lights) == 6 * trials["known"].ne("none").sum()
    assert lights.merge(every).shape == lights.shape
    whole = lights[lights["domain"].eq("overall")].set_index("study_id")["judgement"]
    shown = trials[trials["known"].ne("none")].set_index("study_id")["bias"]
    assert shown.to_dict() == whole.to_dict()
    told = bias_note(lights)
    worst = lights[lights["domain"].eq("overall")]
    open_ = int(worst["lowest"].ne(worst["highest"]).sum())
    assert told.startswith(f"{open_} of {len(worst)} overall judgements may change")
    assert told.endswith("2019: high whatever they say.")
    assert bias_note(lights.iloc[:0]) == ""
    assert trials.loc[trials["known"].eq("none"), "bias"].isna().all()


def test_nothing_is_drawn_told_or_tabulated_of_nothing(evidence: atopic.Evidence) -> None:
    nothing = placebo_trials(evidence).iloc[:0]
    assert forest_html(nothing, lights_of(evidence, nothing)) == ""
    assert describe_trials(nothing) == trials_note(nothing) == ""
    assert tabulate_trials(nothing).empty


def test_each_study_of_cells_with_a_comparison_has_a_page(
    evidence: atopic.Evidence,
) -> None:
    manifest = tomllib.loads((REPOSITORY / "reports.toml").read_text(encoding="utf-8"))
    pages = {
        report["parameters"]["study"]
        for report in manifest["report"]
        if report["notebook"] == "notebooks/one_study.ipynb"
    }
    studies = evidence.studies
    compared = studies["role"].eq("evidence") & studies["design"].isin(
        ["randomised-placebo", "randomised-dose"]
    )
    # One without a result too: that none was read is what its page says.
    wanted = set(studies.loc[compared, "study_id"])
    assert len(wanted) > 4
    assert wanted <= pages
