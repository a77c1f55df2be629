"""`make chaos`: kill -9 workers, web servers and clocks while texts leave, then count what was lost and what came twice.

Every process is a real one with its own connections, forked from this one so that a killed one is back within a second, and killed
without warning. The waits of the delivery are divided by `--faster` (with 3: a lease of 20 s, a call of at most 3 s), because a night
has to fit into minutes. It ends by itself, at the latest after twice `--seconds`, a minute, and a quarter of an hour of the delivery's time.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import Value
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

import wsgi
from messaging.outbox import waits
from tests.chaos import certificates, judge, provider, stage
from tests.chaos.crew import Crew, run
from tests.chaos.trouble import Trouble, ask
from tests.ports import free_port
from workforce.core import clock, db, migrations


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
    provider_port, web_port = free_port(), free_port()
    certificate, key = certificates.make(folder)
    os.environ.update(stage.environment(folder, database_url, provider_port, web_port))
    waits.use(waits.Waits().shortened(said.faster))
    jumped = _wall_clock()
    app = wsgi.create_app()
    migrations.upgrade(db.engine())
    firms = stage.furnish()
    db.engine().dispose()
    longest = min(0.15, waits.waits().timeout_seconds / 3)
    faults = provider.Faults(latency=(0.01, longest), receipt_delay=_receipt_delay(said), can_list=not said.no_list)
    state = provider.State(faults, {firm.account: firm.token for firm in firms}, said.seed)
    crew = Crew(folder / "log.txt")
    try:
        crew.start("provider", lambda: asyncio.run(provider.serve(state, certificate, key, provider_port)))
        for number in range(said.workers):
            crew.start(f"worker {number}", partial(run, app, "worker"))
        crew.start("web", partial(run, app, "serve", "--web-only"))
        for number in range(2):
            crew.start(f"clock {number}", partial(run, app, "clock"))
        crew.start("author", lambda: stage.decide(firms, said.texts, seed=said.seed, seconds=said.seconds))
        kills = Trouble(crew, said, firms, provider_port, web_port, jumped).make()
        verdict = _settle(crew, said, firms, provider_port)
    finally:
        crew.end()
        if said.keep:
            print(f"kept: {folder}")
    return _tell(said, verdict, kills)


def _wall_clock() -> Any:
    """Every process's clock on the wall shows so many seconds more than it is; the provider's is right."""
    more = Value("d", 0.0)
    clock.now = lambda: datetime.now(UTC) + timedelta(seconds=more.value)
    return more


def _receipt_delay(said: argparse.Namespace) -> float:
    """Up to ten minutes of the delivery's time, unless told."""
    return 600 / said.faster if said.receipt_delay is None else said.receipt_delay


def _settle(crew: Crew, said: argparse.Namespace, firms: list[stage.Firm], provider_port: int) -> judge.Verdict:
    """Nothing is killed any more. A quarter of an hour of the delivery's own time is all it gets."""
    db.connect(os.environ["DATABASE_URL"])
    end = time.monotonic() + 15 * 60 / said.faster
    while True:
        memory = json.loads(ask(provider_port, "/_all"))
        if time.monotonic() > end or not (judge.going(firms) or judge.missing(firms, memory)):
            return judge.look(firms, memory)
        time.sleep(0.5)
        db.engine().dispose()  # A connection to SQLite must not be carried into a fork.
        crew.revive()


def _tell(said: argparse.Namespace, verdict: judge.Verdict, kills: int) -> int:
    for line in verdict.why[:20]:
        print(line)
    print("states: " + ", ".join(f"{state} {number}" for state, number in sorted(verdict.states.items())))
    print(
        f"texts that may go once: doubled {verdict.once_doubled}; unknown to a person: {dict(verdict.unknown) or 'none'}; "
        f"crisis texts {verdict.crisis}; texts in {verdict.inbound}, lost {verdict.inbound_lost}; sent by another agency's account {verdict.foreign}; "
        f"logs broken {verdict.chain_broken}; from queued to accepted: half within {verdict.wait(0.5):.1f} s, all within {verdict.wait(1):.1f} s"
    )
    print(
        f"chaos: texts {verdict.texts}, kills {kills}, lost {verdict.lost}, silent doubles {verdict.silent}, "
        f"flagged doubles {verdict.flagged}, stuck {verdict.stuck}"
    )
    whole = verdict.decided == said.texts and kills == said.kills
    # Where the provider cannot list or be reached, what it may have must be repeated unseen: then every double is to be flagged.
    few = bool(said.no_list or said.outage or said.jump) or verdict.few_doubles
    return 0 if whole and few and verdict.held else 1


def _database(server: str, folder: Path) -> tuple[str, Callable[[], None]]:
    """A fresh database: a file in the folder, or one of its own on a PostgreSQL server. A SQLite address is used as it is."""
    if server.startswith("sqlite"):
        return server, lambda: None
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


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60, help="over which the texts are decided on and things die")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--faster", type=float, default=3, help="by how much the waits of the delivery are divided")
    parser.add_argument(
        "--receipt-delay",
        type=float,
        help="within how many seconds receipts come; ten minutes of the delivery's time unless said",
    )
    parser.add_argument(
        "--outage", type=float, default=0, help="for how many seconds of the delivery's time the provider is away"
    )
    parser.add_argument(
        "--jump", type=float, default=0, help="by how many hours the clock on the wall jumps ahead, then back behind"
    )
    parser.add_argument("--no-list", action="store_true", help="the provider's list does not answer")
    parser.add_argument("--database", default="", help="a PostgreSQL server to make a database on, instead of SQLite")
    parser.add_argument("--seed", type=int, default=20110226)
    parser.add_argument("--keep", action="store_true", help="leave the folder with the database and the log")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
