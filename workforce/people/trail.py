"""The audit lines about a worker, in words."""

from typing import Any

from workforce.core.audit import AuditEntry
from workforce.core.words import _l

READS = ("worker.open", "phone.reveal", "paper.number", "file.view", "file.download", "position.exact", "worker.list")
WORDS: dict[str, Any] = {
    "worker.open": _l("opened this page"),
    "worker.register": _l("put the worker on the list"),
    "worker.edit": _l("corrected the record"),
    "worker.archive": _l("archived the worker"),
    "worker.restore": _l("brought the worker back"),
    "phone.reveal": _l("saw a number"),
    "phone.add": _l("added a number"),
    "phone.edit": _l("corrected a number"),
    "phone.order": _l("put a number first"),
    "phone.remove": _l("removed a number"),
    "dependant.add": _l("added family"),
    "dependant.edit": _l("corrected family"),
    "dependant.remove": _l("removed family"),
    "contact.add": _l("added a contact"),
    "contact.edit": _l("corrected a contact"),
    "contact.remove": _l("removed a contact"),
    "deployment.start": _l("noted a new place of work"),
    "deployment.edit": _l("corrected the place of work"),
    "deployment.end": _l("ended a place of work"),
    "consent.give": _l("noted an agreement"),
    "consent.withdraw": _l("noted a withdrawal"),
    "paper.add": _l("added a paper"),
    "paper.edit": _l("corrected a paper"),
    "paper.renew": _l("noted a renewed paper"),
    "paper.lost": _l("noted a lost paper"),
    "paper.custody": _l("noted who holds a paper"),
    "paper.renewal_begun": _l("noted that a renewal has begun"),
    "paper.archive": _l("put a paper away"),
    "paper.number": _l("saw the number of a paper"),
    "file.upload": _l("kept a copy of a paper"),
    "file.view": _l("looked at the copy of a paper"),
    "file.download": _l("took the copy of a paper"),
    "file.remove": _l("removed the copy of a paper"),
    "position.exact": _l("saw the exact place"),
}


def said(entry: AuditEntry) -> str:
    """What was done, as it follows a name: "opened this page". Deeds of other rooms that are not known here keep their own name."""
    return str(WORDS.get(entry.action) or entry.action.replace(".", " ").replace("_", " "))
