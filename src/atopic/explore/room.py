"""One tab: controls above, the answer to them below; options that follow one another."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from time import process_time
from typing import Any

from ipywidgets import HBox, Layout, VBox, Widget

from atopic.errors import AtopicError
from atopic.evidence.folder import Evidence
from atopic.explore.answers import Answer
from atopic.explore.widgets import Code, Evidenced, Picture

#: So many answers a tab keeps, so that who goes back and forth between choices need not wait.
_MOST = 30
#: Sets the options of controls that depend on others, from the values that all have.
Follow = Callable[[Mapping[str, Any]], None]


class Room:
    """A tab of the explorer.

    Parameters
    ----------
    name : str
        What the parts of its figure are called.
    controls : mapping of str to widget
        By the argument of `answer` whose value each has.
    answer : callable
        Takes the values of the controls.
    evidence : callable
        Returns the evidence in use.
    follow : callable, optional
        Sets the options that depend on the values.

    Attributes
    ----------
    widget : ipywidgets.Widget
    controls : dict of str to widget
    answer : Answer or None
        What is shown.
    seconds : float
        Processor time from the last change until its chart was on its way to the browser.
    """

    def __init__(
        self,
        name: str,
        controls: Mapping[str, Any],
        answer: Callable[..., Answer],
        evidence: Callable[[], Evidence],
        follow: Follow | None = None,
    ) -> None:
        self.controls = dict(controls)
        self.answer: Answer | None = None
        self.seconds = 0.0
        self._ask, self._follow, self._evidence = answer, follow, evidence
        self._known: dict[str, Answer] = {}
        self._known_of: Evidence | None = None
        self._picture, self._table = Picture(name), Evidenced(evidence)
        self._code, self._command = Code("the same in Python"), Code("the same as a report")
        self._busy = False
        for control in self.controls.values():
            control.observe(self._changed, "value")
        self.widget = VBox(
            [_in_rows(list(self.controls.values())), self._picture.widget, self._table.widget,
             self._code.widget, self._command.widget]
        )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Return the value of each control; of one that takes several, a list."""
        return {
            name: list(one.value) if isinstance(one.value, tuple) else one.value
            for name, one in self.controls.items()
        }

    def refresh(self) -> None:
        """Bring the options in step with the evidence and the values, and answer."""
        began = process_time()
        self._busy = True
        try:
            if self._follow:
                self._follow(self.values())
        finally:
            self._busy = False
        try:
            with _without_searching_for_garbage():
                answer = self._answer_to(self.values())
                self._picture.draw(answer)
            self.seconds = process_time() - began
            self._picture.say(answer)
        except (AtopicError, ValueError) as error:
            answer = Answer(partial(dict, words=str(error)))
            self._picture.draw(answer)
            self._picture.say(answer)
            self.seconds = process_time() - began
        self._code.set(answer.code)
        self._command.set(answer.command)
        self._table.set(answer)  # last, for it is made only now
        self.answer = answer

    def _answer_to(self, values: dict[str, Any]) -> Answer:
        """Return the answer to a choice, which is worked out once while the evidence stays."""
        evidence, key = self._evidence(), repr(values)
        if evidence is not self._known_of or len(self._known) >= _MOST:
            self._known, self._known_of = {}, evidence
        if key not in self._known:
            self._known[key] = self._ask(**values)
        return self._known[key]

    def _changed(self, _change: Any) -> None:
        if not self._busy:
            self.refresh()


@contextmanager
def _without_searching_for_garbage() -> Iterator[None]:
    """Leave for later a search that takes as long as half of an answer."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _in_rows(controls: Sequence[Widget]) -> HBox:
    return HBox(list(controls), layout=Layout(flex_flow="row wrap", grid_gap="0 16px"))
