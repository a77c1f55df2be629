"""The one sealed copy of a version: checked, made harmless, sealed on disk, shown only after an audit line."""

import io
import uuid
import warnings
from pathlib import Path

import filetype
import pikepdf
from PIL import Image, ImageOps
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workforce import consents
from workforce.core import audit, clock, db, strongbox, vault
from workforce.core.errors import Conflict, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import DocumentVersion, StoredFile, Worker
from workforce.papers import documents
from workforce.people.wrong import WrongField

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 40_000_000
MOST_PER_WORKER = 20
IMAGES = {"image/jpeg": "JPEG", "image/png": "PNG"}
TYPES = (*IMAGES, "application/pdf")
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
# What makes a PDF act when it is opened, or carry something else inside (ISO 32000-1, 7.11 and 12.6).
ACTIVE = {
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/Launch": "Launch",
    "/EmbeddedFile": "EmbeddedFile",
    "/EmbeddedFiles": "EmbeddedFile",
}


def keep(
    session: Session,
    actor: Actor,
    folder: Path,
    document_id: uuid.UUID,
    version_id: uuid.UUID,
    *,
    clear: bytes,
    name: str,
) -> tuple[StoredFile, str]:
    """Seal a copy of one version into `folder`; the copy there was before is replaced.

    Needs the worker's live consent for `backup` (Conflict without). Answers the row and the place of the replaced file ("" if
    none), which the caller removes after the commit. Raises NotFound, WrongField.
    """
    paper = documents.get(session, actor, document_id)
    issue = documents.version_of(paper, version_id)
    if consents.live(session, paper.worker, "backup") is None:
        raise Conflict(_("%(name)s has not agreed that we keep a copy.", name=paper.worker.given_name))
    clean, media_type, warning = inspect(clear)
    old = issue.file
    if old is None and _count(session, paper.worker) >= MOST_PER_WORKER:
        raise WrongField(
            "file", _("There are %(most)d copies for this worker already: remove one first.", most=MOST_PER_WORKER)
        )
    replaced = _make_room(session, old)
    row = StoredFile(
        id=db.new_id(),
        agency_id=paper.agency_id,
        document_version_id=issue.id,
        worker_id=paper.worker_id,
        media_type=media_type,
        warning=warning,
    )
    parcel = strongbox.put(
        session, folder, clean, agency_id=row.agency_id, subject_id=row.worker_id, about=paper.id, version=issue.number
    )
    row.place, row.size_bytes = parcel.name, parcel.size_bytes
    row.sha256, row.wrapped_key = parcel.sha256, parcel.wrapped_key
    row.uploaded_by, row.uploaded_at = actor.id, clock.now()
    vault.seal(session, row, name=Path(name).name[:120])
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        "file.upload",
        paper,
        version=issue.number,
        media_type=media_type,
        size_bytes=row.size_bytes,
        warning=warning,
    )
    return row, replaced


def _make_room(session: Session, old: StoredFile | None) -> str:
    """Take the row of the copy before out; answers where its file lies ("" if there was none)."""
    if old is None:
        return ""
    session.delete(old)
    session.flush()
    return old.place


def note_release(session: Session, actor: Actor, document_id: uuid.UUID, version_id: uuid.UUID, action: str) -> None:
    """Write the audit line ("file.view", "file.download") before a byte is released. Raises NotFound, Conflict without consent."""
    paper = documents.get(session, actor, document_id)
    issue = documents.version_of(paper, version_id)
    if issue.file is None:
        raise NotFound(_("There is no copy of this paper."))
    if consents.live(session, paper.worker, "backup") is None:
        raise Conflict(
            _("%(name)s no longer agrees that we keep a copy, so it is not shown.", name=paper.worker.given_name)
        )
    audit.record(session, actor, action, paper, version=issue.number)


def read(
    session: Session, actor: Actor, folder: Path, document_id: uuid.UUID, version_id: uuid.UUID
) -> tuple[bytes, str]:
    """The clear bytes and their media type. Call `note_release` in a transaction before. Raises NotFound, Broken."""
    paper = documents.get(session, actor, document_id)
    issue = documents.version_of(paper, version_id)
    row = issue.file
    if row is None:
        raise NotFound(_("There is no copy of this paper."))
    clear = strongbox.get(
        session,
        folder,
        row.place,
        row.wrapped_key,
        agency_id=row.agency_id,
        subject_id=row.worker_id,
        about=issue.document_id,
        version=issue.number,
    )
    return clear, row.media_type


