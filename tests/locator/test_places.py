"""Places: the nearest in exactly the right order, corrections that hold, and nobody's own places seen by others."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from locator.geodesy import Point, distance_km
from locator.models import Place
from locator.places import airports, edits, memory, places
from tests import factories
from workforce.core import clock, db, tenancy
from workforce.core.errors import NotFound

TODAY = date(2027, 1, 30)
TRIPOLI = Point(32.89, 13.19)


@pytest.fixture
def database_url(any_database):
    return any_database


def put(rows):
    """Shared places; each row fills in what it leaves out."""
    blank = {
        "kind": "hospital",
        "type": "hospital",
        "name": "Somewhere",
        "country": "LY",
        "country_of": "",
        "covers": [],
        "source": "test",
        "updated_at": clock.now(),
    }
    made = [blank | {"id": db.new_id(), "source_id": str(number)} | row for number, row in enumerate(rows)]
    with db.transaction() as session:
        session.execute(insert(Place), made)
        memory.touch(session)
    return made


def ask(point=TRIPOLI, **more):
    with db.reading() as session:
        return places.nearest(session, point, **more)


def names(found):
    return [one.place.name for one in found]


@pytest.mark.parametrize(
    "filters", [{}, {"kind": "embassy"}, {"kind": "embassy", "country_of": "PH"}, {"kind": "consulate general"}]
)
def test_the_nearest_are_those_of_a_measurement_of_every_place(agency, filters):
    dice = random.Random(5)
    rows = put(
        {
            "kind": kind,
            "type": dice.choice(["consulate general", kind]),
            "country_of": dice.choice(["PH", "NP", ""]),
            "lat": dice.uniform(-90, 90),
            "lon": dice.uniform(-180, 180),
        }
        for kind in dice.choices(["embassy", "hospital", "airport"], k=3000)
    )
    fitting = [
        row for row in rows
        if filters.get("kind") in (None, row["kind"], row["type"]) and filters.get("country_of") in (None, row["country_of"])
    ]  # fmt: skip

    for point in [
        Point(90, 0),
        Point(-89.99, 12),
        Point(0, 180),
        Point(12, -179.999),
        *(Point(dice.uniform(-90, 90), dice.uniform(-180, 180)) for _ in range(6)),
    ]:
        expected = sorted(fitting, key=lambda row: (distance_km(point, Point(row["lat"], row["lon"])), row["id"]))[:5]

        assert [one.place.id for one in ask(point, **filters)] == [row["id"] for row in expected]


def test_a_new_place_is_found_at_once(agency, staff):
    put([{"name": "Far", "lat": 20, "lon": 13}])
    assert names(ask()) == ["Far"]

    put([{"name": "Near", "lat": 32, "lon": 13, "source": "second"}])

    assert names(ask()) == ["Near", "Far"]


def test_a_change_that_is_undone_is_not_remembered(agency):
    put([{"name": "Far", "lat": 20, "lon": 13}])
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        session.execute(
            insert(Place),
            [
                {
                    "id": db.new_id(),
                    "kind": "hospital",
                    "name": "Ghost",
                    "lat": 32.0,
                    "lon": 13.0,
                    "covers": [],
                    "source": "t",
                    "source_id": "g",
                    "updated_at": clock.now(),
                }
            ],
        )
        memory.touch(session)
        assert names(places.nearest(session, TRIPOLI, n=1)) == ["Ghost"]
        raise ZeroDivisionError
    put([{"name": "Middle", "lat": 25, "lon": 13, "source": "second"}])

    assert names(ask()) == ["Middle", "Far"]


def test_posts_accredited_to_a_country_are_added_and_marked(agency):
    put([
        {"kind": "embassy", "name": "Valletta", "country": "MT", "country_of": "PH", "lat": 35.9, "lon": 14.5},
        {"kind": "embassy", "name": "Cairo", "country": "EG", "country_of": "PH", "lat": 30.0, "lon": 31.2, "covers": ["LY", "SD"]},
        {"kind": "embassy", "name": "Rome of Nepal", "country": "IT", "country_of": "NP", "lat": 41.9, "lon": 12.5, "covers": ["LY"]},
    ])  # fmt: skip

    found = ask(kind="embassy", country_of="PH", covering="LY", n=1)

    assert [(one.place.name, one.is_accredited) for one in found] == [("Valletta", False), ("Cairo", True)]


def test_an_agency_s_own_place_is_found_by_it_alone(agency, staff):
    put([{"name": "Far", "kind": "assembly", "lat": 20, "lon": 13}])
    with db.transaction() as session:
        edits.add(session, staff, {"kind": "assembly", "name": "Port gate 3", "point": Point(32.9, 13.2)}, today=TODAY)
    other = factories.make_agency()

    assert names(ask(kind="assembly", agency_id=agency.id)) == ["Port gate 3", "Far"]
    assert names(ask(kind="assembly")) == ["Far"]
    with tenancy.agency(other.id):
        assert names(ask(kind="assembly", agency_id=other.id)) == ["Far"]


def test_another_agency_s_own_place_cannot_be_opened(agency, staff):
    with db.transaction() as session:
        made = edits.add(session, staff, {"kind": "shelter", "name": "School", "point": TRIPOLI}, today=TODAY)
    other = factories.make_agency()

    with tenancy.agency(other.id), db.reading() as session, pytest.raises(NotFound):
        places.get(session, made.id, other.id)


def test_a_correction_holds_for_the_agency_that_made_it_alone(agency, staff):
    place_id = put([{"name": "Clinic", "lat": 32, "lon": 13, "phone": "old"}])[0]["id"]
    with db.transaction() as session:
        edits.edit(session, staff, place_id, {"phone": "+218 21 000 0000"})
    other = factories.make_agency()

    assert ask(agency_id=agency.id)[0].place.phone == "+218 21 000 0000"
    with tenancy.agency(other.id):
        assert ask(agency_id=other.id)[0].place.phone == "old"


def test_a_place_that_was_moved_is_found_where_it_is_now(agency, staff):
    moved = put([{"name": "Moved", "lat": 32.9, "lon": 13.2}, {"name": "Stays", "lat": 31, "lon": 13}])[0]["id"]

    with db.transaction() as session:
        edits.edit(session, staff, moved, {"lat": 10.0, "lon": 13.0})

    assert names(ask(agency_id=agency.id)) == ["Stays", "Moved"]
    assert names(ask()) == ["Moved", "Stays"]


def test_a_place_marked_as_closed_is_not_offered(agency, staff):
    closed = put([{"name": "Closed", "lat": 32.9, "lon": 13.2}, {"name": "Open", "lat": 31, "lon": 13}])[0]["id"]

    with db.transaction() as session:
        edits.edit(session, staff, closed, {"is_closed": True})

    assert names(ask(agency_id=agency.id, n=1)) == ["Open"]


@pytest.mark.parametrize(("days", "is_stale"), [(180, False), (181, True)])
def test_a_place_grows_stale_after_180_days(agency, staff, days, is_stale):
    place_id = put([{"lat": 32, "lon": 13}])[0]["id"]

    with db.transaction() as session:
        place = edits.verify(session, staff, place_id, today=TODAY)

    assert place.is_stale(TODAY + timedelta(days=days)) is is_stale


def test_only_one_s_own_places_can_be_removed(agency, staff):
    shared = put([{"lat": 32, "lon": 13}])[0]["id"]

    with pytest.raises(NotFound), db.transaction() as session:
        edits.remove(session, staff, shared)


def test_airports_come_along_once(agency):
    airports.ensure()
    airports.ensure()

    with db.reading() as session:
        count = len(session.scalars(select(Place.id).where(Place.kind == "airport")).all())
    assert count > 7000
    assert ask(kind="airport", n=1)[0].place.source_id == "HLLM"
