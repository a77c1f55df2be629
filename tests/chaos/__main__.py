"""`make chaos`: kill -9 workers, web servers and clocks while texts leave, then count what was lost and what came twice.

Every process is a real one, forked from this so that a killed one is back within a second, and killed without warning. The waits of
the delivery are divided by `--faster` (with 10: a lease of 6 s, a call of at most 1 s), because a night has to fit into minutes.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import create_engine

import wsgi
from messaging.outbox import waits
from tests.chaos import certificates, judge, provider, stage
from workforce.core import db, migrations

ROLES = ("worker", "worker", "worker", "worker", "web", "clock")


class Crew:
    """The processes of the run: each with what it does, so that who is killed comes back."""

    def __init__(self, log: Path) -> None:
        self._log, self._running = log, {}

    def start(self, name: str, do: Callable[[], object]) -> None:
        sys.stdout.flush()
        if (child := os.fork()) == 0:
            said = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(said, 1)
            os.dup2(said, 2)
            code = 1
            try:
                do()
                code = 0
            except BaseException as problem:
                print(f"{name}: {problem!r}", flush=True)
            os._exit(code)
        self._running[name] = (child, do)

    def kill(self, name: str) -> None:
        """Without warning, and back again."""
        child, do = self._running.pop(name)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.start(name, do)

    def revive(self) -> None:
        """Who ended by itself is started again, as a supervisor would."""
        for name, (child, do) in list(self._running.items()):
            if name not in {"author", "provider"} and os.waitpid(child, os.WNOHANG)[0]:
                self.start(name, do)

    def has_ended(self, name: str) -> bool:
        return os.waitpid(self._running[name][0], os.WNOHANG)[0] != 0

    def end(self) -> None:
        for child, _do in self._running.values():
            try:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            except (ProcessLookupError, ChildProcessError):
                continue

    def names(self, kind: str) -> list[str]:
        return [name for name in self._running if name.startswith(kind)]


def main(arguments: list[str] | None = None) -> int:
    """Run it; 0 if every promise held."""
    said = _arguments(arguments)
    folder = Path(tempfile.mkdtemp(prefix="muster-chaos-"))
    database_url, drop = _database(said.database, folder)
    try:
        return _run(said, folder, database_url)
    finally:
        drop()
        if not said.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _run(said: argparse.Namespace, folder: Path, database_url: str) -> int:
    provider_port, web_port = _free_port(), _free_port()
    certificate, key = certificates.make(folder)
    os.environ.update(stage.environment(folder, database_url, provider_port, web_port))
    waits.use(waits.Waits().shortened(said.faster))
    wsgi.create_app()
    migrations.upgrade(db.engine())
    firms = stage.furnish()
    db.engine().dispose()
    longest = min(0.15, waits.waits().timeout_seconds / 3)
    faults = provider.Faults(latency=(0.01, longest), receipt_delay=said.receipt_delay, can_list=not said.no_list)
    state = provider.State(faults, {firm.account: firm.token for firm in firms}, said.seed)
    crew = Crew(folder / "log.txt")
    try:
        crew.start("provider", lambda: asyncio.run(provider.serve(state, certificate, key, provider_port)))
        for number in range(said.workers):
            crew.start(f"worker {number}", lambda: wsgi.muster.main(["worker"], standalone_mode=False))
        crew.start("web", lambda: wsgi.muster.main(["serve", "--web-only"], standalone_mode=False))
        for number in range(2):
            crew.start(f"clock {number}", lambda: wsgi.muster.main(["clock"], standalone_mode=False))
        crew.start("author", lambda: stage.decide(firms, said.texts, seed=said.seed, seconds=said.seconds))
        kills = _kill(crew, said, firms, provider_port, web_port)
        verdict = _settle(crew, said, firms, provider_port)
    finally:
        crew.end()
        if said.keep:
            print(f"kept: {folder}")
    return _tell(verdict, kills)


def _kill(crew: Crew, said: argparse.Namespace, firms: list[stage.Firm], provider_port: int, web_port: int) -> int:
    dice, kills, author_ended, began = random.Random(said.seed + 1), 0, False, time.monotonic()
    while kills < said.kills or not author_ended:
        time.sleep(dice.uniform(0.2, 1.0) * said.seconds / max(said.kills, 1))
        crew.revive()
        if kills < said.kills:
            crew.kill(dice.choice(crew.names(dice.choice(ROLES))))
            kills += 1
        if dice.random() < 0.5:
            firm = dice.choice(firms)
            _text_in(provider_port, web_port, firm, dice.choice(firm.numbers), f"chaos {kills}")
        author_ended = author_ended or crew.has_ended("author")
        if time.monotonic() - began > 10 * said.seconds + 600:
            raise TimeoutError("the texts were not even decided on")
    return kills


def _settle(crew: Crew, said: argparse.Namespace, firms: list[stage.Firm], provider_port: int) -> judge.Verdict:
    """Nothing is killed any more. A quarter of an hour of the delivery's own time is all it gets."""
    db.connect(os.environ["DATABASE_URL"])
    end = time.monotonic() + 15 * 60 / said.faster
    while True:
        memory = json.loads(_ask(provider_port, "/_all"))
        if time.monotonic() > end or not (judge.going(firms) or judge.missing(firms, memory)):
            return judge.look(firms, memory)
        time.sleep(0.5)
        crew.revive()


