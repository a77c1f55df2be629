"""What nobody told us is asked for: texts that came in while no webhook reached us."""

from datetime import timedelta

import pytest

from messaging.inbox import inbound
from messaging.models import Message
from messaging.outbox import lookout
from messaging.outbox.gateways import Arrival
from tests import factories
from tests.messaging.texting import Memory, number_of, texts_with
from workforce.core import clock, db, tenancy
from workforce.models import Agency

SENDER = "+15005550006"


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def real(agency):
    """An agency that sends by Twilio, from a number of its own."""
    return armed(agency, SENDER)


def armed(agency, sender):
    with tenancy.agency(agency.id), db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.sender = "twilio", sender
    return agency


def arrival(number, sid="SM1", body="2", at=None):
    return Arrival(sid, number, SENDER, body, at or clock.now())


def came_in(agency):
    return texts_with(agency, Message.direction == "in")


def fetch(gateway, now=None):
    return lookout.fetch_arrivals(now or clock.now(), gateway, holder="w1")


def test_every_text_of_ten_minutes_without_webhooks_is_there_after_six(real):
    gateway, start = Memory(), clock.now()
    fetch(gateway, start)
    numbers = [number_of(factories.make_worker(real)) for _ in range(20)]
    seen_after = {}

    for minute in range(1, 17):
        if minute <= 10:
            sent = [arrival(one, f"SM{minute}-{one}", at=start + timedelta(minutes=minute)) for one in numbers[::5]]
            gateway.listing = sent + gateway.listing
        fetch(gateway, start + timedelta(minutes=minute))
        for row in came_in(real):
            seen_after.setdefault(row.provider_id, start + timedelta(minutes=minute) - row.queued_at)

    assert len(seen_after) == 40
    assert max(seen_after.values()) <= timedelta(minutes=6)


def test_a_text_whose_webhook_came_is_not_stored_again(real):
    worker = factories.make_worker(real)
    with db.transaction() as session:
        said = {"from_number": number_of(worker), "to_number": SENDER, "body": "2", "provider_id": "SM1"}
        inbound.receive(session, real.id, at=clock.now(), gateway="twilio", **said)
    gateway = Memory()
    gateway.listing = [arrival(number_of(worker))]

    assert fetch(gateway) == 0
    assert len(came_in(real)) == 1


def test_a_number_nobody_knows_is_kept_for_a_person(real):
    gateway = Memory()
    gateway.listing = [arrival("+218919999999")]

    fetch(gateway)

    (kept,) = came_in(real)
    assert (kept.worker_id, kept.handled_at) == (None, None)


def test_the_list_of_one_account_is_shared_out_by_the_number_that_was_texted(app):
    first, second = armed(factories.make_agency(), SENDER), armed(factories.make_agency(), "+15005550007")
    gateway = Memory()
    gateway.listing = [arrival("+218919999999")]

    fetch(gateway)

    assert [len(came_in(one)) for one in (first, second)] == [1, 0]


def test_one_process_reads_the_list_and_not_before_five_minutes_are_over(real):
    asked, now = [], clock.now()
    gateway = Memory()
    gateway.arrivals = lambda _since: asked.append(1) or []

    for minutes in (0, 1, 4, 5.1, 6):
        for holder in ("w1", "w2"):
            lookout.fetch_arrivals(now + timedelta(minutes=minutes), gateway, holder=holder)

    assert len(asked) == 2


def test_a_list_that_does_not_answer_is_asked_again_soon(real):
    gateway, now = Memory(), clock.now()
    gateway.listing = None
    fetch(gateway, now)
    gateway.listing = [arrival("+218919999999")]

    fetch(gateway, now + timedelta(seconds=31))

    assert len(came_in(real)) == 1


def test_one_part_that_fails_keeps_no_other_from_its_round(real):
    class Broken(Memory):
        def find(self, draft):
            raise RuntimeError("no")

    gateway = Broken()
    gateway.listing = [arrival("+218919999999")]

    assert lookout.look(clock.now(), gateway, holder="w1") == 1
