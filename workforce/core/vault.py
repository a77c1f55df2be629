"""The vault: who can read what is sealed, and the only importer of `cryptography`.

The key tree: a master key (environment or key file, never the database) wraps one key per agency, which wraps one key per
person ("subject"); a file has a key of its own, wrapped by its subject's. Destroying one 32-byte row makes everything about
one person unreadable. Blind indexes and the audit chain hang on branches of their own.

Sources: AES-GCM, NIST SP 800-38D; HKDF, RFC 5869; the file layout follows the STREAM construction
(Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015).
"""

import hashlib
import hmac
import os
import struct
import uuid
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from sqlalchemy import Integer, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from workforce.core.db import Base, Row, Sealed
from workforce.core.errors import Unsafe
from workforce.core.tenancy import Scoped

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
FIELD_HEADER = struct.Struct(">BBI")  # version, algorithm, key version
_HEADER = FIELD_HEADER.pack(1, 1, 1)
FIELD_OVERHEAD = FIELD_HEADER.size + NONCE_BYTES + TAG_BYTES
SMALLEST_PAD = 16
INDEX_BYTES = 16

_SHA256 = SHA256()
_EXTRACT = HMAC(bytes(KEY_BYTES), _SHA256)  # RFC 5869, 2.2: no salt is a salt of zeros.


class Broken(Exception):
    """A seal that does not open: tampered with, moved to another row, or the wrong key. Never shown as empty."""


class Key(Row, Scoped, Base):
    """A wrapped key. `subject_id` is the agency's own id for the agency's key, a person's id for theirs."""

    __tablename__ = "keys"
    __table_args__ = (UniqueConstraint("agency_id", "subject_id", "version"),)

    subject_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(Integer, default=1)
    parent_version: Mapped[int] = mapped_column(Integer, default=1)
    wrapped: Mapped[bytes] = mapped_column(Sealed)


# Columns, not rows of the model: the delivery opens texts by the hundred, and a row costs more than its seal.
_KEYS = select(Key.agency_id, Key.subject_id, Key.kind, Key.version, Key.wrapped).where(
    Key.subject_id.in_(bindparam("subjects", expanding=True))
)
_master: dict[int, bytes] = {}


def unlock(master_keys: Mapping[int, bytes]) -> None:
    """Hand the master keys to this process. Until then nothing opens."""
    _master.clear()
    _master.update(master_keys)


# --- the key tree -----------------------------------------------------------------------------------------------------


def open_agency(db: Session, agency_id: uuid.UUID) -> None:
    """Make the agency's key. Called once, when the agency is created."""
    newest = max(_masters())
    secret = os.urandom(KEY_BYTES)
    wrapped = _wrap(_masters()[newest], secret, parent=b"master", child=agency_id, kind="agency", version=1)
    db.add(Key(agency_id=agency_id, subject_id=agency_id, kind="agency", parent_version=newest, wrapped=wrapped))
    _cache(db)[agency_id] = secret


def open_subject(db: Session, agency_id: uuid.UUID, subject_id: uuid.UUID) -> bytes:
    """Make a person's key. The row is added to the session; the key is ready for use at once."""
    row = new_subject_key(db, agency_id, subject_id)
    db.add(Key(agency_id=agency_id, **row))
    return _cache(db)[subject_id]


def new_subject_key(db: Session, agency_id: uuid.UUID, subject_id: uuid.UUID) -> dict[str, Any]:
    """The values of a new subject's key row, for callers that insert many at once."""
    secret = os.urandom(KEY_BYTES)
    above = _agency_key(db, agency_id)
    wrapped = _wrap(above, secret, parent=agency_id.bytes, child=subject_id, kind="subject", version=1)
    _cache(db)[subject_id] = secret
    return {"subject_id": subject_id, "kind": "subject", "version": 1, "parent_version": 1, "wrapped": wrapped}


def prefetch(db: Session, subject_ids: Iterable[uuid.UUID]) -> None:
    """Fetch many people's keys in one statement, before a list decrypts what it shows."""
    known = _cache(db)
    missing = [subject for subject in set(subject_ids) if subject not in known]
    for start in range(0, len(missing), 500):
        for row in db.execute(_KEYS, {"subjects": missing[start : start + 500]}):
            _remember(db, row)


