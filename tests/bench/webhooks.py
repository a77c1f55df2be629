"""G15: receipts by webhook, signed, stored before the answer and counted once, beside a route that only looks at the signature.

The server is a process of its own, as `muster serve` runs it: sixteen threads for pages and one delivery worker. Everything here
has a time limit, so it ends by itself.
"""

import hashlib
import hmac
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import waitress
from flask import Blueprint
from sqlalchemy import func, select

from messaging.models import Message, MessageEvent
from messaging.outbox import delivery, hooks, outbox, results
from messaging.outbox.gateways import Outcome
from messaging.outbox.worker import Worker
from tests import factories
from tests.bench import environ, installation
from workforce.core import clock, db, tenancy, web
from workforce.core.config import Settings
from workforce.core.guard import require_proof
from workforce.models import Agency
from wsgi import create_app

GOALS = ("G15",)
CLIENTS = 16
RECEIPTS = 400
BROADCAST = 3_000
PARTS_A_SECOND = 100.0  # As fast as a carrier takes them from one short code.
PHASE_SECONDS = 60.0
START_SECONDS = 60.0
ACCOUNT, TOKEN, PUBLIC = "AC" + "b" * 32, "twilio-token", "https://muster.example"


def run() -> Iterator[str]:
    """Three rounds of each, alternately, and one while a broadcast runs."""
    with tempfile.TemporaryDirectory() as folder:
        said = environ(
            Path(folder),
            PUBLIC_URL=PUBLIC,
            TWILIO_ACCOUNT_SID=ACCOUNT,
            TWILIO_AUTH_TOKEN=TOKEN,
            TWILIO_FROM="+15005550006",
        )
        yield _measured(Path(folder), said)


def _measured(folder: Path, said: dict[str, str]) -> str:
    with installation(folder, said):
        agency = _agency()
        tokens = _accepted(agency, 5 * RECEIPTS)
        with _server(said) as port:
            rounds = [tokens[start : start + RECEIPTS] for start in range(0, 5 * RECEIPTS, RECEIPTS)]
            _phase(port, "signed", rounds[0])
            warm = _phase(port, "status", rounds[0])  # What is slow only once.
            bare, ours = [], []
            for mine in rounds[1:4]:
                bare.append(_phase(port, "signed", mine))
                ours.append(_phase(port, "status", mine))
            _queue(agency, BROADCAST)
            floor, during = _phase(port, "signed", rounds[4]), _phase(port, "status", rounds[4])
        stored = _stored(agency)
    rate, floor_rate = (statistics.median(one.rate for one in some) for some in (ours, bare))
    answered = sum(one.answered for one in (warm, *ours, during))
    met = "met" if rate / floor_rate >= 0.65 and during.p99 <= 0.05 and stored == answered else "short"
    return (
        f"G15 receipts {rate:.0f}/s = {rate / floor_rate:.0%} of validate-only ({floor_rate:.0f}/s), each told twice, {stored} stored of {answered} answered "
        f"· at {CLIENTS} clients beside a broadcast of {PARTS_A_SECOND:.0f}/s p50 {during.p50 * 1e3:.0f} ms, p99 {during.p99 * 1e3:.0f} ms "
        f"(validate-only {floor.p50 * 1e3:.0f} and {floor.p99 * 1e3:.0f} ms) · goal ≥ 65 %, p99 ≤ 50 ms · load {os.getloadavg()[0]:.1f} · {met}"
    )


# --- the clients ------------------------------------------------------------------------------------------------------


