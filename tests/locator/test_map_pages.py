"""The map and the pages about places: they open, they say where somebody is, and never finer than they may."""

import gzip
import json
import re
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from locator.geodesy import Point, cell_centre, cell_of
from locator.models import Place, Position
from locator.places import edits, starter
from locator.whereabouts import positions
from tests import factories
from workforce.core import clock, db, tenancy
from workforce.core.audit import AuditEntry

SPOT = SimpleNamespace(lat=30.4567891, lon=18.6123456, precision_km=1.0, name="Ras Lanuf")


@pytest.fixture
def worker(agency):
    return factories.make_worker(
        agency, full_name="Maria Dalisay", given_names="Maria", site="Tank Farm B", site_at=(30.5, 18.55)
    )


@pytest.fixture
def placed(worker):
    with db.transaction() as session:
        starter.load(session)
        positions.record_from_text(session, worker, SPOT, at=clock.now(), message_id=None)
    return worker


def test_the_map_opens_with_nobody_on_it(client_of, staff):
    page = client_of(staff).get("/map/")

    assert page.status_code == 200
    assert b"Nobody is on the map yet" in page.data


def test_the_map_says_in_words_who_is_where(client_of, staff, placed):
    page = client_of(staff).get("/map/").get_data(as_text=True)

    assert "Ras Lanuf" in page
    assert "1 by their own place" in page
    assert "Maria Dalisay" in page


def test_a_look_at_the_map_is_one_line_in_the_log(client_of, staff, placed):
    client_of(staff).get("/map/")

    with db.reading() as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "position.map")).one()
    assert line.detail["count"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/map/",
        "/map/?kind=embassy",
        "/map/summary-panel",
        "/map/workers/{id}",
        "/map/features?bounds=20,10,35,30&kind=hospital",
    ],
)
def test_no_page_tells_staff_more_than_the_cell(client_of, staff, placed, path):
    page = client_of(staff).get(path.format(id=placed.id)).get_data(as_text=True)

    finer = [f"{SPOT.lat:.{digits}f}" for digits in (2, 3, 5)] + [f"{SPOT.lon:.{digits}f}" for digits in (2, 3, 5)]
    assert not [number for number in finer if re.search(rf"(?<![\d.]){re.escape(number)}", page)]


def test_distances_are_those_of_the_cell_and_not_of_the_point(client_of, staff, agency, worker):
    """Two people in two corners of a cell: three distances each, and no way to tell them apart."""
    other = factories.make_worker(agency, given_names="Maria")
    with db.transaction() as session:
        starter.load(session)
        positions.record_from_text(
            session,
            worker,
            SimpleNamespace(lat=30.4001, lon=18.6001, precision_km=1, name="Ras Lanuf"),
            at=clock.now(),
            message_id=None,
        )
        positions.record_from_text(
            session,
            other,
            SimpleNamespace(lat=30.4999, lon=18.6999, precision_km=1, name="Ras Lanuf"),
            at=clock.now(),
            message_id=None,
        )

    one, two = (
        re.findall(r"about [\d,]+ km \w+", client_of(staff).get(f"/map/workers/{id_}").get_data(as_text=True))
        for id_ in (worker.id, other.id)
    )

    assert one == two != []
    assert all(int(re.search(r"\d+", words)[0]) % 5 == 0 for words in one)


def test_the_features_hold_places_inside_the_window_alone(client_of, staff, placed):
    found = json.loads(client_of(staff).get("/map/features?bounds=32,12,34,14&kind=embassy&kind=seaport").data)

    assert found["places"]
    assert all(32 <= place["lat"] <= 34 and 12 <= place["lon"] <= 14 for place in found["places"])
    assert "Tripoli" in [town["name"] for town in found["towns"]]


def test_the_outlines_come_packed_and_may_be_kept(client_of, staff):
    answer = client_of(staff).get("/map/outlines.geojson", headers={"Accept-Encoding": "gzip"})

    assert json.loads(gzip.decompress(answer.data))["type"] == "FeatureCollection"
    assert "max-age" in answer.headers["Cache-Control"]


def test_a_place_can_be_set_with_a_tick(client_of, staff, worker):
    answer = client_of(staff).post(f"/map/workers/{worker.id}/place", data={"where": "Benghazi", "agreed": "y"})

    assert answer.status_code == 302
    with db.reading() as session:
        kept = positions.latest(session, [worker.id])[worker.id]
        assert positions.rough(session, kept).label == "Benghazi"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"where": "Benghazi"}, "ask first"),
        ({"where": "Xyzzyqq", "agreed": "y"}, "no town called"),
        ({"where": "99, 200", "agreed": "y"}, "Latitude"),
        ({"agreed": "y"}, "Type a town"),
    ],
)
def test_a_wrong_place_is_said_beside_the_field_and_nothing_is_kept(client_of, staff, worker, typed, said):
    answer = client_of(staff).post(f"/map/workers/{worker.id}/place", data=typed)

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Position)) == 0


