"""What is arranged before the arguments are parsed."""

from __future__ import annotations

from collections.abc import Sequence

DEFAULT_SHARE = "0.3"
# Options that may stand without a number.
_SHARES = ("--explore", "--diversify")


def without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Take `--debug` out wherever it stands before a bare `--`, and say whether it stood there.

    >>> without_debug(["versions", "--debug", "--store", "x"])
    (['versions', '--store', 'x'], True)
    """
    end = _end_of_options(arguments)
    kept = [argument for argument in arguments[:end] if argument != "--debug"]
    return [*kept, *arguments[end:]], len(kept) < end


def with_shares(arguments: Sequence[str]) -> list[str]:
    """Give a bare `--explore` or `--diversify` its default share.

    >>> with_shares(["recommend", "--explore", "--json"])
    ['recommend', '--explore', '0.3', '--json']
    >>> with_shares(["recommend", "--explore", "0.5", "--diversify"])
    ['recommend', '--explore', '0.5', '--diversify', '0.3']
    """
    end = _end_of_options(arguments)
    found = []
    for at, argument in enumerate(arguments):
        found.append(argument)
        following = arguments[at + 1] if at + 1 < len(arguments) else "--"
        # A negative number is a mistake to be named, not a missing value.
        is_bare = following.startswith("-") and not following[1:2].isdigit()
        if at < end and argument in _SHARES and is_bare:
            found.append(DEFAULT_SHARE)
    return found


def _end_of_options(arguments: Sequence[str]) -> int:
    return list(arguments).index("--") if "--" in arguments else len(arguments)
