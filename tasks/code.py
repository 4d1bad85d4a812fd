"""The code that decides what a run publishes."""

from __future__ import annotations

from pathlib import Path

from reelhouse.runs.code import code_digest

_TASKS = Path(__file__).resolve().parent


def run_code() -> str:
    """Digest of the library, the tasks and the flows as they stand on the disk."""
    return code_digest(_TASKS, _TASKS.parent / "flows")
