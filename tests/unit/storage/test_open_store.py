from __future__ import annotations

import errno
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from reelhouse.errors import StoreError
from reelhouse.storage.objects import Objects
from reelhouse.storage.store import ObjectMissingError, Store, open_store


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"store .*/none does not exist"):
        open_store(tmp_path / "none")


def test_a_folder_is_made_when_asked_for(tmp_path: Path) -> None:
    open_store(tmp_path / "new", create=True).put("a", b"x")
    assert open_store(f"file://{tmp_path}/new").get("a") == b"x"


def test_a_file_uri_is_unquoted(tmp_path: Path) -> None:
    (tmp_path / "with space").mkdir()
    open_store(f"file://{tmp_path}/with%20space").put("a", b"x")
    assert (tmp_path / "with space" / "a").read_bytes() == b"x"


def test_no_chain_of_folders_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="its parent folder does not exist"):
        open_store(tmp_path / "none" / "new", create=True)


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="is no folder"):
        open_store(tmp_path / "file", create=True)


@pytest.mark.parametrize("uri", ["gs://bucket", "http://host/x", "ftp://h/x"])
def test_an_unknown_scheme_is_refused(uri: str) -> None:
    with pytest.raises(StoreError, match="is not known, required is a folder"):
        open_store(uri)


def test_credentials_in_the_uri_are_refused_and_not_repeated() -> None:
    with pytest.raises(StoreError, match="AWS_ACCESS_KEY_ID") as caught:
        open_store("s3://canary:canary@bucket/prefix")
    assert "canary" not in str(caught.value)


def test_plain_http_to_another_machine_must_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://storage.example:9000")
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.delenv("AWS_ALLOW_HTTP", raising=False)
    with pytest.raises(StoreError, match="required is https or AWS_ALLOW_HTTP=true"):
        open_store("s3://bucket")


def test_an_s3_uri_needs_a_bucket() -> None:
    with pytest.raises(StoreError, match="names no bucket"):
        open_store("s3:///prefix")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    store = open_store(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("reelhouse.storage.local._write_flushed", refuse)
    with pytest.raises(StoreError, match=os.strerror(number)) as caught:
        store.require_writable()
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_overwrites_on_create_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store("memory://")
    monkeypatch.setattr(Objects, "create", Objects.put)
    with pytest.raises(StoreError, match="a store that honours If-None-Match is required"):
        store.require_writable()


@pytest.mark.parametrize("link", ["file", "folder"])
def test_symbolic_links_below_the_root_are_refused(tmp_path: Path, link: str) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x").write_text("s")
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    if link == "file":
        (root / "a" / "x").symlink_to(tmp_path / "secret" / "x")
    else:
        (root / "a").rmdir()
        (root / "a").symlink_to(tmp_path / "secret")
    store = open_store(root)
    for act in (
        lambda: store.get("a/x"),
        lambda: store.fetch("a/x", tmp_path / "out"),
        lambda: store.put("a/x", b"y"),
        lambda: store.list("a"),
        lambda: store.delete("a/x"),
    ):
        with pytest.raises(StoreError, match="is a symbolic link"):
            act()
    assert (tmp_path / "secret" / "x").read_text() == "s"


def test_a_root_that_is_itself_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    open_store(tmp_path / "link").put("a", b"x")
    assert (tmp_path / "real" / "a").read_bytes() == b"x"


def test_temporary_files_of_killed_writers_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "a.json#12").write_bytes(b"half")
    assert open_store(tmp_path).list() == []


def test_a_key_through_a_file_is_an_error_in_one_line(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.put("a", b"x")
    for act in (lambda: store.put("a/b", b"y"), lambda: store.create("a/b", b"y")):
        with pytest.raises(StoreError) as caught:
            act()
        assert "\n" not in str(caught.value)
        assert not isinstance(caught.value, ObjectMissingError)


def _get(store: Store) -> bytes:
    return store.get("a")


def test_a_local_store_travels_to_another_process_by_its_folder(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.put("a", b"x")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_get, store).result() == b"x"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("", "is no path and no URI"),
        (" \t", "is no path and no URI"),
        ("a\0b", "is no path and no URI"),
        ("a\nb", "is no path and no URI"),
        ("s3://bucket/\x1b[31m", "is no path and no URI"),
        ("\ud800", "is no path and no URI"),
        ("~nobody-of-this-name/x", "is no path"),
        ("://x", "begins with '://' is not known"),
        ("s3:bucket", "begins with 's3:' is not known"),
        ("file:relative", "begins with 'file:' is not known"),
        ("memory://x", "begins with 'memory://' is not known"),
        ("FILE:///x", "begins with 'FILE://' is not known"),
        ("file://", "required is file:///path without .."),
        ("file://host/x", "holds a host, a query or a fragment"),
        ("file:///x?versionId=1", "holds a host, a query or a fragment"),
        ("file:///x%0ay", "required is file:///path without .."),
        ("s3://", "names no bucket"),
        ("s3://[::1/x", "the store's s3 URI is none"),
        ("s3://bucket:9000/x", "names no bucket"),
        ("s3://a b c/x", "names no bucket"),
        ("s3://ab", "names no bucket"),
        ("s3://bucket/a//b", "object key 'a//b' is refused"),
        ("s3://bucket?endpoint=http://x", "holds credentials or options"),
        ("s3://bucket/x#fragment", "holds credentials or options"),
        ("/dev/null", "is no folder"),
        ("x" * 5000, "cannot be opened: File name too long"),
    ],
)
def test_a_malformed_uri_of_a_store_is_refused_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError) as caught:
        open_store(uri, create=True)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
