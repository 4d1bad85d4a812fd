"""What the README and its companions show is run, block after block, as a reader would."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from tests.support.documents import code_blocks, section
from tests.support.gateway import Gateway, free_port

ROOT = Path(__file__).resolve().parents[2]
#: Run by whoever reads this, and by tests/live.
ELSEWHERE = ("make server", "make deploy", "make worker")
#: What the README and its companions show is in these sections; each is run by one test.
RUN = {
    "README.md": [
        "Two commands",
        "My own catalogue",
        "The Netflix Prize",
        "Every night on a schedule",
        "S3",
        "A Dask cluster",
        "The library in four lines",
    ],
    "docs/operations.md": ["Reading what is published"],
    "docs/viewers.md": ["Without data"],
    "docs/comparison.md": ["Models compared"],
}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


class Reader:
    """Somebody who types what a document shows, in a folder of their own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = os.environ | environment | {
            "PYTHONPATH": str(ROOT),
            "PREFECT_API_URL": str(get_current_settings().api.url or ""),
            # What would open in the reader's browser is only named here.
            "BROWSER": "true",
            "XDG_CACHE_HOME": str(folder / "cache"),
        }  # fmt: skip
        #: Texts in what is typed, and what they are here.
        self.instead: dict[str, str] = {}

    def follow(self, name: str, heading: str) -> list[str]:
        """Run all blocks of a section, in order; returns what each command printed."""
        printed = []
        for language, text in code_blocks(section(text_of(name), heading)):
            if language == "python":
                printed.append(self.run([sys.executable, "-c", text]))
            elif language == "bash":
                printed += [self.type(line) for line in text.splitlines()]
        assert printed
        return printed

    def type(self, line: str) -> str:
        """Run a line of a shell block."""
        if line.startswith(ELSEWHERE):
            return ""
        if line.startswith("export "):
            asked = {word.partition("=")[0] for word in line.split()[1:]}
            assert asked <= self.environment.keys(), line
            return ""
        shown = self.run(self.command(line))
        assert shown.strip(), line
        return shown

    def run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stderr}"
        return done.stdout

    def command(self, line: str) -> list[str]:
        """The line with this test's Python in place of .venv and make."""
        for text, here in self.instead.items():
            line = line.replace(text, here)
        line = line.replace("make demo", ".venv/bin/python -m flows demo --store demo-store")
        program, *words = shlex.split(line)
        modules = {"reelhouse": ["-m", "reelhouse"], "dask": ["-m", "dask"], "python": []}
        assert program.startswith(".venv/bin/"), line
        return [sys.executable, *modules[program.removeprefix(".venv/bin/")], *words]

    @contextmanager
    def running(self, line: str, until: str) -> Iterator[None]:
        """Keep a command running that ends when it is told to; wait until it says so much."""
        log = self.folder / f"log-{len(list(self.folder.glob('log-*')))}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                self.command(line), cwd=self.folder, env=self.environment,
                stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            end = time.monotonic() + 60
            while until not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture
def reader(evening: Path, night: Path, raw: Path, tmp_path: Path) -> Reader:
    """With the files that the README speaks of: two snapshots, and ratings."""
    shutil.copy(evening, tmp_path / "netflix_titles.csv")
    shutil.copy(night, tmp_path / "tonight.csv")
    ratings = shutil.ignore_patterns("truth.parquet")
    shutil.copytree(raw, tmp_path / "netflix-prize", ignore=ratings)
    return Reader(tmp_path)


def plain(text: str) -> str:
    """All on one line: output is wrapped by the width of the terminal."""
    return re.sub(r"\s+", " ", text)


def test_every_block_is_in_a_section_that_is_run() -> None:
    for name, headings in RUN.items():
        within = [
            block for heading in headings for block in code_blocks(section(text_of(name), heading))
        ]
        all_blocks = [block for block in code_blocks(text_of(name)) if block.language != "mermaid"]
        assert within == all_blocks, name


def test_the_demo_prints_what_is_shown_and_can_be_read_as_is_said(reader: Reader) -> None:
    printed = iter(reader.follow("README.md", "Two commands"))
    shown = [text for language, text in code_blocks(text_of("README.md")) if language == "text"]
    assert len(shown) == 2
    for text in shown:
        found = plain(next(printed))
        for part in plain(text).split(" ... "):
            assert part.removesuffix("... ").strip() in found
    reader.follow("docs/operations.md", "Reading what is published")


def test_a_catalogue_of_ones_own_is_clustered_and_a_night_follows(reader: Reader) -> None:
    refit, night = reader.follow("README.md", "My own catalogue")
    assert "Published version 1 of catalogue in my-store" in refit
    assert "12 added, 3 removed, 5 edited" in night


@pytest.mark.long
def test_a_folder_of_the_prize_is_clustered_and_a_user_is_answered(reader: Reader) -> None:
    _, _, answer = reader.follow("README.md", "The Netflix Prize")
    assert "10. " in answer


def test_deployments_are_left_to_the_live_tests(reader: Reader) -> None:
    blocks = code_blocks(section(text_of("README.md"), "Every night on a schedule"))
    (block,) = blocks
    assert all(line.startswith(ELSEWHERE) for line in block.text.splitlines())


@pytest.mark.long
def test_a_bucket_is_published_to_and_read(reader: Reader, gateway: Gateway, bucket: str) -> None:
    there = Reader(reader.folder, **gateway.environment)
    there.instead = {"s3://my-bucket": bucket}
    _, refit, clusters = there.follow("README.md", "S3")
    assert f"Published version 1 of catalogue in {bucket}/films" in refit
    assert "titles" in clusters


@pytest.mark.long
def test_a_dask_cluster_computes(reader: Reader) -> None:
    (block,) = code_blocks(section(text_of("README.md"), "A Dask cluster"))
    scheduler, worker, flow = block.text.splitlines()
    reader.instead = {"8786": str(free_port())}
    scheduler += " --dashboard-address 127.0.0.1:0"
    with (
        reader.running(scheduler, "Scheduler at:"),
        reader.running(worker, "Registered to:"),
    ):
        assert "Published version 1 of catalogue in my-store" in reader.type(flow)


def test_four_lines_of_the_library_read_a_store(reader: Reader, published: Path) -> None:
    shutil.copytree(published, reader.folder / "demo-store")
    (printed,) = reader.follow("README.md", "The library in four lines")
    assert "cluster_id" in printed


@pytest.mark.long
def test_ratings_are_made_clustered_and_models_compared_on_them(reader: Reader) -> None:
    reader.follow("docs/viewers.md", "Without data")
    _, table = reader.follow("docs/comparison.md", "Models compared")
    assert "ensemble" in table
