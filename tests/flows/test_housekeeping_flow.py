import json
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.nightly import nightly
from reelhouse.catalogue.settings import NightlySettings
from reelhouse.errors import CredentialsError, RetiredVersionError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.credentials import find_access, hand_over
from reelhouse.storage.rollback import rollback
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from tasks.credentials import VARIABLE, StoreCredentials, use_store_block
from tests.flows.conftest import Run, assert_untouched, versions

ALL = ("--keep-last", "1", "--keep-days", "0")


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What killed runs left on the machine that runs the tests is not the tests' to remove.
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))


@pytest.fixture
def three(store: Path, night: Path, evening: Path) -> Path:
    """A fit, a night on its model, and a rollback to the fit."""
    nightly(NightlySettings(titles=str(night), store=str(store)))
    rollback(open_store(store), "catalogue", 1)
    return store


def test_a_dry_run_is_what_happens_first_and_lists_what_would_go(three: Path, run: Run) -> None:
    done = run("housekeeping", "--store", str(three), *ALL, "--quiet")
    assert done.status == 0, done.err
    run_id = CommitLog(open_store(three), "catalogue").version(2).manifest.run_id
    size = sum(entry.size for entry in open_store(three).list(f"catalogue/runs/{run_id}"))
    assert f"may go: catalogue/runs/{run_id} (version 2)" in done.out
    assert f"{size:,} bytes" in done.out
    assert done.out.endswith("Nothing was removed; --delete removes it.\n")
    assert versions(three) == [1, 2, 3]
    assert_untouched(three, 3)


def test_deleting_retires_the_night_and_the_next_one_goes_on(
    three: Path, night: Path, run: Run
) -> None:
    done = run("housekeeping", "--store", str(three), *ALL, "--delete", "--json", "--quiet")
    report = json.loads(done.out)
    assert report["deleted"]
    assert [one["versions"] for one in report["runs"]] == [[2]]
    assert report["kept"] == {
        "catalogue": {"1": "shares its run with version 3 of catalogue", "3": "one of the last 1"}
    }
    log = CommitLog(open_store(three), "catalogue")
    with pytest.raises(RetiredVersionError):
        log.version(2)
    assert verify(log.version(1)) == []
    assert_untouched(three, 3)
    assert nightly(NightlySettings(titles=str(night), store=str(three))).version == 4
    again = run("housekeeping", "--store", str(three), "--keep-last", "2", "--quiet", "--delete")
    assert "0 runs and" in again.out


def test_an_absent_collection_is_one_line(store: Path, run: Run) -> None:
    done = run("housekeeping", "--store", str(store), "--collection", "deep")
    assert done.status == 1
    assert done.errors == [f"error: {store} has no collection deep, it has catalogue"]


def test_the_leftovers_of_killed_writers_are_swept(store: Path, run: Run) -> None:
    left = store / "catalogue" / "log" / "00000002.json#17"
    left.write_bytes(b"half")
    then = time.time() - 7200
    os.utime(left, (then, then))
    assert str(left) in run("housekeeping", "--store", str(store), "--quiet").out
    assert left.exists()
    run("housekeeping", "--store", str(store), "--quiet", "--delete")
    assert not left.exists()


@pytest.fixture
def block(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    StoreCredentials(
        access_key_id="name", secret_access_key="canary-secret", region="eu-west-3"
    ).save("lab", overwrite=True)
    monkeypatch.setenv(VARIABLE, "lab")
    yield "lab"
    hand_over(None)


def test_a_block_s_keys_reach_the_store_and_nothing_else(block: str) -> None:
    use_store_block()
    access = find_access({})
    assert access.provider is not None
    assert access.provider()["secret_access_key"] == "canary-secret"
    assert access.region == "eu-west-3"
    assert "canary-secret" not in json.dumps(dict(os.environ))
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(access)


def test_a_block_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "nobody")
    with pytest.raises(CredentialsError, match="names the block nobody, and there is none"):
        use_store_block()


def test_a_flow_run_names_the_block_and_holds_no_secret(block: str, store: Path, run: Run) -> None:
    from prefect.client.orchestration import get_client

    done = run("housekeeping", "--store", str(store), "--store-block", block, "--json")
    assert done.status == 0, done.err
    assert "canary-secret" not in done.out + done.err
    with get_client(sync_client=True) as client:
        newest = max(client.read_flow_runs(), key=lambda one: one.created)
    assert newest.parameters["settings"]["store"] == str(store)
    assert "canary-secret" not in newest.model_dump_json()
