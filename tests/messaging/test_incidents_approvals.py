"""The two-person rule and the glass: who may say yes, to what exactly, for how long, and what one person alone may do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from messaging.incidents import approval_today, approvals, broadcasts, incidents, jobs, sending
from messaging.models import Approval, Broadcast, IncidentLine, Message
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.test_incidents_texts import begun
from tests.postbox import open_postbox
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.errors import Conflict, Invalid, NotAllowed
from workforce.models import Agency, Worker

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as when:
        yield when


@pytest.fixture
def liza(agency):
    return factories.make_user(agency, role="manager", name="Liza Ocampo", email="liza@agency.example")


@pytest.fixture
def ramon(agency):
    return factories.make_user(agency, role="manager", name="Ramon Dizon", email="ramon@agency.example")


@pytest.fixture
def crisis(agency, liza):
    """An incident with one person in it."""
    factories.make_worker(agency)
    return make_incident(liza, area="country")


def act(rule, actor, incident, *args, **facts):
    """One rule in one transaction, now."""
    with db.transaction() as session:
        return rule(session, actor, incidents.get(session, actor, incident.id), *args, now=clock.now(), **facts)


def asked(liza, crisis, template="evacuate"):
    text, seal, _count = begun(liza, crisis, template)
    act(approvals.ask, liza, crisis, text, seen=seal)
    return text, seal


def broken(liza, crisis, code=""):
    text, seal, _count = begun(liza, crisis)
    act(approvals.break_glass, liza, crisis, text, code=code or crisis.code, seen=seal)
    return text


def state_of(text):
    with db.reading() as session:
        return session.scalar(select(Broadcast.state).where(Broadcast.id == text))


def texts():
    with db.reading() as session:
        return len(list(session.scalars(select(Message.id))))


def tick(agency, *, after=0):
    return jobs.leave_alone(agency.id, now=NOON + timedelta(seconds=after))


def acts(prefix="broadcast."):
    with db.reading() as session:
        found = session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.seq))
        return [one for one in found if one.startswith(prefix)]


# --- the second person ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "people", "two"),
    [("evacuation", 1, True), ("recall", 1, True), ("safety", 50, False), ("safety", 51, True)],
)
def test_evacuation_and_more_than_fifty_people_need_two(purpose, people, two):
    assert approvals.needs_two(purpose, people) is two


def test_one_person_cannot_send_an_evacuation(liza, crisis):
    text, seal, count = begun(liza, crisis)

    with pytest.raises(NotAllowed):
        act(sending.send, liza, crisis, text, typed=str(count), seen=seal)

    assert texts() == 0


def test_a_second_person_approves_and_it_leaves(liza, ramon, crisis):
    text, seal = asked(liza, crisis)

    act(approvals.approve, ramon, crisis, text, typed="1", seen=seal)
    act(sending.send, ramon, crisis, text, typed="1", seen=seal)

    assert (state_of(text), texts()) == ("sending", 1)
    assert acts()[-3:] == ["broadcast.ask", "broadcast.approve", "broadcast.send"]


def test_who_asks_cannot_approve(liza, crisis):
    text, seal = asked(liza, crisis)

    with pytest.raises(NotAllowed):
        act(approvals.approve, liza, crisis, text, typed="1", seen=seal)

    assert state_of(text) == "waiting"


@pytest.mark.parametrize("role", ["staff", "admin"])
def test_only_a_manager_approves(agency, liza, crisis, role):
    text, seal = asked(liza, crisis)

    with pytest.raises(NotAllowed):
        act(approvals.approve, factories.make_user(agency, role=role), crisis, text, typed="1", seen=seal)


def test_another_agencys_manager_finds_nothing_to_approve(liza, crisis):
    text, seal = asked(liza, crisis)
    other = factories.make_agency()
    stranger = factories.make_user(other, role="manager")

    with tenancy.agency(other.id), pytest.raises(Exception, match="No such incident"):
        act(approvals.approve, stranger, crisis, text, typed="1", seen=seal)


@pytest.mark.parametrize("change", ["words", "people", "sender", "validity"])
def test_any_change_voids_it(agency, liza, ramon, crisis, change):
    text, seal = asked(liza, crisis)
    with db.transaction() as session:
        draft = session.get(Broadcast, text)
        if change == "words":
            draft.bodies = {**draft.bodies, "en": "Come to the airport. Answer 1 safe, 2 need help."}
        elif change == "validity":
            draft.valid_seconds = 7200
        elif change == "people":
            session.execute(update(Worker).values(opted_out_at=clock.now()))
        else:
            session.get(Agency, agency.id).sender = "+15005550006"

    with pytest.raises(Conflict):
        act(approvals.approve, ramon, crisis, text, typed="1", seen=seal)

    assert texts() == 0


def test_editing_what_waits_takes_the_question_back(liza, ramon, crisis):
    text, seal = asked(liza, crisis)
    with db.transaction() as session:
        broadcasts.edit(session, ramon, session.get(Broadcast, text), bodies={"en": "Come. 1 safe, 2 need help."})

    assert state_of(text) == "draft"
    with pytest.raises(Conflict):
        act(approvals.approve, ramon, crisis, text, typed="1", seen=seal)


def test_an_approved_text_that_changed_does_not_leave(liza, ramon, crisis):
    text, seal = asked(liza, crisis)
    act(approvals.approve, ramon, crisis, text, typed="1", seen=seal)
    with db.transaction() as session:
        session.execute(update(Worker).values(opted_out_at=clock.now()))

    with pytest.raises(Conflict):
        act(sending.send, ramon, crisis, text, typed="1", seen=seal)


def test_who_joins_the_board_meanwhile_neither_voids_it_nor_is_texted(agency, liza, ramon, crisis):
    text, seal = asked(liza, crisis)
    factories.make_worker(agency)
    with db.transaction() as session:
        incidents.join(session, incidents.get(session, liza, crisis.id), at=clock.now())

    act(approvals.approve, ramon, crisis, text, typed="1", seen=seal)
    act(sending.send, ramon, crisis, text, typed="1", seen=seal)

    assert texts() == 1


@pytest.mark.parametrize(("minutes", "passes"), [(29, True), (31, False)])
def test_a_question_stands_for_half_an_hour(liza, ramon, crisis, noon, minutes, passes):
    text, seal = asked(liza, crisis)
    noon.shift(timedelta(minutes=minutes))

    if passes:
        act(approvals.approve, ramon, crisis, text, typed="1", seen=seal)
    else:
        with pytest.raises(Conflict):
            act(approvals.approve, ramon, crisis, text, typed="1", seen=seal)


def test_the_clock_makes_a_draft_of_what_nobody_approved(agency, liza, crisis):
    text, _seal = asked(liza, crisis)

    tick(agency, after=1801)

    assert (state_of(text), texts()) == ("draft", 0)


def test_sent_back_with_a_reason_it_is_a_draft_again(liza, ramon, crisis):
    text, _seal = asked(liza, crisis)
    with pytest.raises(Invalid):
        act(approvals.send_back, ramon, crisis, text, reason=" ")

    act(approvals.send_back, ramon, crisis, text, reason="The port is closed.")

    assert state_of(text) == "draft"
    with db.reading() as session:
        assert vault.reveal(session, session.scalar(select(Approval)), "reason") == "The port is closed."


def test_today_asks_the_other_managers_and_nobody_else(agency, liza, ramon, crisis):
    asked(liza, crisis)
    staff = factories.make_user(agency, role="staff")

    with db.reading() as session:
        seen = {one.name: approval_today.decisions(session, one, NOON) for one in (liza, ramon, staff)}

    assert [len(seen[one.name]) for one in (liza, ramon, staff)] == [0, 1, 0]
    assert "Liza Ocampo asks you" in seen["Ramon Dizon"][0].title


def test_closing_the_incident_ends_every_question(agency, liza, crisis):
    text = broken(liza, crisis)
    with db.transaction() as session:
        incidents.close(session, liza, incidents.get(session, liza, crisis.id), at=clock.now())

    tick(agency, after=61)

    assert (state_of(text), texts()) == ("draft", 0)


# --- alone ------------------------------------------------------------------------------------------------------------


def test_the_glass_sends_after_a_minute_and_not_before(agency, liza, crisis):
    text = broken(liza, crisis)

    tick(agency, after=59)
    before = texts()
    tick(agency, after=60)

    assert (before, texts(), state_of(text)) == (0, 1, "sending")


def test_two_clocks_send_it_once(agency, liza, crisis):
    broken(liza, crisis)

    tick(agency, after=60)
    tick(agency, after=60)

    assert texts() == 1


def test_the_glass_needs_the_code(liza, crisis):
    with pytest.raises(Invalid):
        broken(liza, crisis, code="LBY-99")


def test_anybody_of_staff_stops_it(agency, liza, crisis):
    text = broken(liza, crisis)

    act(approvals.stop, factories.make_user(agency, role="staff"), crisis, text)
    tick(agency, after=60)

    assert (state_of(text), texts()) == ("draft", 0)
    with db.reading() as session:
        assert "glass_stopped" in set(session.scalars(select(IncidentLine.kind)))


def test_what_has_left_cannot_be_stopped(agency, liza, crisis):
    text = broken(liza, crisis)
    tick(agency, after=60)

    with pytest.raises(Conflict):
        act(approvals.stop, liza, crisis, text)


def test_what_counts_down_cannot_be_edited(liza, crisis):
    text = broken(liza, crisis)

    with db.transaction() as session, pytest.raises(Conflict):
        broadcasts.edit(session, liza, session.get(Broadcast, text), bodies={"en": "Something else"})


def test_who_opts_out_in_that_minute_is_not_texted_and_holds_nobody_up(agency, liza, crisis):
    stopped = factories.make_worker(agency)
    with db.transaction() as session:
        incidents.join(session, incidents.get(session, liza, crisis.id), at=clock.now())
    broken(liza, crisis)
    with db.transaction() as session:
        session.execute(update(Worker).where(Worker.id == stopped.id).values(opted_out_at=clock.now()))

    tick(agency, after=60)

    with db.reading() as session:
        assert stopped.id not in set(session.scalars(select(Message.worker_id)))
    assert texts() == 1


def test_all_managers_and_admins_are_mailed_once(app, agency, liza, ramon, crisis):
    factories.make_user(agency, role="admin", email="tess@agency.example")
    factories.make_user(agency, role="staff", email="joy@agency.example")
    with open_postbox(app) as box:
        broken(liza, crisis)
        tick(agency)
        tick(agency, after=5)

        letters = box.letters(3)
        assert set(letters) == {"liza@agency.example", "ramon@agency.example", "tess@agency.example"}
        assert "to 1 person alone" in letters["ramon@agency.example"][1]
        assert box.is_empty()


def test_somebody_else_reviews_it_within_a_day(agency, liza, ramon, crisis):
    text = broken(liza, crisis)
    tick(agency, after=60)
    with db.reading() as session:
        waits = approval_today.decisions(session, ramon, NOON + timedelta(hours=25))
        assert approval_today.decisions(session, liza, NOON + timedelta(hours=25)) == []
    assert [(one.when, one.due) for one in waits] == [("now", "overdue")]

    with pytest.raises(NotAllowed):
        act(approvals.review, liza, crisis, text, words="It was right.")
    act(approvals.review, ramon, crisis, text, words="It was right: nobody answered.")

    with db.reading() as session:
        assert approval_today.decisions(session, ramon, NOON) == []
        assert vault.reveal(session, session.scalar(select(Approval)), "review") == "It was right: nobody answered."


def test_an_exercise_needs_two_as_well(liza, agency):
    factories.make_worker(agency)
    drill = make_incident(liza, area="country", is_exercise=True)
    text, seal, count = begun(liza, drill)

    with pytest.raises(NotAllowed):
        act(sending.send, liza, drill, text, typed=str(count), seen=seal)


# --- pages ------------------------------------------------------------------------------------------------------------


def seal_on(page):
    return page.partition('name="seen" value="')[2].partition('"')[0]


def test_one_asks_on_a_page_and_the_other_approves_on_theirs(liza, ramon, crisis, client_of):
    writer, reader = client_of(liza), client_of(ramon)
    url = writer.post(f"/incidents/{crisis.id}/texts").location
    writer.post(f"{url}/ask", data={"seen": seal_on(writer.get(url).text)})

    strip, page = reader.get("/incidents/strip").text, reader.get(url).text
    own = writer.post(f"{url}/approve", data={"seen": seal_on(page), "count": "1"})
    wrong = reader.post(f"{url}/approve", data={"seen": seal_on(page), "count": "2"})
    right = reader.post(f"{url}/approve", data={"seen": seal_on(page), "count": "1"})

    assert "Liza Ocampo asks you to approve" in strip
    assert (own.status_code, wrong.status_code, right.status_code, texts()) == (403, 422, 302, 1)


def test_the_countdown_is_on_every_page_and_has_a_button_for_staff(liza, staff, crisis, client_of):
    text = broken(liza, crisis)
    client, url = client_of(staff), f"/incidents/{crisis.id}/texts/{text}"

    assert "Liza Ocampo sends" in client.get("/incidents/strip").text
    assert "Liza Ocampo sends" in client.get(f"/incidents/{crisis.id}").text
    assert "Stop text 1" in client.get(f"{url}/alone").text
    assert client.post(f"{url}/stop").status_code == 302
    assert state_of(text) == "draft"


def test_a_page_that_waits_is_sent_on_when_it_has_left(agency, liza, crisis, client_of):
    text = broken(liza, crisis)
    client, url = client_of(liza), f"/incidents/{crisis.id}/texts/{text}/state?known=counting"

    before = client.get(url)
    tick(agency, after=60)
    after = client.get(url)

    assert (before.status_code, after.headers["HX-Redirect"]) == (204, f"/incidents/{crisis.id}")


def test_the_texts_that_count_down_and_have_left_are_shown_in_the_languages_of_those_who_get_them(
    liza, crisis, client_of
):
    text, seal, _count = begun(liza, crisis)
    act(approvals.break_glass, liza, crisis, text, code=crisis.code, seen=seal)
    address, client = f"/incidents/{crisis.id}/texts/{text}", client_of(liza)

    counting = client.get(f"{address}/alone").text
    jobs.leave_alone(crisis.agency_id, now=NOON + timedelta(seconds=61))
    left = client.get(address).text

    for page in (counting, left):
        shown, _fold, folded = page.partition('<details class="fold">')
        assert "<h2>English</h2>" in shown and "1 worker" in shown and "<h2>Tagalog</h2>" not in shown
        assert "<h2>Tagalog</h2>" in folded
