from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasks.data_docs import write_data_docs

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(2)</script>',
    "$value ${x} {{ 7 * 7 }} {% raw %}",
    "javascript:alert(3)",
]


class Page(HTMLParser):
    """Elements, references and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def docs(make_suite: Any, tmp_path: Path) -> Path:
    rules = [
        ("to_be_null", {"column": "a"}, "row"),
        ("to_be_in_set", {"column": "a", "value_set": ["good"]}, "dataset"),
        ("to_match_regex", {"column": "a", "regex": "^<b>{x}$"}, "watch"),
    ]
    run = make_suite(*rules, name="first")
    run.judge(pd.DataFrame({"a": HOSTILE}))
    quiet = make_suite(("to_not_be_null", {"column": "a"}, "row"), name="second")
    quiet.judge(pd.DataFrame({"a": ["x"]}))
    index = write_data_docs([run, quiet], tmp_path / "docs")
    assert index == tmp_path / "docs" / "index.html"
    return index.parent


def test_there_is_a_page_for_each_suite_and_an_index_that_links_them(docs: Path) -> None:
    assert sorted(path.name for path in docs.iterdir()) == [
        "first.html",
        "index.html",
        "second.html",
    ]
    links = [value for name, value in Page(docs / "index.html").attributes if name == "href"]
    assert links == ["first.html", "second.html"]


def test_hostile_values_add_no_element(docs: Path) -> None:
    page = Page(docs / "first.html")
    assert not {"img", "script", "iframe", "object", "b"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    # The value is shown to the reader as it is.
    assert HOSTILE[0] in page.text
    assert HOSTILE[2] in page.text
    assert "49" not in page.text


def test_no_page_refers_to_another_host(docs: Path) -> None:
    for path in docs.iterdir():
        for name, value in Page(path).attributes:
            if name in ("src", "href", "action", "srcset", "data"):
                assert not value.lower().startswith(("http:", "https:", "//", "javascript:"))
        assert "default-src 'none'" in path.read_text(encoding="utf-8")


def test_a_page_says_what_failed_and_what_passed(docs: Path) -> None:
    assert "4 of 4" in Page(docs / "first.html").text
    assert "All 1 expectations passed." in Page(docs / "second.html").text
