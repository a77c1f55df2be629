"""What the columns of agencies' lists are called, in English, Bahasa, French, Spanish and Arabic, and what each means.

Further languages are in `heading_scripts`.
"""

import re
from functools import cache, lru_cache

from workforce import countries
from workforce.rosters import heading_scripts

FIELDS = (
    *("full_name", "family_name", "given_names", "middle_names", "name_suffix", "own_script_name", "nationality", "host_country"),
    *("birth_date", "sex", "passport_number", "passport_issued_on", "passport_expires_on", "visa_number"),
    *("visa_expires_on", "permit_number", "permit_expires_on", "exit_permit_expires_on", "contract_starts_on"),
    *("contract_ends_on", "employer", "site", "occupation", "phone_host", "phone_home", "phone", "phone_family"),
    *("contact_name", "contact_relation", "email", "language", "custody", "address_host", "address_home"),
    *("external_ref", "notes", "muster_id", "muster_check"),
)
PHONE_FIELDS = frozenset({"phone_host", "phone_home", "phone", "phone_family"})
DATE_FIELDS = frozenset(field for field in FIELDS if field.endswith(("_on", "_date")))
NAME_FIELDS = frozenset({"full_name", "family_name", "given_names"})

_WORDS = {
    "passport": "passport, pass port, pp, ppt, pport, passeport, pasaporte, paspor, pasport, travel document, جواز, جواز سفر",
    "visa": "visa, visas, visado, تاشيره, فيزا",
    "permit": """permit, iqama, iqamah, akama, aqama, residence permit, residence, residency, resident id, residence id,
        work permit, civil id, qid, qatar id, emirates id, eid, cpr, labour card, labor card, kitas, wp, wp no, permis, sejour,
        carte de sejour, titre de sejour, permiso, residencia, izin tinggal, izin kerja, permit kerja, اقامه, رخصه, تصريح""",
    "exit": "exit, exit permit, exit reentry, exit re entry, reentry, re entry, sortie, salida, izin keluar, خروج",
    "contract": "contract, contrat, contrato, kontrak, employment contract, perjanjian kerja, عقد",
    "expiry": """expiry, expires, expire, exp, expired, expiration, expirydate, expiring, valid, validity, valid until, valid till,
        valid to, doe, vencimiento, vence, caducidad, caduca, vigencia, validez, valide, validite, valable, echeance,
        berlaku, masa berlaku, habis, kadaluarsa, kedaluwarsa, kadaluwarsa, tamat, luput, انتهاء, صلاحيه, ينتهي""",
    "issue": """issue, issued, issuance, doi, emision, expedicion, expedido, emitido, delivrance, emission, delivre, emis,
        terbit, terbitan, penerbitan, dikeluarkan, pengeluaran, اصدار""",
    "start": """start, starts, started, starting, begin, begins, beginning, commence, commencement, from, joining, joined, doj, dod,
        deployed, deployment, debut, commencement, inicio, comienzo, empieza, mulai, bermula, بدايه, بدء, مباشره""",
    "end": """end, ends, ending, ended, finish, finishes, finished, completion, until, till, to, fin, fins, termino, termina,
        terminacion, final, selesai, berakhir, akhir, tamat, نهايه""",
    "place": "place, lieu, lugar, tempat, authority, by, at, country, pays, pais, negara, مكان, جهه, بلد",
    "other": """status, type, copy, scan, photo, image, category, validity period, period, duration, duree, duracion, lama, tenure,
        salary, wage, salaire, salario, gaji, fee, cost, age, umur, edad, usia, عمر, راتب, نوع""",
    "number": "no, nos, number, numbers, num, nr, nbr, numero, n, nomor, nombor, id, رقم",
    "date": "date, dates, on, day, doj, dod, fecha, tanggal, tgl, tarikh, jour, le, تاريخ",
    "phone": """phone, phones, tel, telephone, telephones, mobile, mobiles, mob, cell, cellphone, cellular, cp, whatsapp, watsapp, wa,
        viber, imo, gsm, handphone, hp, phoneno, whats app, telegram, messenger no, line id, botim, contact no, contact nos, contact number, contact numbers, contact num,
        telepon, telp, telefon, ponsel, telefono, telefonos, movil, celular, portable, hotline, landline, sim,
        numero de contact, numero de contacto, nomor kontak, no kontak, هاتف, جوال, موبايل, تليفون, تلفون, محمول, واتساب""",
    "kin": """next of kin, nextofkin, nok, kin, nominee, nominees, emergency, ice, in case of emergency, beneficiary, guardian, guardians, parent, parents, contact person, urgence,
        personne a contacter, proche, emergencia, emergencias, pariente, familiar, familiares, persona de contacto,
        darurat, kecemasan, keluarga, ahli waris, waris, keluarga yang dapat dihubungi, طوارئ, طواري, اقارب, قريب, family, relative,
        relatives, famille, familia, kontak keluarga, contact name, name of contact, personne a prevenir, a prevenir, prevenir, avisar a, en caso de emergencia, contact d urgence, اهل""",
    "relation": """relation, relationship, rel, lien, lien de parente, parente, parentesco, relacion, vinculo, hubungan, صله,
        قرابه, صله قرابه""",
    "host": """host, abroad, overseas, foreign, host country, work country, country of work, in country, jobsite, job site, site, destination,
        accueil, etranger, destino, exterior, extranjero, luar negeri, penempatan, tujuan, current, work, employment,
        deployment, assignment, travail, trabajo, kerja, مضيف, خارج, عمل, deployed, placement""",
    "home": """home, origin, home country, permanent, origine, origen, asal, kampung, domicile, provincial, province, native,
        hometown, native country, country of origin, وطن, منشا, اصلي, sending, bled, hogar""",
    "country": "country, countries, pays, pais, negara, دوله, بلد, state of work",
    "nationality": """nationality, nationalities, natl, nat, nationalty, citizenship, citizen, nationalite, citoyennete, nacionalidad, ciudadania,
        kewarganegaraan, kebangsaan, warganegara, warga negara, bangsa, جنسيه""",
    "birth": """dob, d o b, birth, date of birth, birthdate, birthday, bday, born, naissance, ne le, nee le, nacimiento, nacido,
        lahir, kelahiran, ميلاد""",
    "sex": "sex, gender, m f, f m, l p, p l, h f, h m, sexe, genre, sexo, genero, kelamin, jenis kelamin, jantina, جنس, نوع",
    "site": """jobsite, job site, worksite, work site, site, location, city, town, branch, project, camp, place of work, workplace,
        work place, work location, place of assignment, place of deployment, lieu de travail, chantier, ville, lugar de trabajo, ciudad,
        obra, sitio, lokasi, tempat kerja, kota, proyek, موقع, مدينه, مكان عمل, مشروع""",
    "occupation": """occupation, position, job, job title, jobtitle, designation, trade, profession, job category, category of work, skill, role,
        poste, metier, fonction, emploi, puesto, cargo, ocupacion, oficio, profesion, pekerjaan, jabatan, posisi,
        profesi, مهنه, وظيفه, مسمي وظيفي""",
    "employer": """employer, employers, employer s, company, sponsor, principal, kafil, kafeel, kafala, fra, firm, client, establishment,
        foreign principal, employeur, entreprise, societe, patron, empleador, empresa, patrono, compania, majikan, perusahaan,
        syarikat, صاحب عمل, كفيل, شركه, جهه عمل""",
    "stranger": """agent, agency, recruiter, recruitment agency, father, fathers, father s, mother, mothers, mother s, spouse, husband, wife,
        agence, agencia, agen, pere, mere, padre, madre, ayah, ibu, office, supervisor, coordinator, broker, welfare officer,
        مكتب, وكيل, اب, ام, والد""",
    "family": """dependent, dependents, dependant, dependants, spouse, spouses, wife, husband, child, children, son, daughter, father, fathers, father s, mother,
        mothers, mother s, istri, suami, anak, ayah, ibu, pere, mere, epouse, epoux, enfant, enfants, padre, madre, esposa, esposo, hijo, hijos, hija, dependientes, زوجه, زوج, ابن, اولاد, اب, ام, والد""",
    "email": "email, e mail, mail, emails, courriel, correo, correo electronico, surel, emel, بريد, ايميل, بريد الكتروني",
    "language": """language, languages, langue, langues, idioma, idiomas, lengua, bahasa, mother tongue, preferred language,
        لغه, لغات""",
    "custody": """custody, held by, kept by, kept with, keeps, holds, who holds, holder, passport with, in possession of,
        detenteur, detenu par, conserve par, en poder de, custodia, custodio, quien tiene, dipegang, disimpan,
        pemegang, بحوزه, حيازه, عهده""",
    "address": "address, addresses, addr, adresse, direccion, domicilio, alamat, عنوان",
    "notes": """remarks, remark, notes, note, comment, comments, remarque, remarques, observation, observations, observaciones,
        notas, nota, comentarios, catatan, keterangan, ملاحظات, ملاحظه""",
    "reference": """ref, reference, worker id, employee id, employee no, emp no, emp id, emp code, staff no, staff id, file no, file number, id,
        id no, id number, worker no, worker number, worker code, personnel no, oec, oec no, matricule, code, case no, record id,
        external ref, reference no, our ref, applicant no, referencia, referensi, no induk, nomor induk, codigo,
        رقم عامل, رقم مرجعي, رقم موظف, مرجع""",
    "former": """previous, prev, former, formerly, old, prior, earlier, ancien, ancienne, precedent, precedente, anterior, antiguo, antigua, sebelumnya, terdahulu,
        سابق, سابقه, قديم, पुरानो, पहिलेको, পুরাতন, পূর্বের, කලින්, පැරණි, የቀድሞ""",
    "name": "name, names, fullname, full name, name and surname, complete name, nom, noms, nombre, nombres, nama, nama lengkap, اسم, اسماء, nomes",
    "person": """worker, workers, worker s, employee, employees, employee s, applicant, candidate, staff, manpower, ofw, pekerja, karyawan, pmi, tki, tkw, travailleur,
        travailleuse, travailleurs, salarie, trabajador, trabajadora, trabajadores, empleado, عامل, عمال, موظف""",
    "family_name": """surname, surnames, family name, last name, lastname, familyname, nom de famille, apellido, apellidos, nama keluarga,
        nama belakang, nama akhir, لقب, اسم عائله, last, paternal surname""",
    "given": """given name, given names, givenname, givennames, first name, firstname, first names, forename, forenames, christian name,
        prenom, prenoms, nombre de pila, nama depan, nama pertama, اسم اول, given, first""",
    "middle": "middle name, middlename, middle names, middle initial, mi, m i, segundo nombre, nama tengah, middle",
    "nick": "nick, nickname, nick name, alias, aliases, aka, also known as, called, palayaw, nama panggilan, surnom, apodo",
    "script": """arabic name, name in arabic, arabic, own script, native name, native script, name in own script, own language, local name, chinese name,
        name in chinese, nepali name, name in nepali, bangla name, name in bangla, name in bengali, nom en arabe, nom arabe,
        nombre en arabe, burmese name, thai name, name in hindi, local script, اسم عربي, اسم بعربيه, اسم بلغه ام""",
}
_OURS = {"muster id": "muster_id", "muster check leave as it is": "muster_check", "muster check": "muster_check"}
_ELISION = re.compile(r"\b[dlDL]['’]")
_POSSESSIVE = re.compile(r"(?<=\w)['’´`]s\b", re.IGNORECASE)
_AND = re.compile(r"(?i)(?<!\w)(?:et|and|y|dan|e|at)(?!\w)|[&/+]").search
_RESIDENCE = frozenset(("country of residence", "residence country", "pays de residence", "pais de residencia", "negara tempat tinggal"))
_BARE_NAMES = frozenset({"name", "names", "nom", "noms", "nombre", "nombres", "nama", "اسم"})


