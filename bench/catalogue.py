"""The catalogue end to end: from a file to a published version, and the night after.

Each measurement runs the command line in a process of its own, everything included: imports, the
temporary Prefect server, the workers, publication.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from sklearn.metrics import adjusted_rand_score

from bench.inputs import ROOT, real_titles
from bench.processes import Measured, measure
from reelhouse.catalogue.base import open_base
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.registry import match_by_centroids
from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue, write_night
from reelhouse.storage.version import Version

NIGHT_SHARE = 0.01


def run(sizes: Sequence[int], repeats: int, themes: int) -> Iterator[dict[str, Any]]:
    """Measure the real files where they are, then synthetic catalogues of several sizes."""
    real = real_titles()
    if real is not None:
        yield from _real_files(real, repeats)
        yield _other_seed(str(real / "2021-01" / "netflix_titles.csv"), "real, 2021-01")
    for n_titles in sizes:
        yield from _synthetic(n_titles, themes)


def _real_files(real: Path, repeats: int) -> Iterator[dict[str, Any]]:
    first, second = (str(real / month / "netflix_titles.csv") for month in ("2021-01", "2021-09"))
    for name in ("catalogue", "nightly", "nightly, nothing new"):
        runs = [_real_run(name, first, second) for _ in range(repeats)]
        yield {
            "name": name,
            "input": "netflix_titles.csv of 2021-09" if "nightly" in name else "of 2021-01",
            **_figures(runs),
            "counts": json.loads(runs[0].stdout)["counts"],
        }


def _real_run(name: str, first: str, second: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "store")
        measured = flow("catalogue", first, store)
        if name == "catalogue":
            return measured
        measured = flow("nightly", second, store)
        return measured if name == "nightly" else flow("nightly", second, store)


def _synthetic(n_titles: int, themes: int) -> Iterator[dict[str, Any]]:
    settings = SyntheticSettings(n_titles=n_titles, n_themes=themes)
    n_new = max(int(n_titles * NIGHT_SHARE), 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store, truth = str(folder / "store"), folder / "truth.parquet"
        write_catalogue(folder / "evening.csv", settings, truth=truth)
        measured = flow("catalogue", str(folder / "evening.csv"), store)
        placed = _with_theme(_head(store), truth)
        yield {
            "name": "catalogue",
            "input": f"synthetic, {n_titles:,} titles, {themes} themes",
            "n_titles": n_titles,
            **_figures([measured]),
            "clusters": int(placed["cluster_id"].nunique()),
            "adjusted_rand_index": round(
                adjusted_rand_score(placed["theme"], placed["cluster_id"]), 4
            ),
        }
        write_night(folder / "night.csv", settings, n_new=n_new, truth=truth)
        measured = flow("nightly", str(folder / "night.csv"), store)
        yield {
            "name": "nightly",
            "input": f"synthetic, {n_new:,} new on {n_titles:,} titles",
            "n_titles": n_titles,
            "n_new": n_new,
            **_figures([measured]),
            "new_titles_in_their_theme": _in_their_theme(_head(store), truth),
            "drift": json.loads(measured.stdout)["results"]["drift"],
        }


def _other_seed(titles: str, name: str) -> dict[str, Any]:
    """Refit one snapshot with another seed: who keeps their cluster id, by which matching."""
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "store")
        flow("catalogue", titles, store)
        before, old = _assignments(_head(store)), _model(_head(store), Path(folder) / "old")
        flow("catalogue", titles, store, "--seed", "1")
        after, new = _assignments(_head(store)), _model(_head(store), Path(folder) / "new")
        # The features of one snapshot do not depend on the seed: centroids can be compared.
        pairs = match_by_centroids(old.centroids, new.centroids)
        renamed = {int(new.cluster_ids[j]): int(old.cluster_ids[i]) for i, j in pairs}
        both = before.join(after, lsuffix="_before", rsuffix="_after", how="inner")
        by_centroids = both["cluster_id_after"].map(renamed)
        return {
            "name": "refit with another seed",
            "input": name,
            "adjusted_rand_index": round(
                adjusted_rand_score(both["cluster_id_before"], both["cluster_id_after"]), 4
            ),
            "clusters": [old.n_clusters, new.n_clusters],
            "share_that_kept_its_id_by_overlap": _share(
                both["cluster_id_before"], both["cluster_id_after"]
            ),
            "share_that_would_by_centroids": _share(both["cluster_id_before"], by_centroids),
        }


def flow(name: str, titles: str, store: str, *options: str) -> Measured:
    """Run a flow from the command line."""
    command = [sys.executable, "-m", "flows", name, "--titles", titles, "--store", store]
    return measure([*command, "--json", "--quiet", *options], cwd=ROOT)


def _figures(runs: Sequence[Measured]) -> dict[str, Any]:
    seconds = [run.seconds for run in runs]
    return {
        "seconds": round(float(np.median(seconds)), 2),
        "all_seconds": [round(value, 2) for value in seconds],
        "peak_mib_of_a_process": round(max(run.peak_mib for run in runs)),
        "peak_mib_of_all": round(max(run.peak_total_mib for run in runs)),
    }


def _head(store: str) -> Version:
    return open_base(store, create=False).required()


def _assignments(version: Version) -> pd.DataFrame:
    table = version.read_table("assignments", ["title_id", "cluster_id", "placed_in_version"])
    frame: pd.DataFrame = table.to_pandas().set_index("title_id")
    return frame


def _model(version: Version, folder: Path) -> ClusterModel:
    version.fetch("model", folder)
    return ClusterModel.load(folder / "model")


def _with_theme(version: Version, truth: Path) -> pd.DataFrame:
    """Assignments with the planted theme of each title; titles are unique by construction."""
    titles = version.read_table("titles", ["title_id", "title"]).to_pandas().set_index("title_id")
    themes = pq.read_table(truth, columns=["title", "theme"]).to_pandas().set_index("title")
    placed = _assignments(version).join(titles)
    joined: pd.DataFrame = placed.join(themes, on="title", how="inner")
    return joined


def _in_their_theme(version: Version, truth: Path) -> float:
    """Share of tonight's titles whose cluster is mostly of their theme."""
    placed = _with_theme(version, truth)
    tonight = placed["placed_in_version"] == version.number
    # A cluster stands for the theme that most of its earlier titles have.
    stands_for = placed[~tonight].groupby("cluster_id")["theme"].agg(lambda t: t.mode().iloc[0])
    return _share(placed[tonight]["theme"], placed[tonight]["cluster_id"].map(stands_for))


def _share(left: pd.Series, right: pd.Series) -> float:
    return round(float((left.to_numpy() == right.to_numpy()).mean()), 4)
