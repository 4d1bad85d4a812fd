"""`python -m reelhouse`."""

from __future__ import annotations

import sys

from reelhouse.cli import main

sys.exit(main())
