"""Verdicts on the claims, the numbers behind them, and how many of each, as tidy frames.

Which verdict a claim gets is decided in `atopic.questions.claims.rulebook`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from atopic.display.numbers import listed, plural, study_name
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.evidence.unknown_names import unknown_names
from atopic.questions.asked import asked
from atopic.questions.claims.cues import CUES
from atopic.questions.claims.facts import Facts
from atopic.questions.claims.finding import SUPPORTED, VERDICTS, WIDE, Observation
from atopic.questions.claims.reading import Claim, read_claims
from atopic.questions.claims.rulebook import Judgement, judged
from atopic.stats.arguments import as_level

_OBSERVED = [
    "claim_id", "role", "study_id", "arm_id", "outcome", "week", "measure", "unit", "responders",
    "n", "basis", "printed", "estimate", "lower", "upper", "level", "method", "setting", "table",
    "rows",
]  # fmt: skip

_VERDICT = [
    "claim_id", "claim", "kind", "study_id", "arm_id", "label", "outcome", "week", "claimed",
    "unit", "source_id", "source_kind", "is_reading", "control", "read_as", "verdict", "rule",
    "reason", "remark", "measure", "observed", "responders", "n", "basis", "estimate", "lower",
    "upper", "level", "method", "p_value", "row_source", "row", "used",
]  # fmt: skip


@asked()
def verdicts(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    kinds: Iterable[str] = (),
    level: float = 0.95,
    wide: float = 0.30,
) -> pd.DataFrame:
    """Return the verdict of the tables on each claim.

    Parameters
    ----------
    evidence : Evidence
        From `atopic.load`.
    studies, kinds : iterable of str, optional
        Study ids and kinds of claims; none given means all.
    exclude : iterable of str, optional
        Ids of studies to leave out.
    controlled : bool, optional
        Whether only claims about placebo-controlled trials are kept.
    level : float, optional
        Confidence level of the intervals; tests are made at 1 minus it.
    wide : float, optional
        Width, as a share from 0 to 1, above which the interval of a rate or of a difference of
        rates is called wide.

    Returns
    -------
    DataFrame
        One row a claim, in the order of claims.csv: the claim and who says it (``source_kind``),
        ``is_reading`` (whether it is only what the words of the source can be read as),
        ``control`` (one of `atopic.questions.claims.CONTROL`), ``read_as`` (what its coded words
        say), ``verdict`` (one of `atopic.questions.claims.VERDICTS`), the ``rule`` that gave it
        and the ``reason``, with what the tables ``remark`` of its row;
        of the first number that it rests on ``measure``, ``observed`` (as
        printed), ``responders``, ``n``, ``basis``, ``estimate``, ``lower``, ``upper``, ``level``
        and ``method`` (shares from 0 to 1); ``p_value``, where one was computed; ``row_source``,
        whether the rows it rests on are from the source of the claim (``same source``, ``another
        source``, empty without a row); ``row`` (of claims.csv) and ``used``, the
        rows of other tables as ``table: rows`` parted by semicolons. All numbers are in
        `observations`.

    Raises
    ------
    ValueError
        For a level or a limit outside (0, 1), and one text where a list is meant.

    Examples
    --------
    >>> import atopic
    >>> found = verdicts(atopic.load(), studies=["shin-2021"], kinds=["response-rate"])
    >>> found[["claim_id", "verdict"]].values.tolist()
    [['c01', 'supported with wide uncertainty'], ['c02', 'contradicted']]
    """
    claims = read_claims(
        evidence, studies=studies, exclude=exclude, controlled=controlled, kinds=kinds
    )
    judgements = _judgements(evidence, claims, level, wide)
    labels = {(one.study_id, one.arm_id): str(one.label) for one in records(evidence.arms)}
    source = _row_source(evidence)
    rows = [
        _verdict(one)
        | {
            "row_source": source(one),
            "label": labels.get((one.claim.study_id, one.claim.arm_id), ""),
        }
        for one in judgements
    ]
    frame = pd.DataFrame(rows, columns=_VERDICT)
    return frame.astype(dict.fromkeys(("week", "responders", "n"), "Int64"))


@asked()
def observations(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    kinds: Iterable[str] = (),
    level: float = 0.95,
    wide: float = 0.30,
) -> pd.DataFrame:
    """Return every number that the verdicts rest on.

    Parameters
    ----------
    evidence, studies, exclude, controlled, kinds, level, wide
        As for `verdicts`.

    Returns
    -------
    DataFrame
        One row a number, in the order of the claims; ``role`` says what it is to the claim, and
        the first of each claim is the one that it is held against. ``estimate``, ``lower`` and
        ``upper`` are shares or differences of shares from -1 to 1, or changes in ``unit``, by
        ``measure``; the limits reach over every count that fits. ``rows`` are rows of ``table``.

    Raises
    ------
    ValueError
        As `verdicts`.

    Examples
    --------
    >>> import atopic
    >>> found = observations(atopic.load(), studies=["atmsc-2025"])
    >>> found[["role", "estimate"]].round(4).values.tolist()[:3]
    [['the group claimed', 0.2373], ['placebo group', 0.0727], ['difference from placebo', 0.1646]]
    """
    claims = read_claims(
        evidence, studies=studies, exclude=exclude, controlled=controlled, kinds=kinds
    )
    rows = [
        {"claim_id": one.claim.claim_id} | vars(seen) | {"rows": _numbers(seen.rows)}
        for one in _judgements(evidence, claims, level, wide)
        for seen in one.finding.observed
    ]
    frame = pd.DataFrame(rows, columns=_OBSERVED)
    return frame.astype(dict.fromkeys(("week", "responders", "n"), "Int64"))


def verdict_counts(found: pd.DataFrame) -> pd.DataFrame:
    """Count the verdicts by who makes the claim.

    Parameters
    ----------
    found : DataFrame
        From `verdicts`.

    Returns
    -------
    DataFrame
        One row a kind of source, the most frequent first; ``claims`` and one column a verdict.

    Examples
    --------
    >>> import atopic
    >>> verdict_counts(verdicts(atopic.load(), studies=["shin-2021"]))["claims"].to_list()
    [7, 1]
    """
    counts = pd.crosstab(found["source_kind"], found["verdict"])
    counts = counts.reindex(columns=list(VERDICTS), fill_value=0)
    counts.insert(0, "claims", counts.sum(axis=1))
    counts = counts.reset_index().rename_axis(columns=None)
    return counts.sort_values(["claims", "source_kind"], ascending=[False, True], ignore_index=True)


def claims_note(
    evidence: Evidence,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    kinds: Iterable[str] = (),
) -> str:
    """Say in words which claims were asked for and are not there.

    Parameters
    ----------
    evidence, studies, exclude, controlled, kinds
        As for `verdicts`.

    Returns
    -------
    str
        One or more sentences; empty if every study and kind has a claim.

    Examples
    --------
    >>> import atopic
    >>> claims_note(atopic.load(), kinds=["savety"])
    "There is no kind of claim 'savety'; did you mean 'safety'? There are: ..."
    """
    every = read_claims(evidence)
    if not every:
        return "This data folder has no claims: claims.csv is missing or empty."
    sentences = [unknown_names(evidence, [*studies, *exclude], named={"kinds": list(kinds)})]
    silent = set(evidence.studies["study_id"]) - {one.study_id for one in every}
    sentences += [f"No claim is about {study_name(study)}." for study in studies if study in silent]
    if not read_claims(
        evidence, studies=studies, exclude=exclude, controlled=controlled, kinds=kinds
    ):
        sentences.append("No claim matches.")
    return " ".join(filter(None, sentences))


def verdicts_note(found: pd.DataFrame) -> str:
    """Say what the verdicts must not be taken for.

    Parameters
    ----------
    found : DataFrame
        From `verdicts`.

    Returns
    -------
    str
        How many supported claims rest on nothing but what their own source reported, how many say
        that a trial missed its goal, and which are a reading; empty without a claim.

    Examples
    --------
    >>> import atopic
    >>> verdicts_note(verdicts(atopic.load(), studies=["atmsc-2025"]))[:47]
    'Of the 1 claim that quotes its source correctly'
    """
    if found.empty:
        return ""
    held = found[found["verdict"].isin([SUPPORTED, WIDE])]
    own = int(held["row_source"].eq("same source").sum())
    missed = int(held["rule"].eq("endpoint-missed").sum())
    sentences = [
        f"Of the {plural(len(held), 'claim')} that {_verb(len(held), 'quotes', 'quote')} "
        f"{_verb(len(held), 'its source', 'their sources')} correctly, {own} could be checked only "
        f"against the source that made {_verb(own, 'it', 'them')}."
    ]
    if missed:
        sentences.append(
            f"{missed} {_verb(missed, 'says', 'say')} that a trial missed its goal, which does not "
            "show that there is no effect."
        )
    if found["is_reading"].any():
        read = found.loc[found["is_reading"], "claim_id"].to_list()
        sentences.append(
            f"{'Claim' if len(read) == 1 else 'Claims'} {listed(read)} "
            f"{_verb(len(read), 'is', 'are')} our reading of unclear wording."
        )
    return " ".join(sentences)


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _judgements(
    evidence: Evidence, claims: list[Claim], level: float, wide: float
) -> list[Judgement]:
    if isinstance(wide, bool) or not 0 < wide < 1:
        raise ValueError(f"wide must be a share between 0 and 1, such as 0.3, not {wide!r}")
    facts = Facts(evidence, as_level(level), float(wide))
    # The frames of verdicts and of numbers share them, and all who load what was asked ahead.
    known = evidence._answers
    # Reasons name studies, which a notebook may have named since.
    told = (_judgements, facts.level, facts.wide, *map(study_name, evidence.studies["study_id"]))
    for one in claims:
        if (*told, one.claim_id) not in known:
            known[*told, one.claim_id] = judged(one, facts)
    return [known[*told, one.claim_id] for one in claims]


def _verdict(one: Judgement) -> dict[str, object]:
    claim, finding = one.claim, one.finding
    seen = finding.observed[0] if finding.observed else Observation("", basis="")
    tests = [each.estimate for each in finding.observed if each.measure == "P"]
    used = finding.all_rows()
    return {
        "claim_id": claim.claim_id,
        "claim": claim.words,
        "kind": claim.kind,
        "study_id": claim.study_id,
        "arm_id": claim.arm_id,
        "outcome": claim.outcome,
        "week": claim.week,
        "claimed": claim.claimed,
        "unit": claim.unit,
        "source_id": claim.source_id,
        "source_kind": claim.source_kind,
        "is_reading": claim.is_reading,
        "control": one.control,
        "read_as": "; ".join(CUES[cue][0] for cue in claim.cues),
        "verdict": finding.verdict,
        "rule": one.rule,
        "reason": finding.reason,
        "remark": finding.remark,
        "measure": seen.measure if finding.observed else "",
        "observed": seen.printed,
        "responders": seen.responders,
        "n": seen.n,
        "basis": seen.basis,
        "estimate": seen.estimate,
        "lower": seen.lower,
        "upper": seen.upper,
        "level": seen.level,
        "method": seen.method if finding.observed else "none",
        "p_value": tests[-1] if tests else float("nan"),
        "row": claim.row,
        "used": "; ".join(f"{table}: {_numbers(rows)}" for table, rows in used.items()),
    }


def _row_source(evidence: Evidence) -> Callable[[Judgement], str]:
    """Say whether what a verdict rests on was printed by who makes the claim, or by another."""
    # One paper can stand in two rows of sources.csv: as its abstract and as a catalogue record.
    names = {
        source: {source, *(name for name in ids if pd.notna(name))}
        for _, source, *ids in records(evidence.sources[["source_id", "doi", "pmid", "pmcid"]])
    }
    printed: dict[str, dict[int, str]] = {}

    def source(one: Judgement) -> str:
        primary = one.finding.observed[0] if one.finding.observed else None
        pairs = (
            [(primary.table, row) for row in primary.rows] if primary else list(one.finding.rows)
        )
        theirs: set[str] = set()
        for table, row in pairs:
            if table not in printed:
                rows = evidence.table(table)
                printed[table] = dict(zip(rows.index, rows["source_id"], strict=True))
            of_row = printed[table][row]
            theirs |= names.get(of_row, {of_row} if pd.notna(of_row) else set())
        own = names.get(one.claim.source_id, {one.claim.source_id})
        if not theirs:
            return ""
        return "same source" if own & theirs else "another source"

    return source


def _numbers(rows: Iterable[int]) -> str:
    return ", ".join(map(str, rows))
