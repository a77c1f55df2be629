"""What a text costs, and what a template must not say."""

import pytest

from messaging import segments

EMOJI = "\U0001f198"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts", "left"),
    [
        ("", "GSM-7", 0, 0, 160),
        ("a" * 160, "GSM-7", 160, 1, 0),
        ("a" * 161, "GSM-7", 161, 2, 145),
        ("a" * 306, "GSM-7", 306, 2, 0),
        ("a" * 307, "GSM-7", 307, 3, 152),
        ("é" * 160, "GSM-7", 160, 1, 0),
        ("€" * 80, "GSM-7", 160, 1, 0),
        ("€" * 81, "GSM-7", 162, 2, 143),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3, 152),  # The escape does not fit the first part.
        ("ا" * 70, "UCS-2", 70, 1, 0),
        ("ا" * 71, "UCS-2", 71, 2, 63),
        ("ا" * 134, "UCS-2", 134, 2, 0),
        ("ا" * 135, "UCS-2", 135, 3, 66),
        (EMOJI, "UCS-2", 2, 1, 68),
        (EMOJI * 35, "UCS-2", 70, 1, 0),
        (EMOJI * 36, "UCS-2", 72, 2, 61),
        ("a" * 66 + EMOJI + "a" * 66, "UCS-2", 134, 3, 66),  # An emoji is not split over two parts.
    ],
)
def test_a_text_is_counted_as_the_network_counts_it(text, encoding, units, parts, left):
    size = segments.count(text)

    assert (size.encoding, size.units, size.parts, size.left_in_part) == (encoding, units, parts, left)


def test_one_curly_quote_makes_a_text_dear():
    assert segments.count("It's " * 20).parts == 1
    assert segments.count("It’s " * 20).parts == 2


def test_the_characters_that_make_a_text_dear_are_named_once():
    assert segments.unusual("“ok” “ok” é€ñ ا") == ["“", "”", "ا"]


@pytest.mark.parametrize(
    "text",
    [
        "Reply YES if safe",
        "Send STOP to us",
        "answer 'INFO'",
        "Text END",
        "YES or NO?",
        "Reply with HELP",
        "type QUIT",
        "Reply yes/no",
    ],
)
def test_asking_for_a_carriers_word_is_a_fault(text):
    assert any("Ask for a digit" in problem for problem in segments.lint(text))


@pytest.mark.parametrize(
    "text",
    [
        "Answer 1 safe, 2 need help.",
        "In danger send SOS. STOP=no more texts.",
        "Send START to get them again.",
        "We will send information",
        "This is the end",
    ],
)
def test_digits_and_the_legal_line_are_fine(text):
    assert segments.lint(text) == []


def test_length_quotes_and_placeholders_are_checked():
    problems = segments.lint("“Hi” {nmae} " + "x" * 160, most_parts=1, required=["name"])

    assert len(problems) == 4


def test_signs_that_nobody_sees_are_taken_out_and_letters_with_their_joiners_stay():
    assert segments.visible("a\u0007b\u202e evil\u2069\nنعم\u200f क्\u200dष") == "ab evil\nنعم\u200f क्\u200dष"
