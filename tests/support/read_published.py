"""Started by `unpickled.py`: reads a store in every way, and tells what was unpickled.

    python read_published.py STORE

Prints a JSON object: what the interpreter's audit events said while every collection of the store
was read, and whether the hook works at all.
"""

from __future__ import annotations

import json
import pickle
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

events: list[str] = []


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what `pickle`, `marshal` and `shelve` look up, and who asked."""
    if event.startswith("pickle.") or event in ("marshal.loads", "marshal.load"):
        callers = [frame.filename for frame in traceback.extract_stack(limit=12)]
        # The interpreter itself loads compiled modules so.
        if not any("importlib" in caller for caller in callers):
            events.append(f"{event} {arguments} from {callers}")


def main(store: str) -> None:
    sys.addaudithook(hook)
    # Nothing but a check of the hook itself: had it no ears, no event would prove nothing.
    pickle.loads(pickle.dumps(Path))
    works = bool(events)
    events.clear()
    from read_damaged import TABLES, Reader, load

    from reelhouse.storage.commits import CommitLog
    from reelhouse.storage.store import open_store

    collections = [name for name in TABLES if Path(store, name).is_dir()]
    loaded = []
    with tempfile.TemporaryDirectory() as scratch:
        read = Reader(store, Path(scratch), collections).readers
        for collection in collections:
            version = CommitLog(open_store(store), collection).head()
            assert version is not None
            version.fetch("", Path(scratch, collection))
            if collection in ("catalogue", "deep"):
                load(version, Path(scratch, collection, "again"))
                loaded += ["model", *load_networks(Path(scratch, collection, "model"))]
    told = {"works": works, "objects": len(read), "collections": collections, "events": events}
    sys.stdout.write(json.dumps(told | {"loaded": loaded}))


def load_networks(model: Path) -> list[str]:
    """Load the encoder and the classifier that a night places titles by, where there are."""
    from reelhouse.catalogue.placing import CLASSIFIER, ENCODER
    from reelhouse.deep.classifier import DenseClassifier
    from reelhouse.deep.clusters import DeepClusters

    loaders = {ENCODER: DeepClusters.load, CLASSIFIER: DenseClassifier.load}
    held = [name for name in loaders if (model / name).is_dir()]
    for name in held:
        loaders[name](model / name)
    return held


if __name__ == "__main__":
    main(sys.argv[1])
