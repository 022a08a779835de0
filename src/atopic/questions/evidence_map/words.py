"""What the evidence rests on, in sentences: company and news alone, and which kinds of source."""

from typing import Any

import pandas as pd

from atopic.display.numbers import plural
from atopic.evidence.controls import kinds_of
from atopic.evidence.vocabulary import plain
from atopic.review import called, controlled_word, in_words, words_in_use

#: How the results of a study were made public, in words.
PUBLISHED = {
    "journal": "journal",
    "conference": "conference",
    "registry": "registry only",
    "press": "company statements and news only",
}

#: Kinds of sources as a reader says them, where the word of the table does not say it.
_KINDS = {
    "company-disclosure": "company statement",
    "news": "news item",
    "press": "press release",
    "registry": "registry record",
}


def published_words(kind: object, *, short: bool = False) -> str:
    """Return how the results of a study were made public, `short` beside a mark of a chart.

    `kind` is a word of studies.csv.

    >>> published_words("press"), published_words("doctoral-thesis")
    ('company statements and news only', 'doctoral thesis')
    """
    if kind == "" or pd.isna(kind):  # type: ignore[call-overload]
        return "publication not stated"
    if short:
        return {"press": "no paper"}.get(str(kind), plain(kind))
    return PUBLISHED.get(str(kind), plain(kind))


def direction_words(direction: object) -> str:
    """Return what a difference favours; `direction` is a word of contrasts.csv.

    >>> direction_words("favours-arm"), direction_words("no-difference")
    ('favours the treated group', 'no difference')
    """
    return str(direction).replace("-arm", " the treated group").replace("-", " ")


def source_kind(kind: Any) -> str:
    """Return what a reader calls a kind of source; `kind` is a word of sources.csv.

    >>> source_kind("press"), source_kind("journal-abstract")
    ('press release', 'journal abstract')
    """
    if pd.isna(kind) or kind == "nan":
        return "kind not stated"
    return _KINDS.get(str(kind), plain(kind))


def source_note(items: pd.DataFrame) -> str:
    """Say in what kind of source the placebo-controlled results of cells were printed."""
    some = items[items["study_role"].eq("evidence") & items["controlled"]]
    if some.empty:
        return ""
    counts = some["source_kind"].dropna().astype("str").value_counts()
    if counts.empty:
        return ""
    listed = ", ".join(f"{source_kind(kind)} {count}" for kind, count in counts.items())
    return (
        f"The results of {words_in_use().treatment} from "
        f"{controlled_word(*kinds_of(some))} periods are "
        f"{len(some)} rows of the data, "
        f"by kind of source: {listed}."
    )


def warnings_note(warnings: pd.DataFrame, shown: int) -> str:
    """Say how many warnings of the check are open, and how many are accepted."""
    accepted = int(warnings["accepted"].ne("").sum())
    left = len(warnings) - accepted
    said = []
    if accepted:
        verb = "is" if accepted == 1 else "are"
        said.append(
            f"{plural(accepted, 'unlikely value')} {verb} accepted, with the reason in "
            "accepted_warnings.csv."
        )
    if left:
        more = f" ({shown} of them below)" if left > shown else ""
        said.append(f"{plural(left, 'value')} {'looks' if left == 1 else 'look'} unlikely{more}.")
    else:
        said.append(f"No {'other ' if accepted else ''}value looks unlikely.")
    return " ".join(said)


#: Designs as a reader says them, where the id does not.
_DESIGNS = {
    "randomised-placebo": "{controlled}, randomised",
    "randomised-dose": "randomised to doses, no {control}",
    "randomised-withdrawal": "randomised withdrawal",
    "pooled-analysis": "pooled analysis",
    "umbrella": "paper as a whole",
}


def design_words(design: object) -> str:
    """Return what readers call the design of a study.

    >>> design_words("randomised-dose"), design_words("cluster-randomised")
    ('randomised to doses, no placebo', 'cluster randomised')
    """
    words = _DESIGNS.get(str(design))
    return called(design) if words is None else in_words(words)
