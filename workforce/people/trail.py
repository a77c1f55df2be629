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
    "worker.merge": _l("merged another record into this one"),
    "worker.merged_away": _l("merged the record into another one"),
    "worker.unmerge": _l("undid a merge"),
    "duplicates.different": _l("said that this is not the same person as another one"),
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
    "position.read_many": _l("saw the exact place"),
    "position.exact_many": _l("saw the exact place"),
    "position.record": _l("noted a place"),
    "position.confirm": _l("confirmed a place"),
    "position.delete": _l("deleted the places"),
    "number.read": _l("saw a number"),
    "message.queue": _l("wrote a text"),
    "message.receive": _l("received a text"),
    "message.correct": _l("corrected how a text was understood"),
    "message.match": _l("said that a text is this worker’s"),
    "message.handle": _l("dealt with a text"),
    "message.again": _l("sent a text once more"),
    "board.hear": _l("understood a text as a status"),
    "board.mark": _l("marked how the worker is"),
    "board.unreachable": _l("found no number that takes texts"),
    "case.open": _l("opened a case"),
    "case.take": _l("took the case"),
    "case.page": _l("asked somebody to take the case"),
    "case.close": _l("closed the case"),
    "worker.language": _l("changed the language of the texts"),
    "worker.opt_out": _l("noted STOP: no more texts"),
    "worker.opt_in": _l("noted START: texts again"),
    "handset.text": _l("wrote on the invented phone"),
    "handset.faults": _l("changed the invented phone"),
}


def said(entry: AuditEntry) -> str:
    """What was done, as it follows a name: "opened this page". Deeds of other rooms that are not known here keep their own name."""
    return str(WORDS.get(entry.action) or entry.action.replace(".", " ").replace("_", " "))
