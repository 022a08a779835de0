"""The evidence: reported outcomes read from a data folder, typed, joined on demand, immutable."""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias

import pandas as pd

from atopic.errors import EvidenceError
from atopic.evidence.core import core_tables, read_package, schema_problems
from atopic.evidence.csv_rows import Rows, read_rows, typed_columns
from atopic.evidence.derivation import derive
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.evidence.frames import typed_frame
from atopic.evidence.lines import Folder
from atopic.evidence.plausibility import domain_problems, plain_rows
from atopic.evidence.portrait import evidence_html, evidence_text
from atopic.evidence.relations import Sheet, related_problems
from atopic.evidence.schema import Package, Table
from atopic.paths import data_folder, use_folder
from atopic.review import REVIEW, Review, read_review, use_review

Absent: TypeAlias = Literal["raise", "empty", "within"]


@dataclass(frozen=True, eq=False, repr=False)
class Evidence:
    """The tables of one data folder.

    Every table is an attribute of its own name (``evidence.responses``) and a copy: what a user
    does to it never reaches another user. The index of a table, ``row``, is the row of its CSV
    file as a spreadsheet shows it, so that any figure can be walked back to its cell.

    Attributes
    ----------
    path : Path
        The folder.
    package : Package
        Its schema.
    absent : {"raise", "empty"}
        What a question does about an outcome, study or week that there is not: raise, or answer
        with no rows.
    review : Review
        What the review is about, in its own words: the file review.toml.

    Examples
    --------
    >>> import atopic
    >>> evidence = atopic.load()
    >>> row = evidence.responses.query("study_id == 'shin-2021' and outcome == 'EASI-50'").iloc[0]
    >>> int(row.responders), int(row.n), row.basis
    (4, 5, 'printed')
    """

    path: Path
    package: Package
    _frames: Mapping[str, pd.DataFrame]
    absent: Absent = "raise"
    review: Review = field(default_factory=Review)

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return the table of that name."""
        if name.startswith("_"):
            # Copying and pickling ask for such names before there are any tables.
            raise AttributeError(name)
        if name not in self._frames and name not in core_tables():
            raise AttributeError(f"no table {name!r} in {self.path}; there are {', '.join(self)}")
        return self.table(name)

    def __dir__(self) -> list[str]:
        own = ("absent", "joined", "of_study", "package", "path", "review", "table")
        return [*own, *self]

    def __repr__(self) -> str:
        return evidence_text(self)

    def _repr_html_(self) -> str:
        # It loads the validator and reads the files once more: only for who looks.
        from atopic.evidence.checks import check

        try:
            found = check(self.path, warnings=True)
        except OSError:
            return evidence_html(self, None)
        return evidence_html(self, found)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the tables."""
        return iter(self._frames)

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of one table.

        Parameters
        ----------
        name : str
            Name of the table, for example ``"arms"``.

        Returns
        -------
        DataFrame
            Its rows, indexed by spreadsheet row. ``responses`` also has the columns of
            `atopic.evidence.derivation.derive`.

        Raises
        ------
        EvidenceError
            If there is no such table in the folder, nor in the core schema, whose tables are empty
            where the folder has none.
        """
        if name == "responses":
            return self._responses.copy()
        if name in self._frames:
            return self._frames[name].copy()
        if name not in core_tables():
            raise EvidenceError(f"{self.path}: no table {name!r}; the tables are {', '.join(self)}")
        return _empty(core_tables()[name])

    def _schema(self, name: str) -> Table:
        return self.package.tables.get(name) or core_tables()[name]

    def joined(self, name: str, *others: str) -> pd.DataFrame:
        """Return a table with the columns of the tables that it refers to.

        Parameters
        ----------
        name : str
            The table whose rows are kept, all and in order.
        *others : str
            Tables it refers to by a foreign key, for example ``"arms"``, ``"studies"``,
            ``"sources"``.

        Returns
        -------
        DataFrame
            The columns of the first table, then those of each other one with its name before
            them (``arms.label``). The first foreign key to a table is the one that is followed.

        Raises
        ------
        EvidenceError
            If a table is unknown or not referred to, or if several of its rows are referred to
            at once.

        Examples
        --------
        >>> import atopic
        >>> frame = atopic.load().joined("responses", "arms", "sources")
        >>> frame.loc[2, ["arms.label", "sources.kind"]].to_list()
        ['phase IIa, high dose', 'journal-abstract']
        """
        return self._once_joined(name, *others).copy()

    def _once_joined(self, name: str, *others: str) -> pd.DataFrame:
        """Return what `joined` copies, for this room, which takes rows of it and alters none."""
        wanted = (name, *others)
        if wanted not in self._joined:
            self._joined[wanted] = self._join(name, others)
        return self._joined[wanted]

    def _join(self, name: str, others: tuple[str, ...]) -> pd.DataFrame:
        frame = self.table(name)
        keys = self._schema(name).foreign_keys
        for other in others:
            right = self.table(other)
            link = next((key for key in keys if key.table == other), None)
            if link is None:
                linked = ", ".join(sorted({key.table for key in keys} - {name}))
                raise EvidenceError(f"{name} does not refer to {other!r}; it refers to {linked}")
            for column, value in link.where.items():
                right = right[right[column] == value]
            if right.duplicated(list(link.columns)).any():
                what = ", ".join(link.columns)
                raise EvidenceError(
                    f"{other} has several rows for one {what}, so {name} cannot take columns "
                    "from it; choose its rows first and merge them"
                )
            targets = [f"{other}.{column}" for column in link.columns]
            index = frame.index
            frame = frame.merge(
                right.add_prefix(f"{other}."),
                how="left",
                left_on=list(link.fields),
                right_on=targets,
                validate="m:1",
            ).set_axis(index, axis=0)
        return frame

    def of_study(self, study_id: str) -> "Evidence":
        """Return the evidence with one study alone in every table that names studies.

        To ask for one study after another takes else the time of all their rows for each.

        Examples
        --------
        >>> import atopic
        >>> atopic.load().of_study("shin-2021").responses["study_id"].unique().tolist()
        ['shin-2021']
        """
        if study_id not in self._studies:
            frames = {
                name: frame.iloc[self._places.get(name, {}).get(study_id, [])]
                if "study_id" in frame
                else frame
                for name, frame in self._frames.items()
            }
            only = Evidence(self.path, self.package, frames, self.absent, self.review)
            self._studies[study_id] = only
            # What is derived of a row may rest on others, but not on those of other studies.
            if "responses" in frames:
                places = self._places.get("responses", {}).get(study_id, [])
                vars(only)["_responses"] = self._responses.iloc[places]
        return self._studies[study_id]

    def _within(self) -> "Evidence":
        """Return the same evidence for what a question asks in turn: what is absent is empty."""
        return self if self.absent == "within" else self._asked_within

    @cached_property
    def _asked_within(self) -> "Evidence":
        found = replace(self, absent="within")
        vars(found).update(_joined=self._joined, _answers=self._answers)
        if "_responses" in vars(self):
            vars(found)["_responses"] = self._responses
        return found

    @cached_property
    def _studies(self) -> dict[str, "Evidence"]:
        return {}

    @cached_property
    def _places(self) -> dict[str, dict[str, list[int]]]:
        """Where in each table the rows of each study stand."""
        found: dict[str, dict[str, list[int]]] = {}
        for name, frame in self._frames.items():
            for place, study in enumerate(frame.get("study_id", [])):
                found.setdefault(name, {}).setdefault(study, []).append(place)
        return found

    @cached_property
    def _joined(self) -> dict[tuple[str, ...], pd.DataFrame]:
        """What has been joined so far: most questions begin with the same few joins."""
        return {}

    @cached_property
    def _answers(self) -> dict[tuple[object, ...], Any]:
        """What has been computed from it so far, by what was asked: see `once`."""
        return {}

    @cached_property
    def _responses(self) -> pd.DataFrame:
        responses = self._frames.get("responses", _empty(core_tables()["responses"]))
        return responses.join(derive(responses, self._frames.get("denominators")))


def _empty(table: Table) -> pd.DataFrame:
    """Return a table without rows."""
    return typed_frame(table, Rows((), (), ()), {name: [] for name in table.columns})


def load(
    path: str | os.PathLike[str] | None = None, *, absent: Literal["raise", "empty"] = "raise"
) -> Evidence:
    """Read a data folder.

    Parameters
    ----------
    path : path-like, optional
        A folder of CSV files, with a datapackage.json where they hold more than the core schema
        (`atopic.evidence.core`) has a place for. Without it, the folder named
        by the environment variable ``ATOPIC_DATA``; without that, the tables that come with
        atopic.
    absent : {"raise", "empty"}, optional
        What questions do about an outcome, study or week that there is not: raise UsageError with
        what there is, or answer with no rows, as notebooks need, which say so in a note.

    Returns
    -------
    Evidence

    Raises
    ------
    EvidenceError
        If the folder, its schema or a table cannot be used. The message is the first problem that
        ``atopic check`` would print, with the number of others.
    ValueError
        If `absent` is neither.

    Examples
    --------
    >>> import atopic
    >>> len(atopic.load().studies) > 40
    True
    """
    if absent not in ("raise", "empty"):
        raise ValueError(f"absent must be 'raise' or 'empty', not {absent!r}")
    folder = data_folder(path)
    use_folder(folder)
    if _remembered and _remembered[0].is_in(folder):
        use_review(_remembered[0].evidence.review)
        return _remembered[0].again(folder, absent)
    package, review = read_package(folder), read_review(folder)
    use_review(review)
    if any(True for _ in schema_problems(package)):
        _refuse(folder)
    frames: dict[str, pd.DataFrame] = {}
    sheets: dict[str, Sheet] = {}
    plain = {}
    for name, table in package.tables.items():
        rows, problems = read_rows(folder / table.path)
        if rows is None or problems:
            _refuse(folder)
        sheets[name] = Sheet(table, rows)
        columns, fits = typed_columns(table, rows)
        if not fits:
            _refuse(folder)
        plain[name] = plain_rows(table, rows, columns)
        frames[name] = typed_frame(table, rows, columns)
    broken = any(True for _ in related_problems(package, sheets))
    if broken or any(not one.known for one in domain_problems(Folder(package, plain))):
        _refuse(folder)
    review = replace(review, studies=_short_names(frames.get("studies", pd.DataFrame())))
    use_review(review)
    return Evidence(folder, package, frames, absent, review)


def _short_names(studies: pd.DataFrame) -> dict[str, str]:
    """Return what readers call each study that has a name other than its id."""
    if "short_name" not in studies:
        return {}
    named = studies[studies["short_name"].notna()]
    return dict(zip(named["study_id"], named["short_name"], strict=True))


@dataclass(frozen=True)
class _Remembered:
    """Evidence and the files that it was read from: how long each is, and the sha256 of all."""

    evidence: Evidence
    sizes: Mapping[str, int]
    digest: str

    def is_in(self, folder: Path) -> bool:
        """Return whether a folder holds these very files."""
        same = _sizes(folder, self.sizes) == self.sizes
        return same and self.digest == _digest(folder, self.sizes)

    def again(self, folder: Path, absent: Absent) -> Evidence:
        """Return it as read from a folder; whatever is done to it reaches no other reader."""
        known = self.evidence
        package = replace(known.package, tables=dict(known.package.tables))
        evidence = Evidence(folder, package, dict(known._frames), absent, known.review)
        if "_responses" in vars(known):
            vars(evidence)["_responses"] = known._responses
        # As they are: who asks gets copies, of tables too (`Evidence.table`, `once`).
        vars(evidence)["_joined"] = dict(known._joined)
        vars(evidence)["_answers"] = dict(known._answers)
        return evidence


#: The evidence remembered last, if any.
_remembered: list[_Remembered] = []


def remember(path: str | os.PathLike[str]) -> None:
    """Have `load` know the files of a data folder, wherever they lie, without reading them again.

    In this process and in those forked from it. One folder is remembered: the last.
    """
    folder = data_folder(path)
    if _remembered and _remembered[0].is_in(folder):
        return
    _remembered.clear()
    evidence = load(folder)
    tables = {**core_tables(), **evidence.package.tables}.values()
    names = [DESCRIPTOR, REVIEW, *(table.path for table in tables)]
    if (sizes := _sizes(folder, names)) is None:
        return
    found = _Remembered(evidence, sizes, _digest(folder, names))
    for name, table in evidence.package.tables.items():
        if {"arms", "studies"} <= {key.table for key in table.foreign_keys}:
            evidence.joined(name, "arms", "studies")  # as most questions do
    _remembered.append(found)


def answer_ahead(ask: Callable[[Evidence], object]) -> None:
    """Have all who load what is remembered find the answers to what a function asks of it.

    In this process and in those forked from it. If anything is warned of meanwhile no answer is
    kept: whoever asks is to hear of it.
    """
    if not _remembered:
        return
    answers = _remembered[0].evidence._answers
    before = dict(answers)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            ask(_remembered[0].evidence)
        finally:
            if warned:
                answers.clear()
                answers.update(before)


def _sizes(folder: Path, names: Iterable[str]) -> dict[str, int] | None:
    """Return how long files are, -1 for one that is not there; None if one is no file."""
    try:
        there = {name: folder / name for name in names}
        if all(file.is_file() for file in there.values() if file.exists()):
            return {
                name: file.stat().st_size if file.exists() else -1 for name, file in there.items()
            }
    except OSError:
        pass
    return None


def _digest(folder: Path, names: Iterable[str]) -> str:
    found = hashlib.sha256()
    for name in (name for name in names if (folder / name).exists()):
        try:
            found.update(hashlib.sha256((folder / name).read_bytes()).digest())
        except OSError:
            return ""
    return found.hexdigest()


def _refuse(folder: Path) -> NoReturn:
    # Rare, so the validator is loaded only now: it finds all problems and words them.
    from atopic.evidence.checks import check

    faults = [problem for problem in check(folder) if not problem.known]
    if not faults:
        raise EvidenceError(f"{folder}: the tables changed while they were read; read them again")
    more = f" ({len(faults) - 1} more: run atopic check)" if len(faults) > 1 else ""
    raise EvidenceError(f"{folder}: {faults[0]}{more}")
