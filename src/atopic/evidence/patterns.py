"""Patterns of the schema, matched in a time that grows with the length of the cell alone.

The matcher of Python tries one way after another, and with some patterns the ways double with each
letter. Here a cell is read once, letter by letter, with all ways at once (Glushkov's automaton,
its steps remembered). That allows what the Data Package standard does, the regular expressions of
XML Schema: letters, classes, groups, alternatives and repetitions, but nothing that looks around
or back.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import product
from typing import Any

#: Letters that a pattern may have once its repetitions are written out, and its length.
_MOST_LETTERS, _LONGEST = 1000, 5000
#: Pairs of places looked at for two ways through the same letters, and steps remembered.
_MOST_PAIRS, _MOST_STEPS = 500_000, 20_000

_CATEGORIES = {"DIGIT": str.isdecimal, "SPACE": str.isspace}
_START = -1


class PatternError(ValueError):
    """A pattern cannot be used."""


def fits(pattern: str, text: str) -> bool:
    """Return whether a whole text matches a pattern.

    Parameters
    ----------
    pattern : str
        A regular expression that `understood` accepts.

    Examples
    --------
    >>> fits("NCT[0-9]{8}", "NCT01927705"), fits("[0-9]+(-[0-9]+)?", "3-")
    (True, False)
    """
    return _automaton(pattern).fits(text)


@lru_cache(maxsize=512)
def understood(pattern: str) -> None:
    """Raise a `PatternError` with the reason if a pattern is none that can be matched here.

    Examples
    --------
    >>> understood("(a+)+b")
    Traceback (most recent call last):
    ...
    atopic.evidence.patterns.PatternError: repeats in more than one way, so that it could take ...
    """
    if _automaton(pattern).doubles():
        raise PatternError(
            "repeats in more than one way, so that it could take for ever to match: "
            "what is repeated must begin or end with a letter that it has nowhere else"
        )


@dataclass(frozen=True)
class _Part:
    """A part of a pattern: in how many ways it is empty, begins and ends; two stands for more."""

    empty: int
    first: Counter[int]
    last: Counter[int]


_NOTHING = _Part(1, Counter(), Counter())


@lru_cache(maxsize=512)
def _automaton(pattern: str) -> "_Automaton":
    if len(pattern) > _LONGEST:
        raise PatternError(f"is longer than {_LONGEST} characters")
    parser = import_module("re._parser")  # of the standard library, which has no other door to it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a set that may mean something else some day
            tree = parser.parse(pattern)
        if tree.state.flags & ~re.UNICODE.value:
            raise PatternError("sets a flag; write what it means")
        if _size(tree) > _MOST_LETTERS:
            raise PatternError(f"has more than {_MOST_LETTERS} letters with its repetitions")
        return _Automaton(tree)
    except re.error as error:
        raise PatternError(f"is no regular expression ({error})") from None
    except (RecursionError, OverflowError):
        raise PatternError("is nested too deeply or repeats too often") from None


def _size(tree: Iterable[tuple[Any, Any]]) -> int:
    """Return how many letters a parsed pattern has with its repetitions written out."""
    total = 0
    for operator, value in tree:
        match str(operator):
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = value
                total += _size(inner) * max(least, most if _is_bounded(most) else least, 1)
            case "BRANCH":
                total += sum(_size(one) for one in value[1])
            case "SUBPATTERN":
                total += _size(value[-1])
            case _:
                total += 1
    return total


def _is_bounded(most: Any) -> bool:
    return str(most) != "MAXREPEAT"


class _Automaton:
    """The places of the letters of a pattern, and which may follow which."""

    def __init__(self, tree: Sequence[tuple[Any, Any]]) -> None:
        self._letters: list[tuple[str, Any]] = []
        self._follow: dict[int, Counter[int]] = {}
        whole = self._sequence(tree, begins=True, ends=True)
        self._follow[_START] = whole.first
        self._last = frozenset(whole.last) | ({_START} if whole.empty else set())
        self._forget()

    def fits(self, text: str) -> bool:
        state = 0
        for letter in text:
            found = self._steps[state].get(letter)
            state = self._step(state, letter) if found is None else found
            if not self._states[state]:
                return False
        return not self._last.isdisjoint(self._states[state])

    def _forget(self, state: frozenset[int] | None = None) -> int:
        """Begin anew with what is remembered, from the first state or from this one, too."""
        self._states, self._steps = [frozenset({_START})], [dict[str, int]()]
        self._numbers, self._taken = {self._states[0]: 0}, 0
        return 0 if state is None else self._number(state)

    def _number(self, state: frozenset[int]) -> int:
        if state not in self._numbers:
            self._numbers[state] = len(self._states)
            self._states.append(state)
            self._steps.append({})
        return self._numbers[state]

    def _step(self, state: int, letter: str) -> int:
        after = {place for one in self._states[state] for place in self._follow.get(one, ())}
        new = frozenset(place for place in after if _holds(self._letters[place], letter))
        if self._taken >= _MOST_STEPS:
            return self._forget(new)
        number = self._steps[state][letter] = self._number(new)
        self._taken += 1
        return number

    def doubles(self) -> bool:
        """Return whether a repetition can be gone through in two ways with the same letters."""
        samples = _samples(self._letters)
        unlike = {str(one): one for one in self._letters}  # what is repeated has many alike
        taken = {
            name: frozenset(c for c in samples if _holds(one, c)) for name, one in unlike.items()
        }
        kinds = [taken[str(one)] for one in self._letters]
        after: dict[tuple[int, int], list[tuple[int, int]]] = {}
        looked = 0
        for start in range(len(self._letters)):
            waiting = [(start, start)]
            while waiting:
                if (pair := waiting.pop()) in after:
                    continue
                one, other = (self._follow.get(place, Counter[int]()) for place in pair)
                looked += len(one) * len(other)
                if looked > _MOST_PAIRS:
                    raise PatternError("is too intricate")
                after[pair] = [p for p in product(one, other) if kinds[p[0]] & kinds[p[1]]]
                waiting += after[pair]
        groups = _circles(after)
        twice = {groups[pair] for pair in after if pair[0] != pair[1]}
        return any(
            one == other
            and (
                groups[one, one] in twice
                or any(
                    ways > 1 and groups[place, place] == groups[one, one]
                    for place, ways in self._follow.get(one, {}).items()
                )
            )
            for one, other in after
        )

    def _sequence(self, tree: Sequence[tuple[Any, Any]], begins: bool, ends: bool) -> _Part:
        whole, items = _NOTHING, list(tree)
        for number, (operator, value) in enumerate(items):
            part = self._part(
                str(operator), value, begins and number == 0, ends and number == len(items) - 1
            )
            whole = self._joined(whole, part)
        return whole

    def _part(self, operator: str, value: Any, begins: bool, ends: bool) -> _Part:
        match operator:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                self._letters.append((operator, value))
                place = Counter([len(self._letters) - 1])
                return _Part(0, place, place)
            case "SUBPATTERN" if not value[1] and not value[2]:
                return self._sequence(value[3], begins, ends)
            case "BRANCH":
                parts = [self._sequence(one, begins, ends) for one in value[1]]
                return _Part(
                    min(sum(one.empty for one in parts), 2),
                    sum((one.first for one in parts), Counter()),
                    sum((one.last for one in parts), Counter()),
                )
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self._repeated(*value)
            # The whole cell is matched anyway.
            case "AT" if begins and str(value) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
                return _NOTHING
            case "AT" if ends and str(value) in ("AT_END", "AT_END_STRING"):
                return _NOTHING
        raise PatternError("looks around or back, or sets a flag, which no schema needs")

    def _repeated(self, least: int, most: Any, tree: Sequence[tuple[Any, Any]]) -> _Part:
        whole = _NOTHING
        bounded = _is_bounded(most)
        copies = [self._sequence(tree, False, False) for _ in range(most if bounded else least)]
        if not bounded:
            loop = copies.pop() if copies else self._sequence(tree, False, False)
            self._link(loop.last, loop.first)
            empty = loop.empty if least else min(loop.empty + 1, 2)
            whole = _Part(empty, loop.first, loop.last)
            least = max(least - 1, 0)
        # The optional ones within each other, from the last: only one way leads to each number.
        for number, one in reversed(list(enumerate(copies))):
            whole = self._joined(one, whole)
            if bounded and number >= least:
                whole = _Part(min(whole.empty + 1, 2), whole.first, whole.last)
        return whole

    def _joined(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        return _Part(
            min(one.empty * other.empty, 2),
            one.first + _times(other.first, one.empty),
            other.last + _times(one.last, other.empty),
        )

    def _link(self, last: Counter[int], first: Counter[int]) -> None:
        for place, ways in last.items():
            follow = self._follow.setdefault(place, Counter())
            for other, more in first.items():
                follow[other] = min(follow[other] + ways * more, 2)


def _times(places: Counter[int], ways: int) -> Counter[int]:
    return Counter({one: min(count * ways, 2) for one, count in places.items()} if ways else {})


def _holds(letter: tuple[str, Any], text: str) -> bool:
    """Return whether a place of a pattern takes a character."""
    operator, value = letter
    match operator:
        case "LITERAL":
            return bool(ord(text) == value)
        case "NOT_LITERAL":
            return bool(ord(text) != value)
        case "ANY":
            return text != "\n"
        case "RANGE":
            return bool(value[0] <= ord(text) <= value[1])
        case "CATEGORY":
            name = str(value).removeprefix("CATEGORY_")
            is_ = _CATEGORIES.get(name.removeprefix("NOT_"), _is_word)
            return is_(text) != name.startswith("NOT_")
    negated = str(value[0][0]) == "NEGATE"
    return any(_holds((str(one), of), text) for one, of in value[negated:]) != negated


def _is_word(text: str) -> bool:
    return text.isalnum() or text == "_"


def _samples(letters: Iterable[tuple[str, Any]]) -> set[str]:
    """Return characters of which at least one lies wherever two places take the same one."""
    codes = {*range(128), *map(ord, "\u00a0é\u0663Ж漢\u2028")}
    for operator, value in letters:
        for kind, of in value if operator == "IN" else [(operator, value)]:
            ends = of if str(kind) == "RANGE" else [of] if isinstance(of, int) else []
            codes |= {end + step for end in ends for step in (-1, 0, 1)}
    return {chr(code) for code in codes if 0 <= code < 0x110000}


def _circles(after: dict[tuple[int, int], list[tuple[int, int]]]) -> dict[tuple[int, int], int]:
    """Give each place of a graph the number of its strongly connected component (Kosaraju)."""
    order, seen = [], set()
    for start in after:
        waiting = [(start, iter(after[start]))] if start not in seen else []
        seen.add(start)
        while waiting:
            pair, rest = waiting[-1]
            new = next((one for one in rest if one not in seen), None)
            if new is None:
                order.append(pair)
                waiting.pop()
            else:
                seen.add(new)
                waiting.append((new, iter(after[new])))
    before: dict[tuple[int, int], list[tuple[int, int]]] = {pair: [] for pair in after}
    for pair, follow in after.items():
        for one in follow:
            before[one].append(pair)
    groups: dict[tuple[int, int], int] = {}
    for number, start in enumerate(reversed(order)):
        stack = [start]
        while stack:
            pair = stack.pop()
            if pair not in groups:
                groups[pair] = number
                stack += before[pair]
    return groups
