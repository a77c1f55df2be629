"""The rules about workers, their numbers, family, contacts and work."""

from datetime import date, timedelta

import pytest

from tests import factories
from workforce import consents
from workforce.core import clock, db, tenancy, vault
from workforce.core.errors import Conflict, NotFound
from workforce.models import Consent, Deployment, Phone, Worker
from workforce.people import contacts, deployments, families, listing, numbers, phones, shape, workers
from workforce.people.wrong import WrongField

TODAY = date(2027, 1, 30)
MARIA = {"full_name": "DALISAY, Maria Cristina", "nationality": "PH", "host_country": "LY"}


@pytest.fixture
def database_url(any_database):
    return any_database


def register(user, **more):
    with db.transaction() as session:
        return workers.register(session, user, MARIA | more, today=TODAY)


def listed(user, **wanted):
    with db.reading() as session:
        page = listing.page(session, user, listing.Wanted(**wanted), now=clock.now(), zone="Asia/Manila")
        return [line.name for line in page.lines]


def test_three_facts_are_enough_to_register_somebody(staff):
    worker = register(staff)

    assert (worker.full_name, worker.listed_name, worker.sort_name) == (
        "Maria Cristina Dalisay",
        "Dalisay, Maria Cristina",
        "dalisay, maria cristina",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", " "),
        ("full_name", "12345"),
        ("nationality", ""),
        ("host_country", "QQ"),
        ("birth_date", date(2031, 1, 1)),
        ("email", "at home"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(staff, field, value):
    with pytest.raises(WrongField) as wrong:
        register(staff, **{field: value})

    assert wrong.value.field == field


def test_what_is_sealed_comes_back_and_lies_sealed(staff):
    worker = register(staff, birth_date=date(1988, 5, 9), notes="Sends money home.")

    with db.reading() as session:
        found = workers.get(session, staff, worker.id)
        assert workers.known(session, found)["birth_date"] == date(1988, 5, 9)
        assert b"Sends money" not in found.notes_sealed


def test_the_same_name_and_birth_date_give_the_same_identity_in_one_agency_only(staff):
    one = register(staff, birth_date=date(1988, 5, 9))
    same = register(staff, full_name="Maria Cristina Dalisay", birth_date="1988-05-09")
    other = factories.make_user(factories.make_agency())
    with tenancy.agency(other.agency_id):
        stranger = register(other, birth_date=date(1988, 5, 9))

    assert one.identity_index == same.identity_index != stranger.identity_index


def test_an_import_changes_only_the_columns_that_its_file_knows(agency):
    with db.transaction() as session:
        row = shape.columns(session, agency.id, db.new_id(), {"notes": "New."})

    assert set(row) == {"notes_sealed"}


def test_another_agencys_worker_is_not_found(staff):
    stranger = factories.make_worker(factories.make_agency())

    with db.reading() as session, pytest.raises(NotFound):
        workers.get(session, staff, stranger.id)


def test_saving_an_old_page_is_refused(staff):
    worker = register(staff)
    with db.transaction() as session:
        workers.edit(session, staff, worker.id, MARIA | {"notes": "First."}, version=worker.version, today=TODAY)

    with pytest.raises(Conflict), db.transaction() as session:
        workers.edit(session, staff, worker.id, MARIA | {"notes": "Second."}, version=worker.version, today=TODAY)


def test_an_archived_worker_leaves_the_list_and_comes_back(staff):
    worker = register(staff)
    with db.transaction() as session:
        workers.archive(session, staff, worker.id)
    gone = listed(staff), listed(staff, chip="archived")

    with db.transaction() as session:
        workers.restore(session, staff, worker.id)

    assert gone == ([], ["Dalisay, Maria Cristina"])
    assert listed(staff) == ["Dalisay, Maria Cristina"]


@pytest.mark.parametrize(
    "text", ["dalis", "Ma. Cristina", "091 234 4417", "+218 91 2344417", "P123-456 7A", "tank farm", "Ras Lanuf"]
)
def test_a_worker_is_found_by_name_number_passport_and_site(staff, text):
    worker = register(staff)
    register(staff, full_name="Jun Labrador")
    factories.make_document(worker, number="P1234567A")
    with db.transaction() as session:
        mine = workers.get(session, staff, worker.id)
        phones.add(session, staff, mine, "091-234 4417")
        deployments.start(session, staff, mine, {"site": "Tank Farm B", "town": "Ras Lanuf"}, today=TODAY)

    assert listed(staff, text=text) == ["Dalisay, Maria Cristina"]


def test_pages_forwards_and_back_show_everybody_once_in_order(staff):
    names = sorted(f"Reyes, {chr(65 + number)}na" for number in range(7))
    for name in reversed(names):
        register(staff, full_name=name)
    with db.reading() as session:

        def page(**edge):
            return listing.page(session, staff, listing.Wanted(), now=clock.now(), zone="UTC", limit=3, **edge)

        first = page()
        second = page(after=first.lines[-1].id)
        third = page(after=second.lines[-1].id)
        back = page(before=third.lines[0].id)

    assert [line.name for part in (first, second, third) for line in part.lines] == names
    assert [part.first for part in (first, second, third, back)] == [1, 4, 7, 4]
    assert [part.has_more for part in (first, second, third, back)] == [True, True, False, True]
    assert back.lines == second.lines


def test_the_chips_count_what_they_show(staff):
    day = clock.today_in("Asia/Manila")
    ending, held, failing, silent = (
        register(staff, full_name=name) for name in ("Ana Cruz", "Ben Cruz", "Cora Cruz", "Dan Cruz")
    )
    factories.make_document(ending, kind="visa", expires_on=day + timedelta(days=60))
    factories.make_document(ending, kind="medical", expires_on=day + timedelta(days=61))
    factories.make_document(held, custody="employer", expires_on=day - timedelta(days=1))
    with db.transaction() as session:
        phones.add(session, staff, session.get(Worker, failing.id), "+218912344417").state = "fails"
        session.get(Worker, silent.id).last_heard_at = clock.now() - timedelta(days=31)
        deployments.start(session, staff, session.get(Worker, held.id), {"ends_on": day + timedelta(days=5)}, today=day)
    with db.reading() as session:
        counts = listing.page(session, staff, listing.Wanted(), now=clock.now(), zone="Asia/Manila").counts

    assert counts == {"everyone": 4, "ends": 1, "employer": 1, "fails": 1, "silent": 1, "home": 1, "archived": 0}
    assert [listed(staff, chip=chip) for chip in ("ends", "employer", "fails", "silent", "home")] == [
        ["Ana Cruz"],
        ["Ben Cruz"],
        ["Cora Cruz"],
        ["Dan Cruz"],
        ["Ben Cruz"],
    ]


def test_a_list_shows_numbers_masked(staff):
    worker = register(staff)
    with db.transaction() as session:
        phones.add(session, staff, session.get(Worker, worker.id), "+218912344417")

    with db.reading() as session:
        assert listing.find(session, staff, "dalisay", now=clock.now())[0].phone == "+218 91 ••• 4417"


def test_a_shared_number_is_marked_on_everybody_who_has_it_and_unmarked_again(staff):
    one, two = register(staff), register(staff, full_name="Jun Labrador")
    with db.transaction() as session:
        phones.add(session, staff, session.get(Worker, one.id), "+218912344417")
        second = phones.add(session, staff, session.get(Worker, two.id), "0912344417").id
        shared = [phone.is_shared for phone in phones.owners(session, staff.agency_id, "+218912344417")]

    with db.transaction() as session:
        phones.remove(session, staff, session.get(Worker, two.id), second)

    with db.reading() as session:
        assert shared == [True, True]
        assert [phone.is_shared for phone in phones.owners(session, staff.agency_id, "+218912344417")] == [False]


def test_the_number_put_first_is_tried_first(staff):
    worker = register(staff)
    with db.transaction() as session:
        mine = session.get(Worker, worker.id)
        phones.add(session, staff, mine, "+218912344417")
        second = phones.add(session, staff, mine, "+639171232204", use="home").id
        phones.put_first(session, staff, mine, second)

    with db.reading() as session:
        assert workers.with_everything(session, staff, worker.id).phones[0].id == second


def test_a_number_that_nobody_can_dial_is_refused(staff):
    worker = register(staff)

    with pytest.raises(WrongField), db.transaction() as session:
        phones.add(session, staff, session.get(Worker, worker.id), "12")


def test_seeing_a_number_leaves_a_line_under_who_looked(staff):
    worker = register(staff)
    with db.transaction() as session:
        phone = phones.add(session, staff, session.get(Worker, worker.id), "+218912344417")

    with db.transaction() as session:
        seen = numbers.reveal(session, staff, worker.id, "phone", phone.id)

    with db.reading() as session:
        lines = workers.history(session, staff, worker.id, only=["phone.reveal"])
        assert (seen.dialled, [name for _entry, name in lines]) == ("+218912344417", [staff.name])


def test_a_new_place_of_work_ends_the_one_before(staff):
    worker = register(staff)
    with db.transaction() as session:
        mine = session.get(Worker, worker.id)
        deployments.start(session, staff, mine, {"site": "Tank Farm B", "starts_on": date(2024, 3, 14)}, today=TODAY)
        deployments.start(session, staff, mine, {"site": "Power Station", "host_country": "EG"}, today=TODAY)

    with db.reading() as session:
        history = workers.with_everything(session, staff, worker.id).deployments
        assert sorted((one.site.name, one.is_current, one.ends_on) for one in history) == [
            ("Power Station", True, None),
            ("Tank Farm B", False, TODAY),
        ]
        assert session.get(Worker, worker.id).host_country == "EG"


def test_two_spellings_of_one_site_and_employer_are_one(staff):
    one, two = register(staff), register(staff, full_name="Jun Labrador")
    with db.transaction() as session:
        first = deployments.start(
            session,
            staff,
            session.get(Worker, one.id),
            {"site": "Tank Farm B", "employer": "Wahat Sidra Services"},
            today=TODAY,
        )
        second = deployments.start(
            session,
            staff,
            session.get(Worker, two.id),
            {"site": "TANK FARM-B", "employer": "wahat sidra services"},
            today=TODAY,
        )

        assert (first.site_id, first.employer_id) == (second.site_id, second.employer_id)


def test_work_cannot_end_before_it_began(staff):
    worker = register(staff)

    with pytest.raises(WrongField, match="before it began"), db.transaction() as session:
        deployments.start(
            session,
            staff,
            session.get(Worker, worker.id),
            {"starts_on": TODAY, "ends_on": TODAY - timedelta(days=1)},
            today=TODAY,
        )


def test_family_has_a_key_of_its_own_that_goes_with_it(staff):
    worker = register(staff)
    with db.transaction() as session:
        child = families.add(
            session,
            staff,
            session.get(Worker, worker.id),
            {"full_name": "Jillian Dalisay", "birth_date": date(2019, 3, 3), "phone": "+639171232204"},
            today=TODAY,
        )
        assert families.age_years(vault.reveal(session, child, "birth_date"), TODAY) == 7

    with db.transaction() as session:
        families.remove(session, staff, session.get(Worker, worker.id), child.id)

    with db.reading() as session:
        assert session.query(vault.Key).filter_by(subject_id=child.id).count() == 0


def test_a_buddy_is_another_worker_of_the_agency(staff):
    worker, buddy = register(staff), register(staff, full_name="Lorna Espiritu")
    stranger = factories.make_worker(factories.make_agency())
    with db.transaction() as session:
        made = contacts.add(
            session, staff, session.get(Worker, worker.id), {"kind": "buddy", "other_worker_id": buddy.id}
        )
        assert made.full_name == "Lorna Espiritu"

    for other in (stranger.id, worker.id):
        with pytest.raises((NotFound, WrongField)), db.transaction() as session:
            contacts.add(session, staff, session.get(Worker, worker.id), {"kind": "buddy", "other_worker_id": other})


def test_the_newest_line_of_the_ledger_decides(staff):
    worker = register(staff)
    with db.transaction() as session:
        mine = session.get(Worker, worker.id)
        before = consents.live(session, mine, "backup"), consents.allowed(session, mine, "crisis")
        given = consents.give(session, staff, mine, "backup", channel="in_person", at=clock.now() - timedelta(hours=1))
        during = consents.live(session, mine, "backup")
        consents.withdraw(session, staff, mine, "backup", channel="phone")

        assert (before, during.id, consents.live(session, mine, "backup")) == ((None, True), given.id, None)
        assert session.query(Consent).count() == 2


def test_every_change_leaves_an_audit_line_without_what_was_typed(staff):
    worker = register(staff, notes="canary-note")
    with db.transaction() as session:
        phones.add(session, staff, session.get(Worker, worker.id), "+218912344417")

    with db.reading() as session:
        lines = [entry for entry, _name in workers.history(session, staff, worker.id)]
        assert [entry.action for entry in lines] == ["phone.add", "worker.register"]
        assert not any("canary" in str(entry.detail) or "4417" in str(entry.detail) for entry in lines)


def test_at_most_one_place_of_work_is_current_even_behind_the_rules(staff):
    worker = factories.make_worker(staff.agency)

    with pytest.raises(Exception, match=r"uq_deployments_current|UNIQUE"), db.transaction() as session:
        session.add(Deployment(id=db.new_id(), agency_id=staff.agency_id, worker_id=worker.id, host_country="LY"))


def test_an_e164_number_is_kept_as_it_is(staff):
    worker = factories.make_worker(staff.agency, phone="+218912344417")

    with db.reading() as session:
        phone = session.query(Phone).filter_by(worker_id=worker.id).one()
        assert phones.normalise("00218 91 234 4417", ("LY",)) == vault.reveal(session, phone, "number")


def test_of_many_with_a_name_the_first_are_found_and_those_who_left_come_last(staff, monkeypatch):
    monkeypatch.setattr(listing, "FEW", 2)
    ids = [register(staff, full_name=name).id for name in ("Cruz, Ana", "Cruz, Bea", "Cruz, Cara", "Reyes, Dina")]
    with db.transaction() as session:
        workers.archive(session, staff, ids[1])

    with db.reading() as session:
        found = [line.name for line in listing.find(session, staff, "cruz", now=clock.now())]

    assert found == ["Cruz, Ana", "Cruz, Cara", "Cruz, Bea"]
