from __future__ import annotations

import traceback

import pytest
from obstore.exceptions import GenericError

from reelhouse.redaction import public_cause, redacted


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("s3://bucket/t.csv", "s3://bucket/t.csv"),
        ("https://me:secret@host/t.csv?sig=secret#secret", "https://host/t.csv"),
        ("https://host?sig=secret", "https://host"),
        ("zip://t.csv::https://me:secret@host/t.zip?sig=secret", "zip://t.csv::https://host/t.zip"),
        ("/data/me@home?.csv", "/data/me@home?.csv"),
        ("sftp://me:p@ss@host/t@2.csv", "sftp://(unreadable)"),
        ("GET (https://me:secret@host/t?sig=secret) failed", "GET (https://host/t failed"),
        ("from ftp://a:secret@b/c to ftp://d:secret@e/f", "from ftp://b/c to ftp://e/f"),
        ("https://me:se/cret@host/t", "https://(unreadable)"),
    ],
)
def test_uris_in_a_text_lose_their_credentials(text: str, safe: str) -> None:
    assert redacted(text, environ={}) == safe


@pytest.mark.parametrize(
    "text",
    ["login of me with hunter22 failed", "token=t0k%2Fen was refused", "t0k/en", "key frag-22"],
)
def test_parts_of_the_uri_are_hidden_wherever_they_stand(text: str) -> None:
    shown = redacted(text, "https://me:hunter22@host/t?token=t0k%2Fen#frag-22", environ={})
    assert "(hidden)" in shown
    assert not any(part in shown for part in ("hunter22", "t0k", "frag-22"))


def test_values_of_variables_that_are_named_like_secrets_are_hidden() -> None:
    environ = {"AWS_SECRET_ACCESS_KEY": "s3cr3tkey", "MY_TOKEN": "x", "HOME": "/home/me"}
    assert redacted("x s3cr3tkey /home/me", environ=environ) == "x (hidden) /home/me"


SECRET = "canary"
URL = f"https://me:{SECRET}@host/t"


class AwkwardError(Exception):
    """Shows what it was made from, whatever its message is set to."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(url)
        self.url, self.status = url, status

    def __str__(self) -> str:
        return f"{self.status} at {self.url}"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError(URL), ConnectionResetError),
        (TimeoutError(URL), TimeoutError),
        (GenericError(URL), GenericError),
        (OSError(5, URL), OSError),
        (AwkwardError(URL, 500), Exception),
    ],
)
def test_the_public_cause_keeps_kind_and_place_and_no_secret(
    error: Exception, kind: type[Exception]
) -> None:
    def read() -> None:
        try:
            raise error from ValueError(SECRET)
        except Exception as caught:
            raise RuntimeError("cannot be read") from public_cause(caught)

    with pytest.raises(RuntimeError) as shown:
        read()
    assert isinstance(shown.value.__cause__, kind)
    text = "".join(traceback.format_exception(shown.value))
    assert SECRET not in text
    assert "raise error from ValueError" in text
    assert "://host/t" in text
