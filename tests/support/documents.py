"""Code blocks of documents, and what they change when they are taken at their word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple


class CodeBlock(NamedTuple):
    """A fenced block of a Markdown text."""

    language: str
    text: str


def code_blocks(document: str) -> list[CodeBlock]:
    """All fenced blocks, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", document, flags=re.M | re.S)
    return [CodeBlock(language, text) for language, text in found]


def apply_blocks(document: str, root: Path) -> list[str]:
    """Make the new files and the changes of a document in a checkout; returns their paths.

    A block of Python names its new file in the first line, `# path`. A block of differences names
    its file in the first line, `--- path`; hunks are parted by `@@`, and what a hunk begins from
    must stand in the file exactly once.
    """
    changed = []
    for language, text in code_blocks(document):
        first, _, rest = text.partition("\n")
        if language == "python":
            name = first.removeprefix("# ")
            assert not (root / name).exists(), f"{name} is there already"
            (root / name).write_text(rest, encoding="utf-8")
        elif language == "diff":
            name = first.removeprefix("--- ")
            for hunk in rest.split("@@\n"):
                _apply(hunk.splitlines(), root / name)
        changed.append(name)
    return changed


def _apply(hunk: list[str], path: Path) -> None:
    before = "".join(line[1:] + "\n" for line in hunk if line[0] in " -")
    after = "".join(line[1:] + "\n" for line in hunk if line[0] in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} holds {text.count(before)} times:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def section(document: str, heading: str) -> str:
    """The text below a heading, up to the next heading of any level."""
    parts = re.split(r"(?m)^#+ (.+)$", _without_code_headings(document))
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        if name == heading:
            return text.replace(_MASK, "#")
    raise AssertionError(f"there is no heading {heading!r}")


#: Stands for a comment's sign inside of code, which is no heading.
_MASK = "\0"


def _without_code_headings(document: str) -> str:
    masked = re.compile(r"^```.*?^```$", flags=re.M | re.S)
    return masked.sub(lambda found: found[0].replace("#", _MASK), document)
