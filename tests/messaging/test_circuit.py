"""A failing gateway is left alone by all workers and tried again with one text; others carry meanwhile, and nothing leaves twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from messaging.models import Circuit, Message
from messaging.outbox import circuit, delivery, doubts, results
from messaging.outbox.gateways import Outcome
from messaging.outbox.lines import Lines
from tests import factories
from tests.messaging.suppliers import Supplier, facts_of
from tests.messaging.texting import Memory, again, many_queued, queued, texts_with
from workforce import gateways
from workforce.core import clock, db
from workforce.models import Agency

MANY, TAKEN = 20, 10


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def suppliers():
    made = Supplier(), Supplier()
    yield made
    for one in made:
        one.stop()


@pytest.fixture
def lines(agency, settings, suppliers):
    """Two described gateways, the second one for when the first fails."""
    admin = factories.make_user(agency, role="admin")
    with db.transaction() as session:
        for name, supplier in zip(gateways.SLOTS, suppliers, strict=True):
            facts = facts_of(supplier, lookup_url=f"{supplier.url}/lookup?ref={{id}}", lookup_id="id")
            gateways.save(session, admin, name, facts=facts, loopback=True)
        mine = session.get(Agency, agency.id)
        mine.gateway, mine.fallback_gateways = "http1", ["http2"]
    return Lines(settings)


def turn(lines, now, *, limit=5):
    """What a worker does in a turn, one call after the other. How many texts were handed over."""
    known = circuit.shut()
    circuit.reroute(known)
    handed = 0
    for held in delivery.claim("w", now, limit=limit, shut=known):
        for parcel in delivery.submit(held, now, lines):
            outcomes = delivery.hand_over(parcel)
            results.settle(outcomes, now)
            circuit.note(outcomes, now, circuit.shut())
            handed += len(outcomes)
    return handed


def drain(lines, now):
    while turn(lines, now):
        pass


def state_of(agency, name="http1"):
    with db.reading() as session:
        return session.scalar(select(Circuit).where(Circuit.agency_id == agency.id, Circuit.gateway == name))


def taken_by(*suppliers):
    return sorted(one["ref"][:32] for supplier in suppliers for one in supplier.taken)


def fail(agency, times, now, *, code="no_answer", kind="doubt"):
    outcome = outcome_of(queued(agency), kind, code)  # Nothing leaves: only the outcome counts here.
    for _ in range(times):
        circuit.note([outcome], now, circuit.shut())


def outcome_of(message, kind, code=""):
    with db.reading() as session:
        row = session.get(Message, message.id)
        draft = delivery.draft_of(session, row, clock.now(), attempt=1)
    return Outcome(draft, kind, "id" if kind == "accepted" else None, code)


# --- one circuit ------------------------------------------------------------------------------------------------------


def test_four_failures_leave_it_closed_and_the_fifth_shuts_it_for_every_worker(lines, agency):
    now = clock.now()
    fail(agency, 4, now)
    assert circuit.shut().pairs == frozenset()

    fail(agency, 1, now)

    assert circuit.shut().pairs == {(agency.id, "http1")}
    assert state_of(agency).probe_at == now + timedelta(seconds=30)


def test_a_success_in_between_begins_the_count_anew(lines, agency):
    now = clock.now()
    fail(agency, 4, now)
    circuit.note([outcome_of(queued(agency), "accepted")], now, circuit.shut())
    fail(agency, 4, now)

    assert circuit.shut().pairs == frozenset()


@pytest.mark.parametrize(("kind", "code"), [("later", "20429"), ("refused", "21211"), ("later", "30001")])
def test_a_wait_or_a_refusal_is_no_failure_of_the_gateway(lines, agency, kind, code):
    fail(agency, 6, clock.now(), kind=kind, code=code)

    assert circuit.shut().pairs == frozenset()


def test_while_all_goes_well_nothing_is_written(lines, agency):
    queued(agency)
    drain(lines, clock.now())

    assert state_of(agency) is None


def test_another_agency_is_not_shut_with_it(lines, agency):
    other = factories.make_agency("Other")
    with db.transaction() as session:
        session.get(Agency, other.id).gateway = "twilio"
    text, now = queued(other), clock.now()
    fail(agency, 5, now)

    (held,) = delivery.claim("w", now, limit=99, shut=circuit.shut())

    assert held.ids == (text.id,)


# --- trying again -----------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(lines, agency, suppliers):
    """Only the first gateway, dead, shut, with ten texts that wait."""
    with db.transaction() as session:
        session.get(Agency, agency.id).fallback_gateways = []
    many_queued(agency, 10)
    suppliers[0].stop()
    now = clock.now()
    turn(lines, now)
    assert circuit.shut().pairs == {(agency.id, "http1")}
    return now


def test_nothing_leaves_while_it_is_shut_and_nothing_is_lost(alone, lines, agency):
    drain(lines, alone + timedelta(seconds=29))

    assert circuit.probe(alone + timedelta(seconds=29), lines) == 0
    assert {message.state for message in texts_with(agency)} == {"queued"}


def test_one_text_tries_it_and_when_that_works_all_leave(alone, lines, agency, suppliers):
    suppliers[0].start()
    later = alone + timedelta(seconds=30)
    assert circuit.probe(later, lines) == 1

    assert turn(lines, later, limit=50) == 1
    assert state_of(agency).opened_at is None
    drain(lines, later)

    assert len(set(taken_by(suppliers[0]))) == len(taken_by(suppliers[0])) == 10


def test_of_two_workers_one_tries_it(alone, lines, suppliers):
    later = alone + timedelta(seconds=30)

    assert [circuit.probe(later, lines) for _ in range(2)] == [1, 0]


def test_a_trial_that_fails_leaves_it_shut_for_another_30_seconds(alone, lines, agency):
    later = alone + timedelta(seconds=30)
    circuit.probe(later, lines)
    turn(lines, later)

    row = state_of(agency)
    assert (row.opened_at, row.trial_id, row.probe_at) == (alone, None, later + timedelta(seconds=30))
    assert turn(lines, later) == 0


def test_a_worker_that_dies_in_the_trial_is_followed_by_another_trial(alone, lines, agency, suppliers):
    suppliers[0].start()
    later = alone + timedelta(seconds=30)
    circuit.probe(later, lines)
    first = state_of(agency).trial_id
    assert delivery.claim("dies", later, limit=5, shut=circuit.shut())[0].ids == (first,)

    circuit.probe(later + timedelta(seconds=30), lines)
    turn(lines, later + timedelta(seconds=30))

    assert state_of(agency).opened_at is None


def test_a_provider_that_cannot_even_list_gets_no_text(alone, lines, agency):
    deaf = Memory()
    deaf.listing = None

    assert circuit.probe(alone + timedelta(seconds=30), deaf) == 0
    assert state_of(agency).trial_id is None


# --- failover ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def broken_midway(lines, agency, suppliers):
    """A quarter has left when the first provider takes five texts without an answer, and dies."""

    def play(purpose):
        first, _second = suppliers
        many_queued(agency, MANY, purpose=purpose)
        now = clock.now()
        turn(lines, now)
        first.mode = "takes and breaks off"
        turn(lines, now)
        first.stop()
        drain(lines, now)
        return now

    return play


def test_the_first_gateway_dies_in_mid_broadcast_and_nothing_is_lost_or_doubled(
    broken_midway, lines, agency, suppliers
):
    first, second = suppliers
    now = broken_midway("safety")
    assert len(first.taken) == TAKEN
    assert len(second.taken) == MANY - TAKEN

    for seconds in (31, 62, 93):  # Dead: what is in doubt there stays there, and the other never sees it.
        circuit.probe(now + timedelta(seconds=seconds), lines)
        doubts.reconcile(now + timedelta(seconds=seconds), lines)
        drain(lines, now + timedelta(seconds=seconds))
    assert len(second.taken) == MANY - TAKEN
    first.mode = "works"
    first.start()
    doubts.reconcile(now + timedelta(seconds=110), lines)
    drain(lines, now + timedelta(seconds=100))

    texts = texts_with(agency)
    assert {message.state for message in texts} == {"accepted"}
    assert not [message for message in texts if message.possible_double]
    assert taken_by(first, second) == sorted(message.id.hex for message in texts)


def test_when_it_stays_dead_a_crisis_text_in_doubt_goes_by_the_other_and_is_flagged(
    broken_midway, lines, agency, suppliers
):
    now = broken_midway("safety")
    doubts.reconcile(now + timedelta(seconds=121), lines)
    drain(lines, now + timedelta(seconds=121))

    flagged = [message for message in texts_with(agency) if message.possible_double]
    assert len(flagged) == 5
    assert {(message.state, message.gateway) for message in flagged} == {("accepted", "http2")}
    assert len(set(taken_by(*suppliers))) == MANY


def test_when_it_stays_dead_a_notice_in_doubt_is_never_sent_by_the_other(broken_midway, lines, agency, suppliers):
    now = broken_midway("notice")
    doubts.reconcile(now + timedelta(seconds=121), lines)
    drain(lines, now + timedelta(seconds=121))

    doubtful = [message for message in texts_with(agency) if message.state != "accepted"]
    assert {(message.state, message.gateway) for message in doubtful} == {("unknown", "http1")}
    assert len(doubtful) == 5
    assert len(taken_by(*suppliers)) == len(set(taken_by(*suppliers))) == MANY


def test_the_first_gateway_is_used_again_when_it_answers_again(broken_midway, lines, agency, suppliers):
    first, second = suppliers
    now = broken_midway("safety") + timedelta(seconds=31)
    first.mode = "works"
    first.start()
    before = len(second.taken)
    many_queued(agency, 3)

    circuit.probe(now, lines)
    turn(lines, now)
    many_queued(agency, 3)
    drain(lines, now)

    assert state_of(agency).opened_at is None
    assert len(first.taken) == TAKEN + 1 + 3
    assert len(second.taken) == before + 2


def test_an_exercise_never_reaches_a_real_gateway_when_one_fails(lines, agency):
    drill = queued(agency)
    with db.transaction() as session:
        session.get(Message, drill.id).gateway = "simulator"
    fail(agency, 5, clock.now())

    circuit.reroute(circuit.shut())

    assert again(drill).gateway == "simulator"


def test_shutting_and_opening_leave_a_trace(alone, lines, agency, suppliers):
    from workforce.core.audit import AuditEntry

    suppliers[0].start()
    circuit.probe(alone + timedelta(seconds=30), lines)
    turn(lines, alone + timedelta(seconds=30))

    with db.reading() as session:
        acts = (
            select(AuditEntry.action, func.count())
            .where(AuditEntry.action.like("gateway.%"))
            .group_by(AuditEntry.action)
        )
        assert dict(session.execute(acts).all()) == {"gateway.save": 2, "gateway.shut": 1, "gateway.open": 1}
