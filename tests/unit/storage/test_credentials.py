from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from distributed.protocol import serialize
from pydantic import SecretStr

from reelhouse.errors import CredentialsError, StoreError
from reelhouse.storage.bucket import Bucket
from reelhouse.storage.credentials import Access, StoreKeys, find_access, hand_over

KEYS = {"AWS_ACCESS_KEY_ID": "name", "AWS_SECRET_ACCESS_KEY": "canary"}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ALLOW_HTTP", *KEYS):
        monkeypatch.delenv(name, raising=False)
    yield
    hand_over(None)


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Shared files as the AWS tools write them."""
    pytest.importorskip("botocore", reason="profiles need pip install 'reelhouse[s3]'")
    (tmp_path / "credentials").write_text(
        "[lab]\naws_access_key_id = name\naws_secret_access_key = canary\n"
        "[temporary]\naws_access_key_id = name\naws_secret_access_key = canary\n"
        "aws_session_token = token\n"
    )
    (tmp_path / "config").write_text(
        "[profile lab]\nregion = eu-west-3\nservices = lab-services\n"
        "[services lab-services]\ns3 =\n  endpoint_url = http://127.0.0.1:9000\n"
        "[profile temporary]\nendpoint_url = https://host\n[profile empty]\nregion = here\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return {"AWS_PROFILE": "lab"}


def keys_of(access: Access) -> tuple[str, str, str | None]:
    assert access.provider is not None
    given = access.provider()
    return given["access_key_id"], given["secret_access_key"], given.get("token")


def test_the_environment_s_keys_are_left_to_obstore() -> None:
    access = find_access(KEYS)
    assert (access.provider, access.config()) == (None, {})
    assert access.where == "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


@pytest.mark.parametrize("absent", list(KEYS))
def test_half_a_key_is_refused(absent: str) -> None:
    environ = {name: value for name, value in KEYS.items() if name != absent}
    with pytest.raises(CredentialsError) as caught:
        find_access(environ)
    (there,) = environ
    assert str(caught.value) == f"{there} is set and {absent} is not, required are both or neither"


def test_a_profile_gives_keys_region_and_endpoint(profiles: dict[str, str]) -> None:
    access = find_access(profiles)
    assert keys_of(access) == ("name", "canary", None)
    assert access.config() == {"region": "eu-west-3", "endpoint": "http://127.0.0.1:9000"}
    assert access.where == "profile lab of AWS_PROFILE"
    assert access.plain_http()


def test_a_profile_s_temporary_keys_have_their_token(profiles: dict[str, str]) -> None:
    access = find_access({"AWS_PROFILE": "temporary"})
    assert keys_of(access) == ("name", "canary", "token")
    assert access.endpoint_url == "https://host"


def test_the_environment_goes_before_the_profile(profiles: dict[str, str]) -> None:
    assert find_access(profiles | KEYS).provider is None
    elsewhere = find_access(profiles | {"AWS_REGION": "x", "AWS_ENDPOINT_URL": "https://host"})
    assert (elsewhere.region, elsewhere.endpoint_url) == ("x", "https://host")


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ("none", "AWS_PROFILE cannot be used: The config profile (none) could not be found"),
        ("empty", "profile empty of AWS_PROFILE holds no credentials, required are "),
    ],
)
def test_a_profile_that_gives_nothing_is_named(
    profiles: dict[str, str], profile: str, message: str
) -> None:
    with pytest.raises(CredentialsError) as caught:
        find_access({"AWS_PROFILE": profile})
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


def test_without_the_library_a_profile_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("botocore", "botocore.exceptions", "botocore.session"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(CredentialsError, match=r"pip install 'reelhouse\[s3\]'"):
        find_access({"AWS_PROFILE": "lab"})


def test_keys_that_were_handed_over_go_first_and_show_no_secret() -> None:
    keys = StoreKeys(
        access_key_id="name", secret_access_key=SecretStr("canary"), endpoint_url="https://host"
    )
    hand_over(keys)
    access = find_access(KEYS)
    assert keys_of(access) == ("name", "canary", None)
    assert access.config() == {"endpoint": "https://host"}
    assert "canary" not in repr(keys) + repr(access) + str(keys.model_dump(mode="json"))
    hand_over(None)
    assert find_access(KEYS).provider is None


@pytest.mark.parametrize("source", ["block", "profile", "environment"])
def test_a_bucket_travels_as_its_uri_wherever_its_keys_come_from(
    source: str, profiles: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bucket, "_require_bucket", lambda *_: None)
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    if source == "block":
        hand_over(StoreKeys(access_key_id="name", secret_access_key=SecretStr("canary")))
    for name, value in (profiles if source == "profile" else KEYS).items():
        monkeypatch.setenv(name, value)
    bucket = Bucket("s3://bucket/prefix")
    make, arguments = bucket.__reduce__()
    assert arguments == ("s3://bucket/prefix",)
    assert isinstance(make, partial)
    assert (make.func, make.keywords) == (Bucket, {"patience": 30.0})
    header, frames = serialize(bucket)  # as Dask sends it to a worker
    for sent in (pickle.dumps(bucket), repr(header).encode(), *map(bytes, frames)):
        assert b"canary" not in sent
    assert "canary" not in repr(bucket) + repr(bucket.access)


def test_plain_http_of_a_block_s_endpoint_must_be_allowed_too() -> None:
    hand_over(
        StoreKeys(
            access_key_id="name",
            secret_access_key=SecretStr("canary"),
            endpoint_url="http://storage.example",
        )
    )
    with pytest.raises(StoreError, match="would carry the data unencrypted"):
        find_access().plain_http()
