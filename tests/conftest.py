"""Options and fixtures of all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-rounds",
        type=int,
        default=5,
        help="random kills of each fault test (default 5)",
    )


@pytest.fixture
def fault_rounds(request: pytest.FixtureRequest) -> int:
    rounds: int = request.config.getoption("--fault-rounds")
    return rounds


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data files; the test is skipped where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("REELHOUSE_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; REELHOUSE_DATA names another folder")
    return folder
