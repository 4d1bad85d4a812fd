"""Find where a quoted field began that is not closed as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def line_of_open_quote(lines: Sequence[str], delimiter: str, first_line: int) -> int:
    """Tell on which line the first wrongly closed quoted field of a record begins.

    Parameters
    ----------
    lines : sequence of str
        The record's lines so far.
    delimiter : str
        One character.
    first_line : int
        Number of the first of these lines in the file.

    Returns
    -------
    int
        The line of the opening quote; the first line when every quote is closed.

    Examples
    --------
    >>> line_of_open_quote(['a,"b', 'c",d,"e', 'f'], ",", 10)
    11
    """
    # A quoted field that spans lines is the suspect; those closed on their own line are not.
    suspect = first_line
    for opened, closed, clean in _quoted_fields(lines, delimiter):
        suspect = first_line + opened
        if closed is None or not clean:
            return suspect
    return suspect


def _quoted_fields(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, int | None, bool]]:
    """Yield (opening line, closing line or None, closed before a delimiter) per quoted field."""
    text = "".join(lines)
    position = 0
    while (start := _next_opening(text, position, delimiter)) is not None:
        end = _closing(text, start)
        opened = _line_index(lines, start)
        if end is None:
            yield opened, None, False
            return
        position = end + 1
        clean = position == len(text) or text[position] in (delimiter, "\r", "\n")
        yield opened, _line_index(lines, end), clean


def _next_opening(text: str, position: int, delimiter: str) -> int | None:
    """Find the next quote that stands where a field begins."""
    while (found := text.find('"', position)) >= 0:
        if found == 0 or text[found - 1] in (delimiter, "\n", "\r"):
            return found
        position = found + 1
    return None


def _closing(text: str, start: int) -> int | None:
    """Find the quote that closes the field opened at start, doubled quotes skipped."""
    position = start + 1
    while (found := text.find('"', position)) >= 0:
        if text[found + 1 : found + 2] != '"':
            return found
        position = found + 2
    return None


def _line_index(lines: Sequence[str], position: int) -> int:
    for index, line in enumerate(lines):
        position -= len(line)
        if position < 0:
            return index
    return len(lines) - 1
