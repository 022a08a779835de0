"""The texts of the files that a review begins with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atopic.review import REVIEW


@dataclass(frozen=True)
class Review:
    """What is said of a review: words in the singular and in the plural."""

    title: str
    question: str = ""
    treatment: tuple[str, str] = ("treatment", "treatments")
    control: tuple[str, str] = ("control", "controls")
    comparator: tuple[str, str] = ("drug", "drugs")
    population: str = ""
    time_unit: str = "week"
    pool_by: str = "agent"
    measure: str = "RD"


def files(review: Review, entries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what stands beside the data folder, by path.

    Examples
    --------
    >>> sorted(files(Review("Mine"), []))[:3]
    ['.github/workflows/reports.yml', '.gitignore', 'CITATION.cff']
    """
    return {
        f"data/{REVIEW}": _review(review),
        "reports.toml": _reports(review, entries),
        "README.md": _README.format(title=review.title, question=review.question or _ASKED),
        "CITATION.cff": _CITATION.format(title=_text(review.title)),
        ".gitignore": "reports/\n",
        ".github/workflows/reports.yml": _WORKFLOW,
    }


def _text(value: Any) -> str:
    """Return a value as TOML writes it: texts and lists as JSON does, DEL apart."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _review(review: Review) -> str:
    return f"""\
# What this review is about: the words that its pages use, and how its results are pooled.
title = {_text(review.title)}
question = {_text(review.question)}

# Singular, plural.
[words]
treatment = {_text(review.treatment)}
control = {_text(review.control)}
comparator = {_text(review.comparator)}  # other treatments that the review compares with
population = {_text(review.population)}  # as "adults with plaque psoriasis"
condition = ""  # as "psoriasis"
background = ""  # what both groups may have been given beside, as "background creams"

[time]
unit = {_text(review.time_unit)}  # hour, day, week, month or year

[pool]
by = {_text(review.pool_by)}  # agent, class or all; never mixed silently
measure = {_text(review.measure)}  # RD, RR or OR

# For the flow of studies: write what is known, as records = 120 and screened = 80.
[search]
databases = []
# records = 0
# screened = 0
# read_in_full = true  # false: pages say that abstracts and news were read

[licence]
data = "CC0-1.0"

# What readers read in place of a word of the tables, as subcutaneous = "under the skin".
[names]
"""


def _reports(review: Review, entries: Sequence[Mapping[str, Any]]) -> str:
    front = 'front = "answer"\n' if any(one["id"] == "answer" for one in entries) else ""
    parts = [
        f"""\
# The reports that atopic build makes. atopic list shows what each notebook accepts.
[site]
name = {_text(review.title)}
title = {_text(review.title)}
{front}licence = "Tables: CC0 1.0 (public domain)."
"""
    ]
    for entry in entries:
        lines = ["[[report]]"]
        lines += [f"{name} = {_text(entry[name])}" for name in
                  ("id", "for_each", "title", "section", "notebook") if name in entry]  # fmt: skip
        if entry.get("parameters"):
            lines.append("[report.parameters]")
            lines += [f"{name} = {_text(value)}" for name, value in entry["parameters"].items()]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


_ASKED = "Write the question of the review here, and in data/review.toml."
_README = """\
# {title}

{question}

    pip install atopic
    atopic check                             # the tables: structure, and what numbers must satisfy
    atopic build                             # the site, in reports/
    atopic import SHEET --into data          # more results; what was changed by hand stays
    atopic list                              # the reports, and what each can be asked

`data/` holds the tables and, in `review.toml`, the words of the review; `reports.toml` lists its
reports. Each number leads from a page to its row, its source and the place in it; of what was
imported, that is the sheet and its row, and `data/imports.json` remembers what came from there.

## Not yet filled in

- `data/review.toml`: the question, the population, the search.
- `data/studies.csv`: design and blinding of each study, where the sheet did not tell:
  `controlled` says only that there is a control group, `randomised-placebo` (or `-sham`, `-active`,
  `-usual-care` and so on) that it was randomised.
- `data/sources.csv`: what each source is, and its DOI.
- `CITATION.cff`: who wrote this.
"""
_CITATION = """\
cff-version: 1.2.0
message: "Please cite this review as below, and the sources of the numbers you use."
title: {title}
type: dataset
authors:
  - name: "Write the authors here"
license: CC0-1.0
"""
_WORKFLOW = """\
# Checks the tables and builds the site, which it keeps with the run.
name: reports
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  reports:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@08eba0b27e820071cde6df949e0beb9ba4906955 # v4.3.0
        with:
          persist-credentials: false
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
        with:
          python-version: "3.13"
      - run: pip install atopic
      - run: atopic check
      - run: atopic build
      - uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        if: always()
        with:
          name: reports
          path: reports
"""
