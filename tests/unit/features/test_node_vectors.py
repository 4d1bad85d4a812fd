from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.errors import FeatureError
from reelhouse.features.kinds import load_model
from reelhouse.features.node_vectors import NodeVectorModel
from reelhouse.features.settings import FeatureOptions, FieldSettings, NodeVectorSettings
from reelhouse.schema import TITLES
from tests.support.extras import needs_gensim

ALL = FieldSettings(weight=1.0, max_terms=100, min_titles=1)
NONE = FieldSettings(weight=0.0, max_terms=1)
FIELDS = {
    "description": NONE, "listed_in": NONE, "country": NONE, "rating": NONE, "type": NONE,
    "people": ALL,
}  # fmt: skip


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"title_id": str(number), **row} for number, row in enumerate(rows)], schema=TITLES
    )


def fitted(titles: pa.Table, folder: Path, **settings: Any) -> NodeVectorModel:
    pq.write_table(titles, folder / "part-0.parquet")
    options = FeatureOptions(node_vectors=NodeVectorSettings(**{**FIELDS, **settings}))
    parts = [folder / "part-0.parquet"]
    return NodeVectorModel.fit(parts, options, scratch=folder / "scratch", seed=1)


def known(**weights: float) -> NodeVectorModel:
    """A model of ten titles with vectors to calculate with by hand."""
    blocks = {kind: ALL.model_copy(update={"weight": weight}) for kind, weight in weights.items()}
    return NodeVectorModel(
        NodeVectorSettings(**{**FIELDS, **blocks}),
        10,
        {"people": ["ava", "bo"], "country": ["japan"]},
        np.array([1, 4, 9]),
        np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32),
    )


def test_a_new_title_is_the_mean_of_its_neighbours_by_idf() -> None:
    found = known().transform(table({"cast": ["Ava", "Bo"]})).toarray()
    # Ava is in 1 of 10 titles, Bo in 4.
    ava, bo = np.log(11 / 2) + 1, np.log(11 / 5) + 1
    assert found == pytest.approx(np.array([[ava, bo]]) / np.hypot(ava, bo), abs=1e-6)


def test_each_kind_of_name_has_the_length_of_its_weight() -> None:
    model = known(people=2.0, country=0.5)
    found = model.transform(table({"director": ["Bo"], "country": ["Japan"]})).toarray()
    expected = np.array([0.5 * 0.6, 2.0 + 0.5 * 0.8])
    assert found == pytest.approx(expected[None] / np.linalg.norm(expected), abs=1e-6)


def test_unknown_neighbours_are_left_out() -> None:
    titles = table({"cast": ["Bo", "Nobody"]}, {"cast": ["Nobody"]}, {"cast": ["Bo", "Bo"]})
    assert known().transform(titles).toarray().tolist() == [[0, 1], [0, 0], [0, 1]]


def test_people_who_never_met_but_have_the_same_partners_are_near(tmp_path: Path) -> None:
    # Ava and Bo each play with Cy and Di, never together; Em plays with Flo and Gus.
    pairs = ["Ava Cy", "Ava Di", "Bo Cy", "Bo Di", "Em Flo", "Em Gus"]
    titles = table(*({"cast": pair.split()} for pair in pairs))
    # Walks that look one title ahead: Ava and Bo are no neighbours themselves.
    model = fitted(titles, tmp_path, dimensions=4, iterations=10, window=1, walks_per_name=50)
    alone = model.transform(table({"cast": ["Ava"]}, {"cast": ["Bo"]}, {"cast": ["Em"]})).toarray()
    assert alone[0] @ alone[1] > 0.95
    assert alone[0] @ alone[2] == pytest.approx(0.0, abs=1e-3)


def test_the_description_counts_in_the_vocabulary_only_where_it_is_in_the_graph(
    tmp_path: Path,
) -> None:
    titles = table({"description": "Zombie island", "cast": ["Ava", "Bo"]})
    new = table({"description": "Zombie zombie chef"})
    assert fitted(titles, tmp_path).out_of_vocabulary(new) == (0, 0)
    model = fitted(titles, tmp_path, description=ALL, max_title_share=1.0)
    assert model.out_of_vocabulary(new) == (2, 1)


def test_genres_are_left_out_by_their_weight(tmp_path: Path) -> None:
    titles = table({"cast": ["Ava", "Bo"], "listed_in": ["Dramas"]})
    only_genre = table({"listed_in": ["Dramas"]})
    assert fitted(titles, tmp_path).transform(only_genre).nnz == 0
    assert fitted(titles, tmp_path, listed_in=ALL).transform(only_genre).nnz > 0


def test_a_graph_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="the graph of 1 titles has 0 names"):
        fitted(table({"type": "Movie"}), tmp_path)


def test_names_that_never_meet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="no two of the 2 names in the graph of 2 titles"):
        fitted(table({"cast": ["Ava"]}, {"cast": ["Bo"]}), tmp_path)


def test_a_description_of_the_model_that_is_damaged_is_named(tmp_path: Path) -> None:
    known().save(tmp_path)
    described = json.loads((tmp_path / "features.json").read_text(encoding="utf-8"))
    (tmp_path / "features.json").write_text(json.dumps(described | {"names": "zombie"}))
    with pytest.raises(FeatureError, match=r"features\.json holds no valid names"):
        load_model(tmp_path)


def test_a_missing_gensim_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models", None)
    with pytest.raises(FeatureError, match=r"word2vec needs gensim.*pip install 'reelhouse\[words"):
        fitted(table({"cast": ["Ava", "Bo"]}), tmp_path, method="word2vec")


@needs_gensim
def test_vectors_trained_on_walks_are_used_without_gensim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = table({"cast": ["Ava", "Bo"]}, {"cast": ["Bo", "Cy"]})
    fitted(titles, tmp_path, method="word2vec", dimensions=4).save(tmp_path / "model")
    for name in [name for name in sys.modules if name.partition(".")[0] == "gensim"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert load_model(tmp_path / "model").transform(titles).getnnz(axis=1).tolist() == [4, 4]
