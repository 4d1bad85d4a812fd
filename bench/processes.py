"""Seconds and peak memory of a command and all processes that it starts."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from reelhouse.errors import ReelhouseError

_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Measured:
    """One finished command.

    Attributes
    ----------
    seconds : wall time
    peak_mib : largest resident memory of any one process
    peak_total_mib : largest sum over all processes at one moment
    stdout, stderr : what it printed
    """

    seconds: float
    peak_mib: float
    peak_total_mib: float
    stdout: str
    stderr: str


def measure(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end and watch its memory.

    Parameters
    ----------
    command : the program and its arguments
    cwd : Path
    env : mapping or None
        Its environment; None: that of this process.

    Raises
    ------
    ReelhouseError
        When it fails; the message holds the end of what it printed.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peaks: list[float] = [0.0, 0.0]
    watcher = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
    watcher.start()
    stdout, stderr = process.communicate()
    seconds = time.perf_counter() - start
    watcher.join()
    if process.returncode:
        raise ReelhouseError(f"{' '.join(command)} failed: {stderr[-500:]}")
    return Measured(seconds, peaks[0], peaks[1], stdout, stderr)


def _watch(process: subprocess.Popen[str], peaks: list[float]) -> None:
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        sizes = [_resident(child) for child in _family(parent)]
        peaks[0] = max(peaks[0], max(sizes, default=0.0))
        peaks[1] = max(peaks[1], sum(sizes))
        time.sleep(_EVERY_SECONDS)


def _family(parent: psutil.Process) -> list[psutil.Process]:
    try:
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0
