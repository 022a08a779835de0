"""What a review is about, in its own words: the file ``review.toml`` of a data folder."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from atopic.errors import EvidenceError, did_you_mean
from atopic.paths import NotAFileError, ordinary_file

#: Name of the file, which stands among the tables that it speaks of.
REVIEW = "review.toml"

#: Kinds of control, the inert ones from the strongest, and how a reader calls each.
CONTROL_KINDS = {
    "placebo": "placebo",
    "sham": "sham",
    "usual-care": "usual care",
    "waiting-list": "waiting list",
    "no-treatment": "no treatment",
    "other-control": "control",
    "active": "another treatment",
}

#: What times are counted in, and how many of each a year is taken for.
UNITS = {"hour": 8760.0, "day": 365.0, "week": 52.0, "month": 12.0, "year": 1.0}
_POOLED_BY = ("agent", "class", "all")
_MEASURES = ("RD", "RR", "OR")
#: Verbs whose singular is not the plural with an s.
_VERBS = {"are": "is", "were": "was", "have": "has", "do": "does", "go": "goes", "reach": "reaches"}
#: More than this is no sentence.
_LONGEST = 1000
#: A noun stands in titles and in charts.
LONGEST_NOUN = 100


@dataclass(frozen=True)
class Noun:
    """A thing in the singular and in the plural; what is not counted has one form for both.

    Examples
    --------
    >>> cells, acupressure = Noun("cell therapy", "cells"), Noun("acupressure", "acupressure")
    >>> f"whether {cells} {cells.verb('add')} risk"
    'whether cells add risk'
    >>> f"whether {acupressure} {acupressure.verb('add')} risk"
    'whether acupressure adds risk'
    """

    one: str
    many: str

    def __str__(self) -> str:
        return self.many

    @property
    def adjective(self) -> str:
        """Return the singular as it stands before another noun: "cell-therapy" of trials."""
        return self.one.replace(" ", "-")

    def verb(self, plural: str) -> str:
        """Return a verb, given in the plural, as it follows `many`."""
        if self.one != self.many:
            return plural
        return _VERBS.get(plural, f"{plural}s")


@dataclass(frozen=True)
class Words:
    """What the things of a review are called.

    Attributes
    ----------
    treatment : Noun
        What is reviewed: ("biologic", "biologics").
    control : Noun
        What it is compared with: ("placebo", "placebo").
    comparator : Noun
        What else is shown for scale: other treatments of the same illness.
    population : str
        Who was treated: "adults with plaque psoriasis".
    condition : str
        What they have: "psoriasis".
    background : str
        What both groups of a trial may have been given beside: "background topicals".
    """

    treatment: Noun = Noun("treatment", "treatments")
    control: Noun = Noun("placebo", "placebo")
    comparator: Noun = Noun("other treatment", "other treatments")
    population: str = "patients"
    condition: str = "the condition"
    background: str = "background treatment"


@dataclass(frozen=True)
class Search:
    """How studies were searched for, as far as it is known.

    Attributes
    ----------
    words : str
        In a sentence or two; blank where nothing is recorded.
    databases : tuple of str
        Where.
    records, screened : int or None
        How many records were found, and how many were read at least in title and abstract.
    read_in_full : bool or None
        Whether the papers were read, not their abstracts alone.
    """

    words: str = ""
    databases: tuple[str, ...] = ()
    records: int | None = None
    screened: int | None = None
    read_in_full: bool | None = None


@dataclass(frozen=True)
class Review:
    """What a review is about.

    Attributes
    ----------
    title, question, criteria : str
        What it is called, what it asks, and which studies answer; blank where it does not say.
    words : Words
        What its things are called.
    time_unit : str
        What times are counted in: hour, day, week, month or year. The columns ``week``,
        ``follow_up_weeks`` and ``interval_weeks`` count it, whatever they are called.
    pool_by : {"agent", "class", "all"}
        Which trials are pooled with each other: those of one agent, of one class, or all.
    measure : {"RD", "RR", "OR"}
        The measure of effect that pages on one comparison show first.
    search : Search
        How studies were searched for.
    licence : str
        Under which licence the tables may be used.
    names : mapping of str to str
        What readers read in place of a word of the tables: {"jak-inhibitor": "JAK inhibitors"}.
    studies : mapping of str to str
        What readers read in place of the id of a study: the column short_name of studies.csv.
    """

    title: str = ""
    question: str = ""
    criteria: str = ""
    words: Words = field(default_factory=Words)
    time_unit: str = "week"
    pool_by: str = "agent"
    measure: str = "RD"
    search: Search = field(default_factory=Search)
    licence: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    studies: Mapping[str, str] = field(default_factory=dict, compare=False)


_in_use: list[Review] = []


def use_review(review: Review) -> None:
    """Remember a review as the one that was asked last: sentences are in its words."""
    _in_use[:] = [review]


def review_in_use() -> Review:
    """Return the review that was asked last; before any was, one without words of its own."""
    return _in_use[0] if _in_use else Review()


def words_in_use() -> Words:
    """Return what the things of the review that was asked last are called."""
    return review_in_use().words


def control_word(*kinds: str) -> str:
    """Return what the treatment is compared with: "placebo".

    Parameters
    ----------
    kinds : str
        Of what kinds the controls are that a sentence speaks of, as in `CONTROL_KINDS`; none given
        means what the review calls its control.

    Examples
    --------
    >>> use_review(Review())
    >>> control_word(), control_word("usual-care"), control_word("placebo", "sham")
    ('placebo', 'usual care', 'control')
    """
    return _control(kinds)


def control_group(*kinds: str) -> str:
    """Return what the group beside the treated one is called, for controls of some kinds.

    >>> use_review(Review())
    >>> control_group(), control_group("waiting-list"), control_group("placebo", "active")
    ('placebo group', 'waiting-list group', 'control group')
    """
    if set(kinds) == {"active"}:
        return "comparator group"
    return f"{_adjective(kinds)} group"


def controlled_word(*kinds: str) -> str:
    """Return what a trial with such a group is: "placebo-controlled", or plainly "controlled".

    >>> use_review(Review())
    >>> controlled_word(), controlled_word("active"), controlled_word("placebo", "active")
    ('placebo-controlled', 'active-controlled', 'controlled')
    """
    control = "active" if set(kinds) == {"active"} else _adjective(kinds)
    return "controlled" if control == "control" else f"{control}-controlled"


def _control(kinds: Iterable[str]) -> str:
    """Return the one name that controls of some kinds have, else "control"."""
    names = {_control_name(kind) for kind in kinds}
    return names.pop() if len(names) == 1 else "control" if names else words_in_use().control.many


def _adjective(kinds: Iterable[str]) -> str:
    own, name = words_in_use().control, _control(kinds)
    return own.adjective if name == own.many else name.replace(" ", "-")


def _control_name(kind: str) -> str:
    """Return what readers call a kind of control.

    The review's own word is that of placebos and of controls of no stated kind, unless it says
    another kind.
    """
    own, plain = words_in_use().control.many, CONTROL_KINDS.get(kind, "control")
    free = own == plain or own not in CONTROL_KINDS.values()
    return own if kind in ("placebo", "other-control", "") and free else plain


def in_words(pattern: str, **more: str) -> str:
    """Return a text with the words of the review, and `more`, in the places that name them.

    >>> use_review(Review())
    >>> in_words("{Controlled} trials of {treatment} without {a_control_group}")
    'Placebo-controlled trials of treatments without a placebo group'
    """
    words = words_in_use()
    named = {
        "treatment": words.treatment,
        "control": words.control,
        "comparator": words.comparator,
        "population": words.population,
        "condition": words.condition,
        "background": words.background,
        "controlled": controlled_word(),
        "a_controlled": with_article(controlled_word()),
        "control_group": control_group(),
        "a_control_group": with_article(control_group()),
        "time": time_word(),
        "a_time": with_article(time_word()),
        "times": time_word(2),
    }
    raised = {f"{name[:1].upper()}{name[1:]}": _raised(f"{one}") for name, one in named.items()}
    return pattern.format(**named, **raised, **more)


def time_word(count: object = 1) -> str:
    """Return what times are counted in, in the plural unless there is one.

    >>> use_review(Review(time_unit="hour"))
    >>> time_word(), time_word(24)
    ('hour', 'hours')
    >>> use_review(Review())
    """
    return review_in_use().time_unit + ("" if count == 1 else "s")


def time_point(time: object) -> str:
    """Return a time after the start: "week 12" of 12."""
    return f"{time_word()} {time}"


def time_span(count: object) -> str:
    """Return how long something took.

    >>> time_span(12), time_span(1.0), time_span(0.5)
    ('12 weeks', '1 week', '0.5 weeks')
    """
    number = f"{count:g}" if isinstance(count, float) else str(count)
    return f"{number} {time_word(count)}"


def time_heading() -> str:
    """Return the heading of a column of times: "Week"."""
    return _raised(time_word())


def units_a_year() -> float:
    """Return how many units of time a year is taken for: 52 weeks, 365 days, 8,760 hours."""
    return UNITS[review_in_use().time_unit]


def called(word: object) -> str:
    """Return what readers read in place of a word of the tables: its name, else its own words.

    >>> called("serious-infection")
    'serious infection'
    """
    return review_in_use().names.get(str(word), str(word).replace("-", " "))


def _raised(words: str) -> str:
    return words[:1].upper() + words[1:]


def with_article(words: str) -> str:
    """Return words after the article that they take.

    >>> with_article("placebo group"), with_article("attention group"), with_article("usual care")
    ('a placebo group', 'an attention group', 'a usual care')
    """
    vowel = words[:1].lower() in tuple("aeio") or words.lower().startswith("hour")
    return f"{'an' if vowel else 'a'} {words}"


def read_review(folder: Path) -> Review:
    """Read the file ``review.toml`` of a data folder; a folder without one has plain words.

    Parameters
    ----------
    folder : Path
        The folder of the tables.

    Returns
    -------
    Review

    Raises
    ------
    EvidenceError
        If the file is not TOML, or has a key or a value that means nothing: in one line.

    Examples
    --------
    >>> from atopic.paths import bundled
    >>> read_review(bundled("data")).words.treatment.many
    'cells'
    >>> read_review(Path("nowhere")).words.treatment.many
    'treatments'
    """
    file = folder / REVIEW
    try:
        content = ordinary_file(file).read_bytes()
    except FileNotFoundError:
        return Review()
    except NotAFileError as error:
        raise EvidenceError(f"{file}: {error.strerror}, not a file") from None
    except OSError as error:
        raise EvidenceError(f"{file}: cannot be read ({error.strerror})") from None
    return review_of(content, file)


def review_of(content: bytes, file: Path) -> Review:
    """Return the review that the content of such a file tells of, or raise as `read_review`."""
    try:
        read = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise EvidenceError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except RecursionError:
        raise EvidenceError(f"{file}: not TOML: nested too deeply") from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise EvidenceError(f"{file}: not TOML: {str(error).splitlines()[0]}") from None
    return _review(_Section(file, "", read))


@dataclass(frozen=True)
class _Section:
    """A table of the file, with the place that an error names."""

    file: Path
    name: str
    values: Mapping[str, Any]

    def error(self, key: str, wrong: str) -> EvidenceError:
        place = f"[{self.name}] " if self.name else ""
        return EvidenceError(f"{self.file}: {place}{key}: {wrong}")

    def only(self, *keys: str) -> None:
        """Refuse a key that means nothing."""
        for key in self.values:
            if key not in keys:
                raise self.error(
                    f"{key:.40}",
                    f"no such key; there are {', '.join(keys)}{did_you_mean(key, keys)}",
                )

    def section(self, name: str) -> "_Section":
        values = self.values.get(name, {})
        if not isinstance(values, dict):
            raise self.error(name, f"must be a table, [{name}]")
        return _Section(self.file, name, values)

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise self.error(key, f"must be a text of at most {_LONGEST} characters")
        return " ".join(value.split()) or default

    def word(self, key: str, known: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in known:
            near = did_you_mean(value, known)
            raise self.error(key, f"must be {', '.join(known[:-1])} or {known[-1]}{near}")
        return value

    def noun(self, key: str, default: Noun) -> Noun:
        """Return a noun from one text, or from a list of the singular and the plural."""
        value = self.values.get(key)
        if value is None:
            return default
        forms = [value] * 2 if isinstance(value, str) else value
        named = isinstance(forms, list) and all(isinstance(one, str) for one in forms)
        if not named or len(forms) != 2 or not all(one.strip() for one in forms):
            raise self.error(key, 'must be the singular and the plural, as ["drug", "drugs"]')
        if max(map(len, forms)) > LONGEST_NOUN:
            raise self.error(
                key, f"must be of at most {LONGEST_NOUN} characters, to stand in titles"
            )
        return Noun(*(" ".join(one.split()) for one in forms))

    def count(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is not None and (type(value) is not int or value < 0):
            raise self.error(key, "must be a whole number, 0 or above")
        return value

    def flag(self, key: str) -> bool | None:
        value = self.values.get(key)
        if value is not None and type(value) is not bool:
            raise self.error(key, "must be true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.error(key, 'must be a list of texts, as ["PubMed"]')
        if len("".join(value)) > _LONGEST:
            raise self.error(key, f"must be of at most {_LONGEST} characters together")
        return tuple(" ".join(one.split()) for one in value)


def _review(file: _Section) -> Review:
    sections = ("words", "time", "pool", "search", "licence", "names")
    file.only("title", "question", "criteria", *sections)
    words, time, pool = file.section("words"), file.section("time"), file.section("pool")
    search, licence = file.section("search"), file.section("licence")
    names = file.section("names")
    records, screened = search.count("records"), search.count("screened")
    if None not in (records, screened) and (screened or 0) > (records or 0):
        raise search.error("screened", f"{screened} is more than records = {records}")
    plain = Words()
    words.only(*(one.name for one in fields(Words)))
    time.only("unit")
    pool.only("by", "measure")
    search.only(*(one.name for one in fields(Search)))
    licence.only("data")
    return Review(
        title=file.text("title"),
        question=file.text("question"),
        criteria=file.text("criteria"),
        words=Words(
            treatment=words.noun("treatment", plain.treatment),
            control=words.noun("control", plain.control),
            comparator=words.noun("comparator", plain.comparator),
            population=words.text("population", plain.population),
            condition=words.text("condition", plain.condition),
            background=words.text("background", plain.background),
        ),
        time_unit=time.word("unit", tuple(UNITS), "week"),
        pool_by=pool.word("by", _POOLED_BY, "agent"),
        measure=pool.word("measure", _MEASURES, "RD"),
        search=Search(
            words=search.text("words"),
            databases=search.texts("databases"),
            records=records,
            screened=screened,
            read_in_full=search.flag("read_in_full"),
        ),
        licence=licence.text("data"),
        names={name: names.text(name) for name in names.values},
    )
