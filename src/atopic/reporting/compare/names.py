"""What readers call the studies, groups, outcomes and claims of two states of a review."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from atopic.display.pooling_names import name_of
from atopic.review import time_point

Row = dict[str, str]

#: Measures in words; one that its unit tells has none.
_MEASURES = {"RD": "", "MD": "", "RR": "risk ratio", "OR": "odds ratio",
             "NNT": "number needed to treat"}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Words for ids; an id without words is its own."""

    studies: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)  # of studies
    benchmarks: frozenset[str] = frozenset()  # studies that are there for scale alone
    groups: Mapping[tuple[str, str], str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)

    def study(self, row: Row) -> str:
        """Return the name of the study of a row, blank if it has none."""
        return self.studies.get(row.get("study_id", ""), row.get("study_id", ""))

    def compared(self, row: Row) -> str:
        """Return the group of a row, and what it is compared with."""
        ids = filter(None, (row.get("arm_id"), row.get("reference_arm_id")))
        return " against ".join(self.groups.get((row.get("study_id", ""), one), one) for one in ids)

    def about(self, row: Row, *, study: bool = True) -> str:
        """Return what an estimate is of: its study, groups, outcome, week and model."""
        if row.get("verdict") and row.get("claim_id"):
            return self.claims.get(row["claim_id"], row["claim_id"])
        if row.get("question"):
            return row["question"]
        outcome, measure = row.get("outcome", ""), row.get("measure", "")
        week = time_point(row["week"].removesuffix(".0")) if row.get("week") else ""
        parts = (
            row.get("scenario"), self.study(row) if study else "", self.compared(row),
            self.outcomes.get(outcome, outcome), row.get("event", "").replace("-", " "), week,
            name_of(row.get("model", "")), _MEASURES.get(measure, measure.replace("-", " ")),
            _interval(row.get("interval", "")),
        )  # fmt: skip
        return ", ".join(part for part in parts if part)


def _interval(code: str) -> str:
    return f"{name_of(code)} interval" if code else ""


def names_of(states: Iterable[Mapping[str, Sequence[Row]]]) -> Names:
    """Return the names that the tables of some states give, those of the last before others."""
    studies: dict[str, str] = {}
    products: dict[str, str] = {}
    groups: dict[tuple[str, str], str] = {}
    outcomes: dict[str, str] = {}
    claims: dict[str, str] = {}
    scale: set[str] = set()
    for tables in states:
        for row in tables.get("studies", ()):
            one = row.get("study_id", "")
            studies[one] = row.get("short_name") or studies.get(one, one)
            products[one] = row.get("product_words") or products.get(one, "")
            if row.get("role") == "benchmark":
                scale.add(one)
        for row in tables.get("arms", ()):
            if row.get("label"):
                groups[row.get("study_id", ""), row.get("arm_id", "")] = row["label"]
        outcomes |= {row.get("outcome", ""): row["label"]
                     for row in tables.get("instruments", ()) if row.get("label")}  # fmt: skip
        claims |= {row.get("claim_id", ""): row["claim"]
                   for row in tables.get("claims", ()) if row.get("claim")}  # fmt: skip
    return Names(studies, products, frozenset(scale), groups, outcomes, claims)
