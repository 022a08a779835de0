"""The rules in the order in which they are asked; the first that applies decides.

A claim is asked the rules of its kind, from the top. Rows that share a function share one
computation: each stands for the verdicts that it names. To add a rule, add a row, and a function
in the `rules_` module of its subject if none here computes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from atopic.questions.claims import (
    rules_comparison,
    rules_design,
    rules_dose,
    rules_durability,
    rules_rate,
    rules_safety,
    rules_score,
)
from atopic.questions.claims.facts import Facts
from atopic.questions.claims.finding import (
    CANNOT_BE_TESTED,
    CONTRADICTED,
    NOT_SUPPORTED,
    SUPPORTED,
    VERDICTS,
    WIDE,
    Finding,
)
from atopic.questions.claims.reading import Claim
from atopic.review import in_words

Judge = Callable[[Claim, Facts], Finding | None]

# Kinds of claims, as claims.csv names them.
ANY: tuple[str, ...] = ()
BIOMARKER = ("biomarker",)
COMPARISON = ("comparison-with-placebo",)
DESIGN = ("design",)
DOSE_RESPONSE = ("dose-response",)
DURABILITY = ("durability",)
MECHANISM = ("mechanism",)
RATE = ("response-rate",)
REDUCTION = ("reduction",)
SAFETY = ("safety",)


@dataclass(frozen=True)
class Rule:
    """One row of the rulebook, with what the page prints of it: its name, when and then.

    `kinds` of claims are asked (none means every kind) that say `cue`. Of the verdicts of
    `judge`, which has nothing to say if it returns None, this row gives `verdicts`.
    """

    name: str
    kinds: tuple[str, ...]
    when: str
    then: str
    judge: Judge
    cue: str = ""
    verdicts: tuple[str, ...] = tuple(VERDICTS)

    def is_asked(self, claim: Claim) -> bool:
        """Whether a claim of this kind that says this is its business."""
        return (not self.kinds or claim.kind in self.kinds) and (
            not self.cue or self.cue in claim.cues
        )


@dataclass(frozen=True)
class Judgement:
    """A claim, the rule that decided, and what it found."""

    claim: Claim
    rule: str
    finding: Finding
    control: str


def judged(claim: Claim, facts: Facts) -> Judgement:
    """Return what the first rule that applies concludes of a claim."""
    findings: dict[Judge, Finding | None] = {}
    for rule in RULES:
        if not rule.is_asked(claim):
            continue
        if rule.judge not in findings:
            findings[rule.judge] = rule.judge(claim, facts)
        finding = findings[rule.judge]
        if finding is not None and finding.verdict in rule.verdicts:
            primary = finding.observed[0] if finding.observed else None
            return Judgement(claim, rule.name, finding, facts.control(claim, primary))
    raise AssertionError("the last rule applies to every claim")


def rules_table() -> pd.DataFrame:
    """Return the rules in order, as the page prints them.

    Returns
    -------
    DataFrame
        Columns ``rule``, ``order``, ``when`` (it applies) and ``then`` (what it concludes).

    Examples
    --------
    >>> rules_table()["rule"].to_list()[:2]
    ['mechanism-not-of-patients', 'outside-the-tables']
    """
    rows = [
        (rule.name, order, in_words(rule.when), in_words(rule.then))
        for order, rule in enumerate(RULES, start=1)
    ]
    return pd.DataFrame(rows, columns=["rule", "order", "when", "then"])


#: Every rule, in order. None knows a claim by its id.
RULES = (
    # Mechanisms.
    Rule(
        "mechanism-not-of-patients",
        MECHANISM,
        "The claim is about a mechanism, and nothing that it names was measured in patients here.",
        "It cannot be tested: the page says in which species it was seen, and how.",
        rules_design.mechanism_not_of_patients,
    ),
    # Any kind of claim.
    Rule(
        "outside-the-tables",
        ANY,
        "The row is marked as outside the tables, or names no study.",
        "It cannot be tested.",
        rules_design.outside_the_tables,
    ),
    Rule(
        "value-not-a-number",
        ANY,
        "A value is claimed that is neither a number nor a range.",
        "The claim cannot be tested.",
        rules_design.value_not_a_number,
    ),
    # Design.
    Rule(
        "dose-of-the-arm",
        DESIGN,
        "A design claim gives a dose: its unit is one of a dose.",
        "Contradicted if the group's dose is in another unit or of another size, supported if "
        "both agree; it cannot be tested if the group has no single dose.",
        rules_design.dose_of_the_arm,
    ),
    Rule(
        "design-contradicted",
        DESIGN,
        "A design claim says blinding, control group, randomisation, phase or size otherwise "
        "than studies.csv and arms.csv.",
        "Contradicted.",
        rules_design.recorded_design,
        verdicts=(CONTRADICTED,),
    ),
    Rule(
        "design-not-recorded",
        DESIGN,
        "Nothing in a design claim disagrees, but a part of it is unknown in the record, or "
        "none of it can be read.",
        "It cannot be tested.",
        rules_design.recorded_design,
        verdicts=(CANNOT_BE_TESTED,),
    ),
    Rule(
        "design-recorded",
        DESIGN,
        "Every part of a design claim that can be read agrees with the record.",
        "Supported.",
        rules_design.recorded_design,
        verdicts=(SUPPORTED,),
    ),
    # Biomarkers.
    Rule(
        "marker-direction-only",
        BIOMARKER,
        "A biomarker claim, and of its study a direction was found, but no value or no comparator.",
        "It cannot be tested; the reported direction is only recorded.",
        rules_design.marker_direction_only,
    ),
    Rule(
        "marker-value",
        BIOMARKER,
        "A biomarker claim with a value, and a row of its study and marker that reports one.",
        "Contradicted if they differ; if they agree supported with wide uncertainty, since "
        "no spread was found.",
        rules_design.marker_value,
    ),
    # Adverse events.
    Rule(
        "event-count-otherwise",
        SAFETY,
        "A safety claim with a number, and no row of an event that it names reports that number.",
        "Contradicted.",
        rules_safety.printed_events,
        verdicts=(CONTRADICTED,),
    ),
    Rule(
        "event-rows-graded-low",
        SAFETY,
        "Every row that reports the claimed number is graded low (weak or contradicted).",
        "Not supported.",
        rules_safety.printed_events,
        verdicts=(NOT_SUPPORTED,),
    ),
    Rule(
        "events-as-printed",
        SAFETY,
        "Rows report the claimed number for every event that the claim names and the study counts.",
        "Supported, or supported with wide uncertainty if the exact interval of the share "
        "of patients is wider than the limit, or if events instead of patients were "
        "counted.",
        rules_safety.printed_events,
        verdicts=(SUPPORTED, WIDE),
    ),
    # Scores.
    Rule(
        "change-quoted-as-share",
        REDUCTION + RATE,
        "The words make the percentage a share of patients, but the outcome is a score "
        "whose reported change has that size.",
        "Contradicted: the number is the change of the group's score.",
        rules_score.change_quoted_as_share,
        cue="share-of-patients",
    ),
    Rule(
        "share-quoted-as-change",
        REDUCTION,
        "A fall of a score in percent is claimed that no score row of the group reports, and a "
        "share of responders on the same instrument has that number.",
        "Contradicted: the number is the share of responders.",
        rules_score.share_quoted_as_change,
    ),
    Rule(
        "change-not-printed",
        REDUCTION,
        "The fall of a score is claimed, and the group has no row of that score and {time}, or "
        "only in another unit than the claim's.",
        "It cannot be tested.",
        rules_score.printed_change,
        verdicts=(CANNOT_BE_TESTED,),
    ),
    Rule(
        "change-otherwise",
        REDUCTION,
        "The group reports changes of the score in the claim's unit, none of the claimed size.",
        "Contradicted.",
        rules_score.printed_change,
        verdicts=(CONTRADICTED,),
    ),
    Rule(
        "change-as-printed",
        REDUCTION,
        "The group reports the claimed change of the score.",
        "Supported, or supported with wide uncertainty if its interval is wider than the "
        "limit (in percent of baseline), or if no spread in percent was found, so that "
        "there is none.",
        rules_score.printed_change,
        verdicts=(SUPPORTED, WIDE),
    ),
    Rule(
        "way-of-the-change",
        REDUCTION,
        "A fall is claimed without a number, and the group reports a change of that score.",
        "Supported with wide uncertainty if every reported change is a fall, else contradicted.",
        rules_score.way_of_the_change,
    ),
    # Rates, once or for how long.
    Rule(
        "length-of-follow-up",
        DURABILITY,
        "A durability claim in {times}.",
        "Contradicted if it is longer than the longest follow-up of the study; not "
        "supported if the {times} at which its patients are reported need a longer mean; else "
        "it cannot be tested, because studies.csv has the longest and not the mean.",
        rules_durability.length_of_follow_up,
    ),
    Rule(
        "followed-for-less",
        DURABILITY,
        "A durability claim at {a_time} beyond the longest follow-up of its study.",
        "Not supported.",
        rules_durability.followed_for_less,
    ),
    Rule(
        "every-patient",
        RATE + DURABILITY,
        "A rate at a named {time} after the first cycle, and patients.csv lists the response "
        "of every patient of the group at that {time}.",
        "Contradicted if no count that the list allows (an unclear response either way) "
        "rounds to what is claimed; else supported, or supported with wide uncertainty by the "
        "interval over those counts.",
        rules_rate.every_patient,
    ),
    Rule(
        "same-dose-elsewhere",
        RATE,
        "A response rate that the group reports is claimed of everyone given a dose, and "
        "{controlled} groups of other trials gave the same dose of the same agent as "
        "often and report the same outcome and {time}.",
        "Not supported if the interval of any of them lies wholly below the claimed rate; "
        "otherwise the later rules decide.",
        rules_rate.same_dose_elsewhere,
        cue="everyone-given-the-dose",
    ),
    Rule(
        "rate-of-another-trial",
        RATE + DURABILITY,
        "No rate of the outcome was found for the group, and another trial of the same agent "
        "reports the claimed one at the same {time}.",
        "Not supported: the number belongs to the other trial, and that of this one is not known.",
        rules_rate.rate_of_another_trial,
    ),
    Rule(
        "rate-not-printed",
        RATE + DURABILITY,
        "A rate, or that a response lasted, is claimed, and the group has no rate of that "
        "outcome and {time}, or no number is claimed.",
        "It cannot be tested.",
        rules_rate.rate_not_printed,
    ),
    Rule(
        "rate-otherwise",
        RATE + DURABILITY,
        "The group reports rates of that outcome and {time}, and none of them is the claimed one "
        "up to rounding.",
        "Contradicted.",
        rules_rate.printed_rate,
        verdicts=(CONTRADICTED,),
    ),
    Rule(
        "not-everyone-seen",
        DURABILITY,
        "That a response lasted is claimed from fewer patients than were treated, without a "
        "control group, and the claimed rate lies above the interval of the rate in which "
        "everyone not seen counts as a failure.",
        "Not supported.",
        rules_durability.not_everyone_seen,
    ),
    Rule(
        "rate-rows-graded-low",
        RATE + DURABILITY,
        "Every row that reports the claimed rate is graded low (weak or contradicted).",
        "Not supported.",
        rules_rate.printed_rate,
        verdicts=(NOT_SUPPORTED,),
    ),
    Rule(
        "rate-as-printed",
        RATE + DURABILITY,
        "The group reports the claimed rate of that outcome and {time}, up to rounding.",
        "Supported, or supported with wide uncertainty if its exact interval, over every "
        "count that fits, is wider than the limit or cannot be computed.",
        rules_rate.printed_rate,
        verdicts=(SUPPORTED, WIDE),
    ),
    # Doses.
    Rule(
        "doses-not-compared",
        DOSE_RESPONSE,
        "A dose-response claim, and no counts of that outcome and {time} were found for two groups "
        "of the study with different doses.",
        "It cannot be tested.",
        rules_dose.doses_compared,
        verdicts=(CANNOT_BE_TESTED,),
    ),
    Rule(
        "doses-alike",
        DOSE_RESPONSE,
        "The words say that doses did not differ, and two of them report counts.",
        "Contradicted if the highest and the lowest dose differ by Fisher's test; otherwise "
        "supported with wide uncertainty, whatever the width: without a margin, no interval "
        "shows that doses are alike.",
        rules_dose.doses_compared,
        cue="no-difference",
    ),
    Rule(
        "dose-effect",
        DOSE_RESPONSE,
        "A dose-response claim says that the response depends on the dose, and two doses "
        "report counts.",
        "Not supported if the highest and the lowest dose do not differ by Fisher's test at "
        "1 minus the level; contradicted if the lowest dose did better; otherwise "
        "supported, or supported with wide uncertainty if the interval of the difference is "
        "wider than the limit.",
        rules_dose.doses_compared,
    ),
    # Against placebo.
    Rule(
        "after-the-control-ended",
        COMPARISON,
        "A comparison with {control}, and the group's rows at that {time} are not from "
        "{a_controlled} period.",
        "Not supported.",
        rules_comparison.after_the_control_ended,
    ),
    Rule(
        "printed-rate-otherwise",
        COMPARISON,
        "A comparison with {control} in percent, and a percentage in it is reported for "
        "neither group at that {time}.",
        "Contradicted.",
        rules_comparison.printed_rate_otherwise,
    ),
    Rule(
        "p-value-otherwise",
        ANY,
        "A P value is claimed, the trial reports P values for that outcome and {time}, and "
        "none is the claimed one up to rounding.",
        "Contradicted.",
        rules_comparison.p_value_otherwise,
    ),
    Rule(
        "endpoint-missed",
        COMPARISON,
        "The words say that the endpoint was missed, and both groups report rates.",
        "Contradicted if the trial's own statement is that the difference is significant, "
        "or if the interval of the difference excludes none; otherwise supported, or "
        "supported with wide uncertainty if that interval is wider than the limit.",
        rules_comparison.rates_against_placebo,
        cue="missed",
    ),
    Rule(
        "no-difference-from-placebo",
        COMPARISON,
        "The words say that treatment and {control} did not differ, and both groups report rates.",
        "Contradicted if the interval of the difference excludes none; otherwise supported "
        "with wide uncertainty, whatever its width: without a margin, no interval shows "
        "that groups are alike.",
        rules_comparison.rates_against_placebo,
        cue="no-difference",
    ),
    Rule(
        "rates-against-placebo",
        COMPARISON,
        "A comparison says that the treatment did better; both groups report rates with counts.",
        "Not supported if the interval of the difference, over every count that fits, does "
        "not exclude none; otherwise supported, or supported with wide uncertainty if it is "
        "wider than the limit.",
        rules_comparison.rates_against_placebo,
    ),
    Rule(
        "scores-against-placebo",
        COMPARISON,
        "A comparison says that a score fell further than on {control}, and both groups report a "
        "mean change with a spread.",
        "Not supported if the interval of any difference does not exclude none; supported "
        "with wide uncertainty if a spread without a label had to be taken for a standard "
        "deviation, a size was deduced, or the same trial reports another comparison that "
        "was not significant; otherwise supported.",
        rules_score.scores_against_placebo,
    ),
    Rule(
        "p-value-without-rates",
        COMPARISON,
        "A comparison of whose trial an exact P value was found, but no rates of both groups.",
        "Not supported if no usual test of two rates can give that P value with these group "
        "sizes; otherwise supported with wide uncertainty, with the differences that it "
        "allows.",
        rules_comparison.p_value_without_rates,
    ),
    Rule(
        "statement-only",
        COMPARISON,
        "A comparison of which it was found that something was or was not significant, "
        "and no value of both arms.",
        "It cannot be tested.",
        rules_comparison.statement_only,
    ),
    Rule(
        "comparison-not-printed",
        COMPARISON,
        "A comparison without rates, scores or a P value of both groups.",
        "It cannot be tested.",
        rules_comparison.comparison_not_printed,
    ),
    # Whatever is left.
    Rule(
        "no-rule-applies",
        ANY,
        "No rule before this one applies.",
        "It cannot be tested.",
        rules_design.no_rule_applies,
    ),
)
