import json

import pytest

from locator import outlines
from locator.geodesy import Point
from locator.outlines import Bounds


@pytest.mark.parametrize(
    ("point", "code"),
    [
        (Point(32.88, 13.19), "LY"),
        (Point(24.7, 46.7), "SA"),
        (Point(14.6, 121.0), "PH"),
        (Point(33.148, 11.40), "TN"),
        (Point(35.9, 14.5), "MT"),
        (Point(22.3, 114.17), "HK"),
        (Point(35.3, 33.3), "CY"),
        (Point(66, 179), "RU"),
        (Point(66, -179), "RU"),
        (Point(34, 18), None),
        (Point(0, -160), None),
        (Point(90, 0), None),
    ],
)
def test_a_point_lies_in_a_country_or_at_sea(point, code):
    assert outlines.country_at(point) == code


def test_a_pier_still_belongs_to_its_country():
    assert outlines.country_at(Point(32.925, 13.19)) == "LY"


def test_inside_a_country_the_distance_is_nothing():
    assert outlines.distance_to_country_km(Point(30, 18), "LY") == 0


def test_malta_is_350_km_from_libya():
    assert outlines.distance_to_country_km(Point(35.9, 14.5), "LY") == pytest.approx(349, abs=3)


def test_the_nearest_shore_may_lie_over_the_date_line():
    assert outlines.distance_to_country_km(Point(-17, -179.9), "FJ") < 100


def test_no_outline_crosses_the_map_from_edge_to_edge():
    widest = max(part.bounds[2] - part.bounds[0] for part in outlines.country_polygon("RU").geoms)

    assert widest < 160


def test_an_unknown_country_has_no_outline():
    with pytest.raises(KeyError):
        outlines.country_polygon("XX")


def test_land_is_cut_to_the_bounds():
    lands = dict(outlines.land_within(Bounds(30, 11, 34, 14)))

    assert set(lands) == {"LY", "TN"}
    assert lands["LY"].bounds[2] <= 14


def test_the_browser_gets_every_country_by_its_code():
    features = json.loads(outlines.browser_geojson())["features"]

    assert {"LY", "PH", "NP", "MT"} <= {feature["id"] for feature in features}
    assert len(outlines.browser_geojson()) < 700_000
