"""A real S3 server on loopback: a Ceph Object Gateway with one monitor and one disk of its own.

No root daemons, no system services: three processes that this one starts and stops by their own
ids. `memstore` lives in memory and starts in about a second; `bluestore` keeps what it
acknowledged through kill -9.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path

PROGRAMS = (*("ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool", "setpriv"),)
DEBIAN_PACKAGES = "radosgw ceph-mon ceph-osd ceph-common"
ACCESS_KEY, SECRET_KEY = "reelhouse-test", "reelhouse-test-secret"
_SECONDS_TO_START = 60.0

# Without keys the monitor's messages must be "crc", or radosgw waits for ever; tcp_nodelay takes
# a put from 55 ms to 5; the paxos times take the making of a pool from 2 s to a fraction of one.
_SETTINGS = """
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{monitor}]
mon_initial_members = a
public_addr = 127.0.0.1
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_port_min = {disk}
ms_bind_port_max = {disk_last}
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_mon_service_mode = crc
ms_mon_cluster_mode = crc
paxos_propose_interval = 0.05
paxos_min_wait = 0.02
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
mon_max_pg_per_osd = 1000
osd_crush_chooseleaf_type = 0
mon_data = {folder}/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 1
osd_data = {folder}/osd
osd_objectstore = {objects}
memstore_device_bytes = 6442450944
bluestore_block_size = 10737418240
osd_memory_target = 1073741824
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
log_file = {folder}/log/$name.log
pid_file = {folder}/run/$name.pid
crash_dir = {folder}/log
keyring = /dev/null
debug_osd = 0/0
debug_ms = 0/0
debug_rgw = 0/0
debug_mon = 0/0
debug_paxos = 0/0
debug_bluestore = 0/0
debug_rocksdb = 0/0

