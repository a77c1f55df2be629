"""Two records made one and taken apart again: nothing lost, nothing left behind, nobody accounted for by it."""

import io
from datetime import date, timedelta

import pytest
from PIL import Image
from sqlalchemy import Uuid, select, update

from messaging.incidents import board, cases, chasing, incidents, ladder
from messaging.incidents import merging as crisis
from messaging.models import Case, DuressWord, LadderMove, Message, Person
from tests import factories
from tests.conventions.ids import World
from tests.messaging.incident_factories import hear, make_incident, person
from workforce import consents
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.audit import AuditEntry
from workforce.core.db import Base, Sealed
from workforce.core.errors import Conflict, Invalid, NotFound
from workforce.core.tenancy import Scoped
from workforce.core.vault import Key
from workforce.duplicates import merging, moving, pairs, unmerging
from workforce.models import (
    Contact,
    Dependant,
    Deployment,
    Document,
    DuplicatePair,
    Import,
    ImportRow,
    Merge,
    Phone,
    StoredFile,
    Worker,
)
from workforce.papers import files as copies
from workforce.people import workers

TODAY = date(2027, 1, 4)
# Columns in which the id of a record that went still stands, each with its reason.
STAYS = {
    "audit_entries.about_id": "the log is never rewritten; the page of whoever was kept reads both",
    "audit_entries.object_id": "the log is never rewritten",
    "merges.merged_id": "says which record went, so that old links lead on",
}
# Columns with words of ours in which an id may stand, each with what happens to it.
TOLD = {"audit_entries.detail", "incident_lines.detail"}


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def folder(settings):
    settings.files.mkdir(parents=True, exist_ok=True)
    return settings.files


def pair_up(one, other, *, state="open"):
    low, high = sorted((one.id, other.id))
    with tenancy.agency(one.agency_id), db.transaction() as session:
        row = DuplicatePair(
            id=db.new_id(),
            agency_id=one.agency_id,
            one_id=low,
            other_id=high,
            score=70,
            reasons=["name same"],
            state=state,
            found_at=clock.now(),
        )
        session.add(row)
    return row.id


def merge(user, folder, one, other, chosen=None, *, at=None):
    """Merge the newer record into the older; answers who was kept and the merge's id."""
    pair_id = pair_up(one, other)
    with tenancy.agency(user.agency_id), db.transaction() as session:
        _pair, kept, gone = merging.both(session, user, pair_id)
        done = merging.merge(
            session,
            user,
            folder,
            pair_id,
            chosen=chosen or {},
            versions=(kept.version, gone.version),
            now=at or clock.now(),
            today=TODAY,
            rules=crisis.RULES,
        )
        return done.kept.id, done.merge.id


def undo(user, folder, merge_id, *, now=None):
    with tenancy.agency(user.agency_id), db.transaction() as session:
        return unmerging.undo(session, user, folder, merge_id, now=now or clock.now(), after=[crisis.taken_back])


def two(agency, **more):
    return factories.make_worker(agency, full_name="Maria Santos", **more), factories.make_worker(
        agency, full_name="Ma. Santos", **more
    )


def get(model, row_id):
    with db.reading() as session:
        return session.scalar(select(model).where(model.id == row_id))


def models():
    return [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)]


def where_named(agency_id, worker_id):
    """Every column of every table in which this id stands, whatever the column is called."""
    found = set()
    with tenancy.agency(agency_id), db.reading() as session:
        for model in models():
            for column in model.__table__.columns:
                rows = session.scalars(select(getattr(model, column.key)).where(model.agency_id == agency_id))
                if any(
                    (value == worker_id if isinstance(column.type, Uuid) else str(worker_id) in str(value))
                    for value in rows
                ):
                    found.add(f"{model.__tablename__}.{column.key}")
    return found


