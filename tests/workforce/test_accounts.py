"""Invitations, passwords, sessions, roles: what a person may do with a log-in, and what ends it."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from sqlalchemy import select

from tests import factories
from workforce.accounts import links, passwords, sessions, users
from workforce.core import clock, db, tenancy, vault
from workforce.core.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from workforce.models import UserLink, UserSession

GOOD = "four words nobody guesses"


@pytest.fixture
def admin(agency):
    return factories.make_user(agency, role="admin", name="Ada Admin")


def invite(admin, email="new@agency.example", role="staff"):
    with tenancy.agency(admin.agency_id), db.transaction() as session:
        return links.invite(session, admin, email=email, name="New Person", role=role)


def test_an_invitation_becomes_a_log_in_with_its_role(admin):
    made = links.accept(invite(admin, role="manager"), name="Nina New", password=GOOD)

    token = sessions.log_in("NEW@agency.example", GOOD, device="", address="127.0.0.1")

    assert made.role == "manager"
    assert sessions.user_of_token(token).id == made.id


def test_only_the_hash_of_a_link_is_kept(admin):
    token = invite(admin)

    with db.reading() as session:
        kept = session.scalar(select(UserLink))
    assert kept.token_hash == vault.token_hash(token)
    assert token.encode() not in b"".join(value for value in vars(kept).values() if isinstance(value, bytes))
    assert len(token) * 6 >= 128


def test_looking_at_an_invitation_ten_times_leaves_it_usable(app, admin):
    token, client = invite(admin), app.test_client()

    seen = {client.get(f"/join/{token}").status_code for _ in range(10)}

    assert seen == {200}
    links.accept(token, name="Nina", password=GOOD)


def test_an_invitation_works_once(admin):
    token = invite(admin)
    links.accept(token, name="Nina", password=GOOD)

    with pytest.raises(links.Gone):
        links.accept(token, name="Thief", password=GOOD)


def test_of_many_who_press_at_once_one_wins(app, admin):
    token, barrier, results = invite(admin), Barrier(5), []

    def press(number):
        with app.app_context():
            barrier.wait()
            try:
                results.append(links.accept(token, name=f"Person {number}", password=GOOD))
            except (links.Gone, Conflict) as problem:
                results.append(problem)

    threads = [Thread(target=press, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(results) == 5


def test_an_invitation_ends_after_two_days(admin):
    token = invite(admin)

    with time_machine.travel(clock.now() + timedelta(hours=48, minutes=1)), pytest.raises(links.Gone):
        links.accept(token, name="Late", password=GOOD)


def test_a_new_invitation_to_the_same_address_ends_the_old_one(admin):
    old, new = invite(admin), invite(admin)

    with pytest.raises(links.Gone):
        links.look(old, "invite")
    assert links.look(new, "invite")


def test_a_withdrawn_invitation_no_longer_works(admin):
    token = invite(admin)
    with db.transaction() as session:
        links.withdraw(session, admin, links.waiting(session, admin)[0].id)

    with pytest.raises(links.Gone):
        links.look(token, "invite")


def test_an_invitation_link_is_no_reset_link(admin):
    with pytest.raises(links.Gone):
        links.redeem(invite(admin), password=GOOD)


@pytest.mark.parametrize("role", ["staff", "manager", "auditor"])
def test_nobody_but_an_admin_gives_roles_away(agency, role):
    person = factories.make_user(agency, role=role)

    with pytest.raises(NotAllowed), db.transaction() as session:
        links.invite(session, person, email="friend@agency.example", name="Friend", role="admin")


def test_an_address_of_another_agency_is_refused_without_saying_why(admin):
    elsewhere = factories.make_agency("Canary Manpower")
    factories.make_user(elsewhere, email="busy@agency.example")

    with pytest.raises(Conflict) as refused:
        links.accept(invite(admin, "busy@agency.example"), name="Nina", password=GOOD)

    assert "Canary" not in str(refused.value)
    assert "cannot be used" in str(refused.value)


def test_a_reset_sets_the_password_and_ends_every_session(admin, staff):
    token = sessions.open_session(staff)
    with db.transaction() as session:
        link = links.reset(session, admin, users.get(session, admin, staff.id))

    links.redeem(link, password=GOOD)

    assert sessions.user_of_token(token) is None
    with db.reading() as session:
        assert passwords.matches(users.get(session, admin, staff.id).password_hash, GOOD)


def test_changing_the_password_asks_the_old_one_and_ends_other_sessions(staff, client_of):
    client, other = client_of(staff), sessions.open_session(staff)

    refused = client.post("/account/password", data={"old": "something else entirely", "password": GOOD})
    accepted = client.post("/account/password", data={"old": factories.PASSWORD, "password": GOOD})

    assert refused.status_code == 422
    assert accepted.status_code == 302
    assert sessions.user_of_token(other) is None
    assert client.get("/account").status_code == 200


def test_my_account_shows_my_sessions_and_ends_one(staff, client_of):
    client, other = client_of(staff), sessions.open_session(staff)
    row = session_row(other)

    page = client.get("/account")
    client.post(f"/account/sessions/{row.id}/end")

    assert str(row.id) in page.text
    assert sessions.user_of_token(other) is None


def test_nobody_ends_somebody_elses_session(staff, manager, client_of):
    row = session_row(sessions.open_session(manager))

    answer = client_of(staff).post(f"/account/sessions/{row.id}/end")

    assert answer.status_code == 404


def test_deactivating_ends_sessions_and_keeps_the_person_out(admin, staff):
    token = sessions.open_session(staff)
    with db.transaction() as session:
        users.deactivate(session, admin, users.get(session, admin, staff.id))

    assert sessions.user_of_token(token) is None
    with pytest.raises(Invalid):
        sessions.log_in(email_of(staff), factories.PASSWORD, device="", address="127.0.0.1")


def test_reactivating_lets_the_person_in_again(admin, staff):
    with db.transaction() as session:
        users.deactivate(session, admin, users.get(session, admin, staff.id))
    with db.transaction() as session:
        users.reactivate(session, admin, users.get(session, admin, staff.id))

    assert sessions.log_in(email_of(staff), factories.PASSWORD, device="", address="127.0.0.1")


def test_the_last_admin_stays(admin):
    with pytest.raises(Conflict), db.transaction() as session:
        users.deactivate(session, admin, users.get(session, admin, admin.id))
    with pytest.raises(Conflict), db.transaction() as session:
        users.set_role(session, admin, users.get(session, admin, admin.id), role="staff", version=1)


def test_another_role_ends_the_sessions(admin, staff):
    token = sessions.open_session(staff)
    with db.transaction() as session:
        users.set_role(session, admin, users.get(session, admin, staff.id), role="manager", version=1)

    assert sessions.user_of_token(token) is None


def test_an_old_page_does_not_overwrite_a_role(admin, staff):
    with pytest.raises(Conflict), db.transaction() as session:
        users.set_role(session, admin, users.get(session, admin, staff.id), role="manager", version=7)


def test_a_user_of_another_agency_does_not_exist(admin):
    stranger = factories.make_user(factories.make_agency())

    with pytest.raises(NotFound), db.reading() as session:
        users.get(session, admin, stranger.id)


def test_the_words_are_the_same_for_an_unknown_address_and_a_wrong_password(staff):
    def said(email):
        with pytest.raises(Invalid) as problem:
            sessions.log_in(email, "not this one at all", device="", address="127.0.0.1")
        return str(problem.value)

    assert said(email_of(staff)) == said("nobody@agency.example")


def test_an_unknown_address_costs_a_hash_too(staff, monkeypatch):
    hashes = []
    monkeypatch.setattr(passwords, "matches", lambda kept, password: hashes.append(kept) or False)

    for email in (email_of(staff), "nobody@agency.example"):
        with pytest.raises(Invalid):
            sessions.log_in(email, "not this one at all", device="", address="127.0.0.1")

    assert len(hashes) == 2


@pytest.mark.parametrize(("minutes", "alive"), [(29, True), (31, False)])
def test_a_session_ends_after_thirty_idle_minutes(staff, minutes, alive):
    token = sessions.open_session(staff)

    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        assert (sessions.user_of_token(token) is not None) == alive


def test_a_session_ends_after_twelve_hours_however_busy(staff):
    token, start = sessions.open_session(staff), clock.now()
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert sessions.user_of_token(token) is not None

    with time_machine.travel(start + timedelta(hours=12, minutes=1)):
        assert sessions.user_of_token(token) is None


def test_guessing_slows_down_and_says_how_long(staff):
    for _ in range(6):
        with pytest.raises(Invalid):
            sessions.log_in(email_of(staff), "not this one at all", device="", address="127.0.0.1")

    with pytest.raises(TooMany) as slowed:
        sessions.log_in(email_of(staff), factories.PASSWORD, device="", address="127.0.0.1")
    assert 1 <= slowed.value.retry_after_seconds <= 60


def test_a_known_device_gets_in_while_a_stranger_is_guessing(staff):
    for _ in range(6):
        with pytest.raises(Invalid):
            sessions.log_in(email_of(staff), "not this one at all", device="", address="198.51.100.7")

    assert sessions.log_in(email_of(staff), factories.PASSWORD, device="known", address="127.0.0.1")


def test_the_longest_wait_is_a_minute(staff):
    moment = clock.now()
    for _ in range(14):
        moment += timedelta(minutes=2)
        with time_machine.travel(moment), pytest.raises(Invalid):
            sessions.log_in(email_of(staff), "not this one at all", device="", address="127.0.0.1")

    with time_machine.travel(moment + timedelta(seconds=61)):
        assert sessions.log_in(email_of(staff), factories.PASSWORD, device="", address="127.0.0.1")


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaaaaaa", "x" * 300])
def test_a_password_that_is_easy_to_guess_is_refused(app, password):
    with pytest.raises(Invalid):
        passwords.check(password)


def test_passwords_are_kept_as_argon2id():
    assert passwords.hashed(GOOD).startswith("$argon2id$v=19$m=65536")


def test_the_forgotten_page_without_mail_names_the_admin(app):
    page = app.test_client().get("/forgotten")

    assert "Ask an admin" in page.text
    assert "<form" not in page.text


def test_an_invitation_through_the_pages_is_shown_once(admin, client_of):
    client = client_of(admin)

    page = client.post(
        "/settings/people/invite", data={"email": "new@agency.example", "name": "Nina New", "role": "staff"}
    )

    token = re.search(r"/join/([\w-]+)", page.text).group(1)
    assert client.get(f"/join/{token}").status_code == 200
    assert token not in client.get("/settings/people").text


def test_a_wrong_address_is_said_beside_its_field(admin, client_of):
    answer = client_of(admin).post(
        "/settings/people/invite", data={"email": "no address", "name": "Nina", "role": "staff"}
    )

    assert answer.status_code == 422
    assert "does not look like an e-mail address" in answer.text


def session_row(token):
    with tenancy.across_agencies("a test looks"), db.reading() as session:
        return session.scalar(select(UserSession).where(UserSession.token_hash == vault.token_hash(token)))


def email_of(user):
    with tenancy.agency(user.agency_id), db.reading() as session:
        return vault.reveal(session, user, "email")
