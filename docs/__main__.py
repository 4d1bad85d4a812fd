"""`python -m docs`: write the documents that are made from the code."""

from __future__ import annotations

from docs.generated import DOCUMENTS, ROOT


def main() -> None:
    """Write every generated document that is not current, and name it."""
    for name, make in DOCUMENTS.items():
        path = ROOT / name
        text = make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
