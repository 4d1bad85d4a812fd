"""Functions that stand in for the function of a run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def stand_in(stand: Callable[..., Any], run: Callable[..., Any]) -> None:
    """Give a wrapper the signature of the function that it wraps, its types looked up.

    An orchestrator looks for the types behind annotations in the module of the function that it is
    given, which is the wrapper's.
    """
    signature = inspect.signature(run, eval_str=True)
    stand.__signature__ = signature  # type: ignore[attr-defined]
    stand.__annotations__ = inspect.get_annotations(run, eval_str=True)
