"""Raw text in the Netflix Prize's layout into Parquet, at several sizes, against the usual ways.

Each run is a process of its own, imports included, and each size's input is read once before the
clock runs, so that the disk is not what is measured.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bench.ingest_peers import WAYS
from bench.processes import Measured, measure

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = 16 * 2**20
#: Above so many bytes pandas gets the first of the four files only: all of them need 16 GB.
_PANDAS_BYTES = 2**30


def run(
    folder: Path | None = None, shares: Sequence[float] = (0.01, 0.1, 1.0), repeats: int = 3
) -> Iterator[dict[str, Any]]:
    """Measure each share of the prize's size, and how time and memory grow from one to the next.

    Parameters
    ----------
    folder : Path, optional
        Where the inputs are, in ``share-0.01`` and so on; what is not there is made there. None: in
        a temporary folder.
    shares : sequence of float
        Of the prize's ratings and users.
    repeats : int
        Runs of each way; the median counts.
    """
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        before: dict[str, Any] | None = None
        for share in shares:
            inputs = _inputs(folder, share)
            ours = _measured("reelhouse", inputs, share, repeats)
            yield ours
            for peer in WAYS:
                if peer != "reelhouse":
                    yield _compared(_measured(peer, inputs, share, repeats), ours)
            if before is not None:
                yield _growth(before, ours)
            before = ours


def _inputs(folder: Path, share: float) -> list[Path]:
    """Files of a share of the prize, made where they are not there yet."""
    made = folder / f"share-{share:g}"
    if not made.exists():
        from reelhouse.sources.synthetic_ratings import SyntheticRatingsSettings, write_ratings

        partial = folder / f"share-{share:g}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        write_ratings(partial, SyntheticRatingsSettings.scaled(share))
        partial.rename(made)
    return sorted(made.glob("combined_data_*.txt"))


def _n_bytes(inputs: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in inputs)


def _measured(way: str, inputs: Sequence[Path], share: float, repeats: int) -> dict[str, Any]:
    if way == "pandas" and _n_bytes(inputs) > _PANDAS_BYTES:
        inputs = inputs[:1]
    _read_once(inputs)
    runs = [_run(way, inputs) for _ in range(repeats)]
    facts = json.loads(runs[0].stdout)
    seconds = [round(one.seconds, 2) for one in runs]
    middle = float(np.median(seconds))
    return {
        "name": f"ingest: {way}",
        "input": f"{share:g} of the prize's size, {len(inputs)} of 4 files",
        "share": share,
        "n_bytes": _n_bytes(inputs),
        "n_ratings": facts["rows"],
        "seconds": round(middle, 2),
        "all_seconds": seconds,
        "seconds_per_million": round(middle / facts["rows"] * 1e6, 4),
        "peak_mib": round(max(one.peak_mib for one in runs)),
        "details": facts,
    }


def _read_once(inputs: Sequence[Path]) -> None:
    """Bring the files into the system's memory."""
    for path in inputs:
        with path.open("rb", buffering=0) as file:
            while file.read(_BLOCK):
                pass


def _run(way: str, inputs: Sequence[Path]) -> Measured:
    with tempfile.TemporaryDirectory() as out:
        source = str(inputs[0].parent)
        command = [sys.executable, "-m", "bench.ingest_peers", way, source, out, str(len(inputs))]
        return measure(command, cwd=ROOT)


def _compared(peer: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """A peer's figures, and how many times its time per rating and its memory are ours."""
    return {
        **peer,
        "reelhouse_seconds": ours["seconds"],
        "ratio": round(peer["seconds_per_million"] / ours["seconds_per_million"], 2),
        "reelhouse_peak_mib": ours["peak_mib"],
        "peak_ratio": round(peer["peak_mib"] / ours["peak_mib"], 2),
    }


def _growth(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "ingest: growth",
        "input": f"{before['share']:g} -> {after['share']:g} of the prize's size",
        "ratings": round(after["n_ratings"] / before["n_ratings"], 2),
        "seconds": round(after["seconds"] / before["seconds"], 2),
        "peak_mib": round(after["peak_mib"] / before["peak_mib"], 2),
    }
