"""Which column of a sheet is what: by the names that peers give it, or as the user says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from atopic.errors import UsageError, did_you_mean

#: What a line says of its study, in the tables' own names.
_OF_STUDY = {
    "study": "author authors trial slab studlab studyid label reference study_name study_author",
    "year": "study_year pub_year publication_year yr",
    "title": "", "doi": "", "pmid": "", "registry_id": "registry nct nct_id registration",
    "phase": "", "design": "study_design", "blinding": "", "country": "",
    "outcome": "endpoint outc outc_measure outcome_measure analysis_name outclab outcome_name",
    "week": "weeks time_weeks timepoint_weeks",
    "time": "timepoint time_point followup follow_up hours hour days day months month years",
    "time_unit": "unit_of_time timeunit",
    "subgroup": "grplab subgroup_name",
    "source": "source_id reference_source citation",
    "page": "locator table place",
    "notes": "comment comments remarks footnotes",
}  # fmt: skip
#: What a line, or a numbered part of it, says of an arm.
_OF_ARM = {
    "arm": "group treatment treat trt arm_label arm_name cond_spec intervention t drug",
    "agent": "agent_name product substance active_substance",
    "dose": "d dosage", "dose_unit": "doseunit unit_of_dose",
    "interval": "dosing_interval frequency schedule",
    "role": "condition arm_role control_or_treatment",
    "responders": "r events event cases xi x responder improved_n n_events number_of_events count "
                  "successes",
    "nonresponders": "nonevents non_events non_responders failures",
    "n": "ni total sample_size denominator participants patients size post_n n_total",
    "randomised": "rand_n n_randomised n_randomized randomized",
    "percent": "percentage pct rate percent_printed proportion_percent",
    "mean": "mi m y post_m value mean_value",
    "sd": "sdi s post_sd std standard_deviation",
    "se": "sei standard_error std_err",
    "unit": "units unit_of_score score_unit unit_of_mean",
    "statistic": "kind",
}  # fmt: skip
#: Names of one kind of sheet for the first and the second of two groups.
_PAIRS = {
    "responders": ("ai experimental_cases event_e ee r_e", "ci control_cases event_c ec r_c"),
    "nonresponders": ("bi", "di"),
    "n": ("n1i experimental_n n_e ne", "n2i control_n n_c nc"),
    "mean": ("m1i experimental_mean mean_e", "m2i control_mean mean_c"),
    "sd": ("sd1i experimental_sd sd_e", "sd2i control_sd sd_c"),
    "arm": ("experimental_group_label label_e treatment_label experimental",
            "control_group_label label_c control_label comparator control"),
}  # fmt: skip
#: The columns of a sheet, as ``--map`` names them.
FIELDS = (*_OF_STUDY, *_OF_ARM)
_NUMBERED = re.compile(r"(.*?)_?([1-9]|1[0-9])(_?[a-z]*)")
_OF_TIME = {"hour": "hour", "day": "day", "month": "month", "year": "year"}


@dataclass(frozen=True)
class Columns:
    """What the columns of a sheet are.

    Attributes
    ----------
    places : dict
        By field the place of its column: a name of a long sheet, or a name and the number of the
        group, as ``("n", 2)``.
    constants : dict
        By field what is said of all lines.
    unread : tuple of str
        Columns that nothing is taken from.
    pairs : bool
        Whether a line holds a treatment and its control.
    """

    places: Mapping[tuple[str, int], int]
    constants: Mapping[tuple[str, int], str]
    header: tuple[str, ...]
    unread: tuple[str, ...] = ()
    pairs: bool = False

    @property
    def groups(self) -> list[int]:
        """Numbers of the groups in a line; 0 alone if a line is one arm."""
        return sorted({number for _, number in self.places if number}) or [0]

    def called(self, name: str, number: int = 0) -> str:
        """Return what the sheet calls a field, for a message."""
        place = self.places.get((name, number), self.places.get((name, 0)))
        return self.header[place] if place is not None else named(name, number)

    def has(self, *names: str) -> bool:
        """Whether there is a column or a constant of one of some fields."""
        return any(name in names for name, _ in (*self.places, *self.constants))


def plain(name: str) -> str:
    """Return a name of a column as names are compared.

    >>> plain("Experimental N"), plain("event.e"), plain("Time (weeks)")
    ('experimental_n', 'event_e', 'time_weeks')
    """
    return "_".join(re.findall(r"[a-z0-9]+", name.lower()))


def named(name: str, number: int = 0) -> str:
    """Return a field as ``--map`` names it."""
    return f"{name}_{number}" if number else name


def find_columns(header: tuple[str, ...], mapped: Iterable[str], where: str) -> Columns:
    """Tell what each column of a header is.

    Parameters
    ----------
    mapped : iterable of str
        What the user says: ``name=column``, or ``name="=constant"``.
    where : str
        The sheet, for messages.

    Raises
    ------
    UsageError
        If the user names what there is not, or two columns are the same thing.

    Examples
    --------
    >>> columns = find_columns(("Study", "ai", "n1i", "ci", "n2i"), [], "mine.csv")
    >>> columns.pairs, columns.groups, columns.called("responders", 2)
    (True, [1, 2], 'ci')
    """
    places: dict[tuple[str, int], int] = {}
    constants: dict[tuple[str, int], str] = {}
    for said in mapped:
        name, equals, value = said.partition("=")
        known = _field(name.strip())
        if not equals or known is None:
            near = did_you_mean(name.strip(), FIELDS)
            raise UsageError(
                f"--map {said}: write name=column or name='=constant', the name one of "
                f"{', '.join(FIELDS)}, in a line of several groups with a number as n_2{near}"
            )
        value = value.strip()
        if value.startswith("="):
            constants[known] = value[1:].strip()
        elif value in header:
            places[known] = header.index(value)
        else:
            near = did_you_mean(value, header)
            raise UsageError(
                f"--map {said}: {where} has no column {value!r}; it has {', '.join(header)}{near}"
            )
    taken = set(places.values())
    pair_names = {
        word: (name, number)
        for name, two in _PAIRS.items()
        for number, words in enumerate(two, start=1)
        for word in words.split()
    }
    for place, title in enumerate(header):
        if place in taken:
            continue
        found = pair_names.get(plain(title)) or _field(title)
        if found is None or found in constants:
            continue
        if found in places and (places[found] in taken or plain(title) != found[0]):
            continue  # what the user said, or the own name, goes before a synonym
        places[found] = place
    pairs = any(plain(header[place]) in pair_names for place in places.values())
    if ("time", 0) in places and not (("time_unit", 0) in places or ("time_unit", 0) in constants):
        unit = _unit_of(header[places["time", 0]])
        if unit:
            constants["time_unit", 0] = unit
    unread = tuple(one for place, one in enumerate(header) if place not in places.values())
    return Columns(places, constants, header, unread, pairs)


def _unit_of(title: str) -> str:
    for word in plain(title).split("_"):
        if word.rstrip("s") in _OF_TIME:
            return _OF_TIME[word.rstrip("s")]
    return ""


_SYNONYMS = {
    word: name
    for known in (_OF_STUDY, _OF_ARM)
    for name, words in known.items()
    for word in (name, *words.split())
}


def _field(title: str) -> tuple[str, int] | None:
    """Return the field that a name stands for, with the number of its group."""
    name = plain(title)
    if name in _SYNONYMS:
        return _SYNONYMS[name], 0
    if numbered := _NUMBERED.fullmatch(name):
        stem = numbered[1] + numbered[3]
        known = _SYNONYMS.get(stem) or _SYNONYMS.get(stem.removesuffix("i"))
        if known in _OF_ARM:
            return known, int(numbered[2])
    return None
