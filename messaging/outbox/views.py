"""Texts to one worker, the texts that failed, and the agency's wording."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from messaging import segments, texts
from messaging.inbox import subscriptions, threads
from messaging.outbox import forms, letters, quiet, wording
from messaging.outbox import worker as delivery_worker
from workforce.core import clock, vault
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.guard import Lock, only, require_staff
from workforce.core.words import _
from workforce.people import phones, workers

bp = Blueprint("outbox", __name__, url_prefix="/texts")
bp.before_request(require_staff)
require_wording = Lock(frozenset({"manager", "admin"}))
RIGHT_TO_LEFT = frozenset({"ar", "ur", "fa", "he"})
LANGUAGES = {
    "en": "English",
    "tl": "Tagalog",
    "ar": "العربية",
    "bn": "বাংলা",
    "hi": "हिन्दी",
    "ne": "नेपाली",
    "id": "Bahasa Indonesia",
    "sw": "Kiswahili",
    "ur": "اردو",
    "si": "සිංහල",
    "ta": "தமிழ்",
    "am": "አማርኛ",
}


@bp.route("/with/<uuid:worker_id>")
def worker_panel(worker_id: uuid.UUID) -> ResponseReturnValue:
    """The texts with one worker: a part of their page."""
    return _panel(worker_id, forms.LetterForm(formdata=None))


@bp.route("/to/<uuid:worker_id>", methods=["GET", "POST"])
def compose_one(worker_id: uuid.UUID) -> ResponseReturnValue:
    """Write one text to one worker."""
    form = forms.LetterForm()
    if not form.validate_on_submit():
        return _compose_page(worker_id, form), 422 if form.is_submitted() else 200
    found = letters.problems(form.body.data)
    if found and form.sure.data != "yes":
        return _compose_page(worker_id, form, problems=found), 422
    try:
        with transaction() as db:
            worker = workers.get(db, current_user, worker_id)
            phone = (
                phones.get(db, current_user, worker.id, uuid.UUID(form.phone_id.data)) if form.phone_id.data else None
            )
            wait = quiet.not_before("one_to_one", clock.now(), quiet.zone_of(worker), chosen=form.waits.data == "yes")
            made = letters.write(
                db, current_user, worker, form.body.data, phone=phone, language=worker.language, not_before_at=wait
            )
    except (Invalid, ValueError) as problem:
        form.body.errors = [str(problem)]
        return _compose_page(worker_id, form), 422
    delivery_worker.wake()
    if made.state == "suppressed":
        why = (
            _("no number is on file")
            if made.error_code == "no_number"
            else _("%(name)s asked us to stop texting. Call instead", name=worker.given_name)
        )
        flash(_("The text was not sent: %(why)s.", why=why), "warn")
    elif wait is not None:
        flash(_("The text to %(name)s waits until it is seven in the morning there.", name=worker.given_name))
    else:
        flash(_("The text to %(name)s is on its way.", name=worker.given_name))
    return redirect(url_for("people.show", worker_id=worker_id))


@bp.post("/check")
def check() -> ResponseReturnValue:
    """What is to be looked at again in a text, while it is written."""
    body = request.form.get("body", "")[: letters.LONGEST]
    return render_template(
        "messaging/outbox/_check.html",
        problems=letters.problems(body) if body.strip() else [],
        size=segments.count(body),
    )


@bp.route("/failed")
def failed() -> ResponseReturnValue:
    """Who was not reached, why, and what to do."""
    with reading() as db:
        return render_template("messaging/outbox/failed.html", lost=letters.lost(db, current_user, clock.now()))


@bp.post("/<uuid:message_id>/again")
def again(message_id: uuid.UUID) -> ResponseReturnValue:
    try:
        chosen = uuid.UUID(request.form["phone_id"]) if request.form.get("phone_id") else None
    except ValueError:
        raise Invalid(_("Choose a number from the list.")) from None
    with transaction() as db:
        made = letters.again(db, current_user, message_id, chosen)
    delivery_worker.wake()
    if made.state == "suppressed":
        flash(_("The text still cannot go. Call instead."), "warn")
    else:
        flash(_("The text is on its way again."))
    return redirect(url_for(".failed"))


# --- wording ----------------------------------------------------------------------------------------------------------


@bp.route("/wording")
def templates() -> ResponseReturnValue:
    """All texts as they leave now, in one language."""
    language = _language(request.args.get("language", "en"))
    with reading() as db:
        found = wording.every(db, current_user, language)
        return render_template(
            "messaging/outbox/wording.html",
            found=found,
            language=language,
            languages=_languages(),
            is_draft=texts.is_draft(language),
            may_edit=current_user.role in (require_wording.roles or ()),
        )


@bp.route("/wording/<key>/<language>", methods=["GET", "POST"])
@only(require_wording)
def edit_wording(key: str, language: str) -> ResponseReturnValue:
    """The agency's own wording of one text in one language."""
    form = forms.WordingForm()
    if form.validate_on_submit():
        try:
            version = int(form.version.data or 0)
        except ValueError:
            version = 0
        try:
            with transaction() as db:
                wording.save(db, current_user, key, language, form.body.data or "", version=version, at=clock.now())
        except Invalid as problem:
            form.body.errors = [str(problem)]
            return _wording_page(key, language, form), 422
        flash(_("The wording is saved. It holds for every text from now on."))
        return redirect(url_for(".templates", language=language))
    return _wording_page(key, language, form), 422 if form.is_submitted() else 200


