"""The one rule for names that become files and addresses: of reports, figures and tables."""

import re

__all__ = ["NAME_RULE", "TABLES_FOLDER", "is_name"]

#: Folder of the site that holds the tables of the evidence.
TABLES_FOLDER = "data"

NAME_RULE = "lower-case letters and digits joined by hyphens, at most 80 characters"


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
    )
