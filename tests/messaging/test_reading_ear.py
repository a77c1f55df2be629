"""The second ear hears danger that the word lists do not name, and is taught from the examples that are there."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from messaging.reading import ear, read, teaching
from messaging.reading.folding import fold

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "unheard.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
READ = [(kind, meant, read(text, language=language, country="LB").status) for language, kind, meant, text in ROWS]


def share_heard(kind):
    heard = [status == "HELP" for one, meant, status in READ if one == kind and meant == "help"]
    return sum(heard) / len(heard)


def test_the_texts_nobody_was_taught_are_many_and_in_every_language():
    counts = Counter(language for language, *_ in ROWS)

    assert len(counts) == 12 and min(counts.values()) >= 40
    taught = {text for _language, _label, text in ear.examples()}
    assert taught.isdisjoint(text for *_, text in ROWS)


@pytest.mark.parametrize(("kind", "least"), [("clear", 0.99), ("misspelt", 0.97), ("tricky", 0.9)])
def test_cries_that_nobody_has_seen_are_heard(kind, least):
    assert share_heard(kind) >= least


def test_of_texts_that_nobody_has_seen_none_is_taken_for_safe_that_does_not_say_so():
    assert [row for row in READ if row[2] == "SAFE" and row[1] != "safe"] == []


def test_most_harmless_texts_that_nobody_has_seen_open_no_case():
    harmless = [status for _kind, meant, status in READ if meant == "free"]

    assert harmless.count("HELP") <= 0.22 * len(harmless)


@pytest.mark.parametrize(
    "text",
    [
        "they sold us to another house and keep the phone",
        "sir the boat is full of water and no land",
        "madam took the key and went, three days now",
    ],
)
def test_danger_is_heard_without_a_word_for_it(text):
    assert read(text, country="LB").status == "HELP"


@pytest.mark.parametrize("text", ["PASSPORT 2", "DELETE ME", "LOC OFF", "NEAR HOSPITAL", "CONTACT wife 09171234567"])
def test_a_command_is_no_cry_whatever_it_sounds_like(monkeypatch, text):
    monkeypatch.setattr(ear, "listen", lambda _text: ear.Sounds(free=0.0, help=1.0, safe=0.0))

    assert read(text, country="LB").label == "command"


@pytest.mark.parametrize(("heard", "status"), [(0.7, "SAFE"), (0.9, "HELP")])
def test_a_plain_safe_yields_only_to_a_loud_cry(monkeypatch, heard, status):
    monkeypatch.setattr(ear, "listen", lambda _text: ear.Sounds(free=0.0, help=heard, safe=1 - heard))

    assert read("we are all safe", country="LB").status == status


@pytest.mark.parametrize(
    "text", ["my brother is hurt", "Rodel and Analyn are hurt, Joy is safe", "they beat my friend yesterday"]
)
def test_a_word_for_danger_spelt_as_we_know_it_is_never_doubted(text):
    assert read(text, country="LB").status == "HELP"


@pytest.mark.parametrize(("heard", "status"), [(0.3, "HELP"), (0.01, None)])
def test_a_guess_at_a_misspelt_word_is_put_aside_where_nothing_else_sounds_like_a_cry(monkeypatch, heard, status):
    monkeypatch.setattr(ear, "listen", lambda _text: ear.Sounds(free=1 - heard, help=heard, safe=0.0))

    assert read("wondering about trappd people", language="en").status == status


def test_the_weights_are_those_of_the_examples_that_are_there():
    assert ear.taught_from() == ear.digest(), "Examples were changed: run `muster texts learn`"


def test_two_labels_are_told_apart_after_a_lesson(monkeypatch):
    monkeypatch.setattr(teaching, "_TOWNS", 1)
    monkeypatch.setattr(teaching, "_ROUNDS", 30)
    said = [(fold("the wall fell on us"), 1), (fold("when is my flight"), 0), (fold("we are all fine"), 2)]

    weights, bias = teaching.learn(said)

    monkeypatch.setattr(ear, "_learnt", lambda: (weights, bias))
    assert ear.listen(fold("a wall fell on Ana")).help > 0.5
    assert ear.listen(fold("the flight is when")).free > 0.5


def test_a_slip_of_the_thumb_leaves_something_to_hear():
    random = Random(3)

    assert all(teaching.slipped(fold("we are trapped in the basement"), random).words for _ in range(50))
