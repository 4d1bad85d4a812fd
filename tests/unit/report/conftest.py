from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def data() -> Callable[[Path, str], Any]:
    """Reads a value from the data of a page's folder."""

    def read(report: Path, name: str) -> Any:
        text = (report / "data" / f"{name}.js").read_text(encoding="utf-8")
        called = re.fullmatch(r'reelhouseData\("([a-z0-9-]+)",(.*)\);\n', text, re.DOTALL)
        assert called is not None
        assert called[1] == name
        return json.loads(called[2])

    return read
