"""What the pages behind links show: gathered for one worker and one purpose, nothing beyond it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from markupsafe import Markup
from sqlalchemy.orm import Session

from locator import gazetteer, zones
from locator.geodesy import Point
from locator.mapdraw import Frame, draw
from locator.mapmarks import Here, Sign, Town
from locator.places import places
from locator.places.places import Found
from locator.whereabouts import gathering
from messaging.inbox import whereabouts
from messaging.links import acts, duress, links, words
from messaging.models import WorkerLink
from messaging.proposals import proposals
from messaging.reading import Place
from workforce import consents
from workforce.core import clock, vault
from workforce.core.audit import AuditEntry
from workforce.core.tenancy import System
from workforce.models import Agency, Worker
from workforce.papers import documents
from workforce.people import phones, workers

LOOKS = {
    "worker.open": "look_opened",
    "phone.reveal": "look_number",
    "number.read": "look_number",
    "paper.number": "look_paper",
    "file.view": "look_paper",
    "file.download": "look_paper",
    "position.exact": "look_place",
}
MAP_WIDTH, MAP_HEIGHT = 328, 220
KINDS = {"embassies": ("embassy", 1), "hospitals": ("hospital", 2), "airports": ("airport", 1), "shelters": ("shelter", 1)}  # fmt: skip


@dataclass(frozen=True)
class Near:
    """One place near, in the worker's words: how far, in which direction, the number to call."""

    kind: str
    name: str
    way: str
    bearing: float
    phone: str
    is_stale: bool


def frame(db: Session, link: WorkerLink, worker: Worker, language: str) -> dict[str, Any]:
    """What every page shows: whose agency, until when, whom to call."""
    agency = db.get_one(Agency, worker.agency_id)
    return {
        "agency_name": agency.name,
        "call_number": agency.call_number or "",
        "name": worker.given_name,
        "until": local_time(worker, link.expires_at, language),
        "purpose": link.purpose,
    }


def local_time(worker: Worker, at: datetime, language: str = "en") -> str:
    """A moment on the worker's own clock: "14:02 Tripoli", and on another day than today "23 Nov 14:02 Tripoli"."""
    site = worker.deployment.site if worker.deployment else None
    zone = (site.zone if site else "") or zones.country_zone(worker.host_country)
    there, today = at.astimezone(ZoneInfo(zone)), clock.now().astimezone(ZoneInfo(zone)).date()
    day = "" if there.date() == today else format_skeleton("MMMd", there, locale=language) + " "
    return f"{day}{there:%H:%M} {zone.rpartition('/')[2].replace('_', ' ')}"


def gather(db: Session, link: WorkerLink, worker: Worker, language: str, now: datetime, typed: str = "") -> dict[str, Any]:  # fmt: skip
    """The facts of the page for the link's purpose."""
    if link.purpose == "answer":
        return {"embassy": _embassy(db, worker, language, now)}
    if link.purpose == "place":
        share = link.share_until if link.share_until and link.share_until > now else None
        return {"share_until": local_time(worker, share, language) if share else "", "hours": acts.HOURS}
    if link.purpose == "near":
        return _near(db, worker, language, now, typed)
    if link.purpose == "papers":
        return _papers(db, worker)
    if link.purpose == "consents":
        return {"agreed": _agreed(db, worker)}
    return {"agreed": _agreed(db, worker), **_record(db, worker, language)}


def _near(db: Session, worker: Worker, language: str, now: datetime, typed: str) -> dict[str, Any]:
    place = acts.placed(db, worker, typed) if typed else None
    here = whereabouts.where(db, worker, place, now)
    if here is None:
        return {"near": {}, "map": "", "from_": "", "unread": bool(typed)}
    found = {title: _nearest(db, worker, kind, n, here) for title, (kind, n) in KINDS.items()}
    lists = {title: [_line(one, kind, language, now) for one in found[title]] for title, (kind, _n) in KINDS.items()}
    return {
        "near": lists,
        "map": _map(here, [one for some in found.values() for one in some], words.say(language, "near_title")),
        "from_": whereabouts.name_of(Place(here.lat, here.lon, 1.0, None, "kept")),
        "unread": bool(typed) and place is None,
    }