def forget_keys(db: Session) -> None:
    """Drop unwrapped keys from the session: a long import need not hold them all."""
    kept = {row for row in _cache(db) if row in db.info.get("agency_keys", set())}
    for subject in list(_cache(db)):
        if subject not in kept:
            del _cache(db)[subject]
    db.info.pop("seals", None)


def _cache(db: Session) -> dict[uuid.UUID, bytes]:
    cache: dict[uuid.UUID, bytes] = db.info.setdefault("keys", {})
    return cache


def _masters() -> dict[int, bytes]:
    if not _master:
        raise Unsafe("The vault is locked: no master key.")
    return _master


def _agency_key(db: Session, agency_id: uuid.UUID) -> bytes:
    known = _cache(db)
    if agency_id not in known:
        row = db.scalar(
            select(Key).where(Key.agency_id == agency_id, Key.subject_id == agency_id).order_by(Key.version.desc())
        )
        if row is None:
            raise Broken("The agency has no key.")
        above = _masters().get(row.parent_version)
        if above is None:
            raise Unsafe(f"Master key {row.parent_version} is not among MUSTER_MASTER_KEYS.")
        known[agency_id] = _unwrap(
            above, row.wrapped, parent=b"master", child=agency_id, kind="agency", version=row.version
        )
        db.info.setdefault("agency_keys", set()).add(agency_id)
    return known[agency_id]


def _subject_key(db: Session, agency_id: uuid.UUID, subject_id: uuid.UUID, *, make: bool) -> bytes:
    if subject_id == agency_id:
        return _agency_key(db, agency_id)
    if subject_id not in _cache(db):
        row = db.scalar(
            select(Key).where(Key.agency_id == agency_id, Key.subject_id == subject_id).order_by(Key.version.desc())
        )
        if row is not None:
            _remember(db, row)
        elif make:
            return open_subject(db, agency_id, subject_id)
        else:
            raise Broken("This person's key is gone.")
    return _cache(db)[subject_id]


def _remember(db: Session, row: Any) -> None:
    above = _agency_key(db, row.agency_id)
    parent = row.agency_id.bytes
    _cache(db)[row.subject_id] = _unwrap(
        above, row.wrapped, parent=parent, child=row.subject_id, kind=row.kind, version=row.version
    )


def _wrap(above: bytes, secret: bytes, *, parent: bytes, child: uuid.UUID, kind: str, version: int) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(above).encrypt(
        nonce, secret, about(parent, child.bytes, kind.encode(), str(version).encode())
    )


def _unwrap(above: bytes, wrapped: bytes, *, parent: bytes, child: uuid.UUID, kind: str, version: int) -> bytes:
    bound = about(parent, child.bytes, kind.encode(), str(version).encode())
    return _decrypt(above, wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)


def _decrypt(key: bytes, nonce: bytes, sealed: bytes, bound: bytes | None) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound)
    except InvalidTag:
        raise Broken("A seal does not open.") from None


def about(*parts: bytes) -> bytes:
    """What a seal is about: every part with its length before it, so that no two lists of parts look alike."""
    return b"".join(struct.pack(">H", len(part)) + part for part in parts)


