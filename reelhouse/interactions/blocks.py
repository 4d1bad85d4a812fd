"""Stored blocks: the rows of one partition's users, as safetensors."""

from __future__ import annotations

import io
import json
import os
import struct
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import FeatureError
from reelhouse.interactions.partitions import IntArray

_DTYPES = {"int8": "I8", "int32": "I32", "int64": "I64", "float32": "F32", "float64": "F64"}


class Rows(NamedTuple):
    """Rows of the interaction matrix and whose they are."""

    matrix: sparse.csr_matrix
    """Of shape (n, n_titles); an explicit zero is a rating of 0."""
    user_ids: IntArray
    """Of shape (n,), ascending."""


def store_arrays(
    path: Path, arrays: dict[str, NDArray[Any]], about: dict[str, str] | None = None
) -> None:
    """Store arrays as safetensors; the file appears whole or not at all.

    Written by hand: the library first copies every array into bytes while it holds the
    interpreter's lock, which costs threads more than writing does.
    """
    # Wide types first, so that each array starts at a multiple of its width.
    ordered = sorted(arrays.items(), key=lambda each: -each[1].itemsize)
    header: dict[str, Any] = {"__metadata__": about} if about else {}
    end = 0
    for name, array in ordered:
        start, end = end, end + array.nbytes
        dtype = _DTYPES[array.dtype.name]
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [start, end]}
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    # Two tasks may store one file at once: a worker that was thought lost and its stand-in.
    scratch = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    with scratch.open("wb", buffering=0) as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for _, array in ordered:
            _write(file, np.ascontiguousarray(array))
    scratch.replace(path)


def _write(file: io.FileIO, array: NDArray[Any]) -> None:
    # A view of no bytes cannot be cast; a write may take less than it is given, at most 2 GiB.
    rest = array.data.cast("B") if array.size else memoryview(b"")
    while rest:
        rest = rest[file.write(rest) :]


def load_arrays(path: Path, names: tuple[str, ...]) -> list[NDArray[Any]]:
    """Load some of the arrays of a file.

    Raises
    ------
    FeatureError
        The file is missing, damaged, or lacks an array.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return [file.get_tensor(name) for name in names]
    except FileNotFoundError:
        raise FeatureError(f"{path} is missing, expected {', '.join(names)}") from None
    except (OSError, SafetensorError) as error:
        raise FeatureError(f"{path} cannot be read, expected {', '.join(names)}: {error}") from None


def store_rows(path: Path, rows: Rows) -> None:
    """Store a block; `reelhouse.matrix.load_block` reads its matrix too."""
    matrix = rows.matrix
    store_arrays(
        path,
        {
            "data": matrix.data,
            "indices": matrix.indices,
            "indptr": matrix.indptr,
            "shape": np.array(matrix.shape, dtype=np.int64),
            "user_ids": rows.user_ids,
        },
    )


def load_rows(path: Path) -> Rows:
    """Load what `store_rows` stored.

    Raises
    ------
    FeatureError
        The file is missing, damaged, or its arrays are no CSR matrix with a user for each row.
    """
    data, indices, indptr, shape, users = load_arrays(
        path, ("data", "indices", "indptr", "shape", "user_ids")
    )
    try:
        matrix = sparse.csr_matrix((data, indices, indptr), shape=tuple(shape.tolist()))
        # Compiled loops check no bounds: a damaged file must not get that far.
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise FeatureError(f"{path} is no stored CSR block: {error}") from None
    if users.shape != (matrix.shape[0],):
        raise FeatureError(f"{path} has {users.size} users for {matrix.shape[0]} rows")
    # Known from how rows are cut; scipy would look it up in every row.
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return Rows(matrix, users)
