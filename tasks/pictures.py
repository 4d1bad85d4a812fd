"""Pictures of a run in the Prefect UI."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tasks.markdown import image

#: Bytes of a picture in a page.
MOST_BYTES = 300_000


def pictures(figures: Path, stems: Iterable[str]) -> str:
    """Some of a folder's pictures, which hold their captions, as Markdown; or nothing.

    Parameters
    ----------
    figures : Path
        Folder of `reelhouse.plots.write.write_figures`.
    stems : of the pictures wanted; those that are not there are left out
    """
    index = figures / "index.json"
    if not index.is_file():
        return ""
    listed = {one["stem"]: one for one in json.loads(index.read_text(encoding="utf-8"))}
    lines = []
    for stem in stems:
        path = figures / f"{stem}.png"
        if stem in listed and path.stat().st_size <= MOST_BYTES:
            lines += [image(path.read_bytes(), "png", listed[stem]["title"]), ""]
    return "\n".join(lines)
