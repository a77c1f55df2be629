"""Languages: none lacks a text, a phrase or a word of a page, and each says who has read it."""

import tomllib

import pytest

from messaging import texts
from messaging.links import words
from tests.conventions import code

WORDS_TO_READ_BY = code.ROOT / "messaging" / "words"
FILES = sorted(path for folder in (texts.FOLDER, words.FOLDER, WORDS_TO_READ_BY) for path in folder.glob("*.toml"))
PARTS = {texts.FOLDER: ("texts", "phrases"), words.FOLDER: ("words",)}
WRITTEN = [path for path in FILES if path.parent in PARTS and path.stem != texts.FALLBACK]


def said(path):
    return tomllib.loads(path.read_text("utf-8"))


def ids(paths):
    return [f"{path.parent.parent.name}-{path.stem}" for path in paths]


@pytest.mark.parametrize("path", WRITTEN, ids=ids(WRITTEN))
def test_no_language_lacks_a_phrase(path):
    english, mine = said(path.parent / "en.toml"), said(path)

    for part in PARTS[path.parent]:
        assert list(mine[part]) == list(english[part])
        assert all(str(one).strip() for one in mine[part].values())


@pytest.mark.parametrize("path", FILES, ids=ids(FILES))
def test_a_language_says_who_has_read_it(path):
    assert said(path)["reader"].strip()


def test_every_language_has_texts_pages_and_words_to_read_by():
    found = {path.parent: {one.stem for one in path.parent.glob("*.toml")} for path in FILES}

    assert len({frozenset(codes) for codes in found.values()}) == 1
