"""Settings: the agency, its users, its words."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from workforce import agencies, gateways
from workforce.accounts import letters, links, users
from workforce.accounts.forms import InviteForm, RoleForm
from workforce.core import mail, vault, web
from workforce.core.db import reading, transaction
from workforce.core.errors import DomainError
from workforce.core.guard import only, require_admin, require_staff
from workforce.core.words import _
from workforce.desk.forms import AgencyForm, ChannelsForm, GatewayForm, ProviderForm
from workforce.models import HttpGateway, User

bp = Blueprint("office", __name__, url_prefix="/settings")
bp.before_request(require_staff)


@bp.get("")
def index() -> ResponseReturnValue:
    with reading() as db:
        return render_template(
            "workforce/desk/settings.html",
            agency=agencies.mine(db, current_user),
            people=users.everyone(db, current_user),
        )


@bp.route("/agency", methods=["GET", "POST"])
@only(require_admin)
def agency() -> ResponseReturnValue:
    with reading() as db:
        form = AgencyForm(obj=agencies.mine(db, current_user))
    if form.validate_on_submit():
        try:
            with transaction() as db:
                facts = {
                    name: form[name].data or "" for name in ("name", "short_name", "call_number", "zone", "sender")
                }
                agencies.update(db, current_user, **facts)
                agencies.limit(
                    db, current_user, parts_per_second=form.parts_per_second.data, daily_parts=form.daily_parts.data
                )
        except DomainError as problem:
            _beside(form, problem, "name")
        else:
            flash(_("The agency's particulars are saved."))
            return redirect(url_for(".index"))
    return render_template("workforce/desk/settings_agency.html", form=form), 422 if form.errors else 200


@bp.route("/gateway", methods=["GET", "POST"])
@only(require_admin)
def gateway() -> ResponseReturnValue:
    with reading() as db:
        mine, providers = agencies.mine(db, current_user), gateways.of_agency(db, current_user.agency_id)
    form = GatewayForm(
        gateway=mine.gateway,
        fallback=next(iter(mine.fallback_gateways), ""),
        account_sid=mine.twilio_account_sid,
        service_sid=mine.twilio_messaging_service_sid,
    )
    if form.validate_on_submit():
        try:
            with transaction() as db:
                _choose(db, form)
        except DomainError as problem:
            _beside(form, problem, "gateway")
        else:
            flash(_("Texts now leave through %(gateway)s.", gateway=_way(form.gateway.data, providers)))
            return redirect(url_for(".index"))
    page = render_template(
        "workforce/desk/settings_gateway.html", form=form, agency=mine, installation_has_one=_installation_has_one(),
        providers=providers, slots=gateways.SLOTS,
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.route("/gateway/channels", methods=["GET", "POST"])
@only(require_admin)
def channels() -> ResponseReturnValue:
    with reading() as db:
        mine = agencies.mine(db, current_user)
    form = ChannelsForm(obj=mine)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                facts = {
                    name: form[name].data or "" for name in ("whatsapp_sender", "whatsapp_content_sid", "voice_number")
                }
                agencies.choose_channels(db, current_user, **facts)
        except DomainError as problem:
            _beside(form, problem, "whatsapp_sender")
        else:
            flash(_("The numbers for WhatsApp and calls are saved."))
            return redirect(url_for(".gateway"))
    page = render_template(
        "workforce/desk/settings_channels.html", form=form, agency=mine, hook=web.address("/hooks/twilio/whatsapp")
    )
    return page, 422 if form.errors else 200


@bp.route("/gateway/<any(http1, http2):gateway>", methods=["GET", "POST"])
@only(require_admin)
def provider(gateway: str) -> ResponseReturnValue:
    """A provider of the agency's own. What is secret in the request is never shown again: left empty, it stays."""
    with reading() as db:
        row, mine = gateways.named(db, current_user, gateway), agencies.mine(db, current_user)
        form = ProviderForm(data=gateways.typed(db, row) if row is not None else {})
        token = vault.reveal(db, row, "token") if row is not None else None
    if form.validate_on_submit():
        try:
            with transaction() as db:
                facts = {field.name: field.data or "" for field in form if field.name not in {"csrf_token", "version"}}
                version = int(form.version.data) if (form.version.data or "").isdigit() else None
                gateways.save(
                    db, current_user, gateway, facts=facts, loopback=not web.settings().production, version=version
                )
        except DomainError as problem:
            _beside(form, problem, "title")
        else:
            flash(_("%(name)s is described. Choose it as a gateway to use it.", name=form.title.data))
            return redirect(url_for(".gateway"))
    hooks = {kind: web.address(f"/hooks/{gateway}/{kind}/{token}") for kind in ("receipt", "inbound")} if token else {}
    page = render_template(
        "workforce/desk/settings_provider.html", form=form, agency=mine, row=row, gateway=gateway, hooks=hooks
    )
    return page, 422 if form.errors else 200


