from __future__ import annotations

import pytest
from pydantic import ValidationError

from reelhouse.deep.needs import require_for, require_torch
from reelhouse.embedded.settings import CLASSIFIERS, DeepSettings, outcome_settings
from reelhouse.errors import NetworkError
from reelhouse.features.fields import FIELDS


def settings(**given: object) -> DeepSettings:
    return DeepSettings(titles="titles.csv", store="store", **given)


def test_what_is_not_read_is_what_classifiers_are_tried_on_as_well() -> None:
    found = settings(fields=("listed_in", "description", "listed_in"))
    assert found.fields == found.read_fields == ("description", "listed_in")
    assert found.other_fields == ("director", "cast", "country", "rating", "type")
    assert settings(fields=FIELDS).other_fields == ()


def test_sequences_are_of_descriptions_alone_and_have_the_terms_of_tfidf() -> None:
    found = settings(features="sequences", fields=("description", "cast"))
    assert found.kind == "tfidf"
    assert found.read_fields == ("description",)
    assert "cast" in found.other_fields
    assert settings(features="semantic").kind == "semantic"


def test_a_field_that_no_title_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="'plot' is no field"):
        settings(fields=("plot",))


def test_where_it_runs_and_what_networks_have_of_their_own_decides_nothing() -> None:
    here = settings(device="cpu", checkpoints="folder")
    there = settings(autoencoder=here.autoencoder.model_copy(update={"seed": 7, "device": "cuda"}))
    assert outcome_settings(here) == outcome_settings(there)
    assert outcome_settings(here) != outcome_settings(settings(seed=1))
    assert outcome_settings(here) != outcome_settings(settings(threads=2))
    assert outcome_settings(here) != outcome_settings(settings(n_clusters=20))


def test_missing_torch_is_named_with_what_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reelhouse.deep.needs.find_spec", lambda _: None)
    with pytest.raises(NetworkError, match=r"^the flow deep needs torch: pip install "):
        require_torch("the flow deep")
    with pytest.raises(NetworkError, match="a dense classifier needs torch"):
        require_for("dense")
    require_for("linear")
    require_for("none")


def test_the_command_line_knows_the_same_names() -> None:
    from typing import get_args

    from flows import deepening, options
    from reelhouse.catalogue.placing import PlaceBy
    from reelhouse.deep.placers import PLACERS
    from reelhouse.deep.settings import INPUT_KINDS

    assert deepening._CLASSIFIERS == CLASSIFIERS
    assert deepening._FIELDS == FIELDS
    assert deepening._KINDS == INPUT_KINDS
    assert options.PLACERS == PLACERS
    assert get_args(PlaceBy) == options.PLACE_BY
