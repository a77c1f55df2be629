"""Reading one cell: text, sex, custody, language, e-mail, document number. Dates, phones and names have modules of their own."""

import re
import uuid
from datetime import date, datetime
from functools import cache

from babel import Locale

from workforce.core.words import _
from workforce.countries import plain
from workforce.rosters import digits
from workforce.rosters.sheets import Cell


class BadCell(ValueError):
    """The cell cannot be used for its field; the message stands beside it."""


_BLANK = frozenset(
    (
        "",
        "-",
        "--",
        "---",
        "–",
        "—",
        "n/a",
        "n.a.",
        "n.a",
        "none",
        "nil",
        "null",
        "tba",
        "tbd",
        "tbc",
        "?",
        ".",
        "/",
        "#n/a",
    )
)
_EMAIL = re.compile(r"[^\s@<>\",;]+@[^\s@<>\",;.]+(?:\.[^\s@<>\",;.]+)+").fullmatch
_DOCUMENT = re.compile(r"[A-Z0-9]{4,20}").fullmatch
_CONTROL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]")
# Not the joiners U+200C and U+200D: Sinhala, Nepali and Persian are misspelt without them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MANY_NUMBERS = re.compile(r"[\s/,;|&]+")
_LEAST_OF_A_NUMBER = 6
_ERROR = re.compile(r"(?i)#(?:n/a|ref!|value!|name\?|div/0!|num!|null!|spill!|calc!|getting_data)|err:\d{3}").fullmatch
LONGEST_TEXT = 500
LONGEST_NOTES = 5_000

_SEX = {
    "M": "m, male, man, masculin, homme, h, masculino, hombre, varon, laki laki, laki, lelaki, l, pria, lalaki, ذكر, पुरुष, পুরুষ, පුරුෂ, පිරිමි, ወንድ, ወ, आदमी, مرد, ஆண், mwanaume, mme",
    "F": "f, female, woman, feminin, femme, femenino, mujer, perempuan, p, wanita, w, babae, انثي, महिला, মহিলা, নারী, ස්ත්‍රී, ගැහැණු, කාන්තා, ሴት, ሴ, औरत, स्त्री, عورت, பெண், mwanamke",
    "X": "x, other, unspecified, non binary",
}
_CUSTODY = {
    "worker": "worker, self, own, with worker, himself, herself, holder, employee, travailleur, trabajador, trabajadora, pekerja, sendiri, عامل, yes",
    "employer": "employer, company, sponsor, kafil, kafeel, principal, boss, employeur, entreprise, empleador, empresa, majikan, perusahaan, كفيل, صاحب العمل, شركه",
    "agency": "agency, agent, recruiter, office, recruitment agency, fra, pra, agence, agencia, agen, مكتب, وكاله",
    "embassy": "embassy, consulate, mission, post, ambassade, consulat, embajada, consulado, kedutaan, kbri, kjri, سفاره, قنصليه",
    "lost": "lost, missing, stolen, perdu, perdido, hilang, مفقود",
}
_LANGUAGES = {
    **dict.fromkeys(("tagalog", "filipino", "pilipino", "fil"), "tl"),
    **dict.fromkeys(("bahasa", "bahasa indonesia", "indonesia"), "id"),
    **dict.fromkeys(("bahasa malaysia", "bahasa melayu", "melayu"), "ms"),
    **dict.fromkeys(("bangla", "bengali"), "bn"),
    **dict.fromkeys(("sinhala", "singhalese", "sinhalese"), "si"),
    **dict.fromkeys(("bisaya", "cebuano", "visayan"), "ceb"),
    **dict.fromkeys(("ilocano", "ilokano"), "ilo"),
    **dict.fromkeys(("mandarin", "putonghua"), "zh"),
    **dict.fromkeys(("farsi",), "fa"),
    **dict.fromkeys(("kiswahili",), "sw"),
}
_LANGUAGE_CODES = "en fr es ar id ms tl ne bn hi ur si ta te ml pa my th vi km lo zh sw am ti so om ha yo ig pt ru tr fa ps ko ja de it mg jv su ka uz mn"


def _clean(text: str) -> str:
    if text.isprintable() and "  " not in text and text[0] != " " != text[-1]:
        return text
    return " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", text)).split())


