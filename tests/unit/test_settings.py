"""Malformed settings: each is refused with the place of what is wrong."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.clustering.checkpoint import FitState, save_state
from reelhouse.errors import ClusteringError
from reelhouse.settings import Settings
from reelhouse.viewers.settings import ViewersSettings

SECRET = "s3://key:canary@bucket/t.csv?sig=canary"


@pytest.mark.parametrize(
    ("kind", "given", "place"),
    [
        (CatalogueSettings, {}, ("titles",)),
        (CatalogueSettings, {"titles": None}, ("titles",)),
        (CatalogueSettings, {"titles": ["a.csv"]}, ("titles",)),
        (CatalogueSettings, {"films": "a.csv"}, ("films",)),
        (CatalogueSettings, {"features": "magic"}, ("features",)),
        (CatalogueSettings, {"clusters": {"n_clusters": 0}}, ("clusters", "n_clusters")),
        (CatalogueSettings, {"clusters": {"n_clusters": 2.5}}, ("clusters", "n_clusters")),
        (CatalogueSettings, {"clusters": {"passes": True}}, ("clusters", "passes")),
        (CatalogueSettings, {"partitions": {"rows_per_partition": 0}}, ("partitions",)),
        (CatalogueSettings, {"partitions": {"dask": "spark"}}, ("partitions", "dask")),
        (CatalogueSettings, {"partitions": {"dask": "tcp://host"}}, ("partitions", "dask")),
        (CatalogueSettings, {"partitions": {"dask": "tcp://a:b@host:1"}}, ("partitions", "dask")),
        (
            CatalogueSettings,
            {"feature_options": {"tfidf": {"max_title_share": 1.5}}},
            ("feature_options", "tfidf", "max_title_share"),
        ),
        (
            CatalogueSettings,
            {"feature_options": {"tfidf": {"cast": {"weight": -1.0}}}},
            ("feature_options", "tfidf", "cast", "weight"),
        ),
        (
            CatalogueSettings,
            {"feature_options": {"tfidf": {"cast": {"weight": math.inf}}}},
            ("feature_options", "tfidf", "cast"),
        ),
        (NightlySettings, {"drift": {"outlier_share": float("nan")}}, ("drift", "outlier_share")),
        (NightlySettings, {"clusters": {}}, ("clusters",)),
        (CatalogueSettings, {"titles": ""}, ("titles",)),
        (CatalogueSettings, {"clusters": {"seed": -1}}, ("clusters", "seed")),
        (CatalogueSettings, {"clusters": {"seed": 2**32}}, ("clusters", "seed")),
        (NightlySettings, {"drift": {"distance_shift": 1.1}}, ("drift", "distance_shift")),
        (ViewersSettings, {"checkpoints": ""}, ("checkpoints",)),
        (ViewersSettings, {"scale": [5.0, 1.0]}, ("scale",)),
        (ViewersSettings, {"scale": [1.0]}, ("scale",)),
        (ViewersSettings, {"scale": [1.0, float("inf")]}, ("scale", 1)),
        (ViewersSettings, {"matrix": {"values": "stars"}}, ("matrix", "values")),
        (ViewersSettings, {"matrix": {"min_user_ratings": 10**20}}, ("matrix", "min_user_ratings")),
        (ViewersSettings, {"matrix": {"centre": "user"}}, ("matrix",)),
        (ViewersSettings, {"pictures": "yes"}, ("pictures",)),
    ],
)
def test_a_malformed_setting_is_named(
    kind: type[Settings], given: dict[str, Any], place: tuple[str | int, ...]
) -> None:
    whole = {"titles": "t", "ratings": "r", "store": "s"}
    known = {name: value for name, value in whole.items() if name in kind.model_fields}
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(known | given if given else {"store": "s"})
    assert caught.value.errors()[0]["loc"][: len(place)] == place


def test_settings_show_and_keep_no_credentials() -> None:
    settings = CatalogueSettings(titles=SECRET, store="s")
    viewers = ViewersSettings(ratings=SECRET, title_names=SECRET, genres=SECRET, store="s")
    for one in (settings, viewers):
        shown = f"{one!r} {one} {one.model_dump_json()} {one.model_dump()}"
        assert "canary" not in shown
        assert "s3://bucket/t.csv" in shown
    assert settings.titles == viewers.title_names == SECRET


def test_a_checkpoint_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    state = FitState({"a": np.zeros(1)}, {})
    for folder in ("file", "file/below"):
        with pytest.raises(ClusteringError, match=r"the checkpoint .* cannot be written") as caught:
            save_state(tmp_path / folder / "fit.safetensors", "k", state)
        assert "\n" not in str(caught.value)
