"""One-sentence descriptions of synthetic titles."""

from __future__ import annotations

from collections.abc import Sequence

from reelhouse.sources.synthetic_themes import Theme

# Said of any theme: the noise that descriptions share.
_OPENERS = (
    "After years apart from the family|When everything goes wrong|Over one unforgettable summer|"
    "Determined to start a new life|With nothing left to lose|In a world full of secrets|"
    "Years after leaving home|On the most important day|When an old friend returns|"
    "Against all odds|Far from home|Searching for the truth|With the help of friends|"
    "In this moving story|Caught between love and duty|Haunted by the past|"
    "When two worlds collide|Looking for a second chance|One night changes everything as|"
    "Following a tragic loss|Based on a true story|With a little luck|Under growing pressure|"
    "At the edge of the city"
)
_ADJECTIVES = (
    "young lonely troubled gifted mysterious determined famous forgotten fearless quiet reckless"
    " proud desperate brilliant stubborn"
)
_CLOSERS = (
    "for family|for love|against time|for the truth|for a better life|with friends|for good|"
    "once more|at any cost|together|day and night|for the world to see"
)


class Sentences:
    """Writes descriptions; holds the shared words split up."""

    def __init__(self) -> None:
        self._openers = _OPENERS.split("|")
        self._adjectives = _ADJECTIVES.split()
        self._closers = _CLOSERS.split("|")

    def write(
        self, theme: Theme, place: Theme, end: Theme, director: str, draws: Sequence[float]
    ) -> str:
        """A description of 15 to 30 words or so.

        Parameters
        ----------
        theme
            Where its subject and verb come from.
        place, end
            Where these parts come from; the same theme but for mixed titles.
        director
            Named in some of the descriptions; may be empty.
        draws
            Eight numbers in [0, 1).
        """
        who = self._described(_pick(theme.who, draws[0]), draws[1])
        does, does_too = _pick(theme.does, draws[2]), _pick(theme.does, draws[3])
        where, twist = _pick(place.where, draws[4]), _pick(end.twist, draws[5])
        hook, closer = _pick(theme.hooks, draws[6]), _pick(self._closers, draws[3])
        kind = int(draws[7] * 100)
        if kind < 8 and director:
            return f"{hook}, filmmaker {director} follows {who} who {does} {where} {twist}."
        if kind < 55:
            return f"{hook}, {who} {does} {where}, {twist}."
        if kind < 70:
            return f"{_pick(self._openers, draws[6])}, {who} {does} {where} {twist}."
        if kind < 85 or does == does_too:
            return f"{_capital(where)}, {who} {does} {closer} {twist}."
        return f"{_capital(who)} {does} and {does_too} {where} {twist}."

    def _described(self, who: str, draw: float) -> str:
        """Half of the subjects get an adjective that any theme has."""
        if draw < 0.5:
            return who
        article, _, noun = who.partition(" ")
        adjective = _pick(self._adjectives, draw * 2 - 1)
        return f"{'a' if article == 'an' else article} {adjective} {noun}"


def _pick(choices: Sequence[str], draw: float) -> str:
    """One of the choices; the first ones are the usual ones, as words are in any genre."""
    return choices[int(draw**1.5 * len(choices))]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
