"""Two snapshots for the demo: an evening, and the night after it."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reelhouse.errors import SourceError
from reelhouse.sources import read_titles
from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue, write_night

#: The synthetic demo: enough titles for the clusters to mean something, few enough for seconds.
SYNTHETIC = SyntheticSettings(n_titles=3_000)
#: Share of a real file, its newest titles, that the demo holds back for the night.
HELD_BACK = 0.05


@dataclass(frozen=True)
class DemoFiles:
    """Paths or URIs of the two snapshots."""

    evening: str
    night: str


def synthetic_files(folder: Path) -> DemoFiles:
    """Write the synthetic catalogue and the night after it."""
    evening, night = folder / "evening.csv", folder / "night.csv"
    write_catalogue(evening, SYNTHETIC)
    write_night(night, SYNTHETIC, n_new=60, n_edited=25, n_removed=5)
    return DemoFiles(str(evening), str(night))


def held_back_files(titles: str, folder: Path) -> DemoFiles:
    """Write a real snapshot without its newest titles; the night is the file itself.

    Raises
    ------
    SourceError
        When the file cannot be read, or has too few titles to hold any back.
    """
    snapshot = read_titles(titles, folder / "parts")
    table = pa.concat_tables([pq.read_table(part) for part in snapshot.parts])
    readable = [row for row in table.to_pylist() if not row["unreadable"]]
    n_held = int(len(readable) * HELD_BACK)
    if n_held < 1:
        raise SourceError(f"{titles} has {len(readable)} readable titles, the demo needs 20")
    newest = sorted(readable, key=lambda row: (str(row["date_added"] or ""), -row["row"]))
    held = {row["row"] for row in newest[-n_held:]}
    evening = folder / "evening.csv"
    _write_csv(evening, [row for row in readable if row["row"] not in held])
    return DemoFiles(str(evening), titles)


def sha256_of(path: str) -> str | None:
    """Digest of a local file; None for what is not one."""
    file = Path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None


_LISTS = ("director", "cast", "country", "listed_in")
_HEADER = (
    "show_id", "type", "title", "director", "cast", "country", "date_added", "release_year",
    "rating", "duration", "listed_in", "description",
)  # fmt: skip


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for row in rows:
            cells = {**row, "duration": _duration(row)}
            cells |= {name: ", ".join(row[name] or []) for name in _LISTS}
            writer.writerow(["" if cells[name] is None else cells[name] for name in _HEADER])


def _duration(row: dict[str, Any]) -> str:
    if row["duration_minutes"] is not None:
        return f"{row['duration_minutes']} min"
    seasons = row["seasons"]
    return "" if seasons is None else f"{seasons} Season{'s' if seasons != 1 else ''}"
