"""Expiry notices: once each, for the tightest rung, whatever the clock and the machines do."""

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from messaging.models import Message, Notice
from messaging.notices import expiry, jobs, ladders
from messaging.notices.expiry import EXPIRED
from messaging.outbox import quiet
from tests import factories
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.errors import Invalid
from workforce.models import Consent, Site
from workforce.papers import documents

TODAY = date(2027, 3, 1)
NOON = datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.mark.parametrize(
    ("days_left", "rung"), [(181, None), (180, 180), (61, 90), (60, 60), (30, 30), (0, 1), (-1, EXPIRED)]
)
def test_a_notice_falls_due_at_the_tightest_rung_reached(days_left, rung):
    assert expiry.rung_reached(TODAY + timedelta(days=days_left), TODAY) == rung


@pytest.mark.parametrize("days_left", [-31, -30, -1, 0, 1, 2, 7, 8, 30, 31, 89, 180, 181])
def test_the_database_finds_the_rung_that_the_rule_names(agency, days_left):
    paper(agency, days_left)

    run(agency)

    rung = expiry.rung_reached(TODAY + timedelta(days=days_left), TODAY)
    expected = [] if rung is None or days_left < -30 else [rung]
    assert [one.rung for one in notices("worker")] == expected
    assert [one.rung for one in notices("agency")] == expected


def test_the_worker_is_texted_in_their_language_and_the_agency_sees_a_line(agency):
    paper(agency, 30, language="tl")

    outcome = run(agency)

    assert (outcome.due, outcome.created, outcome.late, outcome.suppressed) == (1, 1, 0, 0)
    (text,) = texts()
    assert (text.purpose, text.priority, text.state, text.language) == ("notice", 5, "queued", "tl")
    assert "pasaporte" in body(text)
    assert "31 Mar 2027" in body(text)
    assert [one.state for one in notices("agency")] == ["shown"]


def test_a_second_run_finds_nothing_new(agency):
    paper(agency, 30)
    run(agency)

    again = [run(agency), run(agency, thorough=True), jobs.run(agency.id, today=TODAY)]

    assert all(outcome == expiry.Outcome() for outcome in again)
    assert len(texts()) == 1


def test_two_runners_at_once_make_one_text(agency):
    for _ in range(30):
        paper(agency, 30)
    app_context_free = [threading.Thread(target=jobs.run, args=(agency.id,), kwargs={"now": NOON}) for _ in range(2)]

    for thread in app_context_free:
        thread.start()
    for thread in app_context_free:
        thread.join()

    assert len(texts()) == 30
    assert len(notices("worker")) == 30


def test_three_days_of_downtime_are_caught_up_in_one_late_text(agency):
    paper(agency, 31)
    run(agency)

    outcome = run(agency, days=4)

    assert (outcome.created, outcome.late) == (1, 1)
    assert [(one.rung, one.is_late) for one in notices("worker")] == [(60, False), (30, True)]


def test_of_several_rungs_missed_only_the_tightest_is_texted(agency):
    paper(agency, 31)
    run(agency)

    run(agency, days=25)

    assert [(one.rung, one.is_late) for one in notices("worker")] == [(60, False), (7, True)]


def test_a_rung_on_its_own_day_is_not_late(agency):
    paper(agency, 31)
    run(agency)

    assert run(agency, days=1).late == 0
    assert [one.rung for one in notices("worker")] == [60, 30]


def test_thirty_days_of_runs_with_a_jumping_clock_make_each_notice_once(agency):
    for days_left in (3, 20, 35, 61, 95, -1):
        paper(agency, days_left)
    jumps = [timedelta(0), timedelta(hours=25), timedelta(hours=-25), timedelta(hours=1)]

    for day in range(30):
        for jump in jumps:
            jobs.run(agency.id, now=NOON + timedelta(days=day) + jump)

    made = notices("worker")
    keys = [(one.document_id, one.expires_on, one.rung) for one in made]
    assert len(keys) == len(set(keys)) == len(texts())
    rungs = {}
    for one in made:
        rungs.setdefault(one.document_id, []).append(one.rung)
    assert all(steps == sorted(steps, reverse=True) for steps in rungs.values())
    assert sorted(map(tuple, rungs.values())) == [
        (-1,),
        (7, 1, -1),
        (30, 14, 7, 1, -1),
        (60, 30, 14, 7),
        (90, 60),
        (180, 90),
    ]


def test_a_paper_entered_between_runs_is_noticed_the_same_day(agency, staff):
    worker = factories.make_worker(agency)
    run(agency)
    with db.transaction() as session:
        values = {
            "kind": "passport",
            "number": "P1",
            "issuing_country": "PH",
            "expires_on": TODAY + timedelta(days=50),
            "custody": "worker",
        }
        documents.add(session, staff, session.merge(worker), values, today=TODAY)

    outcome = jobs.run(agency.id, now=NOON + timedelta(minutes=15))

    assert (outcome.created, outcome.late) == (1, 0)
    assert [one.rung for one in notices("worker")] == [60]


def test_a_changed_ladder_counts_from_the_next_run(agency, staff):
    paper(agency, 40)
    run(agency)
    with db.transaction() as session:
        ladders.change(session, staff, "passport", [45, 10])

    outcome = jobs.run(agency.id, now=NOON + timedelta(minutes=15))

    assert outcome.created == 1
    assert [one.rung for one in notices("worker")] == [60, 45]


