"""What Twilio calls for WhatsApp and for calls: signed, stored before the answer, and read by the same code as a text."""

import uuid

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from messaging.inbox import inbound
from messaging.models import Message
from messaging.outbox import receipts, results, worker
from messaging.outbox.gateways import spoken, voice
from messaging.outbox.gateways.whatsapp import PREFIX
from messaging.outbox.hooks import is_signed, signed_for
from workforce.core import clock, tenancy, vault, web
from workforce.core.db import reading, transaction
from workforce.core.guard import require_proof
from workforce.models import Agency

bp = Blueprint("voice_hooks", __name__, url_prefix="/hooks/twilio")
bp.before_request(require_proof)
web.csrf.exempt(bp)  # The signature is the proof here; a provider has no session.
NO_ANSWER = ("", 204)


@bp.post("/whatsapp")
def whatsapp() -> ResponseReturnValue:
    """A WhatsApp message; a shared location counts as the place it names."""
    to_number, from_number = (request.form.get(name, "").removeprefix(PREFIX) for name in ("To", "From"))
    provider_id = request.form.get("MessageSid", "")
    with reading() as db:
        owners = db.scalars(select(Agency).where(Agency.whatsapp_sender == to_number)).all() if to_number else []
    agencies = signed_for()
    signed = [agency for agency in owners if agency.id in agencies]
    if not signed or not provider_id:
        abort(403)
    for agency in signed:
        _store(
            agency.id,
            from_number=from_number,
            to_number=to_number,
            body=_words(),
            provider_id=provider_id,
            channel="whatsapp",
        )
    worker.wake()
    return NO_ANSWER


@bp.post("/voice/<token>")
def digit(token: str) -> ResponseReturnValue:
    """The digit that somebody pressed in a call of ours."""
    message_id, agency = _of_token(token)
    with tenancy.agency(agency.id), reading() as db:
        message = db.get_one(Message, message_id)
        number, language = vault.reveal(db, message, "number") or "", message.language
    pressed, call = request.form.get("Digits", ""), request.form.get("CallSid", "")
    if pressed not in spoken.ANSWERS or not call:
        again = web.address(f"/hooks/twilio/voice/{token}")
        return Response(voice.once_more(language, again), content_type="text/xml")
    said = {"body": spoken.ANSWERS[pressed], "provider_id": f"{call[:60]}-{pressed}"}
    _store(
        agency.id, from_number=number, to_number=agency.voice_number, channel="voice", in_reply_to_id=message_id, **said
    )
    worker.wake()
    return Response(voice.thanks(language), content_type="text/xml")


@bp.post("/call/<token>")
def call_status(token: str) -> ResponseReturnValue:
    """What became of a call: answered by a person, by a machine, by nobody."""
    message_id, agency = _of_token(token)
    word = voice.word_of(request.form.get("CallStatus", ""), request.form.get("AnsweredBy", ""))
    call = request.form.get("CallSid", "")
    if word is None or not call:
        return NO_ANSWER
    with tenancy.agency(agency.id), transaction() as db:
        mine = select(Message).where(Message.id == message_id, Message.agency_id == agency.id)
        message = db.scalar(mine.with_for_update())
        if message is not None:
            now = clock.now()
            results.accepted(db, message, call, at=now, source="twilio")
            if word.state != "accepted":
                receipts.told(db, message, word.state, at=now, source="twilio", error_code=word.code, provider_id=call)
    return NO_ANSWER


def _of_token(token: str) -> tuple[uuid.UUID, Agency]:
    with tenancy.across_agencies("call of ours: the token knows it"), reading() as db:
        mine = select(Message.id, Message.agency_id).where(
            Message.status_token_hash == vault.token_hash(token), Message.channel == "voice"
        )
        row = db.execute(mine).first()
    if row is None:
        abort(403)
    with reading() as db:
        agency = db.get_one(Agency, row.agency_id)
    if not is_signed(agency.id):
        abort(403)
    return row.id, agency


def _words() -> str:
    body, lat, lon = (request.form.get(name, "").strip() for name in ("Body", "Latitude", "Longitude"))
    return f"{body} {lat}, {lon}".strip() if lat and lon else body


def _store(
    agency_id: uuid.UUID, *, from_number: str, to_number: str, body: str, provider_id: str, channel: str, in_reply_to_id: uuid.UUID | None = None
) -> None:  # fmt: skip
    with tenancy.agency(agency_id), transaction() as db:
        inbound.receive(
            db, agency_id, from_number=from_number, to_number=to_number, body=body, provider_id=provider_id, at=clock.now(), gateway=channel,
            channel=channel, in_reply_to_id=in_reply_to_id,
        )  # fmt: skip
