from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.__main__ import missing_here
from tests.support.gateway import free_port

ROOT = Path(__file__).resolve().parents[3]


def deploy(*arguments: str, api: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deployments", *arguments],
        cwd=ROOT,
        env=os.environ | {"PREFECT_API_URL": api, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_inputs_that_are_not_here_are_named_and_those_elsewhere_are_not(tmp_path: Path) -> None:
    here = tmp_path / "titles.csv"
    here.touch()
    assert missing_here(titles=str(here), ratings="s3://bucket/ratings") == []
    (line,) = missing_here(titles=str(tmp_path / "absent.csv"), ratings=str(tmp_path))
    assert line.startswith(f"titles {tmp_path / 'absent.csv'} is not here")


@pytest.mark.slow
def test_without_a_server_one_line_says_what_to_do() -> None:
    address = f"http://127.0.0.1:{free_port()}/api"
    done = deploy(api=address)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: no Prefect server answers at {address} (")
    assert line.endswith("start one with `make server`, or set PREFECT_API_URL")


@pytest.mark.slow
def test_a_time_zone_that_is_none_is_refused_before_anything_is_deployed() -> None:
    done = deploy("--timezone", "Europe/Nowhere", api="")
    assert done.returncode == 2
    assert "'Europe/Nowhere' is no time zone" in done.stderr
