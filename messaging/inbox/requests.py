"""Commands about the record. A sender's number proves nothing, so they propose, or answer with a link to the number on file.

What takes something back holds at once: FAMILY OFF, as LOC OFF and STOP do.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from messaging import texts
from messaging.inbox import finding
from messaging.inbox.turn import Answer, Turn, call_or
from messaging.links import links
from messaging.proposals import proposals
from messaging.reading.folding import digits, fold
from workforce import consents
from workforce.core import audit
from workforce.core.errors import Conflict, TooMany
from workforce.models import Document, Worker
from workforce.papers import documents
from workforce.people import contacts, phones
from workforce.people.wrong import WrongField

CUSTODY = {"1": "worker", "2": "employer", "3": "lost"}
PAPERS = {
    "passport": {"passport", "pasaporte", "paspor", "pasipoti", "جواز", "পাসপোর্ট", "पासपोर्ट", "پاسپورٹ", "ፓስፖርት"},
    "visa": {"visa", "bisa", "تأشيره", "ভিসা", "वीजा"},
    "residence_permit": {"iqama", "residence", "residency", "permit", "اقامه", "إقامه"},
    "exit_permit": {"exit"},
    "contract": {"contract", "kontrata", "kontrak", "عقد"},
    "insurance": {"insurance", "asuransi"},
    "medical": {"medical"},
}
_NUMBER = re.compile(r"\+?\d[\d ()./-]{5,}\d")
_DAY = re.compile(r"\d{1,4}")


def act(turn: Turn) -> Answer | None:
    """Do what a command asks for; None where a person answers."""
    command, argument = turn.reading.command or "", (turn.reading.argument or "").strip()
    if command == "NEAR":
        return finding.near(turn, argument)
    if command == "LOC":
        return finding.location(turn, argument)
    if command == "INFO":
        return call_or(turn.agency, "info")
    if turn.worker is None:
        turn.handled = False
        return Answer("ask_who")
    rule = RULES.get(command)
    if rule is None:
        turn.handled = False
        return None
    return rule(turn, turn.worker, argument)


# Languages as people name them, in English and by their own name.
NAMED = {
    "english": "en", "tagalog": "tl", "filipino": "tl", "pilipino": "tl", "arabic": "ar", "العربية": "ar", "عربي": "ar", "bengali": "bn", "bangla": "bn",
    "বাংলা": "bn", "hindi": "hi", "हिन्दी": "hi", "हिंदी": "hi", "urdu": "ur", "اردو": "ur", "nepali": "ne", "नेपाली": "ne", "indonesia": "id",
    "indonesian": "id", "bahasa": "id", "malay": "id", "melayu": "id", "amharic": "am", "amarigna": "am", "amharigna": "am", "አማርኛ": "am",
    "sinhala": "si", "sinhalese": "si", "සිංහල": "si", "swahili": "sw", "kiswahili": "sw", "tamil": "ta", "தமிழ்": "ta",
}  # fmt: skip
# Their other codes (ISO 639). They count alone: in a sentence "may" and "sin" are words.
CODES = {
    "eng": "en", "fil": "tl", "tgl": "tl", "ara": "ar", "ben": "bn", "hin": "hi", "urd": "ur", "nep": "ne", "ind": "id", "may": "id", "msa": "id", "ms": "id",
    "amh": "am", "sin": "si", "swa": "sw", "tam": "ta",
}  # fmt: skip


def _language(turn: Turn, worker: Worker, argument: str) -> Answer | None:
    wanted = language_of(argument)
    if wanted is None:
        turn.handled = False
        return None
    worker.language = wanted
    if wanted not in worker.languages:  # Chosen, no longer guessed from the passport.
        worker.languages = [wanted, *worker.languages]
    audit.record(turn.db, turn.actor, "worker.language", worker, language=wanted, channel="sms")
    return call_or(turn.agency, "info")


def language_of(argument: str) -> str | None:
    """The code of a language as typed, if we have texts in it: "tl", "fil", "Tagalog", "Kiswahili please"."""
    typed = argument.casefold().split()
    alone = CODES.get(typed[0], typed[0]) if len(typed) == 1 else ""
    code = next((NAMED[word] for word in typed if word in NAMED), alone)
    return code if code in texts.languages() else None


def _link_to(purpose: str) -> Callable[[Turn, Worker, str], Answer | None]:
    def rule(turn: Turn, worker: Worker, _argument: str) -> Answer | None:
        """The link is the answer. After three in a day a person answers."""
        try:
            links.send(
                turn.db, turn.actor, worker, purpose, at=turn.now, number=turn.number, in_reply_to_id=turn.message.id
            )
        except (TooMany, Conflict):
            turn.handled = False
        return None

    return rule


def _contact(turn: Turn, worker: Worker, argument: str) -> Answer | None:
    number, name = _number_in(argument, worker)
    if number is None:
        return Answer("need_number")
    return _propose(turn, worker, "contact", {"name": name, "number": number})


def _new(turn: Turn, worker: Worker, argument: str) -> Answer | None:
    number, _name = _number_in(argument, worker)
    return _propose(turn, worker, "number", {"number": number}) if number else Answer("need_number")


def _passport(turn: Turn, worker: Worker, argument: str) -> Answer | None:
    custody = CUSTODY.get(digits(argument))
    if custody is None:
        return Answer("ask_passport")
    paper = next((one for one in documents.of_worker(turn.db, worker) if one.kind == "passport"), None)
    asked = {"custody": custody, "old": paper.custody if paper else "unknown"}
    return _propose(turn, worker, "custody", asked, paper)


def _renewed(turn: Turn, worker: Worker, argument: str) -> Answer | None:
    said = set(fold(argument).words)
    kind = next(
        (kind for kind, words in PAPERS.items() if said & {word for one in words for word in fold(one).words}), ""
    )
    mine = documents.of_worker(turn.db, worker)
    paper = next((one for one in mine if one.kind == kind), mine[0] if len(mine) == 1 and not kind else None)
    until = day_in(argument)
    asked = {
        "kind": paper.kind if paper else kind or "other", "date": until.isoformat() if until else "", "words": argument[:120],
    }  # fmt: skip
    return _propose(turn, worker, "renewed", asked, paper)


def _family(turn: Turn, worker: Worker, argument: str) -> Answer | None:
    if argument == "ON":
        return _propose(turn, worker, "family", {})
    contacts.tell_no_more(turn.db, turn.actor, worker)
    consents.withdraw(turn.db, turn.actor, worker, "family", channel="sms", at=turn.message.queued_at)
    return Answer("family_off")


def _forget_me(turn: Turn, worker: Worker, _argument: str) -> Answer | None:
    return _propose(turn, worker, "erase", {})


def _go(turn: Turn, _worker: Worker, _argument: str) -> Answer | None:
    """Ready to leave: a person has to put them on a vehicle."""
    turn.handled = False
    return Answer("ack_go", {"time": turn.local_time})


def _join(turn: Turn, _worker: Worker, _argument: str) -> Answer | None:
    """On the list already."""
    return call_or(turn.agency, "info")


RULES: dict[str, Callable[[Turn, Worker, str], Answer | None]] = {
    "LANG": _language, "DOCS": _link_to("papers"), "DOC": _link_to("papers"), "WHO": _link_to("record"), "CONTACT": _contact, "NEW": _new,
    "PASSPORT": _passport, "RENEWED": _renewed, "FAMILY": _family, "DELETE ME": _forget_me, "GO": _go, "JOIN": _join,
}  # fmt: skip


def _propose(
    turn: Turn, worker: Worker, kind: str, asked: Mapping[str, str | None], paper: Document | None = None
) -> Answer | None:
    try:
        proposals.propose(
            turn.db, turn.actor, worker, kind, dict(asked), at=turn.now, message=turn.message, document=paper
        )
    except Conflict:
        turn.handled = False
        return None
    return Answer("proposal_got")


def _number_in(argument: str, worker: Worker) -> tuple[str | None, str]:
    """The number in E.164 and the words around it; None where there is none that can be called."""
    typed = digits(argument)
    found = _NUMBER.search(typed)
    if found is None:
        return None, ""
    name = " ".join((typed[: found.start()] + " " + typed[found.end() :]).split())[:80]
    try:
        return phones.normalise(found.group(0), (worker.nationality, worker.host_country)), name.strip(" ,;:-")
    except WrongField:
        return None, name


def day_in(text: str) -> date | None:
    """The first day a text names, year first or last: 2030-01-05, 5.1.2030, 05/01/2030; day before month where both fit."""
    numbers = [int(one) for one in _DAY.findall(digits(text))]
    for at in range(len(numbers) - 2):
        first, second, third = numbers[at : at + 3]
        year, month, day = (first, second, third) if first > 1900 else (third, second, first)
        if month > 12 >= day:
            month, day = day, month
        try:
            return date(year, month, day) if 1900 < year < 2200 else None
        except ValueError:
            continue
    return None
