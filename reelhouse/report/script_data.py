"""Data as script files.

A page that was opened from a disk may not fetch a file, but may load a script. So every file of
data is one call of the function that the page registers, with the file's name and a JSON value.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from reelhouse.errors import ReportError

#: Name of the function that the page registers.
FUNCTION = "reelhouseData"
_NAME = re.compile(r"[a-z]+(-\d{3,})?")
#: What could end a script, begin a comment of HTML, or end a line of JavaScript.
_ESCAPES = {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def script_json(value: Any) -> str:
    r"""Write a value as JSON that may stand in any script.

    Raises
    ------
    ValueError
        For NaN and infinity, which JSON does not have.

    Examples
    --------
    >>> script_json({"title": "</script>"})
    '{"title":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Five passes of `replace` are many times faster than one of `translate`.
    for sign, escape in _ESCAPES.items():
        text = text.replace(sign, escape)
    return text


def write_data(folder: Path, name: str, value: Any) -> Path:
    """Write a value as `NAME.js`; returns its path.

    Raises
    ------
    ReportError
        When the name is none of a file of data, or the value cannot be written as JSON.
    """
    if not _NAME.fullmatch(name):
        raise ReportError(f"{name!r} names no file of data, required is such as titles-001")
    try:
        # A lone surrogate is no text, and would make the whole file unreadable.
        content = f'{FUNCTION}("{name}",{script_json(value)});\n'.encode()
    except ValueError as error:
        raise ReportError(f"{name} cannot be written as JSON: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.js"
    path.write_bytes(content)
    return path


def chunk_name(kind: str, number: int) -> str:
    """Name of one of several files of a kind.

    >>> chunk_name("titles", 7)
    'titles-007'
    """
    return f"{kind}-{number:03d}"
