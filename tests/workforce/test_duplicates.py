"""Two records of one person are found, whatever the script and the spelling; two people are left in peace."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy import update as change

from tests import factories
from workforce.core import clock, db, tenancy, vault
from workforce.core.audit import AuditEntry
from workforce.duplicates import gathering, jobs, likeness, looking, pairs, sounds, words
from workforce.duplicates.weighing import LEAST, SURE, Facts, weigh
from workforce.models import DuplicateMark, DuplicatePair, Worker

LABELLED = Path(__file__).with_name("duplicate_pairs.txt")
NOW = clock.now()


@pytest.fixture
def database_url(any_database):
    return any_database


def facts(number, names, born, passport, phone, nationality="PH", sex="", kin=""):
    return Facts(
        worker_id=db.new_id(),
        names=[name.strip() for name in names.split("/") if name.strip()],
        nationality=nationality,
        born=date.fromisoformat(born) if born else None,
        sex=sex,
        passports=frozenset({passport} if passport else ()),
        active=passport,
        phones=frozenset({phone.encode()} if phone else ()),
        kin=frozenset({kin.encode()} if kin else ()),
    )


def labelled():
    """(label, one, other): the label is same or different; of each the names, birth date, passport, phone, nationality, sex, family's number."""
    with LABELLED.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(
            csv.DictReader((line for line in file if not line.startswith("#")), delimiter="|")
        ):
            sides = [
                facts(
                    number,
                    row[f"names_{side}"],
                    row[f"born_{side}"],
                    row[f"passport_{side}"],
                    row[f"phone_{side}"],
                    row["nationality"],
                    row[f"sex_{side}"],
                    row[f"kin_{side}"],
                )
                for side in "ab"
            ]
            yield row["label"], *sides


def judged():
    """(label, found): found needs both a key under which the two meet and the weight."""
    return [
        (
            label,
            bool(gathering.meeting(one) & gathering.meeting(other)) and weigh(one, other).score >= LEAST,
            one,
            other,
        )
        for label, one, other in labelled()
    ]


def test_there_are_enough_labelled_pairs_in_enough_scripts():
    every = list(labelled())
    scripts = {
        sign
        for _label, one, other in every
        for name in (*one.names, *other.names)
        for sign in ("ا", "র", "र", "አ", "ර", "ர")
        if any(_near(sign, letter) for letter in name)
    }

    assert len(every) >= 120
    assert {"same", "different"} == {label for label, _one, _other in every}
    assert len(scripts) == 6


def _near(sign, letter):
    return ord(letter) // 128 == ord(sign) // 128


def test_of_the_labelled_pairs_nearly_all_doubles_are_found_and_hardly_anybody_else():
    found = judged()
    right = sum(label == "same" and hit for label, hit, _one, _other in found)
    wrong = [(one.names, other.names) for label, hit, one, other in found if label == "different" and hit]
    missed = [(one.names, other.names) for label, hit, one, other in found if label == "same" and not hit]

    assert right / (right + len(missed)) >= 0.97, missed
    assert right / (right + len(wrong)) >= 0.97, wrong


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mohammed", "محمد"),
        ("Muhamad", "মোহাম্মদ"),
        ("yusuf", "يوسف"),
        ("Chowdhury", "চৌধুরী"),
        ("tesfaye", "ተስፋዬ"),
        ("Sharma", "शर्मा"),
        ("Perera", "පෙරේරා"),
        ("Selvi", "செல்வி"),
    ],
)
def test_a_name_sounds_the_same_in_every_script(one, other):
    assert sounds.key(one) == sounds.key(other)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("MAGSINO, Ma. Rodela", "Maria Rodela Magsino", "same"),
        ("Md. Rahim Khan", "Mohammad Raheem Khan", "spelt"),
        ("Juan de la Cruz", "Delacruz Juan", "same"),
        ("Abdul Rahman Khan", "عبد الرحمن خان", "script"),
        ("R. Magsino", "Rodela Magsino", "initials"),
        ("Maria Santos", "Maria Clara Santos", "part"),
        ("Mario Santos", "Maria Santos", "other"),
        ("Amin Hossain", "Amina Hossain", "other"),
        ("Mary Ann Santos", "Mary Jane Santos", "partly"),
    ],
)
def test_names_are_compared_as_people_write_them(one, other, level):
    assert likeness.compare([one], [other]).level == level


def test_a_room_phone_alone_is_no_evidence():
    one = facts(1, "Ana Reyes", "1990-05-06", "", "room")
    other = facts(2, "Berta Cruz", "1991-07-08", "", "room")

    assert weigh(one, other).score < LEAST
    assert "phone" not in weigh(one, other).reasons


def test_a_phone_counts_less_where_more_than_two_have_it():
    one, other = facts(1, "Ana Reyes", "", "", "room"), facts(2, "Ana Reyes", "", "", "room")

    assert weigh(one, other).score >= LEAST
    assert weigh(one, other, rooms=frozenset({b"room"})).score < LEAST


def test_twins_are_two_people():
    one = facts(1, "Mary Ann Santos", "1990-05-06", "P1111111A", "home", kin="mother")
    other = facts(2, "Mary Jane Santos", "1990-05-06", "P2222222A", "home", kin="mother")

    assert weigh(one, other).score < LEAST


def test_the_reasons_are_said_in_words():
    one = facts(1, "Maria Santos", "1990-05-06", "P1234567A", "a")
    other = facts(2, "Ma. Santos", "1990-06-05", "P1234567A", "b")

    verdict = weigh(one, other)

    assert verdict.score >= SURE
    assert verdict.reasons == ["passport", "name same", "birth swapped"]
    assert all(code in words.REASONS for code in verdict.reasons)


