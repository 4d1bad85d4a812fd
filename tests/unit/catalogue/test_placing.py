from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from reelhouse.catalogue.placing import CLASSIFIER, EncodedSpace, Placer, require_classifier
from reelhouse.catalogue.tables import with_all_columns
from reelhouse.clustering.model import ClusterModel
from reelhouse.deep.classifier import DenseClassifier
from reelhouse.deep.clusters import DeepClusters, placement_by
from reelhouse.deep.network import Network
from reelhouse.errors import ReelhouseError
from reelhouse.features.settings import FeatureOptions
from reelhouse.schema import ASSIGNMENTS, TITLES

SAME = np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32)
#: Codes are the rows themselves; squared distances of (1, 0) are 1 and 9, shares 1/2 to 1/10.
CLUSTERS = DeepClusters(Network((SAME,)), np.array([[0, 0], [4, 0]], dtype=np.float32), alpha=1.0)


def rows_of(*rows: tuple[float, float]) -> sparse.csr_matrix:
    return sparse.csr_matrix(np.array(rows, dtype=np.float32))


def test_a_distance_in_the_space_of_an_encoder_is_what_belongs_elsewhere() -> None:
    found = CLUSTERS.place(rows_of((1, 0), (3.5, 0)))
    assert found.index.tolist() == [0, 1]
    assert found.second_index.tolist() == [1, 0]
    # (1/2) / (1/2 + 1/10) = 5/6 of the first row belongs to its cluster.
    assert found.distance[0] == pytest.approx(1 / 6)
    assert found.second_distance[0] == pytest.approx(5 / 6)
    assert found.empty.tolist() == [False, False]


def test_a_row_without_anything_known_is_empty_and_where_the_encoder_puts_it() -> None:
    found = CLUSTERS.place(rows_of((0, 0)))
    assert found.empty.tolist() == [True]
    assert found.index.tolist() == CLUSTERS.labels(rows_of((0, 0))).tolist() == [0]


def test_one_cluster_has_no_second() -> None:
    alone = DeepClusters(CLUSTERS.encoder, CLUSTERS.centroids[:1], 1.0).place(rows_of((1, 0)))
    assert alone.second_index.tolist() == [-1]
    assert np.isnan(alone.second_distance).all()
    assert alone.distance.tolist() == [0]


def test_centroids_without_a_title_are_left_out_and_move_no_label() -> None:
    far = np.array([[0, 0], [99, 99], [4, 0]], dtype=np.float32)
    found = DeepClusters(CLUSTERS.encoder, far, 1.0)
    rows = rows_of((1, 0), (3, 0))
    assert found.labels(rows).tolist() == [0, 2]
    held = found.without_empty(rows)
    assert held.centroids.tolist() == [[0, 0], [4, 0]]
    assert held.labels(rows).tolist() == [0, 1]


def test_the_probable_cluster_is_taken_with_its_own_distance() -> None:
    chances = np.array([[0.2, 0.7, 0.1]])
    distances = np.array([[0.1, 0.5, 0.9]], dtype=np.float32)
    found = placement_by(chances, distances, np.array([False]))
    assert (found.index[0], found.second_index[0]) == (1, 0)
    # The classifier chose against the distances: the margin is below 0.
    assert found.second_distance[0] - found.distance[0] == pytest.approx(-0.4)


def test_an_encoders_distances_are_those_by_which_it_places() -> None:
    space = EncodedSpace(inputs=None, clusters=CLUSTERS)  # type: ignore[arg-type]
    np.testing.assert_allclose(space.distances(rows_of((1, 0))), [[1 / 6, 5 / 6]], atol=1e-6)


def titles(*descriptions: str) -> pa.Table:
    rows = [
        {"title_id": f"t{at}", "description": text, "listed_in": ["Food"], "type": "Movie"}
        for at, text in enumerate(descriptions)
    ]
    return pa.Table.from_pylist(rows, schema=TITLES)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A catalogue's model: two clusters of words, one for each centroid."""
    import pyarrow.parquet as pq

    from reelhouse.features.kinds import fit_model

    path = tmp_path / "titles.parquet"
    pq.write_table(titles(*["rocket planet"] * 4, *["chef recipe"] * 4), path)
    features = fit_model("tfidf", [path], FeatureOptions(), scratch=tmp_path / "scratch")
    folder = tmp_path / "model"
    features.save(folder)
    centroids = features.transform(titles("rocket planet", "chef recipe")).toarray()
    ClusterModel(
        centroids, np.array([7, 3], np.int32), np.ones(2, np.float32), np.array([4, 4]),
        np.zeros(101, np.float32), 8,
    ).save(folder)  # fmt: skip
    return folder


def test_without_an_encoder_the_nearest_centroid_of_the_features_decides(model: Path) -> None:
    placing = Placer(model).place(titles("rocket planet", "chef recipe"))
    assert placing.placement.index.tolist() == [0, 1]
    np.testing.assert_allclose(placing.placement.distance, [0, 0], atol=1e-6)
    assert placing.probability is None


def test_a_classifier_decides_where_it_is_asked_and_says_how_sure_it_is(model: Path) -> None:
    n_features = Placer(model).features.n_features
    # Whatever it reads, it is for the second cluster, 3 to 1.
    network = Network(((np.zeros((n_features, 2), np.float32), np.log([1, 3]).astype(np.float32)),))
    DenseClassifier(network, 1.0).save(model / CLASSIFIER)
    placing = Placer(model, "classifier").place(titles("rocket planet"))
    assert placing.placement.index.tolist() == [1]
    assert placing.probability is not None
    assert placing.probability.tolist() == [0.75]
    by_centroid = Placer(model).place(titles("rocket planet")).placement
    assert placing.placement.distance[0] == pytest.approx(by_centroid.second_distance[0])
    assert Placer(model).place(titles("rocket planet")).placement.index.tolist() == [0]


def test_no_classifier_is_one_clear_line(model: Path) -> None:
    with pytest.raises(ReelhouseError, match="refit with --classifier linear"):
        Placer(model, "classifier").place(titles("rocket planet"))
    require_classifier(held=True)


def test_assignments_of_an_older_version_get_the_columns_that_came_later() -> None:
    row = {
        "title_id": "t1", "cluster_id": 4, "distance": 0.5, "second_cluster_id": 2,
        "second_distance": 0.75, "margin": 0.25, "status": "placed", "placed_in_version": 1,
    }  # fmt: skip
    older = pa.Table.from_pylist([row], schema=ASSIGNMENTS).drop_columns("probability")
    found = with_all_columns(older)
    assert found.schema.equals(ASSIGNMENTS)
    assert found.to_pylist() == [row | {"probability": None}]
