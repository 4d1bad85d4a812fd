"""Stored partitions to matrices: Dask arrays whose blocks are CSR, one per partition.

No step turns a block dense, and none holds more than a partition per worker.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import FeatureError
from reelhouse.features.kinds import load_model
from reelhouse.features.parts import read_part

if TYPE_CHECKING:
    import dask.array


def feature_matrix(parts: Sequence[Path], model_folder: Path, out: Path) -> dask.array.Array:
    """Feature matrix of the titles in stored partitions.

    Every partition is transformed now, once, by a Dask task that stores its block under `out`;
    the array's blocks are read from there, so that further passes do not tokenise again.

    Parameters
    ----------
    parts
        Parquet files of titles; a partition without rows becomes a block without rows.
    model_folder
        A saved feature model, readable by every worker.
    out
        Scratch folder that every worker can write; blocks already there are written anew.

    Returns
    -------
    dask array of shape (n_titles, n_features), float32
        One CSR block of unit or all-zero rows per partition; chunk sizes are known.
    """
    import dask
    import dask.array as da

    if not parts:
        raise FeatureError("there are 0 partitions to vectorize, expected at least 1")
    out.mkdir(parents=True, exist_ok=True)
    n_features = load_model(model_folder).n_features
    paths = [out / f"part-{index:05d}.safetensors" for index in range(len(parts))]
    stores = [
        dask.delayed(_store_features)(Path(part), model_folder, path)
        for part, path in zip(parts, paths, strict=True)
    ]
    lengths: tuple[int, ...] = dask.compute(*stores)
    meta = sparse.csr_matrix((0, n_features), dtype=np.float32)
    # Keys of their own for every call: blocks that are written anew are not those of before.
    # (da.concatenate would leave out the blocks without rows.)
    name = f"features-{uuid.uuid4().hex}"
    graph = {(name, index, 0): (load_block, path) for index, path in enumerate(paths)}
    return da.Array(graph, name, chunks=(lengths, (n_features,)), meta=meta)


def _store_features(part: Path, model_folder: Path, path: Path) -> int:
    """Transform one partition and store its block; returns the number of rows."""
    features = load_model(model_folder).transform(read_part(part))
    store_block(path, features)
    return int(features.shape[0])


def store_block(path: Path, block: sparse.csr_matrix) -> None:
    """Store a CSR matrix as safetensors; the file appears whole or not at all."""
    from safetensors.numpy import save_file

    arrays: dict[str, Any] = {
        "data": np.ascontiguousarray(block.data),
        "indices": np.ascontiguousarray(block.indices),
        "indptr": np.ascontiguousarray(block.indptr),
        "shape": np.array(block.shape, dtype=np.int64),
    }
    # Two tasks may store one block at once: a worker that was thought lost and its stand-in.
    scratch = path.with_name(f"{path.name}.{os.getpid()}.{id(block)}")
    save_file(arrays, scratch)
    scratch.replace(path)


def load_block(path: Path) -> sparse.csr_matrix:
    """Load what `store_block` stored.

    Raises
    ------
    FeatureError
        The file is missing, damaged, or its arrays are no CSR matrix.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(path)
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        n_rows, n_columns = arrays["shape"].tolist()
        block = sparse.csr_matrix(parts, shape=(n_rows, n_columns))
        block.check_format(full_check=True)
    except FileNotFoundError:
        raise FeatureError(f"{path} is missing, expected a stored block") from None
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise FeatureError(f"{path} is no stored CSR block: {error}") from None
    return block


def load_rows(blocks: Sequence[Path], rows: NDArray[np.integer]) -> sparse.csr_matrix:
    """Some rows of the whole matrix; one block is in memory at a time.

    Parameters
    ----------
    blocks : files of `store_block`, in order
    rows : ndarray, ascending
    """
    pieces, start = [], 0
    for path in blocks:
        block = load_block(path)
        stop = start + block.shape[0]
        inside = rows[np.searchsorted(rows, start) : np.searchsorted(rows, stop)] - start
        pieces.append(block[inside])
        start = stop
    return sparse.vstack(pieces, format="csr")
