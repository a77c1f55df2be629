"""The vault: what is sealed opens in its own place and nowhere else."""

import hmac
import itertools
import uuid
from types import SimpleNamespace

import pytest

from tests import factories
from workforce.core import db, tenancy, vault
from workforce.core.errors import Unsafe
from workforce.core.vault import Broken, Key
from workforce.models import Worker


@pytest.fixture
def session(agency):
    with db.reading() as session:
        yield session


def place(agency_id, subject_id=None, table="workers", row_id=None):
    subject = subject_id or uuid.uuid4()
    return SimpleNamespace(
        agency_id=agency_id,
        subject_id=subject,
        id=row_id or subject,
        __tablename__=table,
        notes_sealed=None,
        address_sealed=None,
    )


def test_what_is_sealed_is_revealed_in_its_own_row(session, agency):
    row = place(agency.id)

    vault.seal(session, row, notes="canary text")

    assert vault.reveal(session, row, "notes") == "canary text"
    assert b"canary" not in row.notes_sealed


@pytest.mark.parametrize("text", ["é" * 40, "a", "\x80", "ends with zeros\0\0", "🧭", "x" * 5000])
def test_any_text_comes_back_as_it_was(session, agency, text):
    row = place(agency.id)

    vault.seal(session, row, notes=text)

    assert vault.reveal(session, row, "notes") == text


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_kept_as_nothing(session, agency, nothing):
    row = place(agency.id)

    vault.seal(session, row, notes=nothing)

    assert row.notes_sealed is None
    assert vault.reveal(session, row, "notes") is None


def test_every_changed_byte_is_noticed(session, agency):
    row = place(agency.id)
    vault.seal(session, row, notes="canary")
    whole = row.notes_sealed

    for position in range(len(whole)):
        row.notes_sealed = whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
        with pytest.raises(Broken):
            vault.reveal(session, row, "notes")


@pytest.mark.parametrize("length", [0, 1, 33])
def test_a_cut_envelope_does_not_open(session, agency, length):
    row = place(agency.id)
    vault.seal(session, row, notes="canary")
    row.notes_sealed = row.notes_sealed[:length]

    with pytest.raises(Broken):
        vault.reveal(session, row, "notes")


def test_no_envelope_opens_in_another_row(session, agency):
    rows = [place(agency.id) for _ in range(20)]
    for number, row in enumerate(rows):
        vault.seal(session, row, notes=f"canary {number}")

    opened = 0
    for one, other in itertools.permutations(rows, 2):
        with pytest.raises(Broken):
            vault.open_value(
                session, other.agency_id, other.subject_id, "workers", "notes_sealed", other.id, one.notes_sealed
            )
        opened += 1
    assert opened == 20 * 19


def test_an_envelope_does_not_open_in_another_column_or_table_or_row_of_the_same_person(session, agency):
    row = place(agency.id)
    vault.seal(session, row, notes="canary")

    for table, column, row_id in (
        ("workers", "address_sealed", row.id),
        ("dependants", "notes_sealed", row.id),
        ("workers", "notes_sealed", uuid.uuid4()),
    ):
        with pytest.raises(Broken):
            vault.open_value(session, agency.id, row.subject_id, table, column, row_id, row.notes_sealed)


def test_an_envelope_does_not_open_in_another_agency(app):
    ours, theirs = factories.make_agency(), factories.make_agency()
    subject = uuid.uuid4()
    with tenancy.agency(ours.id), db.reading() as session:
        row = place(ours.id, subject)
        vault.seal(session, row, notes="canary")
    with tenancy.agency(theirs.id), db.reading() as session:
        vault.open_subject(session, theirs.id, subject)

        with pytest.raises(Broken):
            vault.open_value(session, theirs.id, subject, "workers", "notes_sealed", row.id, row.notes_sealed)


def test_the_size_tells_nothing_about_short_words(session, agency):
    sizes = set()
    for word in ("regular", "irregular", "no", "a"):
        row = place(agency.id)
        vault.seal(session, row, notes=word)
        sizes.add(len(row.notes_sealed))

    assert sizes == {vault.FIELD_OVERHEAD + vault.SMALLEST_PAD}


def test_the_same_text_is_never_sealed_alike(session, agency):
    row, seen = place(agency.id), set()
    for _ in range(50):
        vault.seal(session, row, notes="canary")
        seen.add(row.notes_sealed)

    assert len(seen) == 50


def test_without_its_key_a_person_cannot_be_read(agency):
    worker = factories.make_worker(agency, notes="canary")
    with db.transaction() as session:
        for key in session.query(Key).filter(Key.subject_id == worker.id):
            session.delete(key)

    with db.reading() as session, pytest.raises(Broken):
        vault.reveal(session, session.get(Worker, worker.id), "notes")


def test_a_wrapped_key_does_not_open_for_another_person(agency):
    one, other = factories.make_worker(agency, notes="one"), factories.make_worker(agency, notes="other")
    with db.transaction() as session:
        keys = {key.subject_id: key for key in session.query(Key)}
        keys[one.id].wrapped, keys[other.id].wrapped = keys[other.id].wrapped, keys[one.id].wrapped

    with db.reading() as session, pytest.raises(Broken):
        vault.reveal(session, session.get(Worker, one.id), "notes")


def test_a_blind_index_differs_between_agencies_and_columns():
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    seen = {
        vault.blind_index(ours, "phones.number", "+639170000001"),
        vault.blind_index(theirs, "phones.number", "+639170000001"),
        vault.blind_index(ours, "contacts.phone", "+639170000001"),
    }

    assert len(seen) == 3
    assert vault.blind_index(ours, "phones.number", "+639170000001") in seen


def test_a_blind_index_is_worthless_without_the_key():
    agency, number = uuid.uuid4(), "+639170000001"
    with_ours = vault.blind_index(agency, "phones.number", number)
    kept = dict(vault._master)
    try:
        vault.unlock({1: bytes(range(1, 33))})
        assert vault.blind_index(agency, "phones.number", number) != with_ours
    finally:
        vault.unlock(kept)


def test_a_locked_vault_refuses(app):
    kept = dict(vault._master)
    try:
        vault.unlock({})
        with pytest.raises(Unsafe):
            vault.blind_index(uuid.uuid4(), "phones.number", "+639170000001")
    finally:
        vault.unlock(kept)


def test_parts_of_what_a_seal_is_about_cannot_run_together():
    assert vault.about(b"ab", b"c") != vault.about(b"a", b"bc")


def test_a_column_is_sealed_under_the_key_that_hkdf_derives_from_the_persons(agency):
    secret, row_id = bytes(range(32)), uuid.uuid4()
    envelope = vault.Seals(agency.id, secret).seal("workers", "notes_sealed", row_id, "canary text")

    key = vault.derive(secret, b"fld|v1|workers|notes_sealed")
    bound = envelope[:6] + vault.about(agency.id.bytes, b"workers", b"notes_sealed", row_id.bytes)
    clear = vault._decrypt(key, envelope[6:18], envelope[18:], bound)

    assert clear.startswith(b"canary text\x80")


def test_an_index_is_the_keyed_digest_it_has_always_been(agency):
    branch = vault.derive(vault._root(), f"bi|{agency.id}|phones.number|1".encode())

    assert vault.blind_index(agency.id, "phones.number", "+21891") == hmac.digest(branch, b"+21891", "sha256")[:16]
