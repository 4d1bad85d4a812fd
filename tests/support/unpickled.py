"""What is unpickled while a store is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("read_published.py")
ROOT = Path(__file__).resolve().parents[2]


def assert_unpickles_nothing(store: Path, *collections: str, loads: Sequence[str]) -> None:
    """Read all that the store holds in a process of its own, which hears every unpickling.

    `loads` are the models that were to be loaded: without them, silence would prove little.
    """
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(store)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{SCRIPT.parent}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["works"], "the hook sees a pickle that is loaded"
    assert set(told["collections"]) == set(collections)
    assert told["loaded"] == list(loads)
    assert told["objects"] > 5 * len(collections)
    assert told["events"] == []
