"""The forms of the Prefect UI: each field says what it is and refuses a wrong value."""

from __future__ import annotations

from typing import Any

import pytest
from prefect import Flow
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import validate

from flows.catalogue import catalogue
from flows.compare import compare
from flows.deep import deep
from flows.demo import demo
from flows.housekeeping import housekeeping
from flows.nightly import nightly
from flows.viewers import viewers

FLOWS: list[Flow[Any, Any]] = [catalogue, nightly, viewers, compare, deep, housekeeping, demo]
each_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: str(flow.name))
GIVEN = {"titles": "titles.csv", "ratings": "ratings.csv", "store": "my-store"}


def schema_of(flow: Flow[Any, Any]) -> dict[str, Any]:
    return parameter_schema(flow).model_dump_for_openapi()


@each_flow
def test_every_field_of_every_form_has_a_description(flow: Flow[Any, Any]) -> None:
    definitions = schema_of(flow)["definitions"]
    silent = [
        f"{model}.{name}"
        for model, definition in definitions.items()
        for name, field in definition["properties"].items()
        # A field that says what its model says is left to the model.
        if not field.get("description")
        and not definitions.get(field.get("$ref", "").rpartition("/")[2], {}).get("description")
    ]
    assert silent == []
    assert all(definition.get("description") for definition in definitions.values())
    assert flow.description


@pytest.mark.parametrize(
    ("flow", "wrong"),
    [
        (catalogue, {"titles": ""}),
        (catalogue, {"clusters": {"seed": -1}}),
        (catalogue, {"clusters": {"n_clusters": 0}}),
        (catalogue, {"clusters": {"n_clusters": "many"}}),
        (catalogue, {"partitions": {"dask": "spark"}}),
        (catalogue, {"tfidf": {"max_title_share": 2}}),
        (nightly, {"drift": {"outlier_share": 1.5}}),
        (nightly, {"drift": {"outlier": 0.5}}),
        (nightly, {"partitions": {"rows_per_partition": "many"}}),
        (viewers, {"scale": [1]}),
        (viewers, {"matrix": {"values": "stars"}}),
        (viewers, {"checkpoints": ""}),
        (compare, {"protocols": []}),
        (compare, {"protocols": ["stars"]}),
        (compare, {"budget": {"n_trials": 0}}),
        (compare, {"splits": {"folds": "some"}}),
        (deep, {"features": "sounds"}),
        (deep, {"classifiers": ["oracle"]}),
        (deep, {"autoencoder": {"layers": []}}),
        (nightly, {"collection": "viewers"}),
        (nightly, {"place_by": "chance"}),
        (housekeeping, {"keep_last": 0}),
    ],
)
def test_a_wrong_value_is_refused_before_a_run_begins(
    flow: Flow[Any, Any], wrong: dict[str, Any]
) -> None:
    schema = schema_of(flow)
    fields = next(
        definition["properties"]
        for definition in schema["definitions"].values()
        if "store" in definition["properties"]
    )
    good = {name: value for name, value in GIVEN.items() if name in fields}
    assert not validate({"settings": good}, schema)
    assert validate({"settings": good | wrong}, schema)
