import math

import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from locator.geodesy import (
    Point,
    bearing_degrees,
    cell_centre,
    cell_of,
    compass,
    destination,
    distance_km,
    measure,
)
from locator.rings import cell_polygon, circle

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (-91, 0), (0, 180.5), (0, -181), (math.nan, 0), (0, math.inf)])
def test_a_point_off_the_earth_is_refused(lat, lon):
    with pytest.raises(ValueError, match="must lie between"):
        Point(lat, lon)


def test_a_point_does_not_print_where_it_is():
    assert "32" not in repr(Point(32.88, 13.19))


def test_tripoli_to_benghazi_is_652_km():
    assert distance_km(Point(32.8874, 13.1873), Point(32.1149, 20.0686)) == pytest.approx(651.9, abs=0.5)


@given(points, points)
def test_measuring_gives_the_very_distance_that_geopy_gives(a, b):
    assert measure(a, b)[0] == geodesic((a.lat, a.lon), (b.lat, b.lon)).km


@pytest.mark.parametrize(
    ("to", "bearing"), [(Point(1, 0), 0), (Point(0, 1), 90), (Point(-1, 0), 180), (Point(0, -1), 270)]
)
def test_bearings_count_clockwise_from_north(to, bearing):
    assert bearing_degrees(Point(0, 0), to) == pytest.approx(bearing)


@given(points, points)
def test_a_bearing_is_never_a_whole_turn(a, b):
    assert 0 <= bearing_degrees(a, b) < 360


@pytest.mark.parametrize(
    ("bearing", "name"), [(0, "N"), (11.2, "N"), (11.3, "NNE"), (90, "E"), (236, "SW"), (348.8, "N")]
)
def test_a_bearing_has_one_of_sixteen_names(bearing, name):
    assert compass(bearing) == name


def test_one_arrives_where_the_distance_says():
    end = destination(Point(32.9, 13.2), 135, 250)

    assert distance_km(Point(32.9, 13.2), end) == pytest.approx(250)
    assert compass(bearing_degrees(Point(32.9, 13.2), end)) == "SE"


@pytest.mark.parametrize("centre", [Point(32, 20), Point(0, 0), Point(65, -20)])
def test_a_circle_has_its_rim_at_the_radius(centre):
    rim = circle(centre, 40).exterior.coords

    assert all(distance_km(centre, Point(lat, lon)) == pytest.approx(40) for lon, lat in rim)


def test_a_circle_over_the_date_line_has_two_parts():
    west, east = sorted(circle(Point(-17, 179.9), 60).geoms, key=lambda part: part.bounds[0])

    assert west.bounds[0] == -180
    assert east.bounds[2] == 180
    assert east.bounds[0] > 178


def test_a_circle_round_the_pole_reaches_it_at_every_longitude():
    west, _, east, north = circle(Point(89.5, 40), 200).bounds

    assert (west, east, north) == (-180, 180, 90)


@pytest.mark.parametrize(
    ("point", "cell"),
    [
        (Point(32.3, 13.1), (1223, 1931)),
        (Point(32.2999, 13.1), (1222, 1931)),
        (Point(90, 180), (1799, 0)),
        (Point(-90, -180), (0, 0)),
        (Point(-0.05, -0.05), (899, 1799)),
    ],
)
def test_cells_own_their_south_and_west_edges(point, cell):
    assert cell_of(point) == cell


@given(points)
def test_a_cells_centre_lies_in_the_cell(point):
    cell = cell_of(point)

    assert cell_of(cell_centre(cell)) == cell


@given(st.builds(Point, st.floats(-89.9, 89.9), st.floats(-179.9, 179.9)))
def test_a_cell_covers_the_points_it_stands_for(point):
    south_west_lon, south, north_east_lon, north = cell_polygon(cell_of(point)).bounds

    assert south - 1e-6 <= point.lat <= north + 1e-6
    assert south_west_lon - 1e-6 <= point.lon <= north_east_lon + 1e-6
