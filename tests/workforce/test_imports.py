"""A roster becomes workers: who is who, what changes, what is left alone."""

import pytest
from sqlalchemy import func, select

from tests.workforce.roster_files import HEADINGS, NOEL, RODEL, TODAY, import_rows, roster, understood
from workforce.core import audit, db, tenancy, vault
from workforce.models import Contact, Deployment, Document, DocumentVersion, Import, Phone, Worker
from workforce.papers.documents import number_index
from workforce.rosters import applying, updating


@pytest.fixture
def database_url(any_database):
    return any_database


def test_each_good_row_becomes_a_worker_with_all_it_says(agency):
    outcome = import_rows(
        agency,
        RODEL | {"Employer": "Al Waha", "Next of kin": "Imelda Magsino", "Next of kin phone": "+639175550123"},
        NOEL,
    )

    assert (outcome.created, outcome.updated, outcome.unchanged, outcome.problems) == (2, 0, 0, [])
    with db.reading() as session:
        rodel = _worker(session, "Rodel Magsino")
        passport = session.scalar(select(Document).where(Document.worker_id == rodel.id, Document.kind == "passport"))
        contact = session.scalar(select(Contact).where(Contact.worker_id == rodel.id))
        assert vault.reveal(session, rodel, "birth_date") == "1985-02-11"
        assert (rodel.family_name, rodel.language, rodel.registered_via) == ("Magsino", "tl", "import")
        assert vault.reveal(session, rodel.phones[0], "number") == "+218912204417"
        assert (rodel.deployment.employer.name, rodel.deployment.site.name) == ("Al Waha", "Tank Farm B")
        assert vault.reveal(session, passport.versions[0], "paper_number") == "P4417720A"
        assert passport.number_index == number_index(agency.id, "P4417720A")
        assert (contact.full_name, vault.reveal(session, contact, "phone")) == ("Imelda Magsino", "+639175550123")


def test_the_same_file_twice_changes_nothing(agency):
    import_rows(agency, RODEL, NOEL)
    before = _versions()

    outcome = import_rows(agency, RODEL, NOEL)

    assert (outcome.created, outcome.updated, outcome.unchanged) == (0, 0, 2)
    assert _versions() == before


def test_a_row_said_twice_in_one_file_is_one_worker(agency):
    outcome = import_rows(agency, RODEL, RODEL)

    assert (outcome.created, outcome.unchanged, _count(Worker)) == (1, 1, 1)


def test_an_update_changes_what_differs_and_an_empty_cell_nothing(agency):
    import_rows(agency, RODEL | {"Employer": "Al Waha"})

    outcome = import_rows(agency, RODEL | {"Jobsite": "Brega Lot 7", "Mobile (host)": ""})

    assert (outcome.created, outcome.updated) == (0, 1)
    with db.reading() as session:
        rodel = _worker(session, "Rodel Magsino")
        assert (rodel.deployment.site.name, rodel.deployment.employer.name) == ("Brega Lot 7", "Al Waha")
        assert len(rodel.phones) == 1


def test_another_employer_is_another_deployment(agency):
    import_rows(agency, RODEL | {"Employer": "Al Waha"})

    import_rows(agency, RODEL | {"Employer": "Zueitina"})

    with db.reading() as session:
        rodel = _worker(session, "Rodel Magsino")
        assert sorted((one.employer.name, one.is_current) for one in rodel.deployments) == [
            ("Al Waha", False),
            ("Zueitina", True),
        ]


def test_a_new_passport_of_the_same_person_is_a_renewal_and_flagged(agency):
    import_rows(agency, RODEL)

    outcome = import_rows(agency, RODEL | {"Passport No.": "P9999999B", "Passport expiry": "2036-08-05"})

    assert (outcome.created, outcome.updated) == (0, 1)
    assert [(problem.row, problem.field) for problem in outcome.of_kind("flagged")] == [(2, "passport_number")]
    with db.reading() as session:
        issues = session.scalars(select(DocumentVersion).order_by(DocumentVersion.number)).all()
        assert [(issue.state, vault.reveal(session, issue, "paper_number")) for issue in issues] == [
            ("renewed", "P4417720A"),
            ("active", "P9999999B"),
        ]


def test_an_older_roster_does_not_bring_the_old_passport_back(agency):
    import_rows(agency, RODEL)
    import_rows(agency, RODEL | {"Passport No.": "P9999999B", "Passport expiry": "2036-08-05"})

    import_rows(agency, RODEL)

    with db.reading() as session:
        assert session.scalar(select(Document.number_index)) == number_index(agency.id, "P9999999B")
        assert _count(Worker) == 1


def test_one_name_and_birth_date_with_two_passports_in_a_file_are_two_people_both_flagged(agency):
    outcome = import_rows(agency, RODEL, RODEL | {"Passport No.": "P9999999B"})

    assert outcome.created == 2
    assert [problem.row for problem in outcome.of_kind("flagged")] == [2, 3]


def test_two_passports_in_a_file_are_two_people_although_one_is_on_file_and_comes_last(agency):
    import_rows(agency, RODEL)

    outcome = import_rows(agency, RODEL | {"Passport No.": "P9999999B"}, RODEL)

    assert (outcome.created, outcome.unchanged, outcome.flagged_rows) == (1, 1, 2)