def words_of(heading: str) -> str:
    """The heading in small plain words, the Arabic article taken off."""
    words = countries.plain(_NUMBER_SIGN.sub(" no ", _POSSESSIVE.sub("", _ELISION.sub(" ", heading)))).split()
    return " ".join(word.removeprefix("ال") if len(word) > len("الxx") else word for word in words)


_NUMBER_SIGN = re.compile(r"[#№]")


def is_bare_name(heading: str) -> bool:
    """Whether it says just "Name", "Nom" or "Nombre": half a name when the other half has a column of its own."""
    return words_of(heading) in _BARE_NAMES


_FATHER = re.compile(r"(?:name of )?(?:the )?(?:father|fathers|father s)(?: (?:name|names))?|የአባት ስም").fullmatch
_GRANDFATHER = re.compile(r"(?:name of )?(?:the )?(?:g|grand|gr) ?(?:father|fathers|father s)(?: (?:name|names))?|የአያት ስም").fullmatch


def generation_of(heading: str) -> str:
    """"father" or "grandfather" for a column of their names, else ""."""
    words = words_of(heading)
    return "grandfather" if _GRANDFATHER(words) else "father" if _FATHER(words) else ""


def _names_both_halves(heading: str) -> bool:
    """"Nom et prénoms", "Nombres y apellidos", "Name and surname": a whole name, although half of it is said twice."""
    if not _AND(heading) or {"kin", "stranger", "employer"} & concepts(heading):
        return False
    words = words_of(heading)
    rest = _patterns()["given"].sub(" ", _patterns()["family_name"].sub(" ", words))
    return rest != words and bool(_BARE_NAMES & set(rest.split()))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    patterns = {}
    for concept, words in _WORDS.items():
        listed = f"{words},{heading_scripts.WORDS.get(concept, '')}".split(",")
        phrases = sorted({words_of(word) for word in listed} - {""}, key=len, reverse=True)
        patterns[concept] = re.compile(r"(?<!\S)(?:" + "|".join(map(re.escape, phrases)) + r")(?!\S)")
    return patterns


