"""Peak memory of this process while something is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


@dataclass
class Peak:
    """Peak memory, known when what was measured is done.

    Attributes
    ----------
    mib : float or None
        Most resident memory of the whole process meanwhile; None where the system does not tell.
    added_mib : float or None
        The same, less what was resident before.
    """

    mib: float | None = None
    added_mib: float | None = None


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure what is done inside: the kernel's high-water mark, set back at the beginning.

    Linux keeps the mark (VmHWM) and sets it back when a 5 is written to clear_refs; elsewhere
    nothing is measured. Threads are part of the process, processes that it starts are not.
    """
    found = Peak()
    try:
        _RESET.write_text("5")
        before = _mib("VmRSS")
    except OSError:
        yield found
        return
    yield found
    found.mib = _mib("VmHWM")
    found.added_mib = max(found.mib - before, 0.0)


def _mib(field: str) -> float:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1024
