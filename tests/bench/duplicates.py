"""A look for duplicates at an agency of 100,000 workers: all of them at once, and after one record has changed."""

import os
import random
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from tests import factories
from workforce.core import clock, db, migrations, tenancy, vault
from workforce.duplicates import jobs, pairs
from workforce.models import Phone, Worker
from workforce.people import shape

GOALS = ("duplicates",)
WORKERS = 100_000
BATCH = 2000
_FIRST = [
    "Maria",
    "Jose",
    "Ana",
    "Juan",
    "Grace",
    "Rodel",
    "Fatima",
    "Mohammad",
    "Ahmed",
    "Siti",
    "Sri",
    "Ram",
    "Sita",
    "Krishna",
    "Abebe",
    "Tesfaye",
    "Nimal",
    "Kamala",
    "Rahim",
    "Karim",
    "Priya",
    "Rajesh",
    "Omar",
    "Yusuf",
    "Hassan",
]
_LAST = [
    "Santos",
    "Reyes",
    "Cruz",
    "Bautista",
    "Ocampo",
    "Garcia",
    "Mendoza",
    "Islam",
    "Hossain",
    "Rahman",
    "Khan",
    "Uddin",
    "Begum",
    "Thapa",
    "Gurung",
    "Rai",
    "Perera",
    "Silva",
    "Fernando",
    "Haile",
    "Girma",
    "Bekele",
    "Hidayat",
    "Dewi",
    "Sari",
]


def fill(agency_id, workers=WORKERS, seed=7):
    """Workers with invented names of three or four parts, birth dates, passports' worth of phones; one in fifty stands there twice."""
    chance = random.Random(seed)
    made = 0
    while made < workers:
        with tenancy.agency(agency_id), db.transaction() as session:
            rows, keys, phones = [], [], []
            for _ in range(min(BATCH, workers - made)):
                if rows and chance.random() < 0.02:
                    name, born = rows[-1]["full_name"].upper(), rows[-1]["_born"]
                else:
                    name = " ".join(
                        [
                            chance.choice(_FIRST),
                            _invented(chance),
                            *([_invented(chance)] if chance.random() < 0.5 else []),
                            chance.choice(_LAST),
                        ]
                    )
                    born = date(1960, 1, 1) + timedelta(days=chance.randrange(15000))
                worker_id = db.new_id()
                keys.append(vault.new_subject_key(session, agency_id, worker_id))
                columns = shape.columns(
                    session,
                    agency_id,
                    worker_id,
                    {"full_name": name, "nationality": "PH", "host_country": "SA", "birth_date": born},
                )
                rows.append(
                    {
                        "id": worker_id,
                        "agency_id": agency_id,
                        "created_at": clock.now(),
                        "updated_at": clock.now(),
                        "_born": born,
                        **columns,
                    }
                )
                number = f"+9665{chance.randrange(10**8):08d}"
                phones.append(
                    {
                        "id": db.new_id(),
                        "agency_id": agency_id,
                        "worker_id": worker_id,
                        "number_index": vault.blind_index(agency_id, "phones.number", number),
                    }
                )
            session.execute(insert(vault.Key), [{"id": db.new_id(), "agency_id": agency_id, **key} for key in keys])
            session.execute(
                insert(Worker), [{name: value for name, value in row.items() if name != "_born"} for row in rows]
            )
            session.execute(insert(Phone), phones)
            made += len(rows)


def _invented(chance):
    return "".join(
        chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(chance.choice((2, 3)))
    ).capitalize()


def measure(workers=WORKERS):
    """(seconds for all, seconds after one change, pairs found)."""
    agency = factories.make_agency()
    fill(agency.id, workers)
    begun = time.perf_counter()
    jobs.look(agency.id, now=clock.now(), most=None)
    whole = time.perf_counter() - begun
    with tenancy.agency(agency.id), db.transaction() as session:
        one = session.scalar(select(Worker).where(Worker.agency_id == agency.id).limit(1))
        one.updated_at = clock.now() + timedelta(seconds=1)
    begun = time.perf_counter()
    jobs.look(agency.id, now=clock.now() + timedelta(seconds=2), most=None)
    after = time.perf_counter() - begun
    with tenancy.agency(agency.id), db.reading() as session:
        return whole, after, pairs.count(session, tenancy.System(agency.id))


def run() -> list[str]:
    """One line a figure: name, what was measured, the goal."""
    with tempfile.TemporaryDirectory() as folder:
        vault.unlock({1: os.urandom(32)})
        migrations.upgrade(db.connect(f"sqlite:///{Path(folder) / 'bench.db'}"))
        whole, after, found = measure()
        db.connect("sqlite://")
    return [
        f"duplicates {WORKERS} workers, all of them: {whole:.1f} s, {found} pairs · goal ≤ 60 s · {'met' if whole <= 60 else 'short'}",
        f"duplicates {WORKERS} workers, one changed: {after:.2f} s · goal ≤ 2 s · {'met' if after <= 2 else 'short'}",
    ]
