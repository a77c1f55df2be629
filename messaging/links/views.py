"""The pages behind one-time links. They work on an old phone without scripts; nothing of the token reaches a log or a referrer."""

import contextlib
import uuid
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from messaging.links import acts, duress, links, pages, words
from messaging.models import WorkerLink
from messaging.outbox import worker as delivery_worker
from workforce.core import clock, db, strongbox, tenancy, web
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, DomainError, Invalid, TooMany
from workforce.core.guard import require_nobody, require_staff
from workforce.core.words import _
from workforce.models import Agency, Worker
from workforce.papers import files
from workforce.people import workers

bp = Blueprint("links", __name__)
bp.before_request(require_nobody)
web.csrf.exempt(bp)  # The token is the proof: whoever has no cookies, in a chat's own browser, must get through.
desk = Blueprint("sent_links", __name__, url_prefix="/links")
desk.before_request(require_staff)
RIGHTS = "geolocation=(self), camera=(), microphone=(), payment=()"
LARGEST_BYTES = files.LARGEST_BYTES + 200_000
FACTS: dict[str, Any] = {}


@bp.route("/w/<token>")
def show(token: str) -> ResponseReturnValue:
    """A button, and where the page needs it a birthday to type. Previews and scanners look too: nothing changes."""
    try:
        link = links.look(token)
    except links.Gone as gone:
        return _gone(gone.link)
    with tenancy.agency(link.agency_id), reading() as session:
        return _door(session, link)


@bp.post("/w/<token>")
def use(token: str) -> ResponseReturnValue:
    """Open the link, once; or act on the page that it has opened, which brings its own token along."""
    try:
        if page := request.form.get("page", ""):
            return _act(links.page(token, page), page)
        birthday = _typed_birthday()
        if birthday is None and (asked := links.look(token)).purpose in links.CHECKED:
            with tenancy.agency(asked.agency_id), reading() as session:  # Nothing was guessed: it costs no try.
                return _door(session, asked, is_missing=True)
        opened = links.open_(token, birthday=birthday)
    except links.Gone as gone:
        return _gone(gone.link)
    link = opened.link
    if not opened.page:
        with tenancy.agency(link.agency_id), reading() as session:
            return _door(session, link, tries_left=opened.tries_left)
    return _act(link, opened.page)


def _act(link: WorkerLink, page: str) -> ResponseReturnValue:
    """Do what the form says, within what the link is for, and show the page again with what came of it."""
    act = request.form.get("act", "")
    if not act and link.purpose == "answer" and request.form.get("status"):
        act = "answer"
    done, status = ({}, 200) if not act else ALLOWED.get((link.purpose, act), _nothing)(link)
    # What is near is measured from the exact place, and opening that leaves a line in the log.
    looking = transaction if link.purpose == "near" else reading
    with tenancy.agency(link.agency_id), looking() as session:
        fresh = session.get_one(WorkerLink, link.id)
        return _page(session, fresh, page, done), status


# --- what may be done -------------------------------------------------------------------------------------------------


def _answer(link: WorkerLink) -> tuple[dict[str, Any], int]:
    typed = request.form.get("where", "")
    try:
        with tenancy.agency(link.agency_id), transaction() as session:
            worker = session.get_one(Worker, link.worker_id)
            said = acts.answer(
                session,
                worker,
                acts.STATUSES.get(request.form.get("status", ""), ""),
                typed=typed,
                point=_here(),
                at=clock.now(),
            )
            return {"said": said, "at": pages.local_time(worker, clock.now())}, 200
    except Invalid:
        return {"wrong": "choose", "beside": "status", "typed": typed}, 422


def _place(link: WorkerLink) -> tuple[dict[str, Any], int]:
    typed, point, now = request.form.get("where", ""), _here(), clock.now()
    if not typed.strip() and point is None:
        return {"wrong": "where_missing", "beside": "where"}, 422
    with tenancy.agency(link.agency_id), transaction() as session:
        worker = session.get_one(Worker, link.worker_id)
        place = acts.tell_place(session, worker, typed=typed, point=point, at=now)
    return ({"place": place}, 200) if place else ({"wrong": "place_unread", "beside": "where", "typed": typed}, 422)


def _share(link: WorkerLink) -> tuple[dict[str, Any], int]:
    hours, point = request.form.get("hours", ""), _here()
    if point is None:
        return {"wrong": "no_gps"}, 422
    with tenancy.agency(link.agency_id), transaction() as session:
        worker = session.get_one(Worker, link.worker_id)
        acts.share(
            session, link, worker, int(hours) if hours in {str(one) for one in acts.HOURS} else 0, at=clock.now()
        )
        acts.shared(session, session.get_one(WorkerLink, link.id), worker, point, at=clock.now())
    return {"sent_at": True}, 200


def _shared(link: WorkerLink) -> tuple[dict[str, Any], int]:
    point = _here()
    with tenancy.agency(link.agency_id), transaction() as session:
        worker = session.get_one(Worker, link.worker_id)
        kept = point is not None and acts.shared(session, link, worker, point, at=clock.now())
    return ({"sent_at": True}, 200) if kept else ({"wrong": "no_gps"}, 409)


