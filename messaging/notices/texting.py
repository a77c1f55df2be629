"""From a notice that is due to a text that waits: in the worker's language, not before seven in the morning where they are."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from locator.hosttime import host_zone
from messaging.models import Message, Notice
from messaging.notices import wording
from messaging.outbox import outbox, quiet
from workforce import consents
from workforce.core.tenancy import Actor
from workforce.models import Agency, Deployment, Document, Site, Worker

BATCH = 500
KEEP_FOR = timedelta(days=7)  # Later than that the next rung says it better.
Due = tuple[Notice, Document, Worker, Site | None]


def queue_due(db: Session, actor: Actor, *, now: datetime, today: date | None = None) -> tuple[int, int]:
    """Put up to BATCH due notices into the outbox: how many were looked at, and how many of them must or can not be texted.

    A notice and its text are settled in one transaction, so a crash in between leaves neither.
    """
    due = _due(db, actor)
    if not due:
        return 0, 0
    refused = consents.refused(db, actor.agency_id, "notices", {worker.id for _, _, worker, _ in due})
    agency = db.get_one(Agency, actor.agency_id)
    texted = [one for one in due if one[2].id not in refused]
    ids = outbox.queue_many(db, actor, [_row(db, agency, one, now, today) for one in texted])
    stopped = _suppressed(db, actor, ids)
    for (notice, _, _, _), message_id in zip(texted, ids, strict=True):
        notice.message_id = message_id
        notice.reason = stopped.get(message_id, "")
        notice.state = "suppressed" if message_id in stopped else "texted"
    for notice, _, worker, _ in due:
        if worker.id in refused:
            notice.state, notice.reason = "suppressed", "withdrawn"
    db.flush()
    return len(due), len(stopped) + len(due) - len(texted)


def _due(db: Session, actor: Actor) -> Sequence[Due]:
    found = (
        select(Notice, Document, Worker, Site)
        .join(Document, and_(Document.agency_id == Notice.agency_id, Document.id == Notice.document_id))
        .join(Worker, and_(Worker.agency_id == Notice.agency_id, Worker.id == Notice.worker_id))
        .outerjoin(
            Deployment,
            and_(Deployment.agency_id == Worker.agency_id, Deployment.worker_id == Worker.id, Deployment.is_current),
        )
        .outerjoin(Site, and_(Site.agency_id == Deployment.agency_id, Site.id == Deployment.site_id))
        .where(Notice.agency_id == actor.agency_id, Notice.state == "due")
        .limit(BATCH)
        .with_for_update(of=Notice, skip_locked=True)
    )
    return [(notice, paper, worker, site) for notice, paper, worker, site in db.execute(found)]


def _row(db: Session, agency: Agency, one: Due, now: datetime, today: date | None) -> dict[str, object]:
    notice, paper, worker, site = one
    zone = host_zone(site, worker.host_country)
    not_before = quiet.not_before("notice", now, zone)
    here = today or now.astimezone(ZoneInfo(zone)).date()
    return {
        "worker_id": worker.id,
        "body": wording.body(
            db, agency, kind=paper.kind, expires_on=notice.expires_on, today=here, language=worker.language
        ),
        "purpose": "notice",
        "language": worker.language,
        "occasion": f"notice:{notice.document_id}:{notice.expires_on.isoformat()}:{notice.rung}:worker:sms",
        "not_before_at": not_before,
        "valid_until": (not_before or now) + KEEP_FOR,
    }


def _suppressed(db: Session, actor: Actor, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    kept = select(Message.id, Message.error_code).where(
        Message.agency_id == actor.agency_id, Message.id.in_(ids), Message.state == "suppressed"
    )
    return {row.id: row.error_code for row in db.execute(kept)}
