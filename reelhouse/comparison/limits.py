"""The time that a model has, and how it is told that it is over."""

from __future__ import annotations

import time

from reelhouse.errors import OutOfTimeError
from reelhouse.models.base import CurvePoint


class Deadline:
    """A moment after which a fit ends itself, at its next epoch.

    Parameters
    ----------
    minutes : float
        From now on.
    """

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes
        self._start = time.monotonic()

    @property
    def seconds_left(self) -> float:
        """Seconds until then; below 0 when it has passed."""
        return self._start + 60 * self.minutes - time.monotonic()

    def require(self) -> None:
        """Raise an OutOfTimeError when it has passed."""
        if self.seconds_left <= 0:
            raise OutOfTimeError(f"not done after {self.minutes:g} minutes")

    def __call__(self, point: CurvePoint, epochs: int) -> None:
        """End a fit that is told to take note of its epochs."""
        self.require()
