"""The Prefect server of a command that is told of none: there while the command runs.

Prefect would start one too, but only when the flow is called, after importing the whole server
into the command's own process. This one is the first thing that a command starts, and comes up
while Prefect and the flow are imported. It also ends with its command, however that ends: it reads
a pipe that nobody writes to, and that closes with the command.
"""

from __future__ import annotations

import atexit
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from reelhouse.errors import ReelhouseError

_APP = "prefect.server.api.server:create_app"
#: As Prefect marks a temporary server: only the services that record runs, no pages.
_MARKS = {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1", "PREFECT_UI_ENABLED": "0"}
#: For requests that are still open when the command has ended.
_STOP_SECONDS = 5


class TemporaryServer:
    """A server of its own process, on a free port of the loopback interface.

    It uses the database under `PREFECT_HOME`: its runs are found there later. It is stopped at the
    very end of this process, because Prefect sends logs and events until then.

    Attributes
    ----------
    url : str
        What `PREFECT_API_URL` is to be.
    """

    def __init__(self) -> None:
        # Requests wait in the socket's queue until the server takes them.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._address: tuple[str, int] = listener.getsockname()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flows.temporary_server", str(listener.fileno())],
                stdin=subprocess.PIPE,
                env=os.environ | _MARKS,
                pass_fds=[listener.fileno()],
                # An interrupt from the terminal is for the command, which then records its end.
                process_group=0,
            )
        self.url = f"http://127.0.0.1:{self._address[1]}/api"
        atexit.register(self.stop)

    def wait(self, seconds: float) -> None:
        """Return when the server answers.

        Parameters
        ----------
        seconds : float
            How long to wait at most.

        Raises
        ------
        ReelhouseError
            It did not come up; what it wrote stands on the terminal.
        """
        connection = http.client.HTTPConnection(*self._address, timeout=seconds)
        try:
            connection.request("GET", "/api/health")
            answer = connection.getresponse().status
        except OSError as error:
            raise ReelhouseError(
                f"the temporary Prefect server did not come up (at most {seconds:g} s are allowed, "
                f"its database is below PREFECT_HOME): {error}"
            ) from error
        finally:
            connection.close()
        if answer != http.HTTPStatus.OK:
            raise ReelhouseError(f"the temporary Prefect server answers with status {answer}")

    def stop(self) -> None:
        """End the server; nothing to do when it has ended."""
        atexit.unregister(self.stop)
        self._process.terminate()
        try:
            # Closes the pipe as well.
            self._process.communicate(timeout=2 * _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def serve(listener: int) -> None:
    """Serve Prefect's API on a socket that listens, until standard input closes."""
    import uvicorn

    config = uvicorn.Config(
        _APP,
        factory=True,
        lifespan="on",
        log_level="error",
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    threading.Thread(target=_stop_with_the_command, daemon=True).start()
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=listener)])


def _stop_with_the_command() -> None:
    sys.stdin.buffer.read()
    # The way that `stop` goes too.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
