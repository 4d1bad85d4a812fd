"""`make deploy` on a real server: what is there afterwards, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prefect.exceptions import PrefectHTTPStatusError

from tests.live.conftest import LOST_AFTER
from tests.support.prefect_server import Platform
from tests.support.snapshots import Snapshots

FLOWS = ["catalogue", "compare", "deep", "demo", "housekeeping", "nightly", "viewers"]


def inventory(platform: Platform) -> dict[str, list[str]]:
    """Names of everything that deploying makes."""
    client = platform.client
    deployments = client.read_deployments()
    return {
        "deployments": sorted(d.name for d in deployments),
        "schedules": sorted(f"{d.name} {s.slug}" for d in deployments for s in d.schedules),
        "pools": [pool.name for pool in client.read_work_pools()],
        "limits": sorted(limit.name for limit in client.read_global_concurrency_limits()),
        "automations": sorted(automation.name for automation in client.read_automations()),
    }


def as_stored(platform: Platform, deployment: str) -> dict[str, Any]:
    """What the server holds of a deployment, also what its client's models leave out."""
    found = platform.client.read_deployment_by_name(deployment)
    reply = platform.client.request("GET", "/deployments/{id}", path_params={"id": found.id})
    stored: dict[str, Any] = reply.json()
    return stored


def limit_of(platform: Platform, deployment: str) -> dict[str, Any]:
    """The limit that holds for a deployment."""
    limit: dict[str, Any] = as_stored(platform, deployment)["global_concurrency_limit"]
    return limit


def test_deploying_again_makes_nothing_twice(platform: Platform, snapshots: Snapshots) -> None:
    before = inventory(platform)
    platform.deploy(TITLES=str(snapshots.night), LOST_AFTER=str(LOST_AFTER))
    assert inventory(platform) == before
    assert before["deployments"] == FLOWS
    assert before["schedules"] == [
        "catalogue weekly",
        "compare monthly",
        "deep monthly",
        "housekeeping every-day",
        "nightly every-night",
        "viewers weekly",
    ]
    assert before["pools"] == ["reelhouse"]
    # One of each store: of the versions, and of the demo.
    assert len(before["limits"]) == 2
    assert len(before["automations"]) == 4


@pytest.mark.parametrize("name", FLOWS)
def test_the_place_of_the_checkout_that_deployed_is_not_stored(
    platform: Platform, checkout: Path, name: str
) -> None:
    stored = as_stored(platform, f"{name}/{name}")
    assert str(checkout) not in json.dumps(stored)
    (step,) = stored["pull_steps"]
    (inputs,) = step.values()
    assert inputs == {"directory": "{{ $REELHOUSE_CHECKOUT }}"}


def test_all_flows_of_a_store_share_a_limit_of_one_run(platform: Platform) -> None:
    limits = [limit_of(platform, f"{name}/{name}") for name in FLOWS]
    assert [limit["limit"] for limit in limits] == [1] * len(FLOWS)
    of_the_demo = limits.pop(FLOWS.index("demo"))
    assert len({limit["id"] for limit in limits}) == 1
    assert of_the_demo["id"] != limits[0]["id"]


def test_another_store_has_its_own_limit_and_its_own_refit_also_in_a_container_pool(
    platform: Platform,
) -> None:
    platform.deploy(
        STORE="s3://bucket/films",
        SUFFIX="-films",
        POOL="containers",
        POOL_TYPE="docker",
        IMAGE="reelhouse:1",
    )
    try:
        here, there = (
            platform.client.read_deployment_by_name(name)
            for name in ("catalogue/catalogue", "catalogue/catalogue-films")
        )
        assert (here.work_pool_name, there.work_pool_name) == ("reelhouse", "containers")
        pool = platform.client.read_work_pool("containers")
        assert (
            pool.base_job_template["variables"]["properties"]["image"]["default"] == "reelhouse:1"
        )
        names = ("catalogue/catalogue", "catalogue/catalogue-films", "nightly/nightly-films")
        limits = [limit_of(platform, name)["id"] for name in names]
        assert limits[0] != limits[1] == limits[2]
        triggers = {
            str(automation.actions[0].deployment_id): automation.trigger.match["reelhouse.store"]
            for automation in platform.client.read_automations()
            if "reelhouse.store" in automation.trigger.match
        }
        assert triggers == {
            str(here.id): ["reelhouse-store"],
            str(there.id): ["s3://bucket/films"],
        }
    finally:
        for deployment in platform.client.read_deployments():
            if deployment.name.endswith("-films"):
                platform.client.delete_deployment(deployment.id)
        platform.client.delete_work_pool("containers")


@pytest.mark.parametrize(
    "wrong",
    [
        {"titles": 5},
        {"drift": {"outlier_share": -1}},
        {"partitions": {"rows_per_partition": "many"}},
        {"show_ids": "x.csv"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_parameter_is_refused_before_anything_runs(
    platform: Platform, wrong: dict[str, Any]
) -> None:
    before = len(platform.runs("nightly/nightly"))
    with pytest.raises(PrefectHTTPStatusError, match="409") as refused:
        platform.start_run("nightly/nightly", **wrong)
    assert next(iter(wrong)) in refused.value.response.text
    assert len(platform.runs("nightly/nightly")) == before
