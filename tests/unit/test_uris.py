import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.uris import public_uri


@pytest.mark.parametrize(
    ("uri", "public"),
    [
        ("/data/a?b#c.csv", "/data/a?b#c.csv"),
        ("titles.csv", "titles.csv"),
        ("s3://bucket/titles.csv", "s3://bucket/titles.csv"),
        ("ftp://u:p@ss@host:21/t.csv", "ftp://host:21/t.csv"),
        ("zip://t.csv::https://u:p@h/x.zip?sig=1", "zip://t.csv::https://h/x.zip"),
        ("s3://bucket/a@b.csv", "s3://bucket/a@b.csv"),
        ("https://u:p@[h/x", "https://(unreadable)"),
        ("https://u:pass/word@h/x", "https://(unreadable)"),
        ("https://u:p@ss/word@h/x", "https://(unreadable)"),
        ("https://token#x@h/x", "https://(unreadable)"),
    ],
)
def test_a_public_uri_holds_no_secret(uri: str, public: str) -> None:
    assert public_uri(uri) == public


@given(user=st.from_regex(r"[a-z]{1,5}", fullmatch=True), password=st.text())
def test_no_password_comes_through(user: str, password: str) -> None:
    secret = password.replace("::", ":").strip(":")  # :: joins the links of a chained URI
    assert "canary" not in public_uri(f"https://{user}:canary{secret}@host/path")
    assert "canary" not in public_uri(f"https://{user}:{secret}canary@host/path")
