"""What the columns of a list hold: remembered, kept under a name, given and taken as a file, used by page and command."""

import io
import json

import pytest
from sqlalchemy import select

from tests import factories
from tests.workforce.roster_files import RODEL, roster
from tests.workforce.test_imports_looked_at import _hand_in, _names, _plain
from workforce.core import db, tenancy
from workforce.core.errors import Conflict, Invalid
from workforce.models import RosterMapping
from workforce.rosters import mappings

HEADINGS = ("Who", "Code", "Nationality", "Host country", "Passport expiry")
LIST = roster(
    {
        "Who": "Rodel Magsino",
        "Code": "P4417720A",
        "Nationality": "PH",
        "Host country": "LY",
        "Passport expiry": "05/08/2027",
    },
    headings=("Name", *HEADINGS),
)
CHOSEN = {"column-0": "", "column-1": "full_name", "column-2": "passport_number", "dates-5": "month-first"}
SHARED = {
    "format": mappings.FORMAT,
    "version": 1,
    "name": "A list",
    "columns": {"Who": "full_name", "Code": "passport_number", "Shoe": "shoe_size"},
    "dates": {},
    "phones": {},
    "nationality": "PH",
    "host": "LY",
}


def test_what_was_chosen_is_offered_for_the_next_list_with_these_headings(staff, client_of):
    client = client_of(staff)
    _import(client)
    url = _hand_in(client, LIST.replace(b"Rodel Magsino", b"Noel Baclaan").replace(b"P4417720A", b"P1029384A"))
    page = client.get(url).text

    client.post(f"{url}/mapping", data={"use": _kept()[0].id})
    client.post(f"{url}/apply")

    assert "A list with these headings was imported on" in page
    assert _names() == ["Noel Baclaan", "Rodel Magsino"]


def test_the_order_of_columns_does_not_matter_to_a_mapping(staff, client_of):
    client = client_of(staff)
    _import(client)
    moved = roster(
        {"Who": "Noel Baclaan", "Code": "P1029384A", "Nationality": "PH", "Host country": "LY"},
        headings=(*reversed(HEADINGS), "Name"),
    )
    url = _hand_in(client, moved)

    client.post(f"{url}/mapping", data={"use": _kept()[0].id})
    client.post(f"{url}/apply")

    assert "Noel Baclaan" in _names()


def test_a_list_that_needed_no_choice_leaves_no_mapping(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, roster(RODEL))

    client.post(f"{url}/apply")

    assert _kept() == []


def test_what_was_remembered_can_be_forgotten(staff, client_of):
    client = client_of(staff)
    _import(client)
    url = _hand_in(client, LIST)

    page = client.post(
        f"/imports/mappings/{_kept()[0].id}/remove", data={"of": url.rpartition("/")[2]}, follow_redirects=True
    ).text

    assert "The mapping is forgotten." in page
    assert "A list with these headings" not in page


def test_columns_are_kept_under_a_name_and_used_by_it(staff, client_of):
    client = client_of(staff)
    url = _hand_in(client, LIST)
    client.post(url, data=CHOSEN)
    client.post(f"{url}/mapping/save", data={"name": "Deployed workers"})
    other = _hand_in(client, LIST)

    page = client.get(f"{other}/columns").text
    client.post(f"{other}/mapping", data={"use": _kept()[0].id})
    client.post(f"{other}/apply")

    assert "Deployed workers (knows 6 of these headings)" in page
    assert _names() == ["Rodel Magsino"]


def test_a_name_stands_for_one_mapping(staff):
    with db.transaction() as session:
        mappings.save(session, staff, "Deployed workers", mappings.Rules({"who": "full_name"}))
    with pytest.raises(Conflict), db.transaction() as session:
        mappings.save(session, staff, "DEPLOYED  Workers", mappings.Rules({"who": "full_name"}))


def test_a_mapping_is_renamed_and_forgotten_on_its_page(staff, client_of):
    client = client_of(staff)
    with db.transaction() as session:
        kept = mappings.save(session, staff, "Old", mappings.Rules({"who": "full_name"})).id

    empty = client.post(f"/imports/mappings/{kept}/rename", data={"name": " "})
    renamed = client.post(f"/imports/mappings/{kept}/rename", data={"name": "New"}, follow_redirects=True).text
    client.post(f"/imports/mappings/{kept}/remove")

    assert (empty.status_code, "Give the mapping a name" in empty.text) == (422, True)
    assert "<h2>New</h2>" in renamed
    assert _kept() == []


