"""The folders that a comparison works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reelhouse.comparison.results import ResultFolder
from reelhouse.scratch import scratch_folder
from reelhouse.viewers import workspace as viewers


@dataclass(frozen=True)
class Workspace(viewers.Workspace):
    """Folders of one comparison; only `staged` is published."""

    def results(self, protocol: str, model: str, *, kept: Path | None = None) -> ResultFolder:
        """Where what a model answers is kept: here, or in a folder that outlives the run."""
        return ResultFolder((kept or self.root / "results") / f"{protocol}-{model}")

    @property
    def models(self) -> Path:
        """Saved models, a folder for each protocol and model."""
        return self.staged / "models"


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A scratch folder that is gone afterwards."""
    with scratch_folder() as root:
        work = Workspace(root)
        for folder in (work.spill, work.ratings, work.quality, work.figures):
            folder.mkdir(parents=True, exist_ok=True)
        yield work
