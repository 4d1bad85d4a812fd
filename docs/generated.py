"""Which documents are made from the code, and by what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.data_contracts import data_contracts
from docs.package_picture import package_picture

ROOT = Path(__file__).resolve().parents[1]

#: Path in the checkout -> what makes its text.
DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/data-contracts.md": lambda: data_contracts(ROOT / "expectations"),
    "docs/images/packages.svg": lambda: package_picture(ROOT),
}
