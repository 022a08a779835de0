"""Compare the library with its oracles, and write docs/validation.md from it.

Run from the repository: ``python -m tests.oracles.compare`` writes the page and the record that
`atopic.questions.validation.comparisons` reads; with ``--check`` it only says whether they are in
step, with ``--print`` it prints the record. The comparisons themselves are beside the values they
use, in ``tests/oracles/<room>/rows*.py``.
"""

import csv
import io
import math
import re
import sys
from itertools import groupby, zip_longest
from pathlib import Path

from tests.oracles.ambiguity import rows as ambiguity
from tests.oracles.bayes import rows as bayes
from tests.oracles.bayes_pooling import rows as bayes_pooling
from tests.oracles.betabinomial import rows as betabinomial
from tests.oracles.changes import rows as changes
from tests.oracles.comparison import BARS, SAME_LIKELIHOOD, Comparison
from tests.oracles.contrasts import rows as contrasts
from tests.oracles.doseresponse import rows as doseresponse
from tests.oracles.glmm import rows as glmm
from tests.oracles.incidence import rows as incidence
from tests.oracles.means import rows as means
from tests.oracles.means import rows_of_spreads as spreads
from tests.oracles.missing import rows as missing
from tests.oracles.pooling import rows as pooling
from tests.oracles.pooling import rows_of_trials
from tests.oracles.proportions import rows as proportions
from tests.oracles.regression import rows as regression
from tests.oracles.strata import rows as strata
from tests.oracles.transforms import rows as transforms
from tests.oracles.trialdesign import rows as trialdesign

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"
RECORD = Path(__file__).parents[2] / "src" / "atopic" / "questions" / "validation" / "oracles.csv"

#: In the order of the page, rows of one module of the library together.
ROOMS = (
    proportions, incidence, contrasts, pooling, rows_of_trials, means, regression,
    strata, missing, glmm, betabinomial,
    transforms, bayes, bayes_pooling, doseresponse, changes, spreads, ambiguity,
    trialdesign,
)  # fmt: skip

#: Public functions without a row, and why.
WITHOUT = {
    "pooling.leave_one_out_rates": "calls `pool_proportions` on the arms that are left",
    "proportions.tabulate": "calls `interval` on the columns of a frame",
    "contrasts.from_difference": "the reciprocals that `number_needed_to_treat` is compared by",
    "counts.candidates": "calls what `counts.compatible` is, size by size",
    "counts.decimals": "counts the printed decimals of a text",
}

#: What no row covers, by function.
UNCOVERED = {
    "bayes.meta_analysis": "`bayesmeta` was not run (it is in no Debian release); the values come "
    "from the same model, integrated by R",
    "contrasts.p_value_bounds": "Barnard's and Boschloo's tests; counts found beside the true one",
    "doseresponse.average": "its band (Buckland 1997)",
    "doseresponse.mcp_mod_means": "the critical value for more than three doses, beyond `MCTtest`",
    "doseresponse.predict": "bands, but for a line at dose 0",
    "doseresponse.target_dose": "its limits; target doses of curves",
    "pooling.betabinomial.fit": "prediction limits",
    "pooling.glmm.fit": "limits by t, those of the mean rate and of prediction by t",
    "pooling.pool_contrasts": "shared controls by Paule-Mandel, DerSimonian-Laird and empirical "
    "Bayes; their prediction limits",
    "pooling.meta_regression": "many meta-analyses at once",
    "pooling.robustness": "each convention without each study, but for what `leave_one_out` shares",
}

#: What tells one comparison from another, as columns of the record.
KEY = ("function", "what", "reference", "data")

#: Errors of rounding differ from machine to machine: none is printed as less than this.
ROUNDING = 1e-14
#: How many times the error on the page an error may be before the page is out of step.
SLACK = 10


def power(value: float) -> str:
    """Return a number of one digit: 1e-8."""
    return f"{value:.0e}".replace("e-0", "e-")