def forget(session: Session, actor: Actor, document_id: uuid.UUID, version_id: uuid.UUID) -> str:
    """Drop one copy; answers its place, which the caller removes after the commit. Raises NotFound."""
    paper = documents.get(session, actor, document_id)
    issue: DocumentVersion = documents.version_of(paper, version_id)
    row = issue.file
    if row is None:
        raise NotFound(_("There is no copy of this paper."))
    session.delete(row)
    session.flush()
    audit.record(session, actor, "file.remove", paper, version=issue.number)
    return row.place


def forget_all(session: Session, actor: Actor, worker: Worker) -> list[str]:
    """Drop every copy of a worker's papers, when they no longer agree; answers the places to remove after the commit."""
    rows = list(
        session.scalars(
            select(StoredFile).where(StoredFile.agency_id == worker.agency_id, StoredFile.worker_id == worker.id)
        )
    )
    for row in rows:
        session.delete(row)
    session.flush()
    if rows:
        audit.record(session, actor, "file.remove", worker, count=len(rows))
    return [row.place for row in rows]


def inspect(clear: bytes) -> tuple[bytes, str, str]:
    """What may be kept of an upload: (bytes, media type, warning). Raises WrongField for anything else.

    Known by its first bytes, never by its name. Images are drawn anew, so that nothing but the picture is left; a PDF stays as
    it is, and `warning` names what it could do when it is opened.
    """
    if not clear:
        raise WrongField("file", _("The file is empty."))
    if len(clear) > LARGEST_BYTES:
        raise WrongField("file", _("The file is larger than 10 MB. Scan it smaller, or take a photo."))
    guess = filetype.guess(clear[:8192])
    media_type = guess.mime if guess is not None else ""
    if media_type in IMAGES:
        return _redrawn(clear, IMAGES[media_type]), media_type, ""
    if media_type == "application/pdf":
        return clear, media_type, _abilities(clear)
    raise WrongField("file", _("Only a JPEG or PNG picture or a PDF can be kept."))


def _redrawn(clear: bytes, kind: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(clear), formats=[kind])
        if image.width * image.height > LARGEST_PIXELS:
            raise WrongField("file", _("The picture has more than 40 million points. Take it smaller."))
        upright = ImageOps.exif_transpose(image)
        bare = upright.convert("RGB" if kind == "JPEG" or upright.mode not in {"L", "RGBA", "LA"} else upright.mode)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise WrongField("file", _("This picture cannot be read. It may be cut off: take it again.")) from problem
    bare.info = {}  # Pillow would carry comments and profiles over.
    drawn = io.BytesIO()
    bare.save(drawn, kind, **({"quality": 88} if kind == "JPEG" else {}))
    return drawn.getvalue()


def _abilities(clear: bytes) -> str:
    """What the PDF could do, as words with commas between; "" for nothing."""
    found: set[str] = set()
    try:
        with pikepdf.open(io.BytesIO(clear)) as pdf:
            for thing in pdf.objects:
                if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                    found |= _in_dictionary(thing)
    except pikepdf.PasswordError:
        raise WrongField("file", _("This PDF is locked with a password. Save it without one first.")) from None
    except pikepdf.PdfError as problem:
        raise WrongField("file", _("This PDF cannot be read. Save or scan it again.")) from problem
    return ", ".join(sorted(found))


def _in_dictionary(thing: pikepdf.Object, depth: int = 0) -> set[str]:
    found: set[str] = set()
    for key in thing.keys():  # noqa: SIM118  Iterating a stream would iterate its bytes.
        value = thing.get(key)
        if key in ACTIVE:
            found.add(ACTIVE[key])
        if key in {"/S", "/Type"} and str(value) in ACTIVE:
            found.add(ACTIVE[str(value)])
        if isinstance(value, pikepdf.Dictionary) and not value.is_indirect and depth < 20:
            found |= _in_dictionary(value, depth + 1)
    return found


def _count(session: Session, worker: Worker) -> int:
    held = (
        select(func.count())
        .select_from(StoredFile)
        .where(StoredFile.agency_id == worker.agency_id, StoredFile.worker_id == worker.id)
    )
    return session.scalar(held) or 0
