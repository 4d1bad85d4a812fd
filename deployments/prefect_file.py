"""prefect.yaml, filled in and deployed by Prefect's own command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deployments.server import DeployError

_FOLDER = Path(__file__).resolve().parent
_FILE = _FOLDER / "prefect.yaml"

#: Prefect would write this machine's checkout into the deployments, for all workers.
_WORKERS_OWN = "REELHOUSE_CHECKOUT"


def deploy_all(values: Mapping[str, str]) -> None:
    """Deploy everything in prefect.yaml with these values of its variables.

    Raises
    ------
    DeployError
        When Prefect refuses; its own account is in the message.
    """
    environment = {k: v for k, v in os.environ.items() if k != _WORKERS_OWN}
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    done = subprocess.run(
        # Entrypoints are relative to the checkout.
        [*command, "--prefect-file", str(_FILE.relative_to(_FOLDER.parent))],
        cwd=_FOLDER.parent,
        env=environment | dict(values),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DeployError(f"prefect deploy failed: {done.stdout}{done.stderr}".strip())
