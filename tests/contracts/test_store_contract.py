"""What every store must do, whatever stands behind it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reelhouse.errors import StoreError
from reelhouse.storage.bucket import Bucket
from reelhouse.storage.store import ObjectExistsError, ObjectMissingError, Store, open_store
from reelhouse.storage.uploads import _client, give_up, unfinished_uploads


class StoreContract:
    def test_what_was_put_is_got_back(self, store: Store) -> None:
        store.put("a/b.bin", b"\x00\xff")
        assert store.get("a/b.bin") == b"\x00\xff"

    def test_an_empty_object_is_an_object(self, store: Store) -> None:
        store.put("empty", b"")
        assert store.get("empty") == b""
        assert store.exists("empty")

    def test_put_replaces(self, store: Store) -> None:
        store.put("a", b"old")
        store.put("a", b"new")
        assert store.get("a") == b"new"

    def test_a_file_larger_than_a_part_arrives_whole(self, store: Store, tmp_path: Path) -> None:
        content = os.urandom(1 << 20) * 9 + b"end"
        (tmp_path / "big").write_bytes(content)
        store.put("big", tmp_path / "big")
        store.fetch("big", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == content

    def test_create_refuses_an_object_that_exists(self, store: Store) -> None:
        store.create("log/1", b"first")
        with pytest.raises(ObjectExistsError, match="already holds log/1"):
            store.create("log/1", b"second")
        assert store.get("log/1") == b"first"

    def test_of_many_creators_one_succeeds(self, store: Store) -> None:
        def attempt(writer: int) -> bool:
            try:
                store.create("race", f"{writer}".encode())
            except ObjectExistsError:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            won = list(pool.map(attempt, range(16)))
        assert sum(won) == 1
        assert store.get("race") == f"{won.index(True)}".encode()

    def test_a_large_object_is_created_once_too(self, store: Store) -> None:
        # Above a part's size: servers ignore the condition on an upload in parts.
        store.create("large", b"first" * 2_000_000)
        with pytest.raises(ObjectExistsError):
            store.create("large", b"later" * 2_000_000)
        assert store.get("large")[:5] == b"first"

    def test_an_object_that_was_put_is_not_created(self, store: Store) -> None:
        store.put("a", b"put")
        with pytest.raises(ObjectExistsError):
            store.create("a", b"created")
        store.delete("a")
        store.create("a", b"created")
        assert store.get("a") == b"created"

    def test_a_reader_beside_a_writer_sees_one_whole_object_or_the_other(
        self, store: Store
    ) -> None:
        whole = {bytes([mark]) * 200_000 for mark in range(8)}
        store.put("busy", next(iter(whole)))
        with ThreadPoolExecutor(4) as pool:
            written = [pool.submit(store.put, "busy", content) for content in whole]
            read = [pool.submit(store.get, "busy") for _ in range(30)]
            assert {each.result() for each in read} <= whole
            assert [each.result() for each in written] == [None] * len(whole)

    def test_an_absent_object_is_named(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(ObjectMissingError, match="holds no a/none"):
            store.get("a/none")
        with pytest.raises(ObjectMissingError, match="holds no a/none"):
            store.fetch("a/none", tmp_path / "x")
        assert not (tmp_path / "x").exists()
        assert not store.exists("a/none")

    def test_list_is_sorted_and_goes_by_whole_segments(self, store: Store) -> None:
        for key in ("runs/b/x", "runs/a/y", "runs-old/z", "top"):
            store.put(key, key.encode())
        assert [(entry.key, entry.size) for entry in store.list("runs")] == [
            ("runs/a/y", 8),
            ("runs/b/x", 8),
        ]
        assert len(store.list()) == 4
        assert store.list("absent") == []

    def test_delete_removes_and_does_not_mind_absence(self, store: Store) -> None:
        store.put("a", b"x")
        store.delete("a")
        store.delete("a")
        assert not store.exists("a")

    def test_odd_names_survive(self, store: Store) -> None:
        for key in ("space in name", "é/ü", "a+b%20c&d=e?f", "x" * 200):
            store.put(key, key.encode())
            assert store.get(key) == key.encode()
            assert key in [entry.key for entry in store.list()]

    @pytest.mark.parametrize(
        "key",
        ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a\\b", "a\0b", "a\nb", "x#1"],
    )
    def test_a_key_that_is_no_plain_relative_path_is_refused(self, store: Store, key: str) -> None:
        for act in (store.get, store.exists, store.delete):
            with pytest.raises(StoreError, match="is refused"):
                act(key)
        for write in (store.put, store.create):
            with pytest.raises(StoreError, match="is refused"):
                write(key, b"x")

    def test_the_writing_probe_leaves_nothing_behind(self, store: Store) -> None:
        store.require_writable()
        assert store.list() == []


class TestLocalFolder(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return open_store(tmp_path / "store", create=True)


class TestMemory(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return open_store("memory://")


class TestBucket(StoreContract):
    @pytest.fixture
    def store(self, bucket: str) -> Store:
        return open_store(bucket)

    def test_more_objects_than_a_page_of_a_listing_are_listed(self, store: Store) -> None:
        keys = [f"many/{number:04d}" for number in range(1_100)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: store.put(key, b""), keys))
        assert [entry.key for entry in store.list("many")] == keys

    def test_an_absent_bucket_is_named(self, bucket: str) -> None:
        with pytest.raises(StoreError, match="bucket no-such-bucket-here does not exist"):
            open_store("s3://no-such-bucket-here")


class TestBucketWithPrefix(StoreContract):
    @pytest.fixture
    def store(self, bucket: str) -> Store:
        open_store(bucket).put("elsewhere", b"not below the prefix")
        return open_store(f"{bucket}/some/prefix")

    def test_an_upload_that_was_never_completed_is_found_and_given_up(self, store: Bucket) -> None:
        pytest.importorskip("botocore", reason="uploads are listed with reelhouse[s3]")
        client = _client(store)
        for key in (f"{store.prefix}/big.bin", "elsewhere/big.bin"):
            client.create_multipart_upload(Bucket=store.bucket, Key=key)
        soon = datetime.now(UTC) + timedelta(minutes=5)
        assert unfinished_uploads(store, soon - timedelta(hours=1)) == []
        (found,) = unfinished_uploads(store, soon)
        assert found.key == f"{store.prefix}/big.bin"
        give_up(store, found)
        give_up(store, found)
        assert unfinished_uploads(store, soon) == []
