"""The one rule for names that become files and addresses: of reports, figures and tables."""

import re

#: Folder of the site that holds the tables of the evidence.
TABLES_FOLDER = "data"

#: MIME type, in a notebook, of the form of a figure that phones show; JupyterLab passes it over.
NARROW_FIGURE = "application/vnd.atopic.narrow+svg"

#: How a table begins, in a notebook, that opens when a reader asks for it.
FOLD = '<details class="atopic-fold"><summary>'

NAME_RULE = (
    "lower-case letters and digits joined by hyphens, at most 80 characters, "
    "and no name that Windows keeps for a device"
)
#: They name devices on Windows, whatever follows behind a dot.
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
#: A file or folder of the site; its length leaves room for what is written before it is renamed.
_PART = re.compile(r"[a-z0-9_-][a-z0-9_-]*(\.[a-z0-9_-]+)*", re.IGNORECASE | re.ASCII)
_LONGEST = 120


def is_name(text: object) -> bool:
    """Return whether something may name a file of the site, in any system and address.

    Examples
    --------
    >>> is_name("response-rates"), is_name("../rates"), is_name("Rates")
    (True, False, False)
    """
    return (
        isinstance(text, str)
        and len(text) <= 80
        and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) is not None
        and text not in _DEVICES
    )


def is_path(text: object) -> bool:
    """Return whether something may be the path of a file within the site, in any system.

    It is a file, or one folder and a file in it: no path that starts elsewhere, leads upwards,
    or is read differently by another system.

    Examples
    --------
    >>> is_path("data/arms.csv"), is_path("../arms.csv"), is_path("/arms.csv"), is_path("a/nul.csv")
    (True, False, False, False)
    """
    parts = text.split("/") if isinstance(text, str) else []
    return 1 <= len(parts) <= 2 and all(
        len(part) <= _LONGEST
        and _PART.fullmatch(part) is not None
        and part.partition(".")[0].lower() not in _DEVICES
        for part in parts
    )
