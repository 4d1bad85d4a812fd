"""Text from data in every page and every artifact: it stays text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mistune
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from reelhouse.catalogue.history import PastVersion
from reelhouse.runs.record import Outcome
from tasks.data_docs import write_data_docs
from tasks.drift_page import drift_page
from tasks.fit_page import fit_page
from tasks.links_page import VARIABLE, links_page
from tasks.markdown import cells, code, image
from tasks.quality_page import quality_page
from tasks.suites import RuleResult

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "</td></tr></table><iframe src=//x.example>",
    "</title></style></script><b>x</b>",
    "<!-- <i>x</i> --><i>y</i>",
    "<![CDATA[<u>x</u>]]><u>y</u>",
    "<a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "https://x.example/?a=b and www.x.example and me@x.example",
    "[x](javascript:alert(1)) ![x](http://x.example/x.png) <http://x.example>",
    "&lt;img src=x onerror=alert(1)&gt; &#60;b&#62;",
    "$value ${x} $$ %(x)s {0} {x}",
    "{{ 7 * 7 }} {% raw %}<s>x</s>{% endraw %}",
    "a\r\r1. one\r2. two\r\r    code",
    "a\n\n# heading\n\n- list\n\n> quote\n\n---\n",
    "a\r===\rb\u2028c\x0bd\x85e",
    "| a | b |\n|---|---|\n| c | d |",
    "`code` **bold** _it_ ~~del~~ ==mark== H~2~O x^2^ :smile: [^1] \\<b>",
    "```html\n<b>x</b>\n```",
    "<x-y onclick=1>\ufeff\u200b\u202e<math><mi//xlink:href='data:x,y'>",
    "\x00<b\x00>x</b>\x1b[31m",
    "$\\href{javascript:alert(1)}{x}$ $$x$$ <template><p id=x></template>",
)
PLAIN = "plain"


class Elements(HTMLParser):
    """Elements of a page with the names and values of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += 1
        self.found.update(f"{tag} {name}" for name, _ in attrs)

    def handle_comment(self, data: str) -> None:
        self.found["a comment"] += 1

    def handle_decl(self, decl: str) -> None:
        self.found["a declaration"] += 1

    def unknown_decl(self, data: str) -> None:
        self.found["a declaration"] += 1

    def handle_data(self, data: str) -> None:
        self.text += data


def test_there_are_twenty_five_payloads() -> None:
    assert len(set(PAYLOADS)) == 25


class Judged:
    """A suite with results, with a text in each place that holds one.

    `SuiteRun` would refuse some of them: a text that is no regular expression, or no file name.
    """

    def __init__(self, **places: str) -> None:
        text = dict.fromkeys(("value", "reason", "column", "meta", "kwargs"), PLAIN) | places
        self.name = "suite"
        self.document = {"meta": {"judges": text["meta"], "levels": text["meta"]}}
        arguments: dict[str, dict[str, Any]] = {
            "match_regex": {"regex": text["kwargs"]},
            "not_match_regex": {"regex": text["kwargs"]},
            "be_in_set": {"value_set": [text["kwargs"], "b"]},
            "not_be_in_set": {"value_set": [text["kwargs"], "b"]},
            "be_null": {},
            "not_be_null": {"mostly": 0.9},
            "be_of_type": {"type_": text["kwargs"]},
        }
        self.rules = [
            RuleResult(
                type=f"expect_column_values_to_{kind}",
                kwargs={"column": text["column"], **kwargs},
                level="row",
                reason=text["reason"],
                evaluated=3,
                unexpected=2,
                examples=[f"{text['reason']}: {text['value']}"] * 2,
                values=[text["value"]] * 2,
            )
            for kind, kwargs in arguments.items()
        ]


def judged(**places: str) -> Any:
    return Judged(**places)


def data_docs(run: Any, folder: Path) -> str:
    write_data_docs([run], folder / "docs")
    return "".join(path.read_text(encoding="utf-8") for path in sorted((folder / "docs").iterdir()))


@pytest.mark.parametrize("place", ["value", "reason", "column", "meta", "kwargs"])
def test_no_text_adds_an_element_or_an_attribute_to_the_data_docs(
    place: str, tmp_path: Path
) -> None:
    expected = Elements(data_docs(judged(), tmp_path)).found
    assert expected["table"] > len(judged().rules)
    for payload in PAYLOADS:
        found = Elements(data_docs(judged(**{place: payload}), tmp_path)).found
        assert found == expected, payload


