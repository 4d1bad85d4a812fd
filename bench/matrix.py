"""Partitions of ratings to CSR: stored in bounded memory, against scipy's conversion in memory.

Ours reads Parquet and writes blocks; scipy's peer finds its arrays loaded and its users numbered,
and writes nothing. Both run in processes of their own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.processes import Measured, measure
from reelhouse.schema import RATINGS

ROOT = Path(__file__).resolve().parent.parent
#: Counts of the Netflix Prize.
N_USERS, N_TITLES, N_PARTITIONS = 480_189, 17_770, 64
_MEAN_RATINGS = 209


def run(
    parts: Path | None, shares: Sequence[float] = (0.01, 0.1, 1.0), repeats: int = 3
) -> Iterator[dict[str, Any]]:
    """Measure shares of the partitions in a folder; None makes random ones of the prize's size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if parts is None:
            parts = folder / "ratings"
            write_random(parts, share=max(shares))
            shares = [share / max(shares) for share in shares]
        paths = sorted(parts.glob("part-*.parquet"))
        # The first run of all would compile.
        _ours(paths[:1], folder)
        for share in shares:
            yield _compared(paths[: max(1, round(share * len(paths)))], folder, repeats)


def _compared(paths: Sequence[Path], folder: Path, repeats: int) -> dict[str, Any]:
    runs = [_ours(paths, folder) for _ in range(repeats)]
    ours = [json.loads(each.stdout) for each in runs]
    seconds = [each["seconds"] for each in ours]
    peer = measure(_command("scipy", paths, folder, str(repeats)), cwd=ROOT)
    theirs = json.loads(peer.stdout)
    median = float(np.median(seconds))
    return {
        "name": "Parquet to CSR partitions",
        **{name: ours[0][name] for name in ("n_ratings", "n_users", "n_titles")},
        "n_partitions": len(paths),
        "seconds": round(median, 3),
        "all_seconds": [round(value, 3) for value in seconds],
        "seconds_of_the_process": round(float(np.median([each.seconds for each in runs])), 2),
        "seconds_of_reading_once": round(float(np.median([each["reading"] for each in ours])), 3),
        "peak_mib": round(max(each.peak_mib for each in runs)),
        "peer": "scipy.sparse.coo_matrix(...).tocsr(), in memory",
        "peer_seconds_titles_first": round(theirs["titles_first"], 3),
        "peer_seconds_users_first": round(theirs["users_first"], 3),
        "peer_seconds_with_read": round(theirs["read"] + theirs["users_first"], 2),
        "peer_peak_mib": round(peer.peak_mib),
        "ratio_titles_first": round(theirs["titles_first"] / median, 2),
        "ratio_users_first": round(theirs["users_first"] / median, 2),
    }


def _ours(paths: Sequence[Path], folder: Path) -> Measured:
    return measure(_command("ours", paths, folder), cwd=ROOT)


def _command(what: str, paths: Sequence[Path], folder: Path, *more: str) -> list[str]:
    listed = folder / "parts.json"
    listed.write_text(json.dumps([str(path) for path in paths]), encoding="utf-8")
    return [sys.executable, "-m", "bench.matrix", what, str(listed), str(folder / "out"), *more]


def child_ours(paths: Sequence[Path], out: Path) -> dict[str, Any]:
    """Store the matrix; seconds without starting Python and loading the compiled loops."""
    from reelhouse.interactions import store_interactions
    from reelhouse.interactions.partitions import read_columns
    from reelhouse.threads import map_threads

    store_interactions(paths[:1], out)
    start = time.perf_counter()
    stored = store_interactions(paths, out)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    names = ("user_id", "title_id", "rating")
    map_threads(lambda path: read_columns(path, names) and None, paths)
    return {
        "seconds": seconds,
        "reading": time.perf_counter() - start,
        "n_users": stored.n_users,
        "n_titles": stored.n_titles,
        "n_ratings": stored.n_ratings,
    }


def child_scipy(paths: Sequence[Path], repeats: int) -> dict[str, float]:
    """Convert in memory, from both orders that ratings come in; medians of the conversion alone."""
    start = time.perf_counter()
    users, titles, ratings = _in_memory(paths)
    seconds = {"read": time.perf_counter() - start}
    seconds["users_first"] = _converted(users, titles, ratings, repeats)
    # The order of the prize's files: title after title.
    order = np.argsort(titles, kind="stable")
    users, titles, ratings = users[order], titles[order], ratings[order]
    del order
    seconds["titles_first"] = _converted(users, titles, ratings, repeats)
    return seconds


def _in_memory(paths: Sequence[Path]) -> tuple[NDArray[Any], ...]:
    """Read all ratings; number users in the order of the partitions."""
    tables = [pq.read_table(path, columns=["user_id", "title_id", "rating"]) for path in paths]
    users, titles, ratings = (
        np.concatenate([table.column(name).to_numpy() for table in tables])
        for name in ("user_id", "title_id", "rating")
    )
    rows = np.cumsum(np.diff(users, prepend=users[:1]) != 0, dtype=np.int32)
    return rows, titles, ratings


def _converted(
    users: NDArray[Any], titles: NDArray[Any], ratings: NDArray[Any], repeats: int
) -> float:
    from scipy import sparse

    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        sparse.coo_matrix((ratings, (users, titles))).tocsr()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def write_random(folder: Path, *, share: float, seed: int = 0) -> None:
    """Write sorted partitions of random ratings, of the prize's counts times a share of users."""
    folder.mkdir(parents=True, exist_ok=True)
    users = np.arange(1, round(N_USERS * share) + 1)
    n_parts = max(1, round(N_PARTITIONS * share))
    for part in range(n_parts):
        own = users[part::n_parts]
        table = _random_ratings(own, np.random.default_rng([seed, part]))
        pq.write_table(table, folder / f"part-{part:05d}.parquet", compression="lz4")


def _random_ratings(users: NDArray[np.int64], rng: np.random.Generator) -> pa.Table:
    # Log-normal activity; a title's popularity falls as the root of its rank.
    activity = rng.lognormal(np.log(_MEAN_RATINGS) - 0.5, 1.0, users.size).clip(1, N_TITLES / 2)
    owner = np.repeat(users, activity.astype(np.int64))
    title = (N_TITLES * rng.random(owner.size) ** 2).astype(np.int64)
    pairs = np.unique(owner * N_TITLES + title)
    columns = {
        "user_id": pairs // N_TITLES,
        "title_id": pairs % N_TITLES + 1,
        "rating": rng.integers(1, 6, pairs.size).astype(np.float32),
        "date": pa.nulls(pairs.size, pa.date32()),
    }
    return pa.table(columns).cast(RATINGS)


def _main(what: str, listed: str, out: str, repeats: str = "1") -> None:
    paths = [Path(path) for path in json.loads(Path(listed).read_text(encoding="utf-8"))]
    found = child_ours(paths, Path(out)) if what == "ours" else child_scipy(paths, int(repeats))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    _main(*sys.argv[1:])
