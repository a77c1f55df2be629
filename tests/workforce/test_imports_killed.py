"""A roster goes in batch by batch: killed anywhere it goes on to the whole, others save in between, nobody is there twice."""

import os
import signal
import subprocess
import sys
import uuid

import pytest
from sqlalchemy import func, select

from tests.workforce.forked import muster
from tests.workforce.roster_files import NOEL, RODEL, TODAY, roster
from workforce.core import audit, clock, db, tenancy
from workforce.core.errors import Conflict
from workforce.models import (
    Contact,
    Deployment,
    Document,
    DocumentVersion,
    Import,
    ImportProblem,
    ImportRow,
    Phone,
    Site,
    Worker,
)
from workforce.rosters import carrying, imports, jobs, names, owners
from workforce.rosters.imports import Options

ROWS = 60
TABLES = (Worker, Deployment, Phone, Document, DocumentVersion, Contact)


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def file(tmp_path):
    """Sixty people; two of them again further down with more to say, one row that cannot be used, one paper twice."""
    people = [
        RODEL
        | {
            "Name": f"Magsino, Rodel {chr(65 + n // 26)}{chr(97 + n % 26)}o",
            "Passport No.": f"P{n:07d}A",
            "Mobile (host)": f"+2189122{n:05d}",
        }
        for n in range(ROWS)
    ]
    again = [people[3] | {"Mobile (host)": "+218912299999"}, people[40] | {"Mobile (host)": "+218912288888"}]
    bad = [NOEL | {"Nationality": "Koera"}, NOEL | {"Name": "Another Person Altogether", "Passport No.": "P0000005A"}]
    path = tmp_path / "roster.csv"
    path.write_bytes(roster(*people[:30], *bad, *people[30:], *again, people[7]))
    return path


@pytest.fixture
def command(settings, tmp_path):
    """The import of a file as a process of its own: `command(file, killed=("writing", 3))`."""

    def run(file, *, killed=None):
        return muster(settings, tmp_path, "workers", "import", str(file), "--json", killed=killed)

    return run


def counts(*tables):
    with db.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in tables or TABLES]


def state(agency):
    """Everybody with what hangs on them, without what differs from one import to the next."""
    with db.reading() as session:
        return sorted(
            (worker.full_name, len(worker.phones), len(worker.documents), worker.deployment.occupation, worker.version)
            for worker in session.scalars(select(Worker).where(Worker.agency_id == agency.id))
        )


POINTS = [
    ("entering", 1),
    ("writing", 1),
    ("writing", 3),
    ("moving", 1),
    ("moving", 3),
    ("entering", 4),
    ("moving", 7),
    ("entering", 8),
    ("ending", 1),
]
# A transaction broken off by the server is another thing than one left in a file; where the process was between two is not.
ALSO_ON_POSTGRES = [("writing", 3), ("moving", 3), ("ending", 1)]


@pytest.mark.parametrize(
    ("any_database", "killed"),
    [
        *(("sqlite", point) for point in POINTS),
        *(pytest.param("postgres", point, marks=pytest.mark.postgres) for point in ALSO_ON_POSTGRES),
    ],
    indirect=["any_database"],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]} {value[1]}",
)
def test_a_killed_import_is_made_whole_by_the_same_command(agency, command, file, killed):
    dead = command(file, killed=killed)
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    assert_whole_people()

    done = command(file)

    assert done.returncode == 0, done.stderr
    assert_as_if_nothing_had_happened(agency, done.stdout)


def assert_whole_people():
    """Each person that is there has a place of work, a number, a passport with its version, and a line of the import."""
    people, deployments, phones, papers, versions, _contacts = counts()
    assert deployments == people and papers == versions
    assert phones >= people and papers >= people
    assert counts(ImportRow)[0] >= people


def assert_as_if_nothing_had_happened(agency, answer):
    assert f'"created": {ROWS}, "updated": 0, "unchanged": 3' in answer
    assert counts()[0] == ROWS
    assert counts(Phone)[0] == ROWS + 2
    assert sum(phones for _name, phones, *_rest in state(agency)) == ROWS + 2
    with db.reading() as session:
        (roster_row,) = session.scalars(select(Import))
        assert (roster_row.state, roster_row.place) == ("applied", "")
        assert roster_row.counts["created"] == ROWS and roster_row.counts["rejected_rows"] == 2
        told = [(one.row_number, one.column, one.kind) for one in session.scalars(select(ImportProblem))]
        assert len(told) == len(set(told))
        assert audit.verify(session, agency.id).first_bad is None


