"""What every question does before it answers: it refuses what the evidence does not know."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from atopic.display.numbers import listed
from atopic.errors import UsageError
from atopic.evidence.folder import Evidence
from atopic.evidence.selection import as_names, as_study, as_whole_numbers, selection_fault
from atopic.evidence.unknown_names import NAMED, WITH_OUTCOMES, unknown_names
from atopic.questions.frames import as_estimates
from atopic.review import use_review

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def asked(
    table: str = "", *, benchmarks: bool = False, unless: str = ""
) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Have a question raise UsageError for a study, outcome, week, arm or agent that there is not.

    The message says what there is, and what was probably meant. Questions that it asks in turn
    answer with no rows instead, as do all questions to evidence of ``atopic.load(absent="empty")``.
    Frames of estimates are answered as `atopic.questions.frames.Estimates`.

    Parameters
    ----------
    table : str, optional
        The table in which the outcome and the weeks must have rows; without it, outcome and study
        need only be known.
    benchmarks : bool, optional
        Whether rows of benchmark trials count too where the question has no `include_benchmarks`.
    unless : str, optional
        An argument that makes up for missing rows, unless it is None.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import response_rates
    >>> response_rates(atopic.load(), "EASI50")
    Traceback (most recent call last):
    atopic.errors.UsageError: No study reports 'EASI50'; did you mean 'EASI-50'? Outcomes of ...
    """

    def decorate(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        signature = inspect.signature(function)

        @wraps(function)
        def checked(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
            bound = signature.bind(*args, **kwargs)
            evidence = bound.arguments.get("evidence")
            if not isinstance(evidence, Evidence) or evidence.absent == "within":
                return function(*args, **kwargs)
            use_review(evidence.review)
            bound.apply_defaults()
            given = bound.arguments
            _listed(given)
            if evidence.absent == "raise":
                rows = table if not unless or given.get(unless) is None else ""
                if fault := _fault(evidence, given, rows, benchmarks):
                    raise UsageError(fault)
            given["evidence"] = evidence._within()
            found: Answer = as_estimates(function(*bound.args, **bound.kwargs))
            return found

        checked.__asked__ = True  # type: ignore[attr-defined]
        return checked

    return decorate


def _listed(given: dict[str, Any]) -> None:
    """Make lists of what lists something, which may be read once only; refuse what lists nothing.

    A question that takes one text or several, such as `outcome`, takes it as it is.
    """
    for name in ("studies", "exclude", "outcomes"):
        if name in given:
            given[name] = as_names(name, given[name])
    if "weeks" in given:
        given["weeks"] = as_whole_numbers("weeks", given["weeks"])
    if "study" in given:
        as_study(given["study"])
    for name in ("outcome", *NAMED):
        value = given.get(name)
        if isinstance(value, Iterable) and not isinstance(value, str | Mapping | pd.DataFrame):
            given[name] = list(dict.fromkeys(value))


def _fault(evidence: Evidence, given: Mapping[str, Any], table: str, benchmarks: bool) -> str:
    """Return what is asked for and is not there; empty if all is."""
    studies = [given["study"]] if "study" in given else given.get("studies", [])
    outcomes = given.get("outcomes") or given.get("outcome") or []
    outcomes = [outcomes] if isinstance(outcomes, str) else list(outcomes)
    every = [*studies, *given.get("exclude", [])]
    if fault := unknown_names(evidence, every, outcomes, table, named=given):
        return fault
    if not table or table not in evidence:
        return _silent(evidence, studies, outcomes)
    named = given.get("weeks", [])
    choice = {
        "weeks": [given["week"]] if given.get("week") is not None else named,
        "studies": studies,
        "exclude": given.get("exclude", ()),
        "controlled": given.get("controlled", False),
        "include_benchmarks": benchmarks or given.get("include_benchmarks", False),
    }
    faults = [selection_fault(evidence, table, outcome, **choice) for outcome in outcomes]
    # Of several outcomes asked for together, one with rows is an answer.
    return faults[0] if faults and all(faults) else ""


def _silent(evidence: Evidence, studies: Iterable[str], outcomes: Iterable[str]) -> str:
    """Return that no study that is named says anything of an outcome that is named."""
    named = list(studies)
    for outcome in outcomes if named else ():
        tables = [evidence.table(one) for one in WITH_OUTCOMES if one in evidence]
        about = {
            study for rows in tables for study in rows.loc[rows["outcome"].eq(outcome), "study_id"]
        }
        if not about & set(named):
            verb = "does" if len(named) == 1 else "do"
            return (
                f"{listed(named)} {verb} not report {outcome}; studies that do: "
                f"{listed(sorted(about))}."
            )
    return ""
