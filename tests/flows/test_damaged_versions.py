"""Published files, manifests and commits, damaged in many ways: each is refused by name."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.version import Version

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "read_damaged.py"
SEED = 20261121
#: Damages that one child reads before the next one is started.
BATCH = 250


class Target(NamedTuple):
    """An object of a published version."""

    collection: str
    version: int
    key: str


def heads(store: Path) -> list[Version]:
    found = [CommitLog(open_store(store), name).head() for name in ("catalogue", "viewers")]
    return [version for version in found if version is not None]


def targets(store: Path) -> list[Target]:
    """Every object that a reader of the last versions depends on."""
    found = []
    for version in heads(store):
        collection = version.manifest.collection
        paths = [entry.path for entry in version.manifest.files] + ["manifest.json"]
        keys = [version.object_key(path) for path in paths]
        keys.append(CommitLog(version.store, collection).object_key(version.number))
        found += [Target(collection, version.number, key) for key in keys]
    return found


def flipped(content: bytes, chance: random.Random, times: int = 1) -> bytes:
    changed = bytearray(content)
    for bit in chance.sample(range(8 * len(content)), min(times, 8 * len(content))):
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def blanked(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    length = min(chance.randint(1, 512), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def extended(content: bytes, chance: random.Random) -> bytes:
    return content + chance.choice([b"\n", b" ", b"\0", chance.randbytes(100), content])


def truncated(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "a bit flipped": flipped,
    "bits flipped": lambda content, chance: flipped(content, chance, chance.randint(2, 20)),
    "a stretch of zeros": blanked,
    "truncated": truncated,
    "extended": extended,
    "emptied": lambda content, chance: b"",
}
KINDS = (*DAMAGE, "swapped", "gone")


def damages(store: Path, number: int) -> list[tuple[str, Target, bytes | None]]:
    """Draw damages: every kind and every object in turn, each differing from what is stored."""
    chance = random.Random(SEED)
    objects = targets(store)
    # The small number of logs and manifests would hardly be drawn beside hundreds of figures.
    central = [one for one in objects if "manifest" in one.key or "/log/" in one.key]
    figures = [one for one in objects if "/figures/" in one.key]
    others = [one for one in objects if one not in central and one not in figures]
    every = [path.read_bytes() for path in store.rglob("*") if path.is_file()]
    found: list[tuple[str, Target, bytes | None]] = []
    while len(found) < number:
        kind = KINDS[len(found) % len(KINDS)]
        target = chance.choice(chance.choices([central, others, figures], [2, 6, 1])[0])
        content = (store / target.key).read_bytes()
        if kind == "gone":
            # Without its commit a version was never published: nothing is left to refuse.
            if "/log/" not in target.key:
                found.append((kind, target, None))
                continue
            kind = "emptied"
        changed = chance.choice(every) if kind == "swapped" else DAMAGE[kind](content, chance)
        if changed != content:
            found.append((kind, target, changed))
    return found


@pytest.mark.faults
def test_every_damage_is_refused_by_name_in_every_way_of_reading(
    publications: Path, tmp_path: Path, mutations: int
) -> None:
    store = Path(shutil.copytree(publications, tmp_path / "store"))
    drawn = damages(store, mutations)
    done: dict[int, list[str]] = {}
    for first in range(0, mutations, BATCH):
        lines = [
            json.dumps(
                {
                    "number": number,
                    **target._asdict(),
                    "content": None if to is None else base64.b64encode(to).decode(),
                }
            )
            for number, (_, target, to) in enumerate(drawn[first : first + BATCH], start=first)
        ]
        given, told = tmp_path / "damages", tmp_path / f"results-{first}"
        given.write_text("\n".join(lines), encoding="utf-8")
        child = subprocess.run(
            [sys.executable, "-X", "faulthandler", str(SCRIPT), str(store), str(given), str(told)],
            cwd=SCRIPT.parents[2],
            env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )
        results = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
        begun = [one["begun"] for one in results if "begun" in one]
        last = drawn[begun[-1]][:2] if begun else "the sound store"
        assert child.returncode == 0, f"crashed at {last}: {child.stderr[-3000:]}"
        done |= {one["done"]: one["unnoticed"] for one in results if "done" in one}
    assert len(done) == mutations
    unnoticed = {number: (drawn[number][:2], ways) for number, ways in done.items() if ways}
    assert not unnoticed, list(unnoticed.values())[:5]
    assert set(Counter(kind for kind, *_ in drawn)) == set(KINDS)


def pages_without_checksum(path: Path) -> int:
    """Damage each column's data in turn, and count those that are decoded nonetheless."""
    content = path.read_bytes()
    metadata = pq.read_metadata(path)
    silent = 0
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            at = chunk.data_page_offset + chunk.total_compressed_size - 1
            if chunk.dictionary_page_offset is not None:
                at = chunk.dictionary_page_offset + chunk.total_compressed_size - 1
            changed = bytearray(content)
            changed[at] ^= 0x10
            source = pa.BufferReader(bytes(changed))
            try:
                pq.ParquetFile(source, page_checksum_verification=True).read()
            except (OSError, pa.ArrowException) as error:
                silent += "CRC" not in str(error)
            else:
                silent += chunk.num_values > 0
    return silent


def test_every_parquet_file_that_is_published_has_page_checksums(publications: Path) -> None:
    seen = []
    for version in heads(publications):
        for entry in version.manifest.files:
            if entry.path.endswith(".parquet"):
                path = Path(version.store.uri) / version.object_key(entry.path)
                assert pages_without_checksum(path) == 0, entry.path
                seen.append(entry.path)
    assert {"titles.parquet", "changes.parquet", "preferences.parquet"} <= set(seen)
    assert sum(path.startswith("figures/") for path in seen) >= 5


def test_a_table_in_many_parts_has_page_checksums_in_each(tmp_path: Path, night: Path) -> None:
    from flows.catalogue import catalogue
    from reelhouse.catalogue.settings import CatalogueSettings
    from reelhouse.settings import ClusterSettings, PartitionSettings

    settings = CatalogueSettings(
        titles=str(night),
        store=str(tmp_path / "store"),
        clusters=ClusterSettings(n_clusters=3),
        partitions=PartitionSettings(rows_per_partition=50, dask="threads"),
    )
    catalogue(settings)
    (version,) = heads(tmp_path / "store")
    parts = list((tmp_path / "store").rglob("titles.parquet/part-*.parquet"))
    assert len(parts) == 5
    assert len(list(version.iter_tables("titles"))) == 5
    assert [pages_without_checksum(part) for part in parts] == [0] * 5
