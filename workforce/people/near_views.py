"""Forms around a worker's file: numbers, family, contacts, places of work, agreements."""

import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from workforce import consents
from workforce.core import clock, strongbox, web
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid
from workforce.core.words import _
from workforce.models import Worker
from workforce.papers import files
from workforce.people import contacts, deployments, families, forms, listing, phones, workers
from workforce.people.door import bp

Act = Callable[[Session, Worker], object]


@bp.route("/<uuid:worker_id>/phones/new", methods=["GET", "POST"])
def add_phone(worker_id: uuid.UUID) -> ResponseReturnValue:
    form = forms.PhoneForm()
    del form.state

    def act(db: Session, worker: Worker) -> object:
        return phones.add(
            db, current_user, worker, form.number.data or "", use=form.use.data, is_smartphone=form.is_smartphone.data
        )

    return _form_page(worker_id, form, act, _("Add a number"), _("Add the number"))


@bp.route("/<uuid:worker_id>/phones/<uuid:phone_id>", methods=["GET", "POST"])
def edit_phone(worker_id: uuid.UUID, phone_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        phone = phones.get(db, current_user, worker_id, phone_id)
    form = forms.PhoneForm(use=phone.use, state=phone.state, is_smartphone=bool(phone.is_smartphone))
    form.number.description = _("Leave it empty to keep the number that is there.")

    def act(db: Session, worker: Worker) -> object:
        return phones.edit(
            db,
            current_user,
            worker,
            phone_id,
            number=form.number.data or "",
            use=form.use.data,
            state=form.state.data,
            is_smartphone=form.is_smartphone.data,
        )

    first = (
        None
        if phone.rank == 0
        else (url_for(".put_phone_first", worker_id=worker_id, phone_id=phone_id), _("Try this number first"))
    )
    remove = (url_for(".remove_phone", worker_id=worker_id, phone_id=phone_id), _("Remove this number"))
    return _form_page(worker_id, form, act, _("Correct a number"), _("Save the number"), others=[first, remove])


@bp.post("/<uuid:worker_id>/phones/<uuid:phone_id>/first")
def put_phone_first(worker_id: uuid.UUID, phone_id: uuid.UUID) -> ResponseReturnValue:
    return _do(
        worker_id,
        lambda db, worker: phones.put_first(db, current_user, worker, phone_id),
        _("This number is tried first now."),
    )


@bp.post("/<uuid:worker_id>/phones/<uuid:phone_id>/remove")
def remove_phone(worker_id: uuid.UUID, phone_id: uuid.UUID) -> ResponseReturnValue:
    return _do(
        worker_id, lambda db, worker: phones.remove(db, current_user, worker, phone_id), _("The number is removed.")
    )


@bp.route("/<uuid:worker_id>/family/new", methods=["GET", "POST"])
def add_dependant(worker_id: uuid.UUID) -> ResponseReturnValue:
    form = forms.DependantForm()
    return _form_page(
        worker_id,
        form,
        lambda db, worker: families.add(db, current_user, worker, form.data, today=_today()),
        _("Add family"),
        _("Add this person"),
    )


@bp.route("/<uuid:worker_id>/family/<uuid:dependant_id>", methods=["GET", "POST"])
def edit_dependant(worker_id: uuid.UUID, dependant_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        one = families.get(db, current_user, worker_id, dependant_id)
        form = forms.DependantForm(**families.known(db, one), version=one.version)
    form.phone.description = _("Leave it empty to keep the number that is there.")

    def act(db: Session, worker: Worker) -> object:
        return families.edit(
            db, current_user, worker, dependant_id, form.data, version=int(form.version.data or 0), today=_today()
        )

    remove = (url_for(".remove_dependant", worker_id=worker_id, dependant_id=dependant_id), _("Remove this person"))
    return _form_page(worker_id, form, act, one.full_name, _("Save"), others=[remove])


@bp.post("/<uuid:worker_id>/family/<uuid:dependant_id>/remove")
def remove_dependant(worker_id: uuid.UUID, dependant_id: uuid.UUID) -> ResponseReturnValue:
    return _do(
        worker_id,
        lambda db, worker: families.remove(db, current_user, worker, dependant_id),
        _("The person is removed."),
    )


@bp.route("/<uuid:worker_id>/contacts/new", methods=["GET", "POST"])
def add_contact(worker_id: uuid.UUID) -> ResponseReturnValue:
    form = forms.ContactForm()
    return _form_page(
        worker_id,
        form,
        lambda db, worker: contacts.add(db, current_user, worker, _contact_values(db, form)),
        _("Add a contact"),
        _("Add this contact"),
    )


@bp.route("/<uuid:worker_id>/contacts/<uuid:contact_id>", methods=["GET", "POST"])
def edit_contact(worker_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        one = contacts.get(db, current_user, worker_id, contact_id)
        form = forms.ContactForm(**contacts.known(db, one), version=one.version)
    form.phone.description = _("Leave it empty to keep the number that is there.")

    def act(db: Session, worker: Worker) -> object:
        return contacts.edit(
            db, current_user, worker, contact_id, _contact_values(db, form), version=int(form.version.data or 0)
        )

    remove = (url_for(".remove_contact", worker_id=worker_id, contact_id=contact_id), _("Remove this contact"))
    return _form_page(worker_id, form, act, one.full_name, _("Save"), others=[remove])


@bp.post("/<uuid:worker_id>/contacts/<uuid:contact_id>/remove")
def remove_contact(worker_id: uuid.UUID, contact_id: uuid.UUID) -> ResponseReturnValue:
    return _do(
        worker_id,
        lambda db, worker: contacts.remove(db, current_user, worker, contact_id),
        _("The contact is removed."),
    )


@bp.route("/<uuid:worker_id>/deployments/new", methods=["GET", "POST"])
def start_work(worker_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        host = workers.get(db, current_user, worker_id).host_country
    form = forms.WorkForm(host_country=host)
    return _form_page(
        worker_id, form, lambda db, worker: deployments.start(db, current_user, worker, form.values(), today=_today()), _("A new place of work"), _("Start here"),
        purpose=_("The place of work there is now ends the day before."),
    )  # fmt: skip


@bp.route("/<uuid:worker_id>/deployments/<uuid:deployment_id>", methods=["GET", "POST"])
def edit_work(worker_id: uuid.UUID, deployment_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        one = deployments.get(db, current_user, worker_id, deployment_id)
        site, employer = one.site, one.employer
    form = forms.WorkForm(
        host_country=one.host_country, occupation=one.occupation, starts_on=one.starts_on, ends_on=one.ends_on, employer=employer.name if employer else "",
        site=site.name if site else "", town=site.town if site else "", lat=site.lat if site else None, lon=site.lon if site else None,
    )  # fmt: skip
    end = (
        (url_for(".end_work", worker_id=worker_id, deployment_id=deployment_id), _("She or he has left this place"))
        if one.is_current
        else None
    )
    return _form_page(
        worker_id,
        form,
        lambda db, worker: deployments.edit(db, current_user, worker, deployment_id, form.values()),
        _("Place of work"),
        _("Save"),
        others=[end],
    )


@bp.post("/<uuid:worker_id>/deployments/<uuid:deployment_id>/end")
def end_work(worker_id: uuid.UUID, deployment_id: uuid.UUID) -> ResponseReturnValue:
    return _do(
        worker_id,
        lambda db, worker: deployments.end(db, current_user, worker, deployment_id, on=_today()),
        _("The place of work has ended today."),
    )


@bp.route("/<uuid:worker_id>/consents", methods=["GET", "POST"])
def agreements(worker_id: uuid.UUID) -> ResponseReturnValue:
    form = forms.ConsentForm(purpose=request.args.get("purpose"))
    if form.validate_on_submit():
        dropped: list[str] = []
        with transaction() as db:
            worker = workers.get(db, current_user, worker_id)
            say = consents.give if form.answer.data == "yes" else consents.withdraw
            say(db, current_user, worker, form.purpose.data, channel=form.channel.data)
            if form.answer.data == "no" and form.purpose.data == "family":
                contacts.tell_no_more(db, current_user, worker)
            if form.answer.data == "no" and form.purpose.data == "backup":
                dropped = files.forget_all(db, current_user, worker)
        unlink(web.settings().files, dropped)
        flash(_("Noted."), "done")
        return redirect(url_for(".agreements", worker_id=worker_id))
    with reading() as db:
        worker = workers.get(db, current_user, worker_id)
        facts = {
            "ledger": consents.ledger(db, worker),
            "purposes": forms.PURPOSES,
            "how": forms.HOW,
            "base_words": forms.BASES,
        }
        return render_template(
            "workforce/people/agreements.html", worker=worker, form=form, **facts
        ), 422 if form.is_submitted() else 200


def unlink(folder: Path, places: list[str]) -> None:
    """Remove sealed files whose rows are gone: only after the commit, or a rollback would leave rows without files."""
    for place in places:
        strongbox.remove(folder, place)


def _form_page(
    worker_id: uuid.UUID,
    form: FlaskForm,
    act: Act,
    title: str,
    verb: str,
    *,
    purpose: str = "",
    others: list[tuple[str, str] | None] | None = None,
) -> ResponseReturnValue:
    """A form of one column about somebody near a worker: shown, or done and back to the worker's page."""
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                with transaction() as db:
                    act(db, workers.get(db, current_user, worker_id))
            except (Invalid, Conflict) as problem:
                forms.show_at(form, problem)
                status = 409 if isinstance(problem, Conflict) else 422
            else:
                flash(_("Saved."), "done")
                return redirect(url_for(".show", worker_id=worker_id))
    with reading() as db:
        worker = workers.get(db, current_user, worker_id)
        extra = [other for other in others or [] if other]
        return render_template(
            "workforce/people/form.html",
            worker=worker,
            form=form,
            title=title,
            verb=verb,
            purpose=purpose,
            others=extra,
        ), status


def _do(worker_id: uuid.UUID, act: Act, done: str) -> ResponseReturnValue:
    with transaction() as db:
        act(db, workers.get(db, current_user, worker_id))
    flash(done, "done")
    return redirect(url_for(".show", worker_id=worker_id))


def _contact_values(db: Session, form: forms.ContactForm) -> dict[str, Any]:
    """What was typed; a buddy's name becomes the one worker it fits. Raises Invalid when none does, or several do."""
    values: dict[str, Any] = dict(form.data)
    chosen = _as_id(values["other_worker_id"])
    if values["kind"] == "buddy" and chosen is None:
        found = listing.find(db, current_user, form.full_name.data or "", 11, now=clock.now())
        if len(found) != 1:
            form.other_worker_id.choices = [
                (str(line.id), f"{line.name}, {line.place}".strip(", ")) for line in found[:10]
            ]
            raise Invalid(_("Several workers fit: choose one.") if found else _("No worker fits this name or number."))
        chosen = found[0].id
    return values | {"other_worker_id": chosen if values["kind"] == "buddy" else None}


def _as_id(text: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _today() -> date:
    return clock.today_in(current_user.agency.zone)