# --- the look -----------------------------------------------------------------------------------------------------------


def worker(agency, name, born=None, **more):
    return factories.make_worker(agency, full_name=name, **({"birth_date": born} if born else {}), **more)


def look(agency, **more):
    return jobs.look(agency.id, now=clock.now(), **more)


def waiting(user):
    with db.reading() as session:
        return [(one.one.full_name, one.other.full_name, one.pair.score) for one in pairs.listing(session, user)]


def test_a_double_is_found_across_scripts(app, agency, staff):
    worker(agency, "Mohamed Ali Hassan", "1988-03-04", nationality="EG")
    worker(agency, "محمد علي حسن", "1988-03-04", nationality="EG")
    worker(agency, "Omar Farouk", "1988-03-04", nationality="EG")

    assert look(agency) == 1
    assert [set(pair[:2]) for pair in waiting(staff)] == [{"Mohamed Ali Hassan", "محمد علي حسن"}]


def test_a_passport_of_an_earlier_issue_is_found(app, agency, staff):
    one, other = worker(agency, "Maria Santos", "1990-01-02"), worker(agency, "Maria Clara Santos Reyes")
    factories.make_document(one, number="P1234567A")
    factories.make_document(other, number="P1234567A", country="")

    look(agency)

    assert waiting(staff)[0][2] >= 65


def test_a_second_look_costs_only_what_has_changed(app, agency, staff):
    first = worker(agency, "Maria Santos", "1990-01-02")
    worker(agency, "Jose Rizal", "1961-06-19")
    look(agency)

    with db.reading() as session:
        assert looking.due(session, agency.id) == []
    second = worker(agency, "Ma. Santos", "1990-01-02")
    with db.reading() as session:
        assert looking.due(session, agency.id) == [second.id]
    assert look(agency) == 1
    assert first.id in {row.one_id for row in _pairs()} | {row.other_id for row in _pairs()}


def test_a_pair_goes_when_the_records_no_longer_fit(app, agency, staff):
    one = worker(agency, "Maria Santos", "1990-01-02")
    worker(agency, "Ma. Santos", "1990-01-02")
    look(agency)
    assert len(_pairs()) == 1

    with db.transaction() as session:
        row = session.get(Worker, one.id)
        row.full_name, row.updated_at = "Berta Cruz", clock.now() + timedelta(seconds=1)
    look(agency)

    assert _pairs() == []


def test_not_the_same_person_is_not_asked_again(app, agency, staff):
    one, other = worker(agency, "Maria Santos", "1990-01-02"), worker(agency, "Ma. Santos", "1990-01-02")
    look(agency)
    with db.transaction() as session:
        pairs.keep_apart(session, staff, _pairs()[0].id, now=clock.now())

    for row in (one, other):
        with db.transaction() as session:
            session.execute(
                change(Worker)
                .where(Worker.id == row.id, Worker.agency_id == agency.id)
                .values(updated_at=clock.now() + timedelta(seconds=1))
            )

    assert look(agency) == 0
    assert waiting(staff) == []


def test_a_look_broken_off_begins_again(app, agency, staff):
    worker(agency, "Maria Santos", "1990-01-02")
    worker(agency, "Ma. Santos", "1990-01-02")

    assert look(agency, go_on=lambda: False) == 0
    with db.transaction() as session:
        looking.mark(session, agency.id, looking.due(session, agency.id))

    assert look(agency) == 1


def test_a_look_at_some_leaves_the_rest_for_the_next(app, agency, staff):
    for name in ("Maria Santos", "Ma. Santos", "Jose Rizal"):
        worker(agency, name, "1990-01-02")

    look(agency, most=1)
    with db.reading() as session:
        assert len(looking.due(session, agency.id)) == 2
    look(agency, most=1)
    look(agency, most=1)

    assert len(_pairs()) == 1


def test_two_who_are_both_put_away_are_left_in_peace(app, agency, staff):
    for name in ("Maria Santos", "Ma. Santos"):
        worker(agency, name, "1990-01-02", archived_at=clock.now())

    assert look(agency) == 0


def test_another_agencys_workers_are_never_compared(app, agency, staff):
    worker(agency, "Maria Santos", "1990-01-02")
    elsewhere = factories.make_agency()
    worker(elsewhere, "Maria Santos", "1990-01-02")

    look(agency)
    look(elsewhere)

    with tenancy.across_agencies("test: nobody is compared across agencies"), db.reading() as session:
        assert session.scalars(select(DuplicatePair)).all() == []


def test_what_is_kept_of_a_look_says_nothing_without_the_key(app, agency, staff):
    made = worker(agency, "Maria Santos", "1990-01-02")
    look(agency)

    with db.reading() as session:
        keys = session.scalar(select(DuplicateMark.keys).where(DuplicateMark.worker_id == made.id))
        assert len(keys) % gathering.KEY_BYTES == 0 and b"Santos" not in keys and b"1990" not in keys
        line = session.scalar(select(AuditEntry).where(AuditEntry.action == "duplicates.look"))
        assert line.detail == {"looked_at": 1, "found": 0, "new": 0}
        assert vault.reveal(session, session.get(Worker, made.id), "birth_date") == "1990-01-02"


def _pairs():
    with db.reading() as session:
        return session.scalars(select(DuplicatePair)).all()
