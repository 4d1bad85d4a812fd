"""`python -m deployments --help`: put the flows on a Prefect server, again and again.

Everything is created or brought up to date, nothing twice: the work pool, the deployments of
prefect.yaml with their schedules and triggers, the limit of one run per store, the automations
about lost runs, and the type of the block that holds a store's keys.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console

from flows.environment import prepare
from reelhouse.errors import ReelhouseError
from reelhouse.redaction import redacted
from reelhouse.uris import public_uri

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def deploy(
    titles: Annotated[
        str,
        typer.Option(
            help="Snapshot that the night and the refit read.",
            metavar="URI",
            envvar="REELHOUSE_TITLES",
        ),
    ] = "netflix_titles.csv",
    store: Annotated[
        str,
        typer.Option(
            help="Folder or s3://bucket/prefix to publish to.",
            metavar="URI",
            envvar="REELHOUSE_STORE",
        ),
    ] = "reelhouse-store",
    ratings: Annotated[
        str,
        typer.Option(
            help="Ratings that the viewers are made from, and models compared on.",
            metavar="URI",
            envvar="REELHOUSE_RATINGS",
        ),
    ] = "netflix-prize",
    suffix: Annotated[
        str, typer.Option(help="Ends the deployments' names: -films makes nightly/nightly-films.")
    ] = "",
    timezone: Annotated[str, typer.Option(help="Time zone of the schedules.")] = "UTC",
    night: Annotated[str, typer.Option(help="When the night runs.", metavar="CRON")] = "0 2 * * *",
    pool: Annotated[str, typer.Option(help="Work pool; made when it is not there.")] = "reelhouse",
    pool_type: Annotated[str, typer.Option(help="process, docker or kubernetes.")] = "process",
    image: Annotated[
        str | None, typer.Option(help="Image of the runs of a container pool.", metavar="NAME")
    ] = None,
    lost_after: Annotated[
        int, typer.Option(help="Seconds without a heartbeat after which a run is lost.", min=31)
    ] = 90,
) -> None:
    """Deploy all flows to the server that PREFECT_API_URL names.

    Paths are relative to the worker's checkout. Example: python -m deployments --store my-store
    """
    _require_timezone(timezone)
    prepare()
    # After prepare(): Prefect reads its environment when it is imported.
    from prefect.client.orchestration import get_client

    from deployments.automations import automations, ensure_automations
    from deployments.limits import limit_stores
    from deployments.pool import ensure_pool
    from deployments.prefect_file import deploy_all
    from deployments.server import require_server
    from tasks.credentials import StoreCredentials

    address = require_server()
    with get_client(sync_client=True) as client:
        ensure_pool(client, pool, pool_type, image)
        deploy_all(
            {
                "REELHOUSE_TITLES": titles,
                "REELHOUSE_STORE": store,
                "REELHOUSE_PUBLIC_STORE": public_uri(store),
                "REELHOUSE_RATINGS": ratings,
                "REELHOUSE_SUFFIX": suffix,
                "REELHOUSE_TIMEZONE": timezone,
                "REELHOUSE_NIGHT": night,
                "REELHOUSE_POOL": pool,
            }
        )
        limited = limit_stores(client)
        names = ensure_automations(client, automations(lost_after))
        StoreCredentials.register_type_and_schema(_sync=True)  # type: ignore[call-arg]
    _show(address, pool, limited, names, missing_here(titles=titles, ratings=ratings))


def _require_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(f"{name!r} is no time zone", param_hint="--timezone") from None


def missing_here(**inputs: str) -> list[str]:
    """Lines about inputs that are no file or folder here; a worker elsewhere may have them."""
    return [
        f"{name} {uri} is not here: a run fails where its worker's checkout has none, either"
        for name, uri in inputs.items()
        if "://" not in uri and not Path(uri).exists()
    ]


def _show(
    address: str, pool: str, limited: dict[str, list[str]], names: list[str], missing: list[str]
) -> None:
    out = Console(soft_wrap=True, highlight=False)
    lines = [f"Deployed to {address}, work pool {pool}"]
    for store, deployments in sorted(limited.items()):
        lines.append(f"  one run at a time in {store}: {', '.join(sorted(deployments))}")
    lines += [f"  automation: {name}" for name in names]
    lines += [f"  note: {one}" for one in missing]
    for line in lines:
        out.print(line, markup=False)


def main() -> None:
    """Run the command; an error is one line and exit status 1."""
    try:
        app(prog_name="python -m deployments")
    except ReelhouseError as error:
        sys.stderr.write(f"error: {redacted(str(error))}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
