"""An answer is drawn once for all who look at the same board, and nobody gets what is another's."""

import re

import pytest

from messaging.incidents import fragments, picture
from tests import factories
from tests.messaging.incident_factories import hear, make_incident


@pytest.fixture(autouse=True)
def nothing_kept():
    fragments._kept.clear()


@pytest.fixture
def drawn(monkeypatch):
    """How often a map was asked for."""
    calls, real = [], picture.of_board
    monkeypatch.setattr(picture, "of_board", lambda *given, **named: calls.append(1) or real(*given, **named))
    return calls


@pytest.fixture
def incident(agency, manager):
    worker = factories.make_worker(agency, full_name="Analyn Querubin")
    made = make_incident(manager)
    hear(worker, "HELP")
    return made


def look(client, incident, part="rows"):
    return client.get(f"/incidents/{incident.id}/{part}?stamp=old").get_data(as_text=True)


def token(page):
    return set(re.findall(r'name="csrf_token" value="([^"]+)"', page))


def test_two_who_look_at_the_same_get_one_drawing_and_each_their_own_token(client_of, agency, manager, incident, drawn):
    other = factories.make_user(agency, role="manager")

    first, second = (look(client_of(user), incident) for user in (manager, other))

    assert token(first) and token(second) and token(first).isdisjoint(token(second))
    assert re.sub(r'value="[^"]+"', "", first) == re.sub(r'value="[^"]+"', "", second)
    for user in (manager, other):
        look(client_of(user), incident, "sum")
    assert len(drawn) == 1


def test_who_has_other_rights_gets_another_drawing(client_of, agency, manager, incident, drawn):
    for user in (manager, factories.make_user(agency, role="staff")):
        look(client_of(user), incident, "sum")

    assert len(drawn) == 2


def test_an_answer_is_in_the_next_drawing(client_of, agency, manager, incident):
    client = client_of(manager)
    assert "Berto" not in look(client, incident)

    hear(factories.make_worker(agency, full_name="Berto Ramos"), "MOVING")

    assert "Berto Ramos" in look(client, incident)


def test_another_agency_gets_nothing_of_it(client_of, manager, incident):
    look(client_of(manager), incident)
    stranger = factories.make_user(factories.make_agency(), role="manager")

    assert client_of(stranger).get(f"/incidents/{incident.id}/rows?stamp=old").status_code == 404
