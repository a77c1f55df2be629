from zoneinfo import ZoneInfo

import pytest

from locator import gazetteer, zones
from locator.geodesy import Point


@pytest.mark.parametrize(
    ("point", "country", "zone"),
    [
        (Point(30.5, 18.5), "LY", "Africa/Tripoli"),
        (Point(33.15, 11.56), "LY", "Africa/Tripoli"),
        (Point(33.15, 11.56), "TN", "Africa/Tunis"),
        (Point(40, -100), "US", "America/Chicago"),
        (None, "PH", "Asia/Manila"),
        (None, "XX", "UTC"),
        (Point(0, -30), "LY", "Africa/Tripoli"),
    ],
)
def test_a_place_keeps_the_time_of_its_countrys_nearest_airport(point, country, zone):
    assert zones.zone_at(point, country) == zone


def test_every_zone_of_a_town_is_one_that_this_machine_knows():
    known = {town.zone for code in ("LY", "SA", "PH", "TN") for town in gazetteer.towns(code)}

    assert all(ZoneInfo(zone) for zone in known)
