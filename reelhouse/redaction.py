"""Messages and tracebacks of other libraries, with what may be secret taken out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from reelhouse.uris import public_uri

#: What stands in the place of a secret.
HIDDEN = "(hidden)"

_URI = re.compile(r"[A-Za-z][\w+.-]*://\S+")
_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|ACCESS_KEY|API_KEY|AUTH_STRING|CONNECTION_URL"
)
# Shorter ones are words such as "none", which would be taken out of every message.
_SHORTEST_VALUE = 6
_SHORTEST_PART = 3
# What is_passing of tasks/retrying.py tells apart, and what an operator can do something about.
_KINDS: tuple[type[Exception], ...] = (ConnectionError, TimeoutError, PermissionError, OSError)


def redacted(text: str, uri: str = "", environ: Mapping[str, str] = os.environ) -> str:
    """Take secrets out of a text that another library wrote.

    Parameters
    ----------
    text
        A message or a traceback.
    uri
        The URI that was used; its password, query and fragment are taken out wherever they stand.
    environ
        Values of variables that are named like secrets are taken out too.

    Returns
    -------
    str
        URIs in it have no user, password, query and fragment.

    Examples
    --------
    >>> redacted("no route to https://me:secret@host/titles.csv?token=1 today", environ={})
    'no route to https://host/titles.csv today'
    """
    for secret in sorted({*_of_environment(environ), *_of_uri(uri)}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _URI.sub(lambda found: public_uri(found[0]), text)


def public_cause(error: BaseException, uri: str = "") -> BaseException:
    """Copy an error for `raise ... from`, so that a traceback that is shown holds no secret.

    The copy has no causes of its own, the place where the error arose, and a type that says
    whether another try may help.
    """
    text = redacted(str(error), uri)
    try:
        copy: BaseException = type(error)(text)
    except Exception:  # constructors take what they like
        copy = Exception(text)
    if str(copy) != text:
        copy = next((kind for kind in _KINDS if isinstance(error, kind)), Exception)(text)
    return copy.with_traceback(error.__traceback__)


def _of_environment(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if _SECRET_NAME.search(name.upper()) and len(value) >= _SHORTEST_VALUE:
            yield value


def _of_uri(uri: str) -> Iterator[str]:
    for link in uri.split("::") if "://" in uri else ():
        try:
            parts = urlsplit(link)
            password = parts.password or ""
        except ValueError:  # such as an unclosed bracket in the host
            continue
        values = [value for _, value in parse_qsl(parts.query)]
        for secret in (password, unquote(password), parts.query, parts.fragment, *values):
            if len(secret) >= _SHORTEST_PART:
                yield secret
