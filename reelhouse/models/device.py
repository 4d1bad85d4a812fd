"""Where torch trains; no import of torch."""

from __future__ import annotations

from typing import Literal, Protocol

#: `auto` takes a GPU where there is one.
Device = Literal["auto", "cpu", "cuda"]


class RunsOnTorch(Protocol):
    """Settings that say where a fit runs."""

    @property
    def device(self) -> Device:
        """What to train on."""

    @property
    def threads(self) -> int:
        """Threads of torch while it trains on the CPU."""
