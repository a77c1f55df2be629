"""Sealed files: the MDOC1 envelope, written so that a crash leaves a whole file or none.

Layout: a 64-byte header (magic, version, algorithm, log2 of the chunk, flags, key version, salt 32, nonce prefix 7, zeros),
then chunks of 64 KiB, each with a 16-byte tag. The nonce counts chunks and marks the last one, so that a file cut, extended,
reordered or moved to another document does not open.
"""

import hashlib
import io
import os
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from workforce.core import vault
from workforce.core.vault import Broken

MAGIC = b"MDOC"
LOG2_CHUNK = 16
CHUNK = 1 << LOG2_CHUNK
HEADER = struct.Struct(">4sBBBBI32s7s13x")


@dataclass(frozen=True)
class Parcel:
    """A sealed file as it lies on disk: name inside the files folder, size of the clear text, digest of the sealed bytes."""

    name: str
    size_bytes: int
    sha256: bytes
    wrapped_key: bytes


def put(
    db: Session,
    folder: Path,
    clear: bytes | Path,
    *,
    agency_id: uuid.UUID,
    subject_id: uuid.UUID,
    about: uuid.UUID,
    version: int,
) -> Parcel:
    """Seal `clear`, or the file that lies there, into a new one under `folder`: written aside, synced, renamed.

    Call before the row is committed. A file is sealed a piece at a time.
    """
    secret, digest, size = os.urandom(vault.KEY_BYTES), hashlib.sha256(), 0
    name = uuid.uuid4().hex
    target = folder / name[:2] / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = target.with_suffix(".part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for sealed in _sealed(secret, clear, _about(agency_id, subject_id, about, version)):
                file.write(sealed)
                digest.update(sealed)
                size += len(sealed)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(target)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    wrapped = vault.wrap_file_key(db, agency_id, subject_id, about, version, secret)
    chunks = -(-(size - HEADER.size) // (CHUNK + vault.TAG_BYTES))
    return Parcel(name, size - HEADER.size - chunks * vault.TAG_BYTES, digest.digest(), wrapped)


def get(
    db: Session,
    folder: Path,
    name: str,
    wrapped_key: bytes,
    *,
    agency_id: uuid.UUID,
    subject_id: uuid.UUID,
    about: uuid.UUID,
    version: int,
) -> bytes:
    """The clear bytes, only after the last chunk has proved itself. Raises Broken, also when the file is gone."""
    try:
        sealed = (folder / name[:2] / name).read_bytes()
    except FileNotFoundError:
        raise Broken("A sealed file is missing.") from None
    secret = vault.unwrap_file_key(db, agency_id, subject_id, about, version, wrapped_key)
    return open_bytes(secret, sealed, _about(agency_id, subject_id, about, version))


def remove(folder: Path, name: str) -> None:
    """Unlink a sealed file; its key's row is what makes it unreadable."""
    (folder / name[:2] / name).unlink(missing_ok=True)


def seal_bytes(secret: bytes, clear: bytes, about: bytes) -> bytes:
    """`clear` in the MDOC1 envelope: 64 + n + 16 × chunks bytes; nothing is one empty last chunk."""
    return b"".join(_sealed(secret, clear, about))


def _sealed(secret: bytes, clear: bytes | Path, about: bytes) -> Iterator[bytes]:
    header = HEADER.pack(MAGIC, 1, 1, LOG2_CHUNK, 0, 1, os.urandom(32), os.urandom(7))
    cipher, prefix = _cipher(secret, header, about)
    yield header
    with clear.open("rb") if isinstance(clear, Path) else io.BytesIO(clear) as file:
        piece, number, is_last = file.read(CHUNK), 0, False
        while not is_last:
            following = file.read(CHUNK)
            is_last = not following
            yield cipher.encrypt(prefix + struct.pack(">IB", number, is_last), piece, None)
            piece, number = following, number + 1


def open_bytes(secret: bytes, sealed: bytes, about: bytes) -> bytes:
    """The clear text of an MDOC1 envelope. Raises Broken for any byte that is not as we wrote it."""
    header, body = sealed[: HEADER.size], sealed[HEADER.size :]
    if len(header) < HEADER.size or header[:8] != MAGIC + bytes((1, 1, LOG2_CHUNK, 0)) or any(header[51:]):
        raise Broken("Not a sealed file of ours.")
    cipher, prefix = _cipher(secret, header, about)
    step = CHUNK + vault.TAG_BYTES
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    if not pieces:
        raise Broken("A sealed file was cut.")
    last = len(pieces) - 1
    return b"".join(
        cipher.decrypt(prefix + struct.pack(">IB", number, number == last), piece)
        for number, piece in enumerate(pieces)
    )


def _cipher(secret: bytes, header: bytes, about: bytes) -> tuple["vault.Cipher", bytes]:
    fields = HEADER.unpack(header)
    return vault.Cipher(vault.derive(secret, b"mdoc/v1" + about + header, salt=fields[6])), fields[7]


def _about(agency_id: uuid.UUID, subject_id: uuid.UUID, about: uuid.UUID, version: int) -> bytes:
    return vault.about(agency_id.bytes, subject_id.bytes, about.bytes, str(version).encode())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
