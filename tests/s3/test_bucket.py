"""What a bucket does beyond the contract of all stores, on a real server."""

from __future__ import annotations

import os
import time

import pytest
from distributed.protocol import deserialize, serialize

from reelhouse.errors import CommitConflictError, StoreError
from reelhouse.storage.bucket import Bucket
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store, open_store
from tests.support.fault_proxy import Fault, FaultProxy, Plan, commit_among
from tests.support.gateway import SECRET_KEY, Gateway, client_environment


@pytest.fixture
def store(bucket: str) -> Store:
    return open_store(bucket)


def through(proxy: FaultProxy, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("AWS_ENDPOINT_URL", client_environment(proxy.port)["AWS_ENDPOINT_URL"])
    return open_store(bucket)


def test_it_travels_to_another_process_without_its_secrets(store: Store) -> None:
    header, frames = serialize(store)  # as Dask sends it to a worker
    assert SECRET_KEY.encode() not in repr(header).encode() + b"".join(map(bytes, frames))
    store.put("a", b"x")
    assert deserialize(header, frames).get("a") == b"x"


def test_whatever_needs_the_server_runs_in_the_one_process_that_has_it(
    bucket: str, request: pytest.FixtureRequest
) -> None:
    assert request.node.get_closest_marker("s3")
    distributed = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@s3") == distributed


def test_an_absent_bucket_is_named(bucket: str) -> None:
    with pytest.raises(StoreError, match="bucket no-such-bucket-here does not exist"):
        open_store("s3://no-such-bucket-here")


def test_a_wrong_secret_is_called_so_in_one_line(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-a-secret")
    with pytest.raises(StoreError, match="is denied, check AWS_ACCESS_KEY_ID") as caught:
        open_store(bucket)
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


def test_the_store_is_tried_in_under_a_second(store: Store) -> None:
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        store.require_writable()
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 1
    assert store.list() == []


def test_a_server_that_ignores_the_condition_is_refused_in_one_line(
    gateway: Gateway, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultProxy(gateway.port, lying=True) as proxy:
        store = through(proxy, bucket, monkeypatch)
        began = time.perf_counter()
        with pytest.raises(StoreError, match="store that honours If-None-Match is requi") as caught:
            store.require_writable()
        assert time.perf_counter() - began < 1
    assert "\n" not in str(caught.value)


def test_a_bucket_that_keeps_versions_is_refused_where_the_server_ignores_the_condition(
    gateway: Gateway, bucket: str
) -> None:
    gateway.keep_versions(bucket.removeprefix("s3://"))
    store = open_store(bucket)
    began = time.perf_counter()
    with pytest.raises(StoreError, match="a store that honours If-None-Match is required"):
        store.require_writable()
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("fault", ["drop_reply", "drop_request", "busy", "error"])
def test_a_broken_call_is_no_reason_to_refuse_a_store(
    fault: Fault, gateway: Gateway, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultProxy(gateway.port) as proxy:
        store = through(proxy, bucket, monkeypatch)
        plan = proxy.plan(
            bucket.removeprefix("s3://"), Plan(dict.fromkeys(range(0, 60, 12), fault))
        )
        store.require_writable()
        assert len(plan.calls) > 60


def test_a_create_that_is_answered_409_is_tried_again(
    gateway: Gateway, bucket: str, monkeypatch: pytest.MonkeyPatch, publish_run
) -> None:
    publish_run(open_store(bucket), "old")
    with FaultProxy(gateway.port) as proxy:
        store = through(proxy, bucket, monkeypatch)
        plan = proxy.plan(bucket.removeprefix("s3://"), Plan())
        publish_run(store, "new", parent=1)
        create = commit_among(plan.calls)
        proxy.plan(bucket.removeprefix("s3://"), Plan({create: "conflict", create + 2: "conflict"}))
        version = publish_run(store, "newer", parent=2)
    assert version.number == 3
    assert CommitLog(store, "catalogue").numbers() == [1, 2, 3]


def test_of_two_runs_for_one_version_the_second_is_refused(store: Store, publish_run) -> None:
    publish_run(store, "old")
    publish_run(store, "mine", parent=1)
    with pytest.raises(CommitConflictError, match="is at version 2, this run was made for"):
        publish_run(store, "theirs", parent=1)


def test_an_impatient_store_gives_up_in_one_line(
    gateway: Gateway, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultProxy(gateway.port) as proxy:
        through(proxy, bucket, monkeypatch)
        proxy.plan(bucket.removeprefix("s3://"), Plan(rest="drop_request"))
        began = time.perf_counter()
        with pytest.raises(StoreError, match="cannot be reached") as caught:
            Bucket(bucket, patience=1)
    assert time.perf_counter() - began < 5
    assert "\n" not in str(caught.value)