@lru_cache(maxsize=4096)
def concepts(heading: str) -> frozenset[str]:
    """What the heading talks about: "PP Exp. Date" is about passport, expiry and date."""
    words = words_of(heading)
    return frozenset(concept for concept, pattern in _patterns().items() if pattern.search(words))


def document_of(heading: str) -> str | None:
    """The document a heading is about, so that a bare "Exp. Date" to its right can follow it."""
    about = concepts(heading)
    return next((kind for kind in ("exit", "permit", "visa", "passport", "contract") if kind in about), None)


def field_of(heading: str, document: str | None = None) -> str | None:
    """The field a heading asks for, or None to leave the column out. `document` is the nearest one to its left."""
    about = concepts(heading)
    if whole := _said_whole(heading, about):
        return whole
    if _ORDINAL(words_of(heading)):
        return None  # "Last location", "First contract": nobody's name.
    if "former" in about:
        return None  # The old passport, the previous employer: not where somebody is, nor what they hold.
    if "family" in about and not about & {"kin", "relation", "language"}:
        return None  # The wife's passport, the father's birth date: not the worker's.
    about -= {"person"}
    for rule in (_custody, _kin, _worker_phone, _whole_name, _document_field, _dates, _person, _work):
        field = rule(about)
        if field:
            return None if field == "out" else field
    return _follows(about, document)


