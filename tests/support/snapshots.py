"""Snapshots of a catalogue for tests that need a night of a certain kind."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Snapshots:
    """An evening, and the night after it."""

    evening: Path
    night: Path


def write_strange_night(snapshot: Path, target: Path, n_strange: int = 40) -> None:
    """Write a snapshot and some titles more, described in words that nobody has used."""
    with (
        snapshot.open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as written,
    ):
        reader = csv.DictReader(source)
        rows = list(reader)
        writer = csv.DictWriter(written, list(reader.fieldnames or []))
        writer.writeheader()
        writer.writerows(rows)
        for number in range(n_strange):
            words = [f"xq{_letters(number)}{_letters(word)}" for word in range(20)]
            title = {
                "show_id": f"z{number}",
                "title": f"Strange {_letters(number)}",
                "description": " ".join(words),
            }
            writer.writerow({**rows[-1], **title})


def _letters(number: int) -> str:
    """The number in two letters: words with digits might not count as words."""
    first, last = divmod(number, 26)
    return chr(ord("a") + first) + chr(ord("a") + last)
