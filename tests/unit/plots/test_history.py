"""Hand-drawn lines: every coordinate is computed by hand for a small case."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from reelhouse.plots.history import Series, history_svg, round_above

SPACE = "{http://www.w3.org/2000/svg}"


def drawn(versions: list[int], *series: Series) -> ET.Element:
    return ET.fromstring(history_svg(versions, series))


def points(svg: ET.Element) -> list[tuple[float, float, str]]:
    return [
        (float(one.attrib["cx"]), float(one.attrib["cy"]), one.attrib["fill"])
        for one in svg.iter(f"{SPACE}circle")
    ]


def texts(svg: ET.Element) -> list[str]:
    return [one.text or "" for one in svg.iter(f"{SPACE}text")]


def test_points_stand_at_their_versions_and_values() -> None:
    # From 60 to 400 across; the axis ends at 0.2, so 0.1 is half of the way from 160 up to 34.
    svg = drawn([4, 5, 6], Series("share", [0.0, 0.1, 0.18], 0.15))
    blue, red = "#0072b2", "#d55e00"
    assert points(svg) == [(60.0, 160.0, blue), (230.0, 97.0, blue), (400.0, 46.6, red)]
    assert {"share", "limit 0.15", "0", "0.1", "0.2", "4", "5", "6", "version"} == set(texts(svg))


def test_a_version_without_the_figure_breaks_the_line() -> None:
    svg = drawn([1, 2, 3, 4], Series("a", [0.1, 0.1, None, 0.1], None))
    lines = [one.attrib["d"] for one in svg.iter(f"{SPACE}path") if "L" in one.attrib["d"]]
    assert len(points(svg)) == 3
    assert len(lines) == 1
    assert re.match(r"M60\.0 .*L173\.3 ", lines[0])


def test_many_versions_have_few_numbers_and_the_last_is_among_them() -> None:
    shown = texts(drawn(list(range(41, 61)), Series("a", [0.1] * 20, None)))
    assert shown[shown.index("version") + 1 :] == ["60", "57", "54", "51", "48", "45", "42"]


def test_panels_stand_two_in_a_row_and_a_negative_value_on_the_ground() -> None:
    series = [Series(f"s{number}", [-0.3], None) for number in range(3)]
    svg = drawn([1], *series)
    places = [one.attrib["transform"] for one in svg.iter(f"{SPACE}g")]
    assert places == ["translate(0,0)", "translate(420,0)", "translate(0,190)"]
    assert {y for _, y, _ in points(svg)} == {160.0}


def test_without_versions_there_are_axes_and_no_point() -> None:
    assert points(drawn([], Series("a", [], None))) == []


def test_a_title_is_text() -> None:
    assert "<b>&" in texts(drawn([1], Series("<b>&", [0.1], None)))


@pytest.mark.parametrize(
    ("value", "above"), [(0.0011, 0.0012), (0.2, 0.2), (0.21, 0.3), (1.0, 1.0), (9.1, 10.0)]
)
def test_axes_end_at_round_numbers(value: float, above: float) -> None:
    assert round_above(value) == above
