"""Taking an import back."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.workforce.roster_files import NOEL, RODEL, TODAY, import_rows, roster
from workforce.core import audit, clock, db, tenancy, vault
from workforce.core.errors import Conflict, NotFound
from workforce.duplicates import jobs as duplicates
from workforce.models import Contact, Deployment, Document, DocumentVersion, Employer, Import, Phone, Site, Worker
from workforce.people import workers
from workforce.rosters import carrying, foreseeing, imports, taking_back

PEDRO = NOEL | {"Name": "Pedro Cruz", "Passport No.": "P5550001A", "Mobile (host)": "", "Jobsite": "Marsa"}
MARIA = NOEL | {"Name": "Maria Diaz", "Passport No.": "P5550002A", "Mobile (host)": "", "Jobsite": "Raslanuf"}


@pytest.fixture
def database_url(any_database):
    return any_database


def test_an_undone_import_leaves_nobody_it_made_and_no_key_of_theirs(agency):
    outcome = import_rows(agency, RODEL | {"Next of kin": "Imelda"}, NOEL)

    undone = _undo(agency, outcome.import_id)

    assert (undone.removed, undone.restored, undone.left) == (2, 0, [])
    assert [_count(model) for model in (Worker, Phone, Deployment, Document, DocumentVersion, Contact, vault.Key)] == [
        0,
        0,
        0,
        0,
        0,
        0,
        1,
    ]


def test_employers_and_sites_that_an_import_made_go_with_it_unless_somebody_is_there(agency):
    import_rows(agency, NOEL | {"Employer": "Al Waha", "Jobsite": "Brega"})
    outcome = import_rows(agency, RODEL | {"Employer": "Zueitina", "Jobsite": "Tank Farm B"}, NOEL | {"Employer": "Sirte Oil"}, PEDRO)
    import_rows(agency, MARIA | {"Employer": "Sirte Oil"})

    _undo(agency, outcome.import_id)

    assert _names(Employer) == ["Al Waha", "Sirte Oil"]
    assert _names(Site) == ["Brega", "Raslanuf"]


def test_what_an_import_changed_is_put_back(agency):
    import_rows(agency, RODEL | {"Employer": "Al Waha"})
    before = _everything("Rodel Magsino")
    changed = RODEL | {
        "Employer": "Zueitina",
        "Jobsite": "Brega",
        "Passport No.": "P9999999B",
        "Passport expiry": "2036-01-01",
        "Mobile (host)": "+218919999999",
        "Next of kin": "Imelda",
    }
    outcome = import_rows(agency, changed)
    assert _everything("Rodel Magsino") != before

    undone = _undo(agency, outcome.import_id)

    assert (undone.removed, undone.restored, undone.left) == (0, 1, [])
    assert _everything("Rodel Magsino") == before


def test_who_was_changed_since_is_left_and_listed(agency, staff):
    outcome = import_rows(agency, RODEL, NOEL)
    with db.transaction() as session:
        rodel = session.scalar(select(Worker).where(Worker.full_name == "Rodel Magsino"))
        workers.archive(session, staff, rodel.id)

    undone = _undo(agency, outcome.import_id)

    assert (undone.removed, [one.name for one in undone.left]) == (1, ["Rodel Magsino"])


def test_a_later_import_counts_as_a_change(agency):
    first = import_rows(agency, RODEL)
    import_rows(agency, RODEL | {"Jobsite": "Brega Lot 7"})

    undone = _undo(agency, first.import_id)

    assert (undone.removed, len(undone.left)) == (0, 1)


def test_imports_can_be_taken_back_one_after_the_other(agency):
    first = import_rows(agency, RODEL)
    second = import_rows(agency, RODEL | {"Jobsite": "Brega Lot 7"})
    _undo(agency, second.import_id)

    assert _undo(agency, first.import_id).removed == 1


def test_a_worker_whose_second_row_added_something_is_still_removed(agency):
    outcome = import_rows(agency, RODEL, RODEL | {"Next of kin": "Imelda"})

    assert _undo(agency, outcome.import_id).removed == 1


def test_roommates_marks_go_with_the_roommate(agency):
    import_rows(agency, RODEL)
    second = import_rows(agency, NOEL | {"Mobile (host)": RODEL["Mobile (host)"]})

    _undo(agency, second.import_id)

    with db.reading() as session:
        assert [phone.is_shared for phone in session.scalars(select(Phone))] == [False]


def test_after_an_undo_the_file_imports_as_new(agency):
    bare = {"Name": "Analyn Querubin", "Nationality": "PH", "Host country": "Libya"}
    _undo(agency, import_rows(agency, bare).import_id)

    assert import_rows(agency, bare).created == 1


def test_an_import_is_undone_once_and_within_thirty_days(agency):
    outcome = import_rows(agency, RODEL)
    with db.transaction() as session:
        session.get(Import, outcome.import_id).applied_at = clock.now() - timedelta(days=31)
    with pytest.raises(Conflict):
        _undo(agency, outcome.import_id)
    with db.transaction() as session:
        session.get(Import, outcome.import_id).applied_at = clock.now()
    _undo(agency, outcome.import_id)

    with pytest.raises(Conflict):
        _undo(agency, outcome.import_id)


def test_another_agencys_import_is_not_there_to_undo(app, agency):
    from tests import factories

    outcome = import_rows(agency, RODEL)
    other = factories.make_agency()
    with tenancy.agency(other.id), pytest.raises(NotFound):
        _undo(other, outcome.import_id)

    assert _count(Worker) == 1


def test_an_undo_leaves_its_line(agency):
    _undo(agency, import_rows(agency, RODEL).import_id)

    with db.reading() as session:
        line = session.scalar(select(audit.AuditEntry).where(audit.AuditEntry.action == "roster.undo"))
        assert line.detail == {"removed": 1, "restored": 0, "left": 0}


def test_an_undo_that_was_killed_goes_on_where_it_was_and_lets_others_save_meanwhile(agency, staff, monkeypatch):
    outcome = import_rows(agency, RODEL, NOEL, {"Name": "Ariel Sumulong", "Nationality": "PH", "Host country": "LY"})
    monkeypatch.setattr(carrying, "FIRST_BATCH", 1)
    monkeypatch.setattr(carrying, "SMALLEST_BATCH", 1)
    monkeypatch.setattr(carrying, "LARGEST_BATCH", 1)

    def die(done):
        with db.transaction() as session:
            last = session.scalars(select(Worker).order_by(Worker.id.desc())).first()
            workers.archive(session, staff, last.id)
        raise SystemExit

    with pytest.raises(SystemExit):
        _undo(agency, outcome.import_id, tell=die)
    half = _count(Worker)
    undone = _undo(agency, outcome.import_id)

    assert half == 2
    assert (undone.removed, [one.reason for one in undone.left]) == (
        2,
        ["changed since the import, by hand or by a later one"],
    )
    with db.reading() as session:
        line = session.scalar(select(audit.AuditEntry).where(audit.AuditEntry.action == "roster.undo"))
        assert line.detail == {"removed": 2, "restored": 0, "left": 1}


def test_an_import_that_broke_off_is_taken_back_without_going_on(agency, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(carrying, "FIRST_BATCH", 1)
    file, actor = tmp_path / "roster.csv", tenancy.System(agency.id)
    file.write_bytes(roster(RODEL, NOEL))
    with db.transaction() as session:
        import_id = imports.from_command(session, actor, settings.files, file, imports.Options(), today=TODAY).id

    def die(done):
        raise SystemExit

    with pytest.raises(SystemExit):
        carrying.carry_out(actor, settings.files, import_id, country="PH", today=TODAY, tell=die)
    half = _count(Worker)
    undone = _undo(agency, import_id, folder=settings.files)

    assert (half, undone.removed, _count(Worker)) == (1, 1, 0)
    assert [path for path in settings.files.rglob("*") if path.is_file()] == []
    with db.reading() as session:
        assert (session.get(Import, import_id).state, imports.broken_off(session, actor)) == ("undone", [])


def test_what_an_undo_will_do_is_told_and_then_done(agency, staff):
    import_rows(agency, RODEL)
    outcome = import_rows(
        agency,
        RODEL | {"Jobsite": "Brega Lot 7", "Passport No.": "P9999999B"},
        NOEL,
        {"Name": "Ariel Sumulong", "Nationality": "PH", "Host country": "LY"},
    )
    with db.transaction() as session:
        ariel = session.scalar(select(Worker).where(Worker.full_name == "Ariel Sumulong"))
        workers.archive(session, staff, ariel.id)

    with db.reading() as session:
        seen = foreseeing.foresee(session, staff, outcome.import_id)
    undone = _undo(agency, outcome.import_id)

    assert [name for _id, name in seen.going] == ["Noel Baclaan"]
    assert [(one.name, one.reason) for one in seen.left] == [
        ("Ariel Sumulong", "changed since the import, by hand or by a later one")
    ]
    assert [(one.name, one.changes) for one in seen.back] == [
        ("Rodel Magsino", (("passport_number", "P9999999B", "P4417720A"), ("site", "Brega Lot 7", "Tank Farm B")))
    ]
    assert (
        (undone.removed, undone.restored, len(undone.left))
        == (seen.removed, seen.restored, len(seen.left))
        == (1, 1, 1)
    )


def test_a_search_for_duplicates_meanwhile_keeps_nobody(agency):
    outcome = import_rows(agency, RODEL, NOEL)
    duplicates.look(agency.id, now=clock.now())

    assert _undo(agency, outcome.import_id).removed == 2


def test_foreseeing_changes_nothing(agency, staff):
    outcome = import_rows(agency, RODEL)

    with db.reading() as session:
        foreseeing.foresee(session, staff, outcome.import_id)

    assert _count(Worker) == 1
    assert _undo(agency, outcome.import_id).removed == 1


def test_the_command_says_first_what_an_undo_would_do(app, agency):
    outcome = import_rows(agency, RODEL)

    said = app.test_cli_runner().invoke(args=["workers", "undo-import", str(outcome.import_id), "--dry-run"])

    assert (said.exit_code, said.output.splitlines()) == (
        0,
        ["1 worker would be removed.", "0 workers would be put back."],
    )
    assert _count(Worker) == 1


def _undo(agency, import_id, *, tell=None, folder=Path()):
    actor = tenancy.System(agency.id)
    with db.transaction() as session:
        taking_back.start(session, actor, import_id)
    return taking_back.carry_out(actor, folder, import_id, tell=tell)


def _everything(name):
    with db.reading() as session:
        worker = session.scalar(select(Worker).where(Worker.full_name == name))
        issues = session.scalars(select(DocumentVersion).order_by(DocumentVersion.number)).all()
        employers = dict(session.execute(select(Employer.id, Employer.name)).all())
        return {
            "born": vault.reveal(session, worker, "birth_date"),
            "numbers": [vault.reveal(session, phone, "number") for phone in worker.phones],
            "deployments": [
                (employers[one.employer_id], one.site_id, one.is_current, one.ends_on) for one in worker.deployments
            ],
            "papers": [(paper.kind, paper.expires_on, paper.number_index) for paper in worker.documents],
            "issues": [(issue.state, vault.reveal(session, issue, "paper_number")) for issue in issues],
            "contacts": len(worker.contacts),
        }


def _count(model):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


def _names(model):
    with db.reading() as session:
        return sorted(session.scalars(select(model.name)))
