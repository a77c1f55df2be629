"""One-time links: opened once, bound to a person and a purpose, small, and of use to whoever holds only an old phone."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from locator.models import Place, PlacesStamp
from locator.whereabouts import positions
from messaging.links import duress, links, words
from messaging.models import Message, Proposal, WorkerLink
from messaging.outbox import letters
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.test_inbox_conversation import cases, status_of
from tests.messaging.texting import body_of, texts_with
from workforce import consents
from workforce.core import audit, clock, db, tenancy
from workforce.core.errors import Conflict, TooMany
from workforce.models import Worker

BORN = {"day": "7", "month": "3"}


@pytest.fixture
def worker(agency):
    return factories.make_worker(
        agency,
        full_name="Maria Dalisay",
        given_names="Maria",
        site="Camp",
        site_at=(32.88, 13.19),
        birth_date="1990-03-07",
    )


def send(agency, worker, purpose="answer", **more):
    """The token of a fresh link, as it stands in the text that left."""
    with tenancy.agency(agency.id), db.transaction() as session:
        message = links.send(
            session, tenancy.System(agency.id), session.get(Worker, worker.id), purpose, at=clock.now(), **more
        )
    return re.search(r"/w/([\w-]+)", body_of(message)).group(1)


def link_of(agency, worker):
    with tenancy.agency(agency.id), db.reading() as session:
        return links.of_worker(session, session.get(Worker, worker.id))[0]


def page_token(answer):
    return re.search(r'name="page" value="([\w-]+)"', answer.text).group(1)


def opened(client, token, **fields):
    answer = client.post(f"/w/{token}", data=fields)
    assert answer.status_code == 200, answer.text
    return page_token(answer)


def act(client, token, page, name, **fields):
    return client.post(f"/w/{token}", data={"page": page, "act": name, **fields})


# --- once -------------------------------------------------------------------------------------------------------------


def test_looking_ten_times_changes_nothing_and_then_it_opens_once(client_of, agency, worker):
    client, token = client_of(), send(agency, worker)
    lines = audit_lines(agency)

    for _ in range(10):
        assert client.get(f"/w/{token}").status_code == 200
    assert audit_lines(agency) == lines
    assert link_of(agency, worker).used_at is None

    assert client.post(f"/w/{token}", data={"status": "safe"}).status_code == 200
    again = client.post(f"/w/{token}", data={"status": "safe"})
    assert again.status_code == 410
    assert "text SOS to the number" in again.text
    assert client.get(f"/w/{token}").status_code == 410


@pytest.mark.parametrize(
    ("purpose", "until"), [("place", "until 14:30 Tripoli"), ("answer", "until Nov 23 12:30 Tripoli")]
)
def test_a_link_says_until_when_and_on_which_day_if_it_is_another(client_of, agency, worker, purpose, until):
    with time_machine.travel("2026-11-22T10:30:00+00:00", tick=False):
        page = client_of().get(f"/w/{send(agency, worker, purpose)}").text

    assert until in page.replace("\u2068", "").replace("\u2069", "")


def test_of_fifty_at_once_exactly_one_opens(any_app, worker_there):
    agency, worker = worker_there
    token = send(agency, worker)
    gate, statuses = threading.Barrier(50), []

    def press():
        client = any_app.test_client()
        gate.wait()
        statuses.append(client.post(f"/w/{token}", data={"status": "safe"}).status_code)

    threads = [threading.Thread(target=press) for _ in range(50)]
    [one.start() for one in threads]
    [one.join() for one in threads]

    assert sorted(statuses) == [200] + [410] * 49


def test_only_the_hash_of_the_token_is_kept(agency, worker):
    token = send(agency, worker)

    kept = link_of(agency, worker)

    assert len(token) >= 22
    assert token.encode() not in kept.token_hash
    assert len(kept.token_hash) == 32


def test_a_link_ends_after_its_hours(client_of, agency, worker):
    client, day, two_hours = client_of(), send(agency, worker), send(agency, worker, "place")

    with time_machine.travel(clock.now() + timedelta(hours=2, minutes=1)):
        assert client.get(f"/w/{day}").status_code == 200
        assert client.get(f"/w/{two_hours}").status_code == 410
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1)):
        assert client.post(f"/w/{day}").status_code == 410


def test_a_new_link_ends_the_one_before(client_of, agency, worker):
    first, second = send(agency, worker), send(agency, worker)

    assert client_of().get(f"/w/{first}").status_code == 410
    assert client_of().get(f"/w/{second}").status_code == 200


def test_there_are_three_links_a_day(agency, worker):
    for _ in range(3):
        send(agency, worker)

    with pytest.raises(TooMany):
        send(agency, worker)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        send(agency, worker)


def test_a_link_goes_only_to_a_number_on_file(agency, worker):
    with pytest.raises(Conflict):
        send(agency, worker, number="+218999999999")
    assert texts_with(agency, Message.purpose == "link") == []


def test_an_unknown_token_says_what_to_do_in_the_readers_language(client_of, app):
    answer = client_of().get("/w/0123456789abcdefghij-_", headers={"Accept-Language": "en-US"})

    assert answer.status_code == 410
    assert "This link no longer works" in answer.text


def test_neither_headers_nor_logs_give_the_token_away(client_of, agency, worker, caplog, capsys):
    token = send(agency, worker)

    answer = client_of().post(f"/w/{token}")

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "geolocation=(self)" in answer.headers["Permissions-Policy"]
    out = capsys.readouterr()
    assert token not in caplog.text + out.out + out.err


def test_staff_see_the_text_without_the_token(agency, worker):
    token = send(agency, worker)
    (message,) = texts_with(agency, Message.purpose == "link")

    assert token in body_of(message)
    assert token not in letters.shown(body_of(message))


def test_an_archived_workers_link_opens_nothing(client_of, agency, worker):
    token = send(agency, worker)
    with db.transaction() as session:
        session.get(Worker, worker.id).archived_at = clock.now()

    assert client_of().post(f"/w/{token}").status_code == 410


# --- safe or help -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pressed", "status"), [("safe", "SAFE"), ("help", "HELP"), ("moving", "MOVING"), ("staying", "STAYING")])  # fmt: skip
def test_an_answer_has_the_effect_of_a_text(client_of, agency, manager, worker, pressed, status):
    incident = make_incident(manager)

    client_of().post(f"/w/{send(agency, worker)}", data={"status": pressed})

    assert status_of(incident, worker) == status
    assert len(cases(agency)) == (pressed == "help")


def test_danger_in_the_words_beside_safe_is_help(client_of, agency, manager, worker):
    incident = make_incident(manager)

    client_of().post(f"/w/{send(agency, worker)}", data={"status": "safe", "where": "they are shooting at the gate"})

    assert status_of(incident, worker) == "HELP"


def test_without_a_choice_nothing_is_lost(client_of, agency, manager, worker):
    incident, client, token = make_incident(manager), client_of(), send(agency, worker)

    page = opened(client, token)
    answer = act(client, token, page, "answer", status="safe", where="Tripoli")

    assert status_of(incident, worker) == "SAFE"
    assert "Tripoli" in answer.text


def test_safe_may_become_help_on_the_page_that_is_open(client_of, agency, manager, worker):
    incident, client, token = make_incident(manager), client_of(), send(agency, worker)
    page = page_token(client.post(f"/w/{token}", data={"status": "safe"}))

    act(client, token, page, "answer", status="help")
    act(client, token, page, "answer", status="safe")

    assert status_of(incident, worker) == "HELP"
    assert len(cases(agency)) == 1


def test_a_call_for_help_on_a_used_link_still_reaches_us(client_of, agency, manager, worker):
    incident, client, token = make_incident(manager), client_of(), send(agency, worker)
    client.post(f"/w/{token}", data={"status": "safe"})

    answer = client.post(f"/w/{token}", data={"status": "help"})

    assert answer.status_code == 410
    assert "has reached us" in answer.text
    assert status_of(incident, worker) == "HELP"


def test_the_page_greets_by_first_name_and_asks_nothing(client_of, agency, worker):
    page = client_of().get(f"/w/{send(agency, worker)}").text

    assert "Maria, are you safe?" in page
    assert "Dalisay" not in page
    assert 'name="day"' not in page


# --- places -----------------------------------------------------------------------------------------------------------


def kept_places(agency, worker):
    with tenancy.agency(agency.id), db.reading() as session:
        return positions.trail(session, session.get(Worker, worker.id), now=clock.now())


HERE = {"lat": "32.8872", "lon": "13.1913", "accuracy": "20"}


def test_a_place_sent_once_rests_on_a_line_of_its_own_in_the_workers_language(client_of, agency):
    worker = factories.make_worker(agency, language="tl")
    client, token = client_of(), send(agency, worker, "place")

    act(client, token, opened(client, token), "place", **HERE)

    (kept,) = kept_places(agency, worker)
    with db.reading() as session:
        line = consents.latest(session, session.get(Worker, worker.id))["location"]
    assert (line.wording, line.channel, line.language, kept.consent_id) == ("one-shot", "link", "tl", line.id)


def test_sharing_for_some_hours_ends_by_itself(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "place")
    page = opened(client, token)
    act(client, token, page, "share", hours="1", **HERE)

    with time_machine.travel(clock.now() + timedelta(minutes=30)):
        assert act(client, token, page, "shared", **HERE).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=70)):
        assert act(client, token, page, "shared", **HERE).status_code in {409, 410}

    assert len(kept_places(agency, worker)) == 2
    with db.reading() as session:
        assert consents.latest(session, session.get(Worker, worker.id))["location"].wording == "for 1 h"
        assert positions.agreement.standing_consent(session, session.get(Worker, worker.id)) is None


def test_stopping_deletes_at_once_and_nothing_more_is_kept(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "place")
    page = opened(client, token)
    act(client, token, page, "share", hours="8", **HERE)

    act(client, token, page, "stop")

    assert kept_places(agency, worker) == []
    assert act(client, token, page, "shared", **HERE).status_code == 409


def test_a_share_without_a_place_says_so(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "place")

    assert act(client, token, opened(client, token), "share", hours="1", lat="x").status_code == 422


def test_what_is_near_is_on_a_small_map_with_its_way(client_of, agency, worker):
    with db.transaction() as session:
        session.add(
            Place(
                id=db.new_id(), kind="hospital", name="Central Hospital", lat=32.80, lon=13.19, country="LY", phone="+218 21 000 0000", source="test",
                source_id="1", updated_at=clock.now(),
            )
        )  # fmt: skip
        session.add(PlacesStamp(id=1, value=1))
    client, token = client_of(), send(agency, worker, "near")

    page = client.post(f"/w/{token}").text

    assert '<svg class="map"' in page
    assert "8.9 km south" in page
    assert "tel:+218210000000" in page


def test_pages_open_while_somebody_else_writes_and_write_nothing_themselves(client_of, agency, worker):
    client, token = client_of(), send(agency, worker)
    act(client, (here := send(agency, worker, "place")), opened(client, here), "place", **HERE)
    lines = audit_lines(agency)

    with db.transaction() as session:
        audit.record(session, tenancy.System(agency.id), "worker.open", session.get(Worker, worker.id))
        session.flush()
        assert client.get(f"/w/{token}").status_code == 200

    assert audit_lines(agency) == lines + 1


def test_measuring_from_a_kept_place_leaves_a_line(client_of, agency, worker):
    client = client_of()
    act(client, (here := send(agency, worker, "place")), opened(client, here), "place", **HERE)

    client.post(f"/w/{send(agency, worker, 'near')}")

    with db.reading() as session:
        assert session.scalar(select(audit.AuditEntry.id).where(audit.AuditEntry.action == "position.exact_many"))


# --- what asks for the birthday ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", ["record", "papers", "consents"])
def test_what_is_private_asks_for_the_birthday_and_names_nobody_before(client_of, agency, worker, purpose):
    client, token = client_of(), send(agency, worker, purpose)

    page = client.get(f"/w/{token}").text

    assert 'name="day"' in page
    assert "Maria" not in page
    assert client.post(f"/w/{token}", data=BORN).status_code == 200


def test_three_wrong_birthdays_lock_the_link(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "record")

    answers = [client.post(f"/w/{token}", data={"day": "1", "month": "1"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [422, 422, 410]
    assert "Tries left: 2" in answers[0].text
    assert client.post(f"/w/{token}", data=BORN).status_code == 410


def test_a_birthday_may_be_typed_in_any_digits(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "record")

    assert client.post(f"/w/{token}", data={"day": "٧", "month": "٣"}).status_code == 200


def test_without_a_birthday_on_file_nothing_is_shown(client_of, agency):
    worker = factories.make_worker(agency)
    client, token = client_of(), send(agency, worker, "record")

    assert "We do not have your birthday" in client.get(f"/w/{token}").text
    assert client.post(f"/w/{token}", data={"day": "0", "month": "0"}).status_code == 422


def test_a_correction_is_a_proposal_and_changes_nothing(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "record")
    page = opened(client, token, **BORN)

    answer = act(client, token, page, "correct", full_name="Maria Cruz", new_phone="+218912345678")

    assert answer.status_code == 200
    with db.reading() as session:
        kept = session.get(Worker, worker.id)
        (made,) = session.scalars(select(Proposal)).all()
        assert (kept.full_name, len(kept.phones)) == ("Maria Dalisay", 1)
        assert (made.kind, made.state, made.source, made.worker_id) == ("record", "open", "link", worker.id)


def test_a_consent_withdrawn_holds_at_once(client_of, agency, worker):
    with db.transaction() as session:
        consents.give(session, tenancy.System(agency.id), session.get(Worker, worker.id), "backup", channel="paper")
    client, token = client_of(), send(agency, worker, "consents")

    act(client, token, opened(client, token, **BORN), "consent", purpose="backup", given="no")

    with db.reading() as session:
        assert consents.live(session, session.get(Worker, worker.id), "backup") is None


def test_a_photograph_is_sealed_and_waits_to_be_checked(client_of, agency, worker, settings):
    client, token = client_of(), send(agency, worker, "papers")
    page = opened(client, token, **BORN)

    refused = act(client, token, page, "photo", which="passport", photo=picture())
    kept = act(client, token, page, "photo", which="passport", photo=picture(), agrees="yes")
    broken = act(client, token, page, "photo", which="passport", photo=(data(b"<script>"), "x.jpg"))

    assert (refused.status_code, kept.status_code, broken.status_code) == (422, 200, 422)
    with db.reading() as session:
        (made,) = session.scalars(select(Proposal)).all()
        assert (made.kind, made.state, made.media_type) == ("photo", "open", "image/jpeg")
        sealed = (settings.files / made.place[:2] / made.place).read_bytes()
    assert b"JFIF" not in sealed


def test_a_link_does_only_what_it_is_for(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "consents")
    page = opened(client, token, **BORN)

    assert act(client, token, page, "correct", full_name="Somebody Else").status_code == 403
    assert act(client, token, "forged" * 5, "consent", purpose="backup").status_code == 410


def test_a_private_page_closes_after_half_an_hour(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "record")
    page = opened(client, token, **BORN)

    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert act(client, token, page, "correct", full_name="X Y").status_code == 410


def test_a_secret_word_may_be_chosen_but_no_common_one(client_of, agency, worker):
    client, token = client_of(), send(agency, worker, "record")
    page = opened(client, token, **BORN)

    assert act(client, token, page, "duress", word="SAFE").status_code == 422
    assert act(client, token, page, "duress", word="mangga").status_code == 200

    with db.reading() as session:
        kept = session.get(Worker, worker.id)
        assert duress.said_in(session, kept, "ok lang po, MANGGA")
        assert not duress.said_in(session, kept, "ok lang po")


# --- what is missing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_birthday_left_empty_is_asked_for_and_costs_no_try(client_of, agency, language):
    worker = factories.make_worker(agency, full_name="Maria Dalisay", birth_date="1990-03-07", language=language)
    client, token = client_of(), send(agency, worker, "record")

    for typed in ({}, {"day": "", "month": ""}, {"day": "7"}, {"day": "x", "month": "y"}):
        page = client.post(f"/w/{token}", data=typed)
        assert page.status_code == 422
        assert words.say(language, "birthday_missing") in page.text and 'aria-describedby="day-wrong"' in page.text

    assert client.post(f"/w/{token}", data=BORN).status_code == 200


@pytest.mark.parametrize(
    ("purpose", "what", "typed", "missing"),
    [
        ("answer", "answer", {}, "choose"),
        ("place", "place", {"where": " "}, "where_missing"),
        ("near", "near", {"where": ""}, "where_missing"),
        ("record", "duress", {"word": " "}, "word_missing"),
        ("papers", "photo", {"which": "passport", "agrees": "yes"}, "photo_missing"),
    ],
)
def test_a_form_sent_empty_says_beside_the_field_what_is_missing(
    client_of, agency, worker, purpose, what, typed, missing
):
    client, token = client_of(), send(agency, worker, purpose)
    page = opened(client, token, **(BORN if purpose in {"record", "papers"} else {}))

    answer = act(client, token, page, what, **typed)

    assert answer.status_code == 422
    assert f'-wrong" role="alert">{words.say("en", missing)}</p>' in answer.text


# --- languages and size -----------------------------------------------------------------------------------------------


def test_every_language_we_read_has_pages():
    assert set(words.languages()) == {"en", "tl", "id", "sw", "ar", "hi", "ne", "bn", "ur", "si", "ta", "am"}


@pytest.mark.parametrize("language", words.languages())
def test_a_language_has_the_placeholders_of_the_english(language):
    for key in words.keys(language):
        slots = [set(re.findall(r"\{(\w+)\}", words._file(code)["words"][key])) for code in ("en", language)]
        assert slots[0] == slots[1], f"{language}: {key}"


@pytest.mark.parametrize("language", words.languages())
def test_pages_are_small_and_run_the_right_way(client_of, agency, language, app):
    worker = factories.make_worker(
        agency,
        full_name="Maria Dalisay",
        language=language,
        birth_date="1990-03-07",
        site="Camp",
        site_at=(32.88, 13.19),
    )
    client = client_of()
    sheet = len(client.get("/static/css/link.css").data)
    direction = 'dir="rtl"' if language in {"ar", "ur"} else 'dir="ltr"'

    for purpose, most in (("answer", 15_000), ("record", 30_000), ("papers", 30_000)):
        token = send(agency, worker, purpose)
        for page in (client.get(f"/w/{token}"), client.post(f"/w/{token}", data=BORN)):
            assert len(page.data) + sheet <= most, f"{purpose} {len(page.data)} + {sheet}"
            assert f'<html lang="{language}" {direction}>' in page.text
            assert page.text.count("<script") <= 1


@pytest.mark.parametrize("language", ["en", "ar", "bn", "am"])
def test_the_pages_for_places_and_consents_are_small(client_of, agency, worker, language):
    client, chosen = client_of(), {"in": language}
    sheet = len(client.get("/static/css/link.css").data)

    near, place, consents = (
        len(client.post(f"/w/{send(agency, worker, purpose)}", data=BORN | chosen).data)
        for purpose in ("near", "place", "consents")
    )

    assert place + sheet <= 15_000
    assert near + sheet <= 30_000 and consents + sheet <= 30_000


# --- staff ------------------------------------------------------------------------------------------------------------


def test_staff_send_a_link_and_end_it(client_of, staff, agency, worker):
    client = client_of(staff)

    client.post(f"/links/of/{worker.id}", data={"purpose": "record"})
    panel = client.get(f"/links/of/{worker.id}").text
    client.post(f"/links/of/{worker.id}/end")

    assert "2 left today" in panel
    assert link_of(agency, worker).state(clock.now()) == "over"
    assert link_of(agency, worker).made_by == staff.id


def test_a_worker_who_asked_us_to_stop_gets_no_link(client_of, staff, agency, worker):
    with db.transaction() as session:
        session.get(Worker, worker.id).opted_out_at = clock.now()

    answer = client_of(staff).post(f"/links/of/{worker.id}", data={"purpose": "record"}, follow_redirects=True)

    assert "asked us to stop texting" in answer.text
    assert texts_with(agency, Message.purpose == "link") == []


# --- makers -----------------------------------------------------------------------------------------------------------


def picture():
    import io

    from PIL import Image

    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, "JPEG")
    return data(drawn.getvalue()), "passport.jpg"


def data(raw):
    import io

    return io.BytesIO(raw)


def audit_lines(agency):
    with tenancy.agency(agency.id), db.reading() as session:
        return len(session.scalars(select(audit.AuditEntry.id)).all())


@pytest.fixture
def any_app(any_database, tmp_path, one_app):
    """The application on SQLite and on PostgreSQL."""
    from tests.conftest import _settings
    from workforce.core import vault

    made, _config, _extensions = one_app
    settings = _settings(any_database, tmp_path)
    made.extensions["settings"] = settings
    vault.unlock(settings.master_keys)
    db.connect(settings.database_url)
    with made.app_context():
        yield made
    tenancy.leave()


@pytest.fixture
def worker_there(any_app):
    agency = factories.make_agency()
    with tenancy.agency(agency.id):
        yield agency, factories.make_worker(agency, birth_date="1990-03-07")


def test_guesses_sent_at_once_count_too(any_app, worker_there):
    agency, worker = worker_there
    token = send(agency, worker, "record")
    gate, statuses = threading.Barrier(12), []

    def guess(day):
        client = any_app.test_client()
        gate.wait()
        statuses.append(client.post(f"/w/{token}", data={"day": str(day), "month": "3"}).status_code)

    threads = [threading.Thread(target=guess, args=(day,)) for day in range(10, 22)]
    [one.start() for one in threads]
    [one.join() for one in threads]

    assert statuses.count(410) >= 9
    with tenancy.agency(agency.id), db.reading() as session:
        assert session.scalar(select(WorkerLink.tries)) == 3