def _stop(link: WorkerLink) -> tuple[dict[str, Any], int]:
    with tenancy.agency(link.agency_id), transaction() as session:
        acts.stop(session, link, session.get_one(Worker, link.worker_id), at=clock.now())
    db.fold_in_log()
    return {"note": "stopped"}, 200


def _near(link: WorkerLink) -> tuple[dict[str, Any], int]:
    typed = request.form.get("where", "").strip()[: acts.LONGEST_TYPED]
    return ({"typed": typed}, 200) if typed else ({"wrong": "where_missing", "beside": "where"}, 422)


def _correct(link: WorkerLink) -> tuple[dict[str, Any], int]:
    try:
        with tenancy.agency(link.agency_id), transaction() as session:
            worker = session.get_one(Worker, link.worker_id)
            count = acts.correct(session, worker, request.form.to_dict(), at=clock.now())
    except Conflict:
        return {"wrong": "photo_many"}, 409
    return {"note": "proposed" if count else "proposed_none", "count": count}, 200


def _consent(link: WorkerLink) -> tuple[dict[str, Any], int]:
    given = request.form.get("given") == "yes"
    with tenancy.agency(link.agency_id), transaction() as session:
        worker = session.get_one(Worker, link.worker_id)
        dropped = acts.agree(session, worker, request.form.get("purpose", ""), given=given, at=clock.now())
    for place in dropped:
        strongbox.remove(web.settings().files, place)
    if not given:
        db.fold_in_log()
    return {"note": "kept"}, 200


def _duress(link: WorkerLink) -> tuple[dict[str, Any], int]:
    word = request.form.get("word", "").strip()
    if not word:
        return {"wrong": "word_missing", "beside": "word"}, 422
    try:
        with tenancy.agency(link.agency_id), transaction() as session:
            worker = session.get_one(Worker, link.worker_id)
            acts.keep_duress_word(session, worker, word, at=clock.now())
    except Invalid:
        return {"wrong": "duress_wrong", "beside": "word"}, 422
    return {"note": "duress_kept"}, 200


def _photo(link: WorkerLink) -> tuple[dict[str, Any], int]:
    upload = request.files.get("photo")
    clear = upload.read(files.LARGEST_BYTES + 1) if upload else b""
    if not clear:
        return {"wrong": "photo_missing", "beside": "photo"}, 422
    folder, written = web.settings().files, ""
    try:
        with tenancy.agency(link.agency_id), transaction() as session:
            worker = session.get_one(Worker, link.worker_id)
            made = acts.photograph(
                session, worker, folder, clear=clear, which=request.form.get("which", ""),
                agrees=request.form.get("agrees") == "yes", at=clock.now(),
            )  # fmt: skip
            written = made.place
    except acts.NoConsent:
        return {"wrong": "photo_consent", "beside": "agrees"}, 422
    except Conflict:
        return {"wrong": "photo_many"}, 409
    except Invalid:
        return {"wrong": "photo_wrong", "beside": "photo"}, 422
    except Exception:
        strongbox.remove(folder, written) if written else None
        raise
    return {"note": "photo_got"}, 200


def _nothing(_link: WorkerLink) -> tuple[dict[str, Any], int]:
    """The link is not for this."""
    return {"wrong": "gone_title"}, 403


ALLOWED = {
    ("answer", "answer"): _answer,
    ("place", "place"): _place,
    ("place", "share"): _share,
    ("place", "shared"): _shared,
    ("place", "stop"): _stop,
    ("near", "near"): _near,
    ("record", "correct"): _correct,
    ("record", "consent"): _consent,
    ("record", "duress"): _duress,
    ("papers", "photo"): _photo,
    ("consents", "consent"): _consent,
}


# --- pages ------------------------------------------------------------------------------------------------------------


def _door(
    session: Session, link: WorkerLink, *, tries_left: int | None = None, is_missing: bool = False
) -> ResponseReturnValue:
    worker = session.get_one(Worker, link.worker_id)
    language = _language(worker)
    facts = pages.frame(session, link, worker, language) | {
        "asks_birthday": link.purpose in links.CHECKED,
        "usable": pages.link_is_usable(session, link, worker),
        "tries_left": tries_left,
        "is_missing": is_missing,
        **(pages.gather(session, link, worker, language, clock.now()) if link.purpose == "answer" else {}),
    }
    if tries_left == 0:
        return _gone(link)
    name = "answer" if link.purpose == "answer" else "door"
    return _dressed(_render(name, language, worker, facts), 422 if is_missing or tries_left is not None else 200)


def _page(session: Session, link: WorkerLink, page: str, done: dict[str, Any]) -> Response:
    worker = session.get_one(Worker, link.worker_id)
    language, now = _language(worker), clock.now()
    facts = pages.frame(session, link, worker, language) | {"page": page, "done": done}
    facts |= pages.gather(session, link, worker, language, now, str(done.get("typed", "")))
    return _dressed(_render(link.purpose, language, worker, facts))


