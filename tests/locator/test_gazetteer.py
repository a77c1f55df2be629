import gzip
from importlib import resources

import pytest

from locator import gazetteer
from locator.folding import fold
from locator.geodesy import Point


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sirte", "Sirte"),
        ("SIRTE", "Sirte"),
        ("سرت", "Sirte"),
        ("misratah", "Misrata"),
        ("بنغازى", "Benghazi"),
        ("بنغازي", "Benghazi"),
        ("ত্রিপোলি", "Tripoli"),
        ("el brega", "Brega"),
        ("Marsa al-Burayqah", "Brega"),
        ("Ras Lanuf", "Ras Lanuf"),
        ("raslanuf", "Ras Lanuf"),
        ("Ras Ajdir", "Ras Ajdir"),
    ],
)
def test_a_town_is_found_under_its_many_spellings(text, name):
    assert gazetteer.find(text, "LY")[0].name == name


@pytest.mark.parametrize(("text", "name"), [("bengahzi", "Benghazi"), ("Tobrok", "Tobruk"), ("ras lanof", "Ras Lanuf")])
def test_a_slip_of_the_thumb_is_forgiven(text, name):
    match = gazetteer.find(text, "LY")[0]

    assert match.name == name
    assert match.score < 100


def test_the_host_country_comes_first():
    assert [gazetteer.find("Tripoli", country)[0].country for country in ("LY", "LB")] == ["LY", "LB"]


def test_without_a_country_the_bigger_town_comes_first():
    assert gazetteer.find("Tripoli")[0].country == "LY"


def test_a_city_abroad_is_still_found():
    assert gazetteer.find("Manila", "LY")[0].country == "PH"


@pytest.mark.parametrize("text", ["", "  ", "?", "xyz", "ok", "help"])
def test_what_is_no_town_is_not_found(text):
    assert gazetteer.find(text, "LY") == []


def test_a_city_is_less_precise_than_a_village():
    assert gazetteer.find("Tripoli", "LY")[0].precision_km > gazetteer.find("Ras Lanuf", "LY")[0].precision_km


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nasa Ras Lanuf po kami", ["Ras Lanuf"]),
        ("papuntang Benghazi na kami", ["Benghazi"]),
        ("أنا في بنغازي ساعدوني", ["Benghazi"]),
        ("we are 6 people in sirte, university", ["Sirte"]),
        ("we are in tobrok now", ["Tobruk"]),
        ("dito pa kami sa camp, wala pang sasakyan", []),
        ("nasa bus na kami", []),
        ("not safe, armed men at the gate", []),
    ],
)
def test_a_town_is_spotted_in_a_sentence(text, names):
    assert [match.name for match in gazetteer.spot(text, "LY")] == names


def test_two_towns_of_one_name_far_apart_are_ambiguous():
    town = gazetteer.find("Sirte", "LY")[0]

    assert gazetteer.ambiguous([town, town._replace(lat=25.0)])
    assert not gazetteer.ambiguous([town, town])
    assert not gazetteer.ambiguous([town, town._replace(lat=25.0, population=50)])
    assert not gazetteer.ambiguous([town])


def test_a_point_is_named_after_the_nearest_town():
    name, km = gazetteer.nearest_town(Point(30.5, 18.53))

    assert name == "Ras Lanuf"
    assert km == pytest.approx(4.5, abs=0.1)


def test_towns_are_listed_biggest_first():
    assert gazetteer.towns("LY")[0].name == "Tripoli"
    assert gazetteer.towns("XX") == ()


@pytest.mark.parametrize("text", ["Şabrātah", "طَرَابُلُس", "Al 'Azīzīyah", "ঢাকা", "काठमाडौँ", "São Tomé", "İstanbul"])
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_the_file_was_folded_by_the_folding_we_have():
    packed = (resources.files("locator") / "data" / "cities.tsv.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    stale = [key for line in lines[::40] for key in line.rsplit("\t", 1)[1].strip("|").split("|") if fold(key) != key]

    assert stale == []
