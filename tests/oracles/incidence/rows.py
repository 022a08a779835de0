"""Comparisons of limits for a rate of events."""

from collections.abc import Iterator

from tests.oracles.comparison import Comparison, made_by, oracle

from atopic.stats import incidence


def rows() -> Iterator[Comparison]:
    rows = oracle("incidence")["rows"]
    yield Comparison(
        "incidence.interval",
        "exact",
        made_by("incidence", how="poisson.test"),
        "0 to 100,000 events, 6 exposures, 6 levels",
        [incidence.interval(row["events"], row["exposure"], row["level"]) for row in rows],
        [(row["lower"], row["upper"]) for row in rows],
    )
