"""Sealed files: a file that was cut, extended, reordered or moved does not open."""

import os
import uuid

import pytest

from workforce.core import db, strongbox, vault
from workforce.core.strongbox import CHUNK, HEADER, open_bytes, seal_bytes
from workforce.core.vault import TAG_BYTES, Broken

SECRET, ABOUT = bytes(range(32)), b"about this paper"
STEP = CHUNK + TAG_BYTES
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_as_it_was_and_has_the_size_it_should(size):
    clear = os.urandom(size)

    sealed = seal_bytes(SECRET, clear, ABOUT)

    assert open_bytes(SECRET, sealed, ABOUT) == clear
    assert len(sealed) == 64 + size + 16 * max(1, -(-size // CHUNK))


@pytest.mark.parametrize("size", SIZES)
def test_a_changed_file_does_not_open(size):
    sealed = seal_bytes(SECRET, os.urandom(size), ABOUT)

    for changed in tampered(sealed):
        assert changed != sealed
        with pytest.raises(Broken):
            open_bytes(SECRET, changed, ABOUT)


def test_a_file_does_not_open_as_another_paper_or_with_another_key():
    sealed = seal_bytes(SECRET, b"canary", ABOUT)

    for secret, about in ((SECRET, b"about that paper"), (bytes(32), ABOUT)):
        with pytest.raises(Broken):
            open_bytes(secret, sealed, about)


def test_a_header_from_another_file_does_not_fit():
    one, other = seal_bytes(SECRET, b"one" * 50_000, ABOUT), seal_bytes(SECRET, b"two" * 50_000, ABOUT)

    with pytest.raises(Broken):
        open_bytes(SECRET, one[: HEADER.size] + other[HEADER.size :], ABOUT)


@pytest.mark.parametrize("size", [0, CHUNK, CHUNK + 1])
def test_a_file_read_from_where_it_lies_is_sealed_as_its_bytes_would_be(agency, tmp_path, size):
    clear, ids = (
        os.urandom(size),
        {"agency_id": agency.id, "subject_id": uuid.uuid4(), "about": uuid.uuid4(), "version": 1},
    )
    (tmp_path / "roster.csv").write_bytes(clear)

    with db.transaction() as session:
        parcel = strongbox.put(session, tmp_path, tmp_path / "roster.csv", **ids)

    assert parcel.size_bytes == size
    with db.reading() as session:
        assert strongbox.get(session, tmp_path, parcel.name, parcel.wrapped_key, **ids) == clear


def test_a_file_on_disk_is_sealed_private_and_bound_to_its_paper(agency, tmp_path):
    subject, paper = uuid.uuid4(), uuid.uuid4()
    with db.transaction() as session:
        parcel = strongbox.put(
            session, tmp_path, b"canary scan", agency_id=agency.id, subject_id=subject, about=paper, version=1
        )

    lying = tmp_path / parcel.name[:2] / parcel.name
    assert b"canary" not in lying.read_bytes()
    assert lying.stat().st_mode & 0o077 == 0
    with db.reading() as session:
        assert (
            strongbox.get(
                session,
                tmp_path,
                parcel.name,
                parcel.wrapped_key,
                agency_id=agency.id,
                subject_id=subject,
                about=paper,
                version=1,
            )
            == b"canary scan"
        )
        for wrong in ({"about": uuid.uuid4()}, {"version": 2}):
            with pytest.raises(Broken):
                strongbox.get(
                    session,
                    tmp_path,
                    parcel.name,
                    parcel.wrapped_key,
                    **{"agency_id": agency.id, "subject_id": subject, "about": paper, "version": 1, **wrong},
                )


def test_a_missing_file_is_not_an_empty_one(agency, tmp_path):
    subject = uuid.uuid4()
    with db.transaction() as session:
        parcel = strongbox.put(
            session, tmp_path, b"x", agency_id=agency.id, subject_id=subject, about=subject, version=1
        )
    strongbox.remove(tmp_path, parcel.name)

    with db.reading() as session, pytest.raises(Broken):
        strongbox.get(
            session,
            tmp_path,
            parcel.name,
            parcel.wrapped_key,
            agency_id=agency.id,
            subject_id=subject,
            about=subject,
            version=1,
        )


def test_a_write_that_fails_leaves_nothing_behind(agency, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", _full)

    with pytest.raises(OSError), db.transaction() as session:
        strongbox.put(
            session, tmp_path, b"canary", agency_id=agency.id, subject_id=uuid.uuid4(), about=uuid.uuid4(), version=1
        )

    assert not [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "muster.db" and "muster.db" not in path.name
    ]


def test_the_vault_alone_holds_the_cipher():
    assert vault.Cipher(SECRET).decrypt(bytes(12), vault.Cipher(SECRET).encrypt(bytes(12), b"x", None)) == b"x"


def tampered(sealed):
    """The ways in which somebody with the disk in hand could change a file."""
    header, body = sealed[: HEADER.size], sealed[HEADER.size :]
    pieces = [body[start : start + STEP] for start in range(0, len(body), STEP)]
    yield b""
    yield header
    yield from (sealed[:cut] for cut in (10, HEADER.size + 3, len(sealed) - 1))
    yield sealed + b"\0"
    yield sealed + pieces[-1]
    yield header + b"".join(pieces[:-1])
    if len(pieces) > 2:
        yield header + pieces[1] + pieces[0] + b"".join(pieces[2:])
        yield header + b"".join([pieces[0], *pieces[2:]])
        yield header + b"".join([pieces[0], *pieces])
    yield from (
        bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]])
        for at in (0, 4, 5, 6, 7, 9, 20, 45, 52, 63, 64, len(sealed) - 1)
    )


def _full(_descriptor):
    raise OSError("no space left on device")
