"""Tables of the people we look after, and facts about one row.

A column ending in `_sealed` is read with `vault.reveal(db, row, "name")` and written with `vault.seal(db, row, name=…)`.
`subject_id` says whose key seals the row. Names, nationality, host country, employer and the days on which papers end are
plain, because an evacuation filters and sorts by them.
"""

from workforce.models.accounts import ROLES, Agency, Lease, LoginTry, User, UserLink, UserSession
from workforce.models.duplicates import DuplicateMark, DuplicatePair, Merge
from workforce.models.gateways import HttpGateway
from workforce.models.papers import CUSTODIES, DOCUMENT_KINDS, Document, DocumentVersion, StoredFile
from workforce.models.people import (
    CHANNELS,
    CONTACT_KINDS,
    PHONE_USES,
    PURPOSES,
    Consent,
    Contact,
    Dependant,
    Deployment,
    Employer,
    Phone,
    Site,
    Tombstone,
    Worker,
)
from workforce.models.rosters import Import, ImportProblem, ImportRow, RosterMapping

__all__ = [
    "CHANNELS",
    "CONTACT_KINDS",
    "CUSTODIES",
    "DOCUMENT_KINDS",
    "PHONE_USES",
    "PURPOSES",
    "ROLES",
    "Agency",
    "Consent",
    "Contact",
    "Dependant",
    "Deployment",
    "Document",
    "DocumentVersion",
    "DuplicateMark",
    "DuplicatePair",
    "Employer",
    "HttpGateway",
    "Import",
    "ImportProblem",
    "ImportRow",
    "Lease",
    "LoginTry",
    "Merge",
    "Phone",
    "RosterMapping",
    "Site",
    "StoredFile",
    "Tombstone",
    "User",
    "UserLink",
    "UserSession",
    "Worker",
]
