"""The explorer as a whole: the tabs, the options of their controls, and the data folder in use."""

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ipywidgets import (
    HTML,
    Button,
    Checkbox,
    Dropdown,
    FloatText,
    HBox,
    Layout,
    SelectMultiple,
    Tab,
    Text,
    VBox,
    Widget,
)

import atopic
from atopic.display.finding_words import capital
from atopic.display.numbers import method_name, study_name
from atopic.errors import AtopicError
from atopic.explore import answers
from atopic.explore.room import Room
from atopic.questions.choices import (
    dose_questions,
    outcomes,
    placebo_outcomes,
    studies_about,
    usual_weeks,
    weeks_of,
)
from atopic.review import (
    control_group,
    control_word,
    controlled_word,
    in_words,
    time_heading,
    time_point,
    time_word,
    with_article,
    words_in_use,
)
from atopic.stats.proportions import METHODS

_LEVELS = [("80%", 0.8), ("90%", 0.9), ("95%", 0.95), ("99%", 0.99)]
_WIDE: dict[str, Any] = {"description_width": "auto"}


class Explorer:
    """Six tabs over one evidence.

    Parameters
    ----------
    data : str, optional
        The data folder, as for `atopic.load`.

    Attributes
    ----------
    widget : ipywidgets.Widget
    rooms : dict of str to Room
        By the title of the tab.
    """

    def __init__(self, data: str | None = None) -> None:
        self._open(data)
        self._folder = Text(
            value=data or "", placeholder="the tables that come with atopic",
            description="Data folder", style=_WIDE, layout=Layout(width="30em"),
        )  # fmt: skip
        button = Button(description="Open", tooltip="Read the tables of this folder")
        button.on_click(lambda _: self._reopen())
        self._told = HTML()
        self.rooms = {
            "Rates": self._rates(),
            f"Against {control_word()}": self._against_placebo(),
            f"Beating {control_word()}": self._beating(),
            "Dose": self._doses(),
            "Next trial": self._next_trial(),
            "Rows": self._rows(),
        }
        self._seen: set[int] = set()
        self._tabs = Tab([room.widget for room in self.rooms.values()], titles=list(self.rooms))
        self._tabs.observe(lambda _: self._show(), "selected_index")
        self._tabs.selected_index = 0
        self._show()
        self.widget = VBox([HBox([self._folder, button, self._told]), self._tabs])

    def _open(self, data: str | None) -> None:
        self._evidence = atopic.load(data)
        self._data = data

    def _reopen(self) -> None:
        """Read the folder that was typed; what is wrong with it is said, and the old one stays."""
        try:
            self._open(_found(self._folder.value.strip()))
        except AtopicError as error:
            self._told.value = f"<pre>{html.escape(str(error))}</pre>"
            return
        self._told.value = f"{len(self._evidence.studies)} studies"
        self._seen.clear()
        self._show()

    def _show(self) -> None:
        """Answer in a tab when it is first looked at."""
        number = self._tabs.selected_index or 0
        if number not in self._seen:
            self._seen.add(number)
            list(self.rooms.values())[number].refresh()

    def _room(self, name: str, controls: dict[str, Widget], ask: Any, follow: Any = None) -> Room:
        def answer(**values: Any) -> answers.Answer:
            return ask(self._evidence, self._data, **values)  # type: ignore[no-any-return]

        return Room(name, controls, answer, lambda: self._evidence, follow)

    def _rates(self) -> Room:
        controls = _asked() | {
            "level": _level(), "method": _choice("Interval", _named(METHODS)),
            "controlled": Checkbox(False, description=f"Only {controlled_word()}", indent=False),
            "benchmarks": _others_too(),
            "exclude": _several("Leave out"),
        }  # fmt: skip

        def follow(values: Mapping[str, Any]) -> None:
            _offer(controls["outcome"], outcomes(self._evidence))
            self._follow(controls, values["benchmarks"])

        return self._room("explore-rates", controls, answers.rates, follow)

    def _against_placebo(self) -> Room:
        controls = _asked() | {
            "level": _level(),
            "method": _choice("Interval", _named(("newcombe", "miettinen-nurminen"))),
            "benchmarks": _others_too(),
            "exclude": _several("Leave out"),
        }  # fmt: skip

        def follow(values: Mapping[str, Any]) -> None:
            _offer(controls["outcome"], placebo_outcomes(self._evidence))
            self._follow(controls, values["benchmarks"], controlled=True)

        return self._room("explore-effects", controls, answers.against_placebo, follow)

    def _beating(self) -> Room:
        controls = _asked() | {
            "placebo_spread": _choice(
                f"Prior: how far {control_group()}s differ (log odds)", (0.25, 0.5, 1.0, 2.0), 1.0
            ),
            "exclude": _several("Leave out"),
        }

        def follow(_values: Mapping[str, Any]) -> None:
            _offer(controls["outcome"], outcomes(self._evidence))
            self._follow(controls, False)

        return self._room("explore-beating", controls, answers.beating, follow)

    def _doses(self) -> Room:
        controls = {
            "study": _choice("Study"), "outcome": _choice("Outcome"),
            "week": _choice(time_heading()), "level": _level(),
            "per_week": Checkbox(False, description=f"Dose {_each_time()}", indent=False),
            "delta": _number("Improvement over dose 0", 20.0),
            "models": _several("Curves (none: all)", ("linear", "emax", "logistic", "quadratic")),
        }  # fmt: skip

        def follow(_values: Mapping[str, Any]) -> None:
            known = dose_questions(self._evidence)
            _offer(controls["study"], [(study_name(one), one) for one in known])
            weeks = known.get(controls["study"].value, {})
            _offer(controls["outcome"], list(weeks))
            _offer(controls["week"], weeks.get(controls["outcome"].value, []))

        return self._room("explore-doses", controls, answers.doses, follow)

    def _next_trial(self) -> Room:
        controls = {
            "outcome": _choice("Outcome"), "week": _choice(time_heading()),
            "delta": _choice("Difference", [(f"{one} points", one / 100) for one in _POINTS], 0.15),
            "control_rate": _choice(f"{capital(control_word())} rate", _CONTROL),
            "power": _choice("Power", [("80%", 0.8), ("90%", 0.9), ("95%", 0.95)]),
            "alpha": _choice("Level of the test", (0.01, 0.05, 0.1), 0.05),
            "allocation": _choice(
                in_words("{Treatment} to {control}"), [("1 to 1", 1.0), ("2 to 1", 2.0)]
            ),
        }  # fmt: skip

        def follow(_values: Mapping[str, Any]) -> None:
            every = placebo_outcomes(self._evidence)
            weeks = {one: weeks_of(self._evidence, one, controlled=True) for one in every}
            # What no placebo group of the treatment reports gives no rate to plan with.
            _offer(controls["outcome"], [one for one in every if weeks[one]] or every)
            _offer(controls["week"], weeks.get(controls["outcome"].value, []))

        def ask(*where: Any, control_rate: float, **values: Any) -> answers.Answer:
            return answers.next_trial(*where, control_rate=control_rate or None, **values)

        return self._room("explore-power", controls, ask, follow)

    def _rows(self) -> Room:
        controls = {"table": _choice("Table"), "study": _choice("Study")}

        def follow(_values: Mapping[str, Any]) -> None:
            tables = [one for one in self._evidence if "study_id" in self._evidence.table(one)]
            _offer(controls["table"], tables, "responses")
            ids = self._evidence.table(controls["table"].value)["study_id"].dropna().unique()
            names = sorted((study_name(one), one) for one in ids)
            _offer(controls["study"], [("every study", ""), *names], "")

        return self._room("explore-rows", controls, answers.rows, follow)

    def _follow(
        self, controls: Mapping[str, Any], benchmarks: bool, controlled: bool = False
    ) -> None:
        """Offer the weeks and studies of the outcome that is chosen."""
        outcome = controls["outcome"].value
        weeks = weeks_of(self._evidence, outcome, benchmarks=benchmarks, controlled=controlled)
        _offer(
            controls["weeks"],
            [(f"every {time_word()}", ()), *((time_point(one), (one,)) for one in weeks)],
            tuple(usual_weeks(self._evidence, outcome)),
        )
        _offer(controls["exclude"], studies_about(self._evidence, outcome, benchmarks=benchmarks))