def _embassy(db: Session, worker: Worker, language: str, now: datetime) -> Near | None:
    """The embassy to call. Looking at a link leaves no trace, so it is measured from about where they are, and unsaid how far."""
    here = whereabouts.roughly(db, worker, now)
    found = _nearest(db, worker, "embassy", 1, here) if here is not None else []
    return _line(found[0], "embassy", language, now) if found else None


def _nearest(db: Session, worker: Worker, kind: str, n: int, here: Point) -> list[Found]:
    """The nearest of a kind; of embassies only the worker's own country's, one that is accredited here first."""
    own = {"country_of": worker.nationality, "covering": worker.host_country} if kind == "embassy" else {}
    found = places.nearest(db, here, kind=kind, n=n, agency_id=worker.agency_id, **own)
    if kind == "shelter":
        found += places.nearest(db, here, kind="assembly", n=n, agency_id=worker.agency_id)
        found.sort(key=lambda one: one.distance_km)
    return sorted(found, key=lambda one: not one.is_accredited)[:n]


def _line(one: Found, kind: str, language: str, now: datetime) -> Near:
    km = f"{one.distance_km:.1f}" if one.distance_km < 10 else f"{one.distance_km:.0f}"
    way = words.say(language, "near_km", km=km, direction=words.direction(language, one.bearing))
    return Near(kind, one.place.name, way, round(one.bearing), one.place.phone, one.place.is_stale(now.date()))


def _map(here: Point, found: list[Found], label: str) -> Markup:
    """A picture for a small phone: the place, the ways around it, towns near."""
    bounds = gathering.around([here, *(one.place.point for one in found if one.distance_km < 400)])
    if bounds is None:
        return Markup()
    frame = Frame.around(bounds, MAP_WIDTH, MAP_HEIGHT, margin=28)
    town, km = gazetteer.nearest(here)
    near = [one for one in found if one.distance_km < 400]
    # A town under the mark of where they are would be half a word: its name stands above the picture.
    is_apart = km > max((one.distance_km for one in near), default=0.0) / 8
    layers: list[Town | Sign | Here] = [Town(town.point, town.name, is_main=True)] if is_apart and km < 50 else []
    layers += [Sign(one.place.point, one.place.kind) for one in near]
    layers.append(Here(here, 1.0))
    return draw(frame, layers, label=label, has_grid=False)


def _papers(db: Session, worker: Worker) -> dict[str, Any]:
    kept = [
        {
            "id": str(paper.id),
            "kind": paper.kind,
            "title": paper.title,
            "expires_on": paper.expires_on,
            "has_copy": bool(paper.active and paper.active.file),
        }
        for paper in documents.of_worker(db, worker)
    ]
    return {
        "papers": kept,
        "kinds": acts.PAPERS,
        "agrees": consents.live(db, worker, "backup") is not None,
        "waiting": proposals.waiting_of(db, worker),
    }


def _agreed(db: Session, worker: Worker) -> list[tuple[str, bool]]:
    return [(purpose, consents.allowed(db, worker, purpose)) for purpose in acts.CONSENTS]


def _record(db: Session, worker: Worker, language: str) -> dict[str, Any]:
    deployment = worker.deployment
    contacts = [(one.full_name, phones.masked(vault.reveal(db, one, "phone"))) for one in worker.contacts]
    return {
        "known": acts.record(db, worker),
        "numbers": [phones.masked(vault.reveal(db, phone, "number")) for phone in worker.phones],
        "employer": deployment.employer.name if deployment and deployment.employer else "",
        "site": deployment.site.name if deployment and deployment.site else "",
        "contacts": contacts,
        "looked": [_looked(entry, name, worker) for entry, name in _looks(db, worker)],
        "has_duress": duress.since(db, worker) is not None,
        "waiting": proposals.waiting_of(db, worker),
    }


def _looks(db: Session, worker: Worker) -> list[tuple[AuditEntry, str]]:
    return workers.history(db, System(worker.agency_id), worker.id, only=LOOKS, limit=8)


def _looked(entry: AuditEntry, name: str, worker: Worker) -> tuple[datetime, str, str]:
    """When, who by first name, what in words."""
    return entry.at, name.split(maxsplit=1)[0], LOOKS[entry.action]


def link_is_usable(db: Session, link: WorkerLink, worker: Worker) -> bool:
    """Whether the page can be shown at all: what is checked by the birthday needs one on file."""
    return link.purpose not in links.CHECKED or links.has_birthday(db, worker)
