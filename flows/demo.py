"""The demo: a catalogue and the night after it, published to a local folder."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.catalogue import catalogue
from flows.endings import HOUR, Ending, ends_as, named_after, version_ending
from flows.nightly import nightly
from reelhouse.catalogue.demo import DemoSettings
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.catalogue.workspace import workspace
from reelhouse.runs.record import Outcome
from tasks.demo import holds_demo, make_files


def _ending(store: str, outcomes: list[Outcome]) -> Ending:
    told = [version_ending(store, outcome).message for outcome in outcomes]
    return Ending(f"{store}: version {outcomes[-1].version}", "; ".join(told))


@flow(name="demo", flow_run_name=named_after("store"), timeout_seconds=HOUR)
@ends_as("store", _ending)
def demo(settings: DemoSettings) -> list[Outcome]:
    """Publish a catalogue, then the night after it.

    Without `titles` both snapshots are synthetic, the first of `n_titles` titles. Of a real file,
    the newest titles are held back and placed in the night, as if they had been added since. A
    second run finds nothing new.
    """
    store, outcomes = settings.store, []
    with workspace() as work:
        files = make_files(settings.titles, settings.n_titles, Path(work.root))
        if not holds_demo(store, files):
            outcomes.append(catalogue(CatalogueSettings(titles=files.evening, store=store)))
        outcomes.append(nightly(NightlySettings(titles=files.night, store=store)))
    return outcomes
