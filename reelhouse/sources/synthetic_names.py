"""Names of synthetic titles and people: plausible, and each number has a name of its own."""

from __future__ import annotations

from string import ascii_uppercase

from reelhouse.sources.synthetic_themes import Theme

_ADJECTIVES = (
    "Silent Golden Broken Hidden Endless Crimson Last Velvet Stolen Distant Burning Secret Lonely"
    " Restless Wicked Gentle Frozen Hollow Bitter Electric Lost Paper Midnight Wild Painted Second"
    " Forgotten Silver Crooked Quiet Savage Tender Phantom Reckless Borrowed Emerald Humble Loyal"
    " Perfect Rebel Scarlet Sleepless Tangled Unseen Wandering Whispering Young Ancient Brave Blue"
    " Careless Daring Fallen Fearless Final Honest Impossible Infinite Little Mighty"
)
_PLACES = (
    "Lisbon Havana Cairo Oslo Mumbai Dakar Lima Kyoto Marseille Nairobi Quebec Tbilisi Valparaíso"
    " Zanzibar Bergen Adelaide Savannah Galway Naples Odessa Porto Samarkand Tangier Utrecht Vienna"
    " Windhoek Yerevan Zagreb Bruges Cusco Dresden Essaouira Fairbanks Ghent Hanoi Izmir Jaipur"
    " Kraków Leith Mandalay"
)
_COMPANIONS = (
    "Thunder Ashes Honey Shadows Salt Smoke Silk Stars Roses Bones Rain Iron Dust Feathers Gold"
    " Mirrors Ghosts Wolves Wine Fire Sand Storms Secrets Sugar Whiskey Steel Pearls Saints Lies"
    " Embers"
)
_TAILS = (
    "Diaries Road Season Nights Rising Club Chronicles Street Sisters Effect Files Summer Brigade"
    " Society Theory Code Kingdom Affair Express Avenue Legacy Reunion Sessions League Paradox"
)
_N_SEQUELS = 8
# Every so many titles one is of a kind that readers stumble over.
_AWKWARD_EVERY = 197

# Prime, so that stepping by it through any of the sizes below meets every number once.
_STEP = 1061


class TitleNames:
    """Names of the titles of one theme, by number; no two are equal, upper and lower case aside.

    Parameters
    ----------
    theme
        The theme, whose nouns no other theme has.
    start
        Where in the theme's names to begin, so that seeds differ.
    """

    def __init__(self, theme: Theme, start: int) -> None:
        patterns = (
            (_ADJECTIVES, "The {word} {noun}"),
            (_ADJECTIVES, "{word} {noun}"),
            (_PLACES, "{noun} of {word}"),
            (_COMPANIONS, "{noun} & {word}"),
            (_TAILS, "{noun} {word}"),
        )
        self._names = [
            pattern.format(word=word, noun=noun)
            for words, pattern in patterns
            for word in words.split()
            for noun in theme.nouns
        ]
        self._start = start
        self._places = _PLACES.split()

    def name(self, serial: int, index: int) -> str:
        """Name of the title numbered `serial` within its theme, `index` within the catalogue."""
        awkward = index % _AWKWARD_EVERY
        if awkward == _AWKWARD_EVERY - 1:
            return str(index)
        tier, position = divmod(serial, len(self._names))
        name = self._names[(position * _STEP + self._start) % len(self._names)]
        name += self._sequel(tier)
        if awkward == 50:
            return f"{name}, Again"
        if awkward == 100:
            return f'"{name}"'
        return f"Café {name}" if awkward == 150 else name

    def _sequel(self, tier: int) -> str:
        """What tells the names apart once all have been given out `tier` times."""
        if tier == 0:
            return ""
        if tier <= _N_SEQUELS:
            return f" {tier + 1}"
        part, place = divmod(tier - _N_SEQUELS - 1, len(self._places))
        return f": {self._places[place]}" + (f" {part + 1}" if part else "")


class People:
    """Names of the people of one theme, by number; no two themes share a person.

    Parameters
    ----------
    theme
        The theme.
    rank, n_themes
        Which of how many themes that share its pool of names it is.
    """

    def __init__(self, theme: Theme, rank: int, n_themes: int) -> None:
        self._first, self._last = theme.first_names, theme.last_names
        self._rank, self._n_themes = rank, n_themes

    def name(self, number: int) -> str:
        """Name of a person; those past the combinations of names get initials."""
        round_, position = divmod(
            number * self._n_themes + self._rank, len(self._first) * len(self._last)
        )
        position = position * _STEP % (len(self._first) * len(self._last))
        first = self._first[position % len(self._first)]
        last = self._last[position // len(self._first)]
        initials = ""
        while round_:
            round_, letter = divmod(round_ - 1, len(ascii_uppercase))
            initials = f" {ascii_uppercase[letter]}.{initials}"
        return f"{first}{initials} {last}"
