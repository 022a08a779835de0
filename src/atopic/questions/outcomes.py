"""What outcomes are in words: what a patient had who had one, and what a score measures."""

import re

import pandas as pd

from atopic.display.numbers import outcome_text

#: The code in brackets at the end of a label: " (EASI-50)".
_CODE = re.compile(r" \([^()]*\)$")


def outcome_words(instruments: pd.DataFrame, outcome: str) -> str:
    """Return what a patient with an outcome had; instruments are those of the evidence.

    >>> import atopic
    >>> outcome_words(atopic.load().instruments, "EASI-50")
    'had their eczema score at least halved (EASI-50)'
    """
    own = _told(instruments, outcome)
    label = own.get("label", outcome)
    if "responded" in own:
        code = _CODE.search(label)
        return f"{own['responded']}{code[0] if code else ''}"
    if label != outcome:
        return f"had {_within(label)}"
    if own.get("direction") == "lower-is-better":
        return f"had {_within(outcome_text(outcome))}"
    return f"reached {outcome}" if outcome else "responded"


def without_words(instruments: pd.DataFrame, outcome: str) -> str:
    """Return what patients without an outcome are spared: "nausea", else the outcome itself.

    >>> frame = pd.DataFrame({"outcome": ["Nausea"], "direction": ["lower-is-better"]})
    >>> without_words(frame, "Nausea"), without_words(frame, "IGA-above-1")
    ('nausea', 'IGA-above-1')
    """
    had = outcome_words(instruments, outcome)
    return had.removeprefix("had ") if had.startswith("had ") else outcome


def responded_words(instruments: pd.DataFrame, outcome: str) -> str:
    """Return the same without the code of the outcome, for a sentence in plain words.

    >>> import atopic
    >>> responded_words(atopic.load().instruments, "EASI-75")
    'had their eczema score fall by three quarters'
    """
    return _CODE.sub("", outcome_words(instruments, outcome))


def effect_on_words(instruments: pd.DataFrame, outcome: str, measure: str) -> str:
    """Return on what a treatment has an effect: a share of patients, or what a score measures.

    >>> import atopic
    >>> instruments = atopic.load().instruments
    >>> effect_on_words(instruments, "EASI-75", "risk_difference")
    'the share of patients who had their eczema score fall by three quarters'
    >>> effect_on_words(instruments, "DLQI", "mean_difference")
    'quality of life'
    """
    if outcome == "sae":
        return "serious adverse events"
    if measure == "risk_difference":
        return f"the share of patients who {responded_words(instruments, outcome)}"
    return _CODE.sub("", _told(instruments, outcome).get("label", outcome))


def _told(instruments: pd.DataFrame, outcome: str) -> dict[str, str]:
    """Return what the first row of an outcome says of it."""
    rows = instruments[instruments["outcome"].eq(outcome)]
    names = [one for one in ("label", "responded", "direction") if one in rows]
    return {
        one: str(rows[one].iloc[0]) for one in names if len(rows) and pd.notna(rows[one].iloc[0])
    }


def _within(words: str) -> str:
    """Return words as they stand within a sentence: without a capital, unless it is a name's."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
