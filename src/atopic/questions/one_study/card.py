"""What a study was, on one card: eight facts, each with the rows it is from."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from atopic.display.finding_words import capital
from atopic.display.numbers import as_read, dose_text, listed, plural
from atopic.display.row_links import row_link
from atopic.evidence.controls import CONTROLS
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.choices import has_doses
from atopic.questions.evidence_map.words import design_words, source_kind
from atopic.questions.one_study.facts import rows_of
from atopic.questions.one_study.sources_and_gaps import study_sources
from atopic.review import called, time_span

_COUNTRIES = {"KR": "South Korea", "CN": "China"}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_UNPUBLISHED = {
    "press": "In no journal: company statements and news",
    "registry": "In no journal: registry record",
    "conference": "In no journal: conference abstract",
}


def card_facts(evidence: Evidence, study: str) -> pd.DataFrame:
    """Return what a reader asks first of a study.

    Columns ``fact``, ``value`` (text; empty if it is not known), ``address`` (where more of it
    stands on the web, or empty) and ``rows``: pairs of a table and a row. Empty for an unknown
    study.

    >>> import atopic
    >>> facts = card_facts(atopic.load(), "kangstem-2024").set_index("fact")
    >>> facts.loc["Patients", "value"][:37], facts.loc["Where and when", "rows"][0]
    ('315; 19 years or older, atopic dermat', ('studies', 6))
    """
    columns = ["fact", "value", "address", "rows"]
    rows = list(records(rows_of(evidence, "studies", study)))
    if not rows:
        return pd.DataFrame(columns=columns)
    trial = rows[0]
    circumstances = rows_of(evidence, "characteristics", study)
    sponsor = circumstances[circumstances["variable"].eq("sponsor")]
    funding = circumstances[circumstances["variable"].eq("funding")]
    payer, paid = ("Funding", funding) if sponsor.empty and len(funding) else ("Sponsor", sponsor)
    own = [("studies", trial.row)]
    found = [
        ("Treatment", *_treatment(evidence, trial)),
        ("Patients", _patients(trial), "", own),
        ("Design", _design(trial), "", own),
        ("Where and when", *_where(trial, circumstances)),
        (payer, "; ".join(paid["value"].astype(str)), "", _pairs(paid)),
        ("Registry", _text(trial.registry_id), _registry(trial.registry_id), own),
        ("Published", *_published(trial)),
        ("Known from", *_known_from(evidence, trial)),
    ]
    return pd.DataFrame(found, columns=columns)


def card_html(facts: pd.DataFrame) -> str:
    """Return the card as a list of terms for a page; empty without facts. From `card_facts`.

    >>> card_html(pd.DataFrame([("A", "b < c", "", [("arms", 3)])],
    ...     columns=["fact", "value", "address", "rows"]))[:75]
    '<dl class="brief"><div><dt>A</dt><dd>b &lt; c</dd></div></dl><p class="from'
    """
    if facts.empty:
        return ""
    lines = []
    for row in records(facts):
        value = escape(row.value) or '<span class="hole">not known</span>'
        if row.address and row.value:
            value = f'<a href="{escape(row.address)}">{value}</a>'
        lines.append(f"<div><dt>{escape(row.fact)}</dt><dd>{value}</dd></div>")
    rows = [pair for some in facts["rows"] for pair in some]
    return f'<dl class="brief">{"".join(lines)}</dl>{_row_links(rows)}'


def _row_links(rows: Iterable[tuple[str, int]]) -> str:
    """Return the rows that a fact is from as links, which a page leads to its own tables."""
    tables: dict[str, list[int]] = {}
    for table, row in rows:
        tables.setdefault(table, []).append(int(row))
    said = [
        f"{table} " + ", ".join(row_link(table, row) for row in sorted({*own}))
        for table, own in tables.items()
    ]
    return f'<p class="from">Rows of {"; ".join(said)}</p>' if said else ""


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _pairs(frame: pd.DataFrame) -> list[tuple[str, int]]:
    return [("characteristics", row) for row in frame["row"]]


def _treatment(evidence: Evidence, trial: Any) -> tuple[str, str, list[tuple[str, int]]]:
    """Return what was given: product, doses, how often and how."""
    arms = rows_of(evidence, "arms", trial.study_id)
    given = arms[~arms["role"].isin([*CONTROLS, "mixed"])]
    single = given[given["combined_arm"].ne("yes")]
    given = single if len(single) else given
    doses = dict.fromkeys(dose_text(row.dose, row.dose_unit) for row in records(given))
    times = dict.fromkeys(_times(row) for row in records(given))
    routes = dict.fromkeys(called(row.route) for row in records(given) if pd.notna(row.route))
    product = _text(getattr(trial, "product_words", None)) or listed(dict.fromkeys(given["agent"]))
    known = [one for one in doses if one]
    unknown = "dose not known" if len(given) and has_doses(evidence) else ""
    parts = [product, listed(known, "or") or unknown]
    parts += [listed(one for one in group if one) for group in (times, routes)]
    value = ", ".join(part for part in parts if part)
    rows = [("studies", trial.row), *(("arms", row) for row in given["row"])]
    return capital(value), "", rows


def _times(arm: Any) -> str:
    if pd.isna(arm.administrations):
        return ""
    times = str(arm.administrations).replace("-", " to ")
    if times == "1":
        return "once"
    every = arm.interval_weeks
    return f"{times} times" + (f", {time_span(int(every))} apart" if _whole(every) else "")


def _whole(number: Any) -> bool:
    return bool(pd.notna(number) and float(number).is_integer())


def _patients(trial: Any) -> str:
    count = ""
    if pd.notna(trial.n_enrolled):
        basis = {"planned": " planned", "inferred": " (deduced)"}
        count = f"{int(trial.n_enrolled):,}{basis.get(str(trial.n_enrolled_basis), '')}"
    return "; ".join(part for part in (count, as_read(_text(trial.population))) if part)


def _design(trial: Any) -> str:
    design = design_words(trial.design)
    blinding = {"open": "open", "unknown": "blinding not known"}
    phase = _text(trial.phase)
    parts = [
        capital(design),
        blinding.get(str(trial.blinding), f"{trial.blinding}-blind"),
        f"phase {phase}" if phase[:1].isdigit() else phase,
    ]
    return ", ".join(part for part in parts if part)


def _where(trial: Any, circumstances: pd.DataFrame) -> tuple[str, str, list[tuple[str, int]]]:
    """Return sites, countries, months of enrolment, and how long patients were followed."""
    own = circumstances[
        circumstances["variable"].isin(["sites", "enrolment-period", "enrolment-start"])
    ]
    known = dict(zip(own["variable"], own["value"].astype(str), strict=True))
    countries = listed(_COUNTRIES.get(one, one) for one in _text(trial.country).split(";") if one)
    parts = [countries]
    if known.get("sites", "").isdigit():
        sites = plural(int(known["sites"]), "centre")
        parts = [f"{sites} in {countries}" if countries else sites]
    if "enrolment-period" in known:
        start, _, end = known["enrolment-period"].partition("/")
        parts.append(f"enrolled {_month(start)} to {_month(end)}" if end else _month(start))
    elif "enrolment-start" in known:
        parts.append(f"enrolled from {_month(known['enrolment-start'])}")
    if pd.notna(trial.follow_up_weeks):
        parts.append(f"followed for {time_span(float(trial.follow_up_weeks))} at most")
    value = "; ".join(part for part in parts if part)
    return value, "", [("studies", trial.row), *_pairs(own)]


def _month(date: str) -> str:
    """Return a date as its month and year; as it stands if it is none.

    >>> _month("2021-09"), _month("2019-12-11"), _month("spring 2020")
    ('September 2021', 'December 2019', 'spring 2020')
    """
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(-\d\d)?", date)
    return f"{_MONTHS[int(found[2]) - 1]} {found[1]}" if found else date


def _registry(number: Any) -> str:
    known = re.fullmatch(r"NCT\d{8}", _text(number))
    return f"https://clinicaltrials.gov/study/{known[0]}" if known else ""


def _published(trial: Any) -> tuple[str, str, list[tuple[str, int]]]:
    own = [("studies", trial.row)]
    kind = str(trial.publication)
    if kind in _UNPUBLISHED:
        return _UNPUBLISHED[kind], "", own
    doi = _text(trial.doi)
    address = f"https://doi.org/{doi}" if re.fullmatch(r"10\.[\w.()/:;-]+", doi) else ""
    known = any(pd.notna(one) for one in (trial.publication, trial.doi))
    return _text(trial.short_citation) if known else "", address, own


def _known_from(evidence: Evidence, trial: Any) -> tuple[str, str, list[tuple[str, int]]]:
    """Return the kinds of sources, and whether the paper was read in full."""
    named = study_sources(evidence, trial.study_id)["source_id"]
    sources = evidence.sources.rename_axis("row").reset_index()
    own = sources[sources["source_id"].isin(named)]
    stated = own["kind"].notna()
    kinds = own.loc[stated, "kind"].astype(str).map(source_kind).value_counts(sort=False)
    some = [plural(int(count), str(kind)) for kind, count in kinds.items()]
    if not stated.all():
        some.append(f"{plural(int((~stated).sum()), 'source')} of no stated kind")
    value = ", ".join(some)
    main = next(records(own[own["source_id"].eq(trial.source_id)]), None)
    if main is not None and str(main.kind) == "journal-abstract":
        read = str(getattr(main, "full_text_read", "unknown"))
        free = str(getattr(main, "open_access", "unknown")) == "yes"
        if read == "yes":
            value += "; the paper was read in full"
        elif read == "no":
            value += "; the paper" + (", which is free to read," if free else "") + " was not read"
    return capital(value), "", [("sources", row) for row in own["row"]]
