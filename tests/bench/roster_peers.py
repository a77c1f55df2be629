"""What a roster's import is measured against, each as a process of its own: `python -m tests.bench.roster_peers PEER FILE URL`.

`reference`: one straight script that reads, checks, seals and indexes as the product does and writes the same rows into the
same tables with the driver's own bulk insert; nothing can be corrected, flagged, undone or taken up again. `orm`: a person at a time
through the session, as one writes it first. `product`: the command. Each prints seconds and processor seconds of its work, start-up left out, and its peak of memory.
"""

import csv
import hmac
import os
import sqlite3
import struct
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import phonenumbers
import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

import wsgi
from workforce.core import db, tenancy, vault
from workforce.models import Agency, Contact, Deployment, Document, DocumentVersion, Phone, Worker
from workforce.papers.documents import number_index
from workforce.people.shape import columns as person_columns

ORM_ROWS = 500
BATCH = 1000
COUNTRIES = {"Libya": "LY", "PH": "PH"}


def derived(secret, info):
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info.encode()).derive(secret)


def checked(number):
    parsed = phonenumbers.parse(number, None)
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class Reference:
    """Reads rows into lists of values by table. Ids are text for SQLite."""

    def __init__(self, agency, key, *, text_ids):
        self.agency, self.key, self.text_ids = agency, AESGCM(key), text_ids
        self.indexes = {name: derived(key, name) for name in ("phone", "passport", "identity", "row")}
        self.names, self.passports, self.places = set(), set(), {}
        self.me = agency.hex if text_ids else agency

    def id(self):
        made = db.new_id()
        return made, made.hex if self.text_ids else made

    def seal(self, secret, table, column, row_id, value):
        nonce, clear = os.urandom(12), value.encode()
        cipher = AESGCM(derived(secret, f"fld|v1|{table}|{column}"))
        bound = b"".join(
            struct.pack(">H", len(part)) + part
            for part in (self.agency.bytes, table.encode(), column.encode(), row_id.bytes)
        )
        return (
            b"\1\1\0\0\0\1"
            + nonce
            + cipher.encrypt(nonce, clear + b"\x80" + bytes(-(len(clear) + 1) % 16), b"\1\1\0\0\0\1" + bound)
        )

    def index(self, name, value):
        return hmac.digest(self.indexes[name], value.encode(), "sha256")[:16]

    def place(self, kind, name, country, out):
        if (kind, name) not in self.places:
            _id, self.places[kind, name] = self.id()
            more = {"town": "", "zone": ""} if kind == "sites" else {}
            out[kind].append(
                {
                    "id": self.places[kind, name],
                    "agency_id": self.me,
                    "name": name,
                    "name_folded": name.casefold(),
                    "country": country,
                    **more,
                }
            )
        return self.places[kind, name]

    def person(self, row, out, now):
        name, passport, born, nationality, host, employer, site, work, expires, mobile, kin, kin_phone, ends = map(
            str.strip, row
        )
        family, _comma, given = name.partition(", ")
        nationality, host = COUNTRIES[nationality], COUNTRIES[host]
        born, expires, ends = (date.fromisoformat(one) for one in (born, expires, ends))
        days = (expires.isoformat(), ends.isoformat()) if self.text_ids else (expires, ends)
        if passport in self.passports or (name, born) in self.names:
            return
        self.passports.add(passport), self.names.add((name, born))
        worker, me = self.id()
        secret, nonce = os.urandom(32), os.urandom(12)
        head = {"agency_id": self.me}
        out["keys"].append(
            {
                **head,
                "id": self.id()[1],
                "subject_id": me,
                "kind": "subject",
                "version": 1,
                "parent_version": 1,
                "wrapped": nonce + self.key.encrypt(nonce, secret, worker.bytes),
            }
        )
        folded = " ".join(sorted(name.casefold().replace(",", "").split()))
        out["workers"].append({
            **head, "id": me, "full_name": f"{given} {family}", "family_name": family, "given_names": given, "own_script_name": "", "aliases": "[]", "name_folded": folded,
            "sort_name": name.casefold(), "nationality": nationality, "second_nationality": "", "host_country": host, "language": "tl", "languages": "[]", "preferred_channel": "sms",
            "external_ref": "", "birth_date_sealed": self.seal(secret, "workers", "birth_date_sealed", worker, born.isoformat()), "identity_index": self.index("identity", f"{folded}|{born}"),
            "registered_via": "import", "created_at": now, "updated_at": now, "version": 1,
        })  # fmt: skip
        out["deployments"].append(
            {
                **head,
                "id": self.id()[1],
                "worker_id": me,
                "employer_id": self.place("employers", employer, host, out),
                "site_id": self.place("sites", site, host, out),
                "host_country": host,
                "occupation": work,
                "isco": "",
                "ends_on": days[1],
                "is_current": True,
                "version": 1,
            }
        )
        phone, phone_id = self.id()
        number = checked(mobile)
        out["phones"].append(
            {
                **head,
                "id": phone_id,
                "worker_id": me,
                "rank": 0,
                "use": "host",
                "number_sealed": self.seal(secret, "phones", "number_sealed", phone, number),
                "number_index": self.index("phone", number),
                "is_shared": False,
                "state": "works",
            }
        )
        contact, contact_id = self.id()
        number = checked(kin_phone)
        out["contacts"].append(
            {
                **head,
                "id": contact_id,
                "worker_id": me,
                "kind": "next_of_kin",
                "rank": 0,
                "country": nationality,
                "full_name": kin,
                "relation": "",
                "language": "",
                "phone_sealed": self.seal(secret, "contacts", "phone_sealed", contact, number),
                "phone_index": self.index("phone", number),
                "may_be_told": False,
                "version": 1,
            }
        )
        for kind, clear, until, country in (
            ("passport", passport, days[0], nationality),
            ("contract", "", days[1], host),
        ):
            paper, issue = self.id()[1], self.id()
            out["documents"].append(
                {
                    **head,
                    "id": paper,
                    "worker_id": me,
                    "kind": kind,
                    "title": "",
                    "issuing_country": country,
                    "custody": "unknown",
                    "custody_note": "",
                    "expires_on": until,
                    "number_index": self.index("passport", clear) if clear else None,
                    "version": 1,
                }
            )
            sealed = self.seal(secret, "document_versions", "paper_number_sealed", issue[0], clear) if clear else None
            out["document_versions"].append(
                {
                    **head,
                    "id": issue[1],
                    "document_id": paper,
                    "worker_id": me,
                    "number": 1,
                    "state": "active",
                    "paper_number_sealed": sealed,
                    "expires_on": until,
                    "place_of_issue": "",
                    "created_at": now,
                }
            )


