"""Draws a share of a folder's pictures: python -m reelhouse.plots FOLDER SHARE N_SHARES."""

from __future__ import annotations

import sys
from pathlib import Path

from reelhouse.plots.write import draw_share

if __name__ == "__main__":
    for stem in draw_share(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])):
        # Read by the process that waits for this one.
        sys.stdout.write(f"{stem}\n")
        sys.stdout.flush()
