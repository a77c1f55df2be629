"""Audience and broadcasts: what was looked at is what leaves, once, to those who may be texted."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from locator.geodesy import Point
from locator.whereabouts import agreement, positions
from messaging.incidents import approvals, areas, audience, broadcasts, incidents, sending, steering
from messaging.models import Broadcast, Message, Question, Recipient
from tests import factories
from tests.messaging.incident_factories import hear, make_incident, person
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.errors import Conflict, Invalid, NotAllowed
from workforce.models import Worker

COAST = "33.0, 13.0\n33.0, 14.0\n32.0, 14.0\n32.0, 13.0"
INSIDE, OUTSIDE = (32.55, 13.55), (31.2, 16.6)


@pytest.fixture
def database_url(any_database):
    return any_database


def put(worker, lat, lon, *, hours_old=1, precision_km=1.0):
    """A place that the worker texted."""
    at = clock.now() - timedelta(hours=hours_old)
    with db.transaction() as session:
        system = tenancy.System(worker.agency_id)
        once = agreement.agree_once(session, system, worker, at=at, channel="sms")
        positions.record(
            session,
            system,
            worker,
            Point(lat, lon),
            precision_km=precision_km,
            source="text",
            taken_at=at,
            consent=once,
        )


def placed(manager, incident):
    with db.transaction() as session:
        found = audience.place(session, manager, incidents.get(session, manager, incident.id), now=clock.now())
        return {one.worker.id: one.whereabouts for one in found}


def begun(manager, incident, template="evacuate"):
    """A draft that somebody has looked at: (its id, its seal, the count)."""
    with db.transaction() as session:
        own = incidents.get(session, manager, incident.id)
        draft = broadcasts.begin(session, manager, own, template=template, at=clock.now())
    with db.transaction() as session:
        own = incidents.get(session, manager, incident.id)
        seen = broadcasts.look(
            session, manager, own, broadcasts.get(session, manager, own, draft.id), now=clock.now(), part_price_usd=0.05
        )
    return draft.id, seen.seal, seen.count


def send(actor, incident, broadcast_id, seal, count):
    """Sent by `actor`; where a second person is needed, another manager has said yes before."""
    other = factories.make_user(actor.agency, role="manager")
    with db.transaction() as session:
        own = incidents.get(session, actor, incident.id)
        if session.get(Broadcast, broadcast_id).purpose == "evacuation":
            approvals.approve(session, other, own, broadcast_id, typed=str(count), seen=seal, now=clock.now())
        return sending.send(session, actor, own, broadcast_id, typed=str(count), seen=seal, now=clock.now())


def texts():
    with db.reading() as session:
        return list(session.scalars(select(Message).where(Message.direction == "out")))


def test_an_area_sorts_people_into_four_counts(manager, agency):
    workers = {name: factories.make_worker(agency) for name in ("fresh", "stale", "coarse", "away")}
    by_site = factories.make_worker(agency, site="Camp 4", site_at=INSIDE)
    nowhere = factories.make_worker(agency)
    put(workers["fresh"], *INSIDE)
    put(workers["stale"], *INSIDE, hours_old=13)
    put(workers["coarse"], *INSIDE, precision_km=400)
    put(workers["away"], *OUTSIDE)
    incident = make_incident(manager, area=areas.from_corners(COAST))

    found = placed(manager, incident)

    assert {name: found[worker.id] for name, worker in workers.items()} == {
        "fresh": "inside",
        "stale": "perhaps",
        "coarse": "perhaps",
        "away": "outside",
    }
    assert (found[by_site.id], found[nowhere.id]) == ("perhaps", "no_place")


def test_on_the_rim_the_exact_point_decides_and_leaves_one_audit_line(manager, agency):
    within, beyond = factories.make_worker(agency), factories.make_worker(agency)
    put(within, 32.53, 13.02)
    put(beyond, 32.53, 13.07)
    incident = make_incident(manager, area=areas.from_corners("33.0, 12.0\n33.0, 13.05\n32.0, 13.05\n32.0, 12.0"))

    found = placed(manager, incident)

    assert (found[within.id], found[beyond.id]) == ("inside", "outside")
    with db.reading() as session:
        lines = list(session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "position.exact_many")))
    assert [line.detail["count"] for line in lines] == [2]


def test_away_from_the_rim_no_point_is_opened(manager, agency):
    put(factories.make_worker(agency), *INSIDE)
    incident = make_incident(manager, area=areas.from_corners(COAST))

    placed(manager, incident)

    with db.reading() as session:
        assert (
            session.scalar(
                select(func.count())
                .select_from(audit.AuditEntry)
                .where(audit.AuditEntry.action == "position.exact_many")
            )
            == 0
        )


def test_one_text_and_one_question_for_each_person(manager, agency):
    workers = [factories.make_worker(agency, language=language) for language in ("en", "tl", "zz")]
    incident = make_incident(manager, area="country")

    send(manager, incident, *begun(manager, incident))

    assert sorted(text.worker_id for text in texts()) == sorted(worker.id for worker in workers)
    assert {person(incident, worker).status for worker in workers} == {"SILENT"}
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Question).where(Question.kind == "safety")) == 3


def test_a_draft_from_before_a_language_was_known_leaves_in_english_for_who_reads_it(manager, agency):
    nepali = factories.make_worker(agency, language="ne")
    incident = make_incident(manager, area="country")
    begun(manager, incident, template="follow_up")
    with db.transaction() as session:
        draft = session.scalar(select(Broadcast))
        draft.bodies = {language: body for language, body in draft.bodies.items() if language != "ne"}
        draft.audience = {**draft.audience, "statuses": []}

    send(manager, incident, *begun(manager, incident, template="follow_up"))

    [text] = texts()
    assert (text.worker_id, text.language) == (nepali.id, "en")
    with db.reading() as session:
        assert vault.reveal(session, text, "body").startswith(draft.bodies["en"].split("{")[0])


def test_every_text_carries_the_crisis_stamp(manager, agency):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")

    send(manager, incident, *begun(manager, incident))

    with db.reading() as session:
        body = vault.reveal(session, session.scalar(select(Message)), "body")
    assert f"{incident.code}/1 {incidents.local_time(incident, clock.now())[:3]}" in body
    assert "Tripoli" in body


def test_an_exercise_says_so_first(manager, agency):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country", is_exercise=True)

    send(manager, incident, *begun(manager, incident))

    with db.reading() as session:
        message = session.scalar(select(Message))
        assert vault.reveal(session, message, "body").startswith("EXERCISE.")
        assert message.gateway == "simulator"


def test_sending_twice_is_refused_and_nobody_gets_two(manager, agency):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    seen = begun(manager, incident)
    send(manager, incident, *seen)

    with pytest.raises(Conflict):
        send(manager, incident, *seen)

    assert len(texts()) == 1


def test_a_wrong_count_sends_nothing(manager, agency):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    broadcast_id, seal, count = begun(manager, incident)

    with pytest.raises(Invalid):
        send(manager, incident, broadcast_id, seal, count + 1)

    assert texts() == []


@pytest.mark.parametrize("change", ["words", "people", "sender"])
def test_any_change_since_the_look_voids_it(manager, agency, change):
    worker = factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    broadcast_id, seal, count = begun(manager, incident)
    with db.transaction() as session:
        draft = session.get(Broadcast, broadcast_id)
        if change == "words":
            draft.bodies = {**draft.bodies, "en": "Come to the airport. Answer 1 safe, 2 need help."}
        elif change == "people":
            session.execute(update(Worker).where(Worker.id == worker.id).values(opted_out_at=clock.now()))
        else:
            session.get(type(agency), agency.id).sender = "+15005550006"

    with pytest.raises(Conflict):
        send(manager, incident, broadcast_id, seal, count)

    assert texts() == []


def test_who_has_opted_out_is_listed_and_never_texted(manager, agency):
    stopped = factories.make_worker(agency, opted_out_at=clock.now())
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")

    send(manager, incident, *begun(manager, incident))

    assert stopped.id not in {text.worker_id for text in texts()}
    assert person(incident, stopped).status == "UNREACHABLE"
    with db.reading() as session:
        assert session.scalar(select(Recipient.left_out).where(Recipient.worker_id == stopped.id)) == "opted_out"


def test_who_has_no_number_is_unreachable_at_once(manager, agency):
    without = factories.make_worker(agency, phone=None)
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")

    send(manager, incident, *begun(manager, incident))

    assert (person(incident, without).status, person(incident, without).unreachable_reason) == (
        "UNREACHABLE",
        "no number",
    )


def test_a_follow_up_goes_to_the_silent_alone(manager, agency):
    answered, silent = factories.make_worker(agency), factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    send(manager, incident, *begun(manager, incident))
    hear(answered, "SAFE")

    send(manager, incident, *begun(manager, incident, "follow_up"))

    counted = [text.worker_id for text in texts()]
    assert (counted.count(answered.id), counted.count(silent.id)) == (1, 2)


def test_an_answer_while_the_count_is_typed_does_not_void_a_follow_up(manager, agency):
    first, _second = factories.make_worker(agency), factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    send(manager, incident, *begun(manager, incident))
    seen = begun(manager, incident, "follow_up")

    hear(first, "SAFE")

    assert send(manager, incident, *seen).state == "sending"


def test_a_text_leaves_what_somebody_has_said(manager, agency):
    worker = factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    hear(worker, "HELP")

    send(manager, incident, *begun(manager, incident))

    assert person(incident, worker).status == "HELP"


def test_staff_cannot_send(manager, staff, agency):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    seen = begun(manager, incident)

    with pytest.raises(NotAllowed):
        send(staff, incident, *seen)

    assert texts() == []


def test_what_has_not_left_can_be_called_back(manager, agency):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")
    sent = send(manager, incident, *begun(manager, incident))

    with db.transaction() as session:
        own = incidents.get(session, manager, incident.id)
        stayed = steering.cancel(session, manager, own, broadcasts.get(session, manager, own, sent.id), at=clock.now())

    assert stayed == 1
    assert [text.state for text in texts()] == ["cancelled"]


def test_without_an_embassys_phone_the_text_does_not_speak_of_one(manager, agency):
    factories.make_worker(agency)
    incident = make_incident(manager, area="country")

    broadcast_id, _seal, _count = begun(manager, incident)

    with db.reading() as session:
        bodies = session.get(Broadcast, broadcast_id).bodies
    assert "Embassy" not in bodies["en"]
    assert "{stamp}" in bodies["en"]
    assert all("{embassy_phone}" not in body for body in bodies.values())


def test_our_own_words_for_country_and_embassy_are_in_the_readers_language(manager):
    incident = make_incident(manager)
    broadcast_id, _seal, _count = begun(manager, incident)

    with db.reading() as session:
        bodies = session.get(Broadcast, broadcast_id).bodies
    assert "লিবিয়া" in bodies["bn"] and "দূতাবাসে" in bodies["bn"]
    assert "ليبيا" in bodies["ar"] and "the embassy" not in bodies["ar"]
    assert "the embassy" in bodies["en"]
