"""Started by test_damaged_versions.py: damages a store in given ways, and reads it in every way.

    python read_damaged.py STORE DAMAGES RESULTS

DAMAGES holds one JSON object per line: number, collection, version, key, content (base64; null
for a file that is gone). For each a line is appended to RESULTS before anything is read, and one
after it with what went unnoticed; an interpreter that crashes leaves the second one out.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from reelhouse.cli import main as reelhouse
from reelhouse.clustering.model import ClusterModel
from reelhouse.errors import BrokenCommitError, DamagedFileError
from reelhouse.features.kinds import load_model
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.store import open_store

_OF_TITLES = (
    "titles", "assignments", "clusters", "hierarchy", "neighbours", "changes", "quarantine",
)  # fmt: skip
TABLES = {
    "catalogue": _OF_TITLES,
    "viewers": ("assignments", "clusters", "preferences", "profile", "titles", "quarantine"),
    "deep": (*_OF_TITLES, "classifiers", "classifier_report", "confusion", "curves"),
    "comparison": ("comparison", "splits", "curves", "trials", "quarantine"),
}


class Said(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


def ask(*arguments: str) -> Said:
    """Run `reelhouse ARGUMENTS` in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = reelhouse(arguments)
    out.flush()
    return Said(status, out.buffer.getvalue().decode(), err.getvalue())


def commands(store: str, collection: str, scratch: Path) -> list[tuple[str, ...]]:
    """Every command that reads what is published."""
    own: list[tuple[str, ...]] = []
    if collection in ("catalogue", "deep"):
        liked = _first(store, collection, "titles", "title_id")
        own = [
            ("clusters", "--cluster", "0"),
            ("clusters", "--tree"),
            ("title", liked),
            ("recommend", "--liked", liked, "--explore", "0.5"),
            ("recommend", "--liked", liked, "--strategy", "neighbour-clusters"),
        ]
    elif collection == "viewers":
        own = [("clusters", "--cluster", "0")]
    if collection != "comparison":
        own.append(("clusters",))
    exports = [
        ("export", "--table", table, "--format", form, "--output", str(scratch / f"out.{form}"))
        for table in TABLES[collection]
        for form in ("csv", "parquet")
    ]
    here = ("--store", store)
    shared = [*own, ("show",), *exports]
    found = [(*command, "--collection", collection, *here) for command in shared]
    if collection == "viewers":
        found.append(("user", _first(store, collection, "assignments", "user_id"), *here))
    return found


def _first(store: str, collection: str, table: str, column: str) -> str:
    version = CommitLog(open_store(store), collection).head()
    return str(version.read_table(table)[column][0])


@contextmanager
def keys_read() -> Iterator[set[str]]:
    """Collect the keys of the objects that are read."""
    seen: set[str] = set()
    plain = {name: getattr(LocalFolder, name) for name in ("get", "fetch")}

    def noting(name: str) -> Callable[..., Any]:
        def read(self: LocalFolder, key: str, *others: Any) -> Any:
            seen.add(key)
            return plain[name](self, key, *others)

        return read

    for name in plain:
        setattr(LocalFolder, name, noting(name))
    try:
        yield seen
    finally:
        for name, method in plain.items():
            setattr(LocalFolder, name, method)


class Reader:
    """Knows which command reads which object of the store while it is sound."""

    def __init__(self, store: str, scratch: Path, collections: Sequence[str]) -> None:
        self.store, self.scratch = store, scratch
        self.readers: dict[str, list[tuple[str, ...]]] = {}
        for collection in collections:
            for command in commands(store, collection, scratch):
                with keys_read() as seen:
                    said = ask(*command)
                assert said.status == 0, (command, said)
                for key in seen:
                    self.readers.setdefault(key, []).append(command)

    def unnoticed(self, collection: str, version: int, key: str) -> list[str]:
        """Every way to read a damaged object that does not refuse it by name."""
        path = key.split("/", 3)[-1] if "/runs/" in key and "manifest" not in key else None
        found = [] if self._is_told(collection, version, path or key) else ["verify"]
        for command in self.readers.get(key, ()):
            said = ask(*command)
            if said.status != 1 or not _is_named(said.err, path or key, version):
                found.append(f"{' '.join(command)}: {said}")
        found += self._by_the_library(collection, version, key, path)
        return found

    def _is_told(self, collection: str, version: int, name: str) -> bool:
        said = ask(
            "verify", "--version", str(version), "--collection", collection, "--store", self.store
        )
        return said.status == 1 and name in said.out + said.err

    def _by_the_library(
        self, collection: str, version: int, key: str, path: str | None
    ) -> Iterator[str]:
        log = CommitLog(open_store(self.store), collection)
        if path is None:
            yield from _not_refused("open", lambda: log.version(version), key, version)
            yield from _not_refused("head", log.head, key, version)
            return
        held = log.version(version)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            ways: dict[str, Callable[[], Any]] = {
                "read_bytes": lambda: held.read_bytes(path),
                "fetch": lambda: held.fetch(path, Path(folder, "one")),
                "fetch all": lambda: held.fetch("", Path(folder, "all")),
            }
            if path.endswith(".parquet"):
                table = path.removesuffix(".parquet").partition(".parquet/")[0]
                ways["read_table"] = lambda: held.read_table(table)
            if path.startswith("model/"):
                ways["load model"] = lambda: load(held, Path(folder, "model"))
            for way, read in ways.items():
                yield from _not_refused(way, read, path, version)
            if Path(folder, "one", path).exists() or Path(folder, "all", path).exists():
                yield "fetch left the damaged file behind"


def load(version: Any, folder: Path) -> None:
    """Fetch and load the model as a night does."""
    version.fetch("model", folder)
    ClusterModel.load(folder / "model")
    load_model(folder / "model")


def _not_refused(way: str, read: Callable[[], Any], name: str, version: int) -> Iterator[str]:
    try:
        read()
    except (DamagedFileError, BrokenCommitError) as error:
        if not _is_named(str(error), name, version):
            yield f"{way} names neither file nor version: {error}"
    else:
        yield f"{way} read it"


def _is_named(text: str, name: str, version: int) -> bool:
    """Whether one line names the file, and the version unless the file's own name does."""
    one_line = len(text.strip().splitlines()) == 1
    return one_line and name in text and ("/log/" in name or f"version {version} " in text)


def main(store: Path, damages: Path, results: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch, results.open("a", encoding="utf-8") as told:
        reader = Reader(str(store), Path(scratch), ("catalogue", "viewers"))
        for line in damages.read_text(encoding="utf-8").splitlines():
            damage = json.loads(line)
            told.write(json.dumps({"begun": damage["number"]}) + "\n")
            told.flush()
            path = store / damage["key"]
            sound = path.read_bytes()
            if damage["content"] is None:
                path.unlink()
            else:
                path.write_bytes(base64.b64decode(damage["content"]))
            found = reader.unnoticed(damage["collection"], damage["version"], damage["key"])
            path.write_bytes(sound)
            told.write(json.dumps({"done": damage["number"], "unnoticed": found}) + "\n")
            told.flush()


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