def test_a_passport_of_somebody_else_on_file_refuses_the_row(agency):
    import_rows(agency, RODEL)

    outcome = import_rows(agency, NOEL | {"Passport No.": RODEL["Passport No."]})

    assert (outcome.good, outcome.rejected_rows) == (0, 1)
    assert outcome.problems[0].reason == "Rodel Magsino has this passport already."


def test_a_namesake_is_a_new_worker_and_flagged(agency):
    import_rows(agency, RODEL)

    outcome = import_rows(agency, RODEL | {"Passport No.": "P7777777C", "Date of birth": "1999-01-01"})

    assert outcome.created == 1
    assert [problem.field for problem in outcome.of_kind("flagged")] == ["full_name"]


def test_without_passport_and_birth_date_a_phone_in_common_makes_it_the_same_person(agency):
    bare = {"Name": "Analyn Querubin", "Nationality": "PH", "Host country": "Libya", "Mobile (host)": "+218945120077"}
    import_rows(agency, bare)

    outcome = import_rows(agency, bare | {"Jobsite": "Brega"}, bare | {"Mobile (host)": "+218945120078"})

    assert (outcome.created, outcome.updated) == (1, 1)


def test_without_anything_else_an_identical_row_is_the_same_person(agency):
    bare = {"Name": "Analyn Querubin", "Nationality": "PH", "Host country": "Libya"}
    import_rows(agency, bare)

    outcome = import_rows(agency, bare)

    assert (outcome.created, outcome.unchanged) == (0, 1)


def test_roommates_share_a_phone_and_both_are_marked(agency):
    import_rows(agency, RODEL)

    import_rows(agency, NOEL | {"Mobile (host)": RODEL["Mobile (host)"]})

    with db.reading() as session:
        assert [phone.is_shared for phone in session.scalars(select(Phone))] == [True, True]


def test_bad_rows_come_back_with_reasons_and_good_ones_go_in(agency):
    outcome = import_rows(
        agency,
        RODEL,
        NOEL | {"Nationality": "Koera"},
        NOEL | {"Name": "Ariel Sumulong", "Passport No.": "P5520198C", "Date of birth": "1988-31-04"},
    )

    assert (outcome.created, outcome.rejected_rows, outcome.flagged_rows) == (2, 1, 1)
    assert [(problem.row, problem.column, problem.kind) for problem in outcome.problems] == [
        (3, "Nationality", "rejected"),
        (4, "Date of birth", "flagged"),
    ]


def test_a_visa_number_of_another_worker_is_left_out_and_flagged(agency):
    headings = (*HEADINGS, "Visa No.")

    outcome = import_rows(
        agency, data=roster(RODEL | {"Visa No.": "V123456"}, NOEL | {"Visa No.": "V123456"}, headings=headings)
    )

    assert (outcome.created, [problem.field for problem in outcome.problems]) == (2, ["visa_number"])


def test_somebody_archived_who_is_on_the_roster_is_back_in_the_lists(agency):
    import_rows(agency, RODEL)
    with db.transaction() as session:
        _worker(session, "Rodel Magsino").archived_at = db_now()

    outcome = import_rows(agency, RODEL)

    assert (outcome.updated, outcome.flagged_rows) == (1, 1)
    with db.reading() as session:
        assert _worker(session, "Rodel Magsino").archived_at is None


def test_a_look_writes_nothing_and_counts_the_same(agency):
    import_rows(agency, RODEL)
    changed = roster(RODEL | {"Jobsite": "Brega Lot 7"}, NOEL, NOEL)
    with db.reading() as session:
        looked = applying.look(session, tenancy.System(agency.id), understood(changed), today=TODAY)

    outcome = import_rows(agency, data=changed)

    assert _count(Import) == 2
    assert (
        (looked.created, looked.updated, looked.unchanged)
        == (outcome.created, outcome.updated, outcome.unchanged)
        == (1, 1, 1)
    )


def test_an_import_that_breaks_half_way_leaves_nothing(agency, monkeypatch):
    many = [
        {
            "Name": f"Worker {'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{'uvwxyzabcd'[n // 100]}",
            "Nationality": "PH",
            "Host country": "LY",
        }
        for n in range(700)
    ]
    calls = []
    real = updating.Updater.update

    def breaks(self, matches):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(self, matches)

    monkeypatch.setattr(updating.Updater, "update", breaks)
    with pytest.raises(RuntimeError):
        import_rows(agency, *many)

    assert len(calls) == 2
    assert [_count(model) for model in (Worker, Deployment, Import, vault.Key)] == [0, 0, 0, 1]


def test_an_import_is_one_line_in_a_chain_that_holds(agency):
    import_rows(agency, RODEL, NOEL)

    with db.reading() as session:
        lines = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "roster.import")).all()
        assert [line.detail["created"] for line in lines] == [2]
        assert audit.verify(session, agency.id).first_bad is None


def test_another_agencys_worker_is_nobody_we_know(app, agency):
    from tests import factories

    other = factories.make_agency()
    with tenancy.agency(other.id):
        import_rows(other, RODEL)

    outcome = import_rows(agency, RODEL)

    assert (outcome.created, outcome.problems) == (1, [])


def db_now():
    from workforce.core import clock

    return clock.now()


def _worker(session, name):
    return session.scalar(select(Worker).where(Worker.full_name == name))


def _versions():
    with db.reading() as session:
        return dict(session.execute(select(Worker.id, Worker.version)).all()), session.scalar(
            select(func.count(Phone.id))
        )


def _count(model):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model))