@bp.get("/people")
@only(require_admin)
def people() -> ResponseReturnValue:
    with reading() as db:
        everyone, waiting = users.everyone(db, current_user), links.waiting(db, current_user)
        vault.prefetch(db, [user.id for user in everyone])
        emails = {user.id: vault.reveal(db, user, "email") for user in everyone} | {
            link.id: vault.reveal(db, link, "email") for link in waiting
        }
        return render_template(
            "workforce/desk/settings_people.html",
            people=everyone,
            waiting=waiting,
            emails=emails,
            roles=users.ROLE_WORDS,
        )


@bp.route("/people/invite", methods=["GET", "POST"])
@only(require_admin)
def invite() -> ResponseReturnValue:
    form = InviteForm()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                token = links.invite(db, current_user, email=form.email.data, name=form.name.data, role=form.role.data)
        except DomainError as problem:
            _beside(form, problem, "email")
        else:
            link = web.address(url_for("accounts.join", token=token))
            return _pass_on(form.name.data, form.email.data, link, letters.invitation(current_user.agency.name, link))
    return render_template("workforce/desk/settings_invite.html", form=form), 422 if form.errors else 200


@bp.post("/people/invitations/<uuid:link_id>/withdraw")
@only(require_admin)
def withdraw(link_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        links.withdraw(db, current_user, link_id)
    flash(_("The invitation no longer works."))
    return redirect(url_for(".people"))


@bp.get("/people/<uuid:user_id>")
@only(require_admin)
def person(user_id: uuid.UUID) -> ResponseReturnValue:
    with reading() as db:
        user = users.get(db, current_user, user_id)
        return _person_page(user, RoleForm(role=user.role, version=user.version), vault.reveal(db, user, "email") or "")


@bp.post("/people/<uuid:user_id>/role")
@only(require_admin)
def role(user_id: uuid.UUID) -> ResponseReturnValue:
    form = RoleForm()
    with reading() as db:
        user = users.get(db, current_user, user_id)
        email = vault.reveal(db, user, "email") or ""
    if form.validate_on_submit():
        try:
            with transaction() as db:
                users.set_role(
                    db,
                    current_user,
                    users.get(db, current_user, user_id),
                    role=form.role.data,
                    version=form.version.data,
                )
        except DomainError as problem:
            _beside(form, problem, "role")
        else:
            flash(_("%(name)s has another role now and logs in anew.", name=user.name))
            return redirect(url_for(".people"))
    return _person_page(user, form, email), 422


@bp.post("/people/<uuid:user_id>/reset")
@only(require_admin)
def reset(user_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        user = users.get(db, current_user, user_id)
        token = links.reset(db, current_user, user)
        email = vault.reveal(db, user, "email") or ""
    link = web.address(url_for("accounts.reset", token=token))
    return _pass_on(user.name, email, link, letters.reset(link))


@bp.post("/people/<uuid:user_id>/deactivate")
@only(require_admin)
def deactivate(user_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        user = users.get(db, current_user, user_id)
        users.deactivate(db, current_user, user)
    flash(_("%(name)s can no longer log in.", name=user.name))
    return redirect(url_for(".people"))


@bp.post("/people/<uuid:user_id>/reactivate")
@only(require_admin)
def reactivate(user_id: uuid.UUID) -> ResponseReturnValue:
    with transaction() as db:
        user = users.get(db, current_user, user_id)
        users.reactivate(db, current_user, user)
    flash(_("%(name)s can log in again.", name=user.name))
    return redirect(url_for(".people"))


def _choose(db: Any, form: GatewayForm) -> None:
    agencies.choose_gateway(
        db, current_user,
        gateway=form.gateway.data, account_sid=form.account_sid.data or "", auth_token=form.auth_token.data or "",
        service_sid=form.service_sid.data or "", installation_has_one=_installation_has_one(),
        fallback=form.fallback.data or "", described=gateways.of_agency(db, current_user.agency_id),
    )  # fmt: skip


def _way(name: str, providers: dict[str, HttpGateway]) -> str:
    if name in providers:
        return providers[name].title
    return _("Twilio") if name == "twilio" else _("the simulated phone network")


def _installation_has_one() -> bool:
    return bool(web.settings().twilio_account_sid)


def _pass_on(name: str, email: str, link: str, letter: tuple[str, str]) -> ResponseReturnValue:
    """Mail the link where there is a mail server; else, or when it refuses, show it this once."""
    smtp_url = web.settings().smtp_url
    if smtp_url:
        try:
            mail.send(smtp_url, to=email, subject=letter[0], text=letter[1])
        except mail.NotSent:
            pass  # The page below says so and shows the link.
        else:
            flash(_("A link is on its way to %(name)s. It works once, within two days.", name=name))
            return redirect(url_for(".people"))
    return render_template("workforce/desk/settings_link.html", name=name, link=link, mail_failed=bool(smtp_url))


def _person_page(user: User, form: RoleForm, email: str) -> str:
    return render_template(
        "workforce/desk/settings_person.html", person=user, form=form, email=email, roles=users.ROLE_WORDS
    )


def _beside(form: Any, problem: DomainError, otherwise: str) -> None:
    """Write the problem beside the field it is about."""
    form[getattr(problem, "field", otherwise)].errors = [str(problem)]
