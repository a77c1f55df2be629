"""SAFE over every example text: never where nobody says so, and mostly where somebody plainly does."""

from collections import Counter

import pytest

from messaging.reading import classify, ear, read
from messaging.reading.signs import Signs, signs

EXAMPLES = list(ear.examples())


@pytest.fixture(autouse=True)
def _no_places(monkeypatch):
    """Where a text's place lies makes nobody safe, and to look for it is most of the time."""
    monkeypatch.setattr(classify, "locate", lambda *_args, **_named: None)


def _only_nods(seen):
    """A bare "ok" or "no problem" is no "I am safe", and counts as one while we have asked."""
    return seen.weakly_safe is not None and seen.safe is None


def test_no_example_is_taken_for_safe_that_does_not_say_so():
    wrong = []
    for language, label, text in EXAMPLES:
        if label == "safe":
            continue
        seen = signs(text, language)
        if not seen.of("statement", "safe", "weak"):
            continue
        unknown = Signs(text, seen.text, seen.hits, None, seen.words)
        for given, heard in ((language, seen), (None, unknown)):
            reading = read(text, language=given, question="safety")
            nod = label == "free" and (reading.label == "answer" or _only_nods(heard))
            if reading.status == "SAFE" and not nod:
                wrong.append((given, label, text))

    assert wrong == []


def test_most_who_plainly_say_so_are_understood_in_every_language():
    said = Counter(language for language, label, _text in EXAMPLES if label == "safe")
    understood = Counter(
        language
        for language, label, text in EXAMPLES
        if label == "safe" and read(text, language=language, question="safety").status == "SAFE"
    )

    assert understood.total() >= 0.63 * said.total()
    assert {
        language: understood[language] / count for language, count in said.items() if understood[language] < 0.5 * count
    } == {}


@pytest.mark.parametrize("text", ["landed in Colombo, safe", "agun nibhe gese, amra sobai nirapode"])
def test_a_safe_word_with_a_clause_for_itself_is_the_senders(text):
    assert read(text).status == "SAFE"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ('green paint at home, "safe"', "en"),
        ("passport is at home, is safe", "en"),
        ("is everyone ok", "en"),
        ("amra na okkhoto asi", "bn"),
        ("hum na aram se hain", "ur"),
        ("எனக்கு ஒண்ணும் இல்ல சாப்பிட", "ta"),
        ("the documents arrived safely", "en"),
    ],
)
def test_a_quoted_a_wondered_and_a_denied_one_is_not(text, language):
    assert read(text, language=language, question="safety").status != "SAFE"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("shelling is far, we are fine", "en"),
        ("the fire is out, nobody hurt, we are all ok", "en"),
        ("tapos na ang baha, ligtas kami", "tl"),
        ("missile door gire hain, hum theek hain", "ur"),
    ],
)
def test_danger_far_off_or_over_leaves_a_plain_safe(text, language):
    assert read(text, language=language).status == "SAFE"


@pytest.mark.parametrize(
    "text", ["shelling is not far, we are fine", "the fire is not out, we are ok", "the fighting is far from over here"]
)
def test_danger_that_is_not_over_is_heard(text):
    assert read(text, language="en").status == "HELP"
