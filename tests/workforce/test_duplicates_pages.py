"""The pages of duplicates: found, seen side by side, merged, undone, kept apart; and the command."""

import json

import pytest
from sqlalchemy import select

from tests import factories
from workforce.core import clock, db
from workforce.duplicates import jobs
from workforce.models import DuplicatePair, Merge, Worker


@pytest.fixture
def pair(agency):
    one = factories.make_worker(
        agency, full_name="Maria Santos", birth_date="1990-01-02", notes="from the first record"
    )
    other = factories.make_worker(
        agency, full_name="Ma. Santoz", birth_date="1990-01-02", notes="from the second record"
    )
    jobs.look(agency.id, now=clock.now())
    with db.reading() as session:
        return session.scalar(select(DuplicatePair)), one, other


def workers():
    with db.reading() as session:
        return session.scalars(select(Worker)).all()


def test_the_list_says_who_may_be_one_person_and_why(client_of, staff, pair):
    page = client_of(staff).get("/workers/duplicates/").text

    assert "Maria Santos" in page and "Ma. Santoz" in page
    assert "the same birth date" in page and "the same name spelt another way" in page


def test_the_workers_list_today_and_both_files_lead_to_the_pair(client_of, staff, pair):
    found, one, other = pair
    client = client_of(staff)

    assert "Possible duplicates" in client.get("/workers/").text
    assert "pair of records may be one person" in client.get("/today").text
    for worker in (one, other):
        assert f"/workers/duplicates/{found.id}" in client.get(f"/workers/duplicates/panel/{worker.id}").text


def test_two_records_are_shown_side_by_side_and_merged_with_the_chosen_values(client_of, staff, pair):
    found, one, other = pair
    client = client_of(staff)

    page = client.get(f"/workers/duplicates/{found.id}").text
    answer = client.post(
        f"/workers/duplicates/{found.id}",
        data={
            "kept_version": one.version,
            "gone_version": other.version,
            "from-notes": "gone",
            "from-full_name": "kept",
        },
    )

    assert "from the first record" in page and "from the second record" in page
    assert answer.location.endswith(f"/workers/{one.id}")
    file = client.get(answer.location).text
    assert "from the second record" in file and "from the first record" not in file
    assert [worker.id for worker in workers()] == [one.id]


def test_an_old_link_to_a_merged_record_leads_on(client_of, staff, pair):
    found, one, other = pair
    client = client_of(staff)
    client.post(f"/workers/duplicates/{found.id}", data={"kept_version": one.version, "gone_version": other.version})

    assert client.get(f"/workers/{other.id}").location.endswith(f"/workers/{one.id}")


def test_a_merge_is_undone_from_the_list_after_a_look_at_what_it_does(client_of, staff, pair):
    found, one, other = pair
    client = client_of(staff)
    client.post(f"/workers/duplicates/{found.id}", data={"kept_version": one.version, "gone_version": other.version})
    with db.reading() as session:
        merge = session.scalar(select(Merge))

    assert f"/workers/duplicates/merges/{merge.id}/undo" in client.get("/workers/duplicates/").text
    assert "both records stand as they did" in client.get(f"/workers/duplicates/merges/{merge.id}/undo").text
    assert "two records again" in client.post(f"/workers/duplicates/merges/{merge.id}/undo").text
    assert {worker.full_name for worker in workers()} == {"Maria Santos", "Ma. Santoz"}


def test_a_page_that_is_old_merges_nothing_and_says_so(client_of, staff, pair):
    found, _one, _other = pair

    answer = client_of(staff).post(f"/workers/duplicates/{found.id}", data={"kept_version": 1, "gone_version": 9})

    assert answer.status_code == 409
    assert len(workers()) == 2


def test_two_people_are_not_asked_about_again(client_of, staff, pair):
    found, _one, _other = pair
    client = client_of(staff)

    client.post(f"/workers/duplicates/{found.id}/different")

    assert "No pair waits" in client.get("/workers/duplicates/").text
    assert "No pair waits" in client.post("/workers/duplicates/look", follow_redirects=True).text


def test_an_auditor_sees_none_of_it(client_of, agency, pair):
    found, _one, _other = pair
    client = client_of(factories.make_user(agency, role="auditor"))

    assert client.get("/workers/duplicates/").status_code == 403
    assert client.post(f"/workers/duplicates/{found.id}").status_code == 403


def test_the_command_looks_and_prints_the_pairs_with_reasons(app, agency, pair):
    answer = app.test_cli_runner().invoke(args=["workers", "duplicates", "--json"])

    [line] = json.loads(answer.output)
    assert {line["one"]["name"], line["other"]["name"]} == {"Maria Santos", "Ma. Santoz"}
    assert line["score"] >= 50 and "the same birth date" in line["reasons"]
