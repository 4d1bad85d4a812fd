"""Started by test_killed_publish.py: says ready, waits for a line, publishes one version."""

from __future__ import annotations

import sys
from pathlib import Path

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import publish
from reelhouse.storage.store import open_store


def main(root: Path, staged: Path, manifest: Path) -> None:
    store = open_store(root)
    head = CommitLog(store, "catalogue").head()
    run = RunManifest.from_json(manifest.read_bytes())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    publish(store, "catalogue", staged, run, head.number if head else None)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
