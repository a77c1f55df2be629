"""G1–G4: a broadcast through the whole loop (claim, open, call, record), against a provider on loopback that answers in 100 ms.

Beside it, in the same job: prebuilt bytes on bare TLS streams (the floor), and raw aiohttp, with as many calls in flight.
"""

import asyncio
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
from sqlalchemy import select

from messaging.models import Message
from messaging.outbox import outbox, results, waits
from messaging.outbox.crew import CALLS_AT_ONCE
from messaging.outbox.gateways import Draft, streams
from messaging.outbox.gateways.twilio import Credentials, Twilio
from messaging.outbox.worker import Worker
from tests import factories
from tests.bench import installation
from tests.chaos import certificates
from workforce.core import clock, db, tenancy
from workforce.models import Agency

GOALS = ("G1", "G2", "G3", "G4")
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "10000"))
RAW = max(MESSAGES // 5, 100)  # Of raw aiohttp only the processor time counts.
LATENCY = 0.1
ACCOUNT = "AC" + "b" * 32
FORM = "To=%2B218911234567&From=%2B15005550006&Body=LBY-27%2F1+Are+you+safe%3F+1+safe%2C+2+help"


def run() -> Iterator[str]:
    """Three rounds of each, alternately; medians."""
    with tempfile.TemporaryDirectory() as name, _provider(Path(name)) as port, installation(Path(name)) as settings:
        os.environ["SSL_CERT_FILE"] = str(Path(name) / "certificate.pem")
        # The provider here sends no receipts: after a minute the lookout would ask about every text of the rounds before.
        waits.use(replace(waits.waits(), checks=()))
        floors, raws, ours = [], [], []
        for _round in range(3):
            pace = _Pace(MESSAGES)
            floors.append((*_timed(lambda: asyncio.run(_floor(port, MESSAGES, pace)), MESSAGES), pace.rate))
            raws.append(_timed(lambda: asyncio.run(_aiohttp(port, RAW)), RAW))
            ours.append(_broadcast(settings, port, MESSAGES))
        yield from _lines(floors, raws, ours)


def _lines(floors, raws, ours) -> Iterator[str]:
    limit = CALLS_AT_ONCE / LATENCY
    floor = statistics.median(rate for rate, _cpu, _steady in floors)
    steady = statistics.median(one["steady"] for one in ours)
    steady_floor = statistics.median(one for *_, one in floors)
    raw_cpu = statistics.median(cpu for _rate, cpu in raws)
    rate = statistics.median(one["rate"] for one in ours)
    cpu = statistics.median(one["cpu"] for one in ours)
    opened, settle = max(one["opened"] for one in ours), statistics.median(one["settle"] for one in ours)
    transport = statistics.median(one["transport"] for one in ours)
    share, of_floor = rate / limit, rate / floor
    met = "met" if share >= 0.95 and of_floor >= 0.97 else "short"
    yield (
        f"G1 dispatch {MESSAGES} texts, 100 × 100 ms: {rate:.0f} msg/s = {share:.1%} of the limit, {of_floor:.1%} of bare TLS · without start and end {steady:.0f} msg/s "
        f"= {steady / limit:.1%} and {steady / steady_floor:.1%} · goal ≥ 95 % and ≥ 97 % · {met}"
    )
    met = "met" if transport <= 1.3 * raw_cpu and cpu <= 2.0 * raw_cpu else "short"
    yield (
        f"G2 CPU a message: transport {transport / raw_cpu:.2f}×, whole loop {cpu / raw_cpu:.2f}× raw aiohttp ({raw_cpu * 1e3:.2f} ms) "
        f"· goal ≤ 1.3 and ≤ 2.0 · {met}"
    )
    flight = max(one["flight"] for one in ours)
    met = "met" if opened <= flight <= CALLS_AT_ONCE + 1 else "short"
    yield (
        f"G3 TLS connections {opened} for {MESSAGES} messages · goal ≤ the {flight} calls in flight at once "
        f"({CALLS_AT_ONCE} texts, and the lookout's question) · {met}"
    )
    met = "met" if settle <= 0.10 * cpu else "short"
    yield f"G4 recording {settle * 1e6:.0f} µs a row = {settle / cpu:.1%} of the loop's CPU · goal ≤ 10 % · {met}"


def _broadcast(settings, port: int, messages: int) -> dict[str, float]:
    """One broadcast: messages a second from the first claim to the last record, CPU seconds a message, connections."""
    agency = factories.make_agency(f"Bench {time.monotonic_ns()}")
    with tenancy.agency(agency.id), db.transaction() as session:
        row = session.get(Agency, agency.id)
        row.gateway, row.parts_per_second, row.daily_parts = "twilio", 10_000.0, 10_000_000
    line = _line(port)
    with tenancy.agency(agency.id):
        people = [factories.make_worker(agency, phone=f"+21891{number:07d}") for number in range(200)]
        with db.transaction() as session:
            body = "LBY-27/1 14:58 Tripoli Are you safe? 1 safe, 2 help"
            rows = [{"worker_id": people[one % 200].id, "body": body, "purpose": "safety"} for one in range(messages)]
            outbox.queue_many(session, tenancy.System(agency.id), rows)
    flight = line.streams.request = _Flight(line.streams.request)
    settling = _Meter(results.settle, _Pace(messages))
    results.settle, kept = settling, results.settle
    worker = Worker(lambda *_: line)
    began, cpu = time.perf_counter(), time.process_time()
    worker.start()
    try:
        while _left(agency):
            time.sleep(0.2)
    finally:
        results.settle = kept
    spent, busy = settling.last - began, time.process_time() - cpu
    worker.stop()
    return {
        "rate": messages / spent,
        "steady": settling.pace.rate,
        "cpu": busy / messages,
        "opened": line.streams.opened,
        "flight": flight.most,
        "settle": settling.cpu / messages,
        "transport": _transport(port, RAW),
    }


def _line(port: int) -> Twilio:
    said = {"account_sid": ACCOUNT, "auth_token": "t", "sender": "+15005550006", "public_url": "https://muster.example"}
    return Twilio(Credentials(base_url=f"https://127.0.0.1:{port}", **said))


def _transport(port: int, messages: int) -> float:
    """CPU seconds of one SDK call over our streams, a hundred at once, with nothing recorded."""
    line, counter = _line(port), iter(range(messages))
    draft = Draft(db.new_id(), db.new_id(), None, "safety", "+218911234567", "Are you safe?", "token", 1, clock.now())

    async def call() -> None:
        for _ in counter:
            await line.send_soon(draft)

    async def all_of_them() -> None:
        await asyncio.gather(*(call() for _ in range(CALLS_AT_ONCE)))

    cpu = time.process_time()
    asyncio.run_coroutine_threadsafe(all_of_them(), streams.loop()).result()
    return (time.process_time() - cpu) / messages


class _Pace:
    """Messages a second between a fifth and four fifths of them: without the handshakes at the start and the last ones at the end."""

    def __init__(self, messages: int) -> None:
        self._low, self._high, self._done = messages // 5, messages * 4 // 5, 0
        self._passed: list[tuple[int, float]] = []

    def note(self, done: int = 1) -> None:
        self._done += done
        if self._done >= self._low and (self._done - done < self._low or self._done - done < self._high):
            self._passed.append((self._done, time.perf_counter()))

    @property
    def rate(self) -> float:
        (low, began), (high, ended) = self._passed[0], self._passed[-1]
        return (high - low) / (ended - began) if high > low else 0.0


class _Meter:
    """Processor time of the thread that is in `call`, when it last ended, and how many it had settled when."""

    def __init__(self, call, pace: _Pace) -> None:
        self._call, self.pace, self.cpu, self.last = call, pace, 0.0, 0.0

    def __call__(self, outcomes, now) -> None:
        before = time.thread_time()
        self._call(outcomes, now)
        self.cpu += time.thread_time() - before
        self.last = time.perf_counter()
        self.pace.note(len(outcomes))


class _Flight:
    """The most calls that were under way at once."""

    def __init__(self, call) -> None:
        self._call, self._now, self.most = call, 0, 0

    async def __call__(self, *given, **named):
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            return await self._call(*given, **named)
        finally:
            self._now -= 1


def _left(agency) -> bool:
    with tenancy.agency(agency.id), db.reading() as session:
        for state in ("queued", "claimed", "submitting"):
            if session.scalar(
                select(Message.id).where(Message.agency_id == agency.id, Message.state == state).limit(1)
            ):
                return True
    return False


def _timed(call, messages: int) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    call()
    return messages / (time.perf_counter() - began), (time.process_time() - cpu) / messages


async def _floor(port: int, messages: int, pace: _Pace) -> None:
    """Bytes made before, on a hundred bare TLS streams."""
    head = f"POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(FORM)}\r\n\r\n"
    ready, counter, trust = (head + FORM).encode(), iter(range(messages)), _trust()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
        for _ in counter:
            writer.write(ready)
            answer = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(answer.lower().split(b"content-length:")[1].split(b"\r\n", 1)[0]))
            pace.note()
        writer.close()

    await asyncio.gather(*(one() for _ in range(CALLS_AT_ONCE)))


async def _aiohttp(port: int, messages: int) -> None:
    counter, address = iter(range(messages)), f"https://127.0.0.1:{port}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    connector = aiohttp.TCPConnector(limit=CALLS_AT_ONCE, ssl=_trust())
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one() -> None:
            for _ in counter:
                async with session.post(
                    address, data={"To": "+218911234567", "From": "+1500555", "Body": "x"}
                ) as answer:
                    await answer.json()

        await asyncio.gather(*(one() for _ in range(CALLS_AT_ONCE)))


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


@contextmanager
def _provider(folder: Path) -> Iterator[int]:
    certificates.make(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.chaos.provider", str(port), str(folder), str(LATENCY)]
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()
