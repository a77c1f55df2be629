"""A Twilio of our own over TLS on loopback, with a memory, and with every fault we know of.

It takes texts, forgets to answer, answers wrongly after having taken them, cuts connections, asks to wait, lists what it has,
and reports: late, three times over, in any order, or into nothing when nobody listens.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import ssl
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

REASONS = {200: "OK", 201: "Created", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}


@dataclass(frozen=True)
class Faults:
    """How often what happens, as shares of one, and how long it takes, in seconds."""

    latency: tuple[float, float] = (0.01, 0.15)
    broken_after: float = 0.05
    cut_before: float = 0.01
    cut_after: float = 0.01
    busy: float = 0.01
    undelivered: float = 0.03
    receipts: int = 3
    receipt_delay: float = 20.0
    can_list: bool = True


@dataclass
class State:
    """What the provider knows. `tokens` are the accounts' secrets, with which it signs what it reports."""

    faults: Faults
    tokens: dict[str, str]
    seed: int
    dice: random.Random = field(init=False)
    texts: list[dict[str, str]] = field(default_factory=list)
    by_sid: dict[str, dict[str, str]] = field(default_factory=dict)
    came_in: list[dict[str, str]] = field(default_factory=list)
    posts: int = 0
    connections: int = 0
    away_until: float = 0.0
    tasks: set = field(default_factory=set)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def later(self, coroutine) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Line(asyncio.Protocol):
    """One connection: requests one after the other."""

    def __init__(self, state: State) -> None:
        self.state, self.buffer = state, b""

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.state.connections += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode()
            length = next(
                (int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0
            )
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + length].decode(), self.buffer[end + 4 + length :]
            method, target, _version = head.split("\r\n", 1)[0].split(" ")
            self.take(method, target, body)

    def take(self, method: str, target: str, body: str) -> None:
        where = urlsplit(target)
        if where.path == "/_all":
            self.answer(
                200, {"texts": self.state.texts, "came_in": self.state.came_in, "connections": self.state.connections}
            )
        elif where.path.startswith("/_away/"):
            self.state.away_until = time.monotonic() + float(where.path.rsplit("/", 1)[1])
            self.answer(200, {})
        elif time.monotonic() < self.state.away_until and where.path != "/_text":
            self.transport.abort()
        elif where.path == "/_text":
            self.state.later(text_in(self.state, dict(parse_qsl(body))))
            self.answer(200, {})
        elif method == "POST":
            self.post(where.path, dict(parse_qsl(body, keep_blank_values=True)))
        elif where.path.endswith("/Messages.json"):
            self.listing(where.path, {name: values[0] for name, values in parse_qs(where.query).items()})
        else:
            found = self.state.by_sid.get(where.path.rsplit("/", 1)[1].removesuffix(".json"))
            self.answer(200 if found else 404, found or {"code": 20404, "status": 404, "message": "not found"})

    def post(self, path: str, form: dict[str, str]) -> None:
        state, faults, dice = self.state, self.state.faults, self.state.dice.random()
        state.posts += 1
        wait = state.dice.uniform(*faults.latency)
        for share, then in (
            (
                faults.busy,
                lambda: self.answer(429, {"code": 20429, "message": "slow", "status": 429}, "Retry-After: 1\r\n"),
            ),
            (faults.cut_before, self.transport.abort),
        ):
            if dice < share:
                asyncio.get_running_loop().call_later(wait, then)
                return
            dice -= share
        account = path.split("/")[3]
        made = take_text(state, account, form)
        asyncio.get_running_loop().call_later(wait, self.taken, made, dice)

    def taken(self, made: dict[str, str], dice: float) -> None:
        if dice < self.state.faults.broken_after:
            self.answer(500, {"code": 20500, "message": "oops", "status": 500})
        elif dice < self.state.faults.broken_after + self.state.faults.cut_after:
            self.transport.abort()
        else:
            self.answer(201, made)

    def listing(self, path: str, wanted: dict[str, str]) -> None:
        if not self.state.faults.can_list:
            self.answer(500, {"code": 20500, "message": "no list", "status": 500})
            return
        account = path.split("/")[3]
        size, page = int(wanted.get("PageSize", 50)), int(wanted.get("Page", 0))
        mine = [
            one
            for one in reversed(self.state.texts + self.state.came_in)
            if one["account_sid"] == account and wanted.get("To", one["to"]) == one["to"]
        ]
        mine.sort(key=lambda one: one["at"], reverse=True)
        more = f"{path}?{urlencode(wanted | {'Page': page + 1})}" if len(mine) > (page + 1) * size else None
        found = mine[page * size : (page + 1) * size]
        self.answer(200, {"messages": found, "page": page, "page_size": size, "next_page_uri": more, "uri": path})

    def answer(self, status: int, said: object, extra: str = "") -> None:
        if self.transport.is_closing():
            return
        body = json.dumps(said).encode()
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