def test_values_that_a_real_suite_finds_add_nothing_either(make_suite: Any, tmp_path: Path) -> None:
    def pages(texts: Sequence[str]) -> str:
        run = make_suite(
            ("to_be_null", {"column": "a"}, "row"),
            ("to_be_in_set", {"column": "a", "value_set": ["good"]}, "watch"),
            reason="it is {value}",
        )
        run.judge(pd.DataFrame({"a": list(texts)}))
        return data_docs(run, tmp_path)

    for first in range(0, len(PAYLOADS), 5):
        shown = Elements(pages(PAYLOADS[first : first + 5]))
        assert shown.found == Elements(pages(["v1", "v2", "v3", "v4", "v5"])).found
    assert "alert(1)" in Elements(pages(PAYLOADS[:5])).text


def outcome(collection: str) -> Outcome:
    return Outcome(
        collection=collection, version=1, published=True, run_id="r", counts={}, results={}
    )


def past(flow: str, exceeded: Sequence[str] = ()) -> PastVersion:
    drift = {"outlier_share": 0.1, "limits": {"outlier_share": 0.2}, "exceeded": exceeded}
    return PastVersion(
        version=2, flow=flow, date="2026-01-02", added=3, drift=drift, counts={"titles": 9}
    )


def fit_report(name: str) -> dict[str, Any]:
    """A report of one cluster, which is weak."""
    weak = {"cluster_id": 1, "name": name, "weak": ["loose"], "silhouette": 0.1}
    return {"clusters": [{**weak, "outlier_share": 0.5, "blurs_into": 1, "blur_share": 0.5}]}


PAGES: dict[str, Callable[[str, Path], str]] = {
    "rows": lambda text, folder: quality_page(text, [judged()], {}),
    "value": lambda text, folder: quality_page("rows", [judged(value=text)], {}),
    "reason": lambda text, folder: quality_page("rows", [judged(reason=text)], {}),
    "column": lambda text, folder: quality_page("rows", [judged(column=text)], {}),
    "fact": lambda text, folder: quality_page("rows", [judged(reason=text)], {PLAIN: 0.5}),
    "store": lambda text, folder: links_page(outcome("catalogue"), text, ["a.parquet"]),
    "collection": lambda text, folder: links_page(outcome(text), "store", ["a.parquet"]),
    "file": lambda text, folder: links_page(outcome("catalogue"), "store", [text]),
    "run": lambda text, folder: drift_page([past(text)]),
    "exceeded": lambda text, folder: drift_page([past("nightly", exceeded=[text])]),
    "cluster name": lambda text, folder: fit_page(fit_report(text), ""),
    "picture": lambda text, folder: image(b"content", "png", text),
    # Each cell of a table artifact is a page of Markdown to the UI.
    "cell": lambda text, folder: cells({"n": 1, "title": text})["title"],
}
RENDERERS: dict[str, Callable[[str], Any]] = {
    "markdown-it": MarkdownIt("commonmark", {"html": True})
    .enable(["table", "strikethrough"])
    .render,
    "mistune": mistune.create_markdown(
        escape=False, plugins=["table", "strikethrough", "url", "footnotes", "task_lists", "mark"]
    ),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("renderer", RENDERERS)
def test_no_text_adds_an_element_to_a_markdown_artifact(
    page: str, renderer: str, tmp_path: Path
) -> None:
    render, make = RENDERERS[renderer], PAGES[page]
    expected = Elements(render(make(PLAIN, tmp_path))).found
    for payload in PAYLOADS:
        rendered = Elements(render(make(payload, tmp_path)))
        assert rendered.found == expected, (payload, make(payload, tmp_path))


def test_the_text_itself_is_shown_as_it_is(tmp_path: Path) -> None:
    text = "<b>Fish & *Chips*</b> | 1. [x](y)"
    page = Elements(RENDERERS["markdown-it"](PAGES["value"](text, tmp_path)))
    assert text in page.text


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_path_that_ends_in_or_holds_backticks_is_one_piece_of_code(renderer: str) -> None:
    for text in ("`", "a`", "``x`", "`a``b```c"):
        page = Elements(RENDERERS[renderer](code(text)))
        assert page.found == {"p": 1, "code": 1}, text
        assert page.text.strip() == text


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_file_with_a_wild_name_is_no_link(renderer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "https://store.example/reelhouse")
    for payload in PAYLOADS:
        page = Elements(RENDERERS[renderer](links_page(outcome("catalogue"), "s", [f"{payload}x"])))
        assert page.found == {"h1": 1, "ul": 1, "li": 1, "code": 1}, payload
