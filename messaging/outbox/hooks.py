"""What the provider calls: signed, stored before the answer."""

import time
import uuid
from dataclasses import dataclass

import structlog
from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, select
from twilio.request_validator import RequestValidator

from messaging.inbox import inbound
from messaging.models import Message
from messaging.outbox import lines, reports, worker
from messaging.outbox.gateways.twilio import STATES
from workforce.core import clock, tenancy, vault, web
from workforce.core.db import reading, transaction
from workforce.core.guard import require_nobody
from workforce.models import Agency

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
bp.before_request(require_nobody)
web.csrf.exempt(bp)  # The signature is the proof here; a provider has no session.
NO_ANSWER = ("", 204)
SIGNER_SECONDS = 5.0
log = structlog.get_logger()
# Built once: receipts come by the thousand.
_BY_TOKEN = select(Message.id, Message.agency_id).where(Message.status_token_hash == bindparam("token"))


@bp.post("/twilio/sms")
def twilio_sms() -> ResponseReturnValue:
    """A text from a phone: stored, sealed, and answered with a 204. The worker understands it, so the provider never waits for that."""
    to_number, from_number, provider_id = (request.form.get(name, "") for name in ("To", "From", "MessageSid"))
    if not provider_id:
        abort(403)
    body = request.form.get("Body", "")
    owners = inbound.agencies_of(to_number, from_number, body=body, default_sender=web.settings().twilio_from)
    signed = [agency for agency in owners if is_signed(agency.id)]
    if not signed:
        abort(403)
    now = clock.now()
    for agency in signed:
        with tenancy.agency(agency.id), transaction() as db:
            inbound.receive(
                db,
                agency.id,
                from_number=from_number,
                to_number=to_number,
                body=body,
                provider_id=provider_id,
                at=now,
                gateway="twilio",
            )
    worker.wake()
    return NO_ANSWER


@bp.post("/twilio/status/<token>")
def twilio_status(token: str) -> ResponseReturnValue:
    """What became of one text. The token finds it, whichever attempt it was and whether or not our call came back."""
    with tenancy.across_agencies("status callback: the token knows the text"), reading() as db:
        row = db.execute(_BY_TOKEN, {"token": vault.token_hash(token)}).first()
    if row is None or not is_signed(row.agency_id):
        abort(403)
    state = STATES.get(request.form.get("MessageStatus", "").lower())
    provider_id = request.form.get("MessageSid", "")[:64]
    if state is None or not provider_id:
        return NO_ANSWER
    code = request.form.get("ErrorCode", "")[:24]
    code = "" if code == "0" else code
    reports.desk.store(reports.Report(row.agency_id, row.id, state, provider_id, code, source="twilio", at=clock.now()))
    return NO_ANSWER


def is_signed(agency_id: uuid.UUID) -> bool:
    """Whether the request was signed with the auth token of the account that serves this agency."""
    signature, account = request.headers.get("X-Twilio-Signature", ""), request.form.get("AccountSid", "")
    signer = _signer(agency_id)
    if signer is None or not signature or account != signer.account_sid:
        return False
    # Behind a proxy the URL as received is not the one that was signed: PUBLIC_URL is.
    public = web.settings().public_url
    url = f"{public}{request.full_path.rstrip('?')}" if public else request.url
    return bool(signer.validator.validate(url, request.form, signature))


@dataclass(frozen=True)
class _Signer:
    """Whose signature counts for an agency, as read at `read_at` (seconds of a clock that only goes forward)."""

    account_sid: str
    validator: RequestValidator
    read_at: float


def _signer(agency_id: uuid.UUID) -> _Signer | None:
    """Read anew every few seconds: receipts come by the thousand, and a token that was changed counts at once enough."""
    known: dict[uuid.UUID, _Signer] = current_app.extensions.setdefault("twilio_signers", {})
    if agency_id in known and time.monotonic() - known[agency_id].read_at < SIGNER_SECONDS:
        return known[agency_id]
    known.pop(agency_id, None)
    with tenancy.agency(agency_id), reading() as db:
        agency = db.get_one(Agency, agency_id)
        who = lines.credentials_of(db, agency, web.settings())
    if agency.is_demo or not who.auth_token:
        return None
    known[agency_id] = _Signer(who.account_sid, RequestValidator(who.auth_token), time.monotonic())
    return known[agency_id]
