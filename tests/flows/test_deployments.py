"""The deployments name flows that exist, with parameters that they take."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.flows import load_flow_from_entrypoint
from prefect.logging.configuration import DEFAULT_LOGGING_SETTINGS_PATH, load_logging_config

from flows.environment import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load(
    (ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8")
)
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


def test_every_scheduled_flow_is_deployed() -> None:
    assert [d["entrypoint"] for d in DEPLOYMENTS] == [
        "flows/catalogue.py:catalogue",
        "flows/nightly.py:nightly",
        "flows/viewers.py:viewers",
        "flows/housekeeping.py:housekeeping",
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


@each_deployment
def test_schedules_are_crons_with_a_time_zone(deployment: dict[str, Any]) -> None:
    (schedule,) = deployment["schedules"]
    assert schedule["active"]
    assert CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"]).timezone == "UTC"


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
