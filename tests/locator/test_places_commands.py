"""The commands about places, as a person or a script runs them."""

import json

import pytest
from click.testing import CliRunner

from locator.places.cli import places

KEYS = [
    "id",
    "source_id",
    "name",
    "kind",
    "type",
    "lat",
    "lon",
    "distance_km",
    "bearing",
    "compass",
    "phone",
    "country",
    "country_of",
    "source",
    "verified_on",
]


def muster(app, *words):
    return CliRunner().invoke(places, list(words))


def test_nearest_prints_a_list_with_exactly_its_keys(app):
    muster(app, "load", "starter")

    found = json.loads(muster(app, "nearest", "32.89", "13.19", "--kind", "embassy", "-n", "3", "--json").output)

    assert [list(row) for row in found] == [KEYS] * 3
    assert found == sorted(found, key=lambda row: row["distance_km"])


def test_a_fresh_installation_knows_airports_and_a_southern_latitude_needs_no_dashes(app):
    found = json.loads(muster(app, "nearest", "-33.9", "-18.4", "--kind", "airport", "-n", "1", "--json").output)

    assert found[0]["kind"] == "airport"


@pytest.mark.parametrize(
    ("words", "said"), [(["91", "0", "--kind", "airport"], "Latitude"), (["1", "0", "--kind", "airprot"], "airprot")]
)
def test_a_slip_is_said_in_one_line(app, words, said):
    answer = muster(app, "nearest", *words)

    assert answer.exit_code == 1
    assert said in answer.output


def test_import_says_what_became_of_the_file(app, tmp_path):
    file = tmp_path / "clinics.csv"
    file.write_text("name,lat,lon\nClinic,32,13\nLost,,\n", encoding="utf-8")

    answer = muster(app, "import", str(file), "--kind", "hospital", "--json")

    found = json.loads(answer.output)
    assert (answer.exit_code, found["created"], len(found["rejected"])) == (0, 1, 1)
    assert found["rejected"][0] == {"row": 3, "column": "lat", "value": "", "reason": "A place needs coordinates."}


def test_import_fails_when_no_row_was_good(app, tmp_path):
    file = tmp_path / "clinics.csv"
    file.write_text("name,lat,lon\nLost,,\n", encoding="utf-8")

    assert muster(app, "import", str(file), "--kind", "hospital", "--json").exit_code == 1
