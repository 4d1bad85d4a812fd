"""The Prefect server that is deployed to."""

from __future__ import annotations

import httpx
from prefect.settings import get_current_settings

from reelhouse.errors import ReelhouseError
from reelhouse.uris import public_uri

_SECONDS = 10.0


class DeployError(ReelhouseError):
    """The flows could not be deployed."""


def require_server() -> str:
    """Return the address of the server's API, without what may be secret in it.

    Raises
    ------
    DeployError
        When none is set, or nobody answers there.
    """
    # Prefect's client would start a temporary server of its own and deploy to that.
    address = get_current_settings().api.url
    if not address:
        raise DeployError("PREFECT_API_URL names no server: start one with `make server`")
    try:
        httpx.get(f"{address}/health", timeout=_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeployError(
            f"no Prefect server answers at {public_uri(address)} ({error}): start one with "
            "`make server`, or set PREFECT_API_URL"
        ) from None
    return public_uri(address)
