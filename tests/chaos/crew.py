"""Real processes that can be killed: forked from one that has everything loaded, so that a killed one is back within a second.

Each has its own memory, threads and connections, as one that was started alone; only the reading of the code is saved.
`python -m tests.chaos.crew worker clock` runs these commands, prints the number of each process, and ends them all when its
own input is closed. They look around five times as often as they would, so that nobody waits for them.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask

import wsgi
from messaging import clockwork
from messaging.outbox import waits
from workforce.core import db

FASTER = 5
NEVER_REVIVED = frozenset({"author", "provider"})


class Crew:
    """The processes of a run: each with what it does, so that who is killed comes back."""

    def __init__(self, log: Path) -> None:
        self._log, self._running = log, {}

    def start(self, name: str, do: Callable[[], object]) -> int:
        """Begin it; the number of its process."""
        sys.stdout.flush()
        if (child := os.fork()) == 0:
            said = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(said, 1)
            os.dup2(said, 2)
            code = 1
            try:
                db.engine().dispose(close=False)  # The connections of the parent are the parent's.
                do()
                code = 0
            except BaseException as problem:
                print(f"{name}: {problem!r}", flush=True)
            finally:  # Even where that cannot be written: what follows is the parent's.
                os._exit(code)
        self._running[name] = (child, do)
        return child

    def kill(self, name: str) -> None:
        """Without warning, and back again."""
        child, do = self._running.pop(name)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.start(name, do)

    def revive(self) -> None:
        """Who ended by itself is started again, as a supervisor would."""
        for name, (child, do) in list(self._running.items()):
            if name not in NEVER_REVIVED and os.waitpid(child, os.WNOHANG)[0]:
                self.start(name, do)

    def has_ended(self, name: str) -> bool:
        """Whether it is over."""
        return os.waitpid(self._running[name][0], os.WNOHANG)[0] != 0

    def end(self) -> None:
        """Nobody is left."""
        for child, _do in self._running.values():
            try:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            except (ProcessLookupError, ChildProcessError):
                continue

    def names(self, kind: str) -> list[str]:
        """All of a kind: `worker 0`, `worker 1`…"""
        return [name for name in self._running if name.startswith(kind)]


def run(app: Flask, name: str, *words: str) -> None:
    """A `muster` command over an application that is made: making it anew would cost twice what the command does."""
    with app.app_context():
        wsgi.named(wsgi.COMMANDS[name]).main([*words], standalone_mode=False)


def main(commands: list[str]) -> None:
    """A process for each command, until our input ends."""
    waits.use(waits.Waits().shortened(FASTER))
    clockwork.TICK_SECONDS /= FASTER
    app = wsgi.create_app()
    db.engine().dispose()
    crew = Crew(Path(os.environ["MUSTER_INSTANCE"]) / "crew.txt")
    try:
        for number, command in enumerate(commands):
            print(command, crew.start(f"{command} {number}", partial(run, app, command)), flush=True)
        sys.stdin.read()
    finally:
        crew.end()


if __name__ == "__main__":
    main(sys.argv[1:])
