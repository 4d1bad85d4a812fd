"""How a flow run begins and ends in the Prefect UI: its name, its final state, its message.

The name of the state stays Completed or Failed. Prefect names its events after it, and automations
that wait for a run's end know these names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed

from reelhouse.errors import QualityError, ReelhouseError, SourceError
from reelhouse.redaction import redacted
from reelhouse.runs.record import Outcome
from reelhouse.runs.wrapping import stand_in
from tasks.markdown import one_line
from tasks.names import counted, short_name
from tasks.server import forgiving

#: Seconds. A run that takes hours longer than any that was measured hangs, and holds up the next.
HOUR = 60 * 60

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Ending:
    """What is said of a run that ended well.

    Attributes
    ----------
    name : str
        Of the run, without the name of its flow.
    message : str
        Of its final state.
    """

    name: str
    message: str


#: Says how a run over something (the short name of its file or store) ended.
Describe = Callable[[str, _R], Ending]


def named_after(setting: str) -> Callable[[], str]:
    """Name a run by its flow and what it works on, such as `nightly netflix_titles.csv`.

    Parameters
    ----------
    setting : str
        The setting that holds the path or URI.
    """
    return lambda: f"{_flow_name()} {_subject(setting)}"


def ends_as(setting: str, describe: Describe[_R]) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Give runs of a flow a name and a final state that say what they came to.

    An error of ours becomes the state Failed with the error's own line; callers of the flow get
    the result, or the error, as if nothing were in between.

    Parameters
    ----------
    setting : str
        As in `named_after`.
    describe : callable
    """

    def ending(run: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(run)
        def ended(*args: _P.args, **kwargs: _P.kwargs) -> State[Any]:
            try:
                result = run(*args, **kwargs)
            except ReelhouseError as error:
                refused = isinstance(error, QualityError | SourceError)
                _rename(f"{_subject(setting)}: {'refused' if refused else 'failed'}")
                return Failed(message=one_line(redacted(str(error))), data=error)
            end = describe(_subject(setting), result)
            _rename(end.name)
            return Completed(message=end.message, data=result)

        stand_in(ended, run)
        # Prefect hands the state's data on.
        return cast(Callable[_P, _R], ended)

    return ending


def version_ending(subject: str, outcome: Outcome) -> Ending:
    """Say which version a run published, or that there was nothing new."""
    date = outcome.results.get("newest_date") or subject
    name = f"version {outcome.version} of {outcome.collection}"
    if not outcome.published:
        return Ending(f"{date}: nothing new", f"Nothing new: {name} stays in force")
    return Ending(f"{date} -> version {outcome.version}", f"Published {name}: {_came_to(outcome)}")


def _came_to(outcome: Outcome) -> str:
    counts, drift = outcome.counts, outcome.results.get("drift", {})
    if outcome.collection == "viewers":
        return f"{counts['users']:,} users in {counts['clusters']:,} clusters"
    if outcome.collection == "comparison":
        return comparison_line(outcome)
    told = (
        f"{counts['titles_added']:,} titles added, {counts['titles_removed']:,} removed, "
        f"{counts['titles_edited']:,} edited"
    )
    exceeded = ", ".join(drift.get("exceeded", []))
    return f"{told}; a refit is due ({exceeded})" if exceeded else told


def comparison_line(outcome: Outcome) -> str:
    """How many models a comparison measured, and which was the best of each protocol."""
    counts = outcome.counts
    told = [f"{counted(counts['models_measured'], 'model')} measured"]
    if counts["models_failed"]:
        told.append(f"{counts['models_failed']:,} failed")
    for row in outcome.results["comparison"]:
        if row.get("place") == 1:
            by = "rmse" if row["protocol"] == "rating" else "ndcg_100"
            told.append(f"best {row['protocol']} {row['model']} ({by} {row[by]:.4f})")
    return ", ".join(told)


def _subject(setting: str) -> str:
    context = FlowRunContext.get()
    given = (context.parameters if context is not None else None) or {}
    return short_name(str(getattr(given["settings"], setting)))


def _flow_name() -> str:
    context = FlowRunContext.get()
    return context.flow.name if context is not None and context.flow is not None else ""


def _rename(ending: str) -> None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    with forgiving("the run keeps its first name"):
        client = get_client(sync_client=True)
        client.set_flow_run_name(context.flow_run.id, f"{_flow_name()} {ending}")
