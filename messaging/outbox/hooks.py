"""What the provider calls: signed, stored before the answer."""

import uuid

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from messaging.inbox import inbound
from messaging.outbox import reports, worker
from messaging.outbox.gateways.twilio import STATES
from messaging.outbox.signatures import Accounts
from workforce.core import clock, tenancy, vault, web
from workforce.core.db import transaction
from workforce.core.guard import require_proof

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
bp.before_request(require_proof)
web.csrf.exempt(bp)  # The signature is the proof here; a provider has no session.
NO_ANSWER = ("", 204)
# What Twilio's own handling of keywords made of a text. Its HELP is any question about the sender: ours is read from the words.
CARRIER_WORDS = {"STOP": "stop", "START": "start"}


@bp.post("/twilio/sms")
def twilio_sms() -> ResponseReturnValue:
    """A text from a phone: stored, sealed, and answered with a 204. The worker understands it, so the provider never waits for that."""
    to_number, from_number, provider_id = (request.form.get(name, "") for name in ("To", "From", "MessageSid"))
    if not provider_id:
        abort(403)
    body = request.form.get("Body", "")
    owners = inbound.agencies_of(to_number, from_number, body=body, default_sender=web.settings().twilio_from)
    agencies = signed_for()
    signed = [agency for agency in owners if agency.id in agencies]
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
                carrier_word=CARRIER_WORDS.get(request.form.get("OptOutType", "").upper(), ""),
            )
    worker.wake()
    return NO_ANSWER


@bp.post("/twilio/status/<token>")
def twilio_status(token: str) -> ResponseReturnValue:
    """What became of one text. The token finds it, whichever attempt it was and whether or not our call came back."""
    agencies = signed_for()
    if not agencies:
        abort(403)
    state = STATES.get(request.form.get("MessageStatus", "").lower(), "")
    provider_id = request.form.get("MessageSid", "")[:64]
    code = request.form.get("ErrorCode", "")[:24]
    code = "" if code == "0" else code
    call = reports.Call(
        vault.token_hash(token), agencies, state if provider_id else "", provider_id, code, source="twilio", at=clock.now()
    )  # fmt: skip
    if not reports.desk.store(call):
        abort(403)
    return NO_ANSWER


def signed_for() -> frozenset[uuid.UUID]:
    """The agencies whose account signed this request: none where it is forged."""
    here = web.settings()
    accounts: Accounts = current_app.extensions.setdefault("twilio_accounts", Accounts())
    # Behind a proxy the URL as received is not the one that was signed: PUBLIC_URL is.
    url = f"{here.public_url}{request.full_path.rstrip('?')}" if here.public_url else request.url
    return accounts.signing(here, url=url, form=request.form, signature=request.headers.get("X-Twilio-Signature", ""))


def is_signed(agency_id: uuid.UUID) -> bool:
    """Whether the account that serves this agency signed this request."""
    return agency_id in signed_for()
