"""The ten items of the JBI checklist for case series, and how they are summed up here.

JBI gives no score (Munn et al. 2020, JBI Evid Synth 18:2127). The four groups and the rule "any no:
high, else any unclear: some concerns" are ours; the counts are shown and never a cut-off.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from atopic.questions.certainty.risk_of_bias import HIGH, LOW, SOME

ITEMS: Mapping[int, str] = {
    1: "clear criteria for inclusion",
    2: "condition measured in a standard way",
    3: "condition identified by a valid method",
    4: "consecutive patients",
    5: "complete inclusion",
    6: "demographics reported",
    7: "clinical data reported",
    8: "outcomes reported",
    9: "sites described",
    10: "analysis suitable",
}

GROUPS: Mapping[str, tuple[int, ...]] = {
    "selection": (1, 4, 5),
    "measurement": (2, 3),
    "reporting": (6, 7, 8, 9),
    "analysis": (10,),
}


@dataclass(frozen=True)
class CaseSeries:
    """Ten answers summed up.

    Attributes
    ----------
    groups : mapping of str to str
        Judgement of each of `GROUPS`.
    yes, of : int
        Items answered yes, of those that apply.
    """

    groups: Mapping[str, str]
    yes: int
    of: int


def roll_up(answers: Mapping[int, str]) -> CaseSeries:
    """Sum up the answers to the ten items.

    Parameters
    ----------
    answers : mapping of int to str
        By item: yes, no, unclear or not-applicable. An item without an answer is unclear.

    Returns
    -------
    CaseSeries

    Examples
    --------
    >>> found = roll_up({item: "yes" for item in range(1, 10)} | {10: "no"})
    >>> found.groups["analysis"], found.yes, found.of
    ('high', 9, 10)
    """
    whole = {item: answers.get(item, "unclear") for item in ITEMS}
    counted = Counter(whole.values())
    groups = {name: _group([whole[item] for item in items]) for name, items in GROUPS.items()}
    return CaseSeries(groups, counted["yes"], len(ITEMS) - counted["not-applicable"])


def _group(answers: list[str]) -> str:
    return HIGH if "no" in answers else SOME if "unclear" in answers else LOW