def test_after_a_merge_the_id_that_went_stands_nowhere_but_where_it_must(app, folder):
    world = World("ZQMERGE", "218913334444", folder)
    gone = world.rows[Worker]
    kept = factories.make_worker(world.agency, full_name="Zqmerge Kept")
    with tenancy.agency(world.agency.id):
        _older(kept)
        merge(world.users["staff"], folder, kept, gone)

    assert where_named(world.agency.id, gone.id) - set(STAYS) - TOLD == set()


def test_after_a_merge_every_sealed_value_opens_under_the_key_of_who_was_kept(app, folder):
    world = World("ZQSEALS", "218913334444", folder)
    kept = factories.make_worker(world.agency, full_name="Zqseals Kept")
    with tenancy.agency(world.agency.id):
        _older(kept)
        merge(world.users["staff"], folder, kept, world.rows[Worker])

    with tenancy.agency(world.agency.id), db.reading() as session:
        assert session.scalar(select(Key).where(Key.subject_id == world.rows[Worker].id)) is None
        opened = 0
        for model in models():
            names = [
                c.key.removesuffix("_sealed")
                for c in model.__table__.columns
                if isinstance(c.type, Sealed) and c.key.endswith("_sealed")
            ]
            for row in session.scalars(select(model)) if names else ():
                opened += sum(vault.reveal(session, row, name) is not None for name in names)
        assert opened > 20


def test_the_copy_of_a_paper_opens_after_the_merge_and_after_its_undo(app, agency, staff, folder):
    kept, gone = two(agency)
    paper = factories.make_document(gone)
    picture = _picture()
    with db.transaction() as session:
        consents.give(session, staff, session.get(Worker, gone.id), "backup", channel="in_person")
        issue = session.get(Document, paper.id).versions[0]
        copies.keep(session, staff, folder, paper.id, issue.id, clear=picture, name="passport.png")
    with db.reading() as session:
        before = copies.read(session, staff, folder, paper.id, issue.id)

    _kept, merge_id = merge(staff, folder, kept, gone)
    with db.reading() as session:
        merged = copies.read(session, staff, folder, paper.id, issue.id)
    undo(staff, folder, merge_id)
    with db.reading() as session:
        again = copies.read(session, staff, folder, paper.id, issue.id)

    assert before == merged == again
    assert get(StoredFile, _one(StoredFile).id).worker_id == gone.id


def test_an_undo_puts_every_row_back_as_it_was(app, folder):
    world = World("ZQBACK", "218913334444", folder)
    gone = world.rows[Worker]
    kept = factories.make_worker(world.agency, full_name="Zqback Kept", birth_date="1991-02-03")
    with tenancy.agency(world.agency.id):
        _older(kept)
        before = _clear_rows(world.agency.id)
        _kept, merge_id = merge(world.users["staff"], folder, kept, gone)
        undo(world.users["staff"], folder, merge_id)

    after = _clear_rows(world.agency.id)
    assert {table for table in before if before[table] != after[table]} == set()


def test_every_table_where_rows_may_clash_has_its_rule():
    assert moving.clashing() - set(merging.RULES) - set(crisis.RULES) == set()


def test_a_merge_without_a_rule_for_a_table_that_needs_one_does_nothing(agency, staff, folder):
    one, other = two(agency)
    pair_id = pair_up(one, other)

    with pytest.raises(RuntimeError, match="incident_people"), db.transaction() as session:
        merging.merge(
            session, staff, folder, pair_id, chosen={}, versions=(1, 1), now=clock.now(), today=TODAY, rules={}
        )

    assert get(Worker, one.id) is not None and get(Worker, other.id) is not None


def test_a_chosen_value_is_kept_and_the_other_name_stays_as_an_alias(agency, staff, folder):
    one = factories.make_worker(agency, full_name="Maria Santos", birth_date="1990-01-02", notes="old")
    other = factories.make_worker(agency, full_name="Ma. Clara Santos", birth_date="1990-02-01", notes="new")

    kept_id, _merge = merge(staff, folder, one, other, {"birth_date": "gone"})

    with db.reading() as session:
        kept = session.get(Worker, kept_id)
        assert (kept.full_name, kept.aliases) == ("Maria Santos", ["Ma. Clara Santos"])
        assert vault.reveal(session, kept, "birth_date") == "1990-02-01"
        assert vault.reveal(session, kept, "notes") == "old"


