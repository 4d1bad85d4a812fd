"""What the server does by itself about runs whose process is gone.

A run counts as lost when its heartbeats stop, or when it never begins after a worker took it. It
is run again, and so is one that its worker reports as crashed; not for ever: each event of a run
says how often it was begun (`prefect.run-count`), and the automation looks at that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

#: Every deployment of ours has it, and so have its runs.
TAG = "reelhouse"

#: A run is begun so many times; when it has crashed as often it stays crashed.
MOST_STARTS = 3

#: Seconds after a crash. A worker reports a crash twice, and the second report would undo what is
#: done at once upon the first.
RETRY_AFTER = 15

#: Seconds that a run may take to begin once a worker has it: imports, pulling an image.
BEGIN_WITHIN = 600

#: What a run that has not begun can come to, but for waiting on.
_BEGUN_OR_OVER = ("Running", "Crashed", "Failed", "Cancelled", "Cancelling", "Completed")
_PUT_OFF = ("Scheduled", "Late", "AwaitingRetry", "AwaitingConcurrencySlot")


def automations(lost_after: int) -> list[AutomationCore]:
    """Return the automations that hold for all stores.

    Parameters
    ----------
    lost_after
        Seconds without a heartbeat after which a run is lost; runs send one every 30.
    """
    return [
        AutomationCore(
            name="Reelhouse: mark runs without a heartbeat as crashed",
            description="Runs of deployments tagged reelhouse whose process is gone.",
            # Whatever the states are called: anything but silence will do.
            trigger=_silence({"Running", "heartbeat"}, {"*"}, lost_after),
            actions=[
                ChangeFlowRunState(
                    state=StateType.CRASHED,
                    message=f"No heartbeat for {lost_after} s: the process is gone.",
                )
            ],
        ),
        AutomationCore(
            name="Reelhouse: run crashed runs again",
            description=f"At most until a run was begun {MOST_STARTS} times.",
            trigger=_silence(
                {"Crashed"},
                {"Pending", "Running", *_PUT_OFF},
                RETRY_AFTER,
                {"prefect.run-count": [str(n) for n in range(1, MOST_STARTS)]},
            ),
            actions=[_again("Run again after a crash.")],
        ),
        AutomationCore(
            name="Reelhouse: run again what was taken and never begun",
            description="A worker took the run and went away before the flow began.",
            trigger=_silence({"Pending"}, {*_BEGUN_OR_OVER, *_PUT_OFF}, BEGIN_WITHIN),
            actions=[_again(f"Taken by a worker and not begun within {BEGIN_WITHIN} s.")],
        ),
    ]


def ensure_automations(client: SyncPrefectClient, wanted: list[AutomationCore]) -> list[str]:
    """Create what is missing, update what is there; return the names.

    One that somebody has paused stays paused.
    """
    for automation in wanted:
        existing = client.read_automations_by_name(automation.name)
        if not existing:
            client.create_automation(automation)
            continue
        first, *others = existing
        kept = automation.model_copy(update={"enabled": first.enabled})
        client.update_automation(first.id, kept)
        for other in others:
            client.delete_automation(other.id)
    return [automation.name for automation in wanted]


def _silence(
    after: set[str], expected: set[str], seconds: int, labels: dict[str, Any] | None = None
) -> EventTrigger:
    """Fires for a run when none of the expected events follows within so many seconds."""
    return EventTrigger(
        after={f"prefect.flow-run.{name}" for name in after},
        expect={f"prefect.flow-run.{name}" for name in expected},
        match={"prefect.resource.id": "prefect.flow-run.*", **(labels or {})},
        # A run of a deployment: flows that a flow calls end and begin with it.
        match_related=[
            {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"},
            {"prefect.resource.role": "deployment"},
        ],
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=seconds),
    )


def _again(message: str) -> ChangeFlowRunState:
    return ChangeFlowRunState(
        state=StateType.SCHEDULED, name="AwaitingRetry", message=message, force=True
    )
