"""URIs as they may be shown: without what may be secret."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit


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