def derive(secret: bytes, info: bytes, salt: bytes | None = None) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256)."""
    return HKDF(algorithm=_SHA256, length=KEY_BYTES, salt=salt, info=info).derive(secret)


# --- fields -----------------------------------------------------------------------------------------------------------


def seal(db: Session, row: Any, **values: str | None) -> None:
    """Seal `values` into the row's `<name>_sealed` columns.

    The row needs its `id`, `agency_id` and `subject_id` (whose key seals it). The seal holds only in that agency, table,
    column and row: copied elsewhere it does not open. None and "" are stored as NULL.
    """
    for name, value in values.items():
        column = f"{name}_sealed"
        if not value:
            setattr(row, column, None)
            continue
        setattr(row, column, seal_value(db, row.agency_id, row.subject_id, row.__tablename__, column, row.id, value))


def reveal(db: Session, row: Any, name: str) -> str | None:
    """The clear text of one sealed field, or None where nothing is stored. Raises Broken."""
    column = f"{name}_sealed"
    envelope: bytes | None = getattr(row, column)
    if envelope is None:
        return None
    return open_value(db, row.agency_id, row.subject_id, row.__tablename__, column, row.id, envelope)


def seal_value(
    db: Session, agency_id: uuid.UUID, subject_id: uuid.UUID, table: str, column: str, row_id: uuid.UUID, value: str
) -> bytes:
    """The field envelope F1: header(6) | nonce(12) | ciphertext | tag(16)."""
    return seals_of(db, agency_id, subject_id).seal(table, column, row_id, value)


def open_value(
    db: Session,
    agency_id: uuid.UUID,
    subject_id: uuid.UUID,
    table: str,
    column: str,
    row_id: uuid.UUID,
    envelope: bytes,
) -> str:
    """The text in a field envelope. Raises Broken."""
    return seals_of(db, agency_id, subject_id, make=False).open(table, column, row_id, envelope)


class Seals:
    """What one person's key seals and opens. Each column has a key of its own, derived from it (HKDF-SHA256)."""

    __slots__ = ("_agency", "_ciphers", "_root")

    def __init__(self, agency_id: uuid.UUID, secret: bytes) -> None:
        self._agency, self._root = agency_id.int, _mac(_EXTRACT, secret)
        self._ciphers: dict[tuple[str, str], AESGCM] = {}

    def seal(self, table: str, column: str, row_id: uuid.UUID, value: str) -> bytes:
        """A field envelope."""
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound_to(self._agency, table, column) + row_id.bytes
        return _HEADER + nonce + self._cipher(table, column).encrypt(nonce, _pad(value.encode()), bound)

    def open(self, table: str, column: str, row_id: uuid.UUID, envelope: bytes) -> str:
        """The text in a field envelope. Raises Broken."""
        header, nonce = envelope[:6], envelope[6 : 6 + NONCE_BYTES]
        if len(envelope) < FIELD_OVERHEAD or FIELD_HEADER.unpack(header)[:2] != (1, 1):
            raise Broken("Not an envelope of ours.")
        bound = header + _bound_to(self._agency, table, column)[len(_HEADER) :] + row_id.bytes
        try:
            return _unpad(self._cipher(table, column).decrypt(nonce, envelope[6 + NONCE_BYTES :], bound)).decode()
        except InvalidTag:
            raise Broken("A seal does not open.") from None

    def _cipher(self, table: str, column: str) -> AESGCM:
        cipher = self._ciphers.get((table, column))
        if cipher is None:
            info = _field_info(table, column)
            cipher = AESGCM(HKDFExpand(algorithm=_SHA256, length=KEY_BYTES, info=info).derive(self._root))
            self._ciphers[table, column] = cipher
        return cipher


def seals_of(db: Session, agency_id: uuid.UUID, subject_id: uuid.UUID, *, make: bool = True) -> Seals:
    """A person's seals; their key is made if they have none, unless `make` is False. Raises Broken."""
    known: dict[uuid.UUID, Seals] = db.info.setdefault("seals", {})
    seals = known.get(subject_id)
    if seals is None:
        seals = known[subject_id] = Seals(agency_id, _subject_key(db, agency_id, subject_id, make=make))
    return seals


@lru_cache(maxsize=256)
def _field_info(table: str, column: str) -> bytes:
    return f"fld|v1|{table}|{column}".encode()


@lru_cache(maxsize=4096)
def _bound_to(agency: int, table: str, column: str) -> bytes:
    """What a field's seal is bound to, up to the row's id: the same for every row, and an import seals by the hundred thousand."""
    row_length = struct.pack(">H", 16)
    return _HEADER + about(agency.to_bytes(16, "big"), table.encode(), column.encode()) + row_length


def _pad(clear: bytes) -> bytes:
    """To 16, 32, 64, 128… bytes: a length would tell `regular` from `irregular`."""
    size = SMALLEST_PAD
    while size < len(clear) + 1:
        size *= 2
    return clear + b"\x80" + b"\0" * (size - len(clear) - 1)


def _unpad(padded: bytes) -> bytes:
    return padded.rstrip(b"\0")[:-1]


