"""The demo: a catalogue and the night after it, with made-up data some models compared, too."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.catalogue import catalogue
from flows.compare import compare
from flows.endings import HOUR, Ending, ends_as, named_after, version_ending
from flows.nightly import nightly
from reelhouse.catalogue.base import COLLECTION
from reelhouse.catalogue.demo import DemoSettings
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.catalogue.workspace import workspace
from reelhouse.comparison.demo import demo_comparison
from reelhouse.runs.record import Outcome
from tasks.demo import holds_demo, make_files, make_ratings


def _ending(store: str, outcomes: list[Outcome]) -> Ending:
    told = [version_ending(store, outcome).message for outcome in outcomes]
    newest = max(one.version for one in outcomes if one.collection == COLLECTION)
    return Ending(f"{store}: version {newest}", "; ".join(told))


@flow(name="demo", flow_run_name=named_after("store"), timeout_seconds=HOUR)
@ends_as("store", _ending)
def demo(settings: DemoSettings) -> list[Outcome]:
    """Publish a catalogue, then the night after it, then a comparison of quick models.

    Without `titles` both snapshots are synthetic, the first of `n_titles` titles, and so are the
    ratings that models are compared on. Of a real file, the newest titles are held back and placed
    in the night, as if they had been added since; nothing made up is published beside them. A
    second run finds nothing new.
    """
    store, outcomes = settings.store, []
    with workspace() as work:
        files = make_files(settings.titles, settings.n_titles, Path(work.root))
        if not holds_demo(store, files):
            outcomes.append(catalogue(CatalogueSettings(titles=files.evening, store=store)))
        outcomes.append(nightly(NightlySettings(titles=files.night, store=store)))
        if settings.titles is None:
            ratings = make_ratings(Path(work.root) / "ratings")
            outcomes.append(compare(demo_comparison(str(ratings), store)))
    return outcomes
