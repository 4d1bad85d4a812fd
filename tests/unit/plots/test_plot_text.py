from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse.plots.text import MISSING, clean, fit, longest, width, wrap


def test_control_characters_become_spaces_and_zero_width_ones_nothing() -> None:
    assert clean("\u200bA\x00B\n\tC\u00a0 D\u202e") == "A B C D"


def test_a_character_that_the_font_lacks_becomes_a_box() -> None:
    assert clean("漢 Amélie 🎬") == f"{MISSING} Amélie {MISSING}"
    assert clean("e\u0301") == "é"


def test_a_dollar_sign_is_kept() -> None:
    assert clean("What the #$*! Do We Know!?") == "What the #$*! Do We Know!?"


def test_a_long_name_ends_in_an_ellipsis() -> None:
    cut = fit("Star Trek: The Motion Picture", 1.0, 8)
    assert cut.endswith("…")
    assert width(cut, 8) <= 1.0
    assert fit("Alien", 1.0, 8) == "Alien"


def test_a_name_is_not_cut_at_a_space_or_colon() -> None:
    everything = "Star Trek: The Motion Picture"
    cuts = [fit(everything, inches / 50, 8) for inches in range(5, 90)]
    assert not any(cut.endswith((" …", ":…")) for cut in cuts)


def test_wide_letters_are_wider() -> None:
    assert width("WWW", 10) > 2 * width("iii", 10)
    assert longest(["i", "WW", "ii"], 10) == width("WW", 10)
    assert longest([], 10) == 0


def test_lines_are_broken_between_words() -> None:
    lines = wrap("one two three four", width("one two", 9), 9)
    assert lines[0] == "one two"
    assert " ".join(lines) == "one two three four"
    assert wrap("", 1, 9) == []


@given(st.text(max_size=80), st.floats(0.3, 3))
def test_any_text_fits(text: str, inches: float) -> None:
    cut = fit(text, inches, 8)
    assert width(cut, 8) <= inches
    assert cut.isprintable()
    assert clean(clean(text)) == clean(text)
