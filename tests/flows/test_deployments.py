"""The deployments name flows that exist, with parameters that they take."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.flows import load_flow_from_entrypoint
from prefect.logging.configuration import DEFAULT_LOGGING_SETTINGS_PATH, load_logging_config

from deployments.automations import TAG
from flows.environment import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
VALUES = {
    "REELHOUSE_TITLES": "titles.csv",
    "REELHOUSE_STORE": "store",
    "REELHOUSE_PUBLIC_STORE": "store",
    "REELHOUSE_RATINGS": "ratings",
    "REELHOUSE_SUFFIX": "",
    "REELHOUSE_TIMEZONE": "UTC",
    "REELHOUSE_NIGHT": "0 2 * * *",
    "REELHOUSE_POOL": "reelhouse",
}
WRITTEN = (ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8")


def filled_in(match: re.Match[str]) -> str:
    return VALUES.get(match[1], match[0])


DOCUMENT: dict[str, Any] = yaml.safe_load(re.sub(r"{{ \$(\w+) }}", filled_in, WRITTEN))
DEPLOYMENTS: list[dict[str, Any]] = DOCUMENT["deployments"]
each_deployment = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: str(d["name"]))

#: A worker's terminal is the UI: these two differ from those of the command line.
ONLY_ON_THE_COMMAND_LINE = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS",
    "PREFECT_LOGGING_LEVEL",
}


def load(deployment: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Flow[Any, Any]:
    monkeypatch.chdir(ROOT)  # entrypoints are relative to the root
    monkeypatch.setattr(sys, "path", [*sys.path])  # loading leaves flows/ first on the path
    return load_flow_from_entrypoint(deployment["entrypoint"])


def test_every_flow_is_deployed() -> None:
    assert [d["entrypoint"] for d in DEPLOYMENTS] == [
        "flows/catalogue.py:catalogue",
        "flows/nightly.py:nightly",
        "flows/viewers.py:viewers",
        "flows/compare.py:compare",
        "flows/deep.py:deep",
        "flows/housekeeping.py:housekeeping",
        "flows/demo.py:demo",
    ]


@each_deployment
def test_an_entrypoint_is_the_flow_of_its_name(
    deployment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(deployment, monkeypatch).name == deployment["name"]


@each_deployment
def test_the_parameters_are_those_of_the_flow(
    deployment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = deployment["parameters"]
    accepted = load(deployment, monkeypatch).validate_parameters(given)
    assert accepted["settings"].model_dump(include=set(given["settings"])) == given["settings"]


@each_deployment
def test_a_parameter_that_no_flow_has_is_refused(
    deployment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"settings": {**deployment["parameters"]["settings"], "show_ids": "x.csv"}}
    with pytest.raises(Exception, match="show_ids"):
        load(deployment, monkeypatch).validate_parameters(given)


def test_the_night_runs_daily_the_fits_weekly_the_comparison_monthly_and_the_demo_by_hand() -> None:
    schedules = [
        (deployment["name"], schedule["slug"], schedule["cron"], schedule["active"])
        for deployment in DEPLOYMENTS
        for schedule in deployment.get("schedules", [])
    ]
    assert schedules == [
        ("catalogue", "weekly", "0 4 * * 0", True),
        ("nightly", "every-night", "0 2 * * *", True),
        ("viewers", "weekly", "0 6 * * 0", True),
        ("compare", "monthly", "0 10 1 * *", True),
        ("deep", "monthly", "0 14 1 * *", False),
        ("housekeeping", "every-day", "0 8 * * *", True),
    ]


@each_deployment
def test_schedules_are_crons_with_a_time_zone(deployment: dict[str, Any]) -> None:
    for schedule in deployment.get("schedules", []):
        assert CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"]).timezone == "UTC"


@each_deployment
def test_the_second_run_of_a_deployment_waits(deployment: dict[str, Any]) -> None:
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}


@each_deployment
def test_every_deployment_has_the_tag_that_the_automations_look_for(
    deployment: dict[str, Any],
) -> None:
    assert TAG in deployment["tags"]


def test_drift_of_the_deployed_store_alone_starts_its_refit() -> None:
    ((name, trigger),) = [
        (deployment["name"], trigger)
        for deployment in DEPLOYMENTS
        for trigger in deployment.get("triggers", [])
    ]
    assert name == "catalogue"
    assert trigger["expect"] == ["reelhouse.drift.exceeded"]
    assert trigger["match"] == {
        "prefect.resource.id": "reelhouse.collection.catalogue",
        "reelhouse.store": "store",
    }


def test_the_checkout_is_looked_up_by_the_worker() -> None:
    # Filled in when deploying, it would be the path of the machine that deployed.
    assert DOCUMENT["pull"] == [
        {
            "prefect.deployments.steps.set_working_directory": {
                "directory": "{{ $REELHOUSE_CHECKOUT }}"
            }
        }
    ]


def test_the_deploying_command_knows_every_variable_of_the_file() -> None:
    assert set(re.findall(r"{{ \$(\w+) }}", WRITTEN)) == {*VALUES, "REELHOUSE_CHECKOUT"}
    command = (ROOT / "deployments" / "__main__.py").read_text(encoding="utf-8")
    assert [name for name in VALUES if f'"{name}":' not in command] == []


def test_heartbeats_are_as_frequent_as_the_search_for_lost_runs_takes_for_granted() -> None:
    environment = DEPLOYMENTS[0]["work_pool"]["job_variables"]["env"]
    assert environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"


@each_deployment
def test_a_worker_gets_the_environment_of_the_command_line(deployment: dict[str, Any]) -> None:
    pool = deployment["work_pool"]
    expected = {k: v for k, v in DEFAULTS.items() if k not in ONLY_ON_THE_COMMAND_LINE}
    assert pool["name"] == "reelhouse"
    assert expected.items() <= pool["job_variables"]["env"].items()
    # Prefect passes them on as they are: a number or a boolean would be refused.
    assert all(isinstance(value, str) for value in pool["job_variables"]["env"].values())


def test_the_progress_of_a_run_is_sent_to_the_server_and_only_warnings_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in DEPLOYMENTS[0]["work_pool"]["job_variables"]["env"].items():
        monkeypatch.setenv(name, value)
    config = load_logging_config(DEFAULT_LOGGING_SETTINGS_PATH)
    assert config["root"]["level"] == "INFO"
    assert config["handlers"]["console"]["level"] == "WARNING"
