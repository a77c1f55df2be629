"""What the provider calls: signed, stored before the answer."""

import structlog
from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from messaging.inbox import inbound
from messaging.models import Message
from messaging.outbox import delivery, lines, receipts, worker
from messaging.outbox.gateways.twilio import STATES
from workforce.core import clock, tenancy, vault, web
from workforce.core.db import reading, transaction
from workforce.core.guard import require_nobody
from workforce.models import Agency

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
bp.before_request(require_nobody)
web.csrf.exempt(bp)  # The signature is the proof here; a provider has no session.
NO_ANSWER = ("", 204)
log = structlog.get_logger()


@bp.post("/twilio/sms")
def twilio_sms() -> ResponseReturnValue:
    """A text from a phone: stored, sealed, and answered with a 204. The worker understands it, so the provider never waits for that."""
    to_number, from_number, provider_id = (request.form.get(name, "") for name in ("To", "From", "MessageSid"))
    if not provider_id:
        abort(403)
    owners = inbound.agencies_of(to_number, from_number, default_sender=web.settings().twilio_from)
    signed = [agency for agency in owners if is_signed(agency)]
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
                body=request.form.get("Body", ""),
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
        row = db.execute(
            select(Message.id, Message.agency_id).where(Message.status_token_hash == vault.token_hash(token))
        ).first()
    if row is None:
        abort(403)
    with reading() as db:
        agency = db.get_one(Agency, row.agency_id)
    if not is_signed(agency):
        abort(403)
    state = STATES.get(request.form.get("MessageStatus", "").lower())
    provider_id = request.form.get("MessageSid", "")
    if state is None or not provider_id:
        return NO_ANSWER
    with tenancy.agency(agency.id), transaction() as db:
        message = db.scalar(
            select(Message).where(Message.id == row.id, Message.agency_id == agency.id).with_for_update()
        )
        if message is not None:
            now = clock.now()
            delivery.accepted(db, message, provider_id, at=now, source="twilio")
            code = request.form.get("ErrorCode", "")[:24].strip("0") and request.form["ErrorCode"][:24]
            if state != "accepted":
                receipts.told(db, message, state, at=now, source="twilio", error_code=code, provider_id=provider_id)
    return NO_ANSWER


def is_signed(agency: Agency) -> bool:
    """Whether the request was signed with the auth token of the account that serves this agency."""
    signature, account = request.headers.get("X-Twilio-Signature", ""), request.form.get("AccountSid", "")
    with tenancy.agency(agency.id), reading() as db:
        who = lines.credentials_of(db, agency, web.settings())
    if agency.is_demo or not signature or not who.auth_token or account != who.account_sid:
        return False
    # Behind a proxy the URL as received is not the one that was signed: PUBLIC_URL is.
    public = web.settings().public_url
    url = f"{public}{request.full_path.rstrip('?')}" if public else request.url
    return bool(RequestValidator(who.auth_token).validate(url, request.form, signature))
