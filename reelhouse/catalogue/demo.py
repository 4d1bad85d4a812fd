"""Two snapshots for the demo: an evening, and the night after it."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import PositiveInt

from reelhouse.errors import SourceError
from reelhouse.settings import PrivateUri, Settings
from reelhouse.sources import read_titles
from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue, write_night

#: Titles of the synthetic demo: enough for clusters to mean something, few enough for seconds.
N_TITLES = 3_000
#: Share of a real file, its newest titles, that the demo holds back for the night.
HELD_BACK = 0.05


@dataclass(frozen=True)
class DemoFiles:
    """Paths or URIs of the two snapshots."""

    evening: str
    night: str


class DemoSettings(Settings):
    """What the demo shows, and where."""

    store: PrivateUri
    """Folder or s3://bucket/prefix that versions are published to."""

    titles: PrivateUri | None = None
    """Path or URI of a real snapshot; None: a synthetic one."""

    n_titles: PositiveInt = N_TITLES
    """Titles of the synthetic snapshot."""


def synthetic_files(folder: Path, n_titles: int = N_TITLES) -> DemoFiles:
    """Write a synthetic catalogue, and the night after it: 2 % of its titles are new."""
    evening, night = folder / "evening.csv", folder / "night.csv"
    settings = SyntheticSettings(n_titles=n_titles)
    write_catalogue(evening, settings)
    write_night(
        night,
        settings,
        n_new=max(n_titles // 50, 1),
        n_edited=n_titles // 120,
        n_removed=n_titles // 600,
    )
    return DemoFiles(str(evening), str(night))


def held_back_files(titles: str, folder: Path) -> DemoFiles:
    """Write a real snapshot without its newest titles; the night is the file itself.

    Raises
    ------
    SourceError
        When the file cannot be read, or has too few titles to hold any back.
    """
    snapshot = read_titles(titles, folder / "parts")
    columns = ["row", "date_added", "raw"]
    parts = [pq.read_table(part, columns=columns) for part in snapshot.parts]
    rows = pa.concat_tables(parts).to_pylist()
    n_held = int(len(rows) * HELD_BACK)
    if n_held < 1:
        raise SourceError(f"{snapshot.uri} has {len(rows)} titles, required for the demo are 20")
    by_age = sorted(rows, key=lambda row: (str(row["date_added"] or ""), -row["row"]))
    held = {row["row"] for row in by_age[-n_held:]}
    evening = folder / "evening.csv"
    with evening.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(snapshot.header)
        # As they stand in the file: a repaired row would no longer be the same row.
        writer.writerows(row["raw"] for row in rows if row["row"] not in held)
    return DemoFiles(str(evening), titles)


def sha256_of(path: str) -> str | None:
    """Digest of a local file; None for what is not one."""
    file = Path(path)
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
