"""Writes rob2.json: what another public implementation of RoB 2 says of every set of answers.

    git clone https://github.com/rob-luke/risk-of-bias DIR   # commit 3c4f05f, MIT
    python tests/oracles/certainty/make_rob2.py DIR

Only its judgement functions are run; its types, which need packages of its own, are stood in for.
A digest is the sha256 of the judgements (l, s, h) of all sets of answers of a domain in the order
of `itertools.product`, the first question slowest.
"""

import hashlib
import json
import sys
import types
from itertools import product
from pathlib import Path

FILES = {
    1: "_domain_1_randomization.py",
    2: "_domain_2_deviations.py",
    3: "_domain_3_missing.py",
    4: "_domain_4_measurement.py",
    5: "_domain_5_selection.py",
}
WORDS = ("Yes", "Probably Yes", "Probably No", "No", "No Information")
SIZES = {1: (5, 5, 5), 2: (5,) * 7, 3: (5, 4, 5, 5), 4: (5,) * 5, 5: (5,) * 3}
LETTERS = {"Low": "l", "Some concerns": "s", "High": "h"}


class Anything:
    """Takes any arguments and keeps them."""

    def __init__(self, *_: object, **given: object) -> None:
        self.__dict__.update(given)


def judge(folder: Path, domain: int) -> str:
    """Return the judgements of all sets of answers of a domain."""
    for name in ("_domain_types", "_question_types", "_response_types"):
        module = types.ModuleType(f"risk_of_bias.types.{name}")
        module.Domain = module.Question = Anything  # type: ignore[attr-defined]
        sys.modules[module.__name__] = module
    for name in ("risk_of_bias", "risk_of_bias.types"):
        sys.modules.setdefault(name, types.ModuleType(name))
    source = (folder / "risk_of_bias/frameworks/rob2/domains" / FILES[domain]).read_text()
    space: dict[str, object] = {}
    exec(source, space)
    found = []
    for answers in product(*(WORDS[:size] for size in SIZES[domain])):
        asked = [Anything(response=Anything(response=answer)) for answer in answers]
        found.append(LETTERS[space["_compute_judgement"](Anything(questions=asked))])  # type: ignore[operator]
    return "".join(found)


if __name__ == "__main__":
    values = {}
    for number in SIZES:
        letters = judge(Path(sys.argv[1]), number)
        digest = hashlib.sha256(letters.encode()).hexdigest()
        values[str(number)] = {"sets": len(letters), "sha256": digest}
    made = {"source": "github.com/rob-luke/risk-of-bias 3c4f05f (MIT)", "domains": values}
    target = Path(__file__).with_name("rob2.json")
    target.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
