"""Kinds of papers: what they are called, and how many days before its end each should be renewed."""

from typing import Any

from workforce.core.words import _l
from workforce.models import DOCUMENT_KINDS

WORDS: dict[str, Any] = {
    "passport": _l("Passport"),
    "visa": _l("Visa"),
    "residence_permit": _l("Residence permit"),
    "exit_permit": _l("Exit permit"),
    "work_permit": _l("Work permit"),
    "contract": _l("Work contract"),
    "medical": _l("Medical certificate"),
    "insurance": _l("Insurance"),
    "id_card": _l("Identity card"),
    "certificate": _l("Certificate"),
    "other": _l("Other paper"),
}
LEAD_DAYS = {
    "passport": 180,
    "visa": 90,
    "residence_permit": 90,
    "exit_permit": 90,
    "work_permit": 90,
    "contract": 60,
    "medical": 60,
    "insurance": 60,
    "id_card": 90,
    "certificate": 60,
    "other": 60,
}
CUSTODY_WORDS: dict[str, Any] = {
    "worker": _l("Worker"),
    "employer": _l("Employer"),
    "agency": _l("Agency"),
    "embassy": _l("Embassy"),
    "lost": _l("Lost"),
    "unknown": _l("Not known"),
}


def word(kind: str, title: str = "") -> str:
    """What the paper is called: its own title where it has one."""
    return title or str(WORDS.get(kind, kind))


def choices() -> list[tuple[str, Any]]:
    """Kinds for a select, in the order of models."""
    return [(kind, WORDS[kind]) for kind in DOCUMENT_KINDS]
