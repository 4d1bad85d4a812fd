"""Whether anybody can watch a run."""

from __future__ import annotations

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from tasks.server import TEMPORARY_SERVER, has_server

URL = "http://127.0.0.1:4200/api"


@pytest.mark.parametrize(
    ("url", "temporary", "expected"),
    [(None, None, False), (URL, None, True), (URL, URL, False), (URL, "http://other/api", True)],
)
def test_a_server_that_goes_with_the_command_is_none_to_be_watched(
    url: str | None, temporary: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TEMPORARY_SERVER, raising=False)
    if temporary is not None:
        monkeypatch.setenv(TEMPORARY_SERVER, temporary)
    with temporary_settings({PREFECT_API_URL: url}):
        assert has_server() is expected
