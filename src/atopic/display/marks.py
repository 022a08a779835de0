"""Small drawings that stand beside the word they repeat: certainty, lights, bars of a hundred."""

from html import escape

#: Glyph and word of a judgement on the risk of bias; darkness rises with the risk.
LIGHTS = {
    "low": ("+", "low"),
    "some-concerns": ("\N{EN DASH}", "some concerns"),
    "high": ("\N{MULTIPLICATION SIGN}", "high"),
    "": ("?", "not judged"),
}
#: The levels of certainty that GRADE has, the lowest first.
CERTAINTY_LEVELS = ("very low", "low", "moderate", "high")
#: The marks of a verdict or a state, by name.
MARKS = {
    "yes": '<path d="M2 8.5 6.5 13 14 3.5"/>',
    "no": '<path d="M3 3l10 10M13 3 3 13"/>',
    "unknown": '<circle cx="8" cy="8" r="6" stroke-dasharray="2.6 2"/>',
    "not": '<circle cx="8" cy="8" r="6"/><path d="M4 12 12 4"/>',
    "half": '<circle cx="8" cy="8" r="6"/><path d="M5 8.5 7.2 11 11.5 5.5"/>',
}
# One tick a patient, a gap after each ten.
_DASHES = " ".join([".74 .22"] * 9 + [".74 .62"])


def certainty_html(level: str) -> str:
    """Return four circles, filled from the left, and the level as a word.

    >>> certainty_html("low").count('class="full"'), certainty_html("low")[-3:]
    (2, 'Low')
    """
    filled = CERTAINTY_LEVELS.index(level) + 1
    full = ' class="full"'
    circles = "".join(
        f'<circle cx="{6 + 14 * place}" cy="6" r="5"{full if place < filled else ""}/>'
        for place in range(len(CERTAINTY_LEVELS))
    )
    return (
        f'<svg class="level" viewBox="0 0 54 12" aria-hidden="true">{circles}</svg>'
        f"{level.capitalize()}"
    )


def light_html(domain: str, judgement: str, *, letter: str = "") -> str:
    """Return a judgement as a light; without a domain for a key, where its word stands beside it.

    The `letter` of its domain stands over it where no head of a column has it.

    >>> light_html("Missing outcomes", "high")[:28]
    '<span class="light high" tit'
    """
    glyph, word = LIGHTS[judgement]
    kind = {"some-concerns": "some", "": "none"}.get(judgement, judgement)
    kind += " overall" if domain == "Overall" else ""
    if not domain:
        return f'<span class="light {kind}" aria-hidden="true">{glyph}</span>'
    said = escape(f"{domain}: {word}")
    over = f' data-letter="{escape(letter)}"' if letter else ""
    return (
        f'<span class="light {kind}"{over} title="{said}"><span aria-hidden="true">{glyph}</span>'
        f'<span class="unseen">{said}. </span></span>'
    )


def mark_html(kind: str) -> str:
    """Return a tick, a cross or another mark: ``yes``, ``no``, ``unknown``, ``not``, ``half``."""
    colour = {"yes": " good", "half": " good", "no": " bad"}.get(kind, "")
    return f'<svg class="mark{colour}" viewBox="0 0 16 16" aria-hidden="true">{MARKS[kind]}</svg>'


def units_html(count: int | None, kind: str) -> str:
    """Return a bar of a hundred ticks, so many of them filled; where that is not known, a frame.

    >>> 'd="M0 7H29"' in units_html(29, "placebo"), units_html(None, "cells").count("<path")
    (True, 0)
    """
    shape = 'viewBox="0 0 100 14" preserveAspectRatio="none"'
    if count is None:
        return (
            f'<svg {shape} aria-hidden="true"><rect class="empty" width="100" height="14"/></svg>'
        )
    bars = [("track", 100), *([(kind, count)] if count else [])]
    paths = "".join(
        f'<path class="{name}" d="M0 7H{length}" stroke-dasharray="{_DASHES}"/>'
        for name, length in bars
    )
    return f'<svg {shape} aria-hidden="true">{paths}</svg>'
