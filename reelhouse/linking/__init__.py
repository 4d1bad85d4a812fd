"""Which title of a catalogue is which of the titles that viewers rated."""

from reelhouse.linking.link import CERTAIN, link_titles

__all__ = ["CERTAIN", "link_titles"]
