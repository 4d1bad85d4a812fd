"""Started by test_secrets.py and test_listening.py: runs flows, and writes down what gets about.

    python run_watched.py COMMANDS MESSAGES

COMMANDS holds one JSON list of arguments per line, for `python -m flows` each. What is sent to
and from Dask's scheduler in this process is appended to MESSAGES. Inputs may be URIs of the
protocol `vault`, whose client opens local files and fails as talkatively as a client can.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem


class Vault(LocalFileSystem):
    """Local files behind vault://user:password@host/path?query#fragment."""

    protocol = "vault"
    cachable = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(path)

    def open(self, path: str, *_: Any, **__: Any) -> Any:
        parts = urlsplit(path)
        if parts.path.endswith("unreachable.csv"):
            inner = ValueError(f"login of {parts.username} with {parts.password} at {path}")
            raise ConnectionError(f"no route to {path}, query {parts.query}") from inner
        return Path(parts.path).open("rb")


def record_messages(target: Path) -> None:
    """Append the bytes of everything that is sent over Dask's connections."""
    from distributed.comm import tcp
    from distributed.comm.utils import to_frames

    write: Callable[..., Awaitable[Any]] = tcp.TCP.write

    async def recorded(self: Any, msg: Any, *others: Any, **named: Any) -> Any:
        with target.open("ab") as file:
            for frame in await to_frames(msg, serializers=named.get("serializers")):
                file.write(bytes(frame))
        return await write(self, msg, *others, **named)

    tcp.TCP.write = recorded  # type: ignore[method-assign]


def main(commands: Path, messages: Path) -> None:
    fsspec.register_implementation("vault", Vault, clobber=True)
    record_messages(messages)
    from flows.__main__ import main as flows
    from flows.environment import prepare

    prepare()
    from tasks.retrying import DELAYS

    DELAYS[:] = [0.1] * len(DELAYS)

    for line in commands.read_text(encoding="utf-8").splitlines():
        sys.argv = ["python -m flows", *json.loads(line)]
        try:
            flows()
        except SystemExit as stopped:
            sys.stdout.write(f"exit {stopped.code or 0}\n")
        except BaseException:
            traceback.print_exc()
            sys.stdout.write("exit by a traceback\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