INTRODUCTION = f"""\
# Validation

Every statistical function beside the same numbers from other software, or from print. This page
is written by a program from the values stored in `tests/oracles/`, which R and the scripts there
made; how to make them again is in `tests/oracles/README.md`.

    .venv/bin/python -m tests.oracles.compare           # write this page
    .venv/bin/python -m tests.oracles.compare --check   # is it in step?

The error of a value is its distance from the reference, relative to the reference; each row shows
the largest, rounded up to 1, 2 or 5 times a power of ten, and never as less than {power(ROUNDING)}:
what is below is rounding, and differs from machine to machine. Zero is an exact match.

| bar | for |
|---|---|
| {power(BARS["closed"])} | closed forms, and roots found to the last digits |
| {power(BARS["iterative"])} | results of a search or an integration, on either side |
| {power(BARS["sampled"])} | probabilities that are drawn, with a standard error of 0.1% |
| print | published values: equal to within half of the last printed digit |
| loose | the reference is the less accurate side; the remark says why |

Where both sides maximise a likelihood, ours may not be the lower one (to {power(SAME_LIKELIHOOD)}).
The tests hold every row to its bar, and every public function to a row.
"""

CAVEAT = """\
A reference in R that names no package's function is a script that we wrote from the published
formula, solved by R's own routines (`uniroot`, `integrate`, `nlminb`): it checks the arithmetic,
not how the formula was read. That is so for the score limits of Miettinen and Nurminen, the
conditional odds ratio, Barnard's and Boschloo's tests, most prediction intervals, Bayesian random
effects and highest-density limits; where a row beside it quotes print, the reading is checked as
well.
`agresti-coull` is compared with the same closed form in statsmodels.

Rows of one function may share arithmetic with another: `number_needed_to_treat`, `repool`,
`robustness`, `funnel` and the averages of models are compared with numbers that were derived from
the reference's in a line or two.

These have no row at all:
"""

PROPERTIES = """\
What has no oracle is held to properties in `tests/*/test_*.py`: closed forms in special cases,
coverage by enumeration, one method against another, and invariance to order, unit and labels.
"""


def located() -> list[tuple[str, Comparison]]:
    """Compare everything; each comparison with the folder of its values."""
    return [(room.__name__.split(".")[-2], row) for room in ROOMS for row in room.rows()]


def comparisons() -> list[Comparison]:
    """Compare everything."""
    return [row for _, row in located()]


