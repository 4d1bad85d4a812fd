"""Deep embedded clustering: an encoder and centroids that sharpen one another.

References
----------
Xie, J., Girshick, R. and Farhadi, A. (2016). Unsupervised deep embedding for clustering analysis.
    ICML. arXiv:1511.06335 (DEC).
Guo, X., Gao, L., Liu, X. and Yin, J. (2017). Improved deep embedded clustering with local structure
    preservation. IJCAI (IDEC).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.geometry import FloatArray, IntArray
from reelhouse.deep.autoencoder import Autoencoder
from reelhouse.deep.clusters import DeepClusters
from reelhouse.deep.curves import UpdateFigures
from reelhouse.deep.network import InputRows
from reelhouse.deep.settings import RefinementSettings
from reelhouse.deep.soft import soft_assignment, target_distribution
from reelhouse.deep.steps import (
    BatchSource,
    flat,
    linear_on_top,
    network_of,
    optimizer_of,
    tensors_of,
)
from reelhouse.features.moments import moments
from reelhouse.models.on_torch import Tensor, batches, generator, torch_scope

#: Rows that the encoder reads at once when it is asked for all.
_AT_ONCE = 4096
#: A direction with less than this share of the largest variance holds rounding alone.
_FLAT = 1e-9


@dataclass(frozen=True)
class Refined:
    """Clusters before and after a refinement.

    Attributes
    ----------
    start : DeepClusters
        The autoencoder's encoder and the k-means of its codes.
    clusters : DeepClusters
        What came of them.
    curve : tuple of UpdateFigures
        One for each target.
    converged : bool
        Whether the labels came to rest before the targets ran out.
    """

    start: DeepClusters
    clusters: DeepClusters
    curve: tuple[UpdateFigures, ...]
    converged: bool


def refine(rows: InputRows, autoencoder: Autoencoder, settings: RefinementSettings) -> Refined:
    """Cluster the codes of an autoencoder, then move codes and centroids towards sharper clusters.

    Parameters
    ----------
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
        What the autoencoder learned from.
    autoencoder : Autoencoder
    settings : RefinementSettings

    Raises
    ------
    ClusteringError
        When there are fewer rows than clusters.
    NetworkError
        When the autoencoder reads another number of columns.
    """
    start = kmeans_start(rows, autoencoder, settings)
    with torch_scope(settings) as device:
        source = BatchSource(rows, device, autoencoder.scale)
        state = _Refinement(settings, autoencoder, start.centroids, source, device)
        labels = start.labels(rows)
        curve, converged = state.run(labels)
        encoder = network_of(state.encoder).scaled(autoencoder.scale)
        centroids = state.centroids.detach().cpu().numpy().copy()
    return Refined(start, DeepClusters(encoder, centroids, settings.alpha), curve, converged)


def kmeans_start(
    rows: InputRows, autoencoder: Autoencoder, settings: RefinementSettings
) -> DeepClusters:
    """K-means on the codes: what a refinement begins with, and should be better than.

    Parameters
    ----------
    rows : csr_matrix or ndarray of shape (n_rows, n_columns)
    autoencoder : Autoencoder
    settings : RefinementSettings

    Raises
    ------
    ClusteringError
        When there are fewer rows than clusters.
    """
    encoder = autoencoder.folded_encoder
    codes = encoder.answer(rows)
    by_codes = settings.start == "codes"
    kmeans = MiniBatchKMeans(
        settings.n_clusters, geometry="euclidean" if by_codes else "cosine",
        n_init=settings.restarts, random_state=settings.seed, n_threads=settings.threads,
    ).fit(codes if by_codes else decorrelated(codes))  # fmt: skip
    centroids = kmeans.cluster_centers_
    if not by_codes:
        centroids = _means(codes, kmeans.labels_, settings.n_clusters)
    return DeepClusters(encoder, centroids, settings.alpha)


def decorrelated(codes: FloatArray) -> FloatArray:
    """Codes less their mean, turned and scaled so that their dimensions are independent.

    Parameters
    ----------
    codes : ndarray of shape (n, n_dimensions)

    Returns
    -------
    ndarray of shape (n, n_directions), float32
        Of mean 0 and variance 1, uncorrelated. Directions in which all codes are the same are
        left out.
    """
    found = moments(codes)
    strengths, turn = np.linalg.eigh(found.centred() / max(found.n_rows, 1))
    kept = strengths > _FLAT * max(strengths.max(initial=0.0), np.finfo(np.float64).tiny)
    centred = codes.astype(np.float64) - found.mean
    scaled: FloatArray = (centred @ (turn[:, kept] / np.sqrt(strengths[kept]))).astype(np.float32)
    return scaled


def _means(codes: FloatArray, labels: IntArray, n_labels: int) -> FloatArray:
    """Mean code of each label; of one without rows, that of all."""
    sums = np.zeros((n_labels, codes.shape[1]))
    np.add.at(sums, labels, codes)
    sizes = np.bincount(labels, minlength=n_labels)
    sums[sizes == 0] = codes.mean(axis=0)
    means: FloatArray = (sums / np.maximum(sizes, 1)[:, None]).astype(np.float32)
    return means


class _Refinement:
    def __init__(
        self,
        settings: RefinementSettings,
        autoencoder: Autoencoder,
        centroids: FloatArray,
        source: BatchSource,
        device: Any,
    ) -> None:
        self._settings, self._source, self._device = settings, source, device
        self.encoder = tensors_of(autoencoder.encoder, device)
        self.centroids = torch.tensor(centroids, device=device).requires_grad_()
        learned = [*flat(self.encoder), self.centroids]
        self._decoder = tensors_of(autoencoder.decoder, device) if settings.reconstruction else []
        self._optimizer = optimizer_of(settings, [*learned, *flat(self._decoder)])

    def run(self, labels: IntArray) -> tuple[tuple[UpdateFigures, ...], bool]:
        """Update the target until the labels rest."""
        settings, begun = self._settings, time.perf_counter()
        curve: list[UpdateFigures] = []
        for update in range(settings.most_updates):
            soft = self._soft()
            target = target_distribution(soft)
            found = soft.argmax(dim=1).cpu().numpy().astype(np.int32)
            sizes = np.bincount(found)
            curve.append(
                UpdateFigures(
                    update,
                    round(time.perf_counter() - begun, 4),
                    float(np.mean(found != labels)),
                    float(_divergence(target, soft)),
                    float(sizes.max() / found.size),
                )
            )
            # The first target finds the labels as k-means left them.
            if update and curve[-1].changed <= settings.tolerance:
                return tuple(curve), True
            labels = found
            self._follow(target, update)
        return tuple(curve), False

    def _soft(self) -> Tensor:
        with torch.no_grad():
            parts = torch.arange(self._source.n, device=self._device).split(_AT_ONCE)
            return torch.cat([self._soft_of(self._source.take(one))[0] for one in parts])

    def _soft_of(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        codes = linear_on_top(rows, self.encoder)
        return soft_assignment(codes, self.centroids, self._settings.alpha), codes

    def _follow(self, target: Tensor, update: int) -> None:
        """Take the steps between two targets."""
        for chosen in self._batches(update):
            rows = self._source.take(chosen)
            soft, codes = self._soft_of(rows)
            loss = _divergence(target[chosen], soft)
            if self._decoder:
                errors = torch.nn.functional.mse_loss(linear_on_top(codes, self._decoder), rows)
                loss = loss + self._settings.reconstruction * errors
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()

    def _batches(self, update: int) -> Iterator[Tensor]:
        settings, made = self._settings, 0
        random = generator(self._device, settings.seed, update)
        while made < settings.update_every:
            for chosen in batches(self._source.n, settings.batch_size, random):
                yield chosen
                made += 1
                if made == settings.update_every:
                    return


def _divergence(target: Tensor, soft: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the target from the soft assignment, mean of the rows."""
    return torch.nn.functional.kl_div(soft.log(), target, reduction="batchmean")