def test_a_mapping_given_as_a_file_is_taken_by_another_agency(staff, client_of):
    with db.transaction() as session:
        kept = mappings.save(
            session,
            staff,
            "Deployed workers",
            mappings.Rules({"who": "full_name", "mobile (2)": "phone_home"}, {}, {"mobile (2)": "PH"}, "PH", "LY"),
        )
    data = client_of(staff).get(f"/imports/mappings/{kept.id}/file").data
    other = factories.make_agency()
    stranger = factories.make_user(other, role="staff")

    client_of(stranger).post("/imports/mappings/", data={"file": (io.BytesIO(data), "list.json")})

    with tenancy.agency(other.id), db.reading() as session:
        taken = mappings.named(session, stranger)[0]
        assert (taken.name, mappings.rules(session, taken)) == (
            "Deployed workers",
            mappings.Rules({"who": "full_name", "mobile (2)": "phone_home"}, {}, {"mobile (2)": "PH"}, "PH", "LY"),
        )


def test_fields_that_are_not_known_here_are_named_and_the_rest_is_kept(staff, client_of):
    page = (
        client_of(staff)
        .post(
            "/imports/mappings/",
            data={"file": (io.BytesIO(json.dumps(SHARED).encode()), "x.json")},
            follow_redirects=True,
        )
        .text
    )

    assert "Not known here and left out: shoe_size." in page
    assert "code Passport number" in _plain(page)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff\xfe",
        b"[" * 50_000,
        json.dumps(SHARED | {"version": 9}).encode(),
        json.dumps(SHARED | {"columns": []}).encode(),
        b" " * 200_001,
    ],
)
def test_what_is_no_mapping_is_refused_in_one_line(data):
    with pytest.raises(Invalid):
        mappings.from_file(data)


def test_one_field_given_to_two_columns_is_given_to_neither():
    _name, rules, unknown = mappings.from_file(
        json.dumps(SHARED | {"columns": {"Who": "full_name", "Whom": "full_name"}}).encode()
    )

    assert (rules.columns, unknown) == ({"who": "", "whom": ""}, ["full_name"])


@pytest.mark.parametrize("by", ["file", "name"])
def test_the_command_takes_a_mapping(app, agency, staff, tmp_path, by):
    (tmp_path / "list.csv").write_bytes(LIST.replace(b"Name,", b"Label,"))
    wanted = tmp_path / "mapping.json"
    wanted.write_text(json.dumps(SHARED))
    with db.transaction() as session:
        mappings.save(session, staff, "A list", mappings.Rules({"who": "full_name", "code": "passport_number"}))

    done = app.test_cli_runner().invoke(
        args=[
            "workers",
            "import",
            str(tmp_path / "list.csv"),
            "--mapping",
            str(wanted) if by == "file" else "a list",
            "--json",
        ]
    )

    assert done.exit_code == 0, done.output
    assert _names() == ["Rodel Magsino"]


def test_a_list_whose_headings_say_nothing_to_us_is_read_by_a_mapping_that_knows_them(staff, client_of):
    data = "काम गर्ने,पासपोर्ट,Nationality,Host country\nRodel Magsino,P4417720A,PH,LY\n".encode()
    client = client_of(staff)
    assert _hand_in(client, data).endswith("/columns")  # Nothing knows it yet: what it holds is a guess, to be settled.
    with db.transaction() as session:
        mappings.save(
            session,
            staff,
            "A list",
            mappings.from_file(
                json.dumps(SHARED | {"columns": {"काम गर्ने": "full_name", "पासपोर्ट": "passport_number"}}).encode()
            )[1],
        )

    url = _hand_in(client, data)
    client.post(f"{url}/apply")

    assert _names() == ["Rodel Magsino"]


def test_nobody_sees_another_agencys_mappings(staff, client_of):
    with db.transaction() as session:
        kept = mappings.save(session, staff, "Secret list", mappings.Rules({"who": "full_name"})).id
    stranger = client_of(factories.make_user(factories.make_agency(), role="staff"))

    assert "Secret list" not in stranger.get("/imports/mappings/").text
    assert stranger.get(f"/imports/mappings/{kept}/file").status_code == 404


def _import(client):
    url = _hand_in(client, LIST)
    client.post(url, data=CHOSEN)
    client.post(f"{url}/apply")


def _kept():
    with db.reading() as session:
        return session.scalars(select(RosterMapping)).all()
