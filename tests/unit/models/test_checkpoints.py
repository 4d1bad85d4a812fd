from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from reelhouse.errors import RecommendationError
from reelhouse.models.base import Arrays, CurvePoint, Model
from reelhouse.models.checkpoints import CHECKPOINT_FILE, Checkpoint, fit_of
from reelhouse.models.saving import RUNS_ON, settings_of
from reelhouse.models.training import Judge, Training


class KilledError(Exception):
    """What a test ends a fit with."""


class Walk:
    """Goes to the next of some values in each epoch; a value is its own judgement."""

    def __init__(self, folder: Path, values: list[float], *, fit: str = "walk") -> None:
        self.values, self.at, self.steps = values, np.zeros(1), 0
        self.checkpoint = Checkpoint(
            folder, 2, fit, lambda: {"at": self.at}, lambda state: self._take(state)
        )

    def run(self, *, dies_after: int | None = None, patience: int = 3) -> tuple[list[float], int]:
        def watch(point: CurvePoint, epochs: int) -> None:
            if point.epoch == dies_after:
                raise KilledError

        training: Training[Arrays] = Training(
            epochs=len(self.values), step=self._step, keep=lambda: {"at": self.at.copy()},
            put_back=self._take, judge=Judge(lambda: self.values[int(self.at[0]) - 1], True),
            patience=patience, progress=watch, checkpoint=self.checkpoint,
        )  # fmt: skip
        curve, epoch = training.run()
        return [point.value for point in curve if point.value is not None], epoch

    def _step(self, epoch: int) -> None:
        self.at, self.steps = self.at + 1, self.steps + 1

    def _take(self, state: Arrays) -> None:
        self.at = state["at"]


VALUES = [1.0, 5.0, 3.0, 4.0, 2.0, 9.0]


@pytest.mark.parametrize("dies_after", [1, 2, 3, 5])
def test_a_killed_fit_goes_on_to_the_same_end(tmp_path: Path, dies_after: int) -> None:
    with pytest.raises(KilledError):
        Walk(tmp_path, VALUES).run(dies_after=dies_after)
    again = Walk(tmp_path, VALUES)
    # 9 comes one epoch after patience ends: the best is the 5 of epoch 2.
    assert again.run() == ([1.0, 5.0, 3.0, 4.0, 2.0], 2)
    assert again.at.tolist() == [2]
    # Checkpoints stand at epochs 2 and 4; a fit dies before that of its last epoch is written.
    assert again.steps == 5 - max(0, (dies_after - 1) // 2 * 2)


def test_a_fit_that_is_done_leaves_no_checkpoint(tmp_path: Path) -> None:
    Walk(tmp_path / "new", VALUES).run()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_checkpoint_of_another_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        Walk(tmp_path, VALUES).run(dies_after=3)
    with pytest.raises(RecommendationError, match="other settings or ratings"):
        Walk(tmp_path, VALUES, fit="another").run()


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT_FILE).write_bytes(b"no such file")
    with pytest.raises(RecommendationError, match="no checkpoint that can be read"):
        Walk(tmp_path, VALUES).run()


@dataclass
class Settings(Model):
    name: ClassVar[str] = "settings"
    width: int = 3
    device: str = field(default="cpu", metadata=RUNS_ON)

    def arrays(self) -> Arrays:
        return {}

    def restore(self, arrays: Arrays) -> None:
        pass

    @property
    def n_parameters(self) -> int:
        return 0


def test_where_a_fit_runs_is_no_part_of_its_settings() -> None:
    assert settings_of(Settings(device="cuda")) == {"width": 3}


@pytest.mark.parametrize(
    ("model", "given"),
    [(Settings(width=4), np.arange(3)), (Settings(), np.arange(4)), (Settings(), None)],
)
def test_fits_differ_by_settings_and_by_what_they_learn_from(model: Settings, given: Any) -> None:
    fit = fit_of(Settings(), (np.arange(3),))
    assert fit == fit_of(Settings(device="cuda"), (np.arange(3),))
    assert fit != fit_of(model, (given,))