def test_whoever_opted_out_in_one_record_has_opted_out(agency, staff, folder):
    one, other = two(agency)
    with db.transaction() as session:
        session.get(Worker, other.id).opted_out_at = clock.now()

    kept_id, merge_id = merge(staff, folder, one, other)

    assert get(Worker, kept_id).opted_out_at is not None
    undo(staff, folder, merge_id)
    assert get(Worker, kept_id).opted_out_at is None


def test_the_consents_of_both_stand_in_one_ledger(agency, staff, folder):
    one, other = two(agency)
    with db.transaction() as session:
        consents.give(
            session, staff, session.get(Worker, one.id), "location", channel="sms", at=clock.now() - timedelta(days=2)
        )
        consents.withdraw(session, staff, session.get(Worker, other.id), "location", channel="sms")

    kept_id, _merge = merge(staff, folder, one, other)

    with db.reading() as session:
        kept = session.get(Worker, kept_id)
        assert len(consents.ledger(session, kept)) == 2
        assert consents.live(session, kept, "location") is None


def test_a_number_that_both_have_stands_once_and_its_texts_name_it(agency, staff, folder):
    one, other = two(agency, phone="+218911112222")
    theirs = _phones(other.id)[0]
    with db.transaction() as session:
        text = Message(
            id=db.new_id(),
            agency_id=agency.id,
            direction="in",
            worker_id=other.id,
            phone_id=theirs.id,
            purpose="reply",
            queued_at=clock.now(),
        )
        session.add(text)

    kept_id, merge_id = merge(staff, folder, one, other)

    assert len(_phones(kept_id)) == 1
    assert get(Message, text.id).phone_id == _phones(kept_id)[0].id
    assert not _phones(kept_id)[0].is_shared
    undo(staff, folder, merge_id)
    assert get(Message, text.id).phone_id == theirs.id
    assert [len(_phones(one.id)), len(_phones(other.id))] == [1, 1]


def test_at_most_one_place_of_work_is_current(agency, staff, folder):
    one, other = two(agency)
    with db.transaction() as session:
        later = session.scalar(select(Deployment).where(Deployment.worker_id == other.id))
        later.starts_on, later.occupation = date(2026, 5, 1), "driver"

    kept_id, merge_id = merge(staff, folder, one, other)

    with db.reading() as session:
        now = session.scalars(select(Deployment).where(Deployment.worker_id == kept_id, Deployment.is_current)).all()
        assert [work.occupation for work in now] == ["driver"]
    undo(staff, folder, merge_id)
    with db.reading() as session:
        assert len(session.scalars(select(Deployment).where(Deployment.is_current)).all()) == 2


def test_nobody_becomes_their_own_buddy_and_a_child_stands_once(agency, staff, folder):
    one, other = two(agency)
    with db.transaction() as session:
        for worker in (one, other):
            session.add(
                Dependant(
                    id=db.new_id(), agency_id=agency.id, worker_id=worker.id, full_name="Ben Santos", relation="son"
                )
            )
        session.add(
            Contact(
                id=db.new_id(),
                agency_id=agency.id,
                worker_id=one.id,
                kind="buddy",
                full_name="Ma. Santos",
                other_worker_id=other.id,
            )
        )

    kept_id, merge_id = merge(staff, folder, one, other)

    with db.reading() as session:
        assert len(session.scalars(select(Dependant)).all()) == 1
        assert session.scalars(select(Contact)).all() == []
    undo(staff, folder, merge_id)
    with db.reading() as session:
        assert len(session.scalars(select(Dependant)).all()) == 2
        assert session.scalar(select(Contact)).other_worker_id == other.id
    assert kept_id == one.id


