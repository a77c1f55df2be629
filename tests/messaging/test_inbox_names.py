"""Names in a text: others who need help, and names that look like other words."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from messaging.inbox import naming
from messaging.models import Case, CasePerson, StatusReport
from tests import factories
from tests.messaging.incident_factories import make_incident
from tests.messaging.test_inbox_conversation import ask, say, status_of
from tests.messaging.texting import number_of
from workforce.core import db, vault
from workforce.models import Contact, Worker


@pytest.fixture
def crew(agency):
    """Five people at one site; Ben is the one who writes."""
    return at_one_site(agency, "Ben Reyes", "Rodel Magsino", "Analyn Cruz", "Maria Reyes", "Joy Lim")


def at_one_site(agency, *names):
    made = {name.split()[0]: factories.make_worker(agency, full_name=name, site="Camp") for name in names}
    with db.transaction() as session:
        everybody = [session.get(Worker, one.id) for one in made.values()]
        for one in everybody:
            one.deployment.site_id = everybody[0].deployment.site_id
    return made


def named_in_cases(agency):
    with db.reading() as session:
        mine = select(Case).options(selectinload(Case.people).joinedload(CasePerson.worker))
        return [[one.worker.full_name.split()[0] for one in case.people] for case in session.scalars(mine)]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Rodel and Analyn are hurt", ["Ben", "Rodel", "Analyn"]),
        ("HELP Joy and me", ["Ben", "Joy"]),
        ("help!! rodel magsino bleeding", ["Ben", "Rodel"]),
        ("tulong po, si Analyn nasugatan", ["Ben", "Analyn"]),
        ("Rodel is safe but Joy is hurt", ["Ben", "Joy"]),
        ("help, this is Ben Reyes", ["Ben"]),
        ("help we have no food", ["Ben"]),
    ],
)
def test_help_names_in_one_case_whom_the_text_names(agency, crew, words, named):
    say(agency, number_of(crew["Ben"]), words)

    assert named_in_cases(agency) == [named]


def test_who_is_named_by_somebody_else_is_to_be_looked_for_and_nothing_else(agency, manager, crew):
    incident = make_incident(manager)

    say(agency, number_of(crew["Ben"]), "Rodel and Analyn are hurt, Joy is safe")

    assert [status_of(incident, crew[name]) for name in ("Ben", "Rodel", "Joy")] == ["HELP", "HELP", "NOT_ASKED"]
    with db.reading() as session:
        of_rodel = session.scalars(select(StatusReport).where(StatusReport.worker_id == crew["Rodel"].id)).one()
        assert vault.reveal(session, of_rodel, "evidence").startswith("Ben Reyes: Rodel and Analyn")


def test_a_name_that_too_many_have_names_none_of_them(agency):
    people = [factories.make_worker(agency, full_name=f"Rodel {family}") for family in ("Cruz", "Lim", "Sy", "Tan")]
    ben = factories.make_worker(agency, full_name="Ben Reyes")

    assert naming.in_trouble("Rodel is hurt", [ben], [ben, *people]) == []
    assert naming.in_trouble("Rodel Sy is hurt", [ben], [ben, *people]) == [people[2]]


def test_a_name_nobody_has_is_kept_and_shown_with_the_case(agency, crew, client_of, staff):
    say(agency, number_of(crew["Ben"]), "Rodel and Tesfaye are hurt")
    with db.reading() as session:
        (case,) = session.scalars(select(Case)).all()
        seen = naming.of_case(session, case)

    page = client_of(staff).get(f"/incidents/cases/{case.id}").text

    assert (seen.by_name, seen.unknown) == ({crew["Rodel"].id}, ("Tesfaye",))
    assert "Tesfaye" in page and "Rodel Magsino did not write" in page
    assert "“Rodel and Tesfaye are hurt”" in page


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Tesfaye and Kebede are hurt", ("Tesfaye", "Kebede")),
        ("HELP tesfaye and me", ("Tesfaye",)),
        ("help we have no food and water", ()),
        ("TULONG sina Ben at Kebede", ("Kebede",)),
    ],
)
def test_a_name_is_told_from_another_word_by_what_stands_beside_it(agency, words, names):
    ben = factories.make_worker(agency, full_name="Ben Reyes")

    assert naming.unknown(words, [ben]) == names


def test_help_from_somebodys_family_names_whom_they_name(agency, crew):
    with db.transaction() as session:
        session.add(
            Contact(
                id=db.new_id(), agency_id=agency.id, worker_id=crew["Rodel"].id, kind="next_of_kin", full_name="Liza Magsino",
                phone_index=vault.blind_index(agency.id, "phones.number", "+639175550123"),
            )
        )  # fmt: skip

    say(agency, "+639175550123", "Rodel is hurt, please help him")

    assert named_in_cases(agency) == [["Rodel"]]


# --- names that look like other words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "safe"),
    [
        ("SAFE Noor", {"Noor"}),
        ("safe butt", {"Butt"}),
        ("SAFE Noor and Butt", {"Noor", "Butt"}),
        ("I am safe. Noor", {"Noor"}),
        ("SAFE but no water", set()),
        ("SAFE", set()),
        ("SAFE Tesfaye", set()),
    ],
)
def test_a_name_on_a_shared_phone_is_a_name_before_it_is_a_word(agency, manager, words, safe):
    incident = make_incident(manager)
    people = {
        name.split()[-1]: factories.make_worker(agency, full_name=name, phone="+218915555555")
        for name in ("Ayesha Noor", "Imran Butt")
    }

    say(agency, "+218915555555", words)

    assert {name for name, one in people.items() if status_of(incident, one) == "SAFE"} == safe


@pytest.mark.parametrize("words", ["SAFE Noor", "I am safe, Noor", "Noor ok", "ok lang Noor"])
def test_who_signs_with_a_name_that_looks_like_a_word_is_safe(agency, manager, words):
    incident = make_incident(manager)
    noor = factories.make_worker(agency, full_name="Ayesha Noor")
    ask(noor, incident)

    say(agency, number_of(noor), words)

    assert status_of(incident, noor) == "SAFE"


def test_safe_and_a_colleagues_name_is_about_the_colleague(agency, manager, crew):
    incident = make_incident(manager)

    say(agency, number_of(crew["Ben"]), "SAFE Maria")

    assert (status_of(incident, crew["Ben"]), status_of(incident, crew["Maria"])) == ("NOT_ASKED", "SAFE")


@pytest.mark.parametrize("words", ["not safe Noor", "Noor trapped", "help noor", "SAFE? Noor"])
def test_a_name_never_makes_danger_safe(agency, manager, words):
    incident = make_incident(manager)
    noor = factories.make_worker(agency, full_name="Ayesha Noor")
    ask(noor, incident)

    say(agency, number_of(noor), words)

    assert status_of(incident, noor) != "SAFE"


@pytest.mark.parametrize("language", ["tl", "ar", "en"])
@pytest.mark.parametrize("stranger", ["Ana", "Ami", "Ma"])
def test_a_name_that_nobody_has_counts_as_a_name_whatever_it_means_elsewhere(agency, manager, language, stranger):
    incident = make_incident(manager)
    sender, ben, joy = at_one_site(agency, "Carmelo Diaz", "Ben Reyes", "Joy Lim").values()
    with db.transaction() as session:
        session.get(Worker, sender.id).language = language

    message = say(agency, number_of(sender), f"SAFE 3 {stranger} Ben Joy")

    assert [status_of(incident, one) == "SAFE" for one in (sender, ben, joy)] == [False, True, True]
    assert message.handled_at is None
