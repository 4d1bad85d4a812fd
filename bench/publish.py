"""Publishing many small objects, or a large one: a local folder, and a bucket where one is named.

Each run publishes into a fresh prefix, in a process of its own: `whole` is all of `publish`
(sha256, upload, check by a listing, manifest, commit), `upload` only the bare writes of the same
files. The peer writes the same bytes: for a folder, a copy of each file and an `fsync` of it and
its folder, one after the other; for a bucket s3fs, where it is installed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench.processes import Measured, measure

ROOT = Path(__file__).resolve().parent.parent
#: Name, files, bytes of each.
CASES = {"small": (2_000, 2_048), "large": (1, 200_000_000)}
#: As many as `publish` has.
_THREADS = 8


def run(folder: Path | None, bucket: str | None, repeats: int) -> Iterator[dict[str, Any]]:
    """Measure each case on each store.

    Parameters
    ----------
    folder : Path or None
        Where the local store is made; None: in the temporary directory.
    bucket : str or None
        `s3://bucket/prefix`, its endpoint and keys in the environment; None: no bucket.
    repeats : int
        Runs of each way; the median counts.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for case, (n_files, n_bytes) in CASES.items():
            staged = Path(scratch) / f"staged-{case}"
            _write(staged, n_files, n_bytes)
            for store in filter(None, [str(Path(scratch) / "store"), bucket]):
                yield _measured(case, staged, store, repeats)


def _write(staged: Path, n_files: int, n_bytes: int) -> None:
    """Random files, which nothing can shrink."""
    staged.mkdir()
    rng = np.random.default_rng(0)
    for number in range(n_files):
        (staged / f"{number:05d}.bin").write_bytes(rng.bytes(n_bytes))


def _measured(case: str, staged: Path, store: str, repeats: int) -> dict[str, Any]:
    peer = _peer_of(store)
    runs: dict[str, list[Measured]] = {way: [] for way in ("whole", "upload", peer) if way}
    for _ in range(repeats):  # in turns, so that a busy moment meets all of them
        for way, found in runs.items():
            command = [sys.executable, "-m", "bench.publish", way, str(staged), store]
            found.append(measure(command, cwd=ROOT))
    seconds = {way: [json.loads(one.stdout)["seconds"] for one in runs[way]] for way in runs}
    middle = {way: round(float(np.median(each)), 2) for way, each in seconds.items()}
    n_files, n_bytes = CASES[case]
    return {
        "name": f"publish: {case}",
        "store": "bucket" if store.startswith("s3://") else "folder",
        "files": n_files,
        "bytes_of_each": n_bytes,
        "seconds": middle["whole"],
        "upload_seconds": middle["upload"],
        "all_seconds": seconds,
        "peak_mib": round(max(one.peak_mib for one in runs["whole"])),
        "peer": peer,
        "peer_seconds": middle.get(peer) if peer else None,
        "ratio": round(middle[peer] / middle["whole"], 2) if peer else None,
        "peer_peak_mib": round(max(one.peak_mib for one in runs[peer])) if peer else None,
    }


def _peer_of(store: str) -> str | None:
    if not store.startswith("s3://"):
        return "copy"
    try:
        import s3fs  # noqa: F401
    except ImportError:
        return None
    return "s3fs"


def _whole(staged: Path, store: str) -> float:
    from reelhouse.storage.manifest import RunManifest
    from reelhouse.storage.publish import publish
    from reelhouse.storage.store import open_store

    opened = open_store(store, create=True)
    now = datetime.now(UTC)
    run_id = f"run-{secrets.token_hex(4)}"
    manifest = RunManifest(
        run_id=run_id, collection="bench", flow="bench", key=run_id, created_at=now
    )
    began = time.perf_counter()
    publish(opened, "bench", staged, manifest, None)
    return time.perf_counter() - began


def _upload(staged: Path, store: str) -> float:
    from reelhouse.storage.store import open_store

    opened = open_store(store, create=True)
    return _in_threads(staged, lambda path: opened.put(f"bench/{path.name}", path))


def _copy(staged: Path, store: str) -> float:
    target = Path(store)
    target.mkdir(parents=True)
    began = time.perf_counter()
    folder = os.open(target, os.O_RDONLY)
    for path in sorted(staged.iterdir()):
        with path.open("rb") as source, (target / path.name).open("wb") as file:
            shutil.copyfileobj(source, file, 2**20)
            file.flush()
            os.fsync(file.fileno())
        os.fsync(folder)
    os.close(folder)
    return time.perf_counter() - began


def _s3fs(staged: Path, store: str) -> float:
    import s3fs

    system = s3fs.S3FileSystem(config_kwargs={"request_checksum_calculation": "when_required"})
    files = sorted(staged.iterdir())
    system.ls(store.removeprefix("s3://").partition("/")[0])  # connected, as ours is
    began = time.perf_counter()
    names = [f"{store}/{path.name}" for path in files]
    system.put([str(path) for path in files], names, batch_size=_THREADS)
    return time.perf_counter() - began


def _in_threads(staged: Path, put: Callable[[Path], None]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(put, sorted(staged.iterdir())))
    return time.perf_counter() - began


WAYS: dict[str, Callable[[Path, str], float]] = {
    "whole": _whole,
    "upload": _upload,
    "copy": _copy,
    "s3fs": _s3fs,
}


def main(way: str, staged: str, store: str) -> None:
    """Run one way once, into a place of its own below `store`, and print its seconds."""
    place = f"{store}/{way}-{secrets.token_hex(4)}"
    if not store.startswith("s3://"):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    seconds = WAYS[way](Path(staged), place)
    sys.stdout.write(json.dumps({"seconds": round(seconds, 3)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
