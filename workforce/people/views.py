"""Pages about workers: the list, a worker's file, taking on, correcting, putting away."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from workforce import consents, countries
from workforce.core import clock, vault
from workforce.core.db import reading, transaction
from workforce.core.errors import Conflict, Invalid
from workforce.core.words import _
from workforce.duplicates import pairs, unmerging
from workforce.models import Worker
from workforce.papers import documents
from workforce.people import (
    contacts,
    deployments,
    families,
    forms,
    listing,
    near_views,
    numbers,
    phones,
    scripts,
    trail,
    workers,
)
from workforce.people.door import bp

__all__ = ["bp", "near_views"]


@bp.route("/")
def index() -> ResponseReturnValue:
    wanted = listing.Wanted(
        text=request.args.get("q", "")[:100],
        chip=request.args.get("chip", "everyone"),
        site_id=own_id("site"),
        employer_id=own_id("employer"),
    )
    with reading() as db:
        page = listing.page(
            db,
            current_user,
            wanted,
            now=clock.now(),
            zone=current_user.agency.zone,
            after=own_id("after"),
            before=own_id("before"),
        )
        sites, employers = listing.sites(db, current_user), listing.employers(db, current_user)
        return render_template(
            "workforce/people/index.html",
            page_of=page,
            wanted=wanted,
            sites=sites,
            employers=employers,
            site_words=listing.site_words,
            link=_link,
            twins=pairs.count(db, current_user),
            today=_today(),
        )


@bp.route("/search-panel")
def search_panel() -> ResponseReturnValue:
    """The workers that the words of a search box fit, as a fragment."""
    text = request.args.get("q", "")[:100]
    with reading() as db:
        found = listing.find(db, current_user, text, now=clock.now(), zone=current_user.agency.zone)
        return render_template("workforce/people/_found.html", found=found, text=text)


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = forms.NewWorkerForm(nationality=current_user.agency.country)
    if not form.validate_on_submit():
        return render_template("workforce/people/new.html", form=form), 422 if form.is_submitted() else 200
    try:
        with transaction() as db:
            worker = workers.register(db, current_user, form.values(), today=_today())
            if form.phone.data:
                phones.add(db, current_user, worker, form.phone.data, field="phone")
            if work := form.work():
                deployments.start(db, current_user, worker, work, today=_today())
    except Invalid as problem:
        forms.show_at(form, problem)
        return render_template("workforce/people/new.html", form=form), 422
    flash(_("%(name)s is on the list.", name=worker.full_name), "done")
    return redirect(url_for(".show", worker_id=worker.id))


@bp.route("/<uuid:worker_id>")
def show(worker_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        merged = unmerging.into(db, current_user, worker_id)
    if merged is not None:  # An old link, or a bookmark, of a record that was merged into another.
        return redirect(url_for(".show", worker_id=merged))
    with transaction() as db:
        workers.open_file(db, current_user, worker_id)
    with reading() as db:
        worker = workers.with_everything(db, current_user, worker_id)
        return render_template("workforce/people/show.html", **_file(db, worker))


@bp.route("/<uuid:worker_id>/edit", methods=["GET", "POST"])
def edit(worker_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        worker = workers.get(db, current_user, worker_id)
        if request.method == "GET":
            workers.open_file(db, current_user, worker_id, sheet="edit")
        form = forms.WorkerForm(**workers.known(db, worker), version=worker.version)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                workers.edit(
                    db, current_user, worker_id, form.values(), version=int(form.version.data or 0), today=_today()
                )
        except (Invalid, Conflict) as problem:
            forms.show_at(form, problem)
            return _edit_page(worker, form), 409 if isinstance(problem, Conflict) else 422
        flash(_("Saved."), "done")
        return redirect(url_for(".show", worker_id=worker_id))
    return _edit_page(worker, form), 422 if form.is_submitted() else 200


@bp.route("/<uuid:worker_id>/archive", methods=["GET", "POST"])
def archive(worker_id: uuid.UUID) -> ResponseReturnValue:
    form = forms.ArchiveForm()
    if form.validate_on_submit():
        with transaction() as db:
            worker = workers.archive(db, current_user, worker_id, reason=form.reason.data or "")
        flash(_("%(name)s is archived.", name=worker.full_name), "done")
        return redirect(url_for(".index"))
    with reading() as db:
        return render_template(
            "workforce/people/archive.html", form=form, worker=workers.get(db, current_user, worker_id)
        )


@bp.post("/<uuid:worker_id>/restore")
def restore(worker_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        worker = workers.restore(db, current_user, worker_id)
    flash(_("%(name)s is back on the list.", name=worker.full_name), "done")
    return redirect(url_for(".show", worker_id=worker_id))


@bp.post("/<uuid:worker_id>/numbers/<kind>/<uuid:row_id>")
def number(worker_id: uuid.UUID, kind: str, row_id: uuid.UUID) -> ResponseReturnValue:
    """Show one number in clear. A POST, because it leaves an audit line."""
    with transaction() as db:
        worker = workers.get(db, current_user, worker_id)
        shown = numbers.reveal(db, current_user, worker_id, kind, row_id)
    page = "_number.html" if "HX-Request" in request.headers else "number.html"
    return render_template(f"workforce/people/{page}", worker=worker, number=shown)


@bp.route("/<uuid:worker_id>/history")
def history(worker_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        worker = workers.get(db, current_user, worker_id)
        lines = workers.history(db, current_user, worker_id)
        return render_template("workforce/people/history.html", worker=worker, lines=lines, said=trail.said)


def own_id(name: str) -> uuid.UUID | None:
    """An id in the address; None where it is missing or not an id."""
    try:
        return uuid.UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _today() -> date:
    return clock.today_in(current_user.agency.zone)


def _link(**changes: Any) -> str:
    """This list's address with some of its questions changed; a page's edge is left behind."""
    kept: Mapping[str, Any] = {
        name: value for name, value in request.args.items() if name in {"q", "chip", "site", "employer"} and value
    }
    return url_for(".index", **{name: value for name, value in {**kept, **changes}.items() if value})


def _edit_page(worker: Worker, form: forms.WorkerForm) -> str:
    return render_template("workforce/people/edit.html", worker=worker, form=form)


def _file(db: Session, worker: Worker) -> dict[str, Any]:
    """Everything a worker's page shows, decrypted where it must be."""
    today = _today()
    place, of = workers.place_in_list(db, worker)
    lines = workers.history(db, current_user, worker.id, only=trail.READS, limit=5)
    born = vault.reveal(db, worker, "birth_date")
    newest = consents.latest(db, worker)
    return {
        "worker": worker,
        "place": place,
        "of": of,
        "today": today,
        "born": born,
        "born_on": date.fromisoformat(born) if born else None,
        "birthplace": vault.reveal(db, worker, "birthplace"),
        "contact_facts": {
            name: vault.reveal(db, worker, name) for name in ("email", "address_host", "address_home", "notes")
        },
        "language": dict(forms.LANGUAGES).get(worker.language, worker.language),
        "other": (scripts.tongue(worker.own_script_name), scripts.direction(worker.own_script_name)),
        "site": listing.site_words(worker.deployment.site) if worker.deployment else "",
        "site_words": listing.site_words,
        "country": countries.name,
        "papers": [(paper, documents.masked(_paper_number(db, paper))) for paper in documents.of_worker(db, worker)],
        "numbers": [(phone, phones.masked(vault.reveal(db, phone, "number"))) for phone in worker.phones],
        "family": [
            (
                one,
                families.age_years(vault.reveal(db, one, "birth_date"), today),
                phones.masked(vault.reveal(db, one, "phone")),
            )
            for one in worker.dependants
        ],
        "contacts": [(one, phones.masked(vault.reveal(db, one, "phone"))) for one in worker.contacts],
        "buddies": contacts.buddies(db, worker),
        "agreed": [(purpose, forms.PURPOSES[purpose], newest.get(purpose)) for purpose in forms.PURPOSES],
        "bases": consents.BASES,
        "base_words": forms.BASES,
        "how": forms.HOW,
        "kinds": dict(forms.KINDS),
        "looked": lines,
        "lines_in_all": workers.count_history(db, current_user, worker.id),
        "said": trail.said,
    }


def _paper_number(db: Session, paper: Any) -> str | None:
    return vault.reveal(db, paper.active, "paper_number") if paper.active else None