def begun(agency, file, settings):
    """An import that this process has begun, as the command would."""
    actor = tenancy.System(agency.id)
    with db.transaction() as session:
        made = imports.from_command(session, actor, settings.files, file, Options(), today=TODAY)
        return actor, made.id


def test_others_save_between_the_batches_and_what_they_say_stays(agency, settings, file, monkeypatch):
    for size in ("FIRST_BATCH", "SMALLEST_BATCH", "LARGEST_BATCH"):
        monkeypatch.setattr(carrying, size, 10)
    actor, import_id = begun(agency, file, settings)
    edited = []

    def edit(_done):
        if not edited:
            with db.transaction() as session:
                somebody = session.scalars(select(Worker).where(Worker.full_name.like("%Ado%"))).one()
                somebody.nationality = "NP"
                edited.append(somebody.id)

    outcome = carrying.carry_out(actor, settings.files, import_id, country="PH", today=TODAY, tell=edit)

    assert outcome.created == ROWS
    with db.reading() as session:
        assert session.get(Worker, edited[0]).nationality == "NP"


def test_a_process_that_only_slept_leaves_the_import_to_who_took_it_over(agency, settings, file, monkeypatch):
    for size in ("FIRST_BATCH", "SMALLEST_BATCH", "LARGEST_BATCH"):
        monkeypatch.setattr(carrying, size, 10)
    actor, import_id = begun(agency, file, settings)

    def another_takes_over(_done):
        with db.transaction() as session:
            made = session.get(Import, import_id)
            made.options = made.options | {"by": "elsewhere:1:1"}

    with pytest.raises(Conflict, match="Another process"):
        carrying.carry_out(actor, settings.files, import_id, country="PH", today=TODAY, tell=another_takes_over)

    assert counts(Worker) == [10]


def test_two_imports_of_one_agency_do_not_run_at_once(agency, settings, file):
    begun(agency, file, settings)

    with pytest.raises(Conflict, match="Another roster is being imported"):
        begun(agency, file, settings)


def test_another_file_first_finishes_what_broke_off(agency, command, file, tmp_path):
    assert command(file, killed=("moving", 3)).returncode == -signal.SIGKILL
    other = tmp_path / "other.csv"
    other.write_bytes(roster(NOEL | {"Name": "Somebody Else", "Passport No.": "Z1234567"}))

    done = command(other)

    assert '"created": 1,' in done.stdout
    assert counts(Worker) == [ROWS + 1]
    with db.reading() as session:
        assert [one.state for one in session.scalars(select(Import))] == ["applied", "applied"]


def test_the_clock_lets_a_broken_import_go_on(app, agency, command, settings, file, monkeypatch):
    assert command(file, killed=("moving", 3)).returncode == -signal.SIGKILL
    monkeypatch.setattr("workforce.rosters.running.start", lambda _id, _total, work: work(lambda done: None))

    taken_up = jobs.go_on(agency.id, settings.files, app.app_context)

    assert taken_up == 1
    assert counts(Worker) == [ROWS]
    assert jobs.go_on(agency.id, settings.files, app.app_context) == 0


def test_a_site_made_by_somebody_else_in_the_same_moment_is_found(agency, settings, file, monkeypatch):
    actor, import_id = begun(agency, file, settings)
    real, met = carrying.resuming.after, []

    def after(session, run, rows, cursor):
        if not met:
            with db.transaction() as other:
                other.add(
                    Site(
                        agency_id=agency.id,
                        name="Tank farm B",
                        name_folded=names.folded(RODEL["Jobsite"]),
                        country="LY",
                    )
                )
            met.append(True)
        return real(session, run, rows, cursor)

    monkeypatch.setattr(carrying.resuming, "after", after)

    outcome = carrying.carry_out(actor, settings.files, import_id, country="PH", today=TODAY)

    assert outcome.created == ROWS
    assert counts(Site) == [1]


def test_a_process_is_gone_when_its_number_is_nobodys_or_another_ones(monkeypatch):
    import_id, host = uuid.uuid4(), owners.me().split(":")[0]
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    now = clock.now()

    assert owners.is_gone(f"{host}:{int(ended.stdout)}:1", import_id, now, now)
    assert owners.is_gone(f"{host}:{os.getppid()}:1", import_id, now, now)
    assert owners.is_gone(owners.me(), import_id, now, now)
    assert not owners.is_gone("elsewhere:1:1", import_id, now, now)
    assert owners.is_gone("elsewhere:1:1", import_id, now - 2 * owners.SILENT_FOR, now)
    with owners.at_work(import_id):
        assert not owners.is_gone(owners.me(), import_id, now, now)