def take_text(state: State, account: str, form: dict[str, str]) -> dict[str, str]:
    """A text we have from now on, whatever we answer."""
    sid = f"SM{len(state.texts):032x}"
    made = resource(account, sid, form, "outbound-api") | {"callback": form.get("StatusCallback", "")}
    state.texts.append(made)
    state.by_sid[sid] = made
    if form.get("StatusCallback") and state.faults.receipts:
        end = "undelivered" if state.dice.random() < state.faults.undelivered else "delivered"
        reports = [("sent", made), (end, made)] * state.faults.receipts
        for word, text in reports:
            wait = state.dice.uniform(0, state.faults.receipt_delay)
            state.later(report(state, account, text, word, form["StatusCallback"], wait))
        state.later(settle(made, end, state.faults.receipt_delay / 4))
    return made


async def settle(made: dict[str, str], end: str, wait: float) -> None:
    await asyncio.sleep(wait)
    made["status"] = end
    made["error_code"] = 30003 if end == "undelivered" else None


def resource(account: str, sid: str, form: dict[str, str], direction: str) -> dict:
    now = datetime.now(UTC)
    stamp = format_datetime(now)
    return {
        "sid": sid, "body": form["Body"], "to": form["To"], "from": form.get("From"), "status": "queued", "direction": direction, "at": now.timestamp(),
        "date_created": stamp, "date_updated": stamp, "date_sent": None, "error_code": None, "error_message": None, "account_sid": account,
        "api_version": "2010-04-01", "num_media": "0", "num_segments": "1", "price": None, "price_unit": "USD", "messaging_service_sid": None,
        "subresource_uris": {}, "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
    }  # fmt: skip


async def report(state: State, account: str, text: dict, word: str, address: str, wait: float) -> None:
    """Tell what became of a text. Nobody there: it is not told again, as with the real one."""
    await asyncio.sleep(wait)
    form = {
        "MessageSid": text["sid"],
        "MessageStatus": word,
        "AccountSid": account,
        "To": text["to"],
        "From": text["from"] or "",
    }
    if word == "undelivered":
        form["ErrorCode"] = "30003"
    await post(state, account, address, form)


async def text_in(state: State, said: dict[str, str]) -> None:
    """A person texts one of our numbers."""
    account = said["account"]
    made = resource(account, f"SI{len(state.came_in):032x}", said, "inbound")
    state.came_in.append(made)
    form = {
        "MessageSid": made["sid"],
        "AccountSid": account,
        "From": said["From"],
        "To": said["To"],
        "Body": said["Body"],
        "NumMedia": "0",
    }
    await post(state, account, said["hook"], form)


async def post(state: State, account: str, address: str, form: dict[str, str]) -> None:
    signed = address + "".join(name + form[name] for name in sorted(form))
    mac = hmac.digest(state.tokens[account].encode(), signed.encode(), hashlib.sha1)
    where, body = urlsplit(address), urlencode(form).encode()
    head = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nX-Twilio-Signature: {base64.b64encode(mac).decode()}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(head.encode() + body)
        await asyncio.wait_for(reader.read(), 15)
        writer.close()
    except (OSError, TimeoutError):
        return


async def serve(state: State, certificate: Path, key: Path, port: int) -> None:
    """Be there until the process ends."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate, key)
    server = await asyncio.get_running_loop().create_server(
        lambda: Line(state), "127.0.0.1", port, ssl=trust, backlog=1000
    )
    async with server:
        await server.serve_forever()


def main(port: str, folder: str, latency: str) -> None:
    """A provider without faults that answers after `latency` seconds: what the benchmarks measure against."""
    quiet = Faults(
        latency=(float(latency), float(latency)), receipts=0, broken_after=0, cut_before=0, cut_after=0, busy=0
    )
    where = Path(folder)
    asyncio.run(serve(State(quiet, {}, 1), where / "certificate.pem", where / "key.pem", int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