_POINTS = (5, 10, 15, 20, 25, 30)
_CONTROL = [("as in the evidence", 0.0), *((f"{one}%", one / 100) for one in range(10, 65, 5))]


def _each_time() -> str:
    return with_article(time_word())


def _asked() -> dict[str, Any]:
    return {"outcome": _choice("Outcome"), "weeks": _choice(time_heading())}


def _choice(name: str, options: Iterable[Any] = (), value: Any = None) -> Dropdown:
    known = list(options)
    control = Dropdown(options=known, description=name, style=_WIDE, layout=_as_wide_as_needed())
    if value is not None:
        control.value = value
    return control


def _named(methods: Iterable[str]) -> list[tuple[str, str]]:
    return [(method_name(one), one) for one in methods]


def _others_too() -> Checkbox:
    words = capital(f"{words_in_use().comparator.adjective} trials too")
    return Checkbox(False, description=words, indent=False)


def _level() -> Dropdown:
    return _choice("Level", _LEVELS, 0.95)


def _several(name: str, options: Iterable[Any] = ()) -> SelectMultiple:
    return SelectMultiple(
        options=list(options), rows=4, description=name, style=_WIDE, layout=_as_wide_as_needed()
    )


def _as_wide_as_needed() -> Layout:
    """Return the layout of a control that is as wide as its words, at most as the page."""
    return Layout(width="max-content", max_width="calc(100% - 4px)", min_width="0")


def _number(name: str, value: float) -> FloatText:
    return FloatText(value=value, description=name, style=_WIDE, layout=Layout(width="20em"))


def _offer(control: Any, options: list[Any], first: Any = None) -> None:
    """Give a control its options; what was chosen stays chosen where it still is one."""
    values = [one[1] if isinstance(one, tuple) else one for one in options]
    if list(control.options) == options:
        return
    chosen = control.value
    control.options = options
    if isinstance(control, SelectMultiple):
        control.value = tuple(one for one in chosen if one in values)
    elif chosen in values and chosen is not None:
        control.value = chosen
    elif first in values:
        control.value = first
    elif values:
        control.value = values[0]


def _found(folder: str) -> str | None:
    """Return a folder as it is named from here, or from the folder above that of the notebooks."""
    if not folder:
        return None
    places = [Path(folder).expanduser(), Path("..") / folder]
    return str(next((one for one in places if one.is_dir()), places[0]).absolute().resolve())