def _tell(verdict: judge.Verdict, kills: int) -> int:
    for line in verdict.why[:20]:
        print(line)
    print("states: " + ", ".join(f"{state} {number}" for state, number in sorted(verdict.states.items())))
    print(
        f"texts that may go once: doubled {verdict.once_doubled}; unknown to a person: {dict(verdict.unknown) or 'none'}; "
        f"crisis texts {verdict.crisis}; texts in {verdict.inbound}, lost {verdict.inbound_lost}; sent by another agency's account {verdict.foreign}"
    )
    print(
        f"chaos: texts {verdict.texts}, kills {kills}, lost {verdict.lost}, silent doubles {verdict.silent}, "
        f"flagged doubles {verdict.flagged}, stuck {verdict.stuck}"
    )
    return 0 if verdict.held else 1


def _text_in(provider_port: int, web_port: int, firm: stage.Firm, number: str, body: str) -> None:
    form = {
        "account": firm.account,
        "From": number,
        "To": firm.sender,
        "Body": body,
        "hook": f"http://127.0.0.1:{web_port}/hooks/twilio/sms",
    }
    _ask(provider_port, "/_text", urlencode(form).encode())


def _ask(port: int, path: str, data: bytes | None = None) -> bytes:
    trust = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    for wait in (0.2, 1, 3, 0):
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{port}{path}", data, timeout=60, context=trust) as answer:
                return answer.read()
        except OSError:
            if not wait:
                raise
            time.sleep(wait)
    raise AssertionError


def _database(server: str, folder: Path) -> tuple[str, Callable[[], None]]:
    """A fresh database: a file in the folder, or one of its own on a PostgreSQL server."""
    if not server:
        return f"sqlite:///{folder / 'muster.db'}", lambda: None
    name = f"muster_chaos_{uuid.uuid4().hex[:8]}"

    def administer(statement: str) -> None:
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    administer(f'CREATE DATABASE "{name}"')
    return f"{server.rpartition('/')[0]}/{name}", lambda: administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60, help="over which the texts are decided on and things die")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--faster", type=float, default=10, help="by how much the waits of the delivery are divided")
    parser.add_argument("--receipt-delay", type=float, default=10, help="within how many seconds receipts come")
    parser.add_argument("--no-list", action="store_true", help="the provider's list does not answer")
    parser.add_argument("--database", default="", help="a PostgreSQL server to make a database on, instead of SQLite")
    parser.add_argument("--seed", type=int, default=20110226)
    parser.add_argument("--keep", action="store_true", help="leave the folder with the database and the log")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
