"""What became of one model, as it is kept: numbers in JSON, answers in files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reelhouse.comparison.contest import Answers
from reelhouse.errors import ReelhouseError
from reelhouse.models.registry import Protocol
from reelhouse.redaction import redacted
from reelhouse.settings import Settings

_FILE = "result.json"
_VALIDATION = "validation"


_MOST_REASON = 300

#: How a trial ended.
Outcome = Literal["done", "behind", "failed", "out of time"]


def reason_of(error: BaseException) -> str:
    """Why something failed, in one line that may be published."""
    line = " ".join(redacted(str(error)).split())
    if not isinstance(error, ReelhouseError):
        line = f"{type(error).__name__}: {line}"
    return line if len(line) <= _MOST_REASON else f"{line[:_MOST_REASON]}..."


class Curve(Settings):
    """A point of a learning curve."""

    epoch: int
    """From 1."""

    seconds: float
    """Since fitting began."""

    value: float | None
    """On the validation part; None where it was not judged."""


class Trial(Settings):
    """Settings that were tried."""

    number: int
    """From 0, which are the model's own settings."""

    settings: dict[str, Any]
    """Those that the tuner may change."""

    outcome: Outcome
    """How it ended; behind: worse than the median of the earlier ones at the same epoch."""

    reason: str | None = None
    """Why it failed."""

    value: float | None = None
    """On the validation part."""

    epochs: int = 0
    """That the kept parameters come from; 0 for a model that is solved at once."""

    seconds: float
    """Fitting and judging."""

    curve: tuple[Curve, ...] = ()
    """One point for each epoch."""


class SplitCosts(Settings):
    """What a model cost on one split."""

    seconds_fit: float
    """Learning from the training part."""

    seconds_score: float
    """Answering for everything that is held out."""

    peak_mib: float | None
    """Most resident memory of the process while fitting."""

    added_mib: float | None
    """The same, less what was resident before."""

    n_parameters: int
    """Numbers that were learned."""


class Result(Settings):
    """What became of one model in one protocol."""

    protocol: Protocol
    """rating or ranking."""

    model: str
    """Its name."""

    family: str
    """baseline, matrix factorization, autoencoder, graph or ensemble."""

    status: Literal["measured", "failed", "out of time"]
    """Whether there are figures."""

    reason: str | None = None
    """Why there are none."""

    settings: dict[str, Any] = Field(default_factory=dict)
    """With which it was fitted on every split."""

    epochs: int = 0
    """As many on every split; 0 for a model that is solved at once."""

    validation: float | None = None
    """The best trial's value."""

    seconds_tuning: float = 0.0
    """All trials together."""

    trials: tuple[Trial, ...] = ()
    """Settings that were tried."""

    splits: tuple[SplitCosts, ...] = ()
    """One for each split."""


class ResultFolder:
    """The files of one model.

    Parameters
    ----------
    folder : Path
        Made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def model(self) -> Path:
        """Where the model that was fitted on the first split is saved."""
        return self.folder / "model"

    def read(self) -> Result | None:
        """What an earlier run finished; None when it did not."""
        path = self.folder / _FILE
        return Result.model_validate_json(path.read_bytes()) if path.is_file() else None

    def write(self, result: Result) -> Result:
        """Keep the result; written last, it says that all else is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{_FILE}.partial"
        partial.write_text(result.model_dump_json(), encoding="utf-8")
        partial.replace(self.folder / _FILE)
        return result

    def write_answers(self, answers: Answers, split: int | None) -> None:
        """Keep the answers for a split, or for the validation part."""
        folder = self._answers(split)
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in answers.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    def answers(self, split: int | None) -> Answers:
        """The answers for a split, or for the validation part, read when they are looked at."""
        found: dict[str, NDArray[Any]] = {
            path.stem: np.load(path, mmap_mode="r", allow_pickle=False)
            for path in sorted(self._answers(split).glob("*.npy"))
        }
        return found

    def _answers(self, split: int | None) -> Path:
        return self.folder / (_VALIDATION if split is None else f"split-{split:02d}")
