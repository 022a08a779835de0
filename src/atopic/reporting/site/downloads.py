"""What a site offers to take away: all tables and estimates as one file, and what to cite."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping

from atopic.display.file_names import TABLES_FOLDER
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.reporting.plan.table_files import TableFiles

ARCHIVE, BIBTEX, RIS = "tables.zip", "citations.bib", "citations.ris"
#: No day of a build is in the archive: this is the first that a ZIP file can tell.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
#: What stands in a BibTeX entry beside the words of a citation, from the columns of sources.csv.
_IDENTIFIERS = ("doi", "pmid", "pmcid", "url")


def downloads(tables: TableFiles, estimates: str, cite: str = "") -> dict[str, bytes]:
    """Return the files to take away, by their path in the site.

    Parameters
    ----------
    tables : TableFiles
        The archive holds them as they are, so that it is a data folder for ``--data`` and a
        Frictionless data package.
    estimates : str
        The estimates.csv of the site, which goes into the archive.
    cite : str, optional
        How to cite the site, the first of the citations. The others are the sources of the tables,
        each with its words as they stand there: authors and titles are not told apart, since the
        tables do not.
    """
    sources = list(_sources(tables.files))
    texts = {BIBTEX: _bibtex(sources, cite), RIS: _ris(sources, cite)}
    files = {name: text.encode() for name, text in texts.items()}
    held = {f"{TABLES_FOLDER}/{name}": content for name, content in tables.files.items()}
    schema = {name: held[name] for name in [f"{TABLES_FOLDER}/{DESCRIPTOR}"] if name in held}
    held |= {"estimates.csv": estimates.encode(), **files}
    return {ARCHIVE: _archive(held), **files, **schema}


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP file, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _sources(files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """Yield the rows of sources.csv that cite something."""
    text = files.get("sources.csv", b"").decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if row.get("source_id") and row.get("citation"):
            kept = {name: _line(row.get(name) or "") for name in ("citation", *_IDENTIFIERS)}
            yield kept | {"id": row["source_id"]}


def _bibtex(sources: Iterable[Mapping[str, str]], cite: str) -> str:
    r"""Return BibTeX entries.

    >>> print(_bibtex([{"id": "a-2017", "citation": "A & B. T. 2017", "doi": "10.1/x_y"}], ""))
    @misc{a-2017,
      title = {A \& B. T. 2017},
      doi = {10.1/x_y}
    }
    <BLANKLINE>
    """
    entries = []
    for one in (*_own(cite), *sources):
        fields = {"title": re.sub(r"[\\{}&%$#_~^]", _as_tex, one["citation"])}
        # A brace would end the field; in an address it can be written as its code.
        codes = {ord("{"): "%7B", ord("}"): "%7D"}
        fields |= {name: one[name].translate(codes) for name in _IDENTIFIERS if one.get(name)}
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        entries.append(f"@misc{{{one['id']},\n{lines}\n}}\n")
    return "\n".join(entries)


def _as_tex(found: re.Match[str]) -> str:
    words = {"\\": "textbackslash", "~": "textasciitilde", "^": "textasciicircum"}
    sign = found[0]
    return f"\\{words[sign]}{{}}" if sign in words else f"\\{sign}"


def _ris(sources: Iterable[Mapping[str, str]], cite: str) -> str:
    r"""Return RIS records.

    >>> _ris([{"id": "a", "citation": "T", "doi": "10.1/x", "pmid": "7"}], "")
    'TY  - GEN\r\nID  - a\r\nTI  - T\r\nDO  - 10.1/x\r\nAN  - 7\r\nER  - \r\n'
    """
    records = []
    for one in (*_own(cite), *sources):
        said = {
            "TY": "GEN", "ID": one["id"], "TI": one["citation"], "DO": one.get("doi"),
            "AN": one.get("pmid"), "UR": one.get("url"),
        }  # fmt: skip
        lines = [f"{tag}  - {value}" for tag, value in said.items() if value]
        records.append("\r\n".join([*lines, "ER  - ", ""]))
    return "\r\n".join(records)


def _own(cite: str) -> list[dict[str, str]]:
    return [{"id": "atopic", "citation": _line(cite)}] if cite else []


def _line(text: str) -> str:
    """Return a text as one line: a line break would end the field."""
    return " ".join(text.split())
