"""The work pool: where the runs wait for a worker."""

from __future__ import annotations

import asyncio

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound
from prefect.workers.utilities import get_default_base_job_template_for_infrastructure_type

from deployments.server import DeployError


def ensure_pool(client: SyncPrefectClient, name: str, kind: str, image: str | None) -> None:
    """Create the pool, or bring the image of an existing one up to date.

    Parameters
    ----------
    kind
        process, docker, kubernetes or another type that Prefect knows.
    image
        Container image of the runs; None leaves the pool's own.

    Raises
    ------
    DeployError
        When the type is unknown, runs in no container, or is not that of the existing pool.
    """
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        template = asyncio.run(get_default_base_job_template_for_infrastructure_type(kind))
        if template is None:
            raise DeployError(f"Prefect knows no work pool of type {kind}") from None
        created = WorkPoolCreate(name=name, type=kind, base_job_template=template)
        pool = client.create_work_pool(created)
    if pool.type != kind:
        raise DeployError(f"the work pool {name} is of type {pool.type}, not {kind}")
    if image is None:
        return
    template = pool.base_job_template
    variables = template.get("variables", {}).get("properties", {})
    if "image" not in variables:
        raise DeployError(f"runs of a {kind} pool have no image, and {image} was given")
    variables["image"]["default"] = image
    client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))