@pytest.mark.parametrize(
    ("mine", "theirs", "after"),
    [
        ("SAFE", "HELP", "HELP"),
        ("HELP", "SAFE", "HELP"),
        ("SAFE", None, "NOT_ASKED"),
        (None, "SAFE", "NOT_ASKED"),
        ("SAFE", "MOVING", "MOVING"),
        ("HELP", None, "HELP"),
    ],
)
def test_a_merge_makes_nobody_accounted_for(agency, manager, folder, mine, theirs, after):
    one, other = two(agency)
    incident = make_incident(manager)
    for worker, status in ((one, mine), (other, theirs)):
        if status:
            hear(worker, status)

    kept_id, _merge = merge(manager, folder, one, other)

    assert person(incident, get(Worker, kept_id)).status == after
    with db.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 1


def test_of_two_open_cases_the_one_that_nobody_has_stays(agency, manager, folder):
    one, other = two(agency)
    incident = make_incident(manager)
    hear(one, "HELP")
    hear(other, "HELP")
    with db.transaction() as session:
        first = session.scalar(select(Case).where(Case.worker_id == one.id))
        cases.take(session, manager, first, at=clock.now())

    kept_id, merge_id = merge(manager, folder, one, other)

    with db.reading() as session:
        still = cases.open_cases(session, agency.id, [kept_id], incident.id)[kept_id]
        assert still.owner_id is None
        assert session.get(Case, first.id).closed_at is not None
        assert board.unaccounted(session, incident) == 1
    undo(manager, folder, merge_id)
    with db.reading() as session:
        assert session.get(Case, first.id).closed_at is None
        assert set(cases.open_cases(session, agency.id, None, incident.id)) == {one.id, other.id}


def test_after_an_undo_safe_that_came_meanwhile_is_nobodys(agency, manager, folder):
    one, other = two(agency)
    incident = make_incident(manager)
    kept_id, merge_id = merge(manager, folder, one, other)
    hear(get(Worker, kept_id), "SAFE")

    done = undo(manager, folder, merge_id)

    assert [person(incident, worker).status for worker in (one, other)] == ["NOT_ASKED", "NOT_ASKED"]
    assert done.since["status_reports"] == 1


def test_after_an_undo_help_that_came_meanwhile_counts_for_both(agency, manager, folder):
    one, other = two(agency)
    incident = make_incident(manager)
    hear(one, "SAFE")
    kept_id, merge_id = merge(manager, folder, one, other)
    hear(get(Worker, kept_id), "HELP", evidence="we are trapped")

    undo(manager, folder, merge_id)

    assert [person(incident, worker).status for worker in (one, other)] == ["HELP", "HELP"]
    with db.reading() as session:
        assert set(cases.open_cases(session, agency.id, None, incident.id)) == {one.id, other.id}


def test_what_was_changed_since_the_merge_stays_and_is_listed(agency, staff, folder):
    one = factories.make_worker(agency, full_name="Maria Santos", notes="old")
    other = factories.make_worker(agency, full_name="Ma. Santos", notes="other")
    kept_id, merge_id = merge(staff, folder, one, other, {"notes": "gone"})
    with db.transaction() as session:
        vault.seal(session, session.get(Worker, kept_id), notes="newest")

    done = undo(staff, folder, merge_id)

    assert ("workers", "notes") in done.left
    with db.reading() as session:
        assert vault.reveal(session, session.get(Worker, kept_id), "notes") == "newest"
        assert vault.reveal(session, session.get(Worker, other.id), "notes") == "other"


def test_an_undo_is_for_30_days_once_and_the_newest_first(agency, staff, folder):
    one, other = two(agency)
    third = factories.make_worker(agency, full_name="Maria C. Santos")
    kept_id, first = merge(staff, folder, one, other)
    _kept, second = merge(staff, folder, get(Worker, kept_id), third)

    with pytest.raises(Conflict, match="Maria C"):
        undo(staff, folder, first)
    with pytest.raises(Conflict, match="30 days"):
        undo(staff, folder, second, now=clock.now() + timedelta(days=31))
    undo(staff, folder, second)
    undo(staff, folder, first)
    with pytest.raises(Conflict, match="already"):
        undo(staff, folder, first)