TABLES = (
    "keys",
    "employers",
    "sites",
    "workers",
    "deployments",
    "phones",
    "contacts",
    "documents",
    "document_versions",
)


def reference(file, url):
    lite = url.startswith("sqlite")
    with db.reading() as session:
        agency = session.scalars(select(Agency.id)).one()
    raw = (
        sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        if lite
        else psycopg.connect(url.replace("+psycopg", ""))
    )
    if lite:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}")
        raw.execute("BEGIN IMMEDIATE")
    maker = Reference(agency, os.urandom(32), text_ids=lite)
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ") if lite else datetime.now(UTC)
    out = {table: [] for table in TABLES}
    with open(file, newline="", encoding="utf-8") as lines:
        for count, row in enumerate(csv.reader(lines)):
            if count:
                maker.person(row, out, now)
            if count % BATCH == 0:
                flush(raw, out, lite=lite)
            if not lite and count in {BATCH, 4 * BATCH, 16 * BATCH}:
                raw.execute("ANALYZE " + ", ".join(TABLES))
    flush(raw, out, lite=lite)
    raw.commit()
    return count


def flush(raw, out, *, lite):
    for table, rows in out.items():
        if rows:
            listed = ", ".join(f'"{name}"' for name in rows[0])
            if lite:
                raw.executemany(
                    f'INSERT INTO "{table}" ({listed}) VALUES ({", ".join("?" * len(rows[0]))})',
                    [tuple(row.values()) for row in rows],
                )
            else:
                with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row(tuple(row.values()))
            rows.clear()


def orm(file, _url):
    """One person, one look whether they are there, one commit."""
    with db.reading() as session:
        agency = session.scalars(select(Agency.id)).one()
    done = 0
    with open(file, newline="", encoding="utf-8") as lines, tenancy.agency(agency):
        for row in list(csv.reader(lines))[1 : ORM_ROWS + 1]:
            with db.transaction() as session:
                done += orm_person(session, agency, row)
    return done


def orm_person(session, agency, row):
    name, passport, born, nationality, host, _employer, _site, work, expires, mobile, kin, kin_phone, ends = row
    index, now = number_index(agency, passport), datetime.now(UTC)
    if session.scalar(select(Document.id).where(Document.number_index == index)):
        return 0
    me, head = db.new_id(), {"agency_id": agency}
    given = {
        "full_name": name,
        "nationality": COUNTRIES[nationality],
        "host_country": COUNTRIES[host],
        "birth_date": date.fromisoformat(born),
    }
    session.add(
        Worker(
            **head,
            id=me,
            **person_columns(session, agency, me, given),
            registered_via="import",
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()
    phone = Phone(
        **head,
        id=db.new_id(),
        worker_id=me,
        rank=0,
        use="host",
        number_index=vault.blind_index(agency, "phones.number", checked(mobile)),
    )
    vault.seal(session, phone, number=checked(mobile))
    contact = Contact(
        **head, id=db.new_id(), worker_id=me, kind="next_of_kin", rank=0, full_name=kin, country=COUNTRIES[nationality]
    )
    vault.seal(session, contact, phone=checked(kin_phone))
    paper = Document(
        **head,
        id=db.new_id(),
        worker_id=me,
        kind="passport",
        issuing_country=COUNTRIES[nationality],
        number_index=index,
        expires_on=date.fromisoformat(expires),
    )
    issue = DocumentVersion(
        **head,
        id=db.new_id(),
        worker_id=me,
        document_id=paper.id,
        number=1,
        state="active",
        expires_on=paper.expires_on,
        created_at=now,
    )
    vault.seal(session, issue, paper_number=passport)
    place = Deployment(
        **head,
        id=db.new_id(),
        worker_id=me,
        host_country=COUNTRIES[host],
        occupation=work,
        ends_on=date.fromisoformat(ends),
        is_current=True,
    )
    session.add_all([phone, contact, paper, issue, place])
    return 1


def product(file, _url):
    sys.argv = ["muster", "workers", "import", file, "--json"]
    wsgi.muster.main(standalone_mode=False)
    return


def main():
    peer, file, url = sys.argv[1:]
    os.environ["DATABASE_URL"] = url
    with wsgi.create_app(pages=False).app_context():
        wsgi.named(wsgi.COMMANDS["workers"])
        began, worked = time.perf_counter(), time.process_time()
        with tenancy.across_agencies("bench"):
            rows = {"reference": reference, "orm": orm}[peer](file, url) if peer != "product" else product(file, url)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    peak = int(Path("/proc/self/status").read_text("ascii").split("VmHWM:")[1].split()[0]) / 1024
    print(rows, seconds, worked, peak, file=sys.stderr)


if __name__ == "__main__":
    main()
