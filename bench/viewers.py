"""Raw text to published viewer clusters, end to end, at several shares of the prize's size.

Each measurement runs the command line in a process of its own, everything included: imports, the
temporary Prefect server, checks, pictures, publication.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from sklearn.metrics import adjusted_rand_score

from bench.processes import Measured, measure
from reelhouse.runs.base import open_base
from reelhouse.sources.synthetic_ratings import SyntheticRatingsSettings, write_ratings

ROOT = Path(__file__).resolve().parent.parent
#: Users with fewer ratings say too little to be found again.
MIN_RATINGS = 50


def run(folder: Path | None, shares: Sequence[float], repeats: int) -> Iterator[dict[str, Any]]:
    """Measure at each share of the prize's size.

    Parameters
    ----------
    folder : Path or None
        Where raw files are kept between runs; None: a temporary folder.
    shares : sequence of float
    repeats : int
        Runs of each; the median counts.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for share in shares:
            raw = raw_ratings(folder if folder is not None else Path(scratch), share)
            yield _measured(raw, share, repeats)


def raw_ratings(folder: Path, share: float) -> Path:
    """Synthetic ratings of the prize's layout; written when they are not there yet."""
    raw = folder / f"ratings-{share:g}"
    if not (raw / "truth.parquet").exists():
        settings = SyntheticRatingsSettings.scaled(share)
        write_ratings(raw, settings, truth=raw / "truth.parquet")
    return raw


def _measured(raw: Path, share: float, repeats: int) -> dict[str, Any]:
    runs: list[Measured] = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as store:
            runs.append(_flow(raw, store))
            found = _agreement(store, raw / "truth.parquet")
    outcome = json.loads(runs[0].stdout)
    seconds = [one.seconds for one in runs]
    return {
        "name": "viewers",
        "share": share,
        **{name: outcome["counts"][name] for name in ("users", "titles", "rows_read")},
        "seconds": round(float(np.median(seconds)), 2),
        "all_seconds": [round(value, 2) for value in seconds],
        "peak_mib_of_a_process": round(max(one.peak_mib for one in runs)),
        "peak_mib_of_all": round(max(one.peak_total_mib for one in runs)),
        **found,
    }


def _flow(raw: Path, store: str) -> Measured:
    command = [sys.executable, "-m", "flows", "viewers", "--ratings", str(raw), "--store", store]
    return measure([*command, "--json", "--quiet"], cwd=ROOT)


def _agreement(store: str, truth: Path) -> dict[str, Any]:
    """Adjusted Rand index against the planted groups."""
    version = open_base(store, "viewers", create=False).required()
    placed = version.read_table("assignments", ["user_id", "cluster_id", "n_ratings"]).to_pandas()
    both = placed.merge(pq.read_table(truth).to_pandas(), on="user_id")
    active = both[both["n_ratings"] >= MIN_RATINGS]
    return {
        "adjusted_rand_index": round(adjusted_rand_score(active["group"], active["cluster_id"]), 4),
        "users_judged": len(active),
    }
