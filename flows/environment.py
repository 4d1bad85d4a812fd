"""What Prefect and Great Expectations must find in the environment before they are imported."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

DEFAULTS = {
    # The temporary server of a run without a server: slow disks need longer than 20 s.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    # Logs of the library and the tasks appear with the run in the Prefect UI ...
    "PREFECT_LOGGING_EXTRA_LOGGERS": "reelhouse,tasks",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # ... and on the terminal in our own form (flows.console).
    "PREFECT_LOGGING_LEVEL": "WARNING",
    # Numeric libraries would start a thread per core inside every worker.
    "OMP_NUM_THREADS": "1",
}


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set what the user has not set."""
    for name, value in DEFAULTS.items():
        environ.setdefault(name, value)