def test_not_the_same_person_is_remembered_through_a_merge(agency, staff, folder):
    one, other = two(agency)
    third = factories.make_worker(agency, full_name="Maria Santos")
    pair_up(other, third, state="different")

    kept_id, merge_id = merge(staff, folder, one, other)

    with db.reading() as session:
        row = session.scalar(select(DuplicatePair))
        assert ({row.one_id, row.other_id}, row.state) == ({kept_id, third.id}, "different")
    undo(staff, folder, merge_id)
    with db.reading() as session:
        assert {
            (frozenset((row.one_id, row.other_id)), row.state) for row in session.scalars(select(DuplicatePair))
        } == {
            (frozenset((other.id, third.id)), "different"),
            (frozenset((one.id, other.id)), "open"),
        }


def test_a_record_changed_since_the_page_was_opened_is_not_merged(agency, staff, folder):
    one, other = two(agency)
    pair_id = pair_up(one, other)

    with pytest.raises(Conflict), db.transaction() as session:
        merging.merge(
            session,
            staff,
            folder,
            pair_id,
            chosen={},
            versions=(1, 7),
            now=clock.now(),
            today=TODAY,
            rules=crisis.RULES,
        )


def test_an_imports_undo_leaves_a_merged_record_alone(agency, staff, folder):
    one, other = two(agency)
    with db.transaction() as session:
        session.add(
            ImportRow(
                id=db.new_id(),
                agency_id=agency.id,
                import_id=_import(session, agency),
                worker_id=other.id,
                row_number=2,
                action="created",
                row_digest=b"d" * 16,
                worker_version=2,
            )
        )

    kept_id, merge_id = merge(staff, folder, one, other)

    assert (_one(ImportRow).worker_id, _one(ImportRow).worker_version) == (kept_id, 0)
    undo(staff, folder, merge_id)
    assert (_one(ImportRow).worker_id, _one(ImportRow).worker_version) == (other.id, 2)


def test_another_agencys_pair_cannot_be_merged_or_undone(agency, staff, folder):
    one, other = two(agency)
    pair_id = pair_up(one, other)
    stranger = factories.make_user(factories.make_agency(), role="staff")

    with tenancy.agency(stranger.agency_id), pytest.raises(NotFound), db.transaction() as session:
        merging.both(session, stranger, pair_id)
    _kept, merge_id = _merged(staff, folder, pair_id)
    with tenancy.agency(stranger.agency_id), pytest.raises(NotFound), db.transaction() as session:
        unmerging.undo(session, stranger, folder, merge_id, now=clock.now())


def test_both_histories_are_read_on_one_page_and_the_chain_holds(agency, staff, folder):
    one, other = two(agency)
    with db.transaction() as session:
        workers.open_file(session, staff, other.id)

    kept_id, _merge = merge(staff, folder, one, other)

    with db.reading() as session:
        acts = [entry.action for entry, _name in workers.history(session, staff, kept_id)]
        assert {"worker.open", "worker.merge", "worker.merged_away"} <= set(acts)
        assert audit.verify(session, agency.id).first_bad is None
        assert "Santos" not in str([entry.detail for entry in session.scalars(select(AuditEntry))])


def test_merged_ids_lead_to_who_was_kept(agency, staff, folder):
    one, other = two(agency)
    kept_id, merge_id = merge(staff, folder, one, other)

    with db.reading() as session:
        assert unmerging.into(session, staff, other.id) == kept_id
        assert [row.id for row in unmerging.listing(session, staff, now=clock.now())] == [merge_id]
        assert pairs.count(session, staff) == 0
        assert get(Merge, merge_id).merged_name == "Ma. Santos"


# --- makers ---------------------------------------------------------------------------------------------------------


def _merged(staff, folder, pair_id):
    with db.transaction() as session:
        _pair, kept, gone = merging.both(session, staff, pair_id)
        done = merging.merge(
            session,
            staff,
            folder,
            pair_id,
            chosen={},
            versions=(kept.version, gone.version),
            now=clock.now(),
            today=TODAY,
            rules=crisis.RULES,
        )
        return done.kept.id, done.merge.id


