from __future__ import annotations

import re

import pytest

from deployments.limits import limit_name


def test_stores_whose_names_look_alike_have_different_limits() -> None:
    names = {limit_name(store) for store in ("a/b", "a-b", "a//b", "s3://a/b", "./a/b")}
    assert len(names) == 5


@pytest.mark.parametrize("store", ["s3://bucket/prefix", "/srv/a b", "x%y&z", "memory://", "ü"])
def test_a_name_holds_nothing_that_prefect_refuses(store: str) -> None:
    assert re.fullmatch(r"reelhouse-[A-Za-z0-9.-]*-[0-9a-f]{8}", limit_name(store))


def test_what_may_be_secret_is_not_in_the_name() -> None:
    secret = limit_name("s3://key:secret@bucket/prefix")
    assert secret == limit_name("s3://bucket/prefix")
