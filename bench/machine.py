"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
from typing import Any

import psutil

from reelhouse.runs.record import software


def machine() -> dict[str, Any]:
    """Cores, memory, and the versions that matter."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.system(),
        "software": software(),
    }
