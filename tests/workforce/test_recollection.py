"""What a file has said so far: found again by name, by passport and by content, the earliest row first."""

import uuid

from workforce.rosters.recollection import Rows, Seen, Workers


def test_a_remembered_row_comes_back_as_it_was():
    seen, said = Seen(7, uuid.uuid4(), "P1", "1990-01-31", ("+21891", "+63917")), Workers()

    said.add("ana cruz", "PH", seen)

    assert list(said.called("ana cruz")) == [seen]
    assert said.with_passport("P1", "PH") == seen


def test_of_two_rows_with_one_passport_the_earlier_counts():
    said = Workers()
    for row in (9, 4):
        said.add("ana cruz", "PH", Seen(row, uuid.uuid4(), "P1", "", ()))

    assert said.with_passport("P1", "PH").row_number == 4


def test_rows_without_a_passport_share_none():
    said = Workers()
    said.add("ana cruz", "PH", Seen(1, uuid.uuid4(), "", "", ()))

    assert said.with_passport("", "PH") is None


def test_a_content_and_a_passport_are_their_first_rows():
    said = Rows()

    assert [said.first_with(hash("x"), row) for row in (3, 5)] == [3, 3]
    assert [said.first_of(hash("P1"), row, name, "PH") for row, name in ((3, "ana"), (5, "eva"))] == [
        (3, ("ana", "PH"))
    ] * 2
