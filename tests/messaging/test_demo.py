"""The demo: invented people whose phones answer as planned, put in and taken out whole."""

import json
import shutil
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from messaging.demo import cast, loading, papers, scripts
from messaging.models import Handset
from messaging.reading import read
from tests import factories
from tests.conftest import MASTER
from workforce.core import db, tenancy
from workforce.core.config import Settings
from workforce.core.errors import NotAllowed, NotFound
from workforce.models import Agency, Document, StoredFile, User, Worker
from workforce.people import phones
from wsgi import create_app

TODAY = date(2027, 1, 29)
ANSWERING = [one for one in cast.members() if one.say]


@pytest.fixture(scope="module")
def loaded(blank_sqlite, tmp_path_factory):
    """An instance with the demo in it, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(blank_sqlite, folder / "muster.db")
    app = create_app(_settings(folder))
    with app.app_context():
        loading.load(folder / "files")
    db.fold_in_log()
    return folder


@pytest.fixture
def database_url(loaded, tmp_path):
    shutil.copytree(loaded, tmp_path / "instance")
    return f"sqlite:///{tmp_path / 'instance' / 'muster.db'}"


@pytest.fixture
def tala(app):
    found = loading.find()
    assert found is not None
    with tenancy.agency(found.id):
        yield found


def test_there_are_ninety_seven_and_no_two_share_a_name_or_a_number():
    everyone = cast.members()

    assert len(everyone) == 97
    assert len({one.full_name for one in everyone}) == len({one.phone for one in everyone}) == 97


def test_they_stand_along_the_coast_as_in_the_story():
    towns = Counter(one.site.town for one in cast.members())

    assert towns == {
        "Tripoli": 31,
        "Misrata": 11,
        "Sirte": 6,
        "Bin Jawad": 3,
        "Ras Lanuf": 10,
        "Brega": 12,
        "Ajdabiya": 5,
        "Benghazi": 15,
        "Tobruk": 4,
    }


@pytest.mark.parametrize("member", ANSWERING, ids=lambda one: one.ref)
def test_an_answer_is_understood_as_it_was_meant(member):
    heard = read(member.say, language=member.language, country=cast.HOST, question="safety")

    assert heard.status == member.meant


@pytest.mark.parametrize("member", [one for one in cast.members() if one.plan == "LATE"], ids=lambda one: one.ref)
def test_who_is_late_says_nothing_to_the_first_text(member):
    first, second, *_rest = scripts.steps(member)

    assert "say" not in first
    assert second["say"] == member.say


def test_most_are_safe_some_silent_three_need_help_one_is_not_safe_one_number_is_wrong():
    plans = Counter(one.plan for one in cast.members())

    assert plans["SAFE"] + plans["MOVING"] + plans["STAYING"] == 85
    assert plans["SILENT"] + plans["SILENT_OFF"] + plans["LATE"] == 7
    assert (plans["HELP"], plans["NOT_SAFE"], plans["WRONG_NUMBER"]) == (3, 1, 1)


@pytest.mark.parametrize("member", cast.members(), ids=lambda one: one.ref)
def test_a_number_is_one_that_the_forms_would_take(member):
    for number in (member.phone, cast.home_number(member)):
        assert phones.normalise(number, ()) == number


@pytest.mark.parametrize("today", [TODAY, date(2028, 2, 29), date(2030, 12, 31)])
@pytest.mark.parametrize(("least", "most"), [(0, 7), (8, 14), (15, 30), (31, 60), (-30, -1)])
def test_some_papers_are_about_to_run_out_whatever_day_it_is(today, least, most):
    ends = [paper.values["expires_on"] for member in cast.members() for paper in papers.of(member, today)]

    assert any(least <= (end - today).days <= most for end in ends)


def test_everybody_is_in_with_a_phone_a_site_and_a_script(app, tala):
    with db.reading() as session:
        everyone = list(session.scalars(select(Worker)))
        handsets = session.scalar(select(func.count()).select_from(Handset))

        assert {worker.full_name for worker in everyone} == {one.full_name for one in cast.members()}
        assert all(worker.phones and worker.deployment.site.lat and worker.own_script_name for worker in everyone)
        assert handsets == 97


def test_a_second_load_changes_nothing(app, tala, settings):
    again = loading.load(settings.files)

    assert (again["created"], again["workers"]) == (False, 97)


def test_every_role_has_a_log_in_that_works(app, tala):
    app.config["WTF_CSRF_ENABLED"] = False
    for email, _name, _role in cast.USERS:
        answer = app.test_client().post("/log-in", data={"email": email, "password": cast.PASSWORD})

        assert answer.status_code == 302, email


def test_the_log_in_page_shows_how_to_log_in_and_where_they_work(app, tala):
    page = app.test_client().get("/log-in").get_data(as_text=True)

    assert cast.PASSWORD in page
    assert page.count('class="map-dot"') == 97


def test_some_passports_have_a_copy_and_it_is_sealed(app, tala, settings):
    with db.reading() as session:
        copies = list(session.scalars(select(StoredFile)))

    kept = [(settings.files / copy.place[:2] / copy.place).read_bytes() for copy in copies]
    assert len(copies) > 10
    assert all(sealed.startswith(b"MDOC") for sealed in kept)


def test_removing_it_leaves_no_row_and_no_file_of_it_and_spares_the_others(app, tala, settings):
    other = factories.make_agency("Somebody Real")
    worker = factories.make_worker(other)

    done = loading.remove(settings.files)

    assert done["files"] > 10
    assert [path for path in settings.files.rglob("*") if path.is_file()] == []
    with tenancy.across_agencies("test: nothing is left"), db.reading() as session:
        assert [found.id for found in session.scalars(select(Worker))] == [worker.id]
        assert session.scalar(select(func.count()).select_from(Document)) == 0
        assert session.scalar(select(func.count()).select_from(User)) == 0
        assert [found.name for found in session.scalars(select(Agency))] == ["Somebody Real"]


def test_a_real_agency_is_never_removed(app, tala, settings):
    factories.make_agency("Somebody Real")

    with pytest.raises(NotAllowed):
        loading.remove(settings.files, "Somebody Real")


def test_there_is_nothing_to_remove_twice(app, tala, settings):
    loading.remove(settings.files)

    with pytest.raises(NotFound):
        loading.remove(settings.files)


def test_the_command_tells_a_script_what_is_there(app, tala):
    said = app.test_cli_runner().invoke(args=["demo", "load", "--json"])

    facts = json.loads(said.output)
    assert (facts["workers"], facts["created"]) == (97, False)
    assert {login["role"] for login in facts["logins"]} == {"manager", "staff", "admin", "auditor"}


def test_the_picture_of_a_passport_says_that_it_is_none():
    picture = papers.specimen(cast.members()[0], "Q0000000Z")

    assert picture.startswith(b"\x89PNG")


def test_no_paper_was_issued_before_its_holder_was_born():
    for member in cast.members():
        for paper in papers.of(member, TODAY):
            assert paper.values["issued_on"] - member.born_on > timedelta(days=365 * 15)


def _settings(folder):
    return Settings.read(
        {
            "MUSTER_ENV": "test",
            "MUSTER_INSTANCE": str(folder),
            "MUSTER_MASTER_KEYS": MASTER,
            "MUSTER_SECRET_KEY": "only for tests, and long enough to be one",
        }
    )
