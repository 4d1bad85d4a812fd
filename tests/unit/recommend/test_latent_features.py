"""Why a title is where it is, where features are latent: published with two hidden dimensions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.clustering.model import ClusterModel
from reelhouse.features.kinds import fit_model
from reelhouse.features.settings import (
    FeatureOptions,
    FieldSettings,
    TfidfSettings,
    TfidfSvdSettings,
)
from reelhouse.recommend.catalogue import Catalogue
from reelhouse.recommend.placement import explain_placement
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.schema import TITLES

BLURBS = ("A rocket orbits a planet", "A chef and an oven")


class Held(Catalogue):
    """A catalogue of a model and tables in memory instead of a published version."""

    def __init__(self, titles: pa.Table, features, model: ClusterModel, placed: pa.Table) -> None:
        super().__init__(Tables({"titles": titles, "assignments": placed}))  # type: ignore[arg-type]
        self.__dict__["_models"] = (features, model)
        self.__dict__["clusters"] = {0: {"name": "Space"}, 1: {"name": "Kitchen"}}


class Tables:
    """What a catalogue reads of a version."""

    number = 1

    def __init__(self, tables: dict[str, pa.Table]) -> None:
        self.tables = tables

    def has(self, name: str) -> bool:
        return name in self.tables

    def read_table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        table = self.tables[name]
        return table.select(columns) if columns else table

    def iter_tables(self, name: str, columns: list[str] | None = None):
        yield self.read_table(name, columns)


@pytest.fixture
def catalogue(tmp_path: Path) -> Held:
    rows = [
        {"title_id": f"t{at}", "type": "Movie", "title": f"T{at}", "listed_in": ["Dramas"],
         "cast": ["A", "B"], "repaired": [], "description": BLURBS[at % 2]}
        for at in range(6)
    ]  # fmt: skip
    titles = pa.Table.from_pylist(rows, schema=TITLES)
    part = tmp_path / "part.parquet"
    pq.write_table(titles, part)
    nothing = FieldSettings(weight=0.0, max_terms=1)
    fields = TfidfSettings(
        listed_in=nothing, director=nothing, country=nothing, rating=nothing, max_title_share=1.0
    )
    options = FeatureOptions(tfidf_svd=TfidfSvdSettings(tfidf=fields, description_dimensions=2))
    features = fit_model("tfidf-svd", [part], options, scratch=tmp_path)
    vectors = features.transform(titles).toarray()
    centroids = np.stack([vectors[0], vectors[1]])
    model = ClusterModel(
        centroids.astype(np.float32),
        np.array([0, 1], np.int32),
        np.ones(2, np.float32),
        np.array([3, 3], np.int64),
        np.zeros(101, np.float32),
        2,
    )
    likeness = float(vectors[0] @ vectors[1])
    placed = pa.table(
        {
            "title_id": titles["title_id"],
            "cluster_id": [0, 1] * 3,
            "distance": [0.0] * 6,
            "second_cluster_id": [1, 0] * 3,
            "second_distance": [1 - likeness] * 6,
            "margin": [1 - likeness] * 6,
            "status": ["placed"] * 6,
            "placed_in_version": [1] * 6,
        }
    )
    return Held(titles, features, model, placed)


def test_the_wording_decides_and_the_nearest_titles_show_it(catalogue: Held) -> None:
    found = explain_placement(catalogue, 0)
    assert (found.first.name, found.second.name) == ("Space", "Kitchen")
    # Type and cast are the same on both sides; only the wording differs.
    assert [(one.field, one.term) for one in found.difference] == [("description", "")]
    assert found.first.similarity == pytest.approx(1, abs=1e-5)
    assert found.second.similarity == pytest.approx(1 - found.assignment["second_distance"])
    assert [near.title for near in found.first.nearest] == ["T2", "T4"]
    assert [near.title for near in found.second.nearest] == ["T1", "T3", "T5"]
    assert found.first.nearest[0].similarity == pytest.approx(1, abs=1e-5)


def test_a_recommendation_says_what_is_alike(catalogue: Held) -> None:
    first = SameCluster().fit(catalogue).recommend(["T0"], 1)[0]
    assert first.title == "T2"
    assert first.reasons == (
        "same cluster: Space",
        "shares with T0: cast A, B; alike in the wording of the description",
    )
