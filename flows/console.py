"""Progress and errors of `python -m flows` on the terminal."""

from __future__ import annotations

import logging
import time

from rich.console import Console
from rich.text import Text

#: Loggers whose messages are progress; the rest of the library speaks to the UI only.
_PROGRESS = (
    "tasks",
    "reelhouse.catalogue.fit",
    "reelhouse.embedded",
    "reelhouse.viewers.cluster",
    "reelhouse.comparison.competing",
    "reelhouse.comparison.stacking",
)


class ProgressHandler(logging.Handler):
    """One line per step, with the seconds since the start."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self._console = console
        self._start = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record."""
        seconds = time.monotonic() - self._start
        style = "yellow" if record.levelno >= logging.WARNING else ""
        line = Text(f"{seconds:6.1f} s  {record.getMessage()}", style=style)
        self._console.print(line, soft_wrap=True)


def show_progress(console: Console, *, quiet: bool, debug: bool) -> None:
    """Send progress to the terminal; keep Prefect's own account of failures off it.

    Prefect logs a failure once for the task and once for the flow, each with a traceback. The
    command prints the reason itself, as one line; `debug` brings the tracebacks back.
    """
    for name in ("tasks", "reelhouse"):
        logging.getLogger(name).setLevel(logging.INFO)
        # The root logger's handler is Prefect's own console.
        logging.getLogger(name).propagate = False
    if not quiet:
        handler = ProgressHandler(console)
        for name in _PROGRESS:
            logging.getLogger(name).addHandler(handler)
    if debug:
        return
    # Not to the root logger, whose handler Prefect renews whenever it sets up logging again. Great
    # Expectations reports its temporary directories.
    for name in ("prefect", "great_expectations"):
        logging.getLogger(name).propagate = False
        logging.getLogger(name).addHandler(logging.NullHandler())
