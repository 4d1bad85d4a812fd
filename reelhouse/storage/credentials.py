"""Where the credentials of an S3 store are found, in this process and at this moment.

In this order: what this process was handed (`hand_over`), the environment (AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY), the profile that AWS_PROFILE names, and what the machine itself offers
(obstore asks for the role of an instance or a container). Nothing found here travels to another
process: a store that is sent there carries its URI alone and looks again.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from reelhouse.errors import CredentialsError, StoreError
from reelhouse.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential

# obstore asks again after so long: a role's keys are renewed by then.
_ASK_AGAIN = timedelta(minutes=10)


class StoreKeys(Settings):
    """Keys of an S3 store, and where it is; the secret ones show as stars."""

    access_key_id: str
    """Name of the key."""

    secret_access_key: SecretStr
    """The key."""

    session_token: SecretStr | None = None
    """Token of temporary keys."""

    region: str | None = None
    """Region of the bucket; None: as the environment says."""

    endpoint_url: str | None = None
    """Address of the server; None: as the environment says."""


@dataclass(frozen=True)
class Access:
    """How a store is reached.

    Parameters
    ----------
    where
        Where the credentials come from, for messages.
    provider
        Returns the credentials whenever they are needed; None: obstore finds them.
    region, endpoint_url
        Where the bucket is; None: as obstore finds it in the environment.
    """

    where: str
    provider: Callable[[], S3Credential] | None = None
    region: str | None = None
    endpoint_url: str | None = None

    def config(self) -> S3Config:
        """Options of obstore that differ from the environment."""
        found: S3Config = {}
        if self.region:
            found["region"] = self.region
        if self.endpoint_url:
            found["endpoint"] = self.endpoint_url
        return found

    @staticmethod
    def environment_region() -> str:
        """Region of the environment; obstore's default where there is none."""
        return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"

    def plain_http(self) -> bool:
        """Say whether the endpoint is plain HTTP; one that leaves this machine must be allowed."""
        parts = urlsplit(self.endpoint_url or _environment_endpoint() or "")
        if parts.scheme != "http":
            return False
        allowed = os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true", "yes")
        if not allowed and not _is_this_machine(parts.hostname or ""):
            raise StoreError(
                f"endpoint http://{parts.hostname} would carry the data unencrypted, "
                f"required is https or AWS_ALLOW_HTTP=true"
            )
        return True


_handed: StoreKeys | None = None


def hand_over(keys: StoreKeys | None) -> None:
    """Use these keys in this process from now on; None: look for them again.

    They go neither into the environment nor to other processes.
    """
    global _handed
    _handed = keys


def find_access(environ: Mapping[str, str] = os.environ) -> Access:
    """Find out how S3 stores are reached.

    Raises
    ------
    CredentialsError
        When only half of a key is there, or the profile cannot be used.
    """
    if _handed is not None:
        return _of_keys(_handed)
    name, secret = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
    if bool(environ.get(name)) != bool(environ.get(secret)):
        there, absent = (name, secret) if environ.get(name) else (secret, name)
        raise CredentialsError(f"{there} is set and {absent} is not, required are both or neither")
    if environ.get(name):
        return Access(f"{name} and {secret}")
    if environ.get("AWS_PROFILE"):
        return _of_profile(environ["AWS_PROFILE"], environ)
    return Access(f"{name} and {secret}, or AWS_PROFILE")


def _of_keys(keys: StoreKeys) -> Access:
    def provide() -> S3Credential:
        token = keys.session_token
        return {
            "access_key_id": keys.access_key_id,
            "secret_access_key": keys.secret_access_key.get_secret_value(),
            "token": token.get_secret_value() if token else None,
            "expires_at": None,
        }

    return Access("the block's keys", provide, keys.region, keys.endpoint_url)


def _of_profile(profile: str, environ: Mapping[str, str]) -> Access:
    """Read a profile as the AWS tools do: keys, roles, single sign-on, processes."""
    try:
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError:
        raise CredentialsError(
            "AWS_PROFILE is set and profiles cannot be read here, "
            "required is pip install 'reelhouse[s3]', or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY instead"
        ) from None
    try:
        session = Session(profile=profile)
        scoped = session.get_scoped_config()
        found = session.get_credentials()
    except BotoCoreError as error:
        # Its message names the profile or the file, never a key.
        raise CredentialsError(f"AWS_PROFILE cannot be used: {_one_line(error)}") from None
    if found is None:
        raise CredentialsError(
            f"profile {profile} of AWS_PROFILE holds no credentials, required are "
            f"aws_access_key_id and aws_secret_access_key, or a role or process that gives them"
        )

    def provide() -> S3Credential:
        frozen = found.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + _ASK_AGAIN,
        }

    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or scoped.get("region")
    endpoint = _environment_endpoint(environ) or _profile_endpoint(session, scoped)
    return Access(f"profile {profile} of AWS_PROFILE", provide, region, endpoint)


def _profile_endpoint(session: Any, scoped: Mapping[str, Any]) -> str | None:
    """The endpoint that a profile names for S3, or for all services."""
    services = session.full_config.get("services", {}).get(scoped.get("services"), {})
    named = services.get("s3", {}) if isinstance(services, Mapping) else {}
    found = named.get("endpoint_url") if isinstance(named, Mapping) else None
    return found or scoped.get("endpoint_url")


def _environment_endpoint(environ: Mapping[str, str] = os.environ) -> str | None:
    return environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
