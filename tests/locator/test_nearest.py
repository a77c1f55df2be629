import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locator.geodesy import Point, distance_km
from locator.nearest import NearestIndex


def scan(ids, lats, lons, point, n):
    """The answer by measuring every single place."""
    every = [(distance_km(point, Point(lat, lon)), key) for key, lat, lon in zip(ids, lats, lons, strict=True)]
    return [(key, km) for km, key in sorted(every)[:n]]


def answer(index, point, n, mask=None):
    return [(found.id, found.distance_km) for found in index.nearest(point, n, mask)]


def spread(n, seed):
    rng = np.random.default_rng(seed)
    return np.degrees(np.arcsin(rng.uniform(-1, 1, n))).tolist(), rng.uniform(-180, 180, n).tolist()


AWKWARD = [
    Point(90, 0), Point(-90, 77), Point(0, 180), Point(0, -180), Point(-17, 179.999), Point(64, -179.999),
    Point(0, 0), Point(89.99, -120), Point(45, 90), Point(-45, -90),
]  # fmt: skip


@pytest.mark.parametrize("point", AWKWARD)
def test_poles_and_the_date_line_are_answered_as_by_measuring_all(point):
    lats, lons = spread(500, seed=3)
    lats += [90, -90, 0, 0, 64, -17]
    lons += [10, -10, 180, -180, 179.9, -179.9]
    index = NearestIndex(range(len(lats)), lats, lons)

    assert answer(index, point, 7) == scan(range(len(lats)), lats, lons, point, 7)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=60),
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.integers(1, 8),
)
def test_any_places_are_answered_as_by_measuring_all(places, lat, lon, n):
    lats, lons = [p[0] for p in places], [p[1] for p in places]
    index = NearestIndex(range(len(places)), lats, lons)

    assert answer(index, Point(lat, lon), n) == scan(range(len(places)), lats, lons, Point(lat, lon), n)


def test_places_almost_equally_far_are_put_in_the_ellipsoids_order():
    # East and north at nearly one distance: a sphere gets these wrong.
    lats = [30 + 1.0 + i * 1e-4 for i in range(60)] + [30.0] * 60
    lons = [20.0] * 60 + [20 + 1.1480 + i * 1e-4 for i in range(60)]
    index = NearestIndex(range(120), lats, lons)

    assert answer(index, Point(30, 20), 100) == scan(range(120), lats, lons, Point(30, 20), 100)


def test_the_far_side_of_the_earth_is_put_in_the_ellipsoids_order():
    rng = np.random.default_rng(5)
    lats, lons = (-32 + rng.uniform(-1, 1, 80)).tolist(), (-166 + rng.uniform(-1, 1, 80)).tolist()
    index = NearestIndex(range(80), lats, lons)

    assert answer(index, Point(32, 14), 10) == scan(range(80), lats, lons, Point(32, 14), 10)


@pytest.mark.parametrize("point", [*AWKWARD[:6], Point(32.9, 13.2)])
def test_an_index_in_bands_answers_as_one_pass_over_all(point):
    lats, lons = spread(20_000, seed=7)
    index = NearestIndex(range(20_000), lats, lons)
    everywhere = np.ones(20_000, dtype=bool)

    assert answer(index, point, 5) == answer(index, point, 5, everywhere)


def test_a_crowd_in_one_town_does_not_hide_the_next_town():
    lats, lons = [32.0] * 9_000 + [33.0], [13.0] * 9_000 + [13.0]
    index = NearestIndex(range(9_001), lats, lons)

    assert [key for key, _ in answer(index, Point(33, 13.01), 2)] == [9_000, 0]


def test_of_two_places_at_one_spot_the_lower_id_comes_first():
    index = NearestIndex(["c", "a", "b"], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0])

    assert [found.id for found in index.nearest(Point(1, 1), 2)] == ["a", "b"]


def test_a_mask_leaves_out_the_others():
    index = NearestIndex([1, 2, 3], [0.0, 1.0, 2.0], [0.0, 0.0, 0.0])

    assert [found.id for found in index.nearest(Point(0, 0), 5, np.array([False, True, True]))] == [2, 3]


def test_an_empty_index_and_an_empty_mask_give_nothing():
    assert NearestIndex([], [], []).nearest(Point(0, 0), 3) == []
    assert NearestIndex([1], [0.0], [0.0]).nearest(Point(0, 0), 3, np.array([False])) == []


def test_the_answer_says_in_which_direction():
    index = NearestIndex([1], [0.0], [1.0])

    assert index.nearest(Point(0, 0), 1)[0].bearing == pytest.approx(90)


@pytest.mark.parametrize(
    ("lats", "lons"), [([91.0], [0.0]), ([0.0], [200.0]), ([float("nan")], [0.0]), ([0.0, 1.0], [0.0])]
)
def test_places_off_the_earth_are_refused(lats, lons):
    with pytest.raises(ValueError):
        NearestIndex([1], lats, lons)
