"""What a described provider calls: receipts and incoming texts. The address holds an unguessable token, which is the proof."""

import uuid
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from messaging.inbox import inbound
from messaging.models import Message
from messaging.outbox import receipts, results, worker
from messaging.outbox.gateways.generic import LONGEST_TEXT, at, e164
from workforce import gateways
from workforce.core import clock, tenancy, vault, web
from workforce.core.db import reading, transaction
from workforce.core.guard import require_proof
from workforce.gateways import MEANINGS, Reading
from workforce.models import Agency, HttpGateway

bp = Blueprint("http_hooks", __name__, url_prefix="/hooks")
bp.before_request(require_proof)
web.csrf.exempt(bp)  # The token in the address is the proof; a provider has no session.
NO_ANSWER = ("", 204)


@bp.route("/<any(http1, http2):gateway>/status/<token>", methods=["GET", "POST"])
def status(gateway: str, token: str) -> ResponseReturnValue:
    """What became of one text; the token is that text's own."""
    with tenancy.across_agencies("receipt of a described provider: the token knows the text"), reading() as db:
        found = db.execute(
            select(Message.id, Message.agency_id).where(Message.status_token_hash == vault.token_hash(token))
        ).first()
    if found is None:
        abort(403)
    with tenancy.agency(found.agency_id), reading() as db:
        row = gateways.of_agency(db, found.agency_id).get(gateway)
    if row is None or _is_demo(found.agency_id):
        abort(403)
    how = gateways.reading_of(row)
    _tell(found.agency_id, found.id, gateway, how, _said(how.receipt_id))
    return NO_ANSWER


@bp.route("/<any(http1, http2):gateway>/receipt/<token>", methods=["GET", "POST"])
def receipt(gateway: str, token: str) -> ResponseReturnValue:
    """The same from a provider that calls one address for all texts: its id says which."""
    row = _owner(gateway, token)
    how = gateways.reading_of(row)
    provider_id = _said(how.receipt_id)
    with tenancy.agency(row.agency_id), reading() as db:
        mine = select(Message.id).where(
            Message.agency_id == row.agency_id, Message.gateway == gateway, Message.provider_id == provider_id
        )
        message_id = db.scalar(mine) if provider_id else None
    if message_id is not None:
        _tell(row.agency_id, message_id, gateway, how, provider_id)
    return NO_ANSWER


@bp.route("/<any(http1, http2):gateway>/inbound/<token>", methods=["GET", "POST"])
def incoming(gateway: str, token: str) -> ResponseReturnValue:
    """A text from a phone: stored, sealed, then answered to."""
    row = _owner(gateway, token)
    how = gateways.reading_of(row)
    provider_id, number = _said(how.inbound_id)[:64], _said(how.inbound_from)
    if not provider_id or not number:
        abort(422)
    with tenancy.agency(row.agency_id), transaction() as db:
        inbound.receive(
            db, row.agency_id, from_number=e164(number), to_number=_said(how.inbound_to) or row.sender,
            body=_said(how.inbound_text)[:LONGEST_TEXT], provider_id=provider_id, at=clock.now(), gateway=gateway,
        )  # fmt: skip
    worker.wake()
    return NO_ANSWER


def _owner(gateway: str, token: str) -> HttpGateway:
    with tenancy.across_agencies("hook of a described provider: the token knows the agency"), reading() as db:
        mine = select(HttpGateway).where(HttpGateway.token_hash == vault.token_hash(token), HttpGateway.name == gateway)
        row = db.scalar(mine)
    if row is None or _is_demo(row.agency_id):
        abort(403)
    return row


def _is_demo(agency_id: uuid.UUID) -> bool:
    with reading() as db:
        agency = db.get_one(Agency, agency_id)
        return agency.is_demo or agency.suspended_at is not None


def _tell(agency_id: uuid.UUID, message_id: uuid.UUID, gateway: str, how: Reading, provider_id: str) -> None:
    said = _said(how.receipt_state)
    state = how.receipt_states.get(said)
    if state is None:
        return
    code = MEANINGS.get(how.meanings.get(_said(how.receipt_code), ""), "")
    with tenancy.agency(agency_id), transaction() as db:
        mine = select(Message).where(Message.id == message_id, Message.agency_id == agency_id)
        message = db.scalar(mine.with_for_update())
        if message is None:
            return
        now = clock.now()
        if message.gateway != gateway and message.state in {"queued", "claimed"}:
            # It had been given up here and waits for another gateway: it need not leave again.
            message.gateway = gateway
        if provider_id and message.gateway == gateway:
            results.accepted(db, message, provider_id[:64], at=now, source=gateway)
        if state != "accepted":
            bad = state in {"undelivered", "failed"}
            receipts.told(db, message, state, at=now, source=gateway, error_code=code if bad else "")


def _said(path: str) -> str:
    """What the call says under this name: in its query, its form, or along this path of its JSON."""
    if not path:
        return ""
    if path in request.values:
        return request.values[path].strip()
    found: Any = at(request.get_json(silent=True), path) if request.is_json else None
    return "" if found is None else str(found).strip()
