"""The same input, settings and code publish once; changed code counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.catalogue import catalogue
from flows.nightly import nightly
from flows.viewers import viewers
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.runs.base import open_base
from reelhouse.settings import PartitionSettings
from reelhouse.sources.synthetic_ratings import SyntheticRatingsSettings, write_ratings
from reelhouse.viewers.settings import ViewerClusterSettings, ViewersSettings
from tests.flows.conftest import versions


def test_a_refit_with_changed_code_publishes_once_more(
    store: Path, evening: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = CatalogueSettings(titles=str(evening), store=str(store))
    assert not catalogue(wanted).published
    monkeypatch.setattr("flows.catalogue.run_code", lambda: "edited" * 4)
    assert catalogue(wanted).published
    assert not catalogue(wanted).published
    assert versions(store) == [1, 2]
    manifest = open_base(str(store), "catalogue", create=False).required().manifest
    assert manifest.software["code"] == "editededitededit"


def test_a_night_with_changed_code_and_nothing_new_publishes_nothing(
    store: Path, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = NightlySettings(titles=str(night), store=str(store))
    assert nightly(wanted).published
    assert not nightly(wanted).published
    monkeypatch.setattr("flows.nightly.run_code", lambda: "edited" * 4)
    assert not nightly(wanted).published
    assert versions(store) == [1, 2]


def test_viewers_publish_once_for_the_same_ratings_and_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "raw"
    shape = SyntheticRatingsSettings(n_users=200, n_titles=80, n_ratings=6_000, n_groups=3)
    write_ratings(raw, shape)
    wanted = ViewersSettings(
        ratings=str(raw),
        store=str(tmp_path / "store"),
        clusters=ViewerClusterSettings(n_clusters=3),
        partitions=PartitionSettings(rows_per_partition=5_000),
        pictures=False,
    )
    assert [viewers(wanted).published for _ in range(2)] == [True, False]
    monkeypatch.setattr("tasks.ratings.run_code", lambda: "edited" * 4)
    assert [viewers(wanted).version for _ in range(2)] == [2, 2]
