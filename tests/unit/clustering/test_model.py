from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from reelhouse.clustering.model import ClusterModel
from reelhouse.errors import ReelhouseError


def model() -> ClusterModel:
    return ClusterModel(
        centroids=np.eye(2, 3, dtype=np.float32),
        cluster_ids=np.array([4, 1], dtype=np.int32),
        distance_limits=np.array([0.5, 0.75], dtype=np.float32),
        sizes_at_fit=np.array([10, 20], dtype=np.int64),
        distance_reference=np.linspace(0, 1, 101, dtype=np.float32),
        next_cluster_id=6,
    )


def test_a_model_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    model().save(tmp_path / "model")
    loaded = ClusterModel.load(tmp_path / "model")
    for name, value in vars(model()).items():
        found = getattr(loaded, name)
        assert np.array_equal(found, value)
        assert np.asarray(found).dtype == np.asarray(value).dtype
    assert loaded.n_clusters == 2


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        model().save(tmp_path / name)
    for file in ("clusters.safetensors", "clusters.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def edited(folder: Path, **changes: Any) -> None:
    path = folder / "clusters.json"
    about = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in about.items() if value != "gone"}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 9}, "has format 9, expected 1"),
        ({"n_clusters": 3}, r"has centroids of shape \(2, 3\), expected \(3, 3\)"),
        ({"n_features": 5}, r"has centroids of shape \(2, 3\), expected \(2, 5\)"),
        ({"next_cluster_id": "gone"}, "does not say next_cluster_id in clusters.json"),
    ],
)
def test_a_description_that_does_not_fit_is_named(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    model().save(tmp_path)
    edited(tmp_path, **changes)
    with pytest.raises(ReelhouseError, match=message):
        ClusterModel.load(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("clusters.json", b"", "cannot be read"),
        ("clusters.json", b"[1]", r"has format \[1\], expected 1"),
        ("clusters.json", b"\xff\xfe", "cannot be read"),
        ("clusters.safetensors", b"", "cannot be read"),
        ("clusters.safetensors", b"\x80\x04pickle", "cannot be read"),
        ("clusters.safetensors", None, "cannot be read"),
    ],
)
def test_a_damaged_or_missing_file_is_one_clear_line(
    tmp_path: Path, file: str, content: bytes | None, message: str
) -> None:
    model().save(tmp_path)
    (tmp_path / file).unlink() if content is None else (tmp_path / file).write_bytes(content)
    with pytest.raises(ReelhouseError, match=message) as caught:
        ClusterModel.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_an_array_of_another_length_is_named(tmp_path: Path) -> None:
    model().save(tmp_path)
    arrays = {name: value for name, value in vars(model()).items() if name != "next_cluster_id"}
    save_file(
        arrays | {"cluster_ids": np.arange(3, dtype=np.int32)}, tmp_path / "clusters.safetensors"
    )
    with pytest.raises(ReelhouseError, match=r"has cluster_ids of shape \(3,\), expected \(2,\)"):
        ClusterModel.load(tmp_path)
    del arrays["sizes_at_fit"]
    save_file(arrays, tmp_path / "clusters.safetensors")
    with pytest.raises(ReelhouseError, match=r"has the arrays .*, expected .*sizes_at_fit"):
        ClusterModel.load(tmp_path)