def _said_whole(heading: str, about: frozenset[str]) -> str | None:
    """The field of headings whose words mean something together that they do not mean one by one."""
    words = words_of(heading)
    if ours := _OURS.get(words):
        return ours
    if phone := _contact(words, about):
        return phone
    if about == {"person"} or _names_both_halves(heading) or _NAME_IN_PASSPORT(words):
        return "full_name"
    if _SUFFIX(words):
        return "name_suffix"
    if {"birth", "place"} <= about and _DAY_OF_BIRTH(words):
        return "birth_date"  # "Tempat, tanggal lahir": the place stands before the day, and is left out.
    return "host_country" if words in _RESIDENCE else None


def _contact(words: str, about: frozenset[str]) -> str | None:
    """"Contacts" and "Worker contact" are a phone; "Overseas contact" says where."""
    if not _CONTACT & set(words.split()) or not (words in _CONTACT or about <= {"person", "host", "home", "place", "country"}):
        return None
    return "phone_home" if "home" in about else "phone_host" if "host" in about else "phone"


_ORDINAL = re.compile(r"(?!.*\b(?:names?|surnames?|given|initials?)\b)(?=.*\b(?:first|last)\b)(?!(?:(?:first|last|middle|mi|m|i|and|worker|employee|s)(?: |$))+$).*").fullmatch
_NAME_IN_PASSPORT = re.compile(r"(?:full )?names? (?:(?:as )?(?:on|in|per|of)|as) (?:the )?(?:passport|pp|ppt|paspor)").fullmatch
_SUFFIX = re.compile(r"(?:name )?(?:suffix|suffixes|extension|ext)(?: name)?|(?:jr sr|suffix)(?: \w+)*").fullmatch
_DAY_OF_BIRTH = re.compile(r"\b(?:date|dob|tanggal|tgl|tarikh|fecha|jour)\b|^ttl$").search
_CONTACT = frozenset(("contact", "contacts", "contacto", "kontak", "kontakt"))


def _custody(about: frozenset[str]) -> str | None:
    if "custody" in about:
        return "custody" if "name" not in about else None
    return None


def _kin(about: frozenset[str]) -> str | None:
    if "relation" in about:
        return "contact_relation"
    if "kin" in about and not about & {"family_name", "passport", "visa"}:
        if "phone" in about or "number" in about:
            return "phone_family"
        unread = {"address", "email", "birth", "date", "nationality", "sex", "occupation", "country"}
        return "out" if about & unread else "contact_name"
    return None


