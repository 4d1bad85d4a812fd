from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.errors import NothingToFitError
from reelhouse.features.base import FeatureModel
from reelhouse.features.combined import CombinedModel
from reelhouse.features.settings import CombinedSettings, FeatureOptions
from reelhouse.schema import TITLES


class _Counting:
    """A model that is asked for nothing but the words it knows."""

    def __init__(self, known: int, unknown: int) -> None:
        self.counts = known, unknown

    def out_of_vocabulary(self, titles: pa.Table) -> tuple[int, int]:
        return self.counts


def _combined(*models: _Counting) -> CombinedModel:
    settings = CombinedSettings(weights={"node-vectors": 1.0, "semantic": 1.0})
    return CombinedModel(settings, cast("tuple[FeatureModel, ...]", models))


def test_words_are_counted_by_the_first_model_that_reads_descriptions() -> None:
    titles = TITLES.empty_table()
    reads_none, reads, reads_too = _Counting(0, 0), _Counting(5, 2), _Counting(6, 1)
    assert _combined(reads_none, reads).out_of_vocabulary(titles) == (5, 2)
    assert _combined(reads, reads_too).out_of_vocabulary(titles) == (5, 2)
    assert _combined(reads_none, reads_none).out_of_vocabulary(titles) == (0, 0)


def _stored(folder: Path, rows: list[dict[str, Any]]) -> list[Path]:
    pq.write_table(pa.Table.from_pylist(rows, schema=TITLES), folder / "part.parquet")
    return [folder / "part.parquet"]


def test_a_kind_that_finds_nothing_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    genres = ["Dramas", "Comedies"]
    rows = [{"title_id": f"t{at}", "listed_in": [genres[at % 2]]} for at in range(6)]
    parts = _stored(tmp_path, rows)
    model = CombinedModel.fit(parts, FeatureOptions(), scratch=tmp_path / "scratch", seed=0)
    assert set(model.settings.weights) == {"tfidf-svd"}
    assert "go without word-vectors: no word is held by 2 of the 6 titles" in caplog.text
    model.save(tmp_path / "model")
    assert CombinedModel.load(tmp_path / "model").feature_names() == model.feature_names()


def test_where_no_kind_finds_anything_the_error_says_what_was_required(tmp_path: Path) -> None:
    parts = _stored(tmp_path, [{"title_id": "a"}, {"title_id": "b"}])
    with pytest.raises(NothingToFitError, match="expected at least 1"):
        CombinedModel.fit(parts, FeatureOptions(), scratch=tmp_path / "scratch", seed=0)