@dataclass
class Phase:
    """What came of sixteen clients at once. `answered` counts texts whose receipt was answered with a 2xx."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    answered: int = 0

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    @property
    def p50(self) -> float:
        return statistics.median(self.waits)

    @property
    def p99(self) -> float:
        return sorted(self.waits)[int(len(self.waits) * 0.99)]


def _phase(port: int, route: str, tokens: list[str]) -> Phase:
    """Tell each receipt twice, in two calls one after the other, as a provider that has heard no answer does."""
    made, left, guard = Phase(), iter(tokens), threading.Lock()
    ready = {
        token: _signed(f"/hooks/{'twilio/status' if route == 'status' else 'signed'}/{token}", token)
        for token in tokens
    }
    until = time.monotonic() + PHASE_SECONDS

    def tell() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while time.monotonic() < until:
            with guard:
                token = next(left, None)
            if token is None:
                break
            path, body, headers = ready[token]
            for turn in range(2):
                began = time.perf_counter()
                line.request("POST", path, body, headers)
                answer = line.getresponse()
                answer.read()
                waited = time.perf_counter() - began
                with guard:
                    made.waits.append(waited)
                    made.answered += answer.status == 204 and turn == 0
        line.close()

    clients = [threading.Thread(target=tell, daemon=True) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join(max(0.1, until + 15 - time.monotonic()))
    made.seconds = time.perf_counter() - began
    return made


def _signed(path: str, token: str) -> tuple[str, bytes, dict[str, str]]:
    form = {"MessageSid": f"SM{token}", "MessageStatus": "delivered", "AccountSid": ACCOUNT, "To": "+218911234567"}
    said = PUBLIC + path + "".join(name + form[name] for name in sorted(form))
    mac = hmac.digest(TOKEN.encode(), said.encode(), hashlib.sha1)
    headers = {"X-Twilio-Signature": b64encode(mac).decode(), "Content-Type": "application/x-www-form-urlencoded"}
    return path, urlencode(form).encode(), headers


# --- the texts --------------------------------------------------------------------------------------------------------


def _agency():
    agency = factories.make_agency("Bench")
    with tenancy.agency(agency.id), db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.sender, row.parts_per_second, row.daily_parts = "twilio", "+15005550006", PARTS_A_SECOND, 10**7
    return agency


def _queue(agency, count: int) -> None:
    with tenancy.agency(agency.id):
        people = [factories.make_worker(agency, phone=f"+21891{number:07d}").id for number in range(20)]
        rows = [{"worker_id": people[one % 20], "body": "Are you safe?", "purpose": "safety"} for one in range(count)]
        with db.transaction() as session:
            outbox.queue_many(session, tenancy.System(agency.id), rows)


def _accepted(agency, count: int) -> list[str]:
    """Texts that the provider has; the tokens by which it speaks of them."""
    _queue(agency, count)
    with tenancy.agency(agency.id), db.transaction() as session:
        session.get(Agency, agency.id).parts_per_second = 10.0**6
    line, tokens = _Line(0), []
    while held := delivery.claim("bench", clock.now(), limit=200):
        for one in held:
            for parcel in delivery.submit(one, clock.now(), lambda *_: line):
                results.settle(delivery.hand_over(parcel), clock.now())
                tokens += [draft.status_token for draft in parcel.drafts]
    with tenancy.agency(agency.id), db.transaction() as session:
        session.get(Agency, agency.id).parts_per_second = PARTS_A_SECOND
    return tokens


def _stored(agency) -> int:
    """Receipts in the database: one for each text, however often it was told."""
    with tenancy.agency(agency.id), db.reading() as session:
        asked = select(func.count()).select_from(MessageEvent).join(Message, Message.id == MessageEvent.message_id)
        return session.scalar(asked.where(MessageEvent.state == "delivered", Message.state == "delivered"))


class _Line:
    """A provider that takes every text, after a while."""

    name, batch, sees_all, sender_key = "twilio", 1, False, "twilio:+15005550006"

    def __init__(self, seconds: float) -> None:
        self.seconds, self.calls = seconds, 100 if seconds else 0
        self.batch = 1 if seconds else 200

    def send(self, drafts):
        time.sleep(self.seconds)
        return [Outcome(draft, "accepted", f"SM{draft.status_token}") for draft in drafts]

    def find(self, _draft):
        return None

    def ask(self, _provider_id):
        return None

    def arrivals(self, _since):
        return []


# --- the server -------------------------------------------------------------------------------------------------------


@contextmanager
def _server(said: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.webhooks", str(port)], env=os.environ | said)
    try:
        until = time.monotonic() + START_SECONDS
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError("The server did not start.")
            time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()


def _serve(port: int) -> None:
    app = create_app(Settings.read(os.environ))
    plain = Blueprint("plain", __name__, url_prefix="/hooks")
    plain.before_request(require_proof)
    web.csrf.exempt(plain)
    agency_id = db.engine().connect().execute(select(Agency.id)).scalar_one()

    @plain.post("/signed/<token>")
    def signed(token: str):
        return ("", 204) if hooks.is_signed(agency_id) else ("", 403)

    app.register_blueprint(plain)
    line = _Line(0.1)
    Worker(lambda *_: line, context=app.app_context).start()
    threading.Timer(10 * PHASE_SECONDS, os._exit, (1,)).start()  # Whatever happens to the one who started us.
    waitress.serve(app, host="127.0.0.1", port=port, threads=CLIENTS, ident=None, _quiet=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
