"""A canary in every credential, through real runs: it turns up nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import psutil
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("run_watched.py")
CANARY = "c4n4ry"
#: Variables that a run may find in its environment.
SECRETS = {
    name: f"{CANARY}-{name.lower()}"
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "PREFECT_API_KEY",
        "SOME_PASSWORD",
    )
}


def vault(path: Path) -> str:
    """A URI with a canary wherever a URI can hold a secret."""
    return (
        f"vault://user-{CANARY}:pass-{CANARY}@host.example{path}"
        f"?X-Amz-Signature=sig-{CANARY}&versionId=3#frag-{CANARY}"
    )


class Watched(NamedTuple):
    """What flows in a process of their own printed, and where they wrote."""

    exits: list[str]
    out: str
    err: str
    listening: set[str]
    """Addresses at which the process and its children listened at any time."""
    folder: Path


@pytest.fixture(scope="module")
def watched(
    evening: Path, night: Path, raw: Path, tmp_path_factory: pytest.TempPathFactory
) -> Watched:
    folder = tmp_path_factory.mktemp("watched")
    for name in ("prefect", "tmp", "home"):
        (folder / name).mkdir()
    store = str(folder / "store")
    ratings = {
        "--ratings": raw / "combined_data_1.txt",
        "--title-names": raw / "movie_titles.csv",
        "--genres": raw / "netflix_genres.csv",
    }
    several = ("--rows-per-partition", "60", "--dask", "processes")
    commands = [
        ("catalogue", "--titles", vault(evening), "--store", store, "--clusters", "4", *several),
        ("nightly", "--titles", vault(night), "--store", store, "--json"),
        ("viewers", *(part for name, path in ratings.items() for part in (name, vault(path))),
         "--store", store, "--clusters", "4", "--no-pictures"),
        ("nightly", "--titles", vault(folder / "absent.csv"), "--store", store, "--debug"),
        ("nightly", "--titles", vault(folder / "unreachable.csv"), "--store", store, "--debug"),
        ("catalogue", "--titles", vault(raw / "movie_titles.csv"), "--store", store, "--debug"),
        ("demo", "--titles", vault(raw / "movie_titles.csv"), "--store", store, "--debug"),
        ("catalogue", "--titles", vault(evening), "--store", f"s3://a:{CANARY}@b/c", "--debug"),
    ]  # fmt: skip
    given = folder / "commands"
    given.write_text("\n".join(json.dumps(command) for command in commands), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environ = {
        **kept,
        **SECRETS,
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder / "home"),
        "PREFECT_HOME": str(folder / "prefect"),
        "TMPDIR": str(folder / "tmp"),
        "PREFECT_LOGGING_LEVEL": "DEBUG",
    }
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = psutil.Popen(
            [sys.executable, str(SCRIPT), str(given), str(folder / "messages")],
            cwd=ROOT,
            env=environ,
            stdout=out,
            stderr=err,
        )
        listening: set[str] = set()
        while process.poll() is None:
            listening |= addresses(process)
            try:
                process.wait(timeout=0.2)
            except psutil.TimeoutExpired:
                continue
    said = (folder / "out").read_text(encoding="utf-8")
    exits = [line for line in said.splitlines() if line.startswith("exit ")]
    return Watched(exits, said, (folder / "err").read_text(encoding="utf-8"), listening, folder)


def addresses(process: psutil.Process) -> set[str]:
    """Where a process and its children listen now."""
    found = set()
    try:
        for one in [process, *process.children(recursive=True)]:
            for connection in one.net_connections(kind="inet"):
                if connection.status == psutil.CONN_LISTEN:
                    found.add(f"{connection.laddr.ip} {one.name()} {one.cmdline()[:6]}")
    except psutil.Error:
        pass  # It has just ended.
    return found


@pytest.mark.long
def test_the_runs_did_what_they_were_to_do(watched: Watched) -> None:
    assert watched.exits == ["exit 0"] * 3 + ["exit 1"] * 5, watched.err[-3000:]
    assert "absent.csv does not exist" in watched.err
    assert watched.err.count("unreachable.csv cannot be read: ConnectionError") >= 4, "tries"
    assert "Traceback" in watched.err
    versions = sorted((watched.folder / "store").rglob("log/*.json"))
    assert [path.parent.parent.name for path in versions] == ["catalogue"] * 2 + ["viewers"]


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file as text; of Parquet also what it holds uncompressed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "commands":
            yield path, path.read_bytes().decode("latin-1")
            if path.suffix == ".parquet":
                yield path, str(pq.read_table(path).to_pylist())


@pytest.mark.long
def test_no_secret_is_printed_published_logged_stored_or_sent(watched: Watched) -> None:
    found = [str(path) for path, text in texts(watched.folder) if CANARY in text]
    assert found == []


@pytest.mark.long
def test_what_was_searched_holds_the_runs(watched: Watched) -> None:
    held = {path.relative_to(watched.folder).parts[0]: "" for path, _ in texts(watched.folder)}
    for path, text in texts(watched.folder):
        held[path.relative_to(watched.folder).parts[0]] += text
    # The parameters, the logs of the tasks, and a failure with its traceback.
    for part in ("vault://host.example", "titles added", "absent.csv does not exist", "Traceback"):
        assert part in held["prefect"], part
    assert "vault://host.example" in held["store"]
    assert "part-00000" in held["messages"]


@pytest.mark.long
def test_nobody_beyond_this_machine_can_connect(watched: Watched) -> None:
    assert any("prefect" in one or "uvicorn" in one for one in watched.listening)
    assert len(watched.listening) >= 3, "the server, Dask's scheduler and its workers"
    assert {one.split()[0] for one in watched.listening} <= {"127.0.0.1", "::1"}


class Echo(BaseHTTPRequestHandler):
    """A store that answers with what it was asked, as some do to explain a refusal."""

    status = 403

    def do_GET(self) -> None:
        body = f"<Error><Code>X</Code><Message>{self.headers}</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


OPENING = {
    "the command": """
from reelhouse.cli import main
main(["versions", "--store", "s3://bucket/x", "--debug"])
""",
    "the library": """
import traceback
from reelhouse.runs.base import open_base
try:
    open_base("s3://bucket/x", "catalogue", create=False)
except Exception:
    traceback.print_exc()
""",
}


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("way", OPENING)
def test_a_store_that_repeats_the_credentials_is_not_quoted(status: int, way: str) -> None:
    handler = type("Echo", (Echo,), {"status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [sys.executable, "-c", OPENING[way]],
            env={
                **os.environ,
                **SECRETS,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
                "AWS_REGION": "us-east-1",
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown()
    assert "s3://bucket/x" in done.stderr
    assert "Traceback" in done.stderr
    assert CANARY not in done.stdout + done.stderr