def _gone(link: WorkerLink | None) -> ResponseReturnValue:
    """Used, old or never there: what to do now. A call for help on a used link still counts."""
    facts: dict[str, Any] = {"agency_name": "", "call_number": "", "purpose": ""}
    worker: Worker | None = None
    language = words.best(*request.accept_languages.values())
    if link is not None:
        with tenancy.agency(link.agency_id), reading() as session:
            worker, agency = session.get_one(Worker, link.worker_id), session.get_one(Agency, link.agency_id)
            facts |= {"agency_name": agency.name, "call_number": agency.call_number or ""}
            language = _language(worker)
        facts["heard"] = _help_on_a_used_link(link)
    return _dressed(_render("gone", language, worker, facts), 410)


def _help_on_a_used_link(link: WorkerLink) -> bool:
    """Whoever presses HELP once more on the page of an answered link is in danger: life safety fails open, and is flagged."""
    asked = request.method == "POST" and request.form.get("status") == "help" and link.purpose == "answer"
    if not asked or link.used_at is None or link.expires_at <= clock.now():
        return False
    with contextlib.suppress(DomainError), tenancy.agency(link.agency_id), transaction() as session:
        return acts.help_again(session, link, at=clock.now())
    return False


def _render(name: str, language: str, worker: Worker | None, facts: dict[str, Any]) -> str:
    def say(key: str, **values: object) -> str:
        return words.say(language, key, **values)

    others = {code: own for code, own in words.languages().items() if code in {"en", worker.language if worker else ""}}
    return render_template(
        f"messaging/links/{name}.html", say=say, language=language, **(FACTS | facts),
        direction="rtl" if language in words.RIGHT_TO_LEFT else "ltr",
        others=[(code, own) for code, own in others.items() if code != language],
    )  # fmt: skip


def _dressed(body: str, status: int = 200) -> Response:
    answer = make_response(body, status)
    answer.headers["Permissions-Policy"] = RIGHTS
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _language(worker: Worker) -> str:
    return words.best(request.values.get("in", ""), worker.language, *request.accept_languages.values()) if request.values.get("in") else words.best(worker.language, *request.accept_languages.values())  # fmt: skip


def _typed_birthday() -> tuple[int, int] | None:
    day, month = (words.number(request.form.get(name, "")) for name in ("day", "month"))
    return (day, month) if day and month else None


def _here() -> acts.Here | None:
    return acts.here(*(request.form.get(name, "") for name in ("lat", "lon", "accuracy")))


# --- staff ------------------------------------------------------------------------------------------------------------


@desk.route("/of/<uuid:worker_id>")
def worker_panel(worker_id: uuid.UUID) -> ResponseReturnValue:
    """The links of one worker: a part of their page."""
    with reading() as session:
        worker = workers.get(session, current_user, worker_id)
        now = clock.now()
        return render_template(
            "messaging/links/_panel.html",
            worker=worker,
            sent=[(one, one.state(now)) for one in links.of_worker(session, worker)],
            left=links.MOST_A_DAY - links.made_today(session, worker, now),
            has_birthday=links.has_birthday(session, worker),
            duress_since=duress.since(session, worker),
            purposes=links.PURPOSES,
        )


@desk.post("/of/<uuid:worker_id>")
def send(worker_id: uuid.UUID) -> ResponseReturnValue:
    """Text the worker a one-time link."""
    try:
        with transaction() as session:
            worker = workers.get(session, current_user, worker_id)
            links.send(session, current_user, worker, request.form.get("purpose", ""), at=clock.now())
            flash(_("The link to %(name)s is on its way.", name=worker.given_name), "done")
    except (Invalid, TooMany, Conflict) as problem:
        flash(str(problem), "warn")
    delivery_worker.wake()
    return redirect(url_for("people.show", worker_id=worker_id))


@desk.post("/of/<uuid:worker_id>/end")
def end(worker_id: uuid.UUID) -> ResponseReturnValue:
    """The phone is in wrong hands: no link of this worker opens any more, no open page works."""
    with transaction() as session:
        links.withdraw(session, current_user, workers.get(session, current_user, worker_id), clock.now())
    flash(_("Every link and every open page of this worker has ended."), "done")
    return redirect(url_for("people.show", worker_id=worker_id))


@desk.post("/of/<uuid:worker_id>/secret-word")
def secret_word(worker_id: uuid.UUID) -> ResponseReturnValue:
    """Keep or drop the word that means help and looks like safe."""
    word = request.form.get("word", "")
    try:
        with transaction() as session:
            worker = workers.get(session, current_user, worker_id)
            if word.strip():
                duress.keep(session, current_user, worker, word, at=clock.now())
            else:
                duress.drop(session, current_user, worker)
    except Invalid as problem:
        flash(str(problem), "warn")
    else:
        flash(_("The secret word is kept.") if word.strip() else _("There is no secret word any more."), "done")
    return redirect(url_for("people.show", worker_id=worker_id))
