"""Deep embedded clustering, and classifiers of its clusters, beside simpler methods.

The digits are those of scikit-learn; the descriptions are those of the real catalogue of January
2021.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench.deep_catalogue import read_catalogue
from bench.recommend import timed
from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.geometry import IntArray
from reelhouse.deep.autoencoder import fit_autoencoder
from reelhouse.deep.measured import TITLE_AUTOENCODER, TITLE_DEC, TITLE_FIELDS, TITLE_INPUT
from reelhouse.deep.network import InputRows
from reelhouse.deep.refinement import kmeans_start, refine
from reelhouse.deep.settings import (
    STUDY_AUTOENCODER,
    AutoencoderSettings,
    InputKind,
    RefinementSettings,
)
from reelhouse.evaluation.agreement import agreement, first_genres
from reelhouse.evaluation.coherence import topic_coherence
from reelhouse.evaluation.stability import pairwise_agreement

#: Clusters of the study.
N_CLUSTERS = 20
#: Terms of the descriptions that the autoencoder reads, as many as in Xie et al. (2016).
_N_TERMS = 2_000
_DIGITS_AUTOENCODER = AutoencoderSettings(
    layers=(256, 128, 10), optimizer="adam", layer_epochs=20, epochs=40, noise=0.1, neighbours=10
)
_DIGITS_REFINEMENT = RefinementSettings(
    n_clusters=10, start="directions", optimizer="sgd", learning_rate=0.01, tolerance=0.0
)
_KINDS: tuple[InputKind, ...] = ("sequences", "tfidf", "tfidf-svd", "word-vectors", "combined")
#: Weights of the reconstruction: DEC has none, IDEC some.
_FORMS = {"DEC": 0.0, "IDEC": 1.0}


def run_digits(seeds: int) -> Iterator[dict[str, Any]]:
    """Measure on scikit-learn's digits, pixels 0 to 1: each method over all seeds."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    rows = (pixels / 16).astype(np.float32)
    figures: dict[str, list[dict[str, float]]] = {}

    def note(method: str, labels: IntArray, seconds: float) -> None:
        figures.setdefault(method, []).append(_figures(labels, digits) | {"seconds": seconds})

    for seed in range(seeds):
        labels, seconds = timed(partial(plain_kmeans, rows, 10, seed, "euclidean"))
        note("k-means", labels, seconds)
        settings = _DIGITS_AUTOENCODER.model_copy(update={"seed": seed})
        autoencoder, learning = timed(partial(fit_autoencoder, rows, settings))
        for form, weight in _FORMS.items():
            changed = {"seed": seed, "reconstruction": weight}
            refinement = _DIGITS_REFINEMENT.model_copy(update=changed)
            found, seconds = timed(partial(refine, rows, autoencoder, refinement))
            if form == "DEC":
                plain = refinement.model_copy(update={"start": "codes"})
                start = kmeans_start(rows, autoencoder, plain)
                note("autoencoder + k-means", start.labels(rows), learning)
                note("autoencoder + k-means of directions", found.start.labels(rows), learning)
            note(form, found.clusters.labels(rows), learning + seconds)
    labels, seconds = timed(lambda: AgglomerativeClustering(10).fit_predict(rows))
    note("Ward", labels, seconds)
    for method, each in figures.items():
        yield {"measure": "digits", "method": method, "seeds": len(each), **_mean_figures(each)}


def run_descriptions(seeds: int) -> Iterator[dict[str, Any]]:
    """Measure on the real descriptions alone, by the study's input and by better ones."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = read_catalogue(Path(folder))
        for kind in _KINDS:
            n_terms = _N_TERMS if kind == "tfidf" else None
            rows = catalogue.rows(kind, ["description"], n_terms)
            settings = STUDY_AUTOENCODER if kind == "sequences" else TITLE_AUTOENCODER
            yield from _measured("descriptions", kind, catalogue.titles, rows, settings, seeds)


def run_stability(seeds: int) -> Iterator[dict[str, Any]]:
    """Measure how alike the clusters of several seeds are: of descriptions, and of whole titles."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = read_catalogue(Path(folder))
        inputs: dict[str, tuple[InputKind, Sequence[str]]] = {
            "word vectors of descriptions": ("word-vectors", ["description"]),
            "tfidf-svd of all fields but genre": (TITLE_INPUT, TITLE_FIELDS),
        }
        for name, (kind, fields) in inputs.items():
            rows = catalogue.rows(kind, fields)
            yield from _measured(
                "stability", name, catalogue.titles, rows, TITLE_AUTOENCODER, max(seeds, 2)
            )


