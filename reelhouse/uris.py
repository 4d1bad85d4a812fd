"""URIs as they may be shown: without what may be secret."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit, urlunsplit

_DRIVE = re.compile(r"[A-Za-z]:")
# What looks like a dot or a slash, and becomes one where text is normalised.
_LOOKALIKES = str.maketrans({
    "\\": "/", "／": "/", "＼": "/", "⁄": "/", "∕": "/", "．": ".", "․": ".", "‥": "..", "…": "...",
})  # fmt: skip
# Encoded as often as this, something is wrong whatever it comes to.
_MOST_ENCODINGS = 5


def public_uri(uri: str) -> str:
    """Strip what may be secret from a URI: user, password, query and fragment.

    Local paths come back as they are; chained URIs (`zip://a.csv::https://host/b.zip`) are
    stripped link by link.

    Examples
    --------
    >>> public_uri("https://me:secret@host:8443/titles.csv?X-Amz-Signature=ab12")
    'https://host:8443/titles.csv'
    """
    return "::".join(_public_link(link) for link in uri.split("::"))


def _public_link(link: str) -> str:
    scheme, mark, _ = link.partition("://")
    if not mark:
        return link
    try:
        parts = urlsplit(link)
    except ValueError:  # such as an unclosed bracket in the host
        return f"{scheme}://(unreadable)"
    # A password with an unescaped / ? or # ends the host early, and its rest looks like a path.
    behind = parts.query + parts.fragment
    if "@" in behind or ("@" in parts.path and {":", "@"} & set(parts.netloc)):
        return f"{scheme}://(unreadable)"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def leads_out(path: str) -> bool:
    r"""Say whether a relative path may lead out of its folder, now or once somebody decodes it.

    Examples
    --------
    >>> [leads_out(path) for path in ("a/b..c", "a/../b", "/a", "C:\\a", "%252e%252e/a")]
    [False, True, True, True, True]
    """
    for round_number in range(_MOST_ENCODINGS):
        plain = path.translate(_LOOKALIKES)
        parts = plain.split("/")
        if plain.startswith("/") or "\0" in plain or any(map(_leads_up, parts)):
            return True
        if round_number and "" in parts:  # an encoded slash begins a path of its own
            return True
        decoded = unquote(path)
        if decoded == path:
            return False
        path = decoded
    return True


def _leads_up(part: str) -> bool:
    return part == ".." or _DRIVE.match(part) is not None
