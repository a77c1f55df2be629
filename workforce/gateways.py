"""Providers of texts that an admin describes: a request, and how its answer is read. Checked here, once, before anything is sent."""

import ipaddress
import json
import re
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from workforce import agencies
from workforce.agencies import WrongField
from workforce.core import audit, clock, vault
from workforce.core.db import new_id
from workforce.core.errors import NotAllowed, NotFound
from workforce.core.tenancy import Actor
from workforce.core.words import _
from workforce.models import HttpGateway

SLOTS = ("http1", "http2")
METHODS = ("POST", "PUT", "GET")
BODIES = ("json", "form", "none")
LIST_METHODS = ("GET", "POST")
LIST_PLACEHOLDERS = frozenset({"since", "since_unix"})
PLACEHOLDERS = frozenset({"to", "body", "sender", "id", "callback"})
# What an answer may mean, whatever the provider calls it; pages explain the codes that follow.
MEANINGS = {
    "invalid": "21211", "opted-out": "21610", "landline": "30006", "unreachable": "30003", "unknown-handset": "30005",
    "filtered": "30007", "country-off": "21408", "refused": "refused", "too-fast": "20429", "account": "account",
}  # fmt: skip
STATES = ("accepted", "sent", "delivered", "undelivered", "failed", "read")
_PATHS = (
    "id_path", "lookup_id", "code_path", "receipt_id", "receipt_state", "receipt_code", "inbound_from", "inbound_to", "inbound_text", "inbound_id",
    "list_path", "list_id", "list_from", "list_to", "list_text", "list_time",
)  # fmt: skip
_TOKEN = re.compile(r"\{(\w+)\}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "content-type", "upgrade", "te", "expect"}
)
_PATH = re.compile(r"[\w.\-\[\]]{0,80}")
_RANGE = re.compile(r"(\d{3})(?:-(\d{3}))?")


@dataclass(frozen=True)
class Request:
    """How a text is handed over. `{to}`, `{body}`, `{sender}`, `{id}` and `{callback}` stand for what each text has.

    `list_url`, where there is one, lists the texts that came in since `{since}` (ISO 8601, UTC) or `{since_unix}` (seconds).
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body_kind: str = "json"
    body: str = field(default="", repr=False)
    lookup_url: str = field(default="", repr=False)
    list_method: str = "GET"
    list_url: str = field(default="", repr=False)
    list_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    list_body: str = field(default="", repr=False)


@dataclass(frozen=True)
class Reading:
    """How answers are read. A path such as `messages.0.id` leads through JSON; in a form it is a field's name."""

    accepted_status: tuple[tuple[int, int], ...] = ((200, 299),)
    id_path: str = ""
    lookup_id: str = ""
    code_path: str = ""
    meanings: dict[str, str] = field(default_factory=dict)
    receipt_id: str = ""
    receipt_state: str = ""
    receipt_code: str = ""
    receipt_states: dict[str, str] = field(default_factory=dict)
    inbound_from: str = ""
    inbound_to: str = ""
    inbound_text: str = ""
    inbound_id: str = ""
    list_path: str = ""
    list_id: str = ""
    list_from: str = ""
    list_to: str = ""
    list_text: str = ""
    list_time: str = ""


def named(db: Session, actor: Actor, name: str) -> HttpGateway | None:
    """The agency's provider in this slot, None while there is none. Raises NotFound for a slot that does not exist."""
    if name not in SLOTS:
        raise NotFound(_("There is no such gateway."))
    return db.scalar(select(HttpGateway).where(HttpGateway.agency_id == actor.agency_id, HttpGateway.name == name))


def of_agency(db: Session, agency_id: uuid.UUID) -> dict[str, HttpGateway]:
    """The agency's providers over HTTP, by slot."""
    rows = db.scalars(select(HttpGateway).where(HttpGateway.agency_id == agency_id))
    return {row.name: row for row in rows}


def save(
    db: Session, actor: Actor, name: str, *, facts: dict[str, str], loopback: bool, version: int | None = None
) -> HttpGateway:
    """Keep a provider as an admin typed it: `facts` by the form's field names. Raises WrongField, NotAllowed, Conflict.

    Only https leads outside. `loopback` also lets plain http through to this machine, for trying and for tests.
    """
    if agencies.mine(db, actor).is_demo:
        raise NotAllowed(_("The demo agency never texts a real phone."))
    row = named(db, actor, name)
    kept = request_of(db, row) if row is not None else None
    request = _request(facts, kept, loopback=loopback)
    reading = _reading(facts)
    if row is None:
        token = secrets.token_urlsafe(32)
        row = HttpGateway(id=new_id(), agency_id=actor.agency_id, name=name, title="", token_hash=vault.token_hash(token), saved_at=clock.now())  # fmt: skip
        vault.seal(db, row, token=token)
        db.add(row)
    elif version is not None and row.version != version:
        raise WrongField("title", _("Somebody has changed this meanwhile. Load the page again."))
    row.title = " ".join(facts.get("title", "").split())[:60]
    if not row.title:
        raise WrongField("title", _("Give the provider a name."))
    row.sender = facts.get("sender", "").strip()[:20]
    row.reading, row.saved_at = reading, clock.now()
    vault.seal(db, row, request=json.dumps(request))
    db.flush()
    audit.record(db, actor, "gateway.save", row, gateway=name)
    return row