def test_a_rung_taken_off_the_ladder_wakes_no_wider_one(agency, staff):
    paper(agency, 40)
    run(agency)
    with db.transaction() as session:
        ladders.change(session, staff, "passport", [180, 90])

    assert jobs.run(agency.id, now=NOON + timedelta(minutes=15)).created == 0


@pytest.mark.parametrize("typed", ["", "ninety", "0", "90 -1", "9999", "1 2 3 4 5 6 7 8 9 10 11 12 13"])
def test_a_ladder_that_cannot_be_is_refused(agency, staff, typed):
    with pytest.raises(Invalid), db.transaction() as session:
        ladders.change(session, staff, "visa", ladders.typed(typed))


def test_papers_that_are_not_in_force_are_left_alone(agency):
    paper(agency, 30, archived_at=clock.now())
    kept = paper(agency, 30)
    with db.transaction() as session:
        session.merge(kept).archived_at = clock.now()

    assert run(agency).due == 0


@pytest.mark.parametrize("why", ["opted_out", "no_number", "withdrawn"])
def test_who_cannot_be_texted_is_written_down_with_the_reason(agency, why):
    more = {"opted_out": {"opted_out_at": clock.now()}, "no_number": {"phone": None}, "withdrawn": {}}[why]
    document = paper(agency, 30, **more)
    if why == "withdrawn":
        with db.transaction() as session:
            line = {"purpose": "notices", "given": False, "channel": "staff", "at": clock.now()}
            session.add(Consent(id=db.new_id(), agency_id=agency.id, worker_id=document.worker_id, **line))

    outcome = run(agency)

    assert outcome.suppressed == 1
    assert [(one.state, one.reason) for one in notices("worker")] == [("suppressed", why)]


@pytest.mark.parametrize(
    ("hour", "minute", "expected"), [(20, 59, None), (21, 0, (2, 7)), (2, 0, (1, 7)), (7, 0, None)]
)
def test_nobody_is_woken_at_night(hour, minute, expected):
    tripoli = ZoneInfo("Africa/Tripoli")
    moment = datetime(2027, 3, 1, hour, minute, tzinfo=tripoli).astimezone(UTC)

    allowed = quiet.not_before("notice", moment, "Africa/Tripoli")

    assert (allowed and (allowed.astimezone(tripoli).day, allowed.astimezone(tripoli).hour)) == expected


def test_today_is_the_day_at_the_host_place(agency):
    late_evening = datetime(2027, 3, 1, 21, 30, tzinfo=UTC)  # Still 1 March in Tripoli, 2 March in Manila.
    paper(agency, 31, host_country="LY")
    in_manila = paper(agency, 31, host_country="PH")

    for moment in (late_evening - timedelta(hours=8), late_evening):
        jobs.run(agency.id, now=moment)

    assert [one.document_id for one in notices("worker") if one.rung == 30] == [in_manila.id]


def test_the_zone_of_the_site_goes_before_that_of_the_country(agency):
    document = paper(agency, 31, host_country="LY", site="Ship")
    with db.transaction() as session:
        session.scalar(select(Site)).zone = "Asia/Manila"
    paper(agency, 31, host_country="LY")
    evening = datetime(2027, 3, 1, 21, 30, tzinfo=UTC)

    for moment in (evening - timedelta(hours=8), evening):
        jobs.run(agency.id, now=moment)

    assert [one.document_id for one in notices("worker") if one.rung == 30] == [document.id]


def test_a_crash_before_the_texts_leaves_them_to_the_next_run(agency):
    paper(agency, 30)
    jobs.run(agency.id, now=NOON, go_on=lambda: False)
    assert texts() == []

    jobs.run(agency.id, now=NOON)

    assert len(texts()) == 1


def test_a_run_leaves_one_line_in_the_log_and_the_chain_holds(agency):
    for _ in range(3):
        paper(agency, 30)

    run(agency)

    with db.reading() as session:
        lines = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "notice.run")).all()
        assert [line.detail["made"] for line in lines] == [3]
        assert audit.verify(session, agency.id).first_bad is None


def test_another_agencys_papers_are_not_touched(agency):
    other = factories.make_agency()
    stranger = factories.make_worker(other)
    factories.make_document(stranger, expires_on=TODAY + timedelta(days=30))

    assert run(agency).due == 0


def test_the_command_prints_what_it_did(app, agency):
    paper(agency, 30)
    tenancy.leave()

    answer = app.test_cli_runner().invoke(args=["notices", "run", "--today", TODAY.isoformat(), "--json"])

    assert answer.output.strip() == '{"due": 1, "created": 1, "late": 0, "suppressed": 0}'


def paper(agency, days_left, *, kind="passport", **more):
    worker = factories.make_worker(agency, **more)
    return factories.make_document(worker, kind=kind, expires_on=TODAY + timedelta(days=days_left))


def run(agency, *, days=0, thorough=False):
    return jobs.run(agency.id, now=NOON + timedelta(days=days), thorough=thorough)


def notices(recipient):
    with db.reading() as session:
        return session.scalars(
            select(Notice).where(Notice.recipient == recipient).order_by(Notice.created_at, Notice.rung.desc())
        ).all()


def texts():
    with db.reading() as session:
        return session.scalars(select(Message)).all()


def body(message):
    with db.reading() as session:
        return vault.reveal(session, session.get(Message, message.id), "body")
