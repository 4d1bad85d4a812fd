"""Names that lead out of where they belong: as URI, key, member of an archive, symbolic link."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from reelhouse.errors import ReelhouseError, SourceError, StoreError
from reelhouse.sources import read_titles
from reelhouse.sources.ratings import spill_ratings
from reelhouse.storage.manifest import FileEntry
from reelhouse.storage.store import Store, open_store

TRAVERSALS = (
    "..",
    "../x",
    "../../../../../../etc/passwd",
    "a/../../x",
    "a/..",
    "./../x",
    "..//x",
    "/etc/passwd",
    "//etc/passwd",
    "..\\x",
    "a\\..\\..\\x",
    "\\etc\\passwd",
    "\\\\host\\share\\x",
    "C:\\x",
    "C:/x",
    "c:x",
    "%2e%2e/x",
    "%2E%2E%2Fx",
    "..%2fx",
    "..%5cx",
    "%2fetc%2fpasswd",
    "%252e%252e%252fx",
    "%25252e%25252e/x",
    "a/%2e%2e/%2e%2e/x",
    "..%00/x",
    "a%00/../x",
    "．．/x",
    "..／x",
    "‥/x",
    "a/‥/‥／x",
)
TEXT = b"userId,movieId,rating\n1,1,1\n"
each_traversal = pytest.mark.parametrize("name", TRAVERSALS)


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """A folder whose surroundings hold something worth reading, and must stay as they are."""
    (tmp_path / "x").write_text("outside", encoding="utf-8")
    (tmp_path / "inside").mkdir()
    return tmp_path / "inside"


@pytest.fixture(autouse=True)
def _nothing_is_written_outside(tmp_path: Path):
    yield
    held = {path.name for path in tmp_path.iterdir()}
    assert held <= {"x", "inside", "scratch", "stored", "out"}
    if (tmp_path / "x").exists():
        assert (tmp_path / "x").read_text(encoding="utf-8") == "outside"


def test_there_are_thirty_of_them() -> None:
    assert len(set(TRAVERSALS)) == 30


@each_traversal
def test_as_the_prefix_of_a_bucket_or_the_bucket_itself(name: str) -> None:
    for uri in (f"s3://bucket/{name}", f"s3://bucket/a/{name}", f"s3://{name}"):
        if uri.startswith(("s3://bucket//", "s3://bucket/a//", "s3://bucket/etc")):
            continue  # a slash more is no way out: below
        with pytest.raises(StoreError, match=r"refused|names no bucket|no URI|URI is none"):
            open_store(uri)


@pytest.mark.parametrize("name", ["/etc/passwd", "//etc/passwd"])
def test_more_slashes_stay_below_the_bucket(name: str) -> None:
    with pytest.raises(StoreError, match=r"object key 'a/.*' is refused"):
        open_store(f"s3://bucket/a/{name}")


@each_traversal
def test_as_a_file_uri(name: str, inside: Path) -> None:
    for create in (False, True):
        with pytest.raises(StoreError):
            open_store(f"file://{inside}/a/{name}", create=create)
    assert list(inside.iterdir()) == []


@each_traversal
@pytest.mark.parametrize("before", ["", "runs/"])
def test_as_a_key(name: str, before: str, inside: Path) -> None:
    store, key = open_store(inside), before + name
    store.put("a/b", b"held")
    for act in (
        lambda: store.get(key),
        lambda: store.fetch(key, inside.parent / "out"),
        lambda: store.exists(key),
        lambda: store.list(key),
        lambda: store.put(key, b"y"),
        lambda: store.create(key, b"y"),
        lambda: store.delete(key),
    ):
        with pytest.raises(StoreError, match=r"object key .* is refused"):
            act()
    assert [path.name for path in inside.rglob("*")] == ["a", "b"]


@each_traversal
def test_as_a_path_of_a_manifest(name: str) -> None:
    with pytest.raises(ValueError, match=r"object key .* is refused"):
        FileEntry(path=name, size=1, sha256="0" * 64)


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ratings.csv", TEXT)
        # Later versions of zipfile would mend the name.
        info = zipfile.ZipInfo("held")
        info.filename = info.orig_filename = name
        archive.writestr(info, TEXT)
    return packed.getvalue()


def tarred(name: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member in (name, "ratings.csv"):
            info = tarfile.TarInfo(member)
            info.size = len(TEXT)
            archive.addfile(info, io.BytesIO(TEXT))
    return packed.getvalue()


@each_traversal
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_as_a_member_of_an_archive_of_ratings(name: str, pack, inside: Path) -> None:
    stored = inside.parent / "stored"
    stored.write_bytes(pack(name))
    with pytest.raises(SourceError, match="holds an entry with an unsafe name"):
        spill_ratings(str(stored), inside)
    assert list(inside.iterdir()) == []


@each_traversal
def test_as_a_member_of_an_archive_of_titles(name: str, inside: Path) -> None:
    stored = inside.parent / "stored"
    stored.write_bytes(zipped(name))
    with pytest.raises(SourceError, match="holds an entry with an unsafe name"):
        read_titles(str(stored), inside)
    assert list(inside.iterdir()) == []


@each_traversal
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_as_the_aim_of_a_link_in_an_archive(name: str, kind: bytes, inside: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        link = tarfile.TarInfo("ratings.csv")
        link.type, link.linkname = kind, name
        archive.addfile(link)
    stored = inside.parent / "stored"
    stored.write_bytes(packed.getvalue())
    with pytest.raises(SourceError, match=r"holds a link, 'ratings.csv', required plain files"):
        spill_ratings(str(stored), inside)


@each_traversal
def test_as_the_aim_of_a_symbolic_link_in_a_store(name: str, inside: Path) -> None:
    aim = name.replace("\0", "")
    store = open_store(inside)
    (inside / "a").mkdir()
    (inside / "a" / "link").symlink_to(aim)
    (inside / "b").symlink_to(aim)
    _refuses_links(store, ("a/link", "b", "b/x"), inside)
    assert (inside / "a" / "link").is_symlink()


def _refuses_links(store: Store, keys: tuple[str, ...], inside: Path) -> None:
    for key in keys:
        for act in (
            lambda key=key: store.get(key),
            lambda key=key: store.fetch(key, inside.parent / "out"),
            lambda key=key: store.exists(key),
            lambda key=key: store.list(key),
            lambda key=key: store.put(key, b"y"),
            lambda key=key: store.create(key, b"y"),
            lambda key=key: store.delete(key),
        ):
            with pytest.raises(ReelhouseError, match="is a symbolic link"):
                act()
    assert not (inside.parent / "out").exists()
