"""What automations are told, and when it is told again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from flows.nightly import nightly
from reelhouse.catalogue.settings import NightlySettings
from reelhouse.clustering.drift import DriftLimits
from tasks import events

#: Every night with a new title passes it.
NOTHING_ALLOWED = DriftLimits(distance_shift=0.0, min_titles=1)


class Sent(list[dict[str, Any]]):
    """The events, in their order."""

    def __call__(self, event: str, **others: Any) -> None:
        self.append({"event": event, **others})

    @property
    def names(self) -> list[str]:
        return [one["event"] for one in self]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    found = Sent()
    monkeypatch.setattr(events, "emit_event", found)
    return found


def night_settings(night: Path, store: Path, **others: Any) -> NightlySettings:
    return NightlySettings(titles=str(night), store=str(store), **others)


def test_a_version_is_told_with_its_counts(store: Path, night: Path, sent: Sent) -> None:
    outcome = nightly(night_settings(night, store))
    (told,) = sent
    assert told["event"] == "reelhouse.version.published"
    assert told["resource"] == {
        "prefect.resource.id": "reelhouse.collection.catalogue",
        "prefect.resource.name": f"catalogue of {store}",
        "reelhouse.store": str(store),
        "reelhouse.collection": "catalogue",
    }
    assert told["payload"]["version"] == 2
    assert told["payload"]["run_id"] == outcome.run_id
    assert told["payload"]["flow"] == "nightly"
    assert told["payload"]["counts"]["titles_added"] == 12


def test_drift_is_told_with_its_figures_and_by_every_run_until_a_refit(
    store: Path, night: Path, sent: Sent
) -> None:
    settings = night_settings(night, store, drift=NOTHING_ALLOWED)
    outcome = nightly(settings)
    drift = outcome.results["drift"]
    assert drift["exceeded"] == ["distance_shift"]
    nightly(settings)
    published, drifted, again = sent
    assert sent.names == [events.PUBLISHED, events.DRIFTED, events.DRIFTED]
    assert drifted["payload"]["figures"] == {
        "distance_shift": {"value": drift["distance_shift"], "limit": 0.0}
    }
    # A server that has just seen the id does not act on it again.
    assert drifted["id"] == again["id"] != published["id"]


def test_a_run_that_was_killed_after_its_commit_tells_of_the_version_when_it_is_begun_again(
    store: Path, night: Path, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly(night_settings(night, store))
    monkeypatch.setattr(events, "_was_begun_before", lambda: True)
    nightly(night_settings(night, store))
    first, again = sent
    assert first["event"] == again["event"] == events.PUBLISHED
    assert first["id"] == again["id"]


def test_without_a_server_nothing_is_sent(
    store: Path, night: Path, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "has_server", lambda: False)
    nightly(night_settings(night, store))
    assert sent == []


def test_an_event_arrives_at_the_server_with_the_run_that_sent_it(store: Path, night: Path) -> None:
    outcome = nightly(night_settings(night, store))
    wanted = {"filter": {"event": {"name": [events.PUBLISHED]}}}
    with get_client(sync_client=True) as client:
        for _ in range(100):
            found = client._client.post("/events/filter", json=wanted).json()["events"]
            mine = [one for one in found if one["payload"]["run_id"] == outcome.run_id]
            if mine:
                break
            time.sleep(0.1)
    assert mine, "no event within 10 s"
    roles = {one["prefect.resource.role"] for one in mine[0]["related"]}
    assert {"flow-run", "flow"} <= roles