[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw_override_bucket_index_max_shards = 1
rgw_dns_name = localhost
rgw_enable_usage_log = false
rgw_thread_pool_size = 128
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 5
"""


class GatewayError(Exception):
    """The server did not start."""


def missing_programs() -> list[str]:
    """Return which of the server's programs this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Gateway:
    """One server; use as a context.

    Attributes
    ----------
    port
        Where it listens on 127.0.0.1.
    """

    def __init__(self, objects: str = "memstore") -> None:
        # The path is short: a Unix socket's may have 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="rgw-", dir="/tmp"))
        self._objects = objects
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, list[str]] = {}
        self.port = 0

    def __enter__(self) -> Gateway:
        for attempt in range(3):
            try:
                self._start()
            except (GatewayError, subprocess.CalledProcessError):
                # Another process may have taken a port between its choice and its use.
                self._stop_all()
                if attempt == 2:
                    self.close()
                    raise
            else:
                return self
        raise AssertionError

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs in its environment."""
        return client_environment(self.port)

    def close(self) -> None:
        """Stop the daemons at once and remove their files."""
        self._stop_all()
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self, name: str) -> None:
        """kill -9 of `osd` or `rgw`."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def start(self, name: str) -> None:
        """Start a daemon that was killed, and wait until the server answers again.

        Not from a passing thread: the daemon is told to end with the thread that started it.
        """
        self._launch(name)
        self._await_answer()

    def make_bucket(self) -> str:
        """Make an unversioned bucket of a new name."""
        name = f"test-{secrets.token_hex(6)}"
        status, reply = self.request("PUT", f"/{name}")
        if status != 200:
            raise GatewayError(f"bucket {name} was not made: {status} {reply!r}")
        return name

    def open_to_readers(self, bucket: str) -> str:
        """Let anybody read a bucket's objects; returns the address that they stand below."""
        allowed = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]}).encode()
        status, reply = self.request("PUT", f"/{bucket}?policy", policy)
        if status not in (200, 204):
            raise GatewayError(f"bucket {bucket} is not open to readers: {status} {reply!r}")
        return f"http://127.0.0.1:{self.port}/{bucket}"

    def keep_versions(self, bucket: str) -> None:
        """Switch versioning on for a bucket."""
        wanted = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        status, reply = self.request("PUT", f"/{bucket}?versioning", wanted)
        if status != 200:
            raise GatewayError(f"bucket {bucket} keeps no versions: {status} {reply!r}")

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request; return the status and the reply's body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {**signed_headers(method, path), "Content-Length": str(len(body))}
            connection.request(method, path, body or None, headers)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def _start(self) -> None:
        for name in ("mon", "osd", "run", "log"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
            (self._folder / name).mkdir()
        self.port, monitor, disk = free_port(), free_port(), 20_000 + secrets.randbelow(11_000)
        fsid = str(uuid.uuid4())
        settings = self._folder / "ceph.conf"
        settings.write_text(
            _SETTINGS.format(
                fsid=fsid,
                folder=self._folder,
                objects=self._objects,
                port=self.port,
                monitor=monitor,
                disk=disk,
                disk_last=disk + 100,
            )
        )
        self._give_away()
        self._commands = {
            "mon": ["ceph-mon", "-f", "-i", "a"],
            "osd": ["ceph-osd", "-f", "-i", "0"],
            "rgw": ["radosgw", "-f", "-n", "client.rgw.a"],
        }
        self._prepare_monitor(fsid, monitor)
        self._launch("mon")
        self._prepare_disk()
        self._launch("osd")
        self._run(
            *("radosgw-admin", "user", "create", "--uid=test", "--display-name=test"),
            *(f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}", "--max-buckets=0"),
        )
        self._launch("rgw")
        self._await_answer()
        # The first object makes the pools, which takes longer than a test may wait for a put.
        self.request("PUT", f"/{self.make_bucket()}/first")

    def _give_away(self) -> None:
        """Let an unprivileged user own the files when this process is root."""
        if os.geteuid() != 0:
            return
        user = pwd.getpwnam("nobody")
        for path in [self._folder, *self._folder.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid)

    def _prepare_monitor(self, fsid: str, port: int) -> None:
        plan = self._folder / "monmap"
        self._run(
            *("monmaptool", "--create", "--fsid", fsid, "--addv", "a"),
            *(f"[v2:127.0.0.1:{port}]", str(plan), "--clobber"),
            settings=False,
        )
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", str(plan))

    def _prepare_disk(self) -> None:
        disk = str(uuid.uuid4())
        self._run("ceph", "osd", "new", disk, "0")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)

    def _run(self, program: str, *arguments: str, settings: bool = True) -> None:
        command = [program, *(("-c", str(self._folder / "ceph.conf")) if settings else ())]
        subprocess.run(
            [*self._as_nobody(), *command, *arguments],
            check=True,
            capture_output=True,
            cwd=self._folder,
            timeout=_SECONDS_TO_START,
        )

    def _launch(self, name: str) -> None:
        command = self._commands[name]
        with (self._folder / f"{name}.out").open("ab") as output:
            self._running[name] = subprocess.Popen(
                [*self._as_nobody(), *command, "-c", str(self._folder / "ceph.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                start_new_session=True,
            )

    def _as_nobody(self) -> list[str]:
        # The daemons end with this process, however it ends.
        command = ["setpriv", "--pdeathsig", "KILL"]
        if os.geteuid() != 0:
            return command
        group = pwd.getpwnam("nobody").pw_gid
        return [*command, "--reuid", "nobody", "--regid", str(group), "--clear-groups"]

    def _await_answer(self) -> None:
        limit = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < limit:
            for name, process in self._running.items():
                if process.poll() is not None:
                    said = (self._folder / f"{name}.out").read_text(errors="replace")[-500:]
                    raise GatewayError(f"{name} ended with {process.returncode}: {said}")
            # A listing of buckets reads from the disk; the bare page would answer without it.
            with suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/")[0] == 200:
                    return
            time.sleep(0.02)
        raise GatewayError(f"the gateway did not answer within {_SECONDS_TO_START:.0f} s")

    def _stop_all(self) -> None:
        for process in self._running.values():
            process.send_signal(signal.SIGKILL)
        for process in self._running.values():
            # Waiting reaps it: the machine's first process may not.
            process.wait()
        self._running.clear()


def signed_headers(method: str, path: str) -> dict[str, str]:
    """Sign a request without headers of Amazon's the old and short way."""
    date = formatdate(usegmt=True)
    text = f"{method}\n\n\n{date}\n{path}".encode()
    digest = base64.b64encode(hmac.digest(SECRET_KEY.encode(), text, hashlib.sha1)).decode()
    return {"Date": date, "Authorization": f"AWS {ACCESS_KEY}:{digest}"}


def client_environment(port: int) -> dict[str, str]:
    """Return what a client of the server, or of a proxy before it, needs in its environment."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
