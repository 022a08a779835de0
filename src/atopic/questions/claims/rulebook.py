"""The rules in the order in which they are asked; the first that applies decides."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from atopic.questions.claims import rules_comparison as comparison_rules
from atopic.questions.claims import rules_design as basic_rules
from atopic.questions.claims import rules_dose as dose_rules
from atopic.questions.claims import rules_durability as durability_rules
from atopic.questions.claims import rules_rate as rate_rules
from atopic.questions.claims import rules_safety as safety_rules
from atopic.questions.claims import rules_score as score_rules
from atopic.questions.claims.facts import Facts
from atopic.questions.claims.finding import CANNOT_BE_TESTED, Finding
from atopic.questions.claims.reading import Claim

__all__ = ["RULES", "Judgement", "judged", "rules_table"]

Rule = Callable[[Claim, Facts], Finding | None]


@dataclass(frozen=True)
class Judgement:
    """A claim, the rule that decided, and what it found."""

    claim: Claim
    rule: str
    finding: Finding
    control: str


def no_rule_applies(claim: Claim, facts: Facts) -> Finding | None:
    """Say that nothing here can test it.

    When: no rule before this one applies.
    Then: it cannot be tested.
    """
    what = f"a claim of kind {claim.kind!r}" + (f" in {claim.unit!r}" if claim.unit else "")
    missing = " for its study, arm, outcome and week" if facts.study(claim.study_id) else ""
    return Finding(CANNOT_BE_TESTED, f"No rule can test {what} with what is held{missing}.")


#: Every rule, in order. None knows a claim by its id.
RULES: tuple[Rule, ...] = (
    basic_rules.outside_the_tables,
    basic_rules.value_not_a_number,
    # design
    basic_rules.dose_of_the_arm,
    basic_rules.design_contradicted,
    basic_rules.design_not_recorded,
    basic_rules.design_recorded,
    # biomarkers and safety
    basic_rules.marker_direction_only,
    basic_rules.marker_value,
    safety_rules.event_count_otherwise,
    safety_rules.event_rows_graded_low,
    safety_rules.events_as_printed,
    # scores
    score_rules.change_quoted_as_share,
    score_rules.share_quoted_as_change,
    score_rules.change_not_printed,
    score_rules.change_otherwise,
    score_rules.change_as_printed,
    score_rules.way_of_the_change,
    # rates, once or for how long
    durability_rules.length_of_follow_up,
    durability_rules.followed_for_less,
    rate_rules.every_patient,
    rate_rules.same_dose_elsewhere,
    rate_rules.rate_of_another_trial,
    rate_rules.rate_not_printed,
    rate_rules.rate_otherwise,
    durability_rules.not_everyone_seen,
    rate_rules.rate_rows_graded_low,
    rate_rules.rate_as_printed,
    # doses
    dose_rules.doses_not_compared,
    dose_rules.doses_alike,
    dose_rules.dose_effect,
    # against placebo
    comparison_rules.after_the_control_ended,
    comparison_rules.printed_rate_otherwise,
    comparison_rules.p_value_otherwise,
    comparison_rules.endpoint_missed,
    comparison_rules.no_difference_from_placebo,
    comparison_rules.rates_against_placebo,
    score_rules.scores_against_placebo,
    comparison_rules.p_value_without_rates,
    comparison_rules.statement_only,
    comparison_rules.comparison_not_printed,
    no_rule_applies,
)


def judged(claim: Claim, facts: Facts) -> Judgement:
    """Return what the first rule that applies concludes of a claim.

    Parameters
    ----------
    claim : Claim
        From `atopic.questions.claims.reading.read_claims`.
    facts : Facts
        The evidence, the level and the limit.

    Returns
    -------
    Judgement

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.claims.reading import read_claims
    >>> evidence = atopic.load()
    >>> claim = read_claims(evidence, studies=["atmsc-2025"])[0]
    >>> found = judged(claim, Facts(evidence, level=0.95, wide=0.3))
    >>> found.rule, found.finding.verdict
    ('rates-against-placebo', 'supported')
    """
    found = ((rule, rule(claim, facts)) for rule in RULES)
    rule, finding = next((rule, one) for rule, one in found if one is not None)
    primary = finding.observed[0] if finding.observed else None
    return Judgement(claim, _name(rule), finding, facts.control(claim, primary))


def rules_table() -> pd.DataFrame:
    """Return the rules in order, in the words of their own documentation.

    Returns
    -------
    DataFrame
        Columns ``rule``, ``when`` (it applies) and ``then`` (what it concludes).

    Examples
    --------
    >>> rules_table()["rule"].to_list()[:2]
    ['outside-the-tables', 'value-not-a-number']
    """
    return pd.DataFrame(
        [
            {"order": order, "rule": _name(rule), **_parts(rule)}
            for order, rule in enumerate(RULES, start=1)
        ]
    )[["rule", "order", "when", "then"]]


def _name(rule: Rule) -> str:
    return rule.__name__.replace("_", "-")


def _parts(rule: Rule) -> dict[str, str]:
    words = " ".join((inspect.getdoc(rule) or "").split())
    found = re.search(r"When: (?P<when>.*?) Then: (?P<then>.*)", words)
    assert found is not None, f"{rule.__name__} does not say when it applies"
    return {name: said[:1].upper() + said[1:] for name, said in found.groupdict().items()}
