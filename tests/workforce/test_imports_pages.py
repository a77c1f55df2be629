"""The pages of an import, from the file to done, as a browser goes through them."""

import io
import re
import uuid

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.workforce.roster_files import NOEL, RODEL, import_rows, roster
from workforce.core import db
from workforce.models import Import, Worker
from workforce.rosters import running

CANARY = "Zyxwvut"


def test_the_first_page_opens_for_staff_and_turns_a_stranger_away(app, staff, client_of):
    assert client_of(staff).get("/imports/").status_code == 200
    assert client_of(None).get("/imports/").status_code == 302


def test_an_auditor_is_refused(agency, client_of):
    assert client_of(factories.make_user(agency, role="auditor")).get("/imports/").status_code == 403


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "roster.csv", "This file is empty."),
        (b"%PDF-1.7 something", "roster.xlsx", "PDF"),
        (b"a,b\n1,2\n", "roster.csv", "No row with column headings"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_beside_the_field(staff, client_of, data, name, words):
    answer = client_of(staff).post("/imports/", data={"file": (io.BytesIO(data), name)})

    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    assert words in answer.text
    assert _count(Import) == 0


def test_a_look_shows_the_sheet_and_saves_nobody(staff, client_of):
    _url, page = _hand_in(client_of(staff), roster(RODEL, NOEL | {"Name": ""}))

    assert "Import 1 worker" in page
    assert "The name is missing." in page
    assert _count(Worker) == 0


def test_importing_makes_the_workers_and_gives_back_the_rest(staff, client_of):
    client = client_of(staff)
    url, _page = _hand_in(client, roster(RODEL, NOEL | {"Nationality": "Koera"}))

    answer = client.post(f"{url}/apply", follow_redirects=True)
    rejects = client.get(f"{url}/rejects")

    assert answer.status_code == 200
    assert _count(Worker) == 1
    assert "Noel Baclaan" in rejects.text
    assert "Rodel" not in rejects.text
    assert client.get(f"{url}/rejects?format=xlsx").data[:2] == b"PK"


def test_the_rejects_file_once_corrected_imports_cleanly(agency, staff, client_of):
    client = client_of(staff)
    url, _page = _hand_in(client, roster(RODEL, NOEL | {"Nationality": "Koera", "Mobile (host)": "+218912204418"}))
    client.post(f"{url}/apply")
    corrected = client.get(f"{url}/rejects").data.replace(b"Koera", b"PH")

    outcome = import_rows(agency, data=corrected)

    assert (outcome.created, outcome.problems) == (1, [])
    assert _count(Worker) == 2


def test_importing_twice_is_refused(staff, client_of):
    client = client_of(staff)
    url, _page = _hand_in(client, roster(RODEL))
    client.post(f"{url}/apply")

    assert client.post(f"{url}/apply").status_code == 409


def test_a_column_can_be_changed_and_keeps_to_one_field(staff, client_of):
    client = client_of(staff)
    headings = ("Who", "Name", "Nationality", "Host country")
    url, _page = _hand_in(
        client,
        roster(
            {"Who": "Rodel Magsino", "Name": "the boss", "Nationality": "PH", "Host country": "LY"}, headings=headings
        ),
    )

    page = client.post(
        url,
        data={"column-0": "full_name", "column-1": "full_name", "column-2": "nationality", "column-3": "host_country"},
        follow_redirects=True,
    ).text
    client.post(f"{url}/apply")

    assert re.search(r'name="column-1".*?<option value="">Leave out', page, re.DOTALL)
    with db.reading() as session:
        assert session.scalars(select(Worker.full_name)).all() == ["Rodel Magsino"]


def test_dates_that_could_be_either_wait_for_a_choice(staff, client_of):
    client = client_of(staff)
    url, page = _hand_in(client, roster(RODEL | {"Passport expiry": "05/08/2027"}))

    chosen = client.post(url, data={"dates-7": "month-first"}, follow_redirects=True).text

    assert "is the day or the month first?" in page
    assert "05/08/2027 is 8 May 2027" in page
    assert "1 has a bad cell" in _plain(page)
    assert "0 have a bad cell" in _plain(chosen)


def test_one_host_country_for_everyone_is_asked_and_taken(staff, client_of):
    client = client_of(staff)
    url, page = _hand_in(client, roster({"Name": "Rodel Magsino"}, headings=("Name", "Jobsite")))

    chosen = client.post(url, data={"host": "LY"}, follow_redirects=True).text

    assert "In which country are these people?" in page
    assert "Import 1 worker" not in page
    assert "Import 1 worker" in chosen


def test_thrown_away_is_gone_file_and_row(staff, client_of, settings):
    client = client_of(staff)
    url, _page = _hand_in(client, roster(RODEL))
    assert _files(settings)

    client.post(f"{url}/throw-away")

    assert _files(settings) == []
    assert client.get(url).status_code == 404


def test_nothing_of_the_file_lies_on_disk_in_clear(staff, client_of, settings, tmp_path):
    client = client_of(staff)
    rows = [
        RODEL | {"Name": f"Rodel {CANARY}", "Passport No.": "P7654321Z"},
        {"Name": f"Ma {CANARY}x", "Nationality": "PH", "Host country": "LY", "Passport No.": "++P7654321Q++"},
    ]
    url, _page = _hand_in(client, roster(*rows))
    assert not _on_disk(tmp_path, CANARY)

    client.post(f"{url}/apply")

    assert len(_files(settings)) == 1  # The rejects, sealed; the roster itself is gone.
    assert not _on_disk(tmp_path, "P7654321")
    assert not _on_disk(tmp_path, RODEL["Mobile (host)"])


def test_an_import_is_undone_from_its_page(staff, client_of):
    client = client_of(staff)
    url, _page = _hand_in(client, roster(RODEL))
    client.post(f"{url}/apply")

    refused = client.post(f"{url}/undo", data={"asked": "1", "typed": "2"})
    still = _count(Worker)
    page = client.post(f"{url}/undo", data={"asked": "1", "typed": "1"}, follow_redirects=True).text

    assert (refused.status_code, still) == (422, 1)
    assert "1 worker was removed" in _plain(page)
    assert _count(Worker) == 0


def test_another_agencys_import_is_as_absent_as_none(staff, client_of):
    url, _page = _hand_in(client_of(staff), roster(RODEL))
    stranger = client_of(factories.make_user(factories.make_agency(), role="admin"))
    nowhere = f"/imports/{uuid.uuid4()}"

    for path, method in [
        ("", "get"),
        ("", "post"),
        ("/apply", "post"),
        ("/throw-away", "post"),
        ("/done", "get"),
        ("/progress", "get"),
        ("/rejects", "get"),
        ("/undo", "get"),
        ("/undo", "post"),
    ]:
        theirs, nobodys = (getattr(stranger, method)(base + path) for base in (url, nowhere))
        assert (
            (theirs.status_code, _message(theirs))
            == (nobodys.status_code, _message(nobodys))
            == (404, "No such import.")
        )


def test_a_long_import_runs_by_itself_and_can_be_come_back_to(staff, client_of, monkeypatch):
    client = client_of(staff)
    url, _page = _hand_in(client, roster(RODEL, NOEL))
    works = []
    monkeypatch.setattr(running, "LONG_ROWS", 1)
    monkeypatch.setattr(
        running,
        "start",
        lambda import_id, total, work: (
            running._running.update({import_id: running.Progress(total, 1)}),
            works.append(work),
        ),
    )

    client.post(f"{url}/apply")
    meanwhile = client.get(url, follow_redirects=True).text
    works[0](lambda done: None)
    finished = client.get(f"{url}/progress", headers={"HX-Request": "true"})

    assert "1 of about 3 rows" in _plain(meanwhile)
    assert finished.headers["HX-Redirect"].endswith("/done")
    assert _count(Worker) == 2


def test_an_import_that_broke_off_goes_on_from_its_page(staff, client_of, monkeypatch):
    client = client_of(staff)
    url, _page = _hand_in(client, roster(RODEL))
    with db.transaction() as session:
        session.scalar(select(Import)).state = "applying"
    monkeypatch.setattr(running, "start", lambda _id, _total, work: work(lambda done: None))

    page = client.get(f"{url}/progress").text
    again = client.post(f"{url}/progress", follow_redirects=True).text

    assert "The import broke off." in page
    assert "1 new worker" in _plain(again) or _count(Worker) == 1


def _hand_in(client, data, name="roster.csv"):
    answer = client.post("/imports/", data={"file": (io.BytesIO(data), name)})
    assert answer.status_code == 302, answer.text
    return answer.location, client.get(answer.location).text


def _files(settings):
    return [path for path in settings.files.rglob("*") if path.is_file()]


def _on_disk(folder, text):
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def _message(answer):
    return re.search(r"No such import\.", answer.text)[0]


def _plain(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace(" :", ":")


def _count(model):
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model))
