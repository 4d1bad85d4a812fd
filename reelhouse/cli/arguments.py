"""What is arranged before the arguments are parsed."""

from __future__ import annotations

from collections.abc import Sequence

DEFAULT_EXPLORE_SHARE = "0.3"


def without_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Take `--debug` out wherever it stands before a bare `--`, and say whether it stood there.

    >>> without_debug(["versions", "--debug", "--store", "x"])
    (['versions', '--store', 'x'], True)
    """
    end = _end_of_options(arguments)
    kept = [argument for argument in arguments[:end] if argument != "--debug"]
    return [*kept, *arguments[end:]], len(kept) < end


def with_explore_share(arguments: Sequence[str]) -> list[str]:
    """Give a bare `--explore` its default share.

    >>> with_explore_share(["recommend", "--explore", "--json"])
    ['recommend', '--explore', '0.3', '--json']
    >>> with_explore_share(["recommend", "--explore", "0.5"])
    ['recommend', '--explore', '0.5']
    """
    end = _end_of_options(arguments)
    found = []
    for at, argument in enumerate(arguments):
        found.append(argument)
        following = arguments[at + 1] if at + 1 < len(arguments) else "--"
        # A negative number is a mistake to be named, not a missing value.
        is_bare = following.startswith("-") and not following[1:2].isdigit()
        if at < end and argument == "--explore" and is_bare:
            found.append(DEFAULT_EXPLORE_SHARE)
    return found


def _end_of_options(arguments: Sequence[str]) -> int:
    return list(arguments).index("--") if "--" in arguments else len(arguments)