def test_the_withdraw_button_deletes_the_places(client_of, staff, placed):
    client_of(staff).post(f"/map/workers/{placed.id}/withdraw")

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Position)) == 0


def test_a_doubtful_place_waits_for_a_word(client_of, staff, worker):
    with db.transaction() as session:
        positions.record_from_text(session, worker, SPOT, at=clock.now(), message_id=None, is_confirmed=False)
    client = client_of(staff)
    assert "Waits to be confirmed" in client.get(f"/map/workers/{worker.id}").get_data(as_text=True)

    client.post(f"/map/workers/{worker.id}/confirm")

    with db.reading() as session:
        assert worker.id in positions.latest(session, [worker.id])


def test_another_agency_s_worker_is_nobody(client_of, placed):
    other = factories.make_agency()
    stranger = factories.make_user(other)
    client = client_of(stranger)

    for answer in (
        client.get(f"/map/workers/{placed.id}"),
        client.post(f"/map/workers/{placed.id}/withdraw"),
        client.post(f"/map/workers/{placed.id}/place", data={"where": "1, 1", "agreed": "y"}),
    ):
        assert answer.status_code == 404
    with tenancy.agency(placed.agency_id), db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Position)) == 1


def test_the_panel_draws_the_cell(client_of, staff, placed):
    page = client_of(staff).get(f"/map/workers/{placed.id}", headers={"HX-Request": "true"}).get_data(as_text=True)

    assert "map-precision" in page
    assert "Consent for this place given by texting it" in page
    assert cell_centre(cell_of(Point(SPOT.lat, SPOT.lon))).lat == 30.45


def test_a_place_is_added_corrected_verified_and_removed(client_of, staff, agency):
    client = client_of(staff)
    client.post("/places/new", data={"kind": "assembly", "name": "Port gate 3", "point": "32.11, 20.05"})
    with db.reading() as session:
        made = session.scalars(select(Place).where(Place.owner_id == agency.id)).one()
    assert (made.country, made.name) == ("LY", "Port gate 3")

    client.post(f"/places/{made.id}/edit", data={"name": "Port gate 4", "point": "32.11, 20.05", "phone": "1"})
    assert "Port gate 4" in client.get(f"/places/{made.id}").get_data(as_text=True)

    client.post(f"/places/{made.id}/remove")
    assert client.get(f"/places/{made.id}").status_code == 404


def test_the_form_is_filled_with_what_we_know(client_of, staff, agency):
    client = client_of(staff)
    client.post("/places/new", data={"kind": "assembly", "name": "Port gate 3", "point": "32.11, 20.05"})
    with db.reading() as session:
        made = session.scalars(select(Place).where(Place.owner_id == agency.id)).one()

    page = client.get(f"/places/{made.id}/edit").get_data(as_text=True)
    assert 'value="32.110000, 20.050000"' in page

    assert client.post(f"/places/{made.id}/edit", data={"name": "Port gate 3", "point": ""}).status_code == 422


def test_verifying_takes_the_warning_away(client_of, staff):
    with db.transaction() as session:
        starter.load(session)
        place = session.scalars(select(Place).where(Place.kind == "embassy")).first()
    client = client_of(staff)
    assert "note--warn" in client.get(f"/places/{place.id}").get_data(as_text=True)

    client.post(f"/places/{place.id}/verify")

    assert "note--warn" not in client.get(f"/places/{place.id}").get_data(as_text=True)


@pytest.mark.parametrize("point", ["", "north", "99, 12", "12"])
def test_a_point_that_is_none_is_said_beside_the_field(client_of, staff, point):
    answer = client_of(staff).post("/places/new", data={"kind": "assembly", "name": "Gate", "point": point})

    assert answer.status_code == 422
    assert "field--wrong" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["", "?kind=all", "?kind=embassy&q=phil", "?country=LY", "?stale=1", "?own=1", "?q=%25", "?after=nonsense"]
)
def test_the_list_of_places_opens(client_of, staff, query):
    with db.transaction() as session:
        starter.load(session)

    assert client_of(staff).get("/places/" + query).status_code == 200


def test_another_agency_s_own_place_is_no_place(client_of, staff, agency):
    with db.transaction() as session:
        made = edits.add(
            session, staff, {"kind": "shelter", "name": "Our school", "point": Point(32, 13)}, today=clock.now().date()
        )
    client = client_of(factories.make_user(factories.make_agency()))

    for answer in (
        client.get(f"/places/{made.id}"),
        client.post(f"/places/{made.id}/verify"),
        client.post(f"/places/{made.id}/remove"),
        client.post(f"/places/{made.id}/take-back"),
    ):
        assert answer.status_code == 404
    assert "Our school" not in client.get("/places/?kind=all").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/map/", "/map/features", "/map/outlines.geojson", "/places/"])
def test_strangers_and_auditors_are_turned_away(client_of, agency, path):
    assert client_of().get(path).status_code == 302
    assert client_of(factories.make_user(agency, role="auditor")).get(path).status_code == 403
