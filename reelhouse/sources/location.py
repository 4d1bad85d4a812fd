"""Turn a path or a URI into an open file, with its credentials kept out of every message."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, cast

from reelhouse.errors import SourceError
from reelhouse.redaction import public_cause, redacted
from reelhouse.uris import public_uri

#: Clients that an extra of this package installs, by protocol.
_EXTRAS = {"s3": "s3", "s3a": "s3"}


def open_location(uri: str) -> BinaryIO:
    """Open a local path or any fsspec URI for reading bytes.

    Raises
    ------
    SourceError
        The file is absent, a folder, forbidden or unreachable, or no client for its protocol is
        installed.
    """
    from fsspec.core import url_to_fs

    name = public_uri(uri)
    if not uri:
        raise SourceError("the name of the input is empty, required a path or a URI")
    try:
        filesystem, path = url_to_fs(uri)
        if _is_local(filesystem) and Path(path).is_dir():
            raise IsADirectoryError(path)
        return cast(BinaryIO, filesystem.open(path, "rb"))
    # Every client has its own exceptions, and what one of them means is in the message.
    except Exception as error:
        raise _explained(uri, name, error) from public_cause(error, uri)


def _is_local(filesystem: Any) -> bool:
    protocol = filesystem.protocol
    return "file" in ((protocol,) if isinstance(protocol, str) else protocol)


def _explained(uri: str, name: str, error: Exception) -> SourceError:
    """Say in one line why a location cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return SourceError(f"{name} does not exist, required a CSV file (plain, gz or zip)")
    if isinstance(error, IsADirectoryError):
        return SourceError(f"{name} is a folder, required a CSV file (plain, gz or zip)")
    if isinstance(error, PermissionError):
        return SourceError(f"{name} may not be read: permission denied")
    protocol = uri.partition("://")[0] if "://" in uri else ""
    if isinstance(error, ImportError):
        return SourceError(f"{name} needs a client for {protocol}: {_remedy(protocol, error)}")
    if isinstance(error, ValueError) and "Protocol not known" in str(error):
        return SourceError(f"{name} has an unknown protocol {protocol}://")
    return unreadable(uri, error)


def _remedy(protocol: str, error: ImportError) -> str:
    if protocol in _EXTRAS:
        return f"pip install 'reelhouse[{_EXTRAS[protocol]}]'"
    return one_line(error)


def unreadable(uri: str, error: Exception) -> SourceError:
    """Wrap what a client raised into one line without credentials."""
    reason = f"{type(error).__name__}: {one_line(error, uri)}"
    return SourceError(f"{public_uri(uri)} cannot be read: {reason}")


def one_line(error: Exception, uri: str = "") -> str:
    """Give an exception's message on one line, without credentials or control characters."""
    text = "".join(char for char in " ".join(str(error).split()) if char.isprintable())
    return redacted(text, uri)[:300] or "no reason given"