def _measured(
    measure: str,
    name: str,
    titles: pa.Table,
    rows: InputRows,
    settings: AutoencoderSettings,
    seeds: int,
) -> Iterator[dict[str, Any]]:
    methods: dict[str, list[tuple[IntArray, float]]] = {}
    for seed in range(seeds):
        for method, found in _clustered(rows, settings, seed):
            methods.setdefault(method, []).append(found)
    for method, each in methods.items():
        yield {"measure": measure, "input": name, "method": method, **_worth(titles, each)}


def plain_kmeans(rows: InputRows, n_clusters: int, seed: int, geometry: Any) -> IntArray:
    """Labels of the project's own k-means on the input as it is."""
    model = MiniBatchKMeans(
        n_clusters, geometry=geometry, n_init=20, random_state=seed, n_threads=1
    )
    found: IntArray = model.fit(rows).labels_
    return found


def _clustered(
    rows: InputRows, settings: AutoencoderSettings, seed: int
) -> Iterator[tuple[str, tuple[IntArray, float]]]:
    yield "k-means", timed(partial(plain_kmeans, rows, N_CLUSTERS, seed, "cosine"))
    seeded = settings.model_copy(update={"seed": seed})
    autoencoder, learning = timed(partial(fit_autoencoder, rows, seeded))
    for form, weight in _FORMS.items():
        changed = {"seed": seed, "reconstruction": weight}
        refinement = TITLE_DEC.model_copy(update=changed | {"n_clusters": N_CLUSTERS})
        found, seconds = timed(partial(refine, rows, autoencoder, refinement))
        if form == "DEC":
            yield "autoencoder + k-means", (found.start.labels(rows), learning)
        yield form, (found.clusters.labels(rows), learning + seconds)


def _worth(titles: pa.Table, each: Sequence[tuple[IntArray, float]]) -> dict[str, Any]:
    genres = first_genres(titles)
    labels = [one for one, _ in each]
    sizes = [np.bincount(one, minlength=N_CLUSTERS) for one in labels]
    coherence = [np.nanmean(topic_coherence(titles, one, N_CLUSTERS)) for one in labels]
    return {
        "seeds": len(each),
        "largest_share": _mean([one.max() / one.sum() for one in sizes]),
        "largest_share_of_any": round(float(max(one.max() / one.sum() for one in sizes)), 4),
        "empty": int(max((one == 0).sum() for one in sizes)),
        "entropy": _mean([_entropy(one) for one in sizes]),
        "coherence": _mean(coherence),
        "nmi_of_genre": _mean([agreement(one, genres).nmi for one in labels]),
        "seed_to_seed_ari": round(pairwise_agreement(labels), 4) if len(labels) > 1 else None,
        "seconds": round(float(np.median([seconds for _, seconds in each])), 2),
    }


def _entropy(sizes: NDArray[np.integer]) -> float:
    """Entropy of the sizes over that of equal ones: 1 is even, 0 is all in one."""
    shares = sizes[sizes > 0] / sizes.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(sizes.size))


def _figures(labels: IntArray, truth: NDArray[np.integer]) -> dict[str, float]:
    from scipy.optimize import linear_sum_assignment

    found = agreement(labels, truth.tolist())
    counts = np.zeros((int(labels.max()) + 1, int(truth.max()) + 1), dtype=np.int64)
    np.add.at(counts, (labels, truth), 1)
    matched = counts[linear_sum_assignment(-counts)].sum()
    return {"accuracy": float(matched / truth.size), "nmi": found.nmi, "ari": found.ari}


def _mean_figures(each: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("accuracy", "nmi", "ari"):
        values = [one[name] for one in each]
        found |= {name: _mean(values), f"{name}_deviation": round(float(np.std(values)), 4)}
    return found | {"seconds": round(float(np.median([one["seconds"] for one in each])), 2)}


def _mean(values: Sequence[Any]) -> float:
    return round(float(np.mean(values)), 4)


#: Measurements by name.
RUNS: dict[str, Callable[[int], Iterator[dict[str, Any]]]] = {
    "digits": run_digits,
    "descriptions": run_descriptions,
    "stability": run_stability,
}
