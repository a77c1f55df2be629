"""Texts of a stranger to the word lists: cries are heard, and no question, joke or denial is taken for SAFE."""

from collections import Counter
from pathlib import Path

import pytest

from messaging.reading import ear, read
from messaging.reading.vocabulary import vocabulary

HERE = Path(__file__).parent


def rows(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


ROWS = rows("stranger.tsv")
KNOWN = [read(text, language=language, country="LY", question="safety").status for language, _, _, text in ROWS]
UNKNOWN = [read(text, country="LY", question="safety").status for *_, text in ROWS]
LANGUAGES = [None, *vocabulary().languages]


def share(statuses, wanted, **like):
    chosen = [
        status
        for status, (_, kind, meant, _) in zip(statuses, ROWS, strict=True)
        if like.items() <= {"kind": kind, "meant": meant}.items()
    ]
    return chosen.count(wanted) / len(chosen)


def test_the_texts_of_a_stranger_are_many_and_none_was_learnt():
    counts = Counter(language for language, *_ in ROWS)

    assert len(counts) == 12 and min(counts.values()) >= 45
    assert {text for *_, text in ROWS}.isdisjoint(text for *_, text in ear.examples())


@pytest.mark.parametrize("statuses", [KNOWN, UNKNOWN], ids=["language known", "unknown"])
@pytest.mark.parametrize(("kind", "least"), [("clear", 0.98), ("misspelt", 0.97), ("tricky", 0.95)])
def test_a_strangers_cries_are_heard(statuses, kind, least):
    assert share(statuses, "HELP", kind=kind, meant="help") >= least


@pytest.mark.parametrize("statuses", [KNOWN, UNKNOWN], ids=["language known", "unknown"])
def test_no_stranger_is_taken_for_safe_who_does_not_say_so(statuses):
    assert [row for status, row in zip(statuses, ROWS, strict=True) if status == "SAFE" and row[2] != "safe"] == []


@pytest.mark.parametrize("statuses", [KNOWN, UNKNOWN], ids=["language known", "unknown"])
def test_most_strangers_who_plainly_say_safe_are_understood(statuses):
    assert share(statuses, "SAFE", meant="safe") >= 0.9


@pytest.mark.parametrize("statuses", [KNOWN, UNKNOWN], ids=["language known", "unknown"])
def test_few_of_a_strangers_harmless_texts_open_a_case(statuses):
    assert share(statuses, "HELP", meant="free") <= 0.05


@pytest.mark.parametrize("question", ["none", "safety"])
def test_no_question_is_taken_for_safe_whatever_language_the_sender_seems_to_speak(question):
    wrong = [
        (given, text)
        for _, text in rows("questions.tsv")
        for given in LANGUAGES
        if read(text, language=given, question=question).status == "SAFE"
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "we are all safe", "We are all fine now", "safe right now", "all of us are safe here sir",
        "safe na po kami", "ok lang po ako wag po kayong mag alala", "amra sobai bhalo asi chinta koiren na", "niko salama sasa hivi",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_question_is_still_safe(text):
    assert read(text, question="safety").status == "SAFE"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("safe my ass", "en"), ("kahan ka mehfooz, raat bhar bam gire", "ur"), ("aman apanya, tiap malam ada ledakan", "id"),
        ("salama gani hii", "sw"), ("امان ايه والضرب كل ليلة", "ar"), ("kaisa surakshit", "hi"), ("kiser nirapod", "bn"),
    ],
)  # fmt: skip
def test_a_denial_in_the_shape_of_a_question_is_a_cry(text, language):
    assert read(text, language=language, question="safety").status == "HELP"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("yeah right, safe", "en"), ("as if we are safe", "en"), ("yeh jhooth hai ki main theek hoon", "hi"), ("boru mama hondin", "si"),
        ("jhuto ho ma thik chhu", "ne"), ("kaash hum theek hain", "ur"), ("dehna nen kehone", "am"), ("poi naan nalla iruken", "ta"),
    ],
)  # fmt: skip
def test_a_joke_a_lie_or_a_wish_is_not_safe(text, language):
    assert read(text, language=language, question="safety").status != "SAFE"
