"""Rosters for tests: a heading and rows, as CSV."""

import csv
import io
from datetime import date

from workforce.core import db, tenancy
from workforce.rosters import applying, imports

TODAY = date(2026, 11, 21)
HEADINGS = (
    "Name",
    "Passport No.",
    "Date of birth",
    "Nationality",
    "Host country",
    "Employer",
    "Jobsite",
    "Passport expiry",
    "Mobile (host)",
    "Next of kin",
    "Next of kin phone",
)
RODEL = {
    "Name": "MAGSINO, Rodel",
    "Passport No.": "P4417720A",
    "Date of birth": "1985-02-11",
    "Nationality": "PH",
    "Host country": "Libya",
    "Jobsite": "Tank Farm B",
    "Passport expiry": "2027-08-05",
    "Mobile (host)": "+218912204417",
}
NOEL = {
    "Name": "Noel Baclaan",
    "Passport No.": "P1029384A",
    "Date of birth": "1979-12-01",
    "Nationality": "PH",
    "Host country": "Libya",
    "Jobsite": "Brega Lot 7",
    "Passport expiry": "2028-01-15",
    "Mobile (host)": "+218912204418",
}


def roster(*rows: dict[str, str], headings=HEADINGS) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def understood(data: bytes, **options):
    return imports.open_roster(data, "roster.csv", country="PH", today=TODAY, options=imports.Options(**options))


def import_rows(agency, *rows, data: bytes | None = None, **options):
    """Import these rows as the system would; gives the outcome."""
    data = data or roster(*rows)
    actor = tenancy.System(agency.id)
    with db.transaction() as session:
        made = imports._new(actor, data, state="applied")
        return applying.apply(session, actor, understood(data, **options), made, today=TODAY)
