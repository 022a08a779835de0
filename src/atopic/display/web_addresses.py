"""The one rule for addresses that a page may lead to."""

import re
from urllib.parse import urlsplit


def is_web_address(text: object) -> bool:
    """Return whether a text is an address on the web, and nothing but one.

    Examples
    --------
    >>> is_web_address("https://doi.org/10.1/x"), is_web_address("javascript:alert(1)")
    (True, False)
    >>> is_web_address('https://doi.org/"><b>'), is_web_address("[a](https://doi.org/1)")
    (False, False)
    """
    if not isinstance(text, str):
        return False
    if not re.fullmatch(r"https?://[\w.~:/?#@!$&()*+,;=%\[\]-]+", text, re.ASCII | re.IGNORECASE):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False