def request_of(db: Session, row: HttpGateway) -> Request:
    """The request, opened."""
    said = json.loads(vault.reveal(db, row, "request") or "{}")
    for name in ("headers", "list_headers"):
        said[name] = tuple((header, value) for header, value in said.get(name, ()))
    return Request(**said)


def reading_of(row: HttpGateway) -> Reading:
    """How the provider's answers are read."""
    said = dict(row.reading)
    said["accepted_status"] = tuple((low, high) for low, high in said.get("accepted_status", [(200, 299)]))
    return Reading(**said)


def typed(db: Session, row: HttpGateway) -> dict[str, str]:
    """The form's fields of a kept provider. The headers hold its secrets and are left out; they stay where the field is left empty."""
    request, reading = request_of(db, row), dict(row.reading)
    said = {name: str(reading.get(name, "")) for name in _PATHS}
    said["accepted_status"] = ",".join(
        f"{low}-{high}" if low != high else str(low) for low, high in reading["accepted_status"]
    )
    for name in ("meanings", "receipt_states"):
        said[name] = "\n".join(f"{code} = {meaning}" for code, meaning in reading.get(name, {}).items())
    return said | {
        "title": row.title, "sender": row.sender, "method": request.method, "url": request.url, "body_kind": request.body_kind, "body": request.body,
        "lookup_url": request.lookup_url, "list_method": request.list_method, "list_url": request.list_url, "list_body": request.list_body,
        "version": str(row.version),
    }  # fmt: skip


def checked_url(field_name: str, text: str, *, loopback: bool) -> str:
    """An address that may be called: https and a name or number of the outside. Raises WrongField.

    What the name leads to is looked at again at each connection, because names change.
    """
    text = text.strip()
    where = urlsplit(text)
    try:
        host, _port = where.hostname or "", where.port
    except ValueError:
        host = ""
    if not host or "{" in host or where.username or where.password or where.fragment or re.search(r"\s", text):
        raise WrongField(
            field_name,
            _("Type a whole address, such as https://sms.example.com/send, without a name and password in it."),
        )
    if loopback and is_loopback(host) and where.scheme in {"http", "https"}:
        return text
    if where.scheme != "https":
        raise WrongField(
            field_name, _("The address must begin with https://, so that nobody on the way reads the texts.")
        )
    if is_inside(host):
        raise WrongField(
            field_name, _("This address leads into a private network. Type the provider's public address.")
        )
    return text


def is_loopback(host: str) -> bool:
    """Whether this name or number is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_inside(host: str) -> bool:
    """Whether this number is not of the public internet; a name is judged when it is looked up."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or "." not in host
    mapped = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None)
    return not number.is_global or number.is_multicast or (mapped is not None and not mapped.is_global)


def filled(template: str, values: dict[str, str]) -> str:
    """The template with its placeholders filled, in one pass: what a text says is never read as a placeholder."""
    return _TOKEN.sub(lambda found: values.get(found.group(1), found.group(0)), template)


def _request(facts: dict[str, str], kept: Request | None, *, loopback: bool) -> dict[str, Any]:
    method, body_kind = facts.get("method", "POST"), facts.get("body_kind", "json")
    if method not in METHODS:
        raise WrongField("method", _("Choose POST, PUT or GET."))
    if body_kind not in BODIES:
        raise WrongField("body_kind", _("Choose JSON, a form, or nothing."))
    url = checked_url("url", facts.get("url", "") or (kept.url if kept else ""), loopback=loopback)
    lookup = facts.get("lookup_url", "").strip()
    if lookup:
        lookup = checked_url("lookup_url", lookup, loopback=loopback)
        _known_placeholders("lookup_url", lookup)
        if "{id}" not in lookup:
            raise WrongField(
                "lookup_url", _("Put {id} where the text's own number goes, else every text looks the same.")
            )
    _known_placeholders("url", url)
    typed = facts.get("headers", "")
    headers = _headers(typed) if typed.strip() else list(kept.headers if kept else ())
    body = facts.get("body", "")
    _check_body(body_kind, body, url)
    return {
        "method": method,
        "url": url,
        "headers": headers,
        "body_kind": body_kind,
        "body": body,
        "lookup_url": lookup,
        **_list_request(facts, kept, loopback=loopback),
    }


