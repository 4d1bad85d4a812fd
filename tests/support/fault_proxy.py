"""A proxy before an S3 server that breaks the calls it is told to, by bucket and number.

It speaks just enough HTTP/1.1 to know where a request and its reply end.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, Literal, NamedTuple, TypeAlias

from tests.support.gateway import signed_headers

Fault: TypeAlias = Literal[
    "drop_request",  # cut before the server sees anything
    "drop_reply",  # the server acts on it, the reply is cut
    "half",  # half of the request's body arrives; without one, half of the reply's
    "delay",  # the request waits, and is delivered even if the client has given up
    "busy",  # 503, and the server sees nothing
    "error",  # a bare 500
    "conflict",  # 409, as some servers answer two creates that meet
    "kill_before",  # `on_kill` is called, the server sees nothing
    "kill_after",  # `on_kill` is called once the server has acted
]

FAULTS: tuple[Fault, ...] = ("drop_request", "drop_reply", "half", "delay", "busy")

_STATUS: dict[str, str] = {
    "busy": "503 Slow Down",
    "error": "500 Internal Server Error",
    "conflict": "409 Conflict",
}
_PIECE = 64 * 1024
#: A thing closed for good: the other side sees a reset, as of a server that died.
_RESET = struct.pack("ii", 1, 0)


class CutError(Exception):
    """The connection is to be cut, or was."""


class Request(NamedTuple):
    """The head of a request, and the bytes of its body."""

    head: bytes
    length: int

    @property
    def line(self) -> str:
        """Method and path."""
        return self.head.split(b" HTTP/", 1)[0].decode()

    @property
    def bucket(self) -> str:
        """First segment of the path."""
        return re.split("[/?]", self.line.split(" ")[1])[1]


@dataclass
class Plan:
    """What happens to the calls to one bucket.

    Parameters
    ----------
    faults
        What breaks the call of each number, from 0.
    rest
        What breaks every call after the last of these.
    on_kill
        What "kill_before" and "kill_after" call.
    calls
        Filled in: method and path of each call.
    """

    faults: dict[int, Fault] = field(default_factory=dict)
    rest: Fault | None = None
    on_kill: Callable[[], object] = lambda: None
    calls: list[str] = field(default_factory=list)


def commit_among(calls: list[str]) -> int:
    """Return the number of the call that creates a commit object."""
    return next(n for n, call in enumerate(calls) if re.match("PUT .*/log/[0-9]+[.]json", call))


class FaultProxy:
    """Passes requests on; use as a context.

    Parameters
    ----------
    upstream
        Port of the server on 127.0.0.1.
    delay
        Seconds that "delay" waits.
    lying
        Take `If-None-Match` from requests, so that the server replaces what it should not.

    Attributes
    ----------
    port
        Where it listens on 127.0.0.1.
    """

    def __init__(self, upstream: int, *, delay: float = 5.0, lying: bool = False) -> None:
        self._upstream = upstream
        self._delay = delay
        self._lying = lying
        self._lock = threading.Lock()
        self._plans: dict[str, Plan] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> FaultProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would leave the waiting accept, and the port, alive.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def plan(self, bucket: str, plan: Plan) -> Plan:
        """Follow a plan for the calls to a bucket, from now on; return it."""
        with self._lock:
            self._plans[bucket] = plan
        return plan

    def _next_fault(self, request: Request) -> tuple[Fault | None, Callable[[], object]]:
        with self._lock:
            plan = self._plans.setdefault(request.bucket, Plan())
            number = len(plan.calls)
            plan.calls.append(request.line)
            after = number > max(plan.faults, default=-1)
            return plan.rest if after else plan.faults.get(number), plan.on_kill

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with (
            client,
            suppress(OSError, CutError),
            socket.create_connection(("127.0.0.1", self._upstream)) as server,
        ):
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                with client.makefile("rb") as asked, server.makefile("rb") as answered:
                    while True:
                        self._pass(client, asked, server, answered)
            finally:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def _pass(
        self, client: socket.socket, asked: BinaryIO, server: socket.socket, answered: BinaryIO
    ) -> None:
        head = _read_head(asked)
        request = Request(head, _content_length(head) or 0)
        fault, on_kill = self._next_fault(request)
        body = _pieces(asked, request.length)
        if fault in _STATUS:
            b"".join(body)
            client.sendall(f"HTTP/1.1 {_STATUS[fault]}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        if fault == "kill_before":
            on_kill()
        if fault in ("drop_request", "kill_before"):
            raise CutError
        if fault == "delay":
            body = iter(list(body))
            time.sleep(self._delay)
        server.sendall(self._outgoing(request))
        if fault == "half" and request.length:
            server.sendall(b"".join(body)[: request.length // 2])
            raise CutError
        for piece in body:
            server.sendall(piece)
        reply = _reply(answered, request.line.startswith("HEAD "))
        _return(client, reply, fault, on_kill)

    def _outgoing(self, request: Request) -> bytes:
        if not self._lying or b"\r\nif-none-match:" not in request.head.lower():
            return request.head
        # The client's signature covers the condition; this one does not.
        first, *lines = request.head[:-4].split(b"\r\n")
        gone = re.compile(rb"(if-none-match|authorization|date|content-type|x-amz-[^:]*):", re.I)
        kept = [line for line in lines if not gone.match(line)]
        method, path = request.line.split(" ")
        signed = [
            f"{name}: {value}".encode() for name, value in signed_headers(method, path).items()
        ]
        return b"\r\n".join([first, *kept, *signed]) + b"\r\n\r\n"


def _return(
    client: socket.socket,
    reply: Iterator[bytes],
    fault: Fault | None,
    on_kill: Callable[[], object],
) -> None:
    if fault not in ("drop_reply", "kill_after", "half"):
        for piece in reply:
            client.sendall(piece)
        return
    whole = b"".join(reply)
    if fault == "kill_after":
        on_kill()
    if fault == "half":
        head = whole.index(b"\r\n\r\n") + 4
        client.sendall(whole[: (head + len(whole)) // 2])
    raise CutError


def _read_head(stream: BinaryIO) -> bytes:
    lines = []
    while line := stream.readline(_PIECE):
        lines.append(line)
        if line == b"\r\n" and len(lines) > 1:
            return b"".join(lines)
    raise CutError


def _content_length(head: bytes) -> int | None:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else None


def _pieces(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(length, _PIECE))
        if not piece:
            raise CutError
        length -= len(piece)
        yield piece


def _reply(stream: BinaryIO, head_only: bool) -> Iterator[bytes]:
    """Yield a reply piece by piece, as it stands on the wire."""
    head = _read_head(stream)
    if re.match(rb"HTTP/1.1 100 ", head):
        yield head
        head = _read_head(stream)
    yield head
    if head_only or re.match(rb"HTTP/1.1 (204|304) ", head):
        return
    if re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE):
        yield from _chunks(stream)
        return
    yield from _pieces(stream, _content_length(head) or 0)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while True:
        line = stream.readline(_PIECE)
        yield line
        size = int(line.split(b";")[0], 16)
        yield from _pieces(stream, size + 2)
        if not size:
            return
