"""The words of a broadcast: from a template and a few facts to one text a language, with the crisis stamp in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from locator.models import Place
from locator.places import places
from locator.places.places import Known
from messaging import texts
from messaging.incidents import areas, incidents
from messaging.models import Broadcast, Incident, TextTemplate
from messaging.replies import routes
from workforce import countries
from workforce.core.errors import Invalid
from workforce.core.tenancy import Actor
from workforce.core.words import _, _l
from workforce.models import Agency

STAMP = "{stamp}"
EXERCISE = "EXERCISE. "
LONGEST_BODY = 600
LONGEST_KEPT = 5000  # What is too long is kept all the same, with the words that say so.
SLOTS = ("area", "go_to", "embassy_phone")
_PHONE = re.compile(r"[+0-9 ()/.\-\u0660-\u0669]{3,40}")
_EMBASSY_SENTENCE = re.compile(r"\s?[^.।۔:]*\{embassy_phone\}[^.।۔]*[.।۔]")


@dataclass(frozen=True)
class Template:
    """A default text that a broadcast may start from, and how urgent it is."""

    key: str
    name: Any
    purpose: str
    about: Any


TEMPLATES = (
    Template("evacuate", _l("Evacuate"), "evacuation", _l("Leave now, go there. Leaves before every other text.")),
    Template("stay_put", _l("Stay inside"), "evacuation", _l("Do not move. Leaves before every other text.")),
    Template("safety_check", _l("Safety check"), "safety", _l("Are you all right? Leaves before notices and replies.")),
    Template("follow_up", _l("Follow-up"), "safety", _l("To those who have not answered.")),
    Template("correction", _l("Correction"), "evacuation", _l("Our last text was wrong: go there instead.")),
    Template("recall", _l("Recall"), "recall", _l("Do not follow our last text. Leaves before every other text.")),
)
BY_KEY = {template.key: template for template in TEMPLATES}
LANGUAGES = {
    "en": ("English", "ltr"), "tl": ("Tagalog", "ltr"), "id": ("Indonesian", "ltr"), "sw": ("Swahili", "ltr"), "ar": ("Arabic", "rtl"),
    "hi": ("Hindi", "ltr"), "ne": ("Nepali", "ltr"), "bn": ("Bengali", "ltr"), "ur": ("Urdu", "rtl"), "si": ("Sinhala", "ltr"),
    "ta": ("Tamil", "ltr"), "am": ("Amharic", "ltr"), "fr": ("French", "ltr"), "es": ("Spanish", "ltr"),
}  # fmt: skip


def language_of(wanted: str) -> str:
    """The language in which somebody is texted: theirs where we have texts in it, else English."""
    code = wanted.partition("-")[0].lower()
    code = {"fil": "tl"}.get(code, code)
    return code if code in texts.languages() else texts.FALLBACK


def language_in(bodies: Mapping[str, object], wanted: str) -> str:
    """The language of a broadcast's texts in which somebody gets it: English where it was written before theirs was known.

    A text that somebody has emptied is still theirs, and keeps the broadcast from leaving.
    """
    code = language_of(wanted)
    return code if code in bodies else texts.FALLBACK


def facts_for(db: Session, actor: Actor, incident: Incident) -> dict[str, str]:
    """What the slots hold until somebody writes better: the danger area's name, the embassy, its phone from the places."""
    embassy = _embassy(db, db.get_one(Agency, actor.agency_id), incident)
    danger = next((area.name for area in areas.of(db, incident) if area.kind == "danger" and area.name), "")
    return {
        "area": danger or countries.name(incident.countries[0]),
        "go_to": _assembly(db, incident) or _the_embassy(embassy, texts.FALLBACK),
        "embassy_phone": embassy.phone if embassy is not None else "",
    }


def check_facts(template: str, facts: dict[str, str]) -> None:
    """Refuse a gap in the middle of a sentence, and a telephone that nobody can call. Raises Invalid."""
    said = texts.slots(template)
    if "area" in said and not facts["area"]:
        raise Invalid(_("Name the dangerous area: the texts speak of it."))
    if "go_to" in said and not facts["go_to"]:
        raise Invalid(_("Say where people are to go: the texts speak of it."))
    phone = facts["embassy_phone"]
    if phone and (not _PHONE.fullmatch(phone) or sum(sign.isdigit() for sign in phone) < 3):
        raise Invalid(_("“%(phone)s” is not a telephone number: it has digits, spaces and perhaps a plus.", phone=phone))


