"""Reading a place out of a text."""

import pytest

from messaging.reading import pluscodes, read

TRIPOLI = (32.8872, 13.1913)


@pytest.mark.parametrize(
    "text",
    [
        "geo:32.8872,13.1913", "geo:0,0?q=32.8872,13.1913(Here)", "https://maps.google.com/?q=32.8872,13.1913",
        "http://maps.google.com/maps?q=loc:32.8872,13.1913&GeoSMS", "https://www.google.com/maps/@32.8872,13.1913,15z",
        "https://www.google.com/maps/place/Tripoli/@32.8,13.1,12z/data=!3m1!4b1!8m2!3d32.8872!4d13.1913",
        "https://www.google.com/maps/search/32.8872,+13.1913", "https://maps.apple.com/?ll=32.8872,13.1913&q=Pin",
        "https://maps.apple.com/?q=Pin&ll=32.8872%2C13.1913", "https://www.openstreetmap.org/?mlat=32.8872&mlon=13.1913#map=5/1.0/2.0",
        "https://www.openstreetmap.org/#map=15/32.8872/13.1913", "I am here https://waze.com/ul?ll=32.8872,13.1913&navigate=yes",
        "32.8872, 13.1913", "32.8872 13.1913", "32,8872 13,1913", "32,8872; 13,1913", "(32.8872,13.1913)", "٣٢٫٨٨٧٢، ١٣٫١٩١٣",
        "३२.८८७२, १३.१९१३", "N32.8872 E13.1913", "32.8872N, 13.1913E", "32.8872° N, 13.1913° E", "lat 32.8872 long 13.1913",
        "Latitude: 32.8872, Longitude: 13.1913", "32°53'14\"N 13°11'28.7\"E", "32 53 14 N 13 11 28.7 E", "N 32°53.232' E 13°11.478'",
        "E13.1913 N32.8872", "13.1913, 32.8872", "8F4MV5PR+VG",
    ],
)  # fmt: skip
def test_a_point_is_read_however_it_is_written(text):
    reading = read(text, country="LY")

    assert reading.label == "place"
    assert reading.place is not None
    assert (reading.place.lat, reading.place.lon) == pytest.approx(TRIPOLI, abs=2e-3)
    assert not reading.needs_confirmation


def test_the_precision_of_a_pair_follows_its_decimals():
    coarse, fine = read("32.88, 13.19").place, read("32.88721, 13.19131").place

    assert coarse is not None
    assert fine is not None
    assert coarse.precision_km > 10 * fine.precision_km


@pytest.mark.parametrize(
    "text",
    [
        "12.05.2011 13.06.2011",
        "salary 1500.50 1200.75",
        "call +218 91 234 5678",
        "0,0",
        "99.5, 200.5",
        "at 8.30 or 9.15",
    ],
)
def test_other_numbers_are_no_place(text):
    assert read(text).place is None


def test_a_point_far_outside_the_host_country_needs_confirmation():
    assert read("14.5995, 120.9842", country="LY").needs_confirmation
    assert not read("14.5995, 120.9842", country="PH").needs_confirmation


def test_a_name_of_two_places_needs_confirmation():
    assert read("Tripoli").needs_confirmation
    assert not read("Tripoli", country="LY").needs_confirmation


def test_the_host_countrys_town_comes_first():
    here, there = read("Tripoli", country="LB").place, read("Tripoli", country="LY").place

    assert here is not None
    assert there is not None
    assert round(here.lat) == 34
    assert round(there.lat) == 33


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("Sirte", "Sirte"),
        ("we are in Serte", "Sirte"),
        ("nasa Benghazi kami", "Benghazi"),
        ("saya di Tripoli", "Tripoli"),
        ("niko Misrata", "Misrata"),
        ("hum benghazi me hain", "Benghazi"),
        ("أنا في طرابلس", "Tripoli"),
        ("LOC Sirte", "Sirte"),
        ("V5PR+VG Tripoli", "Tripoli"),
    ],
)
def test_a_town_is_read_in_the_words_around_it(text, town):
    reading = read(text, country="LY")

    assert reading.label == "place"
    assert reading.place is not None
    assert reading.place.name == town


@pytest.mark.parametrize("text", ["moving to Sirte", "on the bus to Sirte", "papunta na sa Sirte"])
def test_where_somebody_goes_is_not_where_they_are(text):
    reading = read(text, country="LY")

    assert reading.status == "MOVING"
    assert reading.place is None


def test_a_town_in_a_story_is_no_position():
    assert (
        read("The contract in Tripoli ended in May and they have not paid me, when is my flight", country="LY").place
        is None
    )


def test_a_link_that_hides_its_place_is_kept_and_no_place_made_up():
    reading = read("https://maps.app.goo.gl/abcd1234", country="LY")

    assert (reading.label, reading.place) == ("place", None)
    assert reading.argument == "https://maps.app.goo.gl/abcd1234"


def test_a_words_own_meaning_beats_a_far_town_of_that_name():
    assert read("hindi ligtas").place is None
    assert read("niko salama").place is None


@pytest.mark.parametrize(
    ("code", "lat", "lon"),
    # From the definition: a 10-digit code's cell is 1/8000 degree high; these are worked out by hand from base 20.
    [
        ("22222222+22", -89.9999375, -179.9999375),
        ("6FG22222+22", 0.0000625, 0.0000625),
        ("CFX3X2X2+X2", 89.9998125, 1.0000625),
    ],
)
def test_a_full_plus_code_gives_the_middle_of_its_cell(code, lat, lon):
    area = pluscodes.decode(code)

    assert (area.lat, area.lon) == pytest.approx((lat, lon), abs=2e-4)


def test_a_short_plus_code_takes_the_nearest_cell():
    area = pluscodes.recover("V5PR+VG", *TRIPOLI)

    assert (area.lat, area.lon) == pytest.approx(TRIPOLI, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "country", "name"),
    [("Tripoli, Libya", "LY", "Tripoli"), ("TRIPOLI LIBYA", "LY", "Tripoli"), ("طرابلس ليبيا", "LY", "Tripoli"), ("Kuwait City", "KW", "Kuwait City"), ("Amman", "JO", "Amman"), ("I am in Amman", "JO", "Amman")],
)  # fmt: skip
def test_a_town_with_its_country_or_its_kind_behind_it_and_one_that_sounds_like_safe_are_read(text, country, name):
    reading = read(text, country=country)

    assert (reading.label, reading.place.name) == ("place", name)


def test_a_link_that_is_not_understood_is_nobodys_cry():
    assert read("https://www.waze.com/live-map/directions?to=place.x", country="LY").status is None


def test_a_link_of_waze_to_a_point_is_read():
    place = read("https://www.waze.com/live-map/directions?to=ll.32.8872%2C13.1913", country="LY").place

    assert (place.lat, place.lon) == (32.8872, 13.1913)
