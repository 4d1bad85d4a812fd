"""One run at a time per store, whichever flow it is.

Prefect's own limit of a deployment counts that deployment's runs alone: a refit and a night would
both run. Its server also lets several deployments share one global limit; prefect.yaml cannot say
so, hence this.
"""

from __future__ import annotations

import hashlib
import re

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from deployments.automations import TAG
from reelhouse.uris import public_uri


def limit_name(store: str) -> str:
    """Name of a store's limit: readable, and different for every store.

    Examples
    --------
    >>> limit_name("s3://bucket/films")
    'reelhouse-s3-bucket-films-58c80336'
    """
    shown = public_uri(store)
    # Prefect allows no slash in a name; the digest keeps a/b and a-b apart.
    digest = hashlib.sha256(shown.encode()).hexdigest()[:8]
    return f"reelhouse-{re.sub('[^A-Za-z0-9.]+', '-', shown).strip('-')}-{digest}"


def limit_stores(client: SyncPrefectClient) -> dict[str, list[str]]:
    """Put all deployments of each store under that store's limit of one run.

    Returns
    -------
    dict
        Of each store, as it may be shown, the names of its deployments.
    """
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    by_store: dict[str, list[str]] = {}
    for deployment in client.read_deployments(deployment_filter=ours):
        store = deployment.parameters.get("settings", {}).get("store")
        # Somebody's own deployment with our tag need not have one.
        if store is not None:
            _share(client, deployment, limit_name(store))
            by_store.setdefault(public_uri(store), []).append(deployment.name)
    return by_store


def _share(client: SyncPrefectClient, deployment: DeploymentResponse, name: str) -> None:
    client.upsert_global_concurrency_limit_by_name(name, 1)
    limit = client.read_global_concurrency_limit_by_name(name)
    # The client's own models of an update lack the field that the server takes.
    client.request(
        "PATCH",
        "/deployments/{id}",
        path_params={"id": deployment.id},
        json={"global_concurrency_limit_id": str(limit.id)},
    )
    try:
        # What `prefect deploy` made for the deployment alone; nothing refers to it any more.
        client.delete_global_concurrency_limit_by_name(f"deployment:{deployment.id}")
    except ObjectNotFound:
        return
