"""What the page says before a text leaves: how long, by which limit, whose number takes none, which words may not stand in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import update

from messaging.incidents import approvals, audience, broadcasts, cut, incidents
from messaging.models import Broadcast, CountryDay, Message
from tests import factories
from tests.messaging.incident_factories import make_incident, person
from tests.messaging.test_incidents_texts import begun, send
from workforce.core import clock, db
from workforce.core.errors import Invalid
from workforce.models import Agency

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database_url(any_database):
    return any_database


def look(manager, incident, text):
    with db.transaction() as session:
        own = incidents.get(session, manager, incident.id)
        found = broadcasts.get(session, manager, own, text)
        return broadcasts.look(session, manager, own, found, now=clock.now(), part_price_usd=0.05)


def write(manager, text, body):
    with db.transaction() as session:
        broadcasts.edit(session, manager, session.get(Broadcast, text), bodies={"en": body})


@pytest.mark.parametrize(
    ("number", "kind"),
    [("+218911234567", ""), ("+63281234567", "landline"), ("+639171234567", ""), ("+9771000201", "odd"), ("12", "odd")],
)
def test_landlines_and_numbers_of_no_network_are_known(number, kind):
    assert audience.kind_of(number) == kind


def test_who_has_only_a_landline_is_named_and_not_texted(agency, manager):
    fixed = factories.make_worker(agency, phone="+63281234567", full_name="Fixed Line")
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    text, seal, count = begun(manager, incident)

    seen = look(manager, incident, text)
    send(manager, incident, text, seal, count)

    assert [(one.worker.id, one.reach) for one in seen.left_out] == [(fixed.id, "landline")]
    assert (count, person(incident, fixed).unreachable_reason) == (1, "landline")


def test_a_number_of_no_network_is_named_and_tried(agency, manager):
    factories.make_worker(agency, phone="+9771000201", full_name="Odd Number")
    incident = make_incident(manager, area="country")
    text, _seal, count = begun(manager, incident)

    assert count == 1
    assert "Odd Number" in look(manager, incident, text).warnings[0]


def test_the_time_it_takes_goes_by_parts_and_the_senders_pace(agency, manager):
    for _ in range(3):
        factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    text, _seal, _count = begun(manager, incident, "safety_check")
    write(manager, text, "1 safe, 2 need help. " + "x" * 300)
    with db.transaction() as session:
        session.execute(update(Agency).where(Agency.id == agency.id).values(sender="+15005550006", gateway="twilio"))

    seen = look(manager, incident, text)

    assert (seen.parts, seen.rate, seen.seconds) == (9, 1.0, 9)


def test_over_a_quarter_of_an_hour_the_page_warns_and_says_which_limit_it_is(agency, manager, monkeypatch):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    text, _seal, _count = begun(manager, incident)
    monkeypatch.setattr("messaging.outbox.rates.segments_per_second", lambda session, agency: 0.001)

    warned = " ".join(look(manager, incident, text).warnings)

    assert "the sender’s pace: 0.001 parts a second" in warned
    assert "would get it too late" in warned


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Go to the port. 1 safe, 2 need help. " + "x" * 1963, "It has 2000 characters"),
        ("Go to the port. Reply YES if safe, 1 or 2", "It asks for YES"),
    ],
)
def test_what_may_not_leave_is_named_and_kept(agency, manager, body, words):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    text, _seal, _count = begun(manager, incident)
    write(manager, text, body)
    seen = look(manager, incident, text)

    with db.transaction() as session, pytest.raises(Invalid, match=f"English: {words}"):
        approvals.ask(
            session, manager, incidents.get(session, manager, incident.id), text, seen=seen.seal, now=clock.now()
        )

    with db.reading() as session:
        assert session.get(Broadcast, text).bodies["en"] == body


def test_nobody_to_text_is_said(agency, manager):
    factories.make_worker(agency, phone=None)
    incident = make_incident(manager, area="country")
    text, seal, _count = begun(manager, incident)

    with db.transaction() as session, pytest.raises(Invalid, match="Nobody here can be texted"):
        approvals.ask(session, manager, incidents.get(session, manager, incident.id), text, seen=seal, now=clock.now())


@pytest.fixture
def capped(agency):
    """Five parts a day for each country, four of them for what is not urgent; three are used in Libya today."""
    with db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.sender, row.daily_parts = "twilio", "+15005550006", 5
        today = clock.now().astimezone(ZoneInfo(row.zone)).date()
        session.add(CountryDay(id=db.new_id(), agency_id=agency.id, country="LY", day=today, parts=3))
    return [factories.make_worker(agency) for _ in range(3)]


def test_a_days_limit_that_leaves_no_room_is_what_binds_and_says_for_how_many(agency, manager, capped):
    incident = make_incident(manager, area="country")
    text, _seal, _count = begun(manager, incident, "safety_check")
    write(manager, text, "1 safe, 2 need help.")

    seen = look(manager, incident, text)

    assert seen.binds == "today’s limit for Libya"
    assert seen.warnings[0].startswith("Libya: today’s limit leaves room for 1 of 3 people. 3 of 4 parts are used")


def test_an_evacuation_goes_beyond_the_days_limit_and_says_so(agency, manager, capped):
    incident = make_incident(manager, area="country")
    text, _seal, _count = begun(manager, incident, "evacuate")
    write(manager, text, "1 safe, 2 need help.")

    seen = look(manager, incident, text)

    assert seen.binds == "nothing: all leave within a minute"
    assert seen.warnings[0].startswith("Libya: this goes beyond today’s limit of 5 parts")


def test_an_exercise_knows_no_days_limit(agency, manager, capped):
    incident = make_incident(manager, area="country", is_exercise=True)
    text, _seal, _count = begun(manager, incident, "safety_check")

    assert look(manager, incident, text).binds == "nothing: all leave within a minute"


# --- a network that is likely cut -------------------------------------------------------------------------------------


def texted(worker, *, state, ago, number):
    with db.transaction() as session:
        session.add_all([
            Message(id=db.new_id(), agency_id=worker.agency_id, direction="out", worker_id=worker.id, purpose="notice", state=state, queued_at=NOW - ago, accepted_at=NOW - ago)
            for _ in range(number)
        ])  # fmt: skip


def cut_countries(agency):
    with db.reading() as session:
        return [(one.country, one.sent) for one in cut.reckoned(session, agency.id, now=NOW)]


def test_a_country_whose_delivery_collapses_is_likely_cut(agency):
    libya, tunisia = factories.make_worker(agency), factories.make_worker(agency, host_country="TN")
    for worker in (libya, tunisia):
        texted(worker, state="delivered", ago=timedelta(days=3), number=30)
    texted(libya, state="sent", ago=timedelta(minutes=10), number=9)
    texted(libya, state="delivered", ago=timedelta(minutes=10), number=3)
    texted(tunisia, state="delivered", ago=timedelta(minutes=10), number=12)

    assert cut_countries(agency) == [("LY", 12)]


@pytest.mark.parametrize(
    ("before", "number", "minutes"),
    [("sent", 12, 10), ("delivered", 9, 10), ("delivered", 12, 1)],
    ids=["a network that never gives receipts", "too few texts", "receipts still to come"],
)
def test_no_network_is_called_cut_without_evidence(agency, before, number, minutes):
    worker = factories.make_worker(agency)
    texted(worker, state=before, ago=timedelta(days=3), number=30)
    texted(worker, state="sent", ago=timedelta(minutes=minutes), number=number)

    assert cut_countries(agency) == []


def test_a_network_cut_after_the_first_text_of_a_crisis_is_seen_against_that_text(agency):
    worker = factories.make_worker(agency)
    texted(worker, state="delivered", ago=timedelta(minutes=20), number=30)
    texted(worker, state="sent", ago=timedelta(minutes=5), number=12)

    assert cut_countries(agency) == [("LY", 12)]


def test_silence_is_no_sign_that_a_network_is_back_nor_is_one_more_text(agency):
    worker = factories.make_worker(agency)
    texted(worker, state="delivered", ago=timedelta(days=3), number=30)
    texted(worker, state="sent", ago=timedelta(hours=5), number=12)
    assert cut_countries(agency) == [("LY", 12)]

    texted(worker, state="sent", ago=timedelta(minutes=20), number=1)
    assert cut_countries(agency) == [("LY", 13)]


def test_a_network_is_back_when_texts_arrive_again_and_after_half_a_day_nothing_is_said(agency):
    worker = factories.make_worker(agency)
    texted(worker, state="delivered", ago=timedelta(days=3), number=30)
    texted(worker, state="sent", ago=timedelta(hours=13), number=12)
    assert cut_countries(agency) == []

    texted(worker, state="sent", ago=timedelta(hours=5), number=12)
    texted(worker, state="delivered", ago=timedelta(minutes=20), number=10)
    assert cut_countries(agency) == []


def test_what_an_exercise_sends_cuts_no_network(agency, manager):
    worker, drill = factories.make_worker(agency), make_incident(manager, is_exercise=True)
    texted(worker, state="delivered", ago=timedelta(days=3), number=30)
    texted(worker, state="undelivered", ago=timedelta(minutes=10), number=12)
    with db.transaction() as session:
        session.execute(update(Message).where(Message.state == "undelivered").values(incident_id=drill.id))

    assert cut_countries(agency) == []


def test_a_cut_network_stands_on_board_composer_and_today_and_leads_to_the_board(agency, manager, client_of):
    worker = factories.make_worker(agency)
    texted(worker, state="delivered", ago=timedelta(days=3), number=30)
    texted(worker, state="undelivered", ago=timedelta(minutes=10), number=12)
    said = "Network likely cut in Libya"

    with time_machine.travel(NOW, tick=False):
        client = client_of(manager)
        before = client.get("/today").text
        incident = make_incident(manager, area="country")
        draft, _seal, _count = begun(manager, incident)
        pages = [client.get(url).text for url in ("/today", f"/incidents/{incident.id}", f"/incidents/{incident.id}/sum", f"/incidents/{incident.id}/texts/{draft}")]  # fmt: skip

    assert said in before and "/incidents/" in before
    assert [said in page for page in pages] == [True] * 4
    assert "of the last 12 texts 0\u00a0% arrived, before it was 100\u00a0%" in pages[0]
    assert f"/incidents/{incident.id}" in pages[0]
