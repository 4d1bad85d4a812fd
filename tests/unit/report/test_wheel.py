from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_wheel_holds_the_page_and_all_that_it_loads(only_the_wheel: dict[str, str]) -> None:
    unpacked = Path(only_the_wheel["PYTHONPATH"].split(os.pathsep)[0])
    for folder in ("reelhouse/report/static", "reelhouse/report/templates"):
        source = {
            path.relative_to(ROOT): path.read_bytes()
            for path in (ROOT / folder).rglob("*")
            if path.is_file()
        }
        assert source
        assert {name: (unpacked / name).read_bytes() for name in source} == source
