from xml.etree import ElementTree as ET

import pytest
from shapely.geometry import box

from locator.geodesy import Point
from locator.mapdraw import Frame, draw
from locator.mapmarks import Area, Dots, Here, Ring, Rings, Route, Sign, Text, Town, Trail, gather
from locator.outlines import Bounds

LIBYA = Frame.around(Bounds(29.2, 11, 34, 25), 459, 327)
TRIPOLI, BENGHAZI = Point(32.887, 13.187), Point(32.115, 20.069)
NS = "{http://www.w3.org/2000/svg}"


def drawn(*layers, frame=LIBYA, **more):
    return ET.fromstring(draw(frame, layers, label="A map", **more))


def having(svg, name):
    return [node for node in svg.iter() if name in node.get("class", "").split()]


def test_bounds_fit_into_the_frame():
    bounds = LIBYA.bounds

    assert bounds.west <= 11.001
    assert bounds.east >= 24.999
    assert bounds.south <= 29.2
    assert bounds.north >= 34


def test_north_is_up_and_east_is_right():
    (x0, y0), (x1, y1) = LIBYA.at(TRIPOLI), LIBYA.at(BENGHAZI)

    assert x1 > x0
    assert y1 > y0


def test_the_focus_country_is_bright_and_its_neighbours_are_not():
    grounds = {node.get("data-country"): node.get("class") for node in having(drawn(focus=("LY",)), "map-ground")}

    assert grounds["LY"] == "map-ground"
    assert grounds["TN"] == "map-ground map-ground--other"


def test_a_border_between_two_countries_is_no_coast():
    svg = drawn(frame=Frame.around(Bounds(26, 24, 28, 26), 200, 200))

    assert having(svg, "map-border")
    assert not having(svg, "map-coast")


def test_open_sea_is_drawn_without_land():
    svg = drawn(frame=Frame.around(Bounds(-30, -120, -28, -118), 200, 200))

    assert having(svg, "map-sea")
    assert not having(svg, "map-ground")


def test_no_word_of_anybody_becomes_markup():
    nasty = '<script>x</script>" onload="x'
    layers = [
        Town(TRIPOLI, nasty), Text(TRIPOLI, nasty), Sign(TRIPOLI, nasty, nasty), Here(TRIPOLI, 5, nasty, nasty),
        Ring(TRIPOLI, {nasty: 1}, nasty), Trail([TRIPOLI, BENGHAZI], [nasty], nasty),
    ]  # fmt: skip

    svg = ET.fromstring(draw(LIBYA, layers, label=nasty))

    assert not list(svg.iter(NS + "script"))
    assert not [node for node in svg.iter() if "onload" in node.attrib]
    assert svg.get("aria-label") == nasty


def test_nothing_is_styled_inline():
    svg = drawn(Dots([TRIPOLI] * 5), Area(box(14, 30, 19, 32)), Route(BENGHAZI, TRIPOLI))

    assert not [node for node in svg.iter() if "style" in node.attrib or node.tag == NS + "style"]


def test_a_ring_has_an_arc_for_each_status_and_the_sum_in_its_middle():
    svg = drawn(Ring(TRIPOLI, {"SAFE": 27, "MOVING": 2, "SILENT": 2, "HELP": 0}))

    assert [node.get("class") for node in having(svg, "ring-arc")] == [
        "ring-arc is-safe",
        "ring-arc is-moving",
        "ring-arc is-silent",
    ]
    assert [node.text for node in having(svg, "ring-count")] == ["31"]


def test_a_ring_that_holds_help_carries_the_triangle_and_lies_on_top():
    svg = drawn(Rings([Ring(TRIPOLI, {"HELP": 1, "SAFE": 4}), Ring(BENGHAZI, {"SAFE": 30})]))

    assert len(having(svg, "map-shape")) == 1
    assert [node.text for node in having(svg, "ring-count")] == ["30", "5"]


def test_a_calm_days_disc_has_no_arcs():
    svg = drawn(Ring(TRIPOLI, {"": 31}, "Tripoli"))

    assert not having(svg, "ring-arc")
    assert [node.text for node in having(svg, "ring-place-count")] == ["31"]


def test_rings_that_would_cover_each_other_become_one_and_lose_nobody():
    close = [Ring(TRIPOLI, {"SAFE": 5}, "Tripoli"), Ring(Point(32.88, 13.35), {"HELP": 2, "SAFE": 1}, "Tajura")]

    (ring,) = gather([*close], LIBYA)

    assert ring.counts == {"SAFE": 6, "HELP": 2}
    assert ring.name == "Tripoli, Tajura"


def test_danger_is_hatched_and_only_where_it_shows():
    assert having(drawn(Area(box(14, 30, 19, 32))), "map-hatch")
    assert not having(drawn(Area(box(100, 30, 110, 32))), "map-danger")


def test_the_circle_of_precision_has_its_true_size():
    (circle,) = having(drawn(Here(TRIPOLI, 50, "MOVING")), "map-precision")

    assert float(circle.get("r")) == pytest.approx(LIBYA.pixels(50), abs=0.1)


def test_the_scale_bar_is_a_round_number_of_kilometres():
    assert [node.text for node in having(drawn(), "map-name--small")] == ["200 km"]
