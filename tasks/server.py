"""The Prefect server that a run reports to, as far as it may be absent or broken."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.settings import PREFECT_API_URL

from reelhouse.redaction import redacted
from tasks.markdown import one_line

logger = logging.getLogger(__name__)


#: Names the server that a command brought along (flows.options); it ends with the command.
TEMPORARY_SERVER = "REELHOUSE_TEMPORARY_SERVER"


def has_server() -> bool:
    """Whether a server is set that stays; without one, nobody sees how far a run is."""
    url = PREFECT_API_URL.value()
    return url is not None and url != os.environ.get(TEMPORARY_SERVER)


@contextmanager
def forgiving(what: str) -> Iterator[None]:
    """Go on when something cannot be shown: what is published counts, and it is safe.

    Parameters
    ----------
    what : str
        What is lost then, for the log.
    """
    try:
        yield
    except Exception as error:
        logger.warning("%s: %s: %s", what, type(error).__name__, one_line(redacted(str(error))))
