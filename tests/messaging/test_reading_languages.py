"""How well cries for help and plain safety are told apart, in every language, over texts that people might really send.

The goals are those of a life: every clear cry is heard, nearly every misspelt one, and nothing else is taken for SAFE.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from messaging.reading import read

CORPUS = Path(__file__).parent / "corpus"
LANGUAGES = sorted(path.stem for path in CORPUS.glob("*.txt"))
MISSPELT_HEARD = 0.97
MEANT = {"H": "HELP", "h": "HELP", "S": "SAFE", "s": "SAFE", "M": "MOVING", "T": "STAYING", "-": None}


@dataclass(frozen=True)
class Line:
    """One text of the corpus: what it is by its letter, and how it was read, with the sender's language known and not."""

    language: str
    kind: str
    text: str

    @cache  # The corpus is there as long as the tests are: each text is read once for all of them.
    def statuses(self, question: str) -> set[str | None]:
        return {
            read(self.text, language=given, country="LY", question=question).status for given in (None, self.language)
        }


@cache
def lines(*languages: str) -> list[Line]:
    return [
        Line(language, row[0], row[2:])
        for language in languages or LANGUAGES
        for row in (CORPUS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
        if row and not row.startswith("#")
    ]


def confusion() -> Counter[tuple[str, str]]:
    """How many texts meant as one thing were read as another, while the safety question is open. For the guide."""
    found: Counter[tuple[str, str]] = Counter()
    for line in lines():
        for status in line.statuses("safety"):
            found[(MEANT[line.kind] or "none", status or "none")] += 1
    return found


def test_the_corpus_has_forty_texts_and_more_of_every_language():
    assert len(LANGUAGES) == 12
    assert min(len(lines(language)) for language in LANGUAGES) >= 40
    assert len(lines()) >= 600


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", ["none", "safety"])
def test_every_clear_cry_for_help_is_heard(language, question):
    missed = [line.text for line in lines(language) if line.kind == "H" and line.statuses(question) != {"HELP"}]

    assert missed == []


@pytest.mark.parametrize("question", ["none", "safety"])
def test_misspelt_cries_are_heard_but_for_a_few(question):
    cries = [line for line in lines() if line.kind == "h"]

    heard = [line for line in cries if line.statuses(question) == {"HELP"}]

    assert len(heard) >= MISSPELT_HEARD * len(cries)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", ["none", "safety"])
def test_nobody_is_taken_for_safe_who_does_not_say_so(language, question):
    wrong = [line.text for line in lines(language) if line.kind not in "Ss" and "SAFE" in line.statuses(question)]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_to_our_question_makes_somebody_safe(language):
    asked = [line for line in lines(language) if line.kind in "Ss"]

    heard = [line for line in asked if "SAFE" in line.statuses("safety")]

    assert len(heard) >= 0.9 * len(asked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_greetings_courtesies_and_questions_are_no_cry(language):
    wrong = [line.text for line in lines(language) if line.kind == "-" and "HELP" in line.statuses("none")]

    assert wrong == []


@pytest.mark.parametrize("name", ["Maria", "Bambang", "Karim", "Armando", "Singh", "Thapa", "Kamala", "Pasang"])
def test_a_name_behind_safe_is_no_cry(name):
    assert read(f"SAFE {name}", country="LY").status == "SAFE"


@pytest.mark.parametrize(
    "text", ["thanks a lot", "lots of work today", "fast internet", "Kuala Lumpur", "Manila", "we are in Kassala"]
)
def test_ordinary_words_that_sound_like_a_cry_are_none(text):
    assert read(text, country="LY").status != "HELP"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("mdd kro", "hi"),
        ("shahazzo korun", "bn"),
        ("khana xaina", "ne"),
        ("arakshita ne", "si"),
        ("pathugappa illa", "ta"),
        ("htuko salama", "sw"),
    ],
)
def test_vowels_left_out_and_other_spellings_are_heard(text, language):
    assert read(text, language=language).status == "HELP"


def test_a_slip_never_makes_anybody_safe():
    assert read("sxfe", question="safety").status is None
    assert read("surakshiit hoo", language="hi").status != "HELP"
    assert read("ligtaz po kami", language="tl", question="safety").status is None
