from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from reelhouse.compute import dask_scheduler
from reelhouse.errors import FeatureError, SourceError
from reelhouse.features.kinds import fit_model
from reelhouse.features.settings import FeatureOptions, TfidfSettings
from reelhouse.features.tfidf import TfidfModel, fit_tfidf
from reelhouse.features.vocabulary import count_terms
from reelhouse.matrix import feature_matrix, load_block, store_block

_NAMES = pa.list_(pa.string())
_SCHEMA = pa.schema(
    [("title", pa.string()), ("description", pa.string()), ("listed_in", _NAMES),
     ("director", _NAMES), ("cast", _NAMES), ("country", _NAMES), ("rating", pa.string()),
     ("type", pa.string()), ("row", pa.int64())]
)  # fmt: skip


@pytest.fixture
def titles() -> pa.Table:
    descriptions = ["zombie island", "zombie chef", "chef swims", "island chef", "zombie swims"]
    return pa.Table.from_pylist(
        [{"description": text, "type": "Movie", "row": row} for row, text in
         enumerate(descriptions)], schema=_SCHEMA,
    )  # fmt: skip


@pytest.fixture
def parts(titles: pa.Table, tmp_path: Path) -> list[Path]:
    """Partitions of 2, 0, 2 and 1 titles."""
    paths = []
    for first, length in ((0, 2), (0, 0), (2, 2), (4, 1)):
        paths.append(tmp_path / f"titles-{len(paths)}.parquet")
        pq.write_table(titles.slice(first, length), paths[-1])
    return paths


def fitted_on(parts: list[Path]) -> TfidfModel:
    # TF-IDF stores nothing meanwhile.
    model = fit_model("tfidf", parts, FeatureOptions(), scratch=Path("nowhere"))
    assert isinstance(model, TfidfModel)
    return model


def test_features_fitted_on_partitions_are_those_of_the_whole(
    titles: pa.Table, parts: list[Path]
) -> None:
    whole = fit_tfidf(count_terms(titles), TfidfSettings())
    fitted = fitted_on(parts)
    assert fitted.terms == whole.terms
    assert fitted.n_titles == 5
    assert all((fitted.titles_holding[f] == whole.titles_holding[f]).all() for f in whole.terms)


def test_many_partitions_merge_as_a_tree(parts: list[Path]) -> None:
    fitted = fitted_on(parts * 25)
    assert fitted.n_titles == 125


def test_each_partition_is_one_csr_block_of_known_size(
    titles: pa.Table, parts: list[Path], tmp_path: Path
) -> None:
    model = fitted_on(parts)
    model.save(tmp_path / "model")
    matrix = feature_matrix(parts, tmp_path / "model", tmp_path / "scratch")
    assert matrix.chunks == ((2, 0, 2, 1), (model.n_features,))
    assert matrix.dtype == np.float32
    blocks = [matrix.blocks[index].compute() for index in range(4)]
    assert all(isinstance(block, sparse.csr_matrix) for block in blocks)
    assert (sparse.vstack(blocks) != model.transform(titles)).nnz == 0
    assert isinstance(matrix.compute(), sparse.csr_matrix)


def test_blocks_are_read_from_scratch_and_not_made_again(parts: list[Path], tmp_path: Path) -> None:
    fitted_on(parts).save(tmp_path / "model")
    matrix = feature_matrix(parts, tmp_path / "model", tmp_path / "scratch")
    for part in parts:
        part.unlink()
    assert matrix.compute().shape[0] == 5
    assert sorted(path.name for path in (tmp_path / "scratch").iterdir()) == [
        f"part-{index:05d}.safetensors" for index in range(4)
    ]


@pytest.mark.slow
def test_processes_give_what_threads_give(parts: list[Path], tmp_path: Path) -> None:
    with dask_scheduler("processes", n_workers=2, n_partitions=4):
        model = fitted_on(parts)
        model.save(tmp_path / "model")
        in_processes = feature_matrix(parts, tmp_path / "model", tmp_path / "a").compute()
    with dask_scheduler("threads", n_workers=2, n_partitions=4):
        in_threads = feature_matrix(parts, tmp_path / "model", tmp_path / "b").compute()
    assert (in_processes != in_threads).nnz == 0


def test_no_partitions_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="0 partitions to fit"):
        fitted_on([])
    with pytest.raises(FeatureError, match="0 partitions to vectorize"):
        feature_matrix([], tmp_path, tmp_path)


def test_a_partition_without_a_column_names_file_and_column(tmp_path: Path) -> None:
    pq.write_table(pa.table({"title": ["x"], "description": ["x"]}), tmp_path / "thin.parquet")
    with pytest.raises(SourceError, match=r"thin\.parquet has no column 'listed_in'"):
        fitted_on([tmp_path / "thin.parquet"])


@pytest.mark.parametrize("content", [None, b"no parquet"])
def test_a_partition_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "odd.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"odd\.parquet cannot be read as Parquet"):
        fitted_on([path])


def test_a_stored_block_loads_as_it_was(tmp_path: Path) -> None:
    block = sparse.csr_matrix(np.array([[0, 1.5], [0, 0], [2, 0]], dtype=np.float32))
    store_block(tmp_path / "block", block)
    loaded = load_block(tmp_path / "block")
    assert loaded.dtype == np.float32
    assert loaded.indices.dtype == np.int32
    assert (loaded.toarray() == block.toarray()).all()


def test_a_block_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="block is missing"):
        load_block(tmp_path / "block")
    (tmp_path / "block").write_bytes(b"\x01" * 20)
    with pytest.raises(FeatureError, match="block is no stored CSR block"):
        load_block(tmp_path / "block")


def test_a_block_whose_indices_leave_the_matrix_is_refused(tmp_path: Path) -> None:
    block = sparse.csr_matrix(np.eye(2, dtype=np.float32))
    block.indices = np.array([0, 7], dtype=np.int32)
    store_block(tmp_path / "block", block)
    with pytest.raises(FeatureError, match="is no stored CSR block"):
        load_block(tmp_path / "block")
