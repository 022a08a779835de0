"""What is computed from the evidence, computed once: many tables of a page rest on the same rows.

Evidence never changes, so the same question to it has the same answer. Each evidence keeps its own
answers and each who asks gets a copy: what one does to it never reaches another.
"""

import dataclasses
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from atopic.evidence.folder import Evidence

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

#: So many answers are kept; a page asks some hundred.
_MOST = 4_000
_PLAIN = (str, int, float, bool, type(None), np.generic)


class _UnknownError(Exception):
    """An argument that cannot be told from others."""


def once(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Have a function whose first argument is the evidence answer each question once.

    For functions whose answer follows from their arguments alone, and consists of frames,
    dataclasses, lists and what cannot be changed. Of arguments other than plain values, lists of
    them and dataclasses, such as an iterator, the function is called each time.

    Examples
    --------
    >>> import atopic
    >>> from atopic.questions.response_rates import response_rates
    >>> evidence = atopic.load()
    >>> mine = response_rates(evidence, "EASI-50", studies=["shin-2021"])
    >>> mine["n"] = 0
    >>> response_rates(evidence, "EASI-50", studies=["shin-2021"])["n"].to_list()
    [5]
    """
    signature = inspect.signature(function)

    @wraps(function)
    def known(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        try:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            evidence, *rest = bound.arguments.values()
            key = (function, *map(_told_apart, rest))
        except (TypeError, _UnknownError):
            return function(*args, **kwargs)
        if not isinstance(evidence, Evidence):
            return function(*args, **kwargs)
        answers = evidence._answers
        if key not in answers:
            found = function(*args, **kwargs)
            if len(answers) >= _MOST:
                answers.clear()
            answers[key] = found
        answer: Answer = _apart(answers[key])
        return answer

    return known


def _told_apart(value: object) -> tuple[object, ...]:
    """Return what tells an argument from every other: 1, 1.0 and True are not the same."""
    if value is pd.NA:
        return (type(value),)
    if isinstance(value, _PLAIN):
        return (type(value), value)
    if type(value) in (list, tuple):
        return (type(value), *map(_told_apart, value))  # type: ignore[call-overload]
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Evidence):
        fields = dataclasses.fields(value)
        return (type(value), *(_told_apart(getattr(value, one.name)) for one in fields))
    raise _UnknownError


def _apart(value: Any) -> Any:
    """Return a value that shares nothing that can be changed."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(_apart, value))
    if type(value) is dict:
        return {name: _apart(one) for name, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Evidence):
        parts = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        copies = {name: _apart(part) for name, part in parts.items()}
        changed = {name: part for name, part in copies.items() if part is not parts[name]}
        return dataclasses.replace(value, **changed) if changed else value
    return value
