"""Response called kept, maintained or sustained, and of whom it is a share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from atopic.display.numbers import fraction, plural, study_name
from atopic.evidence.folder import Evidence
from atopic.evidence.frames import records
from atopic.questions.asked import asked
from atopic.questions.response_rates import response_rates


@asked()
def kept_responses(
    evidence: Evidence,
    outcome: str,
    *,
    studies: Iterable[str] = (),
    exclude: Iterable[str] = (),
    controlled: bool = False,
    level: float = 0.95,
    method: str = "clopper-pearson",
) -> pd.DataFrame:
    """Return what was printed of response kept, among earlier responders or among all.

    The rows of `atopic.questions.response_rates.response_rates` for ``<outcome>-maintained`` and
    for outcomes that are called maintained or sustained without a threshold, with ``denominator``:
    ``earlier responders`` or ``all patients of the set``. Rows that report one group of patients at
    several dates are numbered in ``label``. `evidence`, `outcome`, `studies`, `exclude`,
    `controlled`, `level` and `method` are as in `responses_over_time`.

    >>> import atopic
    >>> kept = kept_responses(atopic.load(), "EASI-50", studies=["seo-2024-phase-1"])
    >>> kept[["responders", "n", "denominator"]].values.tolist()[0]
    [9, 9, 'earlier responders']
    """
    choice: dict[str, Any] = {"studies": studies, "exclude": exclude, "controlled": controlled}
    instruments = evidence.instruments
    named = instruments.loc[instruments["kind"].eq("responder"), "outcome"].dropna()
    free = named[named.str.startswith(("maintained-", "sustained-"))]
    frames = [
        response_rates(evidence, one, **choice, level=level, method=method)
        for one in dict.fromkeys([f"{outcome}-maintained", *free])
    ]
    filled = [frame for frame in frames if len(frame)]
    kept = pd.concat(filled, ignore_index=True) if filled else frames[0]
    among = np.where(
        kept["setting"].eq("maintained"), "earlier responders", "all patients of the set"
    )
    alike = ["study_id", "arm_id", "outcome", "week"]
    again = kept.duplicated(alike, keep=False)
    number = kept.groupby(alike, dropna=False, observed=True).cumcount() + 1
    label = kept["label"].astype("str")
    return kept.assign(
        denominator=pd.Series(among, index=kept.index, dtype="str"),
        label=label.mask(again, label + ", report " + number.astype("str")),
    )


def repeated_note(kept: pd.DataFrame) -> str:
    """Say where several rows are one group of patients at several dates.

    One sentence for each such group; empty if there is none. `kept` is from `kept_responses`.

    >>> import atopic
    >>> repeated_note(kept_responses(atopic.load(), "EASI-50"))
    'The 3 results of SCM-AGH phase 1, 2024 (9/9, 12/12, 12/13) are the same patients, reported \
on 3 dates.'
    """
    sentences = []
    keys = ["study_id", "arm_id", "outcome", "week"]
    for (study, *_), rows in kept.groupby(keys, sort=False, observed=True):
        if len(rows) > 1:
            counts = ", ".join(fraction(row.responders, row.n) for row in records(rows))
            results, dates = (plural(len(rows), one) for one in ("result", "date"))
            sentences.append(
                f"The {results} of {study_name(str(study))} ({counts}) are the same patients, "
                f"reported on {dates}."
            )
    return " ".join(sentences)