# --- files ------------------------------------------------------------------------------------------------------------


class Cipher:
    """AES-256-GCM with the nonce in the caller's hands, for `core/strongbox.py`."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, nonce: bytes, clear: bytes, bound: bytes | None) -> bytes:
        """Ciphertext and tag."""
        return self._cipher.encrypt(nonce, clear, bound)

    def decrypt(self, nonce: bytes, sealed: bytes) -> bytes:
        """Clear text. Raises Broken."""
        try:
            return self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag:
            raise Broken("A seal does not open.") from None


def wrap_file_key(
    db: Session, agency_id: uuid.UUID, subject_id: uuid.UUID, document_id: uuid.UUID, version: int, secret: bytes
) -> bytes:
    """A file's key, wrapped by its subject's."""
    above = _subject_key(db, agency_id, subject_id, make=True)
    return _wrap(above, secret, parent=subject_id.bytes, child=document_id, kind="file", version=version)


def unwrap_file_key(
    db: Session, agency_id: uuid.UUID, subject_id: uuid.UUID, document_id: uuid.UUID, version: int, wrapped: bytes
) -> bytes:
    """A file's key. Raises Broken."""
    above = _subject_key(db, agency_id, subject_id, make=False)
    return _unwrap(above, wrapped, parent=subject_id.bytes, child=document_id, kind="file", version=version)


# --- blind indexes, audit, tokens ------------------------------------------------------------------------------------


def blind_index(agency_id: uuid.UUID, column: str, value: str) -> bytes:
    """16 bytes under which `value` can be found again in this agency, and that say nothing without the key.

    `value` is normalised by the caller (E.164 for phones, A-Z and 0-9 for passports, case-folded e-mail).
    """
    return _mac(_index_branch(agency_id.int, column, _root()), value.encode())[:INDEX_BYTES]


def global_index(column: str, value: str) -> bytes:
    """The same for the few values that are looked up before any agency is known (a user's e-mail at log-in)."""
    return _index(f"bi|global|{column}|1", value)


def digest(agency_id: uuid.UUID, purpose: str, data: bytes) -> bytes:
    """A keyed 32-byte digest: recognises a file or a row again without being a dictionary of them."""
    return digest_of(agency_id, purpose, (data,))


def digest_of(agency_id: uuid.UUID, purpose: str, pieces: Iterable[bytes]) -> bytes:
    """The same of a file that is read a piece at a time."""
    mac = _digest_branch(agency_id.int, purpose, _root()).copy()
    for piece in pieces:
        mac.update(piece)
    return mac.finalize()


def chain_mac(agency_id: uuid.UUID, line: bytes, previous: bytes) -> bytes:
    """The next link of an agency's audit chain."""
    return hmac.digest(_branch(f"audit|{agency_id}"), line + b"|" + previous, "sha256")


def token_hash(token: str) -> bytes:
    """How a one-time token or a session is kept: 128 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


_branches: dict[tuple[str, bytes], bytes] = {}


def _root() -> bytes:
    """What indexes and chains hang on: the oldest master key, so that they do not change when a newer one is added."""
    return _masters()[min(_masters())]


def _branch(info: str) -> bytes:
    root = _root()
    if (info, root) not in _branches:
        _branches[(info, root)] = derive(root, info.encode())
    return _branches[(info, root)]


@lru_cache(maxsize=4096)
def _index_branch(agency: int, column: str, root: bytes) -> HMAC:
    return HMAC(derive(root, f"bi|{uuid.UUID(int=agency)}|{column}|1".encode()), _SHA256)


@lru_cache(maxsize=1024)
def _digest_branch(agency: int, purpose: str, root: bytes) -> HMAC:
    return HMAC(derive(root, f"dg|{uuid.UUID(int=agency)}|{purpose}".encode()), _SHA256)


def _mac(keyed: HMAC, value: bytes) -> bytes:
    """HMAC-SHA256 under a key set up once: three times as fast as setting it up for each value."""
    mac = keyed.copy()
    mac.update(value)
    return mac.finalize()


def _index(info: str, value: str) -> bytes:
    return hmac.digest(_branch(info), value.encode(), "sha256")[:INDEX_BYTES]
