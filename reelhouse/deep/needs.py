"""Whether torch is there, asked before anything is read."""

from __future__ import annotations

from importlib.util import find_spec

from reelhouse.errors import NetworkError


def require_torch(what: str) -> None:
    """Say in one line how to install torch where it is missing.

    Parameters
    ----------
    what : str
        What needs it.

    Raises
    ------
    NetworkError
    """
    if find_spec("torch") is None:
        raise NetworkError(f"{what} needs torch: pip install 'reelhouse[deep]'")


def require_for(classifier: str) -> None:
    """The same for a kind of classifier; a linear one needs nothing.

    Raises
    ------
    NetworkError
    """
    if classifier == "dense":
        require_torch("a dense classifier")
