"""Clustering all users of a stored interaction matrix: choice of k, fit, placement, ids."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.assign import distance_limits, place
from reelhouse.clustering.blocks import sample_blocks
from reelhouse.clustering.drift import distance_reference
from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.minibatch import MiniBatchKMeans
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.passes import BlockFit, OnPass, fit_blocks
from reelhouse.clustering.selection import Candidate, choose, cluster_silhouettes, try_numbers
from reelhouse.errors import ClusteringError
from reelhouse.interactions import Interactions, UserTransform
from reelhouse.viewers.identity import OldUserClusters, UserIdentity, identify_clusters
from reelhouse.viewers.place import Placed, place_users
from reelhouse.viewers.settings import ViewerClusterSettings

_LOG = logging.getLogger(__name__)

#: Share of the users that lie beyond the limit of their cluster.
OUTLIER_SHARE = 0.01
#: Users of the sample on which numbers of clusters are compared.
CURVE_USERS = 8_000
#: Numbers of clusters on the curves of a run that was told how many to make.
CURVE_NUMBERS = (2, 4, 8, 12, 16, 20, 24, 32, 48, 64)


@dataclass(frozen=True)
class UserClusters:
    """All users, clustered.

    Attributes
    ----------
    placed : Placed
    model : ClusterModel
    identity : UserIdentity
    curve : tuple of Candidate
        Numbers of clusters that were tried on a sample.
    reason : str
        Why there are so many clusters.
    silhouettes : ndarray of shape (n_clusters,), float32
    mean_distances : ndarray of shape (n_clusters,), float64
    pass_costs : tuple of float
        Mean distance of a user during each pass of the fit, the exact ones last.
    """

    placed: Placed
    model: ClusterModel
    identity: UserIdentity
    curve: tuple[Candidate, ...]
    reason: str
    silhouettes: FloatArray
    mean_distances: NDArray[np.float64]
    pass_costs: tuple[float, ...]

    @property
    def n_clusters(self) -> int:
        """Number of living clusters."""
        return self.model.n_clusters

    def results(self) -> dict[str, Any]:
        """Figures for the manifest."""
        identity = self.identity
        found: dict[str, Any] = {
            "clustering": {
                "n_clusters": self.n_clusters,
                "reason": self.reason,
                "curve": [candidate.to_json() for candidate in self.curve],
                "mean_distance_by_pass": [round(cost, 6) for cost in self.pass_costs],
            }
        }
        if identity.in_both:
            found["identity"] = {
                "users_in_both": identity.in_both,
                "users_moved": identity.in_both - identity.kept,
                "share_of_users_that_kept_their_cluster": round(
                    identity.kept / identity.in_both, 4
                ),
            }
        return found


def cluster_users(
    interactions: Interactions,
    transform: UserTransform,
    settings: ViewerClusterSettings,
    folder: Path,
    old: OldUserClusters | None,
    *,
    checkpoint: Path | None = None,
    key: str = "",
    on_pass: OnPass | None = None,
) -> UserClusters:
    """Fit clusters to all users, place every user, and keep the ids of the last version.

    Parameters
    ----------
    interactions : Interactions
    transform : UserTransform
        Makes the rows that are clustered.
    settings : ViewerClusterSettings
    folder : Path
        Scratch folder for the placements.
    old : OldUserClusters or None
        The last version's clusters.
    checkpoint : Path or None
        File of the fit's state; see `reelhouse.clustering.passes.fit_blocks`.
    key : str
        What identifies the data, so that no other fit's checkpoint is taken.
    on_pass : callable or None
        Told the number of each pass and the mean distance.

    Raises
    ------
    ClusteringError
        When there are fewer users than clusters, or the checkpoint is another fit's.
    """
    load = partial(interactions.load_vectors, transform=transform)
    _require_users(interactions, settings)
    sample = sample_blocks(load, interactions.users_of_block, CURVE_USERS, seed=settings.seed)
    estimator, curve, reason = _choose(sample, settings, interactions.n_users)
    _LOG.info("%d clusters: %s", estimator.n_clusters, reason)
    fit = fit_blocks(
        load,
        interactions.n_blocks,
        estimator,
        passes=settings.passes,
        lloyd_passes=settings.polish,
        rows_of_block=interactions.users_of_block,
        checkpoint=checkpoint,
        facts={"data": key, "transform": transform.digest()},
        on_pass=on_pass,
    )
    placed = place_users(interactions, transform, estimator.cluster_centers_, folder)
    return _clustered(fit, placed, sample, curve, reason, old, settings.seed)


def _require_users(interactions: Interactions, settings: ViewerClusterSettings) -> None:
    wanted = settings.n_clusters
    if wanted != "auto" and interactions.n_users < wanted:
        raise ClusteringError(
            f"{interactions.n_users:,} users cannot make {wanted} clusters, "
            f"required: at least {wanted} users, or fewer clusters"
        )


def _choose(
    sample: sparse.csr_matrix, settings: ViewerClusterSettings, n_users: int
) -> tuple[MiniBatchKMeans, tuple[Candidate, ...], str]:
    """An estimator of the right number of clusters, the curve behind it, and why."""
    make: Callable[..., MiniBatchKMeans] = partial(
        MiniBatchKMeans,
        geometry="cosine",
        n_init=settings.restarts,
        sample_size=settings.sample_size,
        batch_size=settings.batch_size,
        # What was learned a pass ago weighs half: early, poor assignments fade.
        half_life=float(n_users),
        random_state=settings.seed,
    )
    if settings.n_clusters == "auto":
        chosen = choose(sample, seed=settings.seed, restarts=2)
        return make(chosen.n_clusters), chosen.curve, chosen.reason
    wanted = settings.n_clusters
    curve = try_numbers(sample, {*CURVE_NUMBERS, wanted}, seed=settings.seed)
    return make(wanted), curve, f"{wanted} clusters were asked for"


def _clustered(
    fit: BlockFit,
    placed: Placed,
    sample: sparse.csr_matrix,
    curve: tuple[Candidate, ...],
    reason: str,
    old: OldUserClusters | None,
    seed: int,
) -> UserClusters:
    centroids = fit.estimator.cluster_centers_
    n_clusters = centroids.shape[0]
    pieces = [(users.index, users.distance) for users in placed.all()]
    index, distance = (np.concatenate(each) for each in zip(*pieces, strict=True))
    sizes = np.bincount(index, minlength=n_clusters).astype(np.int64)
    totals = np.bincount(index, weights=distance, minlength=n_clusters)
    identity = identify_clusters(placed, n_clusters, old)
    model = ClusterModel(
        centroids=centroids,
        cluster_ids=identity.matching.cluster_ids,
        distance_limits=distance_limits(index, distance, n_clusters, share=OUTLIER_SHARE),
        sizes_at_fit=sizes,
        distance_reference=distance_reference(distance),
        next_cluster_id=identity.matching.next_cluster_id,
    )
    labels = place(sample, centroids).index
    return UserClusters(
        placed=placed,
        model=model,
        identity=identity,
        curve=curve,
        reason=reason,
        silhouettes=cluster_silhouettes(sample, labels, n_clusters, seed=seed),
        mean_distances=totals / np.maximum(sizes, 1),
        pass_costs=(*fit.pass_costs, *fit.exact_costs),
    )
