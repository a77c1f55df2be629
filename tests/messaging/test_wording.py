"""The editor of templates: to read beside to write, how it arrives, what a linter says, and from where the words come."""

import pytest

from messaging import segments
from messaging.outbox import wording
from tests import factories
from workforce.core import clock, db


@pytest.fixture
def editor(client_of, agency):
    return client_of(factories.make_user(agency, role="manager"))


def look(manager, body, key="safety_check", language="en"):
    with db.reading() as session:
        return wording.look(session, manager, key, language, body)


GOOD = "{agency}: Are you all right in {area}? Answer 1 safe, 2 need help. {stamp}"


def test_a_wording_is_looked_at_with_invented_values_in_it(agency, manager):
    found = look(manager, GOOD)

    assert found.filled.startswith(f"{agency.short_name}: Are you all right in Tripoli?")
    assert (found.problems, found.hints, found.size.encoding) == ([], [], "GSM-7")


def test_a_missing_variable_a_reserved_word_and_too_great_a_length_are_said(agency, manager):
    assert any("{stamp}" in words for words in look(manager, "{agency}: all right in {area}?").problems)
    assert any("YES" in words for words in look(manager, GOOD + " Reply YES").problems)
    assert any("parts" in words for words in look(manager, GOOD + " x" * 200).problems)


def test_curly_quotes_are_hinted_at_saved_and_never_replaced(agency, manager):
    curly = GOOD.replace("Are you all right", "Don’t wait: are you all right")

    assert len(look(manager, curly).hints) == 1
    with db.transaction() as session:
        wording.save(session, manager, "safety_check", "en", curly, version=0, at=clock.now())
    with db.reading() as session:
        assert "’" in wording.one(session, manager, "safety_check", "en").body


def test_curly_quotes_among_letters_that_are_dear_anyway_are_not_mentioned():
    assert segments.dear("أنت “بخير”؟") == []
    assert len(segments.dear("Don’t")) == 1


@pytest.mark.parametrize(("language", "used"), [("tl", 1), ("en", 1)])
def test_the_chain_says_which_words_leave(agency, manager, language, used):
    chain = look(manager, GOOD, language=language).chain

    assert [at for at, (_words, _there, leaves) in enumerate(chain) if leaves] == [used]
    with db.transaction() as session:
        wording.save(session, manager, "safety_check", language, GOOD, version=0, at=clock.now())
    assert look(manager, GOOD + ".", language=language).chain[0][1:] == (True, True) or language == "en"


def test_the_page_shows_both_languages_each_in_its_direction(editor):
    page = editor.get("/texts/wording/safety_check/ar").text

    assert 'id="source" lang="en" dir="ltr"' in page
    assert 'dir="rtl" lang="ar"' in page
    assert "leaves now" in page
    assert 'id="source" lang="tl" dir="ltr"' in editor.get("/texts/wording/safety_check/ar?from=tl").text


def test_what_is_typed_is_looked_at_without_being_saved(editor, agency, manager):
    answer = editor.post("/texts/wording/safety_check/en/look", data={"body": "{agency}: hello. Reply YES"})

    assert answer.status_code == 200
    assert "YES" in answer.text and "{stamp}" in answer.text and agency.short_name in answer.text
    with db.reading() as session:
        assert wording.one(session, manager, "safety_check", "en").own is None


def test_staff_do_not_change_the_words_of_all(client_of, staff):
    assert client_of(staff).post("/texts/wording/safety_check/en/look", data={"body": "x"}).status_code == 403
