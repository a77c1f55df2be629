"""Place files: read as they come, counted truly, the same twice changes nothing."""

import io
import json

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from locator.models import Place
from locator.places import edits, importing, places, starter
from workforce.core import db
from workforce.core.errors import Invalid

POSTS = """qid,operator,country,city,type,latitude,longitude,phone,jurisdictions
Q1,Philippines,Libya,Tripoli,embassy,32.85,13.15,+218 1,Libya|Chad|Atlantis
Q2,Philippines,Saudi Arabia,Jeddah,Consulate General,21.55,39.18,,
Q3,Freedonia,Libya,Benghazi,embassy,32.1,20.1,,
"""


def run(text, name="posts.csv", **more):
    more.setdefault("kind", "embassy")
    with db.transaction() as session:
        return importing.run(session, text.encode() if isinstance(text, str) else text, name, **more)


def stored():
    with db.reading() as session:
        return {place.source_id: place for place in session.scalars(select(Place))}


def test_a_post_without_a_name_is_called_by_its_type_country_and_city(agency):
    run(POSTS)

    found = stored()
    assert found["Q1"].name == "Embassy of the Philippines, Tripoli"
    assert (found["Q2"].name, found["Q2"].type) == ("Consulate general of the Philippines, Jeddah", "consulate general")


def test_country_labels_become_codes_and_unknown_ones_are_flagged(agency):
    outcome = run(POSTS)

    found = stored()
    assert (found["Q1"].country, found["Q1"].country_of, found["Q1"].covers) == ("LY", "PH", ["TD"])
    assert found["Q3"].name == "Embassy of Freedonia, Benghazi"
    assert [(one["row"], one["column"], one["value"]) for one in outcome.flagged] == [
        (2, "jurisdictions", "Atlantis"),
        (4, "operator", "Freedonia"),
    ]


def test_the_same_file_twice_changes_nothing(agency):
    first, second = run(POSTS), run(POSTS)

    assert (first.created, first.updated, first.unchanged) == (3, 0, 0)
    assert (second.created, second.updated, second.unchanged) == (0, 0, 3)


def test_the_same_id_twice_is_one_place(agency):
    outcome = run(POSTS + "Q1,Philippines,Libya,Tripoli,embassy,32.85,13.15,,Niger\n")

    assert (outcome.created, outcome.unchanged) == (3, 1)
    assert stored()["Q1"].covers == ["NE", "TD"]


def test_a_newer_file_updates_and_a_blank_cell_says_nothing(agency):
    run(POSTS)

    outcome = run(POSTS.replace("+218 1", "").replace("Jeddah", "Riyadh"))

    assert (outcome.updated, outcome.unchanged) == (1, 2)
    assert stored()["Q1"].phone == "+218 1"


def test_a_field_typed_by_hand_survives_every_import(agency, staff):
    run(POSTS)
    with db.transaction() as session:
        edits.edit(session, staff, stored()["Q1"].id, {"phone": "+218 99"})

    run(POSTS.replace("+218 1", "+218 2"))

    with db.reading() as session:
        assert places.get(session, stored()["Q1"].id, agency.id).phone == "+218 99"


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("Q9,Philippines,Libya,Tripoli,embassy,,13,,", "latitude", ""),
        ("Q9,Philippines,Libya,Tripoli,embassy,32,east,,", "longitude", "east"),
        ("Q9,Philippines,Libya,Tripoli,embassy,91,13,,", "latitude", "91"),
        ("Q9,Philippines,Libya,Tripoli,embassy,32,200,,", "longitude", "200"),
        ("Q9,,Libya,Tripoli,embassy,32,13,,", "name", ""),
    ],
)
def test_a_row_without_a_usable_point_or_name_is_rejected_with_its_cell(agency, row, column, value):
    outcome = run(POSTS + row + "\n")

    assert [(one["row"], one["column"], one["value"]) for one in outcome.rejected] == [(5, column, value)]
    assert outcome.created == 3


def test_columns_can_be_named_by_hand(agency):
    outcome = run(
        "Nr;Bezeichnung;Breite;Länge\n7;Klinik;32,5;13,2\n",
        "kliniken.csv",
        kind="hospital",
        mapping={"name": "Bezeichnung", "lat": "Breite", "lon": "Länge", "source_id": "Nr"},
    )

    assert outcome.created == 1
    place = stored()["7"]
    assert (place.name, place.lat, place.lon, place.country, place.source) == ("Klinik", 32.5, 13.2, "LY", "kliniken")


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("a,b\n1,2\n", {}, "latitude"),
        (POSTS, {"mapping": {"name": "nothing like it"}}, "no column"),
        (POSTS, {"mapping": {"colour": "type"}}, "no field"),
        (POSTS, {"kind": None}, "--kind"),
        (POSTS, {"kind": "castle"}, "castle"),
        ("", {}, "empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(agency, text, more, words):
    with pytest.raises(Invalid, match=words):
        run(text, **more)


def test_a_row_without_an_id_is_recognised_the_next_time(agency):
    text = "name,lat,lon\nClinic,32.1,13.2\n"

    assert run(text, kind="hospital").created == 1
    assert run(text, kind="hospital").unchanged == 1


def test_a_workbook_is_read(agency):
    book, file = Workbook(), io.BytesIO()
    for row in (["Shelters of Tripoli"], [], ["Name", "Coordinates", "Phone"], ["School 4", "32.88, 13.19", 218215550]):
        book.active.append(row)
    book.save(file)

    outcome = run(file.getvalue(), "shelters.xlsx", kind="shelter")

    assert outcome.created == 1
    place = next(iter(stored().values()))
    assert (place.name, place.lat, place.lon, place.phone) == ("School 4", 32.88, 13.19, "218215550")


def test_geojson_is_read_points_and_areas(agency):
    area = {"type": "Polygon", "coordinates": [[[13, 32], [13.2, 32], [13.2, 32.2], [13, 32.2], [13, 32]]]}
    features = [
        {
            "type": "Feature",
            "id": "node/5",
            "geometry": {"type": "Point", "coordinates": [13.1, 32.8]},
            "properties": {"name": "Clinic", "phone": "1"},
        },
        {"type": "Feature", "id": "way/5", "geometry": area, "properties": {"name": "Stadium"}},
        {"type": "Feature", "id": "way/6", "geometry": None, "properties": {"name": "Nowhere"}},
    ]

    outcome = run(json.dumps({"type": "FeatureCollection", "features": features}), "places.geojson", kind="hospital")

    found = stored()
    assert (found["node/5"].lat, found["node/5"].source) == (32.8, "OpenStreetMap")
    assert 32 < found["way/5"].lat < 32.2
    assert [one["row"] for one in outcome.rejected] == [3]


def test_openstreetmap_s_nodes_and_ways_are_not_mixed_up(agency):
    run("osm_type,osm_id,name,latitude,longitude\nnode,5,One,32,13\nway,5,Two,33,13\n", "osm.csv", kind="hospital")

    assert set(stored()) == {"node/5", "way/5"}


def test_the_starter_list_loads_once_and_its_posts_are_those_of_wikidata(agency):
    with db.transaction() as session:
        first = starter.load(session)
    with db.transaction() as session:
        again = starter.load(session)

    assert first.created > 80
    assert not first.rejected + first.flagged
    assert (again.created, again.updated, again.unchanged) == (0, 0, first.created)
    known = next(place for place in stored().values() if place.source == "Wikidata" and place.kind == "embassy")
    row = f"qid,operator,type,latitude,longitude,phone\n{known.source_id},{known.country_of},embassy,{known.lat},{known.lon},+1\n"
    assert run(row).updated == 1
