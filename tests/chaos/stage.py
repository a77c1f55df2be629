"""What the run is about: three agencies, their people, and texts of every kind, decided on while things die."""

import base64
import random
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from messaging.outbox import outbox
from tests import factories
from workforce.core import db, tenancy, vault
from workforce.models import Agency, Worker

AGENCIES = 3
PEOPLE = 12
MIX = ("evacuation", "evacuation", "safety", "notice", "notice", "one_to_one", "link")


@dataclass(frozen=True)
class Firm:
    """An agency with its own account at the provider."""

    id: object
    account: str
    token: str
    sender: str
    numbers: tuple[str, ...]


def environment(folder: Path, database_url: str, provider_port: int, web_port: int) -> dict[str, str]:
    """What every process of the run is told."""
    return {
        "MUSTER_ENV": "test", "MUSTER_INSTANCE": str(folder / "instance"), "DATABASE_URL": database_url,
        "MUSTER_MASTER_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(), "MUSTER_SECRET_KEY": secrets.token_urlsafe(48),
        "PORT": str(web_port), "PUBLIC_URL": f"http://127.0.0.1:{web_port}", "TWILIO_API_URL": f"https://127.0.0.1:{provider_port}",
        "SSL_CERT_FILE": str(folder / "certificate.pem"),
    }  # fmt: skip


def furnish() -> list[Firm]:
    """The agencies and their people."""
    return [_firm(number) for number in range(1, AGENCIES + 1)]


def _firm(number: int) -> Firm:
    made = factories.make_agency(f"Agency {number}")
    account, token, sender = f"AC{number:032x}", f"token-{number}", f"+1500555000{number}"
    with tenancy.agency(made.id), db.transaction() as session:
        row = session.get(Agency, made.id)
        row.gateway, row.sender, row.twilio_account_sid = "twilio", sender, account
        row.parts_per_second = 1000.0
        vault.seal(session, row, twilio_auth_token=token)
    numbers = tuple(f"+2189{number}{person:07d}" for person in range(PEOPLE))
    for one in numbers:
        factories.make_worker(made, phone=one)
    return Firm(made.id, account, token, sender, numbers)


def decide(firms: list[Firm], texts: int, *, seed: int, seconds: float) -> None:
    """Queue so many texts, spread over so many seconds: each a row, each with words of its own."""
    dice, began = random.Random(seed), time.monotonic()
    done = 0
    while done < texts:
        firm = dice.choice(firms)
        few = min(dice.randint(1, 25), texts - done)
        rows = [(dice.randrange(PEOPLE), done + one, dice.choice(MIX)) for one in range(few)]
        while not _decided(firm, rows):  # The database was held by others for too long: a person would try again.
            time.sleep(1)
        done += few
        time.sleep(max(0.0, began + seconds * done / texts - time.monotonic()))


def _decided(firm: Firm, rows: list[tuple[int, int, str]]) -> bool:
    try:
        with tenancy.agency(firm.id), db.transaction() as session:
            people = session.scalars(select(Worker).where(Worker.agency_id == firm.id).order_by(Worker.id)).all()
            wanted = [
                {"worker": people[person], "body": f"LBY-27/{number} Are you safe? 1 safe, 2 help", "purpose": purpose}
                for person, number, purpose in rows
            ]
            outbox.queue_many(session, tenancy.System(firm.id), wanted)
    except OperationalError:
        return False
    return True
