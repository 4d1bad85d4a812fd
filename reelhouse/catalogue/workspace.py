"""The scratch folder of one run: what each step leaves for the next, and what is published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from reelhouse.scratch import scratch_folder


@dataclass(frozen=True)
class Workspace:
    """Folders of one run; only `staged` is published."""

    root: Path

    @property
    def source(self) -> Path:
        """Rows as they were read, good and bad."""
        return self.root / "source"

    @property
    def good(self) -> Path:
        """Rows that passed the row rules, in partitions."""
        return self.root / "good"

    @property
    def old(self) -> Path:
        """Titles of the last version."""
        return self.root / "old"

    @property
    def keys(self) -> Path:
        """Keys of the good rows."""
        return self.root / "keys.npz"

    @property
    def bad_keys(self) -> Path:
        """Keys of the quarantined rows."""
        return self.root / "bad_keys.npz"

    @property
    def titles(self) -> Path:
        """Good rows with their title_id, in partitions."""
        return self.root / "titles"

    @property
    def blocks(self) -> Path:
        """CSR blocks of the feature matrix."""
        return self.root / "blocks"

    @property
    def lists(self) -> Path:
        """Next titles of each title, in pieces."""
        return self.root / "lists"

    @property
    def vectors(self) -> Path:
        """Feature vectors in pieces by cluster."""
        return self.root / "vectors"

    @property
    def staged(self) -> Path:
        """The run as it will be published."""
        return self.root / "staged"

    @property
    def model(self) -> Path:
        """The frozen features and the cluster model."""
        return self.staged / "model"

    @property
    def quality(self) -> Path:
        """Validation results and Data Docs."""
        return self.staged / "quality"

    @staticmethod
    def parts(folder: Path) -> list[Path]:
        """The partitions of a folder, in order."""
        # A table of several parts is a folder that is itself called titles.parquet.
        return sorted(path for path in folder.rglob("*.parquet") if path.is_file())


@contextmanager
def workspace(*, keep: Path | None = None) -> Iterator[Workspace]:
    """A scratch folder that is gone afterwards, unless a place to keep it is named."""
    with nullcontext(keep) if keep is not None else scratch_folder() as root:
        work = Workspace(root)
        for folder in (work.source, work.good, work.titles, work.blocks, work.model, work.quality):
            folder.mkdir(parents=True, exist_ok=True)
        yield work
