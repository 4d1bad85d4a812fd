"""Every model of the registry can be tuned, saved under its name, and compared."""

from collections import Counter
from dataclasses import fields
from typing import Any

import pytest

from reelhouse.comparison.spaces import as_drawn, default_settings, made
from reelhouse.errors import RecommendationError
from reelhouse.models.base import RankingModel, RatingModel
from reelhouse.models.registry import ENTRIES, Entry

each_entry = pytest.mark.parametrize(
    "entry", ENTRIES, ids=[f"{entry.protocol}-{entry.name}" for entry in ENTRIES]
)
FAMILIES = {"baseline", "matrix factorization", "autoencoder", "graph"}


def loaded(entry: Entry) -> Any:
    try:
        return entry.load()
    except RecommendationError as missing:
        pytest.skip(str(missing))


def test_no_protocol_has_two_models_of_one_name() -> None:
    names = Counter((entry.protocol, entry.name) for entry in ENTRIES)
    assert [name for name, times in names.items() if times > 1] == []


@each_entry
def test_an_entry_names_a_model_of_its_protocol(entry: Entry) -> None:
    kind = loaded(entry)
    assert kind.name == entry.name
    assert kind.family in FAMILIES
    assert issubclass(kind, RatingModel if entry.protocol == "rating" else RankingModel)


@each_entry
def test_what_may_be_tuned_are_settings_and_the_default_is_among_what_is_tried(
    entry: Entry,
) -> None:
    kind = loaded(entry)
    assert set(entry.space) <= {field.name for field in fields(kind)}
    model = made(entry, {}, seed=3)
    assert as_drawn(entry, default_settings(model, entry)) is not None
    assert getattr(model, "seed", 3) == 3


@each_entry
def test_what_is_quick_needs_nothing_else_installed(entry: Entry) -> None:
    assert not (entry.quick and entry.extra)
