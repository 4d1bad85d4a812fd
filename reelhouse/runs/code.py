"""What code computes a run: a digest over its sources.

The number of the release does not change when somebody edits a checkout, and its results do.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import reelhouse


@cache
def code_digest(*folders: Path) -> str:
    """Digest the sources of the library and of further folders; once per process.

    Parameters
    ----------
    folders
        Packages beside the library whose code decides too, such as `tasks/`.

    Returns
    -------
    str
        64 hexadecimal digits; they follow from the files' names below their folder and their
        bytes, not from where the folders stand.
    """
    digest = hashlib.sha256()
    for folder in (Path(reelhouse.__file__).parent, *folders):
        for path in sorted(_sources(folder)):
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}".encode()
            content = hashlib.sha256(path.read_bytes()).hexdigest().encode()
            digest.update(name + b"\0" + content + b"\n")
    return digest.hexdigest()


def _sources(folder: Path) -> list[Path]:
    """Code and the data beside it; not what was compiled from it, nor an editor's copies."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix in {".py", ".toml", ".json", ".txt", ".css", ".js", ".html"}
    ]