def _worker_phone(about: frozenset[str]) -> str | None:
    if "email" in about:
        return "out" if about & {"employer", "stranger"} else "email"
    if "phone" not in about:
        return None
    if about & {"employer", "stranger"} or {"country", "reference"} <= about:
        return "out"
    if "home" in about:
        return "phone_home"
    return "phone_host" if "host" in about else "phone"


def _whole_name(about: frozenset[str]) -> str | None:
    if about & {"birth", "relation", "nick"} or (about & {"employer", "stranger"} and "family_name" not in about):
        return None
    if "script" in about and about & {"name", "script"} and "language" not in about:
        return "own_script_name"
    if {"family_name", "given"} <= about:
        return "full_name"
    for concept, field in (("family_name", "family_name"), ("given", "given_names"), ("middle", "middle_names")):
        if concept in about and not about & {"date", "phone", "contract", "visa", "permit"}:
            return field
    if "name" in about and not about & {
        "number",
        "site",
        "occupation",
        "reference",
        "nationality",
        "address",
        "date",
        "visa",
        "sex",
        "language",
        "notes",
        "expiry",
        "issue",
        "start",
        "end",
    }:
        return "full_name" if not about & {"country", "phone", "other", "contract", "permit"} else None
    return None


def _document_field(about: frozenset[str]) -> str | None:
    document = next((kind for kind in ("exit", "permit", "visa", "passport", "contract") if kind in about), None)
    if document is None:
        return None
    if ("nationality" in about and not about & {"number", "expiry", "issue"}) or about == {"passport", "country", "place"}:
        return "nationality"
    if document == "contract":
        return _contract_field(about)
    if about & {"expiry", "end"}:
        return {"exit": "exit_permit_expires_on"}.get(document, f"{document}_expires_on")
    if document == "passport" and "issue" in about and not about & {"place", "other"}:
        return "passport_issued_on"
    unread = document == "exit" or about & {"issue", "place", "other", "start", "date"}
    return "out" if unread else f"{document}_number"


def _contract_field(about: frozenset[str]) -> str:
    if about & {"number", "other", "phone"} and not about & {"expiry", "start", "end"}:
        return "out"
    if about & {"expiry", "end"} and "start" not in about:
        return "contract_ends_on"
    return "contract_starts_on" if about & {"start", "issue"} and not about & {"expiry", "end"} else "out"


def _dates(about: frozenset[str]) -> str | None:
    if "birth" in about:
        return "out" if about & {"place", "country", "other"} else "birth_date"
    if "start" in about and "date" in about:
        return "contract_starts_on"
    if "end" in about and "date" in about and "expiry" not in about and "start" not in about:
        return "contract_ends_on"
    return None


def _person(about: frozenset[str]) -> str | None:
    if "nationality" in about:  # "Citizenship No." is a paper that Nepal gives everybody.
        return "out" if about & {"number", "issue", "reference", "employer", "stranger"} else "nationality"
    if "sex" in about and not about & {"country", "employer"}:
        return "sex"
    if "address" in about:
        return _address_field(about)
    if "country" in about or (
        "host" in about and not about & {"site", "occupation", "employer", "number", "start", "date"}
    ):
        return "nationality" if about & {"home", "passport"} else "host_country"
    return "language" if "language" in about else None


def _address_field(about: frozenset[str]) -> str:
    if "home" in about:
        return "address_home"
    return "address_host" if about & {"host", "site"} else "out"


def _work(about: frozenset[str]) -> str | None:
    if "employer" in about:
        return "out" if about & {"number", "reference", "other"} and "name" not in about else "employer"
    if "notes" in about:
        return "notes"
    if about & {"stranger", "other"} and "occupation" not in about:
        return "out"
    for concept, field in (("site", "site"), ("occupation", "occupation"), ("reference", "external_ref")):
        if concept in about:
            return "address_home" if field == "site" and "home" in about else field
    return None


def _follows(about: frozenset[str], document: str | None) -> str | None:
    """A bare "Exp. Date" or "Issued" belongs to the document named before it, and to the passport when none was."""
    if not about & {"expiry", "issue"} or about & {"place", "other"}:
        return None
    return _document_field(about | {document or "passport"} - {"number"}) if _is_bare(about) else None


def _is_bare(about: frozenset[str]) -> bool:
    return about <= {"expiry", "issue", "date", "end", "start"}
