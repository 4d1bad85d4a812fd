"""kill -9 of a fitting process, at random moments."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("fit_once.py")
SEED = 20261122


def start(checkpoint: Path, result: Path) -> subprocess.Popen[str]:
    """Start a fit and return when it is about to begin."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(checkpoint), str(result)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=SCRIPT.parents[2],
        env={"PYTHONPATH": str(SCRIPT.parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str], *, kill_after: float | None = None) -> float:
    """Let the fit go on, kill it after so many seconds; return how long it ran."""
    assert process.stdin is not None
    began = time.perf_counter()
    process.stdin.write("go\n")
    process.stdin.flush()
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return time.perf_counter() - began


@pytest.mark.faults
def test_a_killed_fit_goes_on_and_ends_with_the_same_centroids(
    tmp_path: Path, count: Callable[[str], int]
) -> None:
    undisturbed = tmp_path / "undisturbed.npy"
    duration = finish(start(tmp_path / "whole.safetensors", undisturbed))
    moments = random.Random(SEED)
    checkpoint, result = tmp_path / "killed.safetensors", tmp_path / "killed.npy"
    for _ in range(count("fit-kills")):
        finish(start(checkpoint, result), kill_after=moments.uniform(0, duration / 2))
    finish(start(checkpoint, result))
    assert np.array_equal(np.load(result), np.load(undisturbed))