def written(
    db: Session, actor: Actor, incident: Incident, template: str, facts: dict[str, str], old_stamp: str
) -> dict[str, str]:
    """One text for every language that we have, the stamp still open. The agency's own wording goes before ours."""
    agency = db.get_one(Agency, actor.agency_id)
    own = select(TextTemplate).where(TextTemplate.agency_id == actor.agency_id, TextTemplate.key == template)
    ours = {row.language: row.body for row in db.scalars(own)}
    values = {
        "agency": agency.short_name,
        "stamp": STAMP,
        "old_stamp": old_stamp,
        **{name: facts.get(name, "") for name in SLOTS},
    }
    embassy = _embassy(db, agency, incident)
    back = routes.way_back(db, actor.agency_id, incident.countries)
    made = {}
    for language in texts.languages():
        values |= _translated(facts, incident, embassy, language)
        body = ours.get(language) or texts.template(template, language)
        if not values["embassy_phone"]:
            body = _EMBASSY_SENTENCE.sub(
                "", body
            )  # "Embassy ." would help nobody, and another number there would be a lie.
        body = routes.placed(_filled(body, values, language), back, language)
        made[language] = EXERCISE + body if incident.is_exercise else body
    return made


def stamp(incident: Incident, broadcast: Broadcast, at: datetime) -> str:
    """As "LBY-27/1 14:58 Tripoli": which text this is, wherever and in whatever order it arrives; a recall adds "replaces 1"."""
    mark = f"{incident.code}/{broadcast.sequence} {incidents.local_time(incident, at)}"
    return f"{mark} replaces {broadcast.replaces}" if broadcast.replaces else mark


def stamped(body: str, mark: str) -> str:
    """The text as it leaves. A text from which somebody deleted the stamp's place gets it at the end."""
    return body.replace(STAMP, mark) if STAMP in body else f"{body.rstrip()} {mark}"


def _filled(body: str, values: dict[str, str], language: str) -> str:
    for name, value in values.items():
        body = body.replace("{" + name + "}", texts.apart(value, language))
    return body


def _translated(facts: dict[str, str], incident: Incident, embassy: Known | None, language: str) -> dict[str, str]:
    """Our own words for the country and the embassy in the reader's language; what somebody typed stays as typed."""
    country = incident.countries[0]
    ours = {
        "area": (countries.name(country), countries.name(country, language)),
        "go_to": (_the_embassy(embassy, texts.FALLBACK), _the_embassy(embassy, language)),
    }
    return {name: there if facts.get(name) == here else facts.get(name, "") for name, (here, there) in ours.items()}


def _the_embassy(embassy: Known | None, language: str) -> str:
    town = embassy.city if embassy is not None else ""
    return texts.phrase("embassy_in", language, town=town) if town else texts.phrase("embassy", language)


def _embassy(db: Session, agency: Agency, incident: Incident) -> Known | None:
    """Our embassy in the country, else one that covers it, as this agency knows it; one with a phone before one without."""
    posts = select(Place).where(
        Place.kind == "embassy", Place.country_of == agency.country, places.own_or_shared(agency.id)
    )
    host = incident.countries[0]
    found = places.known(
        db,
        [row for row in db.scalars(posts.order_by(Place.name)) if row.country == host or host in (row.covers or [])],
        agency.id,
    )
    return min(
        (place for place in found if not place.is_closed),
        key=lambda place: (place.country != host, not place.phone),
        default=None,
    )


def _assembly(db: Session, incident: Incident) -> str:
    points = select(Place).where(
        Place.kind == "assembly", Place.country == incident.countries[0], places.own_or_shared(incident.agency_id)
    )
    found = places.known(db, db.scalars(points.order_by(Place.name)), incident.agency_id)
    return next((place.name for place in found if not place.is_closed), "")
