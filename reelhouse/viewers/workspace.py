"""The folders that a viewers run works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reelhouse.scratch import scratch_folder


@dataclass(frozen=True)
class Workspace:
    """Folders of one run; only `staged` is published."""

    root: Path

    @property
    def spill(self) -> Path:
        """Ratings as they were read, in buckets of users."""
        return self.root / "spill"

    @property
    def ratings(self) -> Path:
        """Good ratings, in partitions of schema RATINGS."""
        return self.root / "ratings"

    @property
    def blocks(self) -> Path:
        """CSR blocks of the interaction matrix."""
        return self.root / "blocks"

    @property
    def placed(self) -> Path:
        """Assignments of the users of each block."""
        return self.root / "placed"

    @property
    def lists(self) -> Path:
        """Titles recommended to the users of each block."""
        return self.root / "lists"

    @property
    def staged(self) -> Path:
        """The run as it will be published."""
        return self.root / "staged"

    @property
    def model(self) -> Path:
        """Centroids and the frozen transformation of the matrix."""
        return self.staged / "model"

    @property
    def quality(self) -> Path:
        """Validation results and Data Docs."""
        return self.staged / "quality"

    @property
    def figures(self) -> Path:
        """Pictures, and the data behind each."""
        return self.staged / "figures"


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A scratch folder that is gone afterwards."""
    with scratch_folder() as root:
        work = Workspace(root)
        for folder in (
            work.spill,
            work.ratings,
            work.blocks,
            work.placed,
            work.model,
            work.quality,
            work.figures,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        yield work