@bp.post("/wording/<key>/<language>/look")
@only(require_wording)
def look_at_wording(key: str, language: str) -> ResponseReturnValue:
    """The wording as it would arrive, while it is written."""
    body = request.form.get("body", "")[: wording.LONGEST]
    with reading() as db:
        return render_template(
            "messaging/outbox/_look.html",
            look=wording.look(db, current_user, key, language, body),
            language=language,
            direction=_direction(language),
        )


def _direction(language: str) -> str:
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def _panel(worker_id: uuid.UUID, form: forms.LetterForm) -> str:
    with reading() as db:
        worker = workers.get(db, current_user, worker_id)
        said = threads.with_worker(db, current_user, worker)[-12:]
        number = next((phones.masked(vault.reveal(db, phone, "number")) for phone in worker.phones), "")
        return render_template(
            "messaging/outbox/_panel.html",
            standing=subscriptions.standing(db, worker),
            worker=worker,
            said=said,
            number=number,
            form=form,
            language_word=LANGUAGES.get(worker.language, worker.language),
            before=letters.before(current_user.agency),
        )


def _compose_page(worker_id: uuid.UUID, form: forms.LetterForm, problems: list[str] | None = None) -> str:
    with reading() as db:
        worker = workers.get(db, current_user, worker_id)
        numbers = [(phone, phones.masked(vault.reveal(db, phone, "number"))) for phone in worker.phones]
        said = threads.with_worker(db, current_user, worker)[-6:]
        zone = quiet.zone_of(worker)
        asleep = quiet.next_morning(clock.now(), zone) is not None
        return render_template(
            "messaging/outbox/compose_one.html", worker=worker, asleep=asleep, zone=zone, now=clock.now(), numbers=numbers, said=said, form=form, problems=problems or [], before=letters.before(current_user.agency),
            answer=letters.can_answer(db, worker), language_word=LANGUAGES.get(worker.language, worker.language), size=segments.count(letters.before(current_user.agency) + (form.body.data or "")),
        )  # fmt: skip


def _wording_page(key: str, language: str, form: forms.WordingForm) -> str:
    with reading() as db:
        found = wording.one(db, current_user, key, language)
        source = wording.one(db, current_user, key, _language(request.args.get("from", texts.FALLBACK)))
        if not form.is_submitted():
            form.body.data, form.version.data = found.body, str(found.own.version if found.own else 0)
        return render_template(
            "messaging/outbox/edit_wording.html",
            found=found,
            form=form,
            slots=texts.slots(key, language),
            language_word=LANGUAGES.get(language, language),
            direction=_direction(language),
            look=wording.look(db, current_user, key, language, form.body.data or ""),
            source=source,
            source_word=LANGUAGES.get(source.language, source.language),
            source_direction=_direction(source.language),
            languages=_languages(),
        )


def _language(code: str) -> str:
    return code if code in texts.languages() else texts.FALLBACK


def _languages() -> list[tuple[str, str]]:
    return [(code, LANGUAGES.get(code, code)) for code in texts.languages()]
