"""Events for automations: a version was published, drift passed a limit.

An event may be sent twice, never by two different names: its id is made from the run that
published, and a server that has just seen the id does not act on it again.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID, uuid5

from prefect.context import FlowRunContext
from prefect.events import emit_event

from reelhouse.storage.version import Version
from reelhouse.uris import public_uri
from tasks.server import forgiving, has_server

logger = logging.getLogger(__name__)

PUBLISHED = "reelhouse.version.published"
DRIFTED = "reelhouse.drift.exceeded"

#: Of ids made from the names of runs.
_IDS = UUID("6f1c4b6e-3d0a-5c0e-9a55-2f3f1d3c9b21")


def tell_published(version: Version, store: str) -> None:
    """Tell that a version is in force, and of its drift beyond a limit."""
    _send(PUBLISHED, version, store, {"counts": dict(version.manifest.counts)})
    _tell_drift(version, store)


def tell_again(version: Version, store: str) -> None:
    """Tell what an earlier run may not have told, in a run that found nothing new.

    A process that is killed between its commit and its event leaves a version that nobody heard
    of. When the same flow run is begun again, the version is told again. Drift is told by every
    run for as long as the version is in force: it stays until a refit replaces it, and a refit
    that failed is asked for once more.
    """
    if _was_begun_before():
        tell_published(version, store)
    else:
        _tell_drift(version, store)


def _tell_drift(version: Version, store: str) -> None:
    drift = version.manifest.results.get("drift", {})
    exceeded = drift.get("exceeded", [])
    if exceeded:
        figures = {
            name: {"value": drift[name], "limit": drift["limits"][name]} for name in exceeded
        }
        _send(DRIFTED, version, store, {"figures": figures, "n_new": drift["n_new"]})


def _send(event: str, version: Version, store: str, figures: dict[str, Any]) -> None:
    """Send an event, if there is a server; it is sent at the latest when the process ends."""
    if not has_server():
        return
    manifest = version.manifest
    shown = public_uri(store)
    with forgiving(f"{event} is not sent"):
        emit_event(
            event,
            # Prefect adds the flow run, its flow, deployment and tags.
            resource={
                "prefect.resource.id": f"reelhouse.collection.{manifest.collection}",
                "prefect.resource.name": f"{manifest.collection} of {shown}",
                "reelhouse.store": shown,
                "reelhouse.collection": manifest.collection,
            },
            payload={
                "version": version.number,
                "run_id": manifest.run_id,
                "flow": manifest.flow,
                **figures,
            },
            id=uuid5(_IDS, f"{event} {manifest.run_id} {version.number}"),
        )
        logger.info("told the server: %s, version %d", event, version.number)


def _was_begun_before() -> bool:
    """Whether this flow run was begun once before and did not end."""
    context = FlowRunContext.get()
    return context is not None and context.flow_run is not None and context.flow_run.run_count > 1
