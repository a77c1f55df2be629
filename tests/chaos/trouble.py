"""What goes wrong in a run: who is killed when, when the provider is away, and how the clock on the wall jumps."""

import argparse
import os
import random
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from tests.chaos import stage
from tests.chaos.crew import Crew

ROLES = ("worker", "worker", "worker", "worker", "web", "clock")


class Trouble:
    """What happens to the processes, the provider and the clock on the wall while the texts are decided on."""

    def __init__(
        self,
        crew: Crew,
        said: argparse.Namespace,
        firms: list[stage.Firm],
        provider_port: int,
        web_port: int,
        jumped: Any,
    ) -> None:
        self._crew, self._said, self._firms, self._jumped = crew, said, firms, jumped
        self._provider_port, self._web_port = provider_port, web_port
        self._dice, self._began, self._kills = random.Random(said.seed + 1), time.monotonic(), 0

    def make(self) -> int:
        """Until every text is decided on and the last has been killed; how many were."""
        said, author_ended = self._said, False
        latest = self._began + 2 * said.seconds + 60
        planned = sorted(self._planned(), key=lambda one: one[0])
        while not author_ended or planned:
            due = self._began + planned[0][0] if planned else time.monotonic() + 0.2
            time.sleep(max(0.0, due - time.monotonic()))
            self._crew.revive()
            if planned:
                planned.pop(0)[1]()
            author_ended = author_ended or self._crew.has_ended("author")
            if time.monotonic() > latest:
                print(
                    f"no time was left for {len(planned)} more troubles"
                    if planned
                    else "the texts were not all decided on"
                )
                break
        return self._kills

    def _planned(self) -> Iterator[tuple[float, Callable[[], object]]]:
        """Second and deed: a kill in each slice of the time, sometimes a text from a person, and the rarer ones."""
        said, dice = self._said, self._dice
        for number in range(said.kills):
            at = said.seconds * (number + dice.random()) / said.kills
            yield at, self._kill
            if dice.random() < 0.5:
                yield at, self._text_in
        if said.outage:
            yield said.seconds / 4, lambda: ask(self._provider_port, f"/_away/{said.outage / said.faster}")
        if said.jump:
            yield said.seconds / 3, lambda: self._jump(said.jump)
            yield said.seconds * 2 / 3, lambda: self._jump(-said.jump)

    def _kill(self) -> None:
        self._crew.kill(self._dice.choice(self._crew.names(self._dice.choice(ROLES))))
        self._kills += 1

    def _jump(self, hours: float) -> None:
        self._jumped.value = hours * 3600

    def _text_in(self) -> None:
        """A person texts one of our numbers."""
        firm = self._dice.choice(self._firms)
        form = {
            "account": firm.account,
            "From": self._dice.choice(firm.numbers),
            "To": firm.sender,
            "Body": f"chaos {self._kills}",
            "hook": f"http://127.0.0.1:{self._web_port}/hooks/twilio/sms",
        }
        ask(self._provider_port, "/_text", urlencode(form).encode())


def ask(port: int, path: str, data: bytes | None = None) -> bytes:
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
