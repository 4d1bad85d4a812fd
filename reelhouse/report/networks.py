"""What networks learned of the titles, and how well classifiers tell their clusters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from reelhouse.report.figures import short
from reelhouse.report.script_data import write_data
from reelhouse.report.staged import Staged

#: The table whose versions have this part of the page.
CLASSIFIERS_TABLE = "classifiers"
#: Pictures that the page shows beside what it draws itself.
_PICTURES = ("embedding",)


def write_networks(folder: Path, staged: Staged) -> None:
    """Write `networks.js`: classifiers, what they are worth, how they learned; copy the pictures.

    Parameters
    ----------
    folder : Path
        Of the page's data; pictures go beside it.
    staged : Staged
    """
    curves: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for row in staged.rows("curves"):
        lines = curves.setdefault((row["network"], row["stage"]), {})
        lines.setdefault(row["what"], []).append([row["epoch"], short(row["value"])])
    value = {
        "classifiers": _short_rows(staged, CLASSIFIERS_TABLE),
        "report": _short_rows(staged, "classifier_report"),
        "confusion": _short_rows(staged, "confusion"),
        "curves": [
            {"network": network, "stage": stage, "lines": lines}
            for (network, stage), lines in curves.items()
        ],
        "pictures": _pictures(staged.folder / "figures", folder.parent / "pictures"),
    }
    write_data(folder, "networks", value)


def _short_rows(staged: Staged, table: str) -> list[dict[str, Any]]:
    return [{name: short(one) for name, one in row.items()} for row in staged.rows(table)]


def _pictures(figures: Path, target: Path) -> list[dict[str, str]]:
    """Copy pictures of the run; a page that was fetched has no other files of it."""
    index = figures / "index.json"
    listed = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else []
    found = []
    for one in listed:
        if one["stem"] in _PICTURES:
            target.mkdir(exist_ok=True)
            name = f"{one['stem']}.png"
            shutil.copyfile(figures / name, target / name)
            found.append(
                {"file": f"pictures/{name}", "title": one["title"], "caption": one["caption"]}
            )
    return found