def _forget_pairs():
    with db.transaction() as session:
        for pair in session.scalars(select(DuplicatePair)).all():
            session.delete(pair)


def _older(worker):
    with db.transaction() as session:
        session.execute(
            update(Worker)
            .where(Worker.id == worker.id, Worker.agency_id == worker.agency_id)
            .values(created_at=clock.now() - timedelta(days=400))
        )


def _phones(worker_id):
    with db.reading() as session:
        return session.scalars(select(Phone).where(Phone.worker_id == worker_id).order_by(Phone.rank)).all()


def _one(model):
    with db.reading() as session:
        return session.scalar(select(model))


def _import(session, agency):
    row = Import(id=db.new_id(), agency_id=agency.id, file_digest=b"x" * 32, state="applied", created_at=clock.now())
    session.add(row)
    session.flush()
    return row.id


def _picture():
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(drawn, "PNG")
    return drawn.getvalue()


def _clear_rows(agency_id):
    """Every row of an agency in clear, without what changes with each write: versions, days of writing, seals, places on disk."""
    unstable = {"version", "updated_at", "place", "sha256", "wrapped_key", "keys", "looked_at", "seq", "mac", "stamp"}
    skipped = {
        "audit_entries",
        "audit_heads",
        "keys",
        "merges",
        "duplicate_marks",
        "incident_lines",
        "incidents",
        "duplicate_pairs",
        "tallies",
    }
    found = {}
    with tenancy.agency(agency_id), db.reading() as session:
        for model in models():
            if model.__tablename__ in skipped:
                continue
            rows = session.scalars(select(model).where(model.agency_id == agency_id)).all()
            found[model.__tablename__] = sorted(
                str(
                    {name: moving.read(session, row, name) for name in moving.columns_of(model) if name not in unstable}
                )
                for row in rows
            )
    return found


def test_the_ladder_goes_on_for_who_was_merged_with_somebody_chased_for_longer(agency, manager, folder):
    one, other = two(agency, phone=None)
    incident = make_incident(manager)
    with db.transaction() as session:
        for worker, step in ((one, ladder.KEYS[0]), (other, "call")):
            line = session.scalar(select(Person).where(Person.worker_id == worker.id))
            line.status, line.chase_round, line.chase_step, line.chase_at = "SILENT", 1, step, clock.now()
        facts = {"agency_id": agency.id, "incident_id": incident.id, "worker_id": other.id, "at": clock.now()}
        session.add_all(LadderMove(round=1, step=step, state="texted", **facts) for step in ladder.KEYS if step != "call")
    merge(manager, folder, one, other)

    with db.transaction() as session:
        assert chasing.climb(session, manager, incidents.get(session, manager, incident.id), now=clock.now()) == 1


def test_of_two_duress_words_a_person_chooses_and_none_is_lost_unasked(agency, staff, folder):
    one, other = two(agency)
    with db.transaction() as session:
        for worker, word, days in ((one, "banana", 9), (other, "mango", 2)):
            row = DuressWord(
                id=db.new_id(), agency_id=agency.id, worker_id=worker.id, set_at=clock.now() - timedelta(days=days)
            )
            vault.seal(session, row, word=word)
            session.add(row)

    with pytest.raises(Invalid, match="Choose which one counts"):
        merge(staff, folder, one, other)
    _forget_pairs()
    kept_id, merge_id = merge(staff, folder, one, other, {"duress_word": "gone"})

    with db.reading() as session:
        [kept] = session.scalars(select(DuressWord)).all()
        assert (kept.worker_id, vault.reveal(session, kept, "word")) == (kept_id, "mango")
    undo(staff, folder, merge_id)
    with db.reading() as session:
        assert {(row.worker_id, vault.reveal(session, row, "word")) for row in session.scalars(select(DuressWord))} == {
            (one.id, "banana"),
            (other.id, "mango"),
        }