def text_of(cell: Cell) -> str:
    """What the cell says, on one line: an Excel float that is a whole number without its ".0", blank words as ""."""
    if isinstance(cell, str):
        text = _clean(cell) if cell else cell
        return "" if len(text) <= 4 and text.lower() in _BLANK else text
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date().isoformat()
    return (
        cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat() if isinstance(cell, date) else str(cell)
    )


def is_error(text: str) -> bool:
    """Whether this is what a spreadsheet shows for a formula that failed: #REF!, #N/A."""
    return text[:1] in {"#", "E", "e"} and bool(_ERROR(text))


def sex(text: str) -> str:
    """M, F or X."""
    found = _lookup("sex").get(plain(text))
    if found is None:
        raise BadCell(_("Write M, F or X."))
    return found


def custody(text: str) -> str:
    """worker, employer, agency, embassy or lost: who holds the passport."""
    words = plain(text)
    found = _lookup("custody").get(words) or _lookup("custody").get(words.removeprefix("with ").removeprefix("by "))
    if found is None:
        raise BadCell(_("Write worker, employer, agency, embassy or lost."))
    return found


def language(text: str) -> str:
    """An ISO 639 code; of several languages the first counts."""
    first = re.split(r"[,/;&]| and ", text)[0].strip()
    found = _languages().get(plain(first)) or _languages().get(plain(first.split("-")[0]))
    if found is None:
        raise BadCell(_("No language is called “%(said)s”.", said=first))
    return found


def email(text: str) -> str:
    """An e-mail address as typed, its host in small letters."""
    address = text.removeprefix("mailto:")
    if not _EMAIL(address) or len(address) > 254:
        raise BadCell(_("This is not an e-mail address."))
    name, _at, host = address.rpartition("@")
    return f"{name}@{host.lower()}"


def document_number(text: str) -> str:
    """Capitals and digits without spaces and hyphens, as the document's machine-readable line has them."""
    text = digits.plain(text).lstrip("'’`")  # The mark by which a spreadsheet keeps a number text.
    text = re.sub(r"^(\d+)\.0+$", r"\1", text)  # A number that was kept as a float: the zero is not a digit of it.
    parts = [part for part in _MANY_NUMBERS.split(text) if len(part) >= _LEAST_OF_A_NUMBER and any(map(str.isdigit, part))]
    if len(parts) > 1:
        raise BadCell(_("There is more than one number in this cell."))
    number = re.sub(r"[\s\-–./]", "", text).upper()
    if re.fullmatch(r"\d(?:[.,]\d+)?E\+\d+", text.upper()):
        raise BadCell(_("The spreadsheet has rounded this number and lost its last digits."))
    if not _DOCUMENT(number) or not any(character.isdigit() for character in number):
        raise BadCell(_("This is not a document number."))
    return number


def muster_id(text: str) -> str:
    """The id under which an exported list has a worker."""
    try:
        return str(uuid.UUID(text))
    except ValueError as problem:
        raise BadCell(_("This is not an id that Muster has written.")) from problem


def words(text: str) -> str:
    """Free text of at most 500 characters: an employer, a site, an address."""
    if is_error(text):
        raise BadCell(_("This is a formula's error, not a value."))
    if len(text) > LONGEST_TEXT:
        raise BadCell(_("This is longer than %(most)s characters.", most=LONGEST_TEXT))
    return text


def notes(text: str) -> str:
    """Free text of at most 5,000 characters."""
    if len(text) > LONGEST_NOTES:
        raise BadCell(_("This is longer than %(most)s characters.", most=LONGEST_NOTES))
    return text


@cache
def _lookup(subject: str) -> dict[str, str]:
    table = _SEX if subject == "sex" else _CUSTODY
    return {plain(word): value for value, listed in table.items() for word in listed.split(",")}


@cache
def _languages() -> dict[str, str]:
    known = {}
    for interface in ("en", "fr", "es", "ar", "id"):
        labels = Locale.parse(interface).languages
        known.update({plain(labels[code]): code for code in _LANGUAGE_CODES.split() if code in labels})
    return known | {code: code for code in (*_LANGUAGE_CODES.split(), "ceb", "ilo")} | _LANGUAGES
