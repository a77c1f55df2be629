"""Pages about papers: the list of all, one paper with its versions, adding, renewing, handing over."""

import uuid
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
from workforce.models import Document
from workforce.papers import copy_views, documents, forms, kinds, listing
from workforce.papers.door import bp
from workforce.people import workers
from workforce.people.forms import show_at
from workforce.people.views import own_id

__all__ = ["bp", "copy_views"]


@bp.app_template_filter("paper_kind")
def paper_kind(paper: Any) -> str:
    """What a paper, or a kind of papers, is called."""
    return kinds.word(paper) if isinstance(paper, str) else kinds.word(paper.kind, paper.title)


@bp.route("/")
def index() -> ResponseReturnValue:
    kind, chip = request.args.get("kind", ""), request.args.get("chip", "all")
    kind = kind if kind in kinds.WORDS else ""
    with reading() as db:
        page = listing.page(
            db, current_user, today=_today(), chip=chip, kind=kind, after=own_id("after"), before=own_id("before")
        )
        numbers = {paper.id: _masked(db, paper) for paper in page.papers}
        facts = {"chip": chip, "kind": kind, "kinds": kinds.WORDS, "numbers": numbers, "link": _link, "today": _today()}
        return render_template("workforce/papers/index.html", page_of=page, **facts)


@bp.route("/new/<uuid:worker_id>", methods=["GET", "POST"])
def new(worker_id: uuid.UUID) -> ResponseReturnValue:
    form, status = forms.NewPaperForm(custody="unknown"), 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                with transaction() as db:
                    worker = workers.get(db, current_user, worker_id)
                    paper = documents.add(db, current_user, worker, form.values(), today=_today())
            except (Invalid, Conflict) as problem:
                status = _show(form, problem)
            else:
                flash(_("%(paper)s is added.", paper=kinds.word(paper.kind, paper.title)), "done")
                return redirect(url_for(".show", document_id=paper.id))
    with reading() as db:
        return render_template(
            "workforce/papers/new.html", worker=workers.get(db, current_user, worker_id), form=form
        ), status


@bp.route("/<uuid:document_id>")
def show(document_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        return render_template("workforce/papers/show.html", **_sheet(db, document_id), form=forms.FileForm())


@bp.route("/<uuid:document_id>/edit", methods=["GET", "POST"])
def edit(document_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        paper = documents.get(db, current_user, document_id)
        issue = paper.active
        form = forms.PaperForm(
            issuing_country=paper.issuing_country, title=paper.title, custody=paper.custody, custody_since_on=paper.custody_since_on, custody_note=paper.custody_note,
            issued_on=issue.issued_on if issue else None, expires_on=issue.expires_on if issue else None, place_of_issue=issue.place_of_issue if issue else "", version=paper.version,
        )  # fmt: skip
    form.number.description = _("Leave it empty to keep the number that is there.")

    def act(db: Session) -> object:
        return documents.edit(
            db, current_user, document_id, form.values(), version=int(form.version.data or 0), today=_today()
        )

    return _form_page(document_id, form, act, _("Correct this paper"), _("Save the paper"))


@bp.route("/<uuid:document_id>/renew", methods=["GET", "POST"])
def renew(document_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        paper = documents.get(db, current_user, document_id)
    form = forms.IssueForm(custody=paper.custody, version=paper.version)

    def act(db: Session) -> object:
        return documents.renew(
            db, current_user, document_id, form.values(), version=int(form.version.data or 0), today=_today()
        )

    return _form_page(
        document_id,
        form,
        act,
        _("It has been renewed"),
        _("Save the new paper"),
        purpose=_("The old one stays in its history. What is asked here stands on the new one."),
    )


@bp.route("/<uuid:document_id>/custody", methods=["GET", "POST"])
def custody(document_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        paper = documents.get(db, current_user, document_id)
    form = forms.CustodyForm(custody=paper.custody, since_on=_today())

    def act(db: Session) -> object:
        return documents.hand_over(
            db,
            current_user,
            document_id,
            custody=form.custody.data,
            since_on=form.since_on.data,
            note=form.note.data or "",
        )

    return _form_page(document_id, form, act, _("Somebody else holds it"), _("Note who holds it"))


@bp.route("/<uuid:document_id>/lost", methods=["GET", "POST"])
def lost(document_id: uuid.UUID) -> ResponseReturnValue:
    form = forms.LostForm()

    def act(db: Session) -> object:
        return documents.lose(db, current_user, document_id, today=_today(), note=form.note.data or "")

    return _form_page(
        document_id,
        form,
        act,
        _("It is lost"),
        _("Note the loss"),
        purpose=_("Nobody is reminded of its end any more. Its number still finds the worker."),
    )


@bp.post("/<uuid:document_id>/renewal-begun")
def renewal_begun(document_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        documents.begin_renewal(db, current_user, document_id, today=_today())
    flash(_("Noted: the renewal has begun."), "done")
    return redirect(url_for(".show", document_id=document_id))


@bp.post("/<uuid:document_id>/archive")
def archive(document_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        worker_id = documents.archive(db, current_user, document_id, at=clock.now()).worker_id
    flash(_("The paper is put away."), "done")
    return redirect(url_for("people.show", worker_id=worker_id))


@bp.post("/<uuid:document_id>/versions/<uuid:version_id>/number")
def number(document_id: uuid.UUID, version_id: uuid.UUID) -> ResponseReturnValue:
    """Show a number in clear. A POST, because it leaves an audit line."""
    with transaction() as db:
        clear = documents.reveal_number(db, current_user, document_id, version_id)
    if "HX-Request" in request.headers:
        return render_template("workforce/papers/_number.html", number=clear)
    with reading() as db:
        return render_template(
            "workforce/papers/number.html", paper=documents.get(db, current_user, document_id), number=clear
        )


def _sheet(db: Session, document_id: uuid.UUID) -> dict[str, Any]:
    paper = documents.get(db, current_user, document_id)
    return {
        "paper": paper,
        "worker": paper.worker,
        "today": _today(),
        "country": countries.name,
        "renew_by": documents.renew_by(paper),
        "versions": [(issue, documents.masked(vault.reveal(db, issue, "paper_number"))) for issue in paper.versions],
        "agreed": consents.live(db, paper.worker, "backup"),
    }


def _form_page(
    document_id: uuid.UUID, form: Any, act: Any, title: str, verb: str, *, purpose: str = ""
) -> ResponseReturnValue:
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                with transaction() as db:
                    act(db)
            except (Invalid, Conflict) as problem:
                status = _show(form, problem)
            else:
                flash(_("Saved."), "done")
                return redirect(url_for(".show", document_id=document_id))
    with reading() as db:
        paper = documents.get(db, current_user, document_id)
        return render_template(
            "workforce/papers/form.html",
            paper=paper,
            worker=paper.worker,
            form=form,
            title=title,
            verb=verb,
            purpose=purpose,
        ), status


def _show(form: Any, problem: Invalid | Conflict) -> int:
    if isinstance(problem, Conflict) and "number" in form and form.number.data:
        form.number.errors = [*form.number.errors, str(problem)]
    else:
        show_at(form, problem)
    return 409 if isinstance(problem, Conflict) else 422


def _masked(db: Session, paper: Document) -> str:
    return documents.masked(vault.reveal(db, paper.active, "paper_number")) if paper.active else ""


def _link(**changes: Any) -> str:
    kept = {name: value for name, value in request.args.items() if name in {"chip", "kind"} and value}
    return url_for(".index", **{name: value for name, value in {**kept, **changes}.items() if value})


def _today() -> date:
    return clock.today_in(current_user.agency.zone)
