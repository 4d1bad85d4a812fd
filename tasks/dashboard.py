"""The link from a run to Dask's dashboard."""

from __future__ import annotations

from prefect import task
from prefect.artifacts import create_link_artifact
from prefect.cache_policies import NO_CACHE

from reelhouse.compute import ComputePlace


def link_dashboard(place: ComputePlace) -> None:
    """Link to the dashboard of the place where Dask computes, if it has one."""
    if place.dashboard is not None:
        _link(place.name, place.dashboard)


@task(name="link dashboard", cache_policy=NO_CACHE)
def _link(name: str, dashboard: str) -> None:
    whose = "this run's own workers, while they compute" if name == "processes" else name
    create_link_artifact(
        dashboard,
        link_text="Dask's dashboard",
        key="dask-dashboard",
        description=f"What Dask's workers do: {whose}. Seen from the machine of the run.",
    )