def _list_request(facts: dict[str, str], kept: Request | None, *, loopback: bool) -> dict[str, Any]:
    url, method, body = (facts.get(name, "").strip() for name in ("list_url", "list_method", "list_body"))
    if not url:
        return {}
    url = checked_url("list_url", url, loopback=loopback)
    if (method or "GET") not in LIST_METHODS:
        raise WrongField("list_method", _("Choose GET or POST."))
    for name, text in (("list_url", url), ("list_body", body)):
        unknown = sorted(set(_TOKEN.findall(text)) - LIST_PLACEHOLDERS)
        if unknown:
            raise WrongField(name, _("There is no placeholder {%(name)s}. Known are {since} and {since_unix}.", name=unknown[0]))  # fmt: skip
    if body:
        try:
            json.loads(filled(body, dict.fromkeys(LIST_PLACEHOLDERS, "1")))
        except ValueError:
            raise WrongField("list_body", _('This is not JSON, such as {"since": "{since}"}.')) from None
    for name in ("list_id", "list_from", "list_text", "list_time"):
        if not facts.get(name, "").strip():
            raise WrongField(name, _("Say where this stands, else the list cannot be read."))
    typed = facts.get("list_headers", "")
    headers = _headers(typed, "list_headers") if typed.strip() else list(kept.list_headers if kept else ())
    return {"list_method": method or "GET", "list_url": url, "list_headers": headers, "list_body": body}


def _known_placeholders(field_name: str, text: str) -> None:
    unknown = sorted(set(_TOKEN.findall(text)) - PLACEHOLDERS)
    if unknown:
        raise WrongField(
            field_name,
            _(
                "There is no placeholder {%(name)s}. Known are {to}, {body}, {sender}, {id} and {callback}.",
                name=unknown[0],
            ),
        )


def _check_body(body_kind: str, body: str, url: str) -> None:
    if body_kind == "json":
        try:
            json.loads(filled(body, dict.fromkeys(PLACEHOLDERS, "x")))
        except ValueError:
            raise WrongField(
                "body", _('This is not JSON. Placeholders stand in quotes: {"to": "{to}", "text": "{body}"}.')
            ) from None
    elif body_kind == "form":
        _known_placeholders("body", body)
        if [line for line in body.splitlines() if line.strip() and "=" not in line]:
            raise WrongField("body", _("One field a line, as name=value."))
    where = body + url if body_kind != "none" else url
    missing = [name for name in ("to", "body") if "{" + name + "}" not in where]
    if missing:
        raise WrongField(
            "body" if body_kind != "none" else "url",
            _("{%(name)s} is missing: every text needs a number and words.", name=missing[0]),
        )


def _headers(text: str, field_name: str = "headers") -> list[tuple[str, str]]:
    found = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        name, colon, value = line.partition(":")
        if (
            not colon
            or not _HEADER.fullmatch(name.strip())
            or not value.strip().isprintable()
            or not value.strip().isascii()
        ):
            raise WrongField(field_name, _("One header a line, as Name: value."))
        if name.strip().lower() in _OURS:
            raise WrongField(field_name, _("%(name)s is set by Muster itself.", name=name.strip()))
        found.append((name.strip(), value.strip()))
    return found


def _reading(facts: dict[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {"accepted_status": _ranges(facts.get("accepted_status", "") or "200-299")}
    for name in _PATHS:
        said[name] = facts.get(name, "").strip()
        if not _PATH.fullmatch(said[name]):
            raise WrongField(name, _("Letters, digits, dots and dashes, such as messages.0.id."))
    said["meanings"] = _pairs("meanings", facts.get("meanings", ""), tuple(MEANINGS))
    said["receipt_states"] = _pairs("receipt_states", facts.get("receipt_states", ""), STATES)
    return said


def _ranges(text: str) -> list[tuple[int, int]]:
    found = []
    for part in text.replace(" ", "").split(","):
        match = _RANGE.fullmatch(part)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 200 <= low <= high <= 299:
            raise WrongField("accepted_status", _("Numbers from 200 to 299, such as 200-299 or 200,202."))
        found.append((low, high))
    return found


def _pairs(field_name: str, text: str, allowed: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for line in filter(None, (part.strip() for part in text.splitlines())):
        code, equals, meaning = (part.strip() for part in line.partition("="))
        if not equals or not code or meaning not in allowed:
            raise WrongField(
                field_name, _("One a line, as CODE = meaning. Meanings are: %(known)s.", known=", ".join(allowed))
            )
        found[code[:40]] = meaning
    return found
