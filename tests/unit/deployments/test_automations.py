from __future__ import annotations

from datetime import timedelta

from prefect.events.schemas.automations import AutomationCore, EventTrigger
from prefect.server.events.schemas.automations import EventTrigger as ServersTrigger
from prefect.server.events.schemas.events import RelatedResource, Resource

from deployments.automations import MOST_STARTS, automations

BY_NAME = {
    automation.name.removeprefix("Reelhouse: "): automation for automation in automations(90)
}
TAG = {"prefect.resource.id": "prefect.tag.reelhouse", "prefect.resource.role": "tag"}
DEPLOYMENT = {"prefect.resource.id": "prefect.deployment.1", "prefect.resource.role": "deployment"}


def covers(automation: AutomationCore, related: list[dict[str, str]], run_count: int = 1) -> bool:
    """Whether the server takes an event of a run that was begun so often for the automation's."""
    trigger = ServersTrigger.model_validate(automation.trigger.model_dump(mode="json"))
    run = {"prefect.resource.id": "prefect.flow-run.1", "prefect.run-count": str(run_count)}
    return trigger.covers_resources(
        Resource.model_validate(run), [RelatedResource.model_validate(each) for each in related]
    )


def test_a_run_that_crashes_is_begun_three_times_and_no_more() -> None:
    again = BY_NAME["run crashed runs again"]
    assert MOST_STARTS == 3
    counts = [n for n in range(6) if covers(again, [TAG, DEPLOYMENT], n)]
    # Begun 0 times: it could not begin, and would not the next time.
    assert counts == [1, 2]


def test_only_runs_of_our_deployments_are_looked_at() -> None:
    other = {**TAG, "prefect.resource.id": "prefect.tag.other"}
    for automation in BY_NAME.values():
        assert covers(automation, [TAG, DEPLOYMENT])
        # A flow that a flow calls; a run by hand; a deployment of somebody else.
        assert not covers(automation, [TAG])
        assert not covers(automation, [])
        assert not covers(automation, [other, DEPLOYMENT])


def test_a_lost_run_is_found_by_its_silence() -> None:
    trigger = BY_NAME["mark runs without a heartbeat as crashed"].trigger
    assert isinstance(trigger, EventTrigger)
    assert trigger.within == timedelta(seconds=90)
    # Also when it is killed before its first heartbeat.
    assert trigger.after == {"prefect.flow-run.Running", "prefect.flow-run.heartbeat"}
    # The end of a run has many names.
    assert trigger.expect == {"prefect.flow-run.*"}
