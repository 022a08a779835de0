"""What is asked for by a name that no table knows, what there is, and what was probably meant."""

from collections.abc import Iterable, Mapping

from atopic.errors import hinted
from atopic.evidence.folder import Evidence

#: Tables whose rows are of an outcome.
WITH_OUTCOMES = ("responses", "scores", "contrasts", "patients")
#: Arguments that name what is in a column: what one is called, the table and the column.
NAMED = {
    "agents": ("agent", "arms", "agent"),
    "arms": ("arm", "arms", "arm_id"),
    "background_topicals": ("value of background_topicals", "arms", "background_topicals"),
    "kinds": ("kind of claim", "claims", "kind"),
    "trials": ("study", "studies", "study_id"),
}


def unknown_names(
    evidence: Evidence,
    studies: Iterable[str] = (),
    outcomes: Iterable[str] = (),
    table: str = "",
    *,
    named: Mapping[str, object] | None = None,
) -> str:
    """Say which names no table knows, one sentence each; empty if all are known.

    Parameters
    ----------
    studies, outcomes : iterable of str
        Study ids and outcomes that were asked for.
    table : str, optional
        The table whose outcomes count; all of them by default.
    named : mapping of str to object, optional
        Further arguments by their names, of which those of `NAMED` are looked up: a text that is
        not empty, or a list of texts. Anything else, such as a frame, names nothing.

    Examples
    --------
    >>> import atopic
    >>> unknown_names(atopic.load(), ["kim2017"])
    "There is no study 'kim2017'; did you mean 'kim-2017'? See studies.csv for the ids."
    """
    known = set(evidence.studies["study_id"])
    sentences = [
        f"There is no study {study!r}{hinted(study, known, 'see studies.csv for the ids')}."
        if study
        else "There is no study to show."
        for study in dict.fromkeys(studies)
        if study not in known
    ]
    for outcome in outcomes:
        columns = [evidence.table(one)["outcome"] for one in ([table] if table else WITH_OUTCOMES)]
        there = {str(name) for column in columns for name in column.dropna()}
        words = there if table else there | set(evidence.instruments["outcome"])
        if outcome not in words:
            what = f"outcomes of {table or 'the tables'}: {_listed(there)}"
            sentences.append(
                f"No study reports {outcome!r}{hinted(outcome, words, what)}."
                if outcome
                else f"No study reports an outcome in {table or 'the tables'}."
            )
    for name, value in (named or {}).items():
        if name in NAMED and NAMED[name][1] in evidence:
            sentences += _unknown(evidence, name, [value] if isinstance(value, str) else value)
    return " ".join(sentences)


def _unknown(evidence: Evidence, name: str, values: object) -> list[str]:
    """Say which values of an argument are not in its column."""
    one, table, column = NAMED[name]
    words = {str(word) for word in evidence.table(table)[column].dropna()}
    return [
        f"There is no {one} {value!r}{hinted(value, words, f'there are: {_listed(words)}')}."
        for value in (values if isinstance(values, list | tuple) else ())
        if isinstance(value, str) and value and value not in words
    ]


def _listed(words: Iterable[str]) -> str:
    *most, last = sorted(words) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last