def record(pairs: list[tuple[str, Comparison]]) -> str:
    """Return the comparisons as a CSV, with the values that lie furthest apart."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*KEY, "values", "error", "bar", "kind", "theirs", "ours", "remark", "folder"])
    for folder, row in pairs:
        bar = power(BARS[row.kind]) if row.kind in BARS else ""
        error = bound(row.error).removeprefix("below ")
        theirs, ours = (repr(value) for value in row.furthest)
        writer.writerow(
            [*row.key, row.size, error, bar, row.kind, theirs, ours, _remark(row), folder]
        )
    return buffer.getvalue()


def page(rows: list[Comparison]) -> str:
    """Return the text of docs/validation.md."""
    parts = [INTRODUCTION]
    for module, same in groupby(rows, key=lambda row: row.function.split(".")[0]):
        parts.append(f"## {module}\n\n" + _table(list(same)))
    parts.append("## Where the reference is the loose one\n\n" + _loose(rows))
    parts.append("## What has no external oracle\n\n" + CAVEAT + "\n" + _list(WITHOUT))
    parts.append("Of these functions, a part has no oracle:\n\n" + _list(UNCOVERED))
    parts.append(PROPERTIES)
    return "\n".join(parts)


def bound(error: float) -> str:
    """Return an error rounded up to 1, 2 or 5 times a power of ten.

    >>> bound(0.0), bound(1.2e-16), bound(3.1e-9), bound(6e-3)
    ('0', 'below 1e-14', 'below 5e-9', 'below 1e-2')
    """
    if error == 0:
        return "0"
    error = max(error, ROUNDING)
    unit = 10.0 ** math.floor(math.log10(error))
    # A hair above a step is still that step.
    steps = (step * unit for step in (1, 2, 5, 10) if step * unit * (1 + 1e-9) >= error)
    return f"below {power(next(steps))}"


def out_of_step(text: str, rows: list[Comparison]) -> list[str]:
    """Say where the page is not what the rows give.

    Words, rows and counts must be equal. An error may differ, since its last digits depend on the
    machine, but not be `SLACK` times the one on the page.
    """
    faults = []
    for number, (old, new) in enumerate(
        zip_longest(_without_errors(text), _without_errors(page(rows))), start=1
    ):
        if old != new:
            faults.append(f"line {number}: is {old!r}, should be {new!r}")
            break
    printed = {tuple(cells[:4]): cells[5] for cells in table_rows(text)}
    for row in rows:
        found = re.search(r"\d\S*", printed.get(_cells(row), ""))
        if found and row.error > SLACK * max(float(found[0]), ROUNDING):
            faults.append(f"{' | '.join(row.key)}: error {row.error:.1e}, {found[0]} on the page")
    return faults


def record_out_of_step(text: str, pairs: list[tuple[str, Comparison]]) -> list[str]:
    """Say where the record is not what the rows give, by the rule of `out_of_step`."""
    old = list(csv.DictReader(io.StringIO(text)))
    new = list(csv.DictReader(io.StringIO(record(pairs))))
    fixed = [*KEY, "values", "bar", "kind", "remark", "folder"]
    if [[row[name] for name in fixed] for row in old] != [
        [row[name] for name in fixed] for row in new
    ]:
        return [f"{RECORD.name}: its rows are not those of the comparison"]
    return [
        f"{RECORD.name}: {' | '.join(row.key)}: error {row.error:.1e}, {one['error']} recorded"
        for one, (_, row) in zip(old, pairs, strict=True)
        if row.error > SLACK * max(float(one["error"]), ROUNDING)
    ]


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of each row of the tables of comparisons on the page."""
    lines = [line for line in text.split("\n") if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _cells(row: Comparison) -> tuple[str, ...]:
    function, *others = row.key
    return (f"`{function}`", *others)


def _table(rows: list[Comparison]) -> str:
    lines = [
        "| function | what | reference | data | values | largest relative error | bar | remark |",
        "|---|---|---|---|---:|---|---|---|",
    ]
    for row in rows:
        bar = power(BARS[row.kind]) if row.kind in BARS else row.kind.replace("printed", "print")
        cells = [*_cells(row), str(row.size), bound(row.error), bar, _remark(row)]
        lines.append("| " + " | ".join(cells).strip() + " |")
    return "\n".join(lines) + "\n"


def _remark(row: Comparison) -> str:
    if row.gain is None:
        return row.remark
    likelihood = "higher" if row.gain > 10 * SAME_LIKELIHOOD else "not lower"
    return f"{row.remark} Our likelihood is {likelihood}.".strip()


def _loose(rows: list[Comparison]) -> str:
    lines = [
        f"- `{row.function}` ({row.variant}) against {row.reference}, {bound(row.error)}: "
        f"{_remark(row)}"
        for row in rows
        if row.kind == "loose"
    ]
    return "\n".join(lines) + "\n"


def _list(reasons: dict[str, str]) -> str:
    return "\n".join(f"- `{name}`: {reason}." for name, reason in sorted(reasons.items())) + "\n"


def _without_errors(text: str) -> list[str]:
    text = re.sub(r"below \de-\d+", "below #", text)
    return text.replace("| 0 |", "| below # |").split("\n")


def main(arguments: list[str]) -> int:
    """Write or check page and record; 1 if one is out of step or a comparison fails its bar."""
    if arguments not in ([], ["--check"], ["--print"]):
        print("usage: python -m tests.oracles.compare [--check | --print]", file=sys.stderr)
        return 2
    pairs = located()
    rows = [row for _, row in pairs]
    faults = [
        f"{' | '.join(row.key)}: error {row.error:.1e}, gain {row.gain}"
        for row in rows
        if not row.passes
    ]
    if arguments == ["--print"]:
        print(record(pairs), end="")
    elif arguments:
        text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        faults += out_of_step(text, rows)
        text = RECORD.read_text(encoding="utf-8") if RECORD.exists() else ""
        faults += record_out_of_step(text, pairs)
    else:
        RECORD.write_text(record(pairs), encoding="utf-8", newline="\n")
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(rows), encoding="utf-8", newline="\n")
        print(f"{PAGE.name}: {len(rows)} comparisons, {sum(row.size for row in rows)} values")
    for fault in faults:
        print(fault, file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
