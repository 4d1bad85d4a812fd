"""What a run published, and where people find it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote as in_shell
from urllib.parse import quote

from reelhouse.runs.record import Outcome
from reelhouse.uris import public_uri
from tasks.markdown import code, escaped

#: The web address under which the store's objects are served; not set: paths are shown.
VARIABLE = "REELHOUSE_STORE_URL"
_PLAIN = re.compile(r"[A-Za-z0-9./-]+")
_ADDRESS = re.compile(r"https?://[\w.\-\[\]:]+(/[\w.\-~%+@/]*)?")


def links_page(outcome: Outcome, store: str, files: Sequence[str]) -> str:
    """Where the files of a version are, as Markdown; the most looked at first.

    Links can be followed when `REELHOUSE_STORE_URL` says where the store is served; else each file
    is named by its path, with the command that shows the version.
    """
    folder = f"{outcome.collection}/runs/{outcome.run_id}"
    address = store_address()
    lines = [f"# Version {outcome.version} of {escaped(outcome.collection)}", ""]
    if address is not None:
        return "\n".join([*lines, *(_linked(f"{address}/{quote(folder)}", one) for one in files)])
    shown = public_uri(store).rstrip("/")
    command = f"reelhouse show --store {in_shell(shown)} --version {outcome.version}"
    if outcome.collection != "catalogue":
        command += f" --collection {in_shell(outcome.collection)}"
    return "\n".join(
        [*lines, code(command), "", *(f"- {code(f'{shown}/{folder}/{name}')}" for name in files)]
    )


def store_address() -> str | None:
    """The web address of the store, when there is one that can stand in a page."""
    address = os.environ.get(VARIABLE, "").rstrip("/")
    return address if _ADDRESS.fullmatch(address) else None


def published(staged: Path, names: Sequence[str]) -> list[str]:
    """Those of the files that the run holds; a table in parts is a folder and ends in a slash."""
    held = [name for name in names if (staged / name).exists()]
    # The manifest is written last, by the upload.
    return [
        *(name if (staged / name).is_file() else f"{name}/" for name in held),
        "manifest.json",
    ]


def _linked(folder: str, name: str) -> str:
    # A server of objects has no page for a folder. The UI shows the text of a link as it is, with
    # the backslashes of what is escaped.
    if name.endswith("/") or not _PLAIN.fullmatch(name):
        return f"- {code(name)}"
    return f"- [{name}]({folder}/{name})"
